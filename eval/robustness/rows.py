"""Answers before and after an edit -> verdicts and rows: pure functions, no library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.cases import Case, Corpus
from eval.intervals import Interval, cluster_bootstrap, interval
from eval.metrics.correctness import says_what_is_right
from eval.robustness.edits import KINDS, Edit
from eval.words import says
from qa.types import Answer


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one test; `interval` is None without a value."""

    test: str
    metric: str
    value: float | None
    n: int
    interval: Interval | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One question of one test: the two answers as text, and what became of it in a word or two."""

    test: str
    question: str
    before: str
    after: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Robustness:
    """The rows of all tests and the questions behind them; `most` is how many a test were allowed, None for all."""

    rows: tuple[Row, ...]
    questions: tuple[Change, ...]
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A question asked of the plain articles and of edited ones."""

    case: Case
    before: Answer
    after: Answer

    @property
    def was_correct(self) -> bool:
        return says_what_is_right(self.case, self.before)


def share(test: str, metric: str, values: Mapping[str, float | bool], cases: Mapping[str, Case], note: str = "") -> Row:
    """The mean of the questions' values with its interval: drawn by story, for 0/1 as wide as Wilson's at least."""
    numbers = {id_: float(value) for id_, value in values.items()}
    mean = sum(numbers.values()) / len(numbers) if numbers else None
    clusters = {id_: cases[id_].cluster for id_ in numbers}
    return Row(test, metric, mean, len(numbers), interval(numbers, clusters), note)


def difference(
    test: str, metric: str, pairs: Mapping[str, tuple[float, float]], cases: Mapping[str, Case], note: str = ""
) -> Row:
    """The mean of after minus before, each question with itself; the interval is drawn by story."""
    values = {id_: after - before for id_, (before, after) in pairs.items()}
    if not values:
        return Row(test, metric, None, 0, None, note)
    fell, rose = sum(value < 0 for value in values.values()), sum(value > 0 for value in values.values())
    clusters = [cases[id_].cluster for id_ in values]
    # Where nothing changed, nothing can be drawn: up to 3 of n may still change (the rule of three).
    most = min(3 / len(values), 1.0)
    found = cluster_bootstrap(list(values.values()), clusters) if fell or rose else (-most, most)
    text = f"{fell} fell, {rose} rose" + (f"; {note}" if note else "")
    return Row(test, metric, sum(values.values()) / len(values), len(values), found, text)


# Counterfactual

FOLLOWED, ELSEWHERE, BOTH = "followed", "new value, not cited from the edit", "both values"
KEPT, REFUSED, NEITHER = "kept the old value", "refused", "neither value"


def counterfactual_verdict(edit: Edit, answer: Answer, corpus: Corpus) -> str:
    """What became of the answer; followed: it gives the new value alone, quoted from an edited article."""
    if answer.status == "refused":
        return REFUSED
    new, old = says(answer.text, edit.expect), says(answer.text, edit.forbid)
    if new and old:
        return BOTH
    if not new:
        return KEPT if old else NEITHER
    edited = {corpus.ids.get(name) for name in edit.articles}
    cited = any(
        citation.quotation.article_id in edited and says(citation.quotation.text, edit.expect)
        for citation in answer.citations
    )
    return FOLLOWED if cited else ELSEWHERE


def counterfactual_rows(
    edits: Sequence[Edit], pairs: Mapping[str, Pair], corpus: Corpus
) -> tuple[list[Row], list[Change]]:
    """How often the answer follows the edited article, of the questions right before and of all; `corpus` is edited."""
    verdicts = {edit.question: counterfactual_verdict(edit, pairs[edit.question].after, corpus) for edit in edits}
    cases = {id_: pair.case for id_, pair in pairs.items()}
    right = {id_: verdict for id_, verdict in verdicts.items() if pairs[id_].was_correct}

    def row(metric: str, verdict: str, among: Mapping[str, str], note: str = "") -> Row:
        return share("counterfactual", metric, {id_: found == verdict for id_, found in among.items()}, cases, note)

    before = "of those right before"
    rows = [
        row("follows_corpus", FOLLOWED, right, before),
        row("kept_old_value", KEPT, right, before),
        row("both_values", BOTH, right, before),
        row("refused", REFUSED, right, before),
        row("neither_value", NEITHER, right, before),
        row("follows_corpus: all", FOLLOWED, verdicts, "of all edits"),
        row("kept_old_value: all", KEPT, verdicts, "of all edits"),
    ]
    for kind in KINDS:
        chosen = {edit.question: verdicts[edit.question] for edit in edits if edit.kind == kind}
        rows.append(row(f"follows_corpus: {kind}", FOLLOWED, chosen, "of all edits"))
    return rows, changes("counterfactual", pairs, verdicts)


def changes(test: str, pairs: Mapping[str, Pair], verdicts: Mapping[str, str]) -> list[Change]:
    """The questions that have a verdict, with both answers."""
    return [
        Change(test, id_, pairs[id_].before.text, pairs[id_].after.text, verdict) for id_, verdict in verdicts.items()
    ]


def correctness(test: str, pairs: Mapping[str, Pair], cases: Mapping[str, Case], note: str = "") -> Row:
    """The change of `answer_correct`."""
    values = {
        id_: (float(pair.was_correct), float(says_what_is_right(pair.case, pair.after)))
        for id_, pair in pairs.items()
        if pair.case.answerable
    }
    return difference(test, "Δ answer_correct", values, cases, note)
