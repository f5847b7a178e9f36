"""Files, pages and records -> Article: which files, their bytes, the encoding, the text, what is kept of it."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa.cleaning import BREAK, keep_spans
from qa.errors import ArticleUnreadable
from qa.metadata import Metadata, read_front_matter, read_html_metadata, read_text_metadata
from qa.settings import Settings
from qa.types import Article, Span, article_id

TEXT = frozenset({".txt", ".text"})
MARKDOWN = frozenset({".md", ".markdown"})
HTML = frozenset({".html", ".htm", ".xhtml"})
FORMATS = TEXT | MARKDOWN | HTML

# The UTF-32 marks come first: the UTF-16 one is the beginning of one of them.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
MAGIC = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"RIFF",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",
    b"7z\xbc\xaf",
    b"Rar!",
    b"OggS",
    b"ID3",
    b"BZh",
)
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\v\b\x1b")) + b"\x7f"
MOST_CONTROL = 0.1  # of the bytes; with more the file isn't text
SAMPLE = 200_000  # bytes that are looked at to find out what a file is
CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]+)|<\?xml[^>]{0,100}?encoding=[\"']([\w.:-]+)", re.I
)
FEW_ACCENTS = 4  # bytes beyond ASCII; fewer say nothing of the encoding
CONVERT = "convert it to .txt, .md or .html and add that"


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files to read, each once: those named, whatever they are, and the supported ones in the folders named.

    A path that is missing or can't be opened is in the list too, so that reading it says what is wrong with it alone.
    """
    return list(dict.fromkeys(file for path in paths for file in (_walk(path) if path.is_dir() else [path])))


def read_bytes(path: Path, settings: Settings) -> bytes:
    """The bytes of an article's file; ArticleUnreadable if it isn't one, is empty, or is too large."""
    source = str(path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "is a folder that can't be listed" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
            raise ArticleUnreadable(source, what, "copy what it holds into a file and add that")
        if status.st_size > settings.max_article_bytes:
            reason = f"is larger than {settings.max_article_bytes:,} bytes ({status.st_size:,})"
            raise ArticleUnreadable(source, reason, "split it, or set QA_MAX_ARTICLE_BYTES higher")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ArticleUnreadable(source, "does not exist", f"check the path with: ls {path.parent}") from error
    except PermissionError as error:
        raise ArticleUnreadable(source, "may not be read by you", f"allow it with: chmod u+r {path}") from error
    except OSError as error:
        raise ArticleUnreadable(source, f"can't be read ({error.strerror})", f"check it with: ls -l {path}") from error
    if not data:
        raise ArticleUnreadable(source, "is empty", "remove it, or fetch the article again")
    return data


def article_from_bytes(data: bytes, *, source: str, suffix: str) -> tuple[Article, tuple[str, ...]]:
    """The article, and notes on what was lost in reading it; `suffix` says the format, as in FORMATS."""
    kind = suffix.lower()
    _check_is_text(data, source)
    if kind not in FORMATS:
        raise ArticleUnreadable(source, f"has an unsupported format ({suffix or 'no suffix'})", CONVERT)
    decoded, replaced = decode(data, is_html=kind in HTML)
    notes = (f"{replaced} undecodable byte{'s were' if replaced > 1 else ' was'} replaced",) if replaced else ()
    text, stated, extractor = _extract_html(decoded, source) if kind in HTML else (decoded, Metadata(), "text/1")
    if kind in MARKDOWN:
        extractor = "markdown/1"
    digest = hashlib.sha256(data).hexdigest()
    return _make(text, source, stated, kind not in TEXT, kind in MARKDOWN, extractor, digest), notes


def decode(data: bytes, *, is_html: bool = False) -> tuple[str, int]:
    """The text of the bytes, and how many of them had to be replaced; never fails."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _replace(data[len(mark) :], encoding)
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError:
        return _replace(data, _choose_encoding(data, is_html))


def _walk(folder: Path) -> Iterator[Path]:
    """The supported files under a folder, sorted; links to folders are followed, each folder is entered once."""
    entered: set[str] = set()
    unlisted: list[Path] = []
    for here, folders, files in os.walk(folder, followlinks=True, onerror=lambda e: unlisted.append(Path(e.filename))):
        real = os.path.realpath(here)
        folders[:] = [] if real in entered else sorted(name for name in folders if not name.startswith("."))
        if real not in entered:
            entered.add(real)
            visible = (Path(here, name) for name in sorted(files) if not name.startswith("."))
            yield from (file for file in visible if file.suffix.lower() in FORMATS)
    yield from unlisted


def _check_is_text(data: bytes, source: str) -> None:
    if any(data.startswith(mark) for mark, _ in MARKS):
        return
    sample = data[:SAMPLE]
    control = len(sample) - len(sample.translate(None, CONTROL))
    if data.startswith(MAGIC) or b"\0" in data or control > MOST_CONTROL * len(sample):
        raise ArticleUnreadable(source, "is a binary file", CONVERT)


def _replace(data: bytes, encoding: str) -> tuple[str, int]:
    try:
        return data.decode(encoding), 0
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        stated = data.count("\ufffd".encode()) if encoding == "utf-8" else 0
        return text, max(1, text.count("\ufffd") - stated)


def _choose_encoding(data: bytes, is_html: bool) -> str:
    """The encoding of bytes that aren't valid UTF-8."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(character > "\x7f" for character in text) > 2 * broken:
        return "utf-8"  # with a few damaged bytes
    declared = CHARSET.search(data[:4096]) if is_html else None
    name = (declared[1] or declared[2]).decode() if declared else ""
    return name if _is_encoding(name) else _detect(data[:SAMPLE])


def _is_encoding(name: str) -> bool:
    """Whether it names an encoding of pages; Python's own and UTF-7 rewrite text, or fail on some."""
    try:
        known = codecs.lookup(name).name
        b"a".decode(known, "replace")  # of no bytes at all any codec makes a text
    except (LookupError, UnicodeError):
        return False
    return known not in {"utf-8", "utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape"}


def _detect(sample: bytes) -> str:
    """The likeliest encoding; Western European where it is as likely as another, or where too little speaks for one."""
    from charset_normalizer import from_bytes

    wide = ["utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le", "utf_7"]  # they have marks or NULs
    matches = from_bytes(sample, cp_exclusion=wide)
    best = matches.best()
    if best is None or sum(byte > 127 for byte in sample) < FEW_ACCENTS:
        return "cp1252"
    equals = (match for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence))
    western = any("cp1252" in (match.encoding, *match.could_be_from_charset) for match in equals)
    return "cp1252" if western else best.encoding


