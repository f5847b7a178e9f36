"""Copies are found whatever their white space, case and cuts; reports that share names and quotations stay apart."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.copies import Original
from qa.duplicates import BANDS, CopyShare, band_hashes, match_copies, measure_share
from qa.types import Passage

pytestmark = pytest.mark.both

words = st.text("abcdefghijklmnopqrstuvwxyzäéж0123456789", min_size=1, max_size=9)
texts = st.lists(words, min_size=20, max_size=120, unique=True).map(" ".join)

HARBOUR = (
    "The harbour board of Tessel voted on Monday to close the northern quay for two years. Its chairwoman, Ilse Brandt "
    "said that the wooden piles under the crane were rotten and that nobody could promise they would hold another "
    "winter. Ships will land at the old ferry pier, which the town bought back in spring."
)
FERRY = (
    "Fishermen are angry about a decision that will cost them an hour a day. From next month they must land a catch "
    "at the ferry pier, because the piles of the quay are rotten. “Nobody can promise they would hold another winter,” "
    "said Ilse Brandt, who chairs the harbour board. The fishermen want the town to pay for their fuel."
)


@pytest.fixture(autouse=True, scope="module")
def _datasketch_is_loaded() -> None:
    """So that hypothesis doesn't take the import for a slow test."""
    band_hashes(HARBOUR)


def original(text: str, article: str = "first", label: str = "") -> Original:
    return Original(text, label or f"label of {text[:9]}", article, f"{article}.txt")


def scattered_words(count: int, seed: int) -> list[str]:
    random_ = random.Random(seed)
    return ["".join(random_.choices("bcdfghklmnprst", k=7)) for _ in range(count)]


@given(texts, st.lists(texts, max_size=4))
def test_an_exact_copy_is_always_found(text: str, others: list[str]) -> None:
    source = original(text)
    matches = match_copies([text], [*(original(other, f"other {n}") for n, other in enumerate(others)), source])
    assert matches[0] is not None
    assert matches[0].text == text
    assert len(band_hashes(text)) == BANDS


@given(texts, st.sampled_from(["\n", "\t", "  ", "\r\n\r\n", "\u00a0"]))
def test_bands_depend_on_neither_white_space_nor_case(text: str, space: str) -> None:
    spaced = space + text.replace(" ", space)
    assert band_hashes(spaced) == band_hashes(text)
    assert band_hashes(text.upper()) == band_hashes(text)


@given(texts)
def test_bands_fit_a_signed_column_of_32_bits(text: str) -> None:
    assert all(-(2**31) <= band < 2**31 for band in band_hashes(text))


def test_bands_are_the_same_in_every_process_and_release() -> None:
    """They are stored: a change of how they are made would hide all older articles."""
    assert band_hashes(HARBOUR)[:2] == (1717332705, 1071922103)


@pytest.mark.parametrize("text", ["", " \n", "...", "one two three", "word " * 19])
def test_a_text_too_short_to_tell_is_no_copy(text: str) -> None:
    assert band_hashes(text) == ()
    assert match_copies([text], [original(text)]) == [None]


@given(st.lists(texts, min_size=1, max_size=5), texts, st.randoms())
def test_the_order_of_the_originals_does_not_matter(candidates: list[str], text: str, random_: random.Random) -> None:
    originals = [original(other, f"article {n % 3}") for n, other in enumerate([*candidates, text])]
    shuffled = random_.sample(originals, len(originals))
    assert match_copies([text], originals) == match_copies([text], shuffled)


def test_a_copy_cut_elsewhere_is_found_in_the_article_as_a_whole() -> None:
    run = scattered_words(300, 1)
    halves = [original(" ".join(run[:150]), label="one"), original(" ".join(run[150:]), label="two")]
    matches = match_copies([" ".join(run[60:200]), " ".join(run[100:240])], halves)
    assert [match and match.label for match in matches] == ["one", "two"]


def test_a_copy_with_one_word_in_ten_changed_is_found() -> None:
    run = scattered_words(150, 2)
    changed = [word if place % 10 else "other" for place, word in enumerate(run)]
    source = original(" ".join(run))
    other = original(" ".join(scattered_words(150, 3)), "second")
    assert match_copies([" ".join(changed)], [other, source]) == [source]


