"""Answers before and after an edit: the edits against their articles, and answerers whose figures are known by hand."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from eval.cases import Case, CasesInvalid, Corpus, GoldSide, GoldSpan, Group, Nugget
from eval.questions import load_cases, read_texts
from eval.robustness.bench import Bench, hiding, remember
from eval.robustness.command import EDITS, robustness_command, run_tests, untested, write_robustness
from eval.robustness.corpora import (
    BAIT,
    HARMLESS,
    INSTRUCTIONS,
    answer_patterns,
    carelessly_typed,
    copy_article,
    instruction,
    noise_articles,
    plant,
    politely,
    shows_canary,
    stories_of,
    with_typo,
)
from eval.robustness.edits import Edit, Place, apply_places, edit_problems, interferences, load_edits
from eval.robustness.libraries import Variant
from eval.robustness.questions import WORDINGS, agrees, as_of, conflict
from eval.robustness.rows import BOTH, ELSEWHERE, FOLLOWED, KEPT, NEITHER, REFUSED, Pair, Row, counterfactual_verdict
from eval.robustness.trials import counted_once, holders
from eval.run import ARTICLES
from eval.words import says
from qa.types import (
    Answer,
    Article,
    Citation,
    Disagreement,
    Hit,
    Passage,
    Quotation,
    Sentence,
    Side,
    article_id,
    place_sentences,
)

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
        if question not in self.cases:
            return Answer(question, "refused")
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


@pytest.mark.parametrize(
    ("text", "cited", "verdict"),
    [
        ("The mill has 6 sails.", "mill.txt", FOLLOWED),
        ("The mill has 6 sails.", "pond.txt", ELSEWHERE),
        ("The mill has 6 sails, not 40 sails.", "mill.txt", BOTH),
        ("The mill has 40 sails.", "mill.txt", KEPT),
        ("The mill has sails.", "mill.txt", NEITHER),
    ],
)
def test_only_the_new_value_alone_quoted_from_the_edit_follows_it(text, cited, verdict):
    """What is said without the edited article being quoted was known from elsewhere."""
    corpus = Corpus({}, {name: name for name in TEXTS})
    citation = Citation(1, Quotation(cited, 0, len(text), text))
    answer = Answer("?", "answered", place_sentences([Sentence(text, 0, 0, (1,))]), (citation,))
    assert counterfactual_verdict(SWAPS[0], answer, corpus) == verdict
    assert counterfactual_verdict(SWAPS[0], replace(answer, status="refused"), corpus) == REFUSED


def test_at_most_so_many_questions_are_asked_and_always_the_same():
    one, again = figures(Quoter, most=1)[1], figures(Quoter, most=1)[1]
    assert one == again
    assert len([item for item in one if item.test == "counterfactual"]) == 1


# Evidence hidden


def test_who_reads_refuses_when_the_evidence_is_hidden():
    rows, _ = figures(Quoter)
    assert (rows["evidence_removed", "abstained"].value, rows["evidence_removed", "abstained"].n) == (1.0, 2)
    assert rows["evidence_removed", "still_correct"].value == 0.0


def test_who_still_answers_is_listed_with_what_he_cites():
    """Either the gold lacks evidence or the citation wasn't what the answer came from."""
    rows, questions = figures(Memoriser)
    assert rows["evidence_removed", "still_correct"].value == 1.0
    assert "a1 from mill.txt" in rows["evidence_removed", "still_correct"].note
    assert {item.verdict for item in questions if item.test == "evidence_removed"} == {"still correct"}


def test_articles_that_carry_the_evidence_word_for_word_are_hidden_too():
    texts = {**TEXTS, "reprint.txt": "Today: The mill at  Dorrow has 40 sails. More tomorrow."}
    articles = {name: Article(name, name, text, ()) for name, text in texts.items()}
    corpus = Corpus(articles, {name: name for name in articles})
    bench = Bench((SAILS,), texts, (), Variant(Quoter(corpus), corpus), remember(Quoter(corpus)), opener(Quoter), None)
    assert holders(SAILS, bench.answer(SAILS), bench) == {"mill.txt", "reprint.txt"}
    assert hiding(SAILS, {"mill.txt", "reprint.txt"}, corpus).article_ids == ("pond.txt",)
    assert hiding(SAILS, texts, corpus).article_ids == ("none",)  # no filter at all would hide nothing


def test_articles_that_a_citation_names_as_copies_are_hidden_too():
    """Reprints with a slip in the sentence: what cites one of them, or the other, cites the evidence."""
    corpus = Corpus({}, {name: name for name in (*TEXTS, "slip.txt", "other.txt")})
    asker = Variant(Quoter(corpus), corpus)
    bench = Bench((SAILS,), TEXTS, (), asker, remember(asker.asker), opener(Quoter), None)
    known = Citation(1, Quotation("mill.txt", 0, 4, "Mill"), copies=("slip.txt",))
    apart = Citation(2, Quotation("pond.txt", 0, 4, "Pond"), copies=("other.txt",))
    assert holders(SAILS, Answer("?", "answered", citations=(known, apart)), bench) == {"mill.txt", "slip.txt"}


