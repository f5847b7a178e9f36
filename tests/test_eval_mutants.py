"""Each sabotaged answerer is caught on the committed questions, and what is no sabotage is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.mutants import MUTANTS, Mutant, describe_survivors, measure_mutants, reference_answer, survivors
from eval.questions import load_cases, map_articles, read_texts
from eval.run import ARTICLES, QUESTIONS
from qa.types import Article, Hit, Passage, article_id


@pytest.fixture(scope="module")
def cases():
    return [case for case in load_cases(QUESTIONS, read_texts(*ARTICLES)) if case.split == "dev"]


@pytest.fixture(scope="module")
def corpus(cases):
    articles = [Article(article_id(name, text), name, text, ()) for name, text in read_texts(*ARTICLES).items()]
    return map_articles(articles, cases)


@pytest.fixture(scope="module")
def hits(cases, corpus):
    """The beginning of an article for every question, whatever it asks: what a poor search finds."""
    articles = list(corpus.articles.values())
    return {
        case.id: [Hit(Passage(article.id, 0, 600, article.text[:600]), 0.5) for article in articles[place % 40 :: 40]]
        for place, case in enumerate(cases)
    }


@pytest.fixture(scope="module")
def found(cases, corpus, hits):
    return measure_mutants(cases, hits, corpus)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_is_caught_by_its_own_metrics(found, mutant):
    caught = {item.metric: item for item in found if item.name == mutant.name}
    assert caught.keys() == set(mutant.caught_by)
    for item in caught.values():
        assert item.caught, item
        assert item.n > 0


def test_what_spoils_nothing_survives(cases, corpus, hits, monkeypatch):
    """The same answer again, and a fault that no answer has room for."""
    harmless = Mutant("the same", ("answer_correct", "gold_citation_recall"), lambda item: item.answer)
    never = Mutant("finds nothing to spoil", ("quote_exact",), lambda item: None)
    monkeypatch.setattr("eval.mutants.MUTANTS", (harmless, never))
    found = measure_mutants(cases[:40], hits, corpus)
    assert survivors(found) == [
        "the same (answer_correct)",
        "the same (gold_citation_recall)",
        "finds nothing to spoil (quote_exact)",
    ]
    assert describe_survivors(found).splitlines() == [
        "sabotaged answerers: 2, not caught: the same (answer_correct), the same (gold_citation_recall)",
        "not tried, for no question has what they break: finds nothing to spoil (quote_exact)",
    ]


def test_without_a_right_answer_there_is_nothing_to_sabotage(cases, corpus, hits):
    assert measure_mutants([case for case in cases if not case.answerable], hits, corpus) == []


def test_one_slip_among_many_is_not_enough(cases, corpus, hits, monkeypatch):
    """A sabotage of a single question: the interval of the change holds zero, for most resamples miss its story."""
    only = next(case for case in cases if case.answerable and not case.story)

    def spoil(item):
        return replace(item.answer, status="refused") if item.case.id == only.id else item.answer

    monkeypatch.setattr("eval.mutants.MUTANTS", (Mutant("one slip", ("false_refusal",), spoil),))
    (item,) = measure_mutants(cases, hits, corpus)
    assert (item.change > 0, item.caught) == (True, False)


def test_the_reference_is_right_about_everything(cases, corpus):
    """Whatever a mutant loses, its fault took: quoted or written, the reference lacks nothing."""
    from eval.metrics import measure_answer

    for case in cases:
        for written in (False, True):
            measures = measure_answer(case, reference_answer(case, corpus, written=written), corpus)
            assert measures["refusal_score"].value == 1.0, case.id
            assert measures["fully_good"].value in (1.0, None), (case.id, measures["fully_good"])
