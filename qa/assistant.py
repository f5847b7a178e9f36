"""Assistant: the one place where the steps from a question to an answer are joined."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

from qa.compose import compose_answer, confidence_of, find_figures, nearest_passages
from qa.errors import QAError, QuestionInvalid, SettingInvalid
from qa.languages import is_known, language_name, question_language
from qa.models import Embedder
from qa.retrieve import retrieve
from qa.scoring import Candidate, SentenceVectors, score_sentences
from qa.settings import Settings
from qa.store import Store
from qa.types import Answer, Article, Event, Filters, Hit, Model, Provenance

# The settings that an answer depends on.
RECORDED = ("candidates", "vector_weight", "pair_weight", "earliness_weight", "hits", "answer_sentences", "nearest")


class Assistant:
    """Answers questions from a store; safe to use from several threads."""

    def __init__(self, store: Store, embedder: Embedder, settings: Settings) -> None:
        self._store = store
        self.embedder = embedder
        self._settings = settings
        self._vectors = SentenceVectors(embedder)

    def ask(self, question: str, *, filters: Filters | None = None, strictness: float | None = None) -> Answer:
        """The answer, or the refusal; QuestionInvalid when there is nothing to ask."""
        *_, last = self.stream(question, filters=filters, strictness=strictness)
        if last.answer is None:
            raise QAError("the question ended without an answer")
        return last.answer

    def stream(
        self, question: str, *, filters: Filters | None = None, strictness: float | None = None
    ) -> Iterator[Event]:
        """One event a step: "retrieve", "read", "compose"; the last one carries the answer."""
        question = check_question(question, self._settings.max_question_characters)
        threshold = self._settings.strictness if strictness is None else strictness
        if not 0 <= threshold <= 1:
            raise SettingInvalid(f"strictness can't be {threshold}; give a number from 0 to 1")
        timings: list[tuple[str, float]] = []
        started = time.perf_counter()

        def event(stage: str) -> Event:
            nonlocal started
            now = time.perf_counter()
            timings.append((stage, round(1000 * (now - started), 1)))
            started = now
            return Event(*timings[-1])

        revision = self._store.refresh()
        hits = self._retrieve(question, revision, self._settings.hits, filters)
        articles = self._articles(hits)
        hits = [hit for hit in hits if hit.passage.article_id in articles]  # some may be purged by now
        yield event("retrieve")
        asked_in = question_language(question)
        unjudged = _unjudged(asked_in, articles)
        candidates = self._judge(question, hits, unjudged)
        yield event("read")
        answer = self._compose(question, hits, candidates, articles, unjudged, threshold)
        last = event("compose")
        provenance = self._provenance(revision, threshold, filters, timings)
        notes = (*_language_notes(asked_in, answer, articles), *self._notes(revision, filters))
        yield replace(last, answer=replace(answer, notes=notes, provenance=provenance))

    def search(self, question: str, *, k: int, filters: Filters | None = None, rerank: bool = True) -> list[Hit]:
        """The k best passages; `rerank` orders them by their best sentence and scores them with its probability."""
        question = check_question(question, self._settings.max_question_characters)
        if k < 1:
            raise SettingInvalid(f"k can't be {k}; give the number of passages that you want")
        depth = max(k, self._settings.hits) if rerank else k
        hits = self._retrieve(question, self._store.refresh(), depth, filters)
        if not rerank:
            return hits[:k]
        unjudged = _unjudged(question_language(question), self._articles(hits))
        return _rerank(hits, self._judge(question, hits, unjudged))[:k]

    def _retrieve(self, question: str, revision: int, k: int, filters: Filters | None) -> list[Hit]:
        return retrieve(
            question,
            store=self._store,
            embedder=self._vectors,
            settings=self._settings,
            revision=revision,
            k=k,
            filters=filters,
        )

    def _judge(self, question: str, hits: Sequence[Hit], unjudged: Set[str]) -> list[Candidate]:
        """The candidates, best first; those of articles whose language isn't known come last, with probability 0."""
        found = score_sentences(question, hits, terms=self._store.lexical.terms, vectors=self._vectors)
        judged = [item for item in found if item.quotation.article_id not in unjudged]
        rest = [replace(item, probability=0.0) for item in found if item.quotation.article_id in unjudged]
        return [*judged, *rest]

    def _compose(
        self,
        question: str,
        hits: Sequence[Hit],
        candidates: Sequence[Candidate],
        articles: dict[str, Article],
        unjudged: Set[str],
        threshold: float,
    ) -> Answer:
        figures = find_figures(
            question,
            candidates,
            ask_alone=lambda id: self._judge(question, [hit for hit in hits if hit.passage.article_id == id], unjudged),
            terms=self._store.lexical.terms,
        )
        confidence = confidence_of(candidates, figures)
        if not candidates or confidence < threshold:
            nearest = nearest_passages(hits, articles=articles, most=self._settings.nearest)
            return Answer(question, "refused", confidence=confidence, nearest=nearest)
        composition = compose_answer(
            question, candidates, figures, articles=articles, most=self._settings.answer_sentences
        )
        return Answer(
            question,
            "answered",
            composition.sentences,
            composition.citations,
            composition.disagreements,
            confidence,
        )

    def _articles(self, hits: Sequence[Hit]) -> dict[str, Article]:
        found = (self._store.ledger.article(id) for id in dict.fromkeys(hit.passage.article_id for hit in hits))
        return {article.id: article for article in found if article is not None}

    def _notes(self, revision: int, filters: Filters | None) -> tuple[str, ...]:
        """What the reader of an answer must know besides it."""
        ledger = self._store.ledger
        if ledger.is_empty(revision):
            return ("The library is empty; add articles with: qa add PATH",)
        if filters is None:
            return ()
        unknown = sorted(set(filters.publishers) - ledger.known_publishers(filters.publishers, revision))
        notes = [f"No article names the publisher {publisher}." for publisher in unknown]
        if filters.published_days != (None, None) and not filters.include_undated:
            undated = ledger.count_undated(revision)
            notes += [f"Left out because they state no date: {undated} of the articles."] if undated else []
        return tuple(notes)

    def _provenance(
        self, revision: int, threshold: float, filters: Filters | None, timings: Sequence[tuple[str, float]]
    ) -> Provenance:
        settings = [(name, getattr(self._settings, name)) for name in RECORDED]
        return Provenance(
            revision=revision,
            corpus_digest=self._store.ledger.corpus_digest(revision),
            models=(
                Model("embedder", f"{self.embedder.name}/{self.embedder.precision}", self.embedder.digest),
                Model("scorer", "qa/scoring.json", _scorer_digest()),
            ),
            settings=(*settings, ("strictness", threshold)),
            filters=_filter_values(filters),
            timings=tuple(timings),
        )


