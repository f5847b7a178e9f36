"""Which blocks of a text are kept, and why the others aren't."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.blocks import find_blocks
from qa.cleaning import explain, find_headline, keep_spans
from qa.clutter import match_rule

SEEDS = Path(__file__).parent.parent / "seeds"
LINES = st.sampled_from(
    [
        "The council voted on Monday to close the old bridge, the mayor said.",
        "“We had no choice,” she told reporters. “It was not safe.”",
        "What happens next",
        "Related",
        "Share",
        "Home",
        "© 2024 The Herald. All rights reserved.",
        "Photo by Ann Lee/Getty Images",
        "",
        "\t",
    ]
)
TEXTS = st.text() | st.lists(LINES, max_size=40).map("\n".join) | st.lists(LINES, max_size=20).map("\r\n".join)

PROSE = (
    "The council of Thornby voted on Monday to close the old bridge to lorries.",
    "Engineers had found cracks in two of its piers, a report to the council says.",
    "Repairs would take until the spring and cost about four million pounds.",
    "The mayor, Ines Halloran, said that a ferry would carry lorries until then.",
    "Shopkeepers fear for their trade, and some have asked the council for help.",
)


def seed(name: str) -> str:
    return next(SEEDS.glob(f"{name}_*.txt")).read_text(encoding="utf-8")


def kept(text: str, *, markup: bool = False) -> list[str]:
    return [text[start:end] for start, end in keep_spans(text, markup=markup)]


def reasons(text: str) -> dict[str, str | None]:
    return {text[block.start : block.end]: reason for block, reason in explain(text)}


def test_an_article_without_clutter_is_all_kept() -> None:
    """seeds/000 is seven paragraphs and nothing else."""
    text = seed("000")
    assert kept(text) == [text.strip()]


def test_a_scraped_page_is_kept_from_its_deck_to_its_last_sentence() -> None:
    """seeds/003: site name, headlines, credit, "Recommended Videos", notice and advertisement go; subheads stay."""
    before, after = kept(seed("003"))
    assert before.startswith("Regime change is in the cards.")
    assert before.endswith("in exchange for relieving U.S. pressure on his regime.")
    assert after.startswith("This rejection comes as the U.S. military")
    assert "\nU.S. officials are even accusing Maduro of being the leader of the drug cartel\n" in after
    assert after.endswith("“We may be having some discussions with Maduro, and we’ll see how that turns out.”")


def test_every_dropped_block_has_its_reason() -> None:
    found = reasons(seed("003"))
    assert found["Recommended Videos"] == "links"
    assert found["Photo by Win McNamee/Getty Images and Jesus Vargas/Getty Images"] == "credit"
    assert found["Gamers News | GamersNewz"] == "outside the article"
    assert found["Author: 360 Technology Group"] == "byline"
    assert found["Regime change is in the cards."] is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Photo: Ann Lee / Reuters", "credit"),
        ("A street in Thornby. Ann Lee/Getty Images", "credit"),
        ("Share on Facebook", "share"),
        ("Sign up for our newsletter", "subscribe"),
        ("Get the news of the day delivered to your inbox.", "subscribe"),
        ("We use cookies to improve your experience on our site.", "cookies"),
        ("ADVERTISEMENT", "advertisement"),
        ("We may earn a commission if you buy something through this page.", "affiliate"),
        ("© 2024 The Herald", "copyright"),
        ("12 Comments", "comments"),
        ("Read more: Ferry to run all winter", "links"),
        ("Live updates:'It was not safe': Mayor speaks of bridge", "links"),
        ("News › Local › Thornby", "menu"),
        ("By Ann Lee", "byline"),
        ("Published: 12 November 2025", "date"),
        ("Updated Sept. 10, 2025, 8:06 p.m. ET", "date"),
        ("Contact Ann Lee at ann@herald.example", "contact"),
    ],
)
def test_clutter_is_known_by_its_words(line: str, reason: str) -> None:
    assert match_rule(line) == reason


@pytest.mark.parametrize(
    "line",
    [
        "She will share the prize with her brother.",
        "Subscribers to the theatre had to wait until the doors opened.",
        "The firm said in a statement to Reuters.",
        "A commission of five members will look into the matter.",
        "By Monday the water had fallen.",
        "March 8, 2025 was the day on which the bridge fell.",
        "The cookies were sold out within an hour.",
        "More than 300 people took part.",
        "Related costs rose by 4%, the bank said.",
        "Photographers waited outside.",
        "Date: Tuesday, July 9",
        "The sides agree on this:They will pay for the bridge.",
    ],
)
def test_sentences_with_the_same_words_stay(line: str) -> None:
    assert match_rule(line) is None


def test_menus_and_what_follows_an_article_are_dropped() -> None:
    page = ["Home", "News", "Sport", "Weather", "Sign in", *PROSE, "Related", "Ten bridges to see", "Privacy Policy"]
    assert kept("\n".join(page)) == ["\n".join(PROSE)]
    assert kept("\n\n".join(page)) == ["\n\n".join(PROSE)]


def test_links_in_the_middle_split_what_is_kept() -> None:
    page = ["Share", *PROSE[:3], "Related: Ferry to run all winter", *PROSE[3:]]
    assert kept("\n".join(page)) == ["\n".join(PROSE[:3]), "\n".join(PROSE[3:])]


def test_lists_stay_in_a_text_without_signs_of_a_web_page() -> None:
    """Facts come in lists; only among menus do short lines count against a text."""
    text = "\n".join([PROSE[0], *(f"Pier {number}: {number + 3} cracks" for number in range(9)), PROSE[1]])
    assert kept(text) == [text]


def test_a_paragraph_that_comes_again_is_kept_once() -> None:
    text = "\n".join([*PROSE, PROSE[1]])
    assert kept(text) == ["\n".join(PROSE)]


@pytest.mark.parametrize(
    ("lines", "headline"),
    [
        (["Bridge closes to lorries after cracks found", *PROSE], "Bridge closes to lorries after cracks found"),
        (
            ["Herald", "Old bridge closes to lorries", "Old bridge closes to lorries", *PROSE],
            "Old bridge closes to lorries",
        ),
        (
            ["Old bridge closes to lorries - Herald", "Old bridge closes to lorries", *PROSE],
            "Old bridge closes to lorries",
        ),
        (["# Bridge closes", *PROSE], "Bridge closes"),
        (list(PROSE), None),
        (["Thornby Herald", *PROSE], None),
        ([f"{PROSE[0][:-1]} after engineers had found cracks in it", *PROSE[1:]], None),
        (["Ann Lee, Special to the Herald", *PROSE], None),
        (["So who will pay for the bridge?", *PROSE], None),
    ],
)
def test_the_headline_is_the_line_that_the_text_shows_to_be_one(lines: list[str], headline: str | None) -> None:
    text = "\n".join(lines)
    assert find_headline(text) == headline
    assert headline is None or all(headline not in span for span in kept(text))


def test_hard_wrapped_paragraphs_are_one_block_each() -> None:
    text = (
        "The council of Thornby voted on Monday to close the old bridge to\n"
        "lorries. Engineers had found cracks in two of its piers, a report to\n"
        "the council says.\n"
        "\n"
        "Repairs would take until the spring and cost about four million\n"
        "pounds, which the council does not have, and a ferry would carry\n"
        "lorries until then.\n"
    )
    assert [text[block.start : block.end] for block in find_blocks(text)] == [p.strip() for p in text.split("\n\n")]


def test_lines_that_are_not_wrapped_are_blocks_of_their_own() -> None:
    text = "A subhead\nThe first paragraph of the text.\r\nAnother one.\u2028And a last one"
    assert [text[block.start : block.end] for block in find_blocks(text)] == text.replace("\r\n", "\n").splitlines()


def test_scripts_without_spaces_are_kept() -> None:
    text = "大統領は水曜日、会談を中止すると発表した。\n橋は来年の春まで閉鎖される見通しだ。"
    assert kept(text) == [text]


@given(TEXTS)
@settings(deadline=None, max_examples=150)
def test_blocks_hold_every_character_that_is_not_space(text: str) -> None:
    blocks = find_blocks(text)
    assert "".join("".join(text[block.start : block.end].split()) for block in blocks) == "".join(text.split())
    assert all(text[block.start : block.end].strip() == text[block.start : block.end] for block in blocks)
    assert all(one.end <= other.start for one, other in pairwise(blocks))


@given(TEXTS, st.booleans())
@settings(deadline=None, max_examples=150)
def test_kept_spans_are_the_whole_blocks_without_a_reason(text: str, markup: bool) -> None:
    spans = keep_spans(text, markup=markup)
    inside = [block for block, reason in explain(text, markup=markup) if reason is None]
    assert [
        block for block in find_blocks(text) if any(s <= block.start and block.end <= e for s, e in spans)
    ] == inside
    assert {start for start, _ in spans} <= {block.start for block in inside}
    assert {end for _, end in spans} <= {block.end for block in inside}
    assert list(spans) == sorted(spans)
