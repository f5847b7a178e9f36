"""The text of PDF, Word, EPUB and mail files, and what they state of themselves; libraries do the parsing."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import takewhile
from typing import Any

from qa.errors import ArticleUnreadable
from qa.metadata import Metadata, parse_date
from qa.types import Span

MOST_PAGES = 2_000
MOST_CHARACTERS = 20_000_000
MOST_EMPTY = 0.25  # of the pages; more without text are told
OLE = b"\xd0\xcf\x11\xe0"  # what old Word files, and new ones that are encrypted, begin with
ENCRYPTION = "META-INF/encryption.xml"
PAGE_BREAK = "\f"
EDGE_LINES = 3  # at the top and the bottom of a page, where running lines are looked for
RUNNING_SHARE = 0.4  # of the pages have a running line: left and right ones may differ
LINE = re.compile(r"\S[^\n]*")
NUMBER = re.compile(r"(?<!\d)[0-9]{1,5}(?!\d)")
# What programs put for a title that nobody gave.
NO_TITLE = re.compile(
    r"^(untitled|microsoft word|document\d*$|.*\.(docx?|pdf|indd|tex|rtf|odt|qxd|p65)\b)", re.IGNORECASE
)
NO_AUTHOR = re.compile(r"^(admin|administrator|user|owner|unknown|python-docx|.*@.*|[a-z0-9_.-]{1,12})$", re.IGNORECASE)

DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, NotImplementedError, RuntimeError, IndexError)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of HTML that was wrapped in another format, and what the wrapping states."""

    html: bytes
    charset: str
    stated: Metadata


def read_pdf(data: bytes, source: str) -> tuple[str, Metadata, tuple[str, ...]]:
    """The text of all pages, by pypdfium2, with PAGE_BREAK between them, and notes on what was left out."""
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        reason = "is protected by a password" if locked else f"can't be read as PDF ({error})"
        remedy = "save it without the password and add that" if locked else "open it in a viewer and save it anew"
        raise ArticleUnreadable(source, reason, remedy) from error
    try:
        pages: list[str] = []
        damaged, count = 0, len(document)
        for number in range(min(count, MOST_PAGES)):
            text = _page_text(document, number)
            damaged += text is None
            pages.append(text or "")
            if sum(map(len, pages)) > MOST_CHARACTERS:
                break
        properties = document.get_metadata_dict(skip_empty=True)
    finally:
        document.close()
    if not any(page.strip() for page in pages):
        raise ArticleUnreadable(source, "holds no text (a scan?)", "run text recognition (OCR) over it and add that")
    stated = Metadata(title=_title(properties.get("Title")), author=_author(properties.get("Author")))
    return PAGE_BREAK.join(pages), stated, _page_notes(pages, damaged, count)


def _page_notes(pages: list[str], damaged: int, count: int) -> tuple[str, ...]:
    notes = []
    if len(pages) < count:
        notes.append(f"only the first {len(pages):,} of its {count:,} pages were read; split it to add the others")
    if damaged:
        notes.append(f"{damaged:,} damaged page{'s were' if damaged > 1 else ' was'} left out")
    empty = sum(not page.strip() for page in pages) - damaged
    if empty > MOST_EMPTY * len(pages):
        notes.append(
            f"{empty:,} of its {len(pages):,} pages hold no text (scans?); text recognition (OCR) may find some"
        )
    return tuple(notes)


def drop_running_lines(text: str, kept: tuple[Span, ...]) -> tuple[Span, ...]:
    """The spans of a PDF's text without headers, footers and page numbers: they come between halves of a sentence."""
    left = []
    for start, end in kept:
        for line_start, line_end in [*find_running_lines(text), (len(text), len(text))]:
            if line_end <= start or start >= end:
                continue
            part = text[start : min(line_start, end)]
            if stripped := part.strip():
                at = start + part.index(stripped)
                left.append((at, at + len(stripped)))
            start = max(start, line_end)
    return tuple(left) or kept  # pages that are all alike, such as forms


