"""What libraries of 10, 100 and 1,000 million passages would need, by constants that were measured on smaller ones.

python -m eval.bench.arithmetic prints two tables in Markdown, those of docs/scale.md. A line is a constant times the
passages, or goes on as it grew up to a million; nothing was measured at these sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MILLIONS = (10, 100, 1_000)
WORKERS = 64  # cores that prepare
COMMANDS = 8  # processes that publish, each with its part of the sources
CORES = 16  # of a machine


@dataclass(frozen=True, slots=True)
class Constant:
    """A figure, its unit, and where it comes from."""

    value: float
    unit: str
    source: str


CLUSTER = "eval.bench.cluster --data DIR --rounds 6 --workers 1 --postgres URL"
FREE = "eval.bench.cluster --free --rounds 40 --postgres URL"
FOLLOWING = "eval.bench.following --written 2000"
SCALE = "eval.bench.scale (README, “How large”)"

CONSTANTS = {
    "article": Constant(7.5, "passages an article, of news and scraped pages", CLUSTER),
    "prepare": Constant(25.6, "ms of a core a passage, on a worker", CLUSTER),
    "publish": Constant(3.06, "ms of a core a passage, in the process that publishes", CLUSTER),
    "turn": Constant(1.45, "ms a passage that it waits for rows of the ledger, most of it in its turn", CLUSTER),
    "ledger": Constant(3.87, "KB a passage on PostgreSQL, texts and originals included", FREE),
    "bands": Constant(1.35, "KB a passage of that, by which copies are found", FREE),
    "vectors": Constant(2.49, "KB a passage in a copy: vectors, and what is scanned", FREE),
    "words": Constant(0.24, "KB a passage in a copy: the index of words", FREE),
    "follow": Constant(3.8, "ms a passage of a copy that is built, 100,000 of them", FOLLOWING),
    "search, small": Constant(15.6, "ms a search of 100,000 passages, 95th percentile, 2 cores", SCALE),
    "search": Constant(40.7, "ms a search of a million", SCALE),
    "memory, small": Constant(581, "MB of a process that answers from 100,000", SCALE),
    "memory": Constant(1127, "MB of one that answers from a million", SCALE),
}


@dataclass(frozen=True, slots=True)
class Need:
    """What so many passages need."""

    passages: float
    workers: int
    commands: int

    def million_articles(self) -> float:
        return self.passages / _of("article") / 1e6

    def preparing_hours(self) -> float:
        """Of all workers together."""
        return self.passages * _of("prepare") / 3.6e6 / self.workers

    def publishing_hours(self) -> float:
        """Of all commands together."""
        return self.passages * _of("publish") / 3.6e6 / self.commands

    def turn_hours(self) -> float:
        """Which commands take one after the other."""
        return self.passages * _of("turn") / 3.6e6

    def hours(self) -> float:
        """All goes on at once; who is slowest is waited for."""
        return max(self.preparing_hours(), self.publishing_hours(), self.turn_hours())

    def worker_machines(self) -> int:
        return math.ceil(self.workers / CORES)

    def ledger_gigabytes(self) -> float:
        return self.passages * _of("ledger") / 1e6

    def bands_gigabytes(self) -> float:
        return self.passages * _of("bands") / 1e6

    def copy_gigabytes(self) -> float:
        return self.passages * (_of("words") + _of("vectors")) / 1e6

    def copy_hours(self) -> float:
        """For a machine that begins with nothing."""
        return self.passages * _of("follow") / 3.6e6

    def search_seconds(self) -> float:
        """The 95th percentile, if it goes on growing as from 100,000 to a million."""
        return _line("search, small", "search", self.passages) / 1000

    def memory_gigabytes(self) -> float:
        """Of a process that answers, if it goes on growing so."""
        return _line("memory, small", "memory", self.passages) / 1000


def _of(name: str) -> float:
    return CONSTANTS[name].value


def _line(small: str, large: str, passages: float) -> float:
    """On the line through what was measured with 100,000 and with a million passages.

    >>> round(_line("search, small", "search", 1_000_000), 1)
    40.7
    """
    slope = (_of(large) - _of(small)) / 900_000
    return _of(small) + slope * (passages - 100_000)


LINES: dict[str, Callable[[Need], float]] = {
    "articles, millions": Need.million_articles,
    f"worker machines of {CORES} cores": Need.worker_machines,
    f"hours of {WORKERS} workers": Need.preparing_hours,
    f"hours of {COMMANDS} commands that publish": Need.publishing_hours,
    "hours of their turns": Need.turn_hours,
    "hours until all is in": Need.hours,
    "ledger on PostgreSQL, GB": Need.ledger_gigabytes,
    "of it what finds copies, GB": Need.bands_gigabytes,
    "copy on each machine that answers, GB": Need.copy_gigabytes,
    "hours to build such a copy": Need.copy_hours,
    "memory of a process that answers, GB": Need.memory_gigabytes,
    "seconds of a search, 95th percentile, 2 cores": Need.search_seconds,
}


def table() -> str:
    """The lines in Markdown."""
    needs = [Need(number * 1e6, WORKERS, COMMANDS) for number in MILLIONS]
    head = ["passages, millions", *(f"{number:,}" for number in MILLIONS)]
    rows = [[name, *(_shown(line(need)) for need in needs)] for name, line in LINES.items()]
    return "\n".join([_row(head), _row(["---"] * len(head)), *map(_row, rows)])


def constants() -> str:
    """What it is based on, in Markdown."""
    rows = [[f"{one.value:g} {one.unit}", one.source] for one in CONSTANTS.values()]
    return "\n".join([_row(["constant", "measured by python -m"]), _row(["---", "---"]), *map(_row, rows)])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    print(table(), constants(), sep="\n\n")
