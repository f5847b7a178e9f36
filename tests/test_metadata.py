"""Authors, and how dates are known; what lines and tags state of title, publisher and date is in test_articles.py."""

from __future__ import annotations

from datetime import date

import pytest

from qa.bylines import as_names, find_byline
from qa.metadata import Metadata, date_from_name, parse_date, read_front_matter, read_html_metadata, read_text_metadata


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("news/2025-11-12-bridge.txt", date(2025, 11, 12)),
        ("20251112.html", date(2025, 11, 12)),
        ("20251112093000.txt", date(2025, 11, 12)),
        ("12-nov-2025.txt", date(2025, 11, 12)),
        ("13-11-2025.txt", date(2025, 11, 13)),
        ("11-12-2025.txt", None),
        ("2025-01-01_to_2025-02-01.txt", None),
        ("report-1789-07-14.txt", None),
        ("20259912.txt", None),
        ("https://herald.example/2025/11/12/bridge", date(2025, 11, 12)),
        ("https://herald.example/bridge?on=2025-11-12", None),
    ],
)
def test_a_name_gives_a_date_only_when_it_is_one_full_clear_date(name: str, published: date | None) -> None:
    assert date_from_name(name) == published


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("Updated 3:14 PM EDT, Tue June 10, 2025", date(2025, 6, 10)),
        ("Published: 13/06/2025", date(2025, 6, 13)),
        ("Published: 10/06/2025", None),
        ("13/06/2025", None),
        ("Updated 2 hours ago", None),
        ("PUBLISHED: 10:48, Tue, Jun 10, 2025 | UPDATED: 11:05, Wed, Jun 11, 2025", date(2025, 6, 10)),
        ("Updated 0339 GMT (1139 HKT) June 10, 2025", date(2025, 6, 10)),
        ("Written by Ann Lee, MS, RD on June 10, 2025", date(2025, 6, 10)),
        ("Written by Ann Lee. She died on June 10, 2025", None),
    ],
)
def test_a_line_states_a_date_only_when_it_is_clear(line: str, published: date | None) -> None:
    found = read_text_metadata(f"{line}\n\nThe bridge closed on Monday.", ((len(line) + 2, len(line) + 30),))
    assert (found.published, found.dated) == (published, "stated" if published else None)


@pytest.mark.parametrize(
    "line",
    [
        "By Ann Lee-Brook and Bo Marsh | Thursday, 12 November 2025",
        "By Ann Lee, Thursday, 12 November 2025",
        "By Ann Lee at the Docks, Marlow | Thursday 12 November 2025 | 23:40",
        "By Ann Lee · Nov 12, 2025 · 6 min read",
        "Thursday, 12 November 2025 | Sports desk",
        "Thursday, 12 November 2025 | 214 comments",
        "Thursday, 12 November 2025 (agency)",
        "posted Thursday evening, 12 November 2025, by Ann",
    ],
)
def test_the_date_of_a_byline_is_stated(line: str) -> None:
    text = f"A headline of the day\n\n{line}\n\nThe ferry ran aground. It was raised a day later.\n"
    assert read_text_metadata(text, ((0, len(text)),)).published == date(2025, 11, 12)


@pytest.mark.parametrize(
    "line",
    [
        "By Thursday, 12 November 2025 will be remembered as the day of the flood",
        "By Ann Lee, who was there on 12 November 2025",
        "Thursday, 12 November 2025 was a day of rain.",
        "By then, on 12 November 2025 | The flood had come. It stayed.",
    ],
)
def test_a_sentence_with_a_date_states_none(line: str) -> None:
    text = f"A headline of the day\n\n{line}\n\nThe ferry ran aground. It was raised a day later.\n"
    assert read_text_metadata(text, ((0, len(text)),)).published is None


def test_a_date_and_how_it_is_known_go_together() -> None:
    named = Metadata(published=date(2025, 1, 2), dated="file name")
    stated = Metadata(published=date(2025, 1, 3), dated="stated")
    assert stated.or_else(named).dated == "stated"
    assert Metadata().or_else(named).dated == "file name"