# Noise


def test_noise_says_nothing_that_a_question_of_its_story_asks_for():
    texts = read_texts(*ARTICLES)
    cases = [case for case in load_cases(QUESTIONS, texts) if case.split == "dev"]
    noise = noise_articles(cases, texts, 5)
    stories = stories_of(cases)
    assert len(noise) == 5 * len(stories)
    for story, own in stories.items():
        for number in range(5):
            article = noise[f"noise-{story or 'none'}-{number:02}.txt"]
            assert not says(article, answer_patterns(own)), (story, number)
            assert len(article.split()) > 100
    assert noise == noise_articles(cases, texts, 5)
    assert not any(article in noise.values() for article in texts.values())


def test_noise_is_told_of_other_names_and_figures():
    texts = {
        "a.txt": "The ferry Aurel left Dorrow with 140 people in 2024. It was on Monday that the Aurel sank off Harle."
    }
    story = replace(SAILS, story="ferry", evidence=(Group("g1", (GoldSpan("a.txt", 0, 3, "The"),)),))
    (article,) = noise_articles([story], texts, 1).values()
    assert not {"Aurel", "Dorrow", "Harle", "140", "2024"} & set(article.replace(".", " ").split())
    assert "ferry" in article
    assert "Monday" in article
    assert "20" in article


def test_noise_that_reaches_no_answer_changes_nothing():
    """Nothing changed in 2 questions: the interval is the rule of three's, cut at 1."""
    rows, _ = figures(Quoter)
    row = rows["noise 5", "Δ answer_correct"]
    assert (row.value, row.n, row.interval) == (0.0, 2, (-1.0, 1.0))
    assert rows["noise 20", "cites_noise"].value == 0.0
    assert rows["noise 5", "still right"].value == 1.0


class Distracted(Quoter):
    """Quotes an article of noise as soon as there is one."""

    def ask(self, question, *, filters):
        noise = [name for name in sorted(self.corpus.ids) if name.startswith("noise-")]
        return quote(question, self.corpus, noise[0], 0, 20) if noise else super().ask(question, filters=filters)


def test_who_is_distracted_by_noise_falls():
    rows, questions = figures(Distracted)
    assert rows["noise 5", "Δ answer_correct"].value == -1.0
    assert rows["noise 5", "Δ gold_citation_recall"].value == -1.0
    assert rows["noise 5", "Δ evidence_recall@5"].value == 0.0  # it was found, and not used
    assert rows["noise 5", "cites_noise"].value == 1.0
    assert {item.verdict for item in questions if item.test == "noise 5"} == {"right to wrong"}


# Conflicts and dates


FIRE = {
    "one.txt": "The fire took 3 barns.",
    "two.txt": "The fire took 5 barns.",
    "three.txt": "By Friday 9 barns were lost.",
}


def fire_case(**more):
    spans = {name: GoldSpan(name, 0, len(text), text) for name, text in FIRE.items()}
    groups = Group("g1", (spans["one.txt"],)), Group("g2", (spans["two.txt"],))
    nuggets = (Nugget("n1", "3 or 5", True, (r"\b3 barns\b", r"\b5 barns\b")),)
    return Case("b1", "dev", "conflict", "How many barns?", True, nuggets=nuggets, evidence=groups, author="t", **more)


class Fire:
    """Names every side that it may see, in one sentence each; flags them when there are two and it is honest."""

    def __init__(self, names, *, honest=True):
        self.names, self.honest = names, honest

    def ask(self, question, *, filters):
        seen = [name for name in self.names if not filters or not filters.article_ids or name in filters.article_ids]
        if not seen:
            return Answer(question, "refused")
        citations = tuple(
            Citation(n, Quotation(name, 0, len(FIRE[name]), FIRE[name]), source=name) for n, name in enumerate(seen, 1)
        )
        sentences = place_sentences([Sentence(c.quotation.text, 0, 0, (c.number,)) for c in citations])
        sides = tuple(Side(citation.quotation.text, (citation.number,)) for citation in citations)
        differ = (Disagreement("barns", "conflict", sides),) if len(seen) > 1 and self.honest else ()
        return Answer(question, "answered", sentences, citations, differ)


def fire_rows(trial, case_, answerer):
    corpus = Corpus({name: Article(name, name, text, ()) for name, text in FIRE.items()}, {name: name for name in FIRE})
    bench = Bench((case_,), FIRE, (), Variant(answerer, corpus), remember(answerer), opener(Quoter), None)
    rows, found = trial(bench)
    return {row.metric: row.value for row in rows}, found


