"""What is purged goes from every answer that has words of it, wherever these stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from qa.errors import AnswerInvalid
from qa.library import Library
from qa.traces import READ_FROM, read_from, traced_articles
from qa.types import Answer, Article, Provenance
from tests.answers import answer_of, quote

HE = "Did he say that the recipe of the rye bread was written down?"


@pytest.fixture
def followed(library: Library, ferry: Article, bakery: Article) -> Answer:
    """The captain's name in its question is from the ferry's article; what it cites is the bakery's."""
    before = answer_of(quote(ferry, "Captain Idris Penhale"), question="Who said that?", emphasised=("Idris Penhale",))
    answer = library.ask(HE, history=[before])
    assert "Idris Penhale" in answer.question
    return replace(answer, citations=(quote(bakery, "since 1911"),), nearest=(), sentences=())


def test_purging_takes_the_answers_whose_questions_were_read_on_from_it(
    library: Library, followed: Answer, ferry: Article, bakery: Article, tmp_path: Path
):
    """Also one that goes on from that one; not one that was asked after it in full."""
    again = library.ask("Why did he say so?", history=[followed])
    full = library.ask("What does Maud Oakenshaw say?", history=[followed])
    assert (ferry.id in traced_articles(again), dict(full.provenance.settings).get(READ_FROM)) == (True, None)
    for answer in (followed, again):
        answer = replace(answer, citations=(quote(bakery, "since 1911"),), nearest=())
        library.keep_answer(answer)
        library.give_feedback(answer, "right")
    library.remove(ferry.id, purge=True)
    assert (library.kept_answers(), library.feedback()) == ([], [])
    with pytest.raises(AnswerInvalid, match="ask the question again"):
        library.keep_answer(followed)
    with pytest.raises(AnswerInvalid, match="ask the question again"):
        library.give_feedback(followed, "right")
    library.close()
    for path in (tmp_path / "library").rglob("*"):
        assert not path.is_file() or b"Penhale" not in path.read_bytes(), path


def as_citation(answer: Answer, ferry: Article) -> Answer:
    return replace(answer, citations=(quote(ferry, "Aurelia"),))


def as_nearest(answer: Answer, ferry: Article) -> Answer:
    return replace(answer, nearest=(quote(ferry, "Aurelia"),))


def as_copy(answer: Answer, ferry: Article) -> Answer:
    return replace(answer, citations=(replace(answer.citations[0], copies=(ferry.id,)),))


def as_names_before(answer: Answer, ferry: Article) -> Answer:
    return replace(answer, provenance=Provenance(settings=((READ_FROM, (ferry.id,)),)))


@pytest.mark.parametrize("traced", [as_citation, as_nearest, as_copy, as_names_before])
def test_wherever_an_article_is_named_its_purge_ends_the_answer(
    library: Library, ferry: Article, bakery: Article, traced: Callable[[Answer, Article], Answer]
):
    """On a page that is still open, and where it was kept; only removed, an article ends nothing."""
    whole = answer_of(quote(bakery, "since 1911"))
    answer = traced(whole, ferry)
    id = library.keep_answer(answer)
    library.remove(ferry.id)
    assert (library.keep_answer(answer), library.is_whole(answer)) == (id, True)
    library.remove(ferry.id, purge=True)
    assert (library.kept_answers(), library.is_whole(answer), library.is_whole(whole)) == ([], False, True)
    with pytest.raises(AnswerInvalid):
        library.keep_answer(answer)


@pytest.mark.parametrize("value", [7, "abc", None, {"a": 1}, ((1,), 2)])
def test_answers_from_elsewhere_may_say_anything_there(value: object):
    odd = Answer("Who?", "refused", provenance=Provenance(settings=((READ_FROM, value),)))
    assert (traced_articles(odd), read_from([odd])) == (frozenset(), ())


def test_the_setting_comes_back_from_json(followed: Answer):
    assert Answer.from_json(followed.to_json()) == followed