def test_a_copy_shares_a_band_with_its_original_although_cut_elsewhere_and_changed() -> None:
    """Of 100 articles nearly all: chance decides over a single one."""
    found = 0
    for seed in range(100):
        run = scattered_words(600, seed)
        changed = [word if place % 10 else "other" for place, word in enumerate(run)]
        bands = {band for start in range(0, 600, 150) for band in band_hashes(" ".join(run[start : start + 150]))}
        shifted = [band_hashes(" ".join(changed[start : start + 150])) for start in range(75, 450, 150)]
        found += any(not bands.isdisjoint(own) for own in shifted)
    assert found >= 97


def test_two_reports_that_share_a_quotation_are_no_copies() -> None:
    assert match_copies([FERRY], [original(HARBOUR)]) == [None]
    assert match_copies([HARBOUR], [original(FERRY)]) == [None]


def test_a_paragraph_quoted_in_a_longer_report_does_not_make_it_a_copy() -> None:
    quoted = " ".join(scattered_words(40, 4))
    report = f"{' '.join(scattered_words(60, 5))} {quoted} {' '.join(scattered_words(60, 6))}"
    statement = f"{quoted} {' '.join(scattered_words(100, 7))}"
    assert match_copies([report], [original(statement)]) == [None]


def test_a_later_version_with_another_figure_is_no_copy() -> None:
    """Both figures must be seen: the two are a disagreement or an update, not one source."""
    first = f"{HARBOUR} The works will cost 4.2 million crowns."
    assert match_copies([first.replace("4.2", "5.1")], [original(first)]) == [None]
    assert match_copies([first.replace("Monday", "monday")], [original(first)])[0] is not None


def test_a_copy_cut_elsewhere_may_give_a_number_of_the_passage_beside_its_original() -> None:
    """The sentence with the number is not all of that passage, but it is the same sentence; another number is not."""
    rest = " ".join(scattered_words(200, 8))
    copied = f"{HARBOUR} {FERRY} The works will cost 4.2 million crowns in all."
    parts = [
        original(f"{HARBOUR} {FERRY}"),
        original(f"The works will cost 4.2 million crowns in all. {rest} 9 times."),
    ]
    assert match_copies([copied], parts) == [parts[0]]
    assert match_copies([copied.replace("4.2", "9")], parts) == [None]


def test_shares_of_several_articles_do_not_add_up() -> None:
    """A passage that takes a third from each of three articles copies none of them."""
    runs = [" ".join(scattered_words(50, seed)) for seed in range(3)]
    assert match_copies([" ".join(runs)], [original(run, f"article {n}") for n, run in enumerate(runs)]) == [None]


def test_a_copy_of_a_copy_takes_the_label_of_its_group() -> None:
    match = match_copies([HARBOUR], [original(HARBOUR, "second", label="group")])[0]
    assert match is not None
    assert match.label == "group"


def test_control_characters_and_lone_surrogates_are_no_obstacle() -> None:
    text = HARBOUR + " \x00\ud800 \u202e" + re.sub(r"\s", "\u2028", FERRY)
    assert len(band_hashes(text)) == BANDS
    assert match_copies([text], [original(text)])[0] is not None


def share_of(lengths_and_sources: Sequence[tuple[int, str | None]]) -> CopyShare | None:
    """What is said of passages of so many words, each copied from that article."""
    passages = [Passage("new", 0, 1, "word " * length) for length, _ in lengths_and_sources]
    matches = [original("", source) if source else None for _, source in lengths_and_sources]
    return measure_share(passages, matches)


def test_the_share_counts_words_and_names_the_article_with_most_of_them() -> None:
    assert share_of([(10, "a"), (30, "b"), (60, None)]) == CopyShare(0.4, "b.txt")
    assert share_of([(10, None)]) is None
    assert share_of([]) is None


def test_an_article_is_a_duplicate_from_four_fifths_on() -> None:
    nearly, enough = share_of([(79, "a"), (21, None)]), share_of([(80, "a"), (20, None)])
    assert nearly is not None
    assert enough is not None
    assert (nearly.is_duplicate, enough.is_duplicate) == (False, True)
    assert enough.text.startswith("80% of it is also in a.txt")
