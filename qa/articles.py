"""The bytes of files, pages and records -> Article: the encoding, the text, what is kept of it."""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from qa import documents
from qa.blocks import BREAK
from qa.cleaning import keep_spans
from qa.errors import ArticleUnreadable
from qa.files import CONTAINERS, DOCX, EPUB, FORMATS, HTML, MAIL, MARKDOWN, PDF, RECORD
from qa.languages import choose_language
from qa.metadata import (
    STATED_EARLIEST,
    Metadata,
    date_from_name,
    parse_date,
    read_front_matter,
    read_html_metadata,
    read_text_metadata,
)
from qa.types import Article, Span, article_id

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
MARKUP = re.compile(r"<(?:p|div|html|body|br|article|section|h[1-6])\b[^>]{0,500}>", re.IGNORECASE)
SCRAPED = ("text/", "record/", "mail/")  # extractors of text that may be a dumped page; others chose what belongs to it
PAGED = "pdf/2"  # the extractor of text with page breaks
CONVERT = "files of this kind are not read; save what it says as text and add that"


def article_from_bytes(data: bytes, *, source: str, suffix: str) -> tuple[Article, tuple[str, ...]]:
    """The article, and notes on what was lost in reading it; `suffix` says the format, as in FORMATS."""
    kind = suffix.lower()
    digest = hashlib.sha256(data).hexdigest()
    if kind == RECORD:
        return _read_record(data, source, digest), ()
    if kind in (PDF, DOCX, EPUB) or kind in MAIL:
        read = _read_document(data, source, kind)
        return _make(read, source, digest), read.notes
    _check_is_text(data, source)
    if kind not in FORMATS:
        known = " ".join(sorted(FORMATS | CONTAINERS))
        raise ArticleUnreadable(
            source, f"has an unsupported format ({suffix or 'no suffix'})", f"rename it to: {known}"
        )
    decoded, replaced = decode(data, is_html=kind in HTML)
    notes = (f"{replaced} undecodable byte{'s were' if replaced > 1 else ' was'} replaced",) if replaced else ()
    if kind in HTML:
        return _make(_extract_html(decoded, source), source, digest), notes
    extractor = "markdown/1" if kind in MARKDOWN else "text/1"
    return _make(_Text(decoded, Metadata(), extractor), source, digest), notes


def reclean(article: Article) -> Article:
    """The same text with today's cleaner: other `kept`, all else as it is; ArticleUnreadable if nothing is left."""
    start = read_front_matter(article.text)[1] if article.extractor == "markdown/1" else 0
    kept = _keep(article.text, start, article.extractor, article.title)
    if not kept:
        raise ArticleUnreadable(article.source, "holds only boilerplate", "remove it with: qa remove " + article.id)
    return replace(article, kept=kept)


def decode(data: bytes, *, is_html: bool = False) -> tuple[str, int]:
    """The text of the bytes, and how many of them had to be replaced; never fails."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _replace(data[len(mark) :], encoding)
    try:
        return data.decode("utf-8"), 0
    except UnicodeDecodeError:
        return _replace(data, _choose_encoding(data, is_html))


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


@dataclass(frozen=True, slots=True)
class _Text:
    """What a file holds, what its format states, and what extracted it."""

    text: str
    stated: Metadata
    extractor: str
    notes: tuple[str, ...] = ()  # on what was left out


def _extract_html(html: str, source: str) -> _Text:
    """The main text of a page, and what its tags state."""
    import trafilatura

    document = trafilatura.bare_extraction(html, with_metadata=True, include_comments=False, favor_precision=True)
    text = (document.text or "") if document and not isinstance(document, dict) else ""
    tree = trafilatura.load_html(html)
    if tree is None or not text.strip():
        raise ArticleUnreadable(source, "holds no article text", "save the page as text and add that")
    stated = read_html_metadata(tree, html).or_else(Metadata(title=getattr(document, "title", None)))
    return _Text(text, stated, f"trafilatura/{trafilatura.__version__}")


def _read_document(data: bytes, source: str, kind: str) -> _Text:
    """The text of a file that a library parses, or of the page within a mail."""
    if kind in MAIL:
        text, stated = documents.read_mail(data, source)
        if isinstance(text, str):
            return _Text(text, stated, "mail/1")
        page = _extract_html(_decode_as(text.html, text.charset), source)
        return replace(page, stated=stated.or_else(page.stated))
    if kind == PDF:
        text, stated, notes = documents.read_pdf(data, source)
        return _Text(text, stated, PAGED, notes)
    text, stated = documents.read_docx(data, source) if kind == DOCX else documents.read_epub(data, source)
    return _Text(text, stated, f"{kind[1:]}/1")


def _read_record(data: bytes, source: str, digest: str) -> Article:
    """The article of a record; its text may be HTML."""
    record = json.loads(data)
    stated = Metadata(
        title=record.get("title"),
        publisher=record.get("publisher"),
        author=record.get("author"),
        published=(published := parse_date(record.get("published", ""), since=STATED_EARLIEST)),
        dated="stated" if published else None,
        url=address if (address := record.get("url", "")).startswith(("http://", "https://")) else None,
        language=record.get("language"),
    )
    text = record["text"]
    if MARKUP.search(text[:SAMPLE]):
        page = _extract_html(text if "<html" in text[:SAMPLE].lower() else f"<html><body>{text}</body></html>", source)
        return _make(replace(page, stated=stated.or_else(page.stated)), source, digest)
    return _make(_Text(text, stated, "record/1"), source, digest)


def _decode_as(data: bytes, charset: str) -> str:
    return data.decode(charset, "replace") if _is_encoding(charset) else decode(data, is_html=True)[0]


def _make(read: _Text, source: str, digest: str) -> Article:
    text, stated, start = read.text, read.stated, 0
    if read.extractor == "markdown/1":
        stated, start = read_front_matter(text)
    kept = _keep(text, start, read.extractor, stated.title)
    if not kept:
        reason = "holds only boilerplate" if text.strip() else "holds no text"
        raise ArticleUnreadable(source, reason, "copy the article's own text into a .txt file and add that")
    found = stated.or_else(read_text_metadata(text[start:], _shift(kept, -start)))
    if found.published is None and (named := date_from_name(_dated_name(source, found.url))):
        found = replace(found, published=named, dated="file name")
    return Article(
        id=article_id(source, text),
        source=source,
        text=text,
        kept=kept,
        title=found.title,
        publisher=found.publisher,
        published=found.published,
        url=found.url or (source if source.startswith(("http://", "https://")) else None),
        language=choose_language(found.language, "\n".join(text[start:end] for start, end in kept)),
        bytes_sha256=digest,
        extractor=read.extractor,
        author=found.author,
        dated=found.dated,
    )


def _dated_name(source: str, url: str | None) -> str:
    """The address, else the name of the file or of the member of an archive: of many records no one's file is named."""
    address = next((text for text in (source, url or "") if text.startswith(("http://", "https://"))), "")
    return address or ("" if "#" in source else source.rpartition("/")[2])


def _keep(text: str, start: int, extractor: str, title: str | None) -> tuple[Span, ...]:
    """The spans of the article from `start` on."""
    markup = not extractor.startswith(SCRAPED)
    kept = _shift(_skip_title(text[start:], keep_spans(text[start:], markup=markup), title), start)
    return documents.drop_running_lines(text, kept) if extractor == PAGED else kept


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
