"""Kills a real process again and again while it works on a library, and looks what the next start finds.

python -m eval.bench.kills --data DIR [--kills 60]: the scraped pages of the benchmark data, or made-up ones without it.
A library is filled, a third of its articles change, some files go (`--prune`), some articles are purged, each while it
is killed (SIGKILL) at random moments of that work. After each kill the library must be sound, hold what was
acknowledged, each source once and whole, and of a batch that was not acknowledged all or nothing. Then the same work
goes on, until it is done and the library holds exactly what it should.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.bench.victim import QuickEmbedder, open_library
from qa.articles import article_from_bytes
from qa.errors import ArticleUnreadable
from qa.library import Library
from qa.reader.examples import read_lines

ARTICLES = 80  # in a library
SHARES = {"add": 0.35, "change": 0.35, "prune": 0.1, "purge": 0.2}  # of the kills, by what is being done
LIBRARY_KILLS = 30  # then a new library begins
AHEAD = {"add": 6, "change": 6, "prune": 2, "purge": 3}  # publications after which a process may be killed, less one
START_SECONDS = 120.0
SAMPLE = 3  # articles that are looked for after each kill
QUERY, NEAREST = 300, 20  # characters of the question, passages that may answer it
PURGED = 8  # articles, one after the other

State = dict[str, str | None]  # source -> the text that the library holds, None for none


@dataclass(slots=True)
class Tally:
    """What was done and found; `kinds` counts the kills by what they hit."""

    kinds: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0  # kills of processes that had acknowledged something
    midway: int = 0  # kills within a publication
    faults: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """What a process told before it ended: what it acknowledged, what it had begun, and whether it got to the end."""

    done: list[list[Any]] = field(default_factory=list)
    begun: list[list[Any]] = field(default_factory=list)
    ended: bool = False

    @property
    def acknowledged(self) -> set[str]:
        """The sources whose change was acknowledged."""
        return {change[0] for changes in self.done for change in changes}

    @property
    def batch(self) -> set[str]:
        """The sources of the publication in which it was killed."""
        return {change[0] for changes in self.begun[len(self.done) :] for change in changes}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; 0 every start was clean, 1 one wasn't."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.kills", description=__doc__)
    parser.add_argument("--data", type=Path, metavar="DIR")
    parser.add_argument("--kills", type=int, default=60, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    tally, chance = Tally(), random.Random(options.seed)
    texts = _texts(options.data)
    with tempfile.TemporaryDirectory() as scratch:
        while sum(tally.kinds.values()) < options.kills and not tally.faults:
            chance.shuffle(texts)
            folder = Path(scratch, f"{sum(tally.kinds.values())}")
            left = min(LIBRARY_KILLS, options.kills - sum(tally.kinds.values()))
            _Killing(folder, texts, chance, tally).run(max(left, len(SHARES)))
    print(*tally.faults, sep="\n")
    kinds = ", ".join(f"{count} while {kind}" for kind, count in tally.kinds.items())
    print(
        f"{sum(tally.kinds.values())} kills ({kinds}), {tally.midway} within a publication, {tally.acknowledged} after "
        f"something was acknowledged; {len(tally.faults)} faults found (seed {options.seed})"
    )
    return 1 if tally.faults else 0


class _Killing:
    """One library, from its beginning through all kinds of work."""

    def __init__(self, folder: Path, texts: Sequence[str], chance: random.Random, tally: Tally) -> None:
        self._library, self._articles = folder / "library", folder / "articles"
        self._articles.mkdir(parents=True)
        self._texts, self._chance, self._tally = texts, chance, tally
        self._state: State = {}
        self._versions: dict[str, dict[str, str]] = {}  # source -> id -> text of all that were ever seen
        self._passages: dict[str, int] = {}  # of an article's id, as it was told
        self._lasts = dict.fromkeys(SHARES, 0.3)  # seconds that a publication takes, by the kind of work

    def run(self, kills: int) -> None:
        for kind, share in SHARES.items():
            orders, target = self._prepare(kind)
            for _ in range(max(1, round(share * kills))):
                if self._tally.faults or self._work(orders, target, deadly=True):
                    break
            if not self._tally.faults and not self._work(orders, target, deadly=False):
                self._tally.faults.append(f"{kind}: the work could not be finished")

    def _prepare(self, kind: str) -> tuple[dict[str, Any], State]:
        """The orders for that work, and what the library holds when it is done."""
        files = sorted(self._articles.iterdir())
        chosen = self._chance.sample(files, len(files) // 3)
        purge: dict[str, str] = {}
        if kind == "add":
            for number, text in enumerate(self._texts[:ARTICLES]):
                (self._articles / f"{number:04}.txt").write_bytes(text.encode())
        elif kind == "change":
            for number, file in enumerate(chosen):
                file.write_bytes(self._changed(file.read_bytes().decode(), number).encode())
        elif kind == "prune":
            for file in chosen[: len(files) // 6]:
                file.unlink()
        else:
            sources = [source for file in chosen if self._state.get(source := str(file.resolve()))]
            purge = {source: list(self._versions[source])[-1] for source in sources[:PURGED]}
        target: State = {} if kind == "prune" else dict(self._state)
        if kind != "purge":
            readable = {str(file.resolve()): _readable(file) for file in self._articles.iterdir()}
            target |= {source: text or self._state.get(source) for source, text in readable.items()}
        target |= dict.fromkeys(purge)
        orders = {"library": str(self._library), "kind": kind, "articles": str(self._articles), "purge": purge}
        return orders, target

    def _changed(self, text: str, number: int) -> str:
        """Another version: with a paragraph more, or quite another text."""
        if number % 2:
            return self._texts[(ARTICLES + number) % len(self._texts)] + f"\n\nThat was report number {number}."
        return f"{text}\n\nThis report was changed on Monday evening, for the {number}th time that a reader wrote in."

    def _work(self, orders: Mapping[str, Any], target: State, *, deadly: bool) -> bool:
        """Lets a process do the work, or kills it; whether it came to the end."""
        kind = orders["kind"]
        run = self._watch(orders, deadly=deadly)
        if not run.ended:
            self._tally.kinds[kind] += 1
            self._tally.acknowledged += bool(run.done)
            self._tally.midway += len(run.begun) > len(run.done)
        self._passages |= {id: count for changes in run.begun for _, id, count in changes if id}
        traces: list[str] = []
        if kind == "purge":  # before the library is opened here: Chroma writes the memory of who reads into its files
            lately = [source for source in run.acknowledged if source in self._state]
            purged = {id: text for source in lately for id, text in self._versions[source].items()}
            others = (texts for source, texts in self._versions.items() if source not in orders["purge"])
            traces = _find_traces(self._library, purged, "\n".join(text for texts in others for text in texts.values()))
        with open_library(self._library) as library:
            faults = self._find_faults(library, target, run) + traces
            for article in (articles := library.articles()):
                self._versions.setdefault(article.source, {})[article.id] = article.text
            self._state = {article.source: article.text for article in articles}
        number = sum(self._tally.kinds.values())
        self._tally.faults += [f"kill {number} while {kind}: {line}" for line in faults]
        told = "ended" if run.ended else f"kill {number} {'within' if run.batch else 'between'} publications"
        print(f"{kind}: {told}, {len(run.done)} acknowledged, {len(faults)} faults", file=sys.stderr, flush=True)
        return run.ended

    def _watch(self, orders: Mapping[str, Any], *, deadly: bool) -> Run:
        """Starts the process, and kills it while it opens the library, or in or soon after its n-th publication."""
        run, kind = Run(), orders["kind"]
        ahead, share = self._chance.randrange(AHEAD[kind]), self._chance.uniform(0, 1.5)
        with _victim() as (child, lines):
            assert child.stdin is not None
            child.stdin.write(json.dumps(orders).encode() + b"\n")
            child.stdin.flush()
            moment = time.monotonic()
            deadline = moment + (share * self._lasts[kind] if deadly and not ahead else START_SECONDS)
            while True:
                try:
                    what, changes = lines.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    child.kill()
                    deadly, deadline = False, time.monotonic() + START_SECONDS  # what it told before is still read
                    continue
                if what == "begun":
                    run.begun.append(changes)
                    moment = time.monotonic()
                    if deadly and len(run.begun) == ahead:
                        deadline = moment + share * self._lasts[kind]
                elif what == "done":
                    run.done.append(changes)
                    self._lasts[kind] += 0.3 * (time.monotonic() - moment - self._lasts[kind])
                else:
                    run.ended = what == "ended"
                    return run

    def _find_faults(self, library: Library, target: State, run: Run) -> list[str]:
        """What the next start finds wrong."""
        wrong = [f"{finding.part}: {finding.text}" for finding in library.check() if not finding.sound]
        articles, counts = library.articles(), library.count_passages()
        times = Counter(article.source for article in articles)
        wrong += [f"{source} is there {count} times" for source, count in times.items() if count > 1]
        found: State = {article.source: article.text for article in articles}
        for source in target | found:
            allowed = {target.get(source)} if run.ended or source in run.acknowledged else {self._state.get(source)}
            allowed |= {target.get(source)} if source in run.batch else set()
            if found.get(source) not in allowed:
                wrong.append(f"{source} is {'there in a wrong version' if source in found else 'missing'}")
        changing = [source for source in run.batch if target.get(source) != self._state.get(source)]
        if len({found.get(source) == target.get(source) for source in changing}) > 1:
            wrong.append(f"a part of a batch is there: {sorted(changing)}")
        for article in articles:
            if counts.pop(article.id, 0) != self._passages.get(article.id):
                wrong.append(f"{article.source} has other passages than it was given")
        wrong += [f"there are passages of {id}, which is not there" for id in counts]
        for article in self._chance.sample(articles, min(SAMPLE, len(articles))):
            wrong += _find_losses(library, article.id)
        return wrong


@contextmanager
def _victim() -> Iterator[tuple[subprocess.Popen[bytes], queue.Queue[tuple[str, Any]]]]:
    """A process that waits for its orders, and what it tells, line by line; ("gone", []) when it is no more."""
    command = [sys.executable, "-m", "eval.bench.victim"]
    lines: queue.Queue[tuple[str, Any]] = queue.Queue()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as child:
        threading.Thread(target=_listen, args=(child, lines), daemon=True).start()
        try:
            if lines.get(timeout=START_SECONDS)[0] != "ready":
                raise RuntimeError("the process to be killed could not be started")
            yield child, lines
        finally:
            child.kill()


def _listen(child: subprocess.Popen[bytes], lines: queue.Queue[tuple[str, Any]]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.endswith(b"\n"):
            lines.put(tuple(json.loads(line)))
    lines.put(("gone", []))


def _find_losses(library: Library, id: str) -> list[str]:
    """Which index doesn't find the article's first passage by its own words or its own vector."""
    store, article = library._store, library.article(id)
    revision = store.refresh()
    rows = [row for run in store.ledger.rows_born(-1, revision) for row in run if row.article_id == article.id]
    first = min(rows, key=lambda row: row.key)
    words = store.search_words(first.text[:QUERY], NEAREST, revision, None)
    vectors = store.search_vectors(QuickEmbedder().embed_question(first.text), NEAREST, revision, None)
    return [
        f"{article.source} is not found by its {name}"
        for name, found in (("words", words), ("vector", vectors))
        if not any(
            passage.text == first.text for passage in store.ledger.passages([k for k, _ in found], revision).values()
        )
    ]


def _find_traces(folder: Path, purged: Mapping[str, str], others: str) -> list[str]:
    """What is left in a library's files of articles that were purged: id -> text, `others` apart."""
    marks = {
        id: [id.encode(), *(part.encode() for part in _parts(text) if part not in others)]
        for id, text in purged.items()
    }
    wrong = [
        f"{file.name} still holds something of {id}: {next(part for part in parts if part in data)!r}"
        for file in sorted(folder.rglob("*"))
        if file.is_file() and (data := file.read_bytes())
        for id, parts in marks.items()
        if any(part in data for part in parts)
    ]
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger:
        query = "select count(*) from blobs where sha256 not in (select bytes_sha256 from articles)"
        (orphans,) = ledger.execute(query).fetchone()
    return wrong + ([f"{orphans} original files of nothing are left"] if orphans else [])


def _parts(text: str) -> list[str]:
    """Some stretches of a text, long enough to be of this one alone."""
    return [text[start : start + 40] for start in range(0, len(text) - 40, max(1, len(text) // 5))]


def _readable(file: Path) -> str | None:
    """The text of the article that the file holds, None where it holds none."""
    try:
        return article_from_bytes(file.read_bytes(), source=str(file.resolve()), suffix=file.suffix)[0].text
    except ArticleUnreadable:
        return None


def _texts(data: Path | None) -> list[str]:
    if data is None:
        words = "harbour council bridge ferry storm engine village museum winter paper".split()
        chance = random.Random(7)
        sentence = "The {} of the {} was closed by the {} until the {} is repaired, they said on Monday."
        return [
            "\n\n".join(sentence.format(*chance.choices(words, k=4)) for _ in range(30)) for _ in range(2 * ARTICLES)
        ]
    return [record["text"] for record in read_lines(data / "scraped" / "raw_articles.jsonl.gz")]


if __name__ == "__main__":
    sys.exit(main())