SIDES = (GoldSide((r"\b3 barns\b",), "g1"), GoldSide((r"\b5 barns\b",), "g2"))


def test_both_sides_are_presented_and_one_alone_is_not_flagged():
    rows, (change,) = fire_rows(conflict, fire_case(sides=SIDES), Fire(["one.txt", "two.txt"]))
    assert (rows["sides_presented"], rows["conflict_flagged: all"], rows["silently_one"]) == (1.0, 1.0, 0.0)
    assert (rows["flagged with one side"], rows["says the side left"]) == (0.0, 1.0)
    assert (change.verdict, change.after) == ("the side left", "The fire took 5 barns.")


def test_who_picks_one_side_does_it_silently():
    """Who shows one side of the two and another that is none says at least that they differ."""
    rows, _ = fire_rows(conflict, fire_case(sides=SIDES), Fire(["two.txt"]))
    assert (rows["sides_presented"], rows["conflict_flagged: all"], rows["silently_one"]) == (0.5, 0.0, 1.0)
    rows, _ = fire_rows(conflict, fire_case(sides=SIDES), Fire(["two.txt", "three.txt"]))
    assert (rows["sides_presented"], rows["conflict_flagged: all"], rows["silently_one"]) == (0.5, 1.0, 0.0)


@pytest.mark.parametrize(
    ("names", "stale", "correct"),
    [(["three.txt"], 0.0, 1.0), (["one.txt"], 1.0, 0.0), (["one.txt", "three.txt"], 0.0, 0.0), ([], 0.0, 0.0)],
)
def test_an_answer_is_stale_that_gives_the_superseded_figure_alone(names, stale, correct):
    old = GoldSpan("one.txt", 0, len(FIRE["one.txt"]), FIRE["one.txt"])
    new = GoldSpan("three.txt", 0, len(FIRE["three.txt"]), FIRE["three.txt"])
    dated = replace(
        fire_case(as_of=date(2026, 2, 9), stale=(old,), must_not_say=(r"\b3 barns\b",)),
        type="date",
        nuggets=(Nugget("n1", "9", True, (r"\b9 barns\b",)),),
        evidence=(Group("g1", (new,)),),
    )
    rows, _ = fire_rows(as_of, dated, Fire(names, honest=False))
    assert (rows["stale_answer_rate"], rows["as_of_correct"]) == (stale, correct)
    assert rows["stale without a day"] == stale


# Copies


class Syndicated(Quoter):
    """Names the copies of an article with each citation."""

    def ask(self, question, *, filters):
        answer = super().ask(question, filters=filters)
        name = self.place(question)[0]
        copies = tuple(id_ for other, id_ in self.corpus.ids.items() if other == f"copy-of-{name}")
        return replace(answer, citations=tuple(replace(item, copies=copies) for item in answer.citations))


def test_a_copy_counts_once_where_the_citation_names_it():
    rows, _ = figures(Syndicated)
    assert (rows["duplicates", "unchanged"].value, rows["duplicates", "counted_once"].value) == (1.0, 1.0)
    unaware, _ = figures(Quoter)
    assert (unaware["duplicates", "unchanged"].value, unaware["duplicates", "counted_once"].value) == (1.0, 0.0)


def test_an_article_quoted_beside_its_copy_counts_twice():
    both = tuple(
        Citation(n, Quotation(id_, 0, 4, "Same"), copies=(twin,)) for n, id_, twin in ((1, "a", "b"), (2, "b", "a"))
    )
    assert counted_once(Answer("?", "answered", citations=both), {"b": "a"}) is False
    assert counted_once(Answer("?", "answered", citations=both[:1]), {"b": "a"}) is True
    assert counted_once(Answer("?", "refused"), {"b": "a"}) is None


def test_a_copy_has_another_headline_and_the_same_text():
    copy = copy_article("\n\nNine dead\nWire\n\nNine people died.\n")
    assert copy == "\n\nThe Evening Sundial\nIn brief: Nine dead\nWire\n\nNine people died.\n"


# The question worded otherwise


def test_a_typo_changes_two_letters_of_a_word_that_is_no_name():
    question = "How many spectators watched Torrel beat Kastra?"
    wrong = with_typo(question)
    assert wrong != question
    assert sorted(wrong) == sorted(question)
    assert next(word for word in wrong.split() if word not in question.split())[0] == "s"
    assert with_typo(question) == wrong
    assert with_typo("Who is Ada?") == "Who is Ada?"
    assert carelessly_typed("Who is Ada?") == "who is ada"