def _extract_html(html: str, source: str) -> tuple[str, Metadata, str]:
    """The main text of a page, what its tags state, and the extractor's name."""
    import trafilatura

    document = trafilatura.bare_extraction(html, with_metadata=True, include_comments=False, favor_precision=True)
    text = (document.text or "") if document and not isinstance(document, dict) else ""
    tree = trafilatura.load_html(html)
    if tree is None or not text.strip():
        raise ArticleUnreadable(source, "holds no article text", "save the page as text and add that")
    stated = read_html_metadata(tree, html).or_else(Metadata(title=getattr(document, "title", None)))
    return text, stated, f"trafilatura/{trafilatura.__version__}"


def _make(
    text: str, source: str, stated: Metadata, markup: bool, front_matter: bool, extractor: str, digest: str
) -> Article:
    start = 0
    if front_matter:
        stated, start = read_front_matter(text)
    kept = _shift(_skip_title(text[start:], keep_spans(text[start:], markup=markup), stated.title), start)
    if not kept:
        reason = "holds only boilerplate" if text.strip() else "holds no text"
        raise ArticleUnreadable(source, reason, "copy the article's own text into a .txt file and add that")
    found = stated.or_else(read_text_metadata(text[start:], _shift(kept, -start)))
    return Article(
        id=article_id(source, text),
        source=source,
        text=text,
        kept=kept,
        title=found.title,
        publisher=found.publisher,
        published=found.published,
        url=found.url,
        language=found.language,
        bytes_sha256=digest,
        extractor=extractor,
    )


def _skip_title(text: str, kept: tuple[Span, ...], title: str | None) -> tuple[Span, ...]:
    """The spans without the title that the text begins with: a headline is no sentence to quote."""
    if not kept or not title:
        return kept
    start, end = kept[0]
    rest = text[start:end].removeprefix(title)
    if len(rest) == end - start or BREAK.match(rest) is None:
        return kept
    return ((end - len(rest.lstrip()), end), *kept[1:])


def _shift(spans: Iterable[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)
