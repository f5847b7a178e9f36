"""How fast and how large: a question in a new process and in a running one, and adding articles.

Every comparison alternates its two sides within one run, so that what else the machine does meets both. The ratio is
what counts; the times of one side mean something only on the machine that is named beside them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from qa.library import Library
    from qa.types import Answer

PROJECT = Path(__file__).resolve().parents[2]
QUESTIONS = PROJECT / "eval" / "questions.jsonl"
SEEDS = PROJECT / "seeds"
ANSWERED, REFUSED = 0, 3  # exit codes of `qa ask`, both of them answers
MEGABYTE = 1_000_000
NEWS_QUESTIONS = 100
ARTICLES_A_ROUND = 20  # about eighty passages

Sample = Sequence[float] | npt.NDArray[np.float64]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: a figure, from how many repetitions, its 95 % interval, and its goal if it has one."""

    name: str
    value: float
    unit: str
    n: int
    low: float
    high: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether it reaches its goal; None when it has none."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def goal(self) -> str:
        """The goal as it is printed; empty when it has none."""
        bounds = [
            f"{sign} {bound:g}" for sign, bound in (("<=", self.at_most), (">=", self.at_least)) if bound is not None
        ]
        return f"{' '.join(bounds)} {'met' if self.met else 'NOT met'}" if bounds else ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: seconds by the clock, seconds of all cores, and its peak memory in megabytes."""

    wall: float
    cpu: float
    peak: float


# A question in a new process


def measure_processes(folder: Path, questions: Sequence[str], say: Say) -> list[Row]:
    """`qa ask` against the same question put by a llama-index program, a pair of new processes for each question."""
    library, rival = folder / "library", folder / "rival"
    say("preparing both sides")
    run_process(["-m", "qa", "add", "--library", str(library), str(SEEDS)])
    run_process(["-m", "eval.bench.rival", "build", str(library), str(rival)])
    commands = {"qa ask": ["-m", "qa", "ask", "--library", str(library)]}
    commands["llama-index"] = ["-m", "eval.bench.rival", "ask", str(rival)]
    for command in commands.values():
        run_process([*command, questions[0]])  # brings files into memory, or one side would do it for the other
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for number, question in enumerate(questions):
        say(f"new processes, pair {number + 1} of {len(questions)}")
        for name in list(commands)[:: -1 if number % 2 else 1]:
            costs[name].append(run_process([*commands[name], question]))
    return process_rows(costs["qa ask"], costs["llama-index"])


def process_rows(ours: Sequence[Cost], theirs: Sequence[Cost]) -> list[Row]:
    """The lines of the table that two lists of paired costs give."""
    wall = [[cost.wall for cost in side] for side in (ours, theirs)]
    cpu = [[cost.cpu for cost in side] for side in (ours, theirs)]
    peak = [[cost.peak for cost in side] for side in (ours, theirs)]
    return [
        estimate("new process: qa ask", "s", median, wall[0]),
        estimate("new process: llama-index", "s", median, wall[1]),
        estimate("new process: ratio", "", ratio_of_medians, *wall, at_most=0.25),
        estimate("processor time: qa ask", "s", median, cpu[0]),
        estimate("processor time: llama-index", "s", median, cpu[1]),
        estimate("processor time: ratio", "", ratio_of_medians, *cpu),
        estimate("peak memory: qa ask", "MB", median, peak[0], at_most=600),
        estimate("peak memory: llama-index", "MB", median, peak[1]),
        estimate("peak memory: ratio", "", ratio_of_medians, *peak),
    ]


def run_process(arguments: Sequence[str]) -> Cost:
    """Runs Python with these arguments to its end; RuntimeError with its last words when it fails.

    A child's peak memory starts at that of its parent, so call this before loading anything large.
    """
    before = own_peak()
    with tempfile.TemporaryFile() as output:
        started = perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)  # or Popen would wait for a process that is gone
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if process.returncode not in (ANSWERED, REFUSED):
        raise RuntimeError(f"python {' '.join(arguments)} ended with {process.returncode}:\n{text[-2000:]}")
    peak = megabytes(usage.ru_maxrss)
    if peak <= before:
        raise RuntimeError(f"the peak of {peak:.0f} MB may be this process's own; measure processes first")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


def own_peak() -> float:
    """The most megabytes that this process has held."""
    return megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def megabytes(maxrss: int) -> float:
    """A system's ru_maxrss, which macOS gives in bytes and Linux in kibibytes, in megabytes."""
    return maxrss * (1 if sys.platform == "darwin" else 1024) / MEGABYTE


# A question in a running process


def measure_warm(folder: Path, questions: Iterable[str], say: Say) -> list[Row]:
    """`Library.ask` on the seeds, each question once, after one that loads the models."""
    from qa.library import Library

    with Library.open(folder / "library") as library:
        library.add(SEEDS)
        return ask_warm("seeds", library, list(questions), say)


