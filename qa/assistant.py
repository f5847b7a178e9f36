"""Assistant: the one place where the steps from a question to an answer are joined."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from typing import cast

from qa.compose import compose_answer, decide, nearest_passages
from qa.confidence import confidence_of
from qa.corrections import heed_corrections
from qa.drafts import COUNTED, TOPICAL, WIDER, Draft, Look, draft_overview, join_drafts
from qa.english.questions import Asked, understand
from qa.errors import QAError, SettingInvalid, VectorsDown
from qa.evidence import read_hits
from qa.followups import notes_of, rewrite_question
from qa.generate import Writing, write_draft
from qa.languages import is_known, language_name, question_language
from qa.models import Embedder, Reader
from qa.overlap import Analyse
from qa.question import check_question, mend_filters
from qa.rephrase import SHARE, read_on
from qa.retrieve import retrieve
from qa.settings import Settings
from qa.store import Store
from qa.traces import read_from
from qa.turns import MOST_ANSWERS
from qa.types import FOREIGN, Answer, Article, Event, Filters, History, Hit, Model, Provenance, Rewriting

# The settings that an answer depends on; `read_from` joins them for a question that was read on from earlier answers.
RECORDED = (
    "candidates",
    "vector_weight",
    "pair_weight",
    "earliness_weight",
    "hits",
    "answer_sentences",
    "overview_sentences",
    "nearest",
)

TellDown = Callable[[VectorsDown], None]
BY_WORDS = "The index of vectors can't be reached at the moment: this was looked for by words alone."


class Assistant:
    """Answers questions from a store; safe to use from several threads."""

    def __init__(
        self, store: Store, embedder: Embedder, reader: Reader, settings: Settings, writing: Writing | None = None
    ) -> None:
        self._store = store
        self.embedder = embedder
        self.reader = reader
        self._settings = settings
        self._writing = writing

    def close(self) -> None:
        """Ends what a language model is writing."""
        if self._writing is not None:
            self._writing.writer.close()

    def ask(
        self, question: str, *, filters: Filters | None = None, strictness: float | None = None, history: History = ()
    ) -> Answer:
        """The answer, or the refusal; QuestionInvalid when there is nothing to ask."""
        *_, last = self.stream(question, filters=filters, strictness=strictness, history=history)
        if last.answer is None:
            raise QAError("the question ended without an answer")
        return last.answer

    def stream(
        self, question: str, *, filters: Filters | None = None, strictness: float | None = None, history: History = ()
    ) -> Generator[Event, None, None]:
        """One event a step: "retrieve", "read", "compose"; the last one carries the answer.

        With a language model there is a step "write", told of again and again while it goes on, with what has been
        written so far and may be shown; where it is asked how a question goes on, a step "reread" comes first.
        Closing the generator ends the model's work.

        The question is read on from the answers of `history`, oldest first; the answer's notes say how.
        """
        question, filters = check_question(question, self._settings.max_question_characters), mend_filters(filters)
        threshold = self._settings.strictness if strictness is None else strictness
        if not 0 <= threshold <= 1:
            raise SettingInvalid(f"strictness can't be {threshold}; give a number from 0 to 1")
        timings: list[tuple[str, float]] = []
        rewriting = yield from self._tell_reading(question, history, timings)
        spent = sum(milliseconds for _, milliseconds in timings) / 1000  # of the model's time
        question = rewriting.question
        before = read_from(history[-MOST_ANSWERS:]) if notes_of(rewriting) else ()  # which have their words
        started = time.perf_counter()

        def event(stage: str) -> Event:
            nonlocal started
            now = time.perf_counter()
            timings.append((stage, round(1000 * (now - started), 1)))
            started = now
            return Event(*timings[-1])

        revision = self._store.refresh()
        asked = understand(question)
        down: list[VectorsDown] = []
        looks = [
            self._look(part, revision, filters, down.append)
            for part in [understand(part) for part in asked.parts] or [asked]
        ]
        yield replace(event("retrieve"), rewriting=rewriting)
        asked_in = question_language(question)
        looks = [self._read(look, asked_in) for look in looks]
        yield event("read")
        drafts = [self._draft(look) for look in looks]
        if self._writing:

            def tell(written: Sequence[Draft]) -> Event:
                so_far = join_drafts(question, written, threshold)
                so_far = replace(so_far, notes=(*notes_of(rewriting), *so_far.notes))
                return Event("write", round(1000 * (time.perf_counter() - started), 1), so_far=so_far)

            drafts = yield from self._write(looks, drafts, threshold, self._writing.seconds - spent, tell)
            yield event("write")
        answer = join_drafts(question, drafts, threshold)
        last = event("compose")
        articles = {id: article for look in looks for id, article in look.articles.items()}
        notes = (
            *notes_of(rewriting),
            *answer.notes,
            *_language_notes(asked_in, answer, articles),
            *self._notes(revision, looks[0].filters),
        )
        if answer.status == "refused":
            notes = (*notes, *self._searched(revision, looks))
        if down:
            notes = (*notes, BY_WORDS)
        provenance = self._provenance(revision, threshold, looks[0].filters, timings)
        provenance = replace(provenance, settings=(*provenance.settings, *before))
        yield replace(last, answer=replace(answer, notes=notes, provenance=provenance))

    def rewrite(self, question: str, history: History) -> Rewriting:
        """The question as it reads on its own after those answers, oldest first."""
        return _drain(self._tell_reading(question, history, []))

    def _tell_reading(
        self, question: str, history: History, timings: list[tuple[str, float]]
    ) -> Generator[Event, None, Rewriting]:
        """The question as the rules read it, or the language model, where there is one, what they leave open."""
        rewriting = rewrite_question(question, history)
        if not rewriting.open or self._writing is None:
            return rewriting
        started = time.perf_counter()
        with closing(read_on(rewriting, history, self._writing.writer, SHARE * self._settings.llm_seconds)) as steps:
            while True:
                try:
                    next(steps)
                except StopIteration as ended:
                    return cast(Rewriting, ended.value)
                timings[:] = [("reread", round(1000 * (time.perf_counter() - started), 1))]
                yield Event(*timings[0])

    def search(self, question: str, *, k: int, filters: Filters | None = None, rerank: bool = True) -> list[Hit]:
        """The k best passages; `rerank` has the reader order the first of them, `settings.hits` or k."""
        question, filters = check_question(question, self._settings.max_question_characters), mend_filters(filters)
        if k < 1:
            raise SettingInvalid(f"k can't be {k}; give the number of passages that you want")
        asked, revision = Asked("fact", question), self._store.refresh()
        if not rerank:
            return self._retrieve(question, k, revision, filters)
        look = self._look(asked, revision, filters, depth=max(k, self._settings.hits))
        return list(self._read(look, question_language(question)).hits)[:k]

    def _retrieve(
        self, question: str, k: int, revision: int, filters: Filters | None, tell_down: TellDown = lambda _: None
    ) -> list[Hit]:
        return retrieve(
            question,
            store=self._store,
            embedder=self.embedder,
            settings=self._settings,
            revision=revision,
            k=k,
            filters=filters,
            tell_down=tell_down,
        )

    def _look(
        self,
        asked: Asked,
        revision: int,
        filters: Filters | None,
        tell_down: TellDown = lambda _: None,
        *,
        depth: int = 0,
    ) -> Look:
        """What is found for the question, or for its topic; of news what was published since the day that it names."""
        if asked.since is not None:
            filters = filters or Filters()
            filters = replace(filters, published_from=max(asked.since, filters.published_from or asked.since))
        depth = depth or self._settings.hits * (WIDER if asked.kind in TOPICAL else 1)
        everything = asked.kind == "count-articles" or (asked.kind == "news" and not asked.topic)
        depth = COUNTED if everything else depth
        hits = self._retrieve(asked.topic or asked.text, depth, revision, filters, tell_down)
        articles = self._articles(hits)  # some may be purged by now
        return Look(asked, [hit for hit in hits if hit.passage.article_id in articles], articles, filters)

    def _read(self, look: Look, asked_in: str | None) -> Look:
        """The look with its candidates; in languages that the reader doesn't know only where there are no others."""
        unjudged = _unjudged(asked_in, look.articles)
        if look.asked.kind in TOPICAL:
            return replace(look, unjudged=unjudged)
        read, hits = read_hits(look.asked.text, look.hits, look.articles, self.reader)
        candidates = heed_corrections(read, look.articles)
        judged = [item for item in candidates if item.quotation.article_id not in unjudged]
        known = [hit for hit in hits if hit.passage.article_id not in unjudged]
        unknown = [replace(hit, score=0.0) for hit in hits if hit.passage.article_id in unjudged]
        return replace(look, hits=[*known, *unknown], candidates=judged or candidates, unjudged=unjudged)

    def _draft(self, look: Look) -> Draft:
        terms, settings = self._store.lexical.terms, self._settings
        nearest = nearest_passages(look.hits, articles=look.articles, most=settings.nearest)
        if look.asked.kind in TOPICAL:
            return draft_overview(look, Analyse(terms), nearest, settings.overview_sentences)
        if not look.candidates:
            return Draft(look.asked, None, 0.0, nearest)
        decision = decide(look.asked, look.candidates, articles=look.articles, terms=terms)
        # Of several sides the surest counts: that was measured of one, and that articles differ makes none surer.
        surest = max(
            confidence_of(look.asked.text, side, look.articles, Analyse(terms), self.embedder)
            for side in decision.rivals(look.candidates)
        )
        confidence = 0.0 if decision.lead.article in look.unjudged else surest
        composition = compose_answer(look.asked, decision, articles=look.articles, most=settings.answer_sentences)
        return Draft(look.asked, composition, confidence, nearest)

    def _write(
        self,
        looks: Sequence[Look],
        drafts: Sequence[Draft],
        threshold: float,
        seconds: float,
        tell: Callable[[Sequence[Draft]], Event],
    ) -> Generator[Event, None, list[Draft]]:
        """The drafts in a model's words, where they are sure enough to be given; all of them within that time."""
        if self._writing is None:
            return [*drafts]
        ends, written = time.monotonic() + seconds, list[Draft]()
        for look, draft in zip(looks, drafts, strict=True):
            if draft.composition is None or draft.confidence < threshold:
                written.append(draft)
                continue
            with closing(write_draft(look, draft, self._writing, ends)) as steps:
                written.append((yield from _tell(steps, written, tell)))
        return written

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

    def _searched(self, revision: int, looks: Sequence[Look]) -> list[str]:
        """What a refusal rests on."""
        count = self._store.ledger.count_passages(revision)
        read = len({hit.passage for look in looks for hit in look.hits})
        within = ", as far as the filters allow it," if looks[0].filters not in (None, Filters()) else ""
        return [f"Searched {count:,} passages{within} and looked at the {read:,} nearest."] if read else []

    def _provenance(
        self, revision: int, threshold: float, filters: Filters | None, timings: Sequence[tuple[str, float]]
    ) -> Provenance:
        settings = [(name, getattr(self._settings, name)) for name in RECORDED]
        return Provenance(
            revision=revision,
            corpus_digest=self._store.ledger.corpus_digest(revision),
            models=(
                Model("embedder", f"{self.embedder.name}/{self.embedder.precision}", self.embedder.digest),
                Model("reader", self.reader.name, self.reader.digest),
                *self._writing_models(),
            ),
            settings=(*settings, ("strictness", threshold), *self._writing_settings()),
            filters=_filter_values(filters),
            timings=tuple(timings),
        )

    def _writing_models(self) -> tuple[Model, ...]:
        if self._writing is None:
            return ()
        verifier = self._writing.judge.verifier
        return Model("writer", self._writing.writer.name, ""), Model("verifier", verifier.name, verifier.digest)

    def _writing_settings(self) -> tuple[tuple[str, object], ...]:
        """What an answer in a model's words depends on besides."""
        if self._writing is None:
            return ()
        judge = self._writing.judge
        return ("support", judge.least), ("doubted", judge.doubted), ("lenient", self._writing.lenient)


