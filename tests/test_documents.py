"""PDF, Word, EPUB and mail files -> articles."""

from __future__ import annotations

import io
import zipfile

import pytest

from eval.bench.files import PARAGRAPHS, good_files, make_zip, pdf
from qa import documents
from qa.articles import article_from_bytes, reclean
from qa.errors import ArticleUnreadable
from qa.types import Article


def read(data: bytes, suffix: str) -> Article:
    return article_from_bytes(data, source="a" + suffix, suffix=suffix)[0]


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".epub", ".eml", ".mhtml"])
def test_the_text_and_the_title_come_out(suffix: str) -> None:
    article = read(good_files()[suffix], suffix)
    assert article.title == "Bridge closes"
    for paragraph in PARAGRAPHS:
        assert paragraph[:99] in " ".join(article.kept_text.split())


def test_a_mail_states_its_date_and_a_saved_page_its_address() -> None:
    """A saved page's date is that of the saving."""
    mail, page = read(good_files()[".eml"], ".eml"), read(good_files()[".mhtml"], ".mhtml")
    assert (str(mail.published), mail.dated, mail.author) == ("2025-11-12", "stated", "Ann Able")
    assert (page.published, page.url) == (None, "https://a.example/bridge")


def test_a_scan_says_that_it_needs_text_recognition() -> None:
    with pytest.raises(ArticleUnreadable, match=r"holds no text \(a scan\?\); run text recognition"):
        read(pdf([[]]), ".pdf")


def test_protected_files_say_what_to_do() -> None:
    """A PDF that nobody has the password of, a Word file as Word encrypts it, a book with locked chapters."""
    key = b"/Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <%s> /U <%s> >>" % (b"41" * 32, b"42" * 32)
    locked = good_files()[".pdf"].replace(b"/Root 1 0 R", b"/Root 1 0 R /ID [<00> <00>] " + key)
    with pytest.raises(ArticleUnreadable, match="is protected by a password; save it without the password"):
        read(locked, ".pdf")
    with pytest.raises(ArticleUnreadable, match=r"protected by a password, .*; open it in Word and save it as"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000), ".docx")
    assert read(book_with_locked("OPS/font.otf"), ".epub").title == "Bridge closes"
    with pytest.raises(ArticleUnreadable, match=r"is encrypted \(DRM\); add a copy without protection"):
        read(book_with_locked("OPS/a.xhtml"), ".epub")


def book_with_locked(part: str) -> bytes:
    told = f"<encryption><EncryptedData><CipherReference URI='{part}'/></EncryptedData></encryption>"
    with zipfile.ZipFile(io.BytesIO(good_files()[".epub"])) as book:
        files = {name: book.read(name) for name in book.namelist()}
    return make_zip({**files, "META-INF/encryption.xml": told.encode()})


def test_pdf_that_is_cut_or_damaged_or_partly_a_scan_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_PAGES", 4)
    data = pdf([[PARAGRAPHS[n]] for n in range(6)]).replace(b"/Kids [4 0 R 6 0 R", b"/Kids [4 0 R 99 0 R")
    _, notes = article_from_bytes(data, source="a.pdf", suffix=".pdf")
    assert notes == (
        "only the first 4 of its 6 pages were read; split it to add the others",
        "1 damaged page was left out",
    )
    _, notes = article_from_bytes(pdf([PARAGRAPHS, [], []]), source="a.pdf", suffix=".pdf")
    assert notes == ("2 of its 3 pages hold no text (scans?); text recognition (OCR) may find some",)


def lines_of(number: int, head: str, foot: str) -> list[str]:
    """Of a page: a sentence begins on each and ends on the next."""
    return [*([head] if head else []), f"was closed {number * 7} times.", f"Bridge {number * number} of Thornby", foot]


def test_running_lines_of_pages_are_dropped_and_the_text_stays() -> None:
    """Left and right pages have heads of their own; the first page has none."""
    heads = {0: "Bridges of the north", 1: "The Thornby Herald, 12 November 2025"}
    pages = [lines_of(n, heads[n % 2] if n > 1 else "", f"Page {n} of 9") for n in range(1, 10)]
    article = read(pdf(pages), ".pdf")
    assert article.text == "\f".join("\n".join(lines) for lines in pages)
    kept = article.kept_text
    assert "Herald" not in kept
    assert "Bridges of the north" not in kept
    assert "Page" not in kept
    assert all(f"was closed {n * 7} times." in kept and f"Bridge {n * n} of Thornby" in kept for n in range(1, 10))
    assert reclean(article) == article


def test_lines_that_only_look_alike_stay() -> None:
    """Their numbers don't count the pages."""
    pages = [[f"It met {n * n} times in {2010 + 3 * n}.", PARAGRAPHS[n * n % 6], f"Of {n * 5}"] for n in range(6)]
    assert documents.find_running_lines(read(pdf(pages), ".pdf").text) == []


def test_pages_that_are_all_alike_stay() -> None:
    article = read(pdf([["The council of Thornby closed its old bridge on Monday."]] * 4), ".pdf")
    assert "closed its old bridge" in article.kept_text


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".epub"])
def test_damaged_files_say_what_to_do(suffix: str) -> None:
    with pytest.raises(ArticleUnreadable, match="save it anew"):
        read(b"no such file" * 20, suffix)
