"""What every test of robustness starts from: the dev questions in one order, and the plain library's answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from eval.cases import Case, Corpus
from eval.robustness.edits import Edit
from eval.robustness.libraries import OpenVariant, Variant
from eval.robustness.rows import Change, Pair, Row
from eval.run import Asker
from qa.types import Answer, Filters, Status

NOBODY = "none"  # an id that no article has: empty filters would restrict nothing

Outcome = tuple[list[Row], list[Change]]
Ask = Callable[[str, Filters | None], Answer]


@dataclass(frozen=True, slots=True)
class Bench:
    """What every test needs: the questions, the plain library and what it answers, and what opens edited ones."""

    cases: tuple[Case, ...]
    texts: Mapping[str, str]
    edits: tuple[Edit, ...]
    plain: Variant
    ask: Ask
    open_variant: OpenVariant
    most: int | None

    @property
    def by_id(self) -> dict[str, Case]:
        return {case.id: case for case in self.cases}

    def answer(self, case: Case) -> Answer:
        """What the plain library says."""
        return self.ask(case.question, case.filters)

    def choose(self, cases: Iterable[Case]) -> list[Case]:
        """The first `most` of the cases; they are in an order drawn once, so that tests share what was asked."""
        return list(islice(cases, self.most))

    def answerable(self) -> Iterator[Case]:
        """Those with evidence."""
        return (case for case in self.cases if case.evidence)

    def answered(self, *, status: Status = "answered") -> Iterator[Case]:
        """Those with evidence that the plain library answers, or refuses; each is asked when it is its turn."""
        return (case for case in self.answerable() if self.answer(case).status == status)

    def pairs(self, variant: Variant, cases: Iterable[Case]) -> dict[str, Pair]:
        """The cases asked of the plain library and of the variant."""
        return {
            case.id: Pair(case, self.answer(case), variant.asker.ask(case.question, filters=case.filters))
            for case in cases
        }


def in_drawn_order(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases in an order that looks like chance and is always the same."""
    return tuple(sorted(cases, key=lambda case: hashlib.sha256(case.id.encode()).digest()))


def remember(asker: Asker) -> Ask:
    """Asks each question once."""
    return cache(lambda question, filters: asker.ask(question, filters=filters))


def hiding(case: Case, files: Iterable[str], corpus: Corpus) -> Filters:
    """The filters of the case, with those articles left out."""
    hidden = set(files)
    left = tuple(id_ for name, id_ in sorted(corpus.ids.items()) if name not in hidden)
    return replace(case.filters or Filters(), article_ids=left or (NOBODY,))
