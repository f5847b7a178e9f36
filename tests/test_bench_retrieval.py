"""The table of eval.bench.retrieval by hand-worked numbers, and what llama-index splits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from eval.bench.contestants import split_by_llama_index
from eval.bench.retrieval import Task, compare, make_row, table
from qa.types import Article, Hit, Passage


def hit(article: str) -> Hit:
    return Hit(Passage(article, 0, 1, "x"), 1.0)


def test_gain_is_paired_and_the_first_contestant_has_none():
    """The first is right on the first question alone, the other on both: .5, 1, gain .5."""
    finders = {"first": lambda text: [hit("a")], "other": lambda text: [hit(text)]}

    def judge(number: int, hits: Sequence[Hit]) -> list[float]:
        return [float(hits[0].passage.article_id == "ab"[number])]

    rows = compare(Task(("right",), ["a", "b"], ["a", "b"], judge), finders)
    assert [(row.name, row.n, row.value, row.gain) for row in rows] == [("first", 2, 0.5, None), ("other", 2, 1.0, 0.5)]


def test_questions_about_one_article_are_drawn_together():
    """Two clusters with means 0 and 1: every draw has a mean of 0, .5 or 1, so the interval is all of it."""
    row = make_row("right", "other", [0, 0, 1, 1], [0, 0, 0, 0], ["a", "a", "b", "b"])
    assert row.interval == row.gain_interval == (0.0, 1.0)
    assert row.gain == 0.5


def test_table_has_a_line_for_each_row_and_no_gain_for_the_first():
    rows = [
        make_row("right", "first", [1, 0], None, ["a", "b"]),
        make_row("right", "other", [1, 1], [1, 0], ["a", "b"]),
    ]
    _, first, other = table(rows)
    assert first.split() == ["right", "2", "first", "0.500", "0.000–1.000"]
    assert other.split()[:6] == ["right", "2", "other", "1.000", "1.000–1.000", "+0.500"]


def test_passages_of_llama_index_are_slices_of_the_article():
    """Each is the text at its place, and together they leave nothing out."""
    text = " ".join(f"Sentence {number} says something that no other sentence says." for number in range(400))
    article = Article("a", "a", text, ((0, len(text)),))
    nodes, passages = split_by_llama_index([article])
    places = sorted((passage.start, passage.end) for passage in passages.values())
    assert len(nodes) == len(places) > 2
    assert all(text[passage.start : passage.end] == passage.text for passage in passages.values())
    assert (places[0][0], places[-1][1]) == (0, len(text))
    assert all(next_start < end for (_, end), (next_start, _) in pairwise(places))  # 200 tokens are repeated
