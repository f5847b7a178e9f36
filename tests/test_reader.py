"""The reader at run time: what is packed, which spans are best, and that the shipped weights read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.models import Reader, load_reader
from qa.reader.tokens import PASSAGE, QUESTION, Packer
from qa.readers import GRAPH, LONGEST, best_spans
from qa.settings import Settings
from tests.conftest import CACHE

FERRY = "The ferry Aurelia ran aground off Brannock Island on Tuesday night with 140 people aboard."
BREAD = "Maud Oakenshaw bakes ninety loaves of rye bread every morning and gives away what is left at noon."


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(Settings(cache=str(CACHE), precision="f32"))


def by_hand(starts: list[float], ends: list[float]) -> tuple[int, int, float]:
    pairs = [(i, j) for i in range(len(starts)) for j in range(i, min(len(starts), i + LONGEST))]
    return max(((i, j, starts[i] + ends[j]) for i, j in pairs), key=lambda found: found[2])


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=60))
def test_best_spans_are_the_best_and_overlap_none(logits: list[tuple[int, int]]) -> None:
    starts, ends = [float(a) for a, _ in logits], [float(b) for _, b in logits]
    found = best_spans(np.array(starts), np.array(ends))
    assert found[0][2] == by_hand(starts, ends)[2]
    assert [score for _, _, score in found] == sorted((score for _, _, score in found), reverse=True)
    places = [place for first, last, _ in found for place in range(first, last + 1)]
    assert len(places) == len(set(places))


def test_no_passage_has_no_span() -> None:
    assert best_spans(np.array([]), np.array([])) == []


class Letters:
    """A tokenizer: a token for each letter."""

    def token_to_id(self, name: str) -> int:
        return {"[CLS]": 1, "[SEP]": 2}[name]


def test_row_is_question_title_and_passage() -> None:
    row = Packer(Letters()).pack([10, 11], [20], [30, 31, 32], [(0, 1), (1, 2), (2, 3)])
    assert row.ids == [1, 10, 11, 2, 20, 2, 30, 31, 32, 2]
    assert (row.second, row.first, row.last) == (4, 6, 9)
    assert Packer(Letters()).pack([10], [], [30], [(0, 1)]).ids == [1, 10, 2, 30, 2]


def test_what_is_too_long_is_cut() -> None:
    row = Packer(Letters()).pack([1] * 100, [2] * 100, [3] * 1000, [(0, 1)] * 1000)
    assert row.second == QUESTION + 2
    assert row.last - row.first == len(row.spans) == PASSAGE


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Where did the ferry run aground?", FERRY, "Brannock Island"),
        ("How many people were aboard?", FERRY, "140"),
        ("Who bakes the bread?", BREAD, "Maud Oakenshaw"),
    ],
)
def test_reader_finds_the_span(reader: Reader, question: str, text: str, answer: str) -> None:
    (found,) = reader.read(question, [("", text)])
    best = found.spans[0]
    assert answer in text[best.start : best.end]
    assert best.score > found.nothing


@pytest.mark.models
def test_reader_tells_the_passage_that_answers(reader: Reader) -> None:
    ferry, bread = reader.read("How many loaves are baked every morning?", [("", FERRY), ("", BREAD)])
    assert bread.relevance > 0 > ferry.relevance
    assert bread.spans[0].score > bread.nothing
    assert ferry.spans[0].score < ferry.nothing


@pytest.mark.models
def test_passages_are_read_each_alone(reader: Reader) -> None:
    """Padding, and what else is in a batch, change nothing but the last bits."""
    passages = [("", FERRY), ("Bread", BREAD * 3), ("", "x"), ("", FERRY * 4)]
    together = reader.read("Who bakes?", passages)
    for passage, expected in zip(passages, together, strict=True):
        (alone,) = reader.read("Who bakes?", [passage])
        assert alone.relevance == pytest.approx(expected.relevance, abs=1e-3)
        assert alone.spans[0].score == pytest.approx(expected.spans[0].score, abs=1e-3)


@pytest.mark.models
@pytest.mark.parametrize("text", ["", " ", "\ud800", "\x00", "é" * 3000, "word " * 3000])
def test_odd_passages_are_read(reader: Reader, text: str) -> None:
    (found,) = reader.read("Who?", [("\udfff", text)])
    assert all(0 <= span.start <= span.end <= len(text) for span in found.spans)
    assert reader.read("Who?", []) == []


def test_weights_are_small_enough_to_ship() -> None:
    sizes = [path.stat().st_size for path in GRAPH.parent.iterdir() if path.suffix in (".xml", ".bin", ".json")]
    assert sum(sizes) <= 25_000_000