def find_running_lines(text: str) -> list[Span]:
    """The lines that many pages begin or end with: the same, or the same but for a number that counts the pages."""
    edges: list[list[tuple[Span, set[str]]]] = []  # of each page its first lines downwards, and its last ones upwards
    start = written = 0
    for number, page in enumerate(text.split(PAGE_BREAK)):
        lines = [(start + line.start(), start + line.end()) for line in LINE.finditer(page)]
        for place, edge in (("top", lines[:EDGE_LINES]), ("bottom", lines[: -EDGE_LINES - 1 : -1])):
            edges.append([(span, _line_keys(place, text[slice(*span)], number)) for span in edge])
        written += bool(lines)
        start += len(page) + len(PAGE_BREAK)
    times = Counter(key for edge in edges for key in set().union(*(keys for _, keys in edge)))
    least = max(2 if written < 4 else 3, RUNNING_SHARE * written)
    running = (takewhile(lambda line: any(times[key] >= least for key in line[1]), edge) for edge in edges)
    return sorted({span for edge in running for span, _ in edge})


def _line_keys(place: str, line: str, number: int) -> set[str]:
    """What the line has in common with those of other pages: itself, or its text around a number that counts pages."""
    numbers = NUMBER.finditer(line)
    around = (f"{line[: n.start()]}<{int(n[0]) - number}>{line[n.end() :]}" for n in numbers)
    return {f"{place} {' '.join(key.split())}" for key in (line, *around)}


def read_docx(data: bytes, source: str) -> tuple[str, Metadata]:
    """The paragraphs and tables in their order, by python-docx."""
    import docx
    from docx.table import Table
    from lxml.etree import LxmlError  # type: ignore[import-untyped]

    _check_zip(data, source)
    try:
        document: Any = docx.Document(io.BytesIO(data))
        blocks = [
            "\n".join(" | ".join(cell.text for cell in row.cells) for row in block.rows)
            if isinstance(block, Table)
            else block.text
            for block in document.iter_inner_content()
        ]
        properties = document.core_properties
        stated = Metadata(title=_title(properties.title), author=_author(properties.author))
    except (*DAMAGED, LxmlError, docx.exceptions.PythonDocxError) as error:
        raise _broken(source, "a Word file", error) from error
    return "\n\n".join(block for block in blocks if block.strip()), stated


def read_epub(data: bytes, source: str) -> tuple[str, Metadata]:
    """The chapters in reading order (EPUB 3.3, the package's spine); each paragraph is a line."""
    from lxml import etree, html  # type: ignore[import-untyped]

    _check_zip(data, source)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            container = etree.fromstring(book.read("META-INF/container.xml"), parser)
            place = container.xpath("string(//*[local-name()='rootfile']/@full-path)")
            package = etree.fromstring(book.read(place), parser)
            items = {
                item.get("id"): item.get("href") for item in package.xpath("//*[local-name()='manifest']/*[@href]")
            }
            folder = place.rpartition("/")[0]
            chapters, locked = [], _locked_parts(book)
            for reference in package.xpath("//*[local-name()='spine']/*[@idref]")[:MOST_PAGES]:
                href = (items.get(reference.get("idref")) or "").partition("#")[0]
                name = f"{folder}/{href}" if folder else href
                if name in locked:
                    raise ArticleUnreadable(source, "is encrypted (DRM)", "add a copy without protection, or its text")
                if name in book.NameToInfo:
                    chapters.append(_prose(html.fromstring(book.read(name))))
            stated = _package_metadata(package)
    except (*DAMAGED, etree.LxmlError) as error:
        raise _broken(source, "an EPUB file", error) from error
    return "\n\n".join(chapter for chapter in chapters if chapter), stated


def _locked_parts(book: zipfile.ZipFile) -> set[str]:
    """The parts of a book that are encrypted (EPUB Open Container Format 3.3, 4.2.6.3.2); often only its fonts."""
    from lxml import etree

    if ENCRYPTION not in book.NameToInfo:
        return set()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    told = etree.fromstring(book.read(ENCRYPTION), parser)
    return set(told.xpath("//*[local-name()='CipherReference']/@URI")) if told is not None else set()


