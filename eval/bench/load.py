"""People asking at once through the real server: python -m eval.bench.load [--people 50] [--seconds 120] [--think S …]

A process serves a library of 10,000 passages recombined from the evaluation's articles. As many people as one likes ask
as the page does: each joins the queue, follows the events, and asks the next question as soon as the answer is there,
or after so many seconds of thought. They ask QUESTIONS different ones, for WARM_UP seconds before anything is measured:
the first questions of a process take some 200 MB, with or without a server. Memory is the server's own, mapped files
left out; how it grows is the slope of a line through the means of blocks of seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

import httpx
import numpy as np

from eval.bench.growth import status_of
from eval.bench.libraries import build_library, library_folder
from eval.bench.recombine import embed_sources
from eval.bench.speed import PROJECT, Row, Say, estimate, mean, median, percentile_95, percentile_99, spread
from qa.models import load_embedder
from qa.settings import Settings

PEOPLE, SECONDS, THINKS, PASSAGES = 50, 120.0, (0.0, 5.0), 10_000
WARM_UP, BLOCK = 120.0, 10.0  # seconds
QUESTIONS = 60
PATIENCE = 120.0  # seconds in which an answer must come
FLAT = 2.0  # megabytes a minute that memory may grow
ANSWER = '<article class="answer '


@dataclass(frozen=True, slots=True)
class PageCall:
    """How the page asks: the function that takes its questions, with what its other fields hold at first."""

    function: int
    trigger: int
    values: tuple[Any, ...]
    place: int  # of the question among the values

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> PageCall:
        """From what the server tells the browser about its page."""
        parts = {part["id"]: part["props"] for part in config["components"]}
        box = next(id for id, props in parts.items() if props.get("elem_id") == "asked")
        call = next(call for call in config["dependencies"] if box in call["inputs"])
        [[panel, _]] = call["targets"]
        values = tuple(parts[id].get("value") for id in call["inputs"])
        return cls(int(call["id"]), int(panel), values, call["inputs"].index(box))

    def body(self, question: str, session: str) -> dict[str, Any]:
        asked = {"how": "new", "question": question, "turns": []}  # as ui/scripts/asking.js sends it
        data = [*self.values[: self.place], asked, *self.values[self.place + 1 :]]
        return {
            "data": data, "fn_index": self.function, "trigger_id": self.trigger, "session_hash": session,
            "event_data": {},
        }  # fmt: skip


@dataclass(slots=True)
class Asked:
    """When answers came, by the seconds since the start, how long each took, and what went wrong."""

    moments: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


# People


async def ask_at_once(address: str, questions: Sequence[str], people: int, seconds: float, think: float = 0.0) -> Asked:
    """What so many people saw who asked for so long; a question that was begun is answered."""
    asked, started = Asked(), perf_counter()
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE, limits=limits, trust_env=False) as client:
        call = PageCall.of((await client.get("/config")).raise_for_status().json())

        async def person(number: int) -> None:
            chance = random.Random(number)
            await asyncio.sleep(think * chance.random())  # or all would think at once
            while perf_counter() - started < seconds:
                begun = perf_counter()
                try:
                    await ask(client, call, chance.choice(questions), f"person{number}")
                except (httpx.HTTPError, ValueError) as error:
                    asked.errors.append(f"{type(error).__name__}: {error}")
                else:
                    asked.seconds.append(perf_counter() - begun)
                    asked.moments.append(perf_counter() - started)
                await asyncio.sleep(think)

        await asyncio.gather(*map(person, range(people)))
    return asked


async def ask(client: httpx.AsyncClient, call: PageCall, question: str, session: str) -> None:
    """Asks as the page does; ValueError when what comes is no answer."""
    (await client.post("/gradio_api/queue/join", json=call.body(question, session))).raise_for_status()
    answered = False
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        stream.raise_for_status()
        async for line in stream.aiter_lines():
            if not line.startswith("data:"):
                continue
            message = json.loads(line.removeprefix("data:"))
            answered = answered or any(ANSWER in text for text in _texts(message))
            if message["msg"] == "process_completed" and not (message["success"] and answered):
                raise ValueError(f"no answer to {question!r}: {str(message)[:300]}")
            if message["msg"] == "close_stream":
                break
    if not answered:
        raise ValueError(f"the events on {question!r} ended without an answer")


def _texts(value: Any) -> Iterator[str]:
    """All texts in what came."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


# The server


@dataclass(slots=True)
class Watch:
    """What a process took, sampled each second: (seconds since the start, megabytes, seconds of all cores)."""

    pid: int
    samples: list[tuple[float, float, float]] = field(default_factory=list)

    def run(self, ended: threading.Event) -> None:
        started = monotonic()
        while not ended.is_set():
            self.samples.append((monotonic() - started, status_of(self.pid, "RssAnon"), _processor_time(self.pid)))
            sleep(1)


def _processor_time(pid: int) -> float:
    values = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(folder: Path, log: Path, seconds: float = 60.0) -> Iterator[tuple[str, int]]:
    """The address and the process id of a server over the library; RuntimeError when its log has a traceback."""
    with log.open("wb") as output:
        command = [sys.executable, "-m", "eval.bench.load", "serve", str(folder)]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=output, stderr=subprocess.STDOUT)
    try:
        until = monotonic() + seconds
        while not (found := re.search(r"http://\S+", log.read_text("utf-8", "replace"))):
            if monotonic() > until or process.poll() is not None:
                raise RuntimeError(f"the server gave no address: {log.read_text('utf-8', 'replace')[-2000:]}")
            sleep(0.1)
        yield found[0], process.pid
    finally:
        process.terminate()
        process.wait(30)
    written = log.read_text("utf-8", "replace")
    if "Traceback" in written:
        raise RuntimeError(f"the server's log has a traceback: {written[-2000:]}")


