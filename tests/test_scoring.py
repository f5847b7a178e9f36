"""Sentences scored on hand-made hits, with stems that are lower-case words and vectors that count words."""

from __future__ import annotations

import re

import pytest

from eval.bench import tune
from qa.features import WORD_FEATURES, Analyse, asked_kind, read_hits, word_features
from qa.scoring import Candidate, SentenceVectors, score_sentences
from qa.types import Hit, Passage
from tests.fakes import WordEmbedder

TEXT = (
    "Mayor Ada Quill opened the new bridge in Tarn on Monday. It took four years to build. "
    "The old bridge carried 12,000 cars a day. Its stones have gone missing."
)


def terms(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"\w+", text) if word.lower() not in ("the", "a", "to", "in", "on")]


def hit(text: str, *, start: int = 0, article: str = "tarn", score: float = 0.9) -> Hit:
    return Hit(Passage(article, start, start + len(text), text), score)


def score(question: str, *hits: Hit) -> list[Candidate]:
    return score_sentences(question, hits, terms=terms, vectors=SentenceVectors(WordEmbedder()))


def feature(name: str, question: str, text: str) -> list[float]:
    """That feature of every sentence of the text."""
    rows = word_features(read_hits(question, [hit(text)], Analyse(terms)))
    column: list[float] = rows[:, WORD_FEATURES.index(name)].tolist()
    return column


def test_no_hits_no_candidates():
    assert score("Who opened the bridge?") == []


def test_every_sentence_is_a_candidate_with_offsets_of_its_article():
    """The passage begins at 40 of its article, and so do the offsets of its first sentence."""
    article = "x" * 39 + "\n" + TEXT
    candidates = score("Who opened the bridge?", hit(TEXT, start=40))
    assert len(candidates) == 4
    for candidate in candidates:
        quotation = candidate.quotation
        assert quotation.text == article[quotation.start : quotation.end]
    assert min(candidate.quotation.start for candidate in candidates) == 40


def test_the_best_comes_first_and_probabilities_lie_between_0_and_1():
    candidates = score("Who opened the new bridge in Tarn?", hit(TEXT))
    assert candidates[0].quotation.text.startswith("Mayor Ada Quill")
    probabilities = [candidate.probability for candidate in candidates]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 < probability < 1 for probability in probabilities)


def test_sentence_of_two_overlapping_passages_is_read_once():
    first = hit(TEXT)
    cut = TEXT.index("It took")
    second = hit(TEXT[cut:], start=cut, score=0.5)
    candidates = score("How long did the bridge take?", first, second)
    assert len(candidates) == 4
    assert {candidate.hit for candidate in candidates} == {first}


def test_order_does_not_depend_on_anything_but_the_input():
    copies = [hit(TEXT, article="b"), hit(TEXT, article="a")]
    question = "How many cars did the old bridge carry?"
    assert score(question, *copies) == score(question, *copies)


@pytest.mark.parametrize(
    ("present", "absent"),
    [
        ("When did Mayor Quill open the bridge?", "When did Mayor Brandt open the bridge?"),
        ("Who opened the bridge in Tarn?", "Who opened the bridge in Lisbon?"),
        ("What did Ada Quill open?", "What did Joe Biden open?"),
    ],
)
def test_a_name_that_no_hit_holds_makes_an_answer_less_probable(present, absent):
    assert score(absent, hit(TEXT))[0].probability < score(present, hit(TEXT))[0].probability


def test_a_question_about_something_else_is_improbable():
    assert score("Who won the football world cup in 2026?", hit(TEXT, score=0.1))[0].probability < 0.1


def test_coverage_is_the_weighted_share_of_the_questions_words():
    """Words "ada" and "bridge" of four sentences: ada is in one, bridge in two, so ada weighs ln 3, bridge ln 7/3."""
    found = feature("coverage", "Ada bridge?", TEXT)
    assert found == pytest.approx([1.0, 0.0, 0.8473 / (0.8473 + 1.0986), 0.0], abs=1e-3)


def test_initials_thousands_and_irregular_verbs_are_compared_by_one_form():
    words = Analyse(terms).words
    assert words("U.S. troops") == words("US troops")
    assert words("12,000") == words("12000")
    assert words("sang") == words("sing")


def test_what_is_asked_for():
    assert asked_kind("Who opened it?") == "person"
    assert asked_kind("How many cars?") == "number"
    assert asked_kind("In what year was it built?") == "time"
    assert asked_kind("Which city has a bridge?") == "place"
    assert asked_kind("Why was it built?") == "reason"
    assert asked_kind("What is it?") == ""


def test_a_sentence_fits_when_it_holds_what_is_asked_for():
    assert feature("fits_number", "How many cars?", TEXT) == [0, 1, 1, 0]
    assert feature("fails_number", "How many cars?", TEXT) == [1, 0, 0, 1]
    assert feature("fits_person", "Who opened the bridge in Tarn?", TEXT) == [1, 0, 0, 0]
    assert feature("counted", "How many cars did it carry?", TEXT) == [0, 0, 1, 0]


def test_vectors_of_sentences_are_kept_and_the_oldest_forgotten():
    embedder = WordEmbedder()
    vectors = SentenceVectors(embedder, size=3)
    first = vectors.cosines("ab", ["ab", "cd ab"])
    assert first == pytest.approx([1.0, 2**-0.5])
    vectors.cosines("ab", ["cd ab", "ab"])
    assert embedder.embedded == 2
    vectors.cosines("ab", ["ef"])
    vectors.cosines("ab", ["ab"])
    assert embedder.embedded == 3


def test_tuning_without_the_data_says_so_in_one_line(tmp_path, capsys):
    assert tune.main(["--data", str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