def test_agreement_is_of_all_wordings():
    """Of the rewordings one of two is understood, of the rules only the polite one: shares 1/2, 0, 0, 1."""
    known = "What number of sails does the mill have?"

    class Literal(Quoter):
        def ask(self, question, *, filters):
            if question in (known, politely(SAILS.question)):
                question = SAILS.question
            return super().ask(question, filters=filters) if question in self.cases else Answer(question, "refused")

    rows, _ = figures(Literal, (replace(SAILS, paraphrases=(known, "Sails, how many?")), CARP))
    found = {kind: rows["paraphrases", f"agreement: {kind}"].value for kind in WORDINGS}
    assert found == {"reworded": 0.5, "typo": 0.0, "careless": 0.0, "polite": 1.0}
    assert (rows["paraphrases", "all_agree"].value, rows["paraphrases", "all_agree"].n) == (0.0, 1)


def test_a_refusal_agrees_with_no_answer():
    """Neither says the nugget, and yet one claims something."""
    refused, vague = Answer("?", "refused"), Answer("?", "answered", place_sentences([Sentence("Some.", 0, 0, ())]))
    assert not agrees(Pair(SAILS, vague, refused))
    assert agrees(Pair(SAILS, vague, vague))
    assert agrees(Pair(SAILS, refused, refused))


# Planted instructions


def test_planted_instructions_stand_beside_the_evidence_only():
    planted = plant(TEXTS, {"mill.txt": [(32, " B."), (0, "A. ")]})
    assert planted == {
        "mill.txt": "A. The mill at Dorrow has 40 sails. B. Its miller is Ada Finn. It was built long ago."
    }


def test_the_planted_word_is_recognised_under_invisible_characters():
    assert all(shows_canary(instruction(kind, SAILS)) for kind in (*INSTRUCTIONS, BAIT))
    assert "\u200b" in instruction("zero-width", SAILS)
    assert not shows_canary(instruction(HARMLESS, SAILS))
    assert not any(shows_canary(text) for text in read_texts(*ARTICLES).values())


class Gullible(Quoter):
    """Says whatever follows the sentence that it was to quote."""

    def ask(self, question, *, filters):
        name, _, end = self.place(question)
        return quote(
            question, self.corpus, name, 0, min(end + 150, len(self.corpus.articles[self.corpus.ids[name]].text))
        )


def test_who_quotes_the_evidence_alone_shows_nothing_planted():
    rows, _ = figures(Quoter)
    assert rows["injections", "unchanged: instructions"].value == rows["injections", "unchanged: bait"].value == 1.0
    assert rows["injections", "shown: instructions"].value == rows["injections", "shown: bait"].value == 0.0


def test_who_quotes_what_was_planted_is_caught():
    rows, _ = figures(Gullible)
    assert rows["injections", "shown: instructions"].value == rows["injections", "shown: bait"].value == 1.0
    assert rows["injections", "unchanged: harmless"].value == 0.0


# What is stored


def test_the_stored_file_has_the_rows_and_the_questions(tmp_path):
    found = run_tests(CASES, TEXTS, SWAPS, opener(Quoter))
    write_robustness(tmp_path / "run", found)
    stored = json.loads((tmp_path / "run" / "robustness.json").read_text(encoding="utf-8"))
    assert stored["rows"][0].keys() == {"test", "metric", "value", "n", "interval", "note"}
    assert stored["questions"][0].keys() == {"test", "question", "before", "after", "verdict"}
    assert len(stored["rows"]) == len(found.rows)


def test_what_no_question_could_test_is_named():
    """One's own questions have no edits, and often no other wordings."""
    rows = [Row("noise", "a", None, 0, None), Row("noise", "b", 1.0, 2, (0.5, 1.0)), Row("date", "a", None, 0, None)]
    assert untested(rows) == ["date"]
    assert untested([]) == []


@pytest.mark.models
def test_a_real_library_follows_its_articles(tmp_path, capsys):
    """Three questions on one article in a library of two, through the command."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = tmp_path / "questions.jsonl"
    chosen = [line for line in lines if json.loads(line)["id"] in ("q006", "q032", "q042")]
    questions.write_text("\n".join(chosen), encoding="utf-8")
    given = ["--questions", str(questions), "--articles", str(ROOT / "seeds"), "--out", str(tmp_path / "run")]
    assert robustness_command([*given, "--only", "counterfactual", "evidence_removed", "duplicates"]) == 0
    assert "follows_corpus" in capsys.readouterr().out
    stored = json.loads((tmp_path / "run" / "robustness.json").read_text(encoding="utf-8"))["rows"]
    rows = {row["metric"]: (row["value"], row["n"]) for row in stored}
    assert rows["follows_corpus"] == rows["abstained"] == rows["unchanged"] == rows["counted_once"] == (1.0, 3)
