"""Hostile files: ``python -m eval.bench.hostile --files 10000 --seed 1``.

Good files of every format, made here, are damaged by a seeded generator and read just as `qa add` reads them. Out may
come articles and messages, nothing else, within the limits of time and memory; exit code 1 if not.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import resource
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage

from qa.articles import is_container
from qa.containers import Member, read_members
from qa.errors import ArticleUnreadable
from qa.isolated import IsolatedReading
from qa.settings import Settings
from qa.types import Article

SLACK_SECONDS = 2.0
MOST_MEMORY = 1_000_000_000
LIMITS = ("takes longer", "too much memory", "parser crash", "unpacks to more", "more than")
PARAGRAPHS = [
    f"The council of Thornby heard report {number} on its old bridge on Monday, and the mayor said that the repairs "
    f"would take until the spring and cost about {number} million pounds."
    for number in range(2, 8)
]
TOKENS = [
    *(b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"99999999999999999999", b"-1", b"1e999"),
    *(b"<p>" * 200, b"</html>", b"<![CDATA[", b"&#x1F4A9;", b"<!ENTITY a '&a;&a;'>", b"[" * 2_000, b'{"a":' * 2_000),
    *(b"%PDF-1.7", b"PK\x03\x04", b"PAR1", b"endobj", b"/Length 99999999", b"/Count -5", b"\x1f\x8b\x08"),
    *("\u202e\u2066\ufeff".encode(), b"\xed\xa0\x80", b'"\\ud800"', b"\r\n\r\n", b'","', b"\t" * 500),
]


@dataclass(slots=True)
class Tally:
    """What became of the files of one format; seconds and bytes are the most of any."""

    files: int = 0
    articles: int = 0
    refused: int = 0
    limits: int = 0
    slowest: float = 0.0
    memory: int = 0


def good_files() -> dict[str, bytes]:
    """A sound file of each format: suffix -> bytes."""
    text = "\n\n".join(PARAGRAPHS).encode()
    page = b"<html><head><title>Bridge</title></head><body><article>%s</article></body></html>"
    page %= b"".join(b"<p>%s</p>" % paragraph.encode() for paragraph in PARAGRAPHS)
    records = [
        {"text": f"{text.decode()} {n}", "title": f"Bridge {n}", "url": f"https://a.example/{n}"} for n in (1, 2)
    ]
    lines = "\n".join(map(json.dumps, records)).encode()
    files = {
        ".txt": text,
        ".md": b"# Bridge\n\n" + text,
        ".html": page,
        ".xhtml": page,
        ".jsonl": lines,
        ".json": json.dumps(records).encode(),
        ".parquet": _parquet(records),
        ".csv": _table(records, ","),
        ".tsv": _table(records, "\t"),
        ".eml": _mail(text.decode(), "plain"),
        ".mhtml": _mail(page.decode(), "html"),
        ".pdf": pdf(PARAGRAPHS),
        ".docx": _docx(),
        ".epub": _epub(page),
    }
    files[".zip"] = _zip({f"in/a{suffix}": data for suffix, data in files.items()})
    files[".tar"] = _tar({f"in/a{suffix}": data for suffix, data in files.items()})
    files[".tar.gz"] = gzip.compress(files[".tar"], mtime=0)
    return files


def pdf(lines: list[str]) -> bytes:
    """A PDF (1.4) of one page with those lines; without lines it holds no text."""
    shown = " ".join(f"({line[:100]}) Tj T*" for line in lines)
    content = f"BT /F 9 Tf 12 TL 40 760 Td {shown} ET" if lines else ""
    bodies = [
        *("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        *("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>", "<< /Title (Bridge closes) >>"),
    ]
    written, places = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size 7 /Root 1 0 R /Info 6 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return f"{written}xref\n0 7\n0000000000 65535 f \n{table}{trailer}".encode()


def mutate(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """The bytes with one to eight kinds of damage."""
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


def attack(files: int, seed: int, settings: Settings) -> tuple[dict[str, Tally], list[str]]:
    """What became of so many damaged files, by format, and each breach of what is promised."""
    chance, good = random.Random(seed), good_files()
    tallies = {suffix: Tally() for suffix in good}
    breaches: list[str] = []
    with IsolatedReading(settings) as reading:
        for number in range(files):
            suffix = list(good)[number % len(good)]
            data = mutate(good[suffix], chance, list(good.values()))
            tally = tallies[suffix]
            tally.files += 1
            try:
                _read_one(data, f"file{number}{suffix}", reading, settings, tally)
            except Exception as error:  # whatever else comes out is what this looks for
                breaches.append(f"file {number} ({suffix}): {type(error).__name__}: {error}"[:300])
            tally.memory = max(tally.memory, peak_memory())
    if (memory := peak_memory()) > MOST_MEMORY:  # the last child counts only now that it has ended
        breaches.append(f"all files: {memory:,} bytes")
    breaches += [f"{s}: {t.memory:,} bytes" for s, t in tallies.items() if t.memory > MOST_MEMORY]
    return tallies, breaches


def peak_memory() -> int:
    """The most bytes that this process, or any ended child of it, has held in memory so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


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


def _table(records: list[dict[str, str]], delimiter: str) -> bytes:
    import csv

    written = io.StringIO()
    writer = csv.DictWriter(written, list(records[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(records)
    return written.getvalue().encode()


def _parquet(records: list[dict[str, str]]) -> bytes:
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    written = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(records), written)
    return written.getvalue()


def _mail(text: str, kind: str) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = "Bridge closes", "Ann Able <ann@a.example>"
    message["Date"] = "Wed, 12 Nov 2025 09:00:00 +0000"
    message.set_content(text, subtype=kind)
    if kind == "html":
        message["Snapshot-Content-Location"] = "https://a.example/bridge"
        message.make_related()
    return message.as_bytes()


def _docx() -> bytes:
    import docx

    document, written = docx.Document(), io.BytesIO()
    for paragraph in PARAGRAPHS:
        document.add_paragraph(paragraph)
    document.add_table(1, 2).cell(0, 0).text = "Cost"
    document.core_properties.title = "Bridge closes"
    document.save(written)
    return written.getvalue()


def _epub(page: bytes) -> bytes:
    package = (
        "<package xmlns='http://www.idpf.org/2007/opf'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        "<dc:title>Bridge closes</dc:title></metadata><manifest><item id='a' href='a.xhtml'/></manifest>"
        "<spine><itemref idref='a'/></spine></package>"
    )
    container = "<container><rootfiles><rootfile full-path='OPS/book.opf'/></rootfiles></container>"
    return _zip({"META-INF/container.xml": container.encode(), "OPS/book.opf": package.encode(), "OPS/a.xhtml": page})


def _zip(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return written.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, data in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return written.getvalue()


def main() -> int:
    """Prints a table by format and the breaches; 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench.hostile", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tallies, breaches = attack(options.files, options.seed, replace(Settings(), max_unpacked_bytes=100_000_000))
    print(f"{'format':10}{'files':>8}{'articles':>10}{'refused':>9}{'limits':>8}{'slowest s':>11}{'peak MB':>9}")
    for suffix, tally in tallies.items():
        counts = f"{tally.files:>8}{tally.articles:>10}{tally.refused:>9}{tally.limits:>8}"
        print(f"{suffix:10}{counts}{tally.slowest:>11.2f}{tally.memory / 1e6:>9.0f}")
    print(*breaches, sep="\n")
    print(f"{options.files:,} files, {len(breaches)} breaches (seed {options.seed})")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
