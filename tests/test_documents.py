"""PDF, Word, EPUB and mail files -> articles."""

from __future__ import annotations

import pytest

from eval.bench.hostile import PARAGRAPHS, good_files, pdf
from qa.articles import article_from_bytes
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
        read(pdf([]), ".pdf")


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".epub"])
def test_damaged_files_say_what_to_do(suffix: str) -> None:
    with pytest.raises(ArticleUnreadable, match="save it anew"):
        read(b"no such file" * 20, suffix)