def serve_library(folder: Path) -> None:
    """In a process of its own: the page over the library, whose models have answered once."""
    from qa.library import Library
    from ui.app import serve

    with Library.open(folder, settings=Settings.from_environment(), create=False) as library:
        library.ask("What was said?")
        serve(library, port=0)


# Rows


def growth(samples: Sequence[tuple[float, float]], block: float = BLOCK) -> tuple[float, float, float, int]:
    """Megabytes a minute, their 95 % interval, and of how many blocks: a line by least squares through block means.

    Samples a second apart depend on each other; means of blocks hardly do.
    """
    from scipy.stats import linregress, t

    blocks: dict[int, list[float]] = {}
    for moment, megabytes in samples:
        blocks.setdefault(int(moment // block), []).append(megabytes)
    if len(blocks) < 3:
        return 0.0, float("-inf"), float("inf"), len(blocks)
    line = linregress([number * block / 60 for number in blocks], [float(np.mean(own)) for own in blocks.values()])
    reach = float(t.ppf(0.975, len(blocks) - 2) * line.stderr)
    return float(line.slope), float(line.slope - reach), float(line.slope + reach), len(blocks)


def load_rows(name: str, asked: Asked, watch: Watch, seconds: float) -> list[Row]:
    """The lines of the table for one way of asking."""
    whole = [moment for moment in asked.moments if moment < seconds]
    rates = [count / BLOCK for count in np.histogram(whole, np.arange(0, seconds + 1, BLOCK))[0]]
    (first, _, used), (last, _, more) = watch.samples[0], watch.samples[-1]
    share = (more - used) / (last - first) / (os.cpu_count() or 1)
    failed, count = len(asked.errors), len(asked.seconds)
    return [
        Row(f"{name}: errors", failed, "", count + failed, failed, failed, at_most=0),
        estimate(f"{name}: answers", "a second", mean, rates),
        estimate(f"{name}: median", "s", median, asked.seconds),
        estimate(f"{name}: 95th percentile", "s", percentile_95, asked.seconds),
        estimate(f"{name}: 99th percentile", "s", percentile_99, asked.seconds),
        Row(f"{name}: share of all cores", share, "", 1, share, share),
        *memory_rows(name, [(moment, megabytes) for moment, megabytes, _ in watch.samples if moment < seconds]),
    ]


def memory_rows(name: str, samples: Sequence[tuple[float, float]]) -> list[Row]:
    """How much it is and how it grows; nothing of fewer than three blocks."""
    slope, low, high, blocks = growth(samples)
    if blocks < 3:
        return []
    return [
        estimate(f"{name}: memory", "MB", mean, [megabytes for _, megabytes in samples]),
        Row(f"{name}: memory grows by", slope, "MB/minute", blocks, low, high, at_most=FLAT),
    ]


def measure_load(
    cache: Path,
    say: Say,
    *,
    people: int = PEOPLE,
    seconds: float = SECONDS,
    warm_up: float = WARM_UP,
    thinks: Sequence[float] = THINKS,
) -> list[Row]:
    """The rows of each way of asking, each of a server of its own; the library is built when it isn't there."""
    from eval.run import ARTICLES

    embedder = load_embedder(Settings.from_environment(precision="f32"))  # libraries stay, as in eval.bench.scale
    texts = [path.read_text("utf-8") for folder in ARTICLES for path in sorted(folder.glob("*.txt"))]
    sources = embed_sources(cache / "sources-evaluation.npz", lambda: texts, embedder, say)
    folder = library_folder(cache / "evaluation", PASSAGES, made_up=False)
    folder.parent.mkdir(parents=True, exist_ok=True)
    build_library(folder, PASSAGES, sources, embedder, say)
    questions = spread(read_all_questions(), QUESTIONS)
    rows = []
    for think in thinks:
        name = f"{people} asking at once" + (f", {think:g} s of thought" if think else "")
        say(f"{name}, for {seconds:g} s")
        with tempfile.TemporaryDirectory() as scratch, serving(folder, Path(scratch) / "log") as (address, pid):
            say(f"warming up for {warm_up:g} s")
            asyncio.run(ask_at_once(address, questions, people, warm_up))
            asked, watch = _watched(pid, lambda: asyncio.run(ask_at_once(address, questions, people, seconds, think)))  # noqa: B023
        for error in sorted(set(asked.errors))[:10]:
            say(f"error: {error}")
        rows += load_rows(name, asked, watch, seconds)
    return rows


def _watched(pid: int, run: Callable[[], Asked]) -> tuple[Asked, Watch]:
    watch, ended = Watch(pid), threading.Event()
    thread = threading.Thread(target=watch.run, args=(ended,))
    thread.start()
    try:
        asked = run()
    finally:
        ended.set()
        thread.join()
    return asked, watch


def read_all_questions() -> list[str]:
    """The evaluation's questions."""
    lines = (PROJECT / "eval" / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 1 when a question was not answered."""
    from eval.bench.__main__ import CACHE, print_rows, say

    parser = argparse.ArgumentParser(prog="python -m eval.bench.load", description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help="where the library lies, and stays")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--warm-up", type=float, default=WARM_UP, help="seconds")
    parser.add_argument("--think", type=float, action="append", help=f"default: {THINKS}")
    options = parser.parse_args(arguments)
    thinks = options.think or THINKS
    rows = measure_load(
        options.cache, say, people=options.people, seconds=options.seconds, warm_up=options.warm_up, thinks=thinks
    )
    print_rows(rows)
    return 1 if any(row.value for row in rows if row.name.endswith(": errors")) else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve_library(Path(sys.argv[2]))
    else:
        sys.exit(main())
