"""Lists of articles: found by words, ordered, in pages, each with what carries it too."""

from __future__ import annotations

import pytest

from qa.library import Library
from qa.listing import Order
from qa.types import Upload
from tests.conftest import BAKERY, FERRY, OpenLibrary

pytestmark = pytest.mark.both


def page(title: str, text: str, publisher: str = "", day: str = "") -> bytes:
    head = f"<title>{title}</title>" if title else ""
    head += f'<meta property="og:site_name" content="{publisher}">' if publisher else ""
    head += f'<meta property="article:published_time" content="{day}">' if day else ""
    paragraphs = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    return f"<html><head>{head}</head><body><article>{paragraphs}</article></body></html>".encode()


@pytest.fixture
def shelf(open_library: OpenLibrary) -> Library:
    library = open_library()
    library.add(
        [
            Upload("one.html", page("Zebra ferry", FERRY, "Éclair Daily", "2024-05-01")),
            Upload("two.html", page("apple bakery", BAKERY, "The Herald", "2025-05-01")),
            Upload("three.txt", f"{FERRY}\n\n{BAKERY}".encode()),
        ]
    )
    return library


def test_articles_are_ordered_and_what_is_not_stated_comes_last(shelf: Library) -> None:
    by_name = ["two.html", "one.html", "three.txt"]
    wanted: dict[Order, list[str]] = {
        "newest": ["three.txt", "two.html", "one.html"],
        "title": by_name,
        "publisher": by_name,
        "date": by_name,
    }
    found = {order: shelf.browse(order=order).listed for order in wanted}
    assert {order: [item.source.removeprefix("upload:") for item in found[order]] for order in found} == wanted
    for listed in found.values():
        untitled = next(item for item in listed if item.title is None)
        assert untitled.opening.startswith("The ferry Aurelia ran aground")
        assert {item.opening for item in listed if item.title} == {""}


def test_words_are_found_in_title_and_publisher_whatever_their_case(shelf: Library) -> None:
    found = shelf.browse("éCLAIR zebra")
    assert ([item.title for item in found.listed], found.found, found.total) == (["Zebra ferry"], 1, 3)
    assert shelf.browse("zebra herald").found == 0


def test_an_untitled_article_is_found_by_its_opening_which_the_list_shows(shelf: Library) -> None:
    """The others begin so, too, or hold the words, but have a title."""
    assert [item.source for item in shelf.browse("aurelia AGROUND").listed] == ["upload:three.txt"]
    [untitled] = shelf.browse("three.txt").listed
    shelf.remove(untitled.id)
    assert shelf.browse("aurelia").found == 0
    assert shelf.browse("aurelia", removed=True).found == 1


def test_publishers_come_by_how_many_articles_they_have(shelf: Library) -> None:
    """Of those that questions see: neither removed articles nor those without a publisher count."""
    shelf.add([Upload("four.html", page("Third", f"{FERRY} Four.", "The Herald"))])
    assert shelf.publishers() == ["The Herald", "Éclair Daily"]
    shelf.remove([item.id for item in shelf.browse("herald").listed])
    assert shelf.publishers() == ["Éclair Daily"]


def test_pages_follow_each_other_and_the_last_stands_for_those_behind(shelf: Library) -> None:
    pages = [shelf.browse(order="title", start=start, most=2) for start in (0, 2, 99, -5)]
    assert [(part.start, len(part.listed)) for part in pages] == [(0, 2), (2, 1), (2, 1), (0, 2)]


def story(name: str) -> str:
    """Forty sentences that no other story has."""
    letters = [chr(97 + number // 7) + chr(97 + number % 7) for number in range(40)]
    return " ".join(f"The {name}{two} of {name} saw {two}{name} near {two}{two}{name} at noon." for two in letters)


def test_each_says_who_carries_how_much_of_it(open_library: OpenLibrary) -> None:
    """One story of two stands alone in another article, too: that is a half here and all of it there."""
    library = open_library()
    library.add([Upload("one.txt", story("heron").encode())])
    library.add([Upload("both.txt", f"{story('heron')}\n\n{story('otter')}".encode())])
    both, one = library.browse().listed
    assert [(share.name, round(share.part, 1)) for share in one.copies] == [("upload:both.txt", 1.0)]
    assert [share.article_id for share in both.copies] == [one.id]
    assert 0.3 < both.copies[0].part < 0.8
    library.remove(both.id)
    assert [item.copies for item in library.browse().listed] == [()]


def test_an_article_that_comes_back_keeps_its_place(shelf: Library) -> None:
    before = [item.id for item in shelf.browse().listed]
    shelf.remove(before[1])
    shelf.restore(before[1])
    assert [item.id for item in shelf.browse().listed] == before