@pytest.mark.parametrize(
    ("lines", "author"),
    [
        (["By Ann Lee"], "Ann Lee"),
        (["Written by Ann Lee and Bob de Vries"], "Ann Lee, Bob de Vries"),
        (["By Ann Lee, Staff writer"], "Ann Lee"),
        (["Ann Lee", "The Associated Press"], "Ann Lee"),
        (["Posted by Ann Lee on June 10, 2025, 6:21 AM EST"], "Ann Lee"),
        (["By Ann Lee Jr."], "Ann Lee Jr."),
        (["By Ann Lee, AP"], None),
        (["By Ann Lee, Associated Press"], "Ann Lee"),
        (["Ann Lee", "More text"], None),
        (["By Any Means Necessary"], None),
        (["By the time they came, Ann Lee had left."], None),
    ],
)
def test_an_author_is_one_that_a_byline_names(lines: list[str], author: str | None) -> None:
    assert find_byline(lines) == author


@pytest.mark.parametrize("stated", ["https://herald.example/ann-lee", "Ann Lee. Herald International"])
def test_what_holds_more_than_names_is_no_author(stated: str) -> None:
    assert as_names([stated]) is None


def read_page(head: str, body: str) -> Metadata:
    import trafilatura

    page = f"<html><head>{head}</head><body>{body}</body></html>"
    return read_html_metadata(trafilatura.load_html(page), page)


def test_an_author_whom_the_page_does_not_show_is_none() -> None:
    """It may be whoever put the page there; a name within a script is not shown."""
    tag = "<meta name='author' content='Ann Lee'>"
    assert read_page(tag, "<p>By ANN LEE</p>").author == "Ann Lee"
    assert read_page(tag, "<p>By Bob Day</p><script>'Ann Lee'</script>").author is None


@pytest.mark.parametrize(
    "site",
    [
        "<meta property='og:site_name' content='Al Quill News'>",
        "<link rel='canonical' href='https://alquill.example/a'>",
    ],
)
def test_a_site_is_no_author(site: str) -> None:
    assert read_page(f"{site}<meta name='author' content='Al Quill'>", "<p>By Al Quill</p>").author is None


def test_the_title_is_the_heading_that_readers_see() -> None:
    """Rather than one that was written for sharing."""
    shared = (
        "<title>Bridge closed - The Herald</title><meta property='og:title' content='You won’t believe this bridge'>"
    )
    assert read_page(shared, "<h1>The Herald</h1><h1>Bridge\n closed</h1>").title == "Bridge closed"
    assert read_page(shared, "<h1>The Herald</h1>").title == "You won’t believe this bridge"


def test_a_page_states_its_author_and_date_in_its_json() -> None:
    import trafilatura

    page = (
        '<html lang="en-GB"><head><script type="application/ld+json">{"@type": "NewsArticle", "datePublished": '
        '"2025-06-10T08:00:00Z", "author": [{"name": "Ann Lee"}]}</script></head><body>Ann Lee</body></html>'
    )
    found = read_html_metadata(trafilatura.load_html(page), page)
    assert (found.author, found.published, found.dated) == ("Ann Lee", date(2025, 6, 10), "page metadata")
    assert found.language == "en"


def test_front_matter_states_author_and_date() -> None:
    found, _ = read_front_matter("---\nauthor: Ann Lee\ndate: 2025-06-10\nlang: en-GB\n---\n\nText.")
    assert (found.author, found.published, found.dated, found.language) == (
        "Ann Lee", date(2025, 6, 10), "stated", "en",
    )  # fmt: skip


def test_front_matter_may_date_an_old_newspaper() -> None:
    assert read_front_matter("---\ndate: 1914-07-28\n---\n\nText.")[0].published == date(1914, 7, 28)
    assert read_front_matter("---\ndate: 0001-01-01\n---\n\nText.")[0].published is None


def test_dates_out_of_range_are_none() -> None:
    assert [parse_date(text) for text in ("1914-07-28", "2999-01-01", "2025-02-30")] == [None, None, None]
