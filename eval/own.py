"""Asks a library that is there, and is not changed, the questions of a file."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from eval.authoring.catalogue import catalogue_of_articles, corpus_of
from eval.cases import Case, CasesInvalid, Corpus, GoldSpan
from eval.confidence import measure_confidence
from eval.metrics.retrieval import COVERED
from eval.mutants import measure_mutants
from eval.outcomes import Asked
from eval.questions import MOST_SHOWN, read_questions
from eval.run import ASKED_TWICE, Asker, Evaluation, ask_all, choose, describe_inputs, find_differences, latency
from qa.errors import QuestionInvalid
from qa.settings import Settings
from qa.types import Article

MOST_OVERLAP = 0.35  # of the median question with its evidence, as for the project's own questions


class Held(Asker, Protocol):
    """A library as it is held here."""

    def articles(self) -> Sequence[Article]: ...


def evaluate_library(
    questions: Path, library_path: str | Path | None, settings: Settings, *, split: str | None = None
) -> Evaluation:
    """The questions of the file, or of one split, asked of the library in that folder; None is the default one.

    It is asked with its own model and precision: what its users see is measured, not what a fresh library would say.
    """
    from qa.library import Library  # loads models

    with Library.open(library_path, settings=settings, create=False) as library:
        return ask_library(questions, library, settings, split=split)


def ask_library(questions: Path, library: Held, settings: Settings, *, split: str | None = None) -> Evaluation:
    """The same of a library that is open; nothing is written to it."""
    articles = library.articles()
    if not articles:
        raise CasesInvalid("the library holds no articles; add some with: qa add --library DIR PATH")
    catalogue = catalogue_of_articles(articles)
    read = read_questions(questions, catalogue)
    cases = choose(read.cases, split)
    check_questions(cases, settings.max_question_characters)
    corpus = corpus_of(articles)
    asked = ask_all(cases, library, corpus)
    about = {
        **describe_inputs(questions, catalogue.texts, settings),
        "own": True,
        "library": describe_library(asked),
        "unfilled": read.unfilled,
        "notes": [*read.notes, *out_of_reach(cases, corpus), *_copying(cases)],
        "split": split,
        **describe_asking(asked, library),
        "confidence": asdict(measure_confidence(asked)),
    }
    mutants = measure_mutants(cases, {item.case.id: item.hits for item in asked}, corpus)
    return Evaluation(about, asked, tuple(mutants))


def describe_asking(asked: Sequence[Asked], library: Asker) -> dict[str, Any]:
    """Which of every fifth question got another answer when asked again, and how long questions took."""
    again = asked[::ASKED_TWICE]
    return {
        "asked_twice": len(again),
        "different": find_differences(again, library),
        "milliseconds": latency([item.milliseconds for item in asked]),
    }


def out_of_reach(cases: Sequence[Case], corpus: Corpus) -> list[str]:
    """A note for each fact that no answer can rest on, whatever the program does."""
    notes = []
    for case in cases:
        for group in case.evidence:
            reasons = [_hidden(span, case, corpus.articles[corpus.ids[span.article]]) for span in group.spans]
            if all(reasons):
                notes.append(f"{case.id}: {group.spans[0].quote[:60]!r} can't be found: {reasons[0]}")
    return notes


def _hidden(span: GoldSpan, case: Case, article: Article) -> str:
    """Why a question can't see the span, or nothing."""
    if case.as_of and (article.published is None or article.published > case.as_of):
        dated = f"is of {article.published}" if article.published else "states no date"
        return f"{span.article} {dated}, and the question is asked as of {case.as_of}"
    kept = sum(max(0, min(span.end, end) - max(span.start, start)) for start, end in article.kept)
    if kept < COVERED * (span.end - span.start):
        return f"that part of {span.article} was taken for clutter; see: qa show --dropped {article.id[:8]}"
    return ""


def _copying(cases: Sequence[Case]) -> list[str]:
    """A note where half of the questions take more of their words from the evidence than they should."""
    overlaps = [case.overlap for case in cases if case.overlap is not None]
    if not overlaps or (median := statistics.median(overlaps)) <= MOST_OVERLAP:
        return []
    return [
        f"half of the questions share {median:.0%} of their words with their evidence, or more: what finds words looks "
        "better than it is; ask in other words"
    ]


def check_questions(cases: Sequence[Case], most: int) -> None:
    """CasesInvalid when the library would refuse to be asked a question: an overlong one, or one without a word."""
    from qa.question import check_question

    problems = []
    for case in cases:
        try:
            check_question(case.question, most)
        except QuestionInvalid as error:
            problems.append(f"{case.id}: {error}")
    if problems:
        raise CasesInvalid("\n  ".join(problems[:MOST_SHOWN]))


def describe_library(asked: Sequence[Asked]) -> dict[str, Any]:
    """The revision that was asked, and the models that answered, without any path."""
    provenance = asked[0].answer.provenance
    models = {
        model.role: {"name": "/".join(model.name.split("/")[-2:]), "sha256": model.digest}
        for model in provenance.models
    }
    return {"revision": provenance.revision, "corpus_digest": provenance.corpus_digest, "models": models}
