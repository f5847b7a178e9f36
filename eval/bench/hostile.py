"""Hostile files: ``python -m eval.bench.hostile --files 10000 --seed 1 [--bombs]``.

Good files of every format (eval/bench/files.py) are damaged by a seeded generator, outside and inside what they pack,
and read just as `qa add` reads them; with --bombs also files that were made to take too much (eval/bench/bombs.py).
Out may come articles and messages, nothing else, within the limits of time and memory; exit code 1 if not.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import resource
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from eval.bench.bombs import bombs
from eval.bench.files import good_files, make_tar, make_zip, rich_files
from qa.containers import Member, read_members
from qa.errors import ArticleUnreadable
from qa.files import container_kind, is_container
from qa.isolated import IsolatedReading
from qa.settings import Settings
from qa.types import Article

SLACK_SECONDS = 2.0
MOST_MEMORY = 1_000_000_000
LIMITS = ("takes longer", "too much memory", "parser crash", "unpacks to", "more than", "is larger", "archive within")
TOKENS = [
    *(b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"99999999999999999999", b"-1", b"1e999"),
    *(b"<p>" * 200, b"</html>", b"<![CDATA[", b"&#x1F4A9;", b"<!ENTITY a '&a;&a;'>", b"[" * 2_000, b'{"a":' * 2_000),
    *(b"%PDF-1.7", b"PK\x03\x04", b"PAR1", b"endobj", b"/Length 99999999", b"/Count -5", b"\x1f\x8b\x08"),
    *("\u202e\u2066\ufeff".encode(), b"\xed\xa0\x80", b'"\\ud800"', b"\r\n\r\n", b'","', b"\t" * 500),
]


PACKED = (".docx", ".epub", ".zip", ".tar", ".tar.gz")
MOST_INSIDE = 3  # members that are damaged in a file that packs several


@dataclass(slots=True)
class Tally:
    """What became of the files of one kind; seconds and bytes are the most of any."""

    files: int = 0
    articles: int = 0
    refused: int = 0
    limits: int = 0
    slowest: float = 0.0
    memory: int = 0


def mutate(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """The bytes with one to eight pieces of damage."""
    damaged = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        at = chance.randrange(len(damaged) + 1)
        end = min(len(damaged), at + chance.choice((1, 4, 40, 400)))
        kind = chance.randrange(7)
        if kind == 0 and at < len(damaged):
            damaged[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del damaged[at:]
        elif kind == 2:
            damaged[at:at] = damaged[at:end] * chance.choice((1, 2, 50))
        elif kind == 3:
            del damaged[at:end]
        elif kind == 4:
            other = chance.choice(others)
            damaged[at:] = other[chance.randrange(len(other)) :]
        elif kind == 5:
            damaged[at : at + 4] = chance.choice((b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\0\0\x80"))
        else:
            damaged[at:at] = chance.choice(TOKENS)
    return bytes(damaged)


def mutate_inside(data: bytes, suffix: str, chance: random.Random, others: list[bytes]) -> bytes:
    """The packed file with some of its members damaged, renamed, or there twice, and packed anew."""
    files = _unpack(data, suffix)
    for name in chance.sample(sorted(files), min(len(files), chance.randint(1, MOST_INSIDE))):
        kind = chance.randrange(8)
        if kind == 0:
            del files[name]
        elif kind == 1:
            files[chance.choice(("../../", "/", "C:\\\\", "a\0b", "x" * 5_000, "\u202e")) + name] = files.pop(name)
        elif kind == 2 and name.endswith((".zip", ".tar")):
            files[name] = mutate_inside(files[name], name[name.rindex(".") :], chance, others)
        else:
            files[name] = mutate(files[name], chance, others)
    if suffix in (".tar", ".tar.gz"):
        packed = make_tar(files, pax=True)
        return gzip.compress(packed, mtime=0) if suffix == ".tar.gz" else packed
    return make_zip(files)


def _unpack(data: bytes, suffix: str) -> dict[str, bytes]:
    if suffix in (".tar", ".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            members = [member for member in archive if member.isreg()]
            return {member.name: file.read() for member in members if (file := archive.extractfile(member))}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def read_file(data: bytes, name: str, reading: IsolatedReading, settings: Settings) -> Iterator[Article | str]:
    """The articles of a file, and for each that is none the reason, as when it is added."""
    try:
        if is_container(name):
            members = read_members(data, source=name, name=name, settings=settings)
        else:
            members = iter([Member(name, "." + name.rpartition(".")[2], data)])
        for member in members:
            if isinstance(member, ArticleUnreadable):
                yield member.reason
                continue
            try:
                yield reading.article(member)[0]
            except ArticleUnreadable as error:
                yield error.reason
    except ArticleUnreadable as error:
        yield error.reason


def damaged_files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(suffix, bytes) of so many damaged files, of each kind in turn."""
    chance = random.Random(seed)
    good = [*good_files().items(), *rich_files()]
    others = [data for _, data in good]
    for number in range(count):
        suffix, data = good[number % len(good)]
        inside = suffix in PACKED and chance.random() < 0.7
        yield suffix, mutate_inside(data, suffix, chance, others) if inside else mutate(data, chance, others)


