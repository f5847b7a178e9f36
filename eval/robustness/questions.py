"""Tests without edited articles: a side of a conflict hidden, the day of a question, the question worded otherwise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from eval.cases import Case, Corpus, GoldSpan, Group
from eval.metrics.citations import gold_citation_recall
from eval.metrics.correctness import says_what_is_right, sides_presented
from eval.robustness.bench import Bench, Outcome, hiding
from eval.robustness.corpora import carelessly_typed, politely, with_typo
from eval.robustness.rows import Pair, changes, share
from eval.words import says
from qa.types import Answer

WORDINGS = ("reworded", "typo", "careless", "polite")


# Conflicts


def conflict(bench: Bench) -> Outcome:
    """Articles disagree: are the sides presented, is it said; and with one side hidden, is it no longer said?"""
    test, by_id, corpus = "conflict", bench.by_id, bench.plain.corpus
    cases = bench.choose(case for case in bench.cases if case.sides)
    answers = {case.id: bench.answer(case) for case in cases}
    presented = {case.id: sides_presented(case, answers[case.id], corpus).value or 0.0 for case in cases}
    silent = {
        id_: answer.status == "answered" and 0 < presented[id_] < 1 and not answer.disagreements
        for id_, answer in answers.items()
    }
    rows = [
        share(test, "sides_presented", presented, by_id),
        share(
            test, "conflict_flagged: all", {id_: bool(answer.disagreements) for id_, answer in answers.items()}, by_id
        ),
        share(test, "silently_one", silent, by_id, "lower is better"),
    ]
    pairs = {case.id: pair for case in cases if (pair := _one_side_left(case, bench)) is not None}
    answered = {id_: pair for id_, pair in pairs.items() if pair.after.status == "answered"}
    flagged = {id_: bool(pair.after.disagreements) for id_, pair in pairs.items()}
    left = {id_: _says_last_side(pair) for id_, pair in answered.items()}
    rows += [
        share(test, "flagged with one side", flagged, by_id, "the first side's articles hidden; lower is better"),
        share(test, "says the side left", left, by_id, "of those answered then"),
    ]
    return rows, changes(test, pairs, {id_: _conflict_verdict(pair, flagged[id_]) for id_, pair in pairs.items()})


def _one_side_left(case: Case, bench: Bench) -> Pair | None:
    """The case asked with the articles of its first side hidden; None when another side stands only in them."""
    first, *others = (_files(case, side.evidence) for side in case.sides)
    if any(files <= first for files in others):
        return None
    before = bench.answer(case)
    return Pair(case, before, bench.ask(case.question, hiding(case, first, bench.plain.corpus)))


def _files(case: Case, name: str) -> set[str]:
    groups = (group for group in case.evidence if group.name == name)
    return {span.article for group in groups for span in (*group.spans, *group.also_ok)}


def _says_last_side(pair: Pair) -> bool:
    first, *others = pair.case.sides
    return any(says(pair.after.text, side.value) for side in others) and not says(pair.after.text, first.value)


def _conflict_verdict(pair: Pair, flagged: bool) -> str:
    if pair.after.status == "refused":
        return "refused with one side"
    if flagged:
        return "flagged with one side"
    return "the side left" if _says_last_side(pair) else "another answer"


# Dates


def as_of(bench: Bench) -> Outcome:
    """Asked as of a day and without one: the report of that day, and the newest where no day is given."""
    test, by_id = "date", bench.by_id
    cases = bench.choose(case for case in bench.cases if case.as_of and case.answerable)
    answers = {case.id: bench.answer(case) for case in cases}
    right = {case.id: says_what_is_right(case, answers[case.id]) for case in cases}
    stale = {case.id: is_stale(case, answers[case.id], bench.plain.corpus) for case in cases if case.stale}
    newest = {case.id: Pair(case, answers[case.id], bench.ask(case.question, None)) for case in cases if case.stale}
    says_newest = {
        id_: any(says(pair.after.text, nugget.any_of) for nugget in pair.case.nuggets if nugget.vital)
        for id_, pair in newest.items()
    }
    old = {id_: is_stale(pair.case, pair.after, bench.plain.corpus) for id_, pair in newest.items()}
    rows = [
        share(test, "as_of_correct", right, by_id),
        share(test, "stale_answer_rate", stale, by_id, "of questions with a superseded report; lower is better"),
        share(test, "newest said without a day", says_newest, by_id, "the later question asked without its day"),
        share(test, "stale without a day", old, by_id, "the superseded figure and not the newest; lower is better"),
    ]
    verdicts = {id_: "newest" if says_newest[id_] else "stale" if old[id_] else "neither" for id_ in newest}
    return rows, changes(test, newest, verdicts)


def is_stale(case: Case, answer: Answer, corpus: Corpus) -> bool:
    """Whether it says something superseded, or cites only that, and not what is valid."""
    if answer.status == "refused":
        return False
    current = any(says(answer.text, nugget.any_of) for nugget in case.nuggets if nugget.vital)
    return not current and (says(answer.text, case.must_not_say) or _cites(answer, case.stale, corpus))


def _cites(answer: Answer, spans: Sequence[GoldSpan], corpus: Corpus) -> bool:
    group = replace(Case("", "", "", "", True), evidence=(Group("stale", tuple(spans)),))
    return bool(spans) and gold_citation_recall(group, answer, corpus).value == 1


# The question worded otherwise


def paraphrases(bench: Bench) -> Outcome:
    """The question reworded by hand, with a typo, carelessly typed, and politely: does the answer agree?

    Of questions that were answered: who always refuses would agree with himself each time.
    """
    test, by_id = "paraphrases", bench.by_id
    cases = bench.choose(case for case in bench.answered() if case.paraphrases)
    agree: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    right: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    found = []
    for case in cases:
        for kind, question in wordings(case):
            pair = Pair(case, bench.answer(case), bench.ask(question, case.filters))
            agree[kind][case.id].append(agrees(pair))
            found += changes(f"{test}: {kind}", {case.id: pair}, {case.id: "agrees" if agrees(pair) else "differs"})
            if pair.was_correct:
                right[kind][case.id].append(says_what_is_right(case, pair.after))
    every = {case.id: all(all(kinds[case.id]) for kinds in agree.values()) for case in cases}
    rows = [share(test, "all_agree", every, by_id, "all wordings of a question that was answered")]
    for kind in WORDINGS:
        rows.append(share(test, f"agreement: {kind}", _means(agree[kind]), by_id, "of those answered before"))
        rows.append(share(test, f"still right: {kind}", _means(right[kind]), by_id, "of those right before"))
    return rows, found


def _means(values: Mapping[str, Sequence[bool]]) -> dict[str, float]:
    return {id_: sum(flags) / len(flags) for id_, flags in values.items()}


def wordings(case: Case) -> list[tuple[str, str]]:
    """(kind, question); the reworded ones are written down with the question, the others follow rules."""
    return [
        *(("reworded", text) for text in case.paraphrases),
        ("typo", with_typo(case.question)),
        ("careless", carelessly_typed(case.question)),
        ("polite", politely(case.question)),
    ]


def agrees(pair: Pair) -> bool:
    """Both refuse, or both answer and say the same nuggets and nothing forbidden, or the same that is."""
    if pair.before.status != pair.after.status:
        return False
    patterns = [*(nugget.any_of for nugget in pair.case.nuggets), *((item,) for item in pair.case.must_not_say)]
    return all(says(pair.before.text, item) == says(pair.after.text, item) for item in patterns)