def check_question(question: str, most: int) -> str:
    """The question without surrounding white space; QuestionInvalid when it is empty or longer than `most`."""
    question = question.encode("utf-8", "replace").decode().strip()  # lone surrogates can't be searched
    if not any(character.isalnum() for character in question):
        raise QuestionInvalid("the question is empty; write what you want to know")
    if len(question) > most:
        raise QuestionInvalid(
            f"the question has {len(question):,} characters, {most:,} are allowed; "
            f"shorten it, or add the text as an article and ask about it"
        )
    return question


def _unjudged(asked_in: str | None, articles: dict[str, Article]) -> frozenset[str]:
    """The articles that the scorer can't judge: those in languages that it doesn't know, or all for such a question."""
    return frozenset(id for id, article in articles.items() if not (is_known(asked_in) and is_known(article.language)))


def _language_notes(asked_in: str | None, answer: Answer, articles: dict[str, Article]) -> list[str]:
    notes = []
    if asked_in is not None and not is_known(asked_in):
        instead = "see the nearest passages" if answer.status == "refused" else "check the passages yourself"
        notes.append(
            f"The question seems to be in {language_name(asked_in)}; this assistant reads English only and does not "
            f"judge answers in other languages: {instead}."
        )
    shown = (articles[item.quotation.article_id].language for item in [*answer.citations, *answer.nearest])
    names = sorted({language_name(language) for language in shown if language and not is_known(language)})
    if names:
        notes.append(f"Some passages shown are in {', '.join(names)}, which this assistant does not judge.")
    return notes


@cache
def _scorer_digest() -> str:
    return hashlib.sha256((Path(__file__).parent / "scoring.json").read_bytes()).hexdigest()


def _rerank(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> list[Hit]:
    best: dict[Hit, float] = {}
    for candidate in candidates:
        best[candidate.hit] = max(best.get(candidate.hit, 0.0), candidate.probability)
    return sorted((replace(hit, score=best.get(hit, 0.0)) for hit in hits), key=lambda hit: -hit.score)


def _filter_values(filters: Filters | None) -> tuple[tuple[str, object], ...]:
    """The filters that restrict, as JSON values."""
    if filters is None:
        return ()
    values = ((name, value) for name, value in asdict(filters).items() if value)
    return tuple((name, value.isoformat() if hasattr(value, "isoformat") else value) for name, value in values)
