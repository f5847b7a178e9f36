"""Bytes to articles: which encoding, what is stated of an article, and what can't be one."""

from __future__ import annotations

import codecs
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from qa.articles import article_from_bytes, decode
from qa.errors import ArticleUnreadable
from qa.files import FORMATS, read_bytes
from qa.metadata import parse_date
from qa.settings import Settings
from qa.types import Article

SEEDS = Path(__file__).parent.parent / "seeds"
BODY = (
    "The council of Thornby voted on Monday to close the old bridge to lorries.\n\n"
    "Engineers had found cracks in two of its piers, a report to the council says.\n"
)
PAGE = """<html lang="en-GB"><head><title>Bridge closes to lorries - The Herald</title>
<meta property="og:title" content="Bridge closes to lorries - The Herald">
<meta property="og:site_name" content="The Herald">
{head}<link rel="canonical" href="https://herald.example/bridge"></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>Bridge closes to lorries</h1>
<p>The council of Thornby voted on Monday to close the old bridge to lorries after a long debate.</p>
<p>Engineers had found cracks in two of its piers, a report to the council says, and more may come.</p>
<p>Repairs would take until the spring and cost about four million pounds, the mayor said on Tuesday.</p>
</article><footer>© 2025 The Herald. All rights reserved.</footer></body></html>"""


def read(data: bytes | str, suffix: str = ".txt") -> Article:
    data = data.encode() if isinstance(data, str) else data
    return article_from_bytes(data, source="a" + suffix, suffix=suffix)[0]


def seed(name: str) -> Article:
    path = next(SEEDS.glob(f"{name}_*.txt"))
    return article_from_bytes(read_bytes(path, Settings()), source=path.name, suffix=path.suffix)[0]


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7 text", b"PK\x03\x04", b"\x89PNG\r\n", b"text with\0a zero", b"\x01\x02\x03abc"]
)
def test_binary_files_are_refused(data: bytes) -> None:
    with pytest.raises(ArticleUnreadable, match="is a binary file"):
        read(data)


def test_unsupported_formats_are_refused() -> None:
    with pytest.raises(ArticleUnreadable, match=r"unsupported format \(\.xyz\)"):
        read("a,b", ".xyz")


@pytest.mark.parametrize("text", ["Share on Facebook\nADVERTISEMENT\n© 2025 The Herald", "Sign in"])
def test_a_file_of_nothing_but_boilerplate_is_refused(text: str) -> None:
    with pytest.raises(ArticleUnreadable, match="holds only boilerplate"):
        read(text)


@pytest.mark.parametrize(
    ("data", "suffix"), [(" \n ", ".txt"), ("<html><body></body></html>", ".html"), ("<", ".html")]
)
def test_a_file_without_text_is_refused(data: str, suffix: str) -> None:
    with pytest.raises(ArticleUnreadable, match=r"holds no (article )?text"):
        read(data, suffix)


# Encodings


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("It’s “open”.", "utf-8"),
        ("It’s “open”.", "utf-8-sig"),
        ("It’s “open”.", "utf-16"),
        ("It’s “open”.", "utf-32"),
        ("It’s “open”.", "cp1252"),
        ("Café", "latin-1"),
        ("Le président a déclaré que la réunion était annulée. Ce sera peut-être un problème.", "cp1252"),
        ("Prezydent oświadczył, że nie podpisze ustawy dotyczącej sądów i żąda zmian. Zażółć gęślą jaźń.", "cp1250"),
        ("Президент заявил, что встреча отменена.", "cp1251"),
        ("大統領は会談を中止すると発表した。", "shift_jis"),
    ],
)
def test_the_encoding_is_found(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == (text, 0)


def test_a_page_may_declare_its_encoding() -> None:
    page = "<meta charset='iso-8859-5'>Президент"
    assert decode(page.encode("iso-8859-5"), is_html=True) == (page, 0)


def test_replaced_bytes_are_counted_and_reported() -> None:
    data = BODY.replace("Thornby", "Thörnby, Ålborg, Łódź").encode() + b"caf\xe9 \xff."
    article, notes = article_from_bytes(data, source="a.txt", suffix=".txt")
    assert notes == ("2 undecodable bytes were replaced",)
    assert article.text.endswith("caf\ufffd \ufffd.")


@given(
    st.binary(max_size=300) | st.sampled_from([b"", codecs.BOM_UTF16_LE]).flatmap(lambda m: st.binary().map(m.__add__))
)
@examples(deadline=None, max_examples=60)
def test_decoding_never_fails(data: bytes) -> None:
    text, replaced = decode(data)
    assert replaced >= 0
    assert (replaced > 0) <= ("\ufffd" in text)


@given(st.binary(max_size=300) | st.text().map(str.encode), st.sampled_from(sorted(FORMATS)))
@examples(deadline=None, max_examples=60)
def test_any_bytes_are_an_article_or_refused(data: bytes, suffix: str) -> None:
    try:
        article = read(data, suffix)
    except ArticleUnreadable:
        return
    assert article.kept_text.strip()


# What an article states of itself


def test_a_clean_text_states_nothing() -> None:
    article = seed("000")
    assert (article.title, article.publisher, article.author, article.published, article.dated, article.url) == (
        None,
    ) * 6
    assert article.language == "en"  # that is seen, not stated


def test_a_scraped_text_states_its_headline_and_in_a_notice_its_publisher() -> None:
    """The header names the site that copied the article, so it isn't taken for the publisher."""
    article = seed("003")
    assert article.title is not None
    assert article.title.startswith("Nicolás Maduro begged for ‘face-to-face’ talks")
    assert article.publisher == "Attack of the Fanboy"
    assert article.published is None
    assert len(article.kept) == 2


def test_line_endings_stay_as_they_are() -> None:
    text = BODY.replace("\n", "\r\n")
    assert read(text).text == text


def test_the_same_text_from_the_same_source_has_the_same_id() -> None:
    assert read(BODY).id == read(BODY).id != read(BODY + "More was said on Tuesday.").id
    assert read(BODY).bytes_sha256 != read("\ufeff" + BODY).bytes_sha256


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("Published: 12 November 2025", date(2025, 11, 12)),
        ("Nov 12, 2025", date(2025, 11, 12)),
        ("2025-11-12", date(2025, 11, 12)),
        ("2025-11-12T10:00:00Z", date(2025, 11, 12)),
        ("Updated Sept. 10, 2025, 8:06 p.m. ET", date(2025, 9, 10)),
        ("Jan. 8, 2025 Updated Jan. 10, 2025, 1:47 p.m. ET", date(2025, 1, 8)),
        ("Published Monday, November 18, 2019 8:22AM EST", date(2019, 11, 18)),
        ("12 de noviembre de 2025", date(2025, 11, 12)),
        ("Posted on 13 March 2024 by admin", date(2024, 3, 13)),
        ("On Nov 12, 2025 the bridge fell into the river.", None),
        ("March 8, 2025 was a Saturday", None),
        ("November 2025", None),
        ("12/11/2025", None),
        ("31 February 2024", None),
        ("Published 3 May 1985", None),
    ],
)
def test_the_date_is_one_that_a_line_states_in_full(line: str, published: date | None) -> None:
    assert read(f"{line}\n\n{BODY}").published == published


