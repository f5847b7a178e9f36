"""Feedback as questions for the evaluation: what was judged right can be asked, the rest waits, and the file loads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from eval.authoring.catalogue import catalogue_of_articles
from eval.authoring.feedback import lines_of_feedback, write_feedback
from eval.own import ask_library
from eval.questions import Questions, read_questions
from qa.library import Library
from qa.settings import Settings
from qa.types import Answer, Article, Disagreement, Provenance, Side, Verdict
from tests.answers import DANGER, HOSTILE, QUESTION, answer_of, quote
from tests.conftest import FERRY


def export(library: Library, path: Path) -> tuple[list[dict[str, Any]], Questions]:
    """The lines as they were written, and what the evaluation makes of them."""
    write_feedback(path, lines_of_feedback(library.feedback(), library.articles()))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return lines, read_questions(path, catalogue_of_articles(library.articles()))


def test_a_right_answer_is_a_question_that_can_be_asked(
    library: Library, ferry: Article, aboard: Answer, tmp_path: Path
) -> None:
    asked = replace(aboard, provenance=Provenance(filters=(("as_of", "2026-02-05"),)))
    library.give_feedback(asked, "right", note="counted twice")
    (line,), questions = export(library, tmp_path / "out.jsonl")
    (case,) = questions.cases
    (group,) = case.evidence
    (span,) = group.spans
    assert (case.question, case.short, str(case.as_of), case.split) == (QUESTION, ("140",), "2026-02-05", "dev")
    assert (span.article, ferry.text[span.start : span.end]) == ("ferry.txt", span.quote)
    assert line["author"] == ""
    assert "judged right: the whole answer; note: counted twice; the answer was: The ferry" in line["hint"]


def test_what_the_library_says_is_exported_loaded_and_asked(library: Library, tmp_path: Path) -> None:
    """From `ask` to the figures of the evaluation: what was judged right is found right."""
    library.give_feedback(library.ask(QUESTION), "right")
    library.give_feedback(library.ask("Who is the captain of the ferry?"), "wrong", note="no, the mate")
    library.give_feedback(library.ask("When was the bakery sold?"), "should-have-refused")
    path = tmp_path / "out.jsonl"
    export(library, path)
    evaluation = ask_library(path, library, Settings())
    assert evaluation.about["unfilled"] == 1
    right, refused = evaluation.asked
    assert (right.case.question, right.case.short) == (QUESTION, ("140",))
    assert right.measures["answer_correct"].value == right.measures["evidence_recall@1"].value == 1
    assert (refused.case.answerable, refused.answer.status) == (False, "answered")


def test_what_was_wrong_waits_until_somebody_decides(library: Library, aboard: Answer, tmp_path: Path) -> None:
    """With an answer, or with answerable false, the same line is asked."""
    library.give_feedback(aboard, "wrong", sentence=0, note="the crew isn't counted")
    library.give_feedback(replace(aboard, question="How many ferries does it own?"), "missing-source")
    library.give_feedback(replace(aboard, question="Who sank it?"), "should-have-refused")
    path = tmp_path / "out.jsonl"
    lines, questions = export(library, path)
    assert ([case.question for case in questions.cases], questions.unfilled) == (["Who sank it?"], 2)
    assert not questions.cases[0].answerable
    assert [(line["answerable"], line.get("answer")) for line in lines] == [
        (None, {"short": []}),
        (None, {"short": []}),
        (False, None),
    ]
    assert "judged wrong: the sentence “The ferry Aurelia" in lines[0]["hint"]
    assert "note: the crew isn't counted" in lines[0]["hint"]
    lines[0] |= {"answer": {"short": ["140"]}, "evidence": ["with 140 people aboard"]}
    lines[1]["answerable"] = False
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    filled = read_questions(path, catalogue_of_articles(library.articles()))
    assert ([case.answerable for case in filled.cases], filled.unfilled) == ([True, False, False], 0)


def test_a_refusal_that_was_right_is_a_question_without_answer(library: Library, tmp_path: Path) -> None:
    """Not when filters hid articles: without them there may be an answer."""
    refusal = Answer("Who built the dam?", "refused")
    hidden = Answer("Who owns it?", "refused", provenance=Provenance(filters=(("publishers", ("The Echo",)),)))
    library.give_feedback(refusal, "right")
    library.give_feedback(hidden, "right")
    lines, questions = export(library, tmp_path / "out.jsonl")
    assert [(case.question, case.answerable) for case in questions.cases] == [("Who built the dam?", False)]
    assert "it was asked with publishers, which the evaluation doesn't set" in lines[1]["hint"]


def test_one_question_and_verdict_is_exported_once_with_the_newest_note(
    library: Library, aboard: Answer, tmp_path: Path
) -> None:
    shouted = replace(aboard, question=f"  {QUESTION.upper()}")
    for answer, note in [(aboard, "first"), (shouted, "second"), (aboard, "")]:
        library.give_feedback(answer, "right", note=note)
    (line,), questions = export(library, tmp_path / "out.jsonl")
    assert "note: second" in line["hint"]
    assert len(questions.cases) == 1


def test_judgements_that_differ_are_not_both_ready(library: Library, aboard: Answer, tmp_path: Path) -> None:
    """Two cases of one question could not be loaded; the newest is ready, the other says so."""
    library.give_feedback(aboard, "right")
    library.give_feedback(aboard, "should-have-refused")
    lines, questions = export(library, tmp_path / "out.jsonl")
    assert [case.answerable for case in questions.cases] == [False]
    assert "a later judgement of this question is in the file too" in lines[0]["hint"]
    assert lines[0]["evidence"]


def test_several_emphasised_sentences_are_all_needed(
    library: Library, ferry: Article, bakery: Article, tmp_path: Path
) -> None:
    """Judged sentence by sentence, only that one is; a sentence without emphasis leaves the answer to a person."""
    cited = (
        quote(ferry, "ferry Aurelia ran aground"),
        quote(bakery, "rye bread since 1911", number=2),
        quote(bakery, "Quillmere", number=3),
    )
    both = answer_of(*cited, emphasised=("Aurelia", "1911"))
    library.give_feedback(both, "right")
    library.give_feedback(replace(both, question="Since when?"), "right", sentence=1)
    library.give_feedback(replace(both, question="Where?"), "right", sentence=2)
    lines, questions = export(library, tmp_path / "out.jsonl")
    assert [(case.type, case.short, len(case.evidence)) for case in questions.cases] == [
        ("multi", ("Aurelia", "1911"), 2),
        ("single", ("1911",), 1),
    ]
    assert [span["quote"] for span in lines[2]["evidence"]] == ["Quillmere"]


def test_both_sides_of_a_disagreement_are_expected(
    library: Library, ferry: Article, bakery: Article, tmp_path: Path
) -> None:
    """One thing on which articles differ is a conflict; a later count of it is for a person to decide."""
    cited = (quote(ferry, "140 people aboard"), quote(bakery, "ninety loaves", number=2))
    differ = Disagreement("the number", "conflict", (Side("140", (1,)), Side("ninety", (2,))))
    answer = replace(answer_of(*cited, emphasised=("140", "ninety")), disagreements=(differ,))
    later = replace(answer, question="How many now?", disagreements=(replace(differ, kind="update"),))
    library.give_feedback(answer, "right")
    library.give_feedback(later, "right")
    lines, questions = export(library, tmp_path / "out.jsonl")
    (case,) = questions.cases
    assert (case.type, case.conflict_on, len(case.sides)) == ("conflict", "the number", 2)
    assert lines[1]["answerable"] is None


def test_what_no_longer_stands_in_an_article_waits(library: Library, articles: Path, tmp_path: Path) -> None:
    """A quotation that the new version has elsewhere is found there."""
    (ferry,) = (article for article in library.articles() if "Aurelia" in article.text)
    aboard = answer_of(quote(ferry, "with 140 people aboard"), emphasised=("140",))
    captain = answer_of(quote(ferry, "Captain Idris Penhale said"), question="Who?", emphasised=("Idris Penhale",))
    library.give_feedback(aboard, "right")
    library.give_feedback(captain, "right")
    (articles / "ferry.txt").write_text(f"A correction. {FERRY.replace('Penhale', 'Trelawny')}", encoding="utf-8")
    library.add(articles)
    lines, questions = export(library, tmp_path / "out.jsonl")
    (case,) = questions.cases
    assert (case.question, questions.unfilled) == (QUESTION, 1)
    assert lines[0]["evidence"][0]["spans"][0]["start"] == ferry.text.index("with 140") + len("A correction. ")


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_hostile_texts_make_one_line_that_loads(
    library: Library, aboard: Answer, tmp_path: Path, verdict: Verdict
) -> None:
    """The question is as it was asked; nothing in the file can steer a terminal or be taken for another line."""
    question = f"Who? {HOSTILE}"
    library.give_feedback(replace(aboard, question=question), verdict, note=f"{HOSTILE} \ud800")
    library.give_feedback(replace(aboard, question="Half \ud800?"), verdict)
    library.give_feedback(aboard, "right")
    path = tmp_path / "out.jsonl"
    lines, questions = export(library, path)
    assert [line["question"] for line in lines] == [question, "Half \ufffd?", QUESTION]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3
    assert not DANGER.search(path.read_text(encoding="utf-8"))
    assert not DANGER.search(lines[0]["hint"])
    assert len(questions.cases) + questions.unfilled == 3


def test_emphasis_without_a_word_is_left_to_fill_in(library: Library, ferry: Article, tmp_path: Path) -> None:
    """A pattern of nothing would be found in every answer."""
    library.give_feedback(Answer("Who built the dam?", "refused"), "right")
    library.give_feedback(answer_of(quote(ferry, "Island on Tuesday night"), emphasised=(" ",)), "right")
    lines, questions = export(library, tmp_path / "out.jsonl")
    assert (lines[1]["answerable"], questions.unfilled) == (None, 1)