def read_mail(data: bytes, source: str) -> tuple[str | Page, Metadata]:
    """The text of a mail or of a page saved as MHTML; its HTML where it has no plain text."""
    from email import message_from_bytes, policy

    try:
        message: EmailMessage = message_from_bytes(data, policy=policy.default)
        stated = Metadata(
            title=_line(message.get("Subject")) or None,
            author=_sender(message) if not message.get("Snapshot-Content-Location") else None,
            url=_address(message.get("Snapshot-Content-Location") or message.get("Content-Location")),
        )
        day = message["Date"].datetime if message.get("Date") and hasattr(message["Date"], "datetime") else None
        if day is not None and not message.get("Snapshot-Content-Location"):  # that is when the page was saved
            stated = stated.or_else(Metadata(published=parse_date(day.date().isoformat()), dated="stated"))
        body = message.get_body(preferencelist=("plain", "html")) if message.is_multipart() else message
        if body is None:
            body = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
        if body is None or body.get_content_maintype() != "text":
            raise ArticleUnreadable(source, "holds no text", "save the message as text and add that")
        content = body.get_payload(decode=True)
        charset = body.get_content_charset() or "utf-8"
    except (*DAMAGED, AttributeError, TypeError) as error:
        raise _broken(source, "a mail", error) from error
    raw = content if isinstance(content, bytes) else b""
    if body.get_content_type() == "text/html":
        return Page(raw, charset, stated), stated
    try:
        return raw.decode(charset, "replace").replace("\r\n", "\n"), stated
    except (LookupError, UnicodeError):
        return raw.decode("utf-8", "replace").replace("\r\n", "\n"), stated


def _page_text(document: Any, number: int) -> str | None:
    """The text of a page; None where the page is damaged, which doesn't spoil the others."""
    import pypdfium2

    try:
        page = document[number]
        text_page = page.get_textpage()
        text: str = text_page.get_text_bounded()
        text_page.close()
        page.close()
    except pypdfium2.PdfiumError:
        return None
    return text.replace("\r\n", "\n").replace("\ufffe", "-")  # how PDFium marks a hyphen at a line's end


def _prose(tree: Any) -> str:
    for block in tree.xpath("//p|//div|//li|//h1|//h2|//h3|//h4|//h5|//h6|//tr|//br|//blockquote"):
        block.tail = "\n" + (block.tail or "")
        block.text = "\n" + (block.text or "")
    for unseen in tree.xpath("//script|//style|//head"):
        unseen.drop_tree()
    lines = (" ".join(line.split()) for line in tree.text_content().split("\n"))
    return "\n\n".join(line for line in lines if line)


def _package_metadata(package: Any) -> Metadata:
    """What the package states; its date may be that of an edition or of a conversion, so it is left out."""

    def stated(name: str) -> str:
        return str(package.xpath(f"string(//*[local-name()='metadata']/*[local-name()='{name}'])")).strip()

    return Metadata(
        title=_title(stated("title")),
        author=_author(stated("creator")),
        publisher=stated("publisher") or None,
        language=stated("language").split("-")[0].lower() or None,
    )


def _check_zip(data: bytes, source: str) -> None:
    """That the parts of a file made of a zip archive can be read, and don't unpack to more than an article may hold."""
    if data.startswith(OLE):
        reason = "is protected by a password, or has the format that Word had until 2003"
        raise ArticleUnreadable(source, reason, "open it in Word and save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except DAMAGED as error:
        raise _broken(source, "an archive", error) from error
    if size > 20 * MOST_CHARACTERS:
        raise ArticleUnreadable(source, f"unpacks to {size:,} bytes", "save its text as .txt and add that")


def _title(text: str | None) -> str | None:
    line = _line(text)
    return line if line and not NO_TITLE.match(line) else None


def _author(text: str | None) -> str | None:
    line = _line(text)
    return line if line and not NO_AUTHOR.match(line) else None


def _line(text: object) -> str:
    return " ".join(str(text or "").split())[:500]


def _sender(message: EmailMessage) -> str | None:
    sender = message["From"]
    names = [address.display_name for address in getattr(sender, "addresses", ()) if address.display_name]
    return _author(names[0]) if names else None


def _address(text: str | None) -> str | None:
    return str(text) if text and str(text).startswith(("http://", "https://")) else None


def _broken(source: str, what: str, error: BaseException) -> ArticleUnreadable:
    reason = f"can't be read as {what} ({str(error)[:200] or type(error).__name__})"
    return ArticleUnreadable(source, reason, "open it in the program that made it and save it anew, or as text")