def _drain(reading: Generator[Event, None, Rewriting]) -> Rewriting:
    """What it ends with, its events untold."""
    while True:
        try:
            next(reading)
        except StopIteration as ended:
            return cast(Rewriting, ended.value)


def _tell(
    steps: Generator[Draft | None, None, Draft], before: Sequence[Draft], tell: Callable[[Sequence[Draft]], Event]
) -> Generator[Event, None, Draft]:
    """The draft that the steps end with; each is told of, with the drafts before it and its own so far."""
    so_far: Sequence[Draft] = before
    while True:
        try:
            step = next(steps)
        except StopIteration as ended:
            return cast(Draft, ended.value)
        so_far = so_far if step is None else [*before, step]
        yield tell(so_far)


def _unjudged(asked_in: str | None, articles: Mapping[str, Article]) -> frozenset[str]:
    """The articles that the reader can't judge: those in languages that it doesn't know, or all for such a question."""
    return frozenset(id for id, article in articles.items() if not (is_known(asked_in) and is_known(article.language)))


def _language_notes(asked_in: str | None, answer: Answer, articles: Mapping[str, Article]) -> list[str]:
    notes = []
    if asked_in is not None and not is_known(asked_in):
        instead = "see the nearest passages" if answer.status == "refused" else "check the passages yourself"
        notes.append(
            f"{FOREIGN}{language_name(asked_in)}; this assistant reads English only and does not "
            f"judge answers in other languages: {instead}."
        )
    shown = (articles[item.quotation.article_id].language for item in [*answer.citations, *answer.nearest])
    names = sorted({language_name(language) for language in shown if language and not is_known(language)})
    if names:
        notes.append(f"Some passages shown are in {', '.join(names)}, which this assistant does not judge.")
    return notes


def _filter_values(filters: Filters | None) -> tuple[tuple[str, object], ...]:
    """The filters that restrict, as JSON values."""
    if filters is None:
        return ()
    values = ((name, value) for name, value in asdict(filters).items() if value)
    return tuple((name, value.isoformat() if hasattr(value, "isoformat") else value) for name, value in values)