def attack(files: Iterable[tuple[str, bytes]], settings: Settings) -> tuple[dict[str, Tally], list[str]]:
    """What became of the files, (kind, bytes), by kind, and each breach of what is promised."""
    tallies: dict[str, Tally] = {}
    breaches: list[str] = []
    with IsolatedReading(settings) as reading:
        for number, (kind, data) in enumerate(files):
            tally = tallies.setdefault(kind, Tally())
            tally.files += 1
            ended = _ended_memory()
            _forget_peak("self")
            try:
                _read_one(
                    data, f"file{number}{container_kind(kind) or Path('a' + kind).suffix}", reading, settings, tally
                )
            except Exception as error:  # whatever else comes out is what this looks for
                breaches.append(f"file {number} ({kind}): {type(error).__name__}: {error}"[:300])
            tally.memory = max(tally.memory, _peak("self"), _peak(str(reading.pid)), _ended_memory(above=ended))
            if tally.memory > MOST_MEMORY:
                breaches.append(f"file {number} ({kind}): {tally.memory:,} bytes of memory")
            if not kind.startswith(".") or number % 500 == 499:
                told = f"{number + 1} files, {kind}: {tally.slowest:.1f} s at most, {tally.memory / 1e6:.0f} MB"
                print(f"{told}, {len(breaches)} breaches", file=sys.stderr, flush=True)
    return tallies, breaches


def _ended_memory(above: int = 0) -> int:
    """The most bytes that any ended child of this process held, where they are more than that; else 0."""
    unit = 1 if sys.platform == "darwin" else 1024
    most = unit * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return most if most > above else 0


def _peak(process: str) -> int:
    """The most bytes that the process has held since `_forget_peak`; 0 where the system doesn't tell."""
    status = Path("/proc", process, "status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _forget_peak(process: str) -> None:
    reset = Path("/proc", process, "clear_refs")
    if reset.exists():
        reset.write_text("5")


def _read_one(data: bytes, name: str, reading: IsolatedReading, settings: Settings, tally: Tally) -> None:
    started = time.monotonic()
    for item in read_file(data, name, reading, settings):
        seconds = time.monotonic() - started
        tally.slowest = max(tally.slowest, seconds)
        if seconds > settings.read_seconds + SLACK_SECONDS:
            raise AssertionError(f"took {seconds:.1f} s")
        if isinstance(item, str):
            tally.refused += 1
            tally.limits += any(limit in item for limit in LIMITS)
        else:
            tally.articles += 1
            if not all(0 <= start < end <= len(item.text) for start, end in item.kept):
                raise AssertionError("a kept span is outside the text")
        started = time.monotonic()


def main() -> int:
    """Prints a table by format and the breaches; 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.hostile", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--bombs", nargs="?", const="", metavar="NAME", help="bombs too, or those whose name holds NAME"
    )
    options = parser.parse_args()
    settings = replace(Settings(), max_unpacked_bytes=1_000_000_000)
    tallies, breaches = attack(damaged_files(options.files, options.seed), settings)
    if options.bombs is not None:
        chosen = ((name, make()) for name, make in bombs().items() if options.bombs in name)
        more = attack(chosen, settings)
        tallies, breaches = tallies | more[0], breaches + more[1]
    width = max(10, *map(len, tallies))
    print(f"{'kind':{width}}{'files':>8}{'articles':>10}{'refused':>9}{'limits':>8}{'slowest s':>11}{'peak MB':>9}")
    for kind, tally in tallies.items():
        counts = f"{tally.files:>8}{tally.articles:>10}{tally.refused:>9}{tally.limits:>8}"
        print(f"{kind:{width}}{counts}{tally.slowest:>11.2f}{tally.memory / 1e6:>9.0f}")
    print(*breaches, sep="\n")
    total = sum(tally.files for tally in tallies.values())
    print(f"{total:,} files, {len(breaches)} breaches (seed {options.seed})")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
