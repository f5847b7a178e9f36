"""Sentences and passages: always slices of their article, at most so many tokens long, never across a dropped block."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qa.articles import article_from_bytes
from qa.cleaning import keep_spans
from qa.passages import sentence_spans, split_passages
from qa.types import Article

SEEDS = Path(__file__).parent.parent / "seeds"
SENTENCES = st.sampled_from(
    [
        "U.S. officials met Mr. Halloran at 5 p.m. on Tuesday.",
        "“We’ll see how that turns out.”",
        "It cost $3.5 million, St. Brannock's mayor said.",
        "A subhead without a stop",
        "Why?",
        "The council voted on Monday to close the bridge, which J. R. Oakes had built in 1911 for the railway.",
        "大統領は発表した。橋は閉鎖される。",
        "שלום לכולם. מה שלומכם?",
        "🚢🚢 ok!",
        "Share",
        "1. First item.",
    ]
)
REALISTIC = st.lists(st.tuples(SENTENCES, st.sampled_from([" ", " ", "\n", "\n\n", "\r\n"])), max_size=40).map(
    lambda parts: "".join(part for pair in parts for part in pair)
)
TEXTS = st.text() | st.text(alphabet="ab. \n\ud800\u202e‏”“?!") | REALISTIC


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def article_of(text: str, *kept: tuple[int, int]) -> Article:
    return Article("a", "source", text, kept or keep_spans(text, markup=True))


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def texts_of(text: str, *, tokens: int, overlap: int = 0) -> list[str]:
    passages = split_passages(article_of(text), count_tokens=count_words, tokens=tokens, overlap=overlap)
    return [passage.text for passage in passages]


@pytest.mark.parametrize(
    "expected",
    [
        ["U.S. officials met Mr. Oakes.", "St. Louis won at 5 p.m. on Tuesday.", "J. R. Smith paid $3.5 million."],
        ["He said, “We’ll see.”", "Then he left.", "“Why?” asked Gen. Lee."],
        ["大統領は発表した。", "「橋は閉鎖される。」"],
        ["שלום לכולם.", "מה שלומכם?"],
        ["1. First item here.", "2. Second item here."],
        ["No stop at the end"],
    ],
)
def test_a_line_is_split_at_its_sentences(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_a_sentence_ends_with_its_line() -> None:
    assert sentences("A subhead\n\n  He left.  \r\nShe stayed") == ["A subhead", "He left.", "She stayed"]


def test_a_sentence_runs_over_the_lines_of_hard_wrapped_text() -> None:
    text = (
        "The council of Thornby voted on Monday to close the old bridge to\n"
        "lorries. Engineers had found cracks in two of its piers, which the\n"
        "council says were built of poor stone.\n"
    )
    assert [sentence.split()[0] for sentence in sentences(text)] == ["The", "Engineers"]


def test_nothing_has_no_sentences() -> None:
    assert sentence_spans("") == sentence_spans(" \n\t ") == []


@pytest.mark.parametrize("text", ["a" * 1_000_000, "!?" * 500_000, "ש" * 1_000_000, " " * 1_000_000, "ab, " * 250_000])
def test_a_megabyte_without_a_sentence_takes_no_minutes(text: str) -> None:
    start = time.perf_counter()
    split_passages(article_of(text), count_tokens=count_words, tokens=200)
    assert time.perf_counter() - start < 20


def test_passages_are_packed_evenly() -> None:
    """Eleven sentences of two words, at most ten words: three passages of 8, 8 and 6 words, not 10, 10 and 2."""
    text = " ".join(["Dogs bark."] * 11)
    assert count_words(texts_of(text, tokens=10)) == [8, 8, 6]


def test_overlap_repeats_whole_sentences() -> None:
    text = "One two. Three four. Five six. Seven eight."
    assert texts_of(text, tokens=6, overlap=2) == ["One two. Three four.", "Three four. Five six. Seven eight."]


def test_a_sentence_that_is_too_long_is_cut_at_spaces() -> None:
    text = " ".join(["word"] * 25)
    parts = texts_of(text, tokens=10)
    assert " ".join(parts) == text
    assert max(count_words(parts)) <= 10


def test_a_word_that_is_too_long_is_cut_anywhere() -> None:
    parts = split_passages(article_of("x" * 1000), count_tokens=lambda ts: [len(t) for t in ts], tokens=100)
    assert "".join(part.text for part in parts) == "x" * 1000
    assert max(len(part.text) for part in parts) <= 100


def test_a_word_without_end_is_no_passage_without_end() -> None:
    """The model's tokenizer counts one token for any word of over a hundred letters."""
    text = "The code is " + "QUJD" * 250_000 + "."
    article = Article("a1", "a.txt", text, ((0, len(text)),))
    passages = split_passages(article, count_tokens=lambda texts: [len(text.split()) for text in texts], tokens=190)
    assert max(len(passage.text) for passage in passages) <= 4_000
    assert "".join(passage.text for passage in passages).replace(" ", "") == text.replace(" ", "")


def test_no_passage_crosses_what_was_dropped() -> None:
    """seeds/003: "Recommended Videos" stands between the second paragraph and the third."""
    path = next(SEEDS.glob("003_*.txt"))
    article, _ = article_from_bytes(path.read_bytes(), source=path.name, suffix=".txt")
    passages = split_passages(article, count_tokens=count_words, tokens=120)
    assert all("Recommended" not in passage.text and "affiliate" not in passage.text for passage in passages)
    assert passages[0].text.startswith("Regime change")
    assert passages[-1].text.endswith("how that turns out.”")


def test_tokens_are_counted_in_one_batch() -> None:
    calls: list[int] = []

    def count(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return count_words(texts)

    split_passages(article_of("One. Two.\n\nThree is here. Four."), count_tokens=count, tokens=50)
    assert calls == [4]


@given(TEXTS)
@settings(deadline=None, max_examples=150)
def test_sentences_hold_every_character_that_is_not_space(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join("".join(sentence.split()) for sentence in sentences(text)) == "".join(text.split())
    assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@given(TEXTS, st.data(), st.integers(1, 30), st.integers(0, 10))
@settings(deadline=None, max_examples=150)
def test_passages_are_slices_in_order_of_all_that_is_kept(
    text: str, data: st.DataObject, tokens: int, lap: int
) -> None:
    """Whatever is kept, even the half of a sentence."""
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    article = replace(article_of(text), kept=tuple(zip(cuts[::2], cuts[1::2], strict=False)))
    passages = split_passages(article, count_tokens=count_words, tokens=tokens, overlap=min(lap, tokens - 1))
    covered: set[int] = set()
    for passage in passages:
        assert passage.text == text[passage.start : passage.end] == passage.text.strip()
        assert any(start <= passage.start < passage.end <= end for start, end in article.kept)
        assert count_words([passage.text])[0] <= tokens
        covered.update(range(passage.start, passage.end))
    assert all(one.start < other.start and one.end < other.end for one, other in pairwise(passages))
    assert all(at in covered for start, end in article.kept for at in range(start, end) if not text[at].isspace())


@given(REALISTIC, st.integers(25, 60))
@settings(deadline=None, max_examples=150)
def test_a_passage_has_the_sentences_that_its_article_has_there(text: str, tokens: int) -> None:
    assume(max(count_words(sentences(text)), default=0) <= tokens)
    spans = sentence_spans(text)
    for passage in split_passages(article_of(text), count_tokens=count_words, tokens=tokens):
        found = [(passage.start + start, passage.start + end) for start, end in sentence_spans(passage.text)]
        assert found == [span for span in spans if passage.start <= span[0] and span[1] <= passage.end]
