"""What is wrong with a case: its form, its evidence against the articles, its patterns, what it repeats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eval.cases import TYPES, UNANSWERABLE_KINDS, Case, GoldSpan, case_overlap, gold_spans
from eval.words import norm


def problems_of(case: Case, texts: Mapping[str, str]) -> list[str]:
    """One phrase for each thing wrong with the case by itself and against the texts (by file name); [] if sound."""
    return [
        *_shape_problems(case),
        *(_answerable_problems(case) if case.answerable else _unanswerable_problems(case)),
        *(problem for span in gold_spans(case) for problem in span_problems(span, texts)),
        *_reference_problems(case),
        *_pattern_problems(case),
    ]


def _shape_problems(case: Case) -> list[str]:
    checks = {
        "the question is empty": not case.question.strip(),
        f"type {case.type!r} is not one of {', '.join(TYPES)}": case.type not in TYPES,
        f"split {case.split!r} is not dev or test": case.split not in ("dev", "test"),
        "author is empty": not case.author,
        "answerable and the type don't agree": case.answerable == (case.type == "unanswerable"),
        "conflict needs two or more sides": (case.type == "conflict") != (len(case.sides) >= 2),
        f"overlap is {case.overlap}, computed {case_overlap(case)}": case.overlap != case_overlap(case),
    }
    return [problem for problem, wrong in checks.items() if wrong]


def _answerable_problems(case: Case) -> list[str]:
    checks = {
        "an answerable question has no unanswerable_kind": case.unanswerable_kind is not None,
        "no vital nugget": not any(nugget.vital for nugget in case.nuggets),
        "no evidence": not case.evidence,
        "a group without spans": any(not group.spans for group in case.evidence),
    }
    return [problem for problem, wrong in checks.items() if wrong]


def _unanswerable_problems(case: Case) -> list[str]:
    known = case.unanswerable_kind in UNANSWERABLE_KINDS
    checks = {
        f"unanswerable_kind {case.unanswerable_kind!r} is not one of {', '.join(UNANSWERABLE_KINDS)}": not known,
        "an unanswerable question has no evidence and no nuggets": bool(case.evidence or case.nuggets),
    }
    return [problem for problem, wrong in checks.items() if wrong]


def span_problems(span: GoldSpan, texts: Mapping[str, str]) -> list[str]:
    """What differs between the span and its article; [] if nothing."""
    text = texts.get(span.article)
    if text is None:
        return [f"no article {span.article}"]
    found = text[span.start : span.end]
    if not span.quote or found != span.quote:
        places = [match.start() for match in re.finditer(re.escape(span.quote), text)] if span.quote else []
        where = f", which stands at {', '.join(map(str, places[:4]))}" if places else ""
        return [f"{span.article}[{span.start}:{span.end}] is {found[:60]!r}, not the quote {span.quote[:60]!r}{where}"]
    return []


def _reference_problems(case: Case) -> list[str]:
    names = {group.name for group in case.evidence}
    used = [nugget.group for nugget in case.nuggets if nugget.group] + [side.evidence for side in case.sides]
    return [f"no evidence group {name!r}" for name in used if name not in names]


def _pattern_problems(case: Case) -> list[str]:
    patterns = [*(pattern for nugget in case.nuggets for pattern in nugget.any_of), *case.must_not_say]
    patterns += [pattern for side in case.sides for pattern in side.value]
    problems = []
    for pattern in patterns:
        try:
            if re.search(pattern, ""):  # every answer would be right, or wrong, whatever it says
                problems.append(f"pattern {pattern!r} is found in every text")
        except re.error as error:
            problems.append(f"pattern {pattern!r} is not a regular expression: {error}")
    return problems + [f"nugget {nugget.id} has no patterns" for nugget in case.nuggets if not nugget.any_of]


def repetitions_of(case: Case, earlier: Sequence[Case]) -> list[str]:
    """A phrase for each earlier case that has the id, or asks the same of the same day."""
    asked = norm(case.question).lower()
    return [f"repeats the id of {case.id}" for other in earlier if other.id == case.id] + [
        f"asks the same as {other.id}"
        for other in earlier
        if norm(other.question).lower() == asked and other.as_of == case.as_of
    ]
