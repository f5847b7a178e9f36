"""Answers before and after an edit: the edits against their articles, and answerers whose figures are known by hand."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from eval.cases import Case, CasesInvalid, Corpus, GoldSpan, Group, Nugget
from eval.questions import load_cases, read_texts
from eval.robustness import EDITS, robustness_command, run_tests, write_robustness
from eval.robustness_edits import Edit, Place, apply_places, edit_problems, interferences, load_edits
from eval.robustness_libraries import Variant
from eval.run import ARTICLES
from qa.types import Answer, Article, Citation, Hit, Passage, Quotation, Sentence, article_id, place_sentences

ROOT = Path(__file__).parent.parent
QUESTIONS = ROOT / "eval" / "questions.jsonl"

TEXTS = {
    "mill.txt": "The mill at Dorrow has 40 sails. Its miller is Ada Finn. It was built long ago.",
    "pond.txt": "The pond at Harle holds 900 carp. Nobody fishes there on Sundays.",
}


def span(name, quote):
    start = TEXTS[name].index(quote)
    return GoldSpan(name, start, start + len(quote), quote)


def case(id_, question, name, quote, pattern, **more):
    group = Group("g1", (span(name, quote),))
    nuggets = (Nugget("n1", pattern, True, (pattern,), "g1"),)
    return Case(id_, "dev", "single", question, True, nuggets=nuggets, evidence=(group,), author="test", **more)


SAILS = case("a1", "How many sails has the mill?", "mill.txt", "The mill at Dorrow has 40 sails.", r"\b40 sails\b")
CARP = case("a2", "How many carp are in the pond?", "pond.txt", "The pond at Harle holds 900 carp.", r"\b900 carp\b")
CASES = (SAILS, CARP)


def edit(case_, name, old, new, pattern):
    start = TEXTS[name].index(old)
    place = Place(name, start, start + len(old), old, new)
    return Edit(f"e-{case_.id}", case_.id, "number", (place,), (pattern.replace(old, new),), (pattern,), "test")


SWAPS = (edit(SAILS, "mill.txt", "40", "6", r"\b40 sails\b"), edit(CARP, "pond.txt", "900", "1,200", r"\b900 carp\b"))


def quote(question, corpus, name, start, end):
    """An answer of these characters of the article."""
    id_ = corpus.ids[name]
    text = corpus.articles[id_].text[start:end]
    citation = Citation(1, Quotation(id_, start, end, text), source=name)
    return Answer(question, "answered", place_sentences([Sentence(text, 0, 0, (1,))]), (citation,))


class Quoter:
    """Quotes the first sentence of the article that holds the evidence, whatever stands there now."""

    def __init__(self, corpus):
        self.corpus = corpus
        self.cases = {case.question: case for case in CASES}

    def place(self, question):
        name = self.cases[question].evidence[0].spans[0].article
        return name, 0, self.corpus.articles[self.corpus.ids[name]].text.index(".") + 1

    def ask(self, question, *, filters):
        name, start, end = self.place(question)
        if filters is not None and filters.article_ids and self.corpus.ids[name] not in filters.article_ids:
            return Answer(question, "refused")
        return quote(question, self.corpus, name, start, end)

    def search(self, question, *, k, filters):
        name, start, end = self.place(question)
        id_ = self.corpus.ids[name]
        return [Hit(Passage(id_, start, end, self.corpus.articles[id_].text[start:end]), 1.0)]


class Memoriser(Quoter):
    """Says what it once read, whatever the articles say now."""

    def ask(self, question, *, filters):
        name = self.cases[question].evidence[0].spans[0].article
        text = self.cases[question].evidence[0].spans[0].quote
        citation = Citation(1, Quotation(self.corpus.ids[name], 0, len(text), text), source=name)
        return Answer(question, "answered", place_sentences([Sentence(text, 0, 0, (1,))]), (citation,))


class Refuser(Quoter):
    def ask(self, question, *, filters):
        return Answer(question, "refused")


def opener(answerer):
    """Opens "libraries" of the two articles that only this answerer knows."""

    @contextmanager
    def open_variant(changed):
        texts = {**TEXTS, **changed}
        articles = {
            article_id(name, text): Article(article_id(name, text), name, text, ()) for name, text in texts.items()
        }
        corpus = Corpus(articles, {article.source: id_ for id_, article in articles.items()})
        yield Variant(answerer(corpus), corpus)

    return open_variant


def figures(answerer, cases=CASES, **more):
    found = run_tests(cases, TEXTS, SWAPS, opener(answerer), **more)
    return {(row.test, row.metric): row for row in found.rows}, found.questions


# The edits


def test_the_committed_edits_hold_against_their_articles():
    texts = read_texts(*ARTICLES)
    cases = load_cases(QUESTIONS, texts)
    edits = load_edits(EDITS, cases, texts)
    assert len(edits) == len(EDITS.read_text(encoding="utf-8").splitlines()) >= 30  # none of an unknown question
    assert len({edit.question for edit in edits}) == len(edits)
    assert len({case.story for case in cases if case.id in {edit.question for edit in edits}}) >= 6
    assert {edit.kind for edit in edits} == {"number", "date", "name"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"places": ()}, "no places"),
        ({"places": (Place("mill.txt", 5, 7, "40", "6"),)}, "mill.txt[5:7] is not '40'"),
        ({"expect": (r"\b40 sails\b",)}, "gives the new value before"),
        ({"expect": (r"\b7 sails\b",)}, "doesn't give the new value after"),
        ({"forbid": (r"\bsails\b",)}, "still gives the old value"),
        ({"forbid": (r"\b41 sails\b",)}, "was not in the evidence"),
        ({"kind": "colour"}, "kind 'colour'"),
    ],
)
def test_a_wrong_edit_is_told(change, problem):
    assert edit_problems(SWAPS[0], SAILS, TEXTS) == []
    assert any(problem in found for found in edit_problems(replace(SWAPS[0], **change), SAILS, TEXTS))


def test_an_edit_in_the_evidence_of_another_question_is_told(tmp_path):
    """Both would be made in one library, and the second question would no longer be asked of its own edit alone."""
    miller = replace(SWAPS[1], id="e-other", places=(Place("mill.txt", 4, 8, "mill", "shed"),))
    assert interferences(SWAPS, {case.id: case for case in CASES}) == []
    assert interferences([SWAPS[0], miller], {case.id: case for case in CASES}) == [
        "e-other changes the evidence of e-a1 in mill.txt"
    ]


def test_a_line_that_is_no_edit_is_told_with_its_number(tmp_path):
    path = tmp_path / "edits.jsonl"
    path.write_text('{"id": "x"}\n', encoding="utf-8")
    with pytest.raises(CasesInvalid, match=r"edits\.jsonl:1"):
        load_edits(path, CASES, TEXTS)


def test_places_are_exchanged_whatever_their_order():
    places = [Place("", 0, 3, "one", "1"), Place("", 8, 13, "three", "thirty")]
    assert apply_places("one two three", places) == apply_places("one two three", places[::-1]) == "1 two thirty"


# Swapped facts


def test_who_quotes_the_article_follows_it():
    rows, questions = figures(Quoter)
    assert rows["counterfactual", "follows_corpus"].value == 1.0
    assert rows["counterfactual", "follows_corpus"].n == 2
    (change,) = [item for item in questions if (item.test, item.question) == ("counterfactual", "a1")]
    assert (change.before, change.after) == ("The mill at Dorrow has 40 sails.", "The mill at Dorrow has 6 sails.")


def test_who_memorises_follows_nothing():
    rows, _ = figures(Memoriser)
    assert rows["counterfactual", "follows_corpus"].value == 0.0
    assert rows["counterfactual", "kept_old_value"].value == 1.0


def test_who_always_refuses_was_never_right():
    """Of no question right before there is no share, and of all none follows."""
    rows, _ = figures(Refuser)
    assert (rows["counterfactual", "follows_corpus"].value, rows["counterfactual", "follows_corpus"].n) == (None, 0)
    assert rows["counterfactual", "follows_corpus: all"].value == 0.0


def test_at_most_so_many_questions_are_asked_and_always_the_same():
    one, again = figures(Quoter, most=1)[1], figures(Quoter, most=1)[1]
    assert one == again
    assert len([item for item in one if item.test == "counterfactual"]) == 1


# What is stored


def test_the_stored_file_has_the_rows_and_the_questions(tmp_path):
    found = run_tests(CASES, TEXTS, SWAPS, opener(Quoter))
    write_robustness(tmp_path / "run", found)
    stored = json.loads((tmp_path / "run" / "robustness.json").read_text(encoding="utf-8"))
    assert stored["rows"][0].keys() == {"test", "metric", "value", "n", "interval", "note"}
    assert stored["questions"][0].keys() == {"test", "question", "before", "after", "verdict"}
    assert len(stored["rows"]) == len(found.rows)


@pytest.mark.models
def test_a_real_library_follows_its_articles(tmp_path, capsys):
    """Three questions on one article in a library of two, through the command."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = tmp_path / "questions.jsonl"
    chosen = [line for line in lines if json.loads(line)["id"] in ("q006", "q032", "q042")]
    questions.write_text("\n".join(chosen), encoding="utf-8")
    given = ["--questions", str(questions), "--articles", str(ROOT / "seeds"), "--out", str(tmp_path / "run")]
    assert robustness_command(given) == 0
    assert "follows_corpus" in capsys.readouterr().out
    rows = json.loads((tmp_path / "run" / "robustness.json").read_text(encoding="utf-8"))["rows"]
    (followed,) = [row for row in rows if row["metric"] == "follows_corpus"]
    assert (followed["value"], followed["n"]) == (1.0, 3)