def test_the_stated_date_of_publication_goes_before_others() -> None:
    assert read(f"3 May 2024\n\n{BODY}\nPublished: 2 May 2024\n").published == date(2024, 5, 2)


def test_a_date_further_down_is_none_of_the_article() -> None:
    text = BODY + "\n\n".join(f"The mayor gave reason number {n} for it on Tuesday." for n in range(5))
    assert read(f"{text}\n\n3 May 2024\n\nThe bridge was built by hand in that year.").published is None


def test_dates_of_the_future_are_not_believed() -> None:
    today = date.today()
    assert parse_date((today + timedelta(days=1)).isoformat()) == today + timedelta(days=1)
    assert parse_date((today + timedelta(days=2)).isoformat()) is None


@pytest.mark.parametrize(
    ("line", "publisher"),
    [
        ("The Herald is supported by its readers. Please give.", "The Herald"),
        ("This article was originally published on Live Bridges.", "Live Bridges"),
        ("Publisher: The Herald", "The Herald"),
        ("The Herald", None),
    ],
)
def test_the_publisher_is_one_that_a_line_states(line: str, publisher: str | None) -> None:
    assert read(f"{BODY}\n{line}\n").publisher == publisher


def test_the_address_is_one_that_a_line_states() -> None:
    assert read(f"{BODY}\nSource: https://herald.example/bridge\n").url == "https://herald.example/bridge"
    assert read(f"{BODY}\nIt is at https://herald.example/bridge\n").url is None


def test_markdown_states_what_its_front_matter_says() -> None:
    matter = (
        '---\ntitle: "Bridge closes"\ndate: 2025-11-12\npublisher: The Herald\nurl: https://herald.example/b\n---\n'
    )
    article = read(f"{matter}\n# Another title\n\n{BODY}", ".md")
    assert (article.title, article.publisher) == ("Bridge closes", "The Herald")
    assert (article.published, article.url) == (date(2025, 11, 12), "https://herald.example/b")
    assert article.kept_text == BODY.strip()
    assert article.text.startswith("---")


def test_the_first_heading_of_markdown_is_its_title() -> None:
    article = read(f"# Bridge closes\n\n{BODY}\n## What next\n\n[Home](/) | [Sport](/sport)\n", ".md")
    assert article.title == "Bridge closes"
    assert article.kept_text == f"{BODY}\n## What next"
    assert article.extractor == "markdown/1"


def test_a_page_gives_its_main_text_and_what_its_tags_state() -> None:
    article = read(PAGE.format(head='<meta property="article:published_time" content="2025-11-12T09:00:00Z">'), ".html")
    assert article.kept_text.startswith("The council of Thornby")
    assert article.kept_text.endswith("the mayor said on Tuesday.")
    assert (article.title, article.publisher, article.language) == ("Bridge closes to lorries", "The Herald", "en")
    assert (article.published, article.url) == (date(2025, 11, 12), "https://herald.example/bridge")
    assert article.extractor.startswith("trafilatura/2")


def test_no_date_is_guessed_for_a_page() -> None:
    """Not from the copyright line, nor from a date of the future such as that on which an offer ends."""
    assert read(PAGE.format(head=""), ".html").published is None
    assert read(PAGE.format(head='<meta name="date" content="2099-01-01">'), ".html").published is None