def ask_warm(name: str, library: Library, questions: Sequence[str], say: Say) -> list[Row]:
    """Median and 95th percentile of the time to the answer, and the median of each stage."""
    say(f"warm questions, {name}: {len(questions)}")
    library.ask("What was said?")
    times: list[float] = []
    answers: list[Answer] = []
    for question in questions:
        started = perf_counter()
        answers.append(library.ask(question))
        times.append(1000 * (perf_counter() - started))
    stages: dict[str, list[float]] = {}
    for stage, milliseconds in (timing for answer in answers for timing in answer.provenance.timings):
        stages.setdefault(stage, []).append(milliseconds)
    return [
        estimate(f"warm ask, {name}: median", "ms", median, times, at_most=300),
        estimate(f"warm ask, {name}: 95th percentile", "ms", percentile_95, times),
        *(estimate(f"warm ask, {name}: {stage}, median", "ms", median, stages[stage]) for stage in stages),
    ]


# Adding articles


def measure_adding(folder: Path, data: Path, rounds: int, say: Say) -> list[Row]:
    """Passages a second of `Library.add`, from file to published, against sentence-transformers' encode alone."""
    from eval.bench.rival import model_folder
    from qa.files import LEDGER
    from qa.ledger import Ledger
    from qa.library import Library

    groups, questions = write_news(data, folder / "news", rounds)
    encode = load_encoder(model_folder())
    ours: list[float] = []
    theirs: list[float] = []
    with Library.open(folder / "news-library") as library:
        revision = library.add(SEEDS).revision  # loads the models
        ledger = Ledger.open(folder / "news-library" / LEDGER)
        for number, group in enumerate(groups):
            say(f"adding, round {number + 1} of {len(groups)}")
            seconds = time_of(library.add, group)
            before, revision = revision, ledger.revision()
            texts = [row.text for run in ledger.rows_born(before, revision) for row in run]
            ours.append(len(texts) / seconds)
            theirs.append(len(texts) / time_of(encode, texts))
        passages = ledger.count_passages(revision)
        ledger.close()
        rows = ask_warm(f"{passages} passages of news", library, questions, say)
    return [
        estimate("adding: qa, from file to published", "passages/s", median, ours),
        estimate("adding: sentence-transformers, encode alone", "passages/s", median, theirs),
        estimate("adding: ratio, median of the rounds", "", median_of_ratios, ours, theirs),
        *rows,
    ]


def write_news(data: Path, folder: Path, rounds: int) -> tuple[list[list[Path]], list[str]]:
    """News articles as files, in a group for each round, and questions about them."""
    from qa.reader.examples import read_lines

    folder.mkdir()
    records = list(read_lines(data / "newsqa" / "articles.jsonl.gz"))[: rounds * ARTICLES_A_ROUND]
    paths = [folder / f"{record['id']}.txt" for record in records]
    for path, record in zip(paths, records, strict=True):
        path.write_text(record["text"], encoding="utf-8")
    names = {record["id"] for record in records}
    asked = read_lines(data / "newsqa" / "questions.jsonl.gz")
    questions = [record["question"] for record in asked if names.issuperset(record["gold_articles"])]
    groups = [paths[start : start + ARTICLES_A_ROUND] for start in range(0, len(paths), ARTICLES_A_ROUND)]
    return groups, spread(list(dict.fromkeys(questions)), NEWS_QUESTIONS)


def load_encoder(model: Path) -> Callable[[list[str]], Any]:
    """sentence-transformers with the same model and otherwise as it comes, warmed up."""
    import transformers
    from sentence_transformers import SentenceTransformer

    console: Any = transformers.utils.logging
    console.disable_progress_bar()
    encoder = SentenceTransformer(str(model), device="cpu", local_files_only=True)
    encoder.encode(["the first call prepares"])
    return lambda texts: encoder.encode(texts, normalize_embeddings=True)


def time_of(action: Callable[[Any], object], argument: Any) -> float:
    """How many seconds the action takes."""
    started = perf_counter()
    action(argument)
    return perf_counter() - started


# Questions


def read_questions() -> list[str]:
    """The questions of the evaluation set about the seeds."""
    lines = map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines())
    return [line["question"] for line in lines if line["cluster"] is None]


def spread(items: Sequence[str], most: int) -> list[str]:
    """At most so many of the items, evenly from first to last.

    >>> spread(["a", "b", "c", "d"], 2)
    ['a', 'c']
    """
    count = min(most, len(items))
    return [items[number * len(items) // count] for number in range(count)]


# Figures


def estimate(
    name: str,
    unit: str,
    statistic: Callable[..., float],
    *samples: Sample,
    at_most: float | None = None,
    at_least: float | None = None,
    draws: int = 2000,
) -> Row:
    """The statistic with the middle 95 % of its bootstrap; samples of equal length are drawn in pairs."""
    arrays = [np.asarray(sample, dtype=np.float64) for sample in samples]
    n = len(arrays[0])
    drawn = np.random.default_rng(7).integers(n, size=(draws, n))
    low, high = np.quantile([statistic(*(array[row] for array in arrays)) for row in drawn], (0.025, 0.975))
    return Row(name, float(statistic(*arrays)), unit, n, float(low), float(high), at_most, at_least)


def median(sample: Sample) -> float:
    return float(np.median(sample))


def mean(sample: Sample) -> float:
    return float(np.mean(sample))


def percentile_95(sample: Sample) -> float:
    return float(np.percentile(sample, 95))


def percentile_99(sample: Sample) -> float:
    return float(np.percentile(sample, 99))


def ratio_of_medians(ours: Sample, theirs: Sample) -> float:
    return median(ours) / median(theirs)


def median_of_ratios(ours: Sample, theirs: Sample) -> float:
    return median(np.divide(ours, theirs))
