"""The starter file holds a library's own sentences, comes out the same each time, and overwrites nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.authoring.candidates import find_candidates, find_conflicts, find_pairs, nearest_rivals
from eval.authoring.catalogue import catalogue_of_articles
from eval.authoring.template import propose, take_turns, write_lines
from eval.cases import CasesInvalid
from eval.questions import read_questions
from qa.types import Article, article_id


def article(source, text, kept=None):
    return Article(article_id(source, text), source, text, kept or ((0, len(text)),))


EARLY = article(
    "news/early.txt", "The flood at the town of Sallow has killed nine people, the mayor said on Monday. It is wet."
)
LATE = article(
    "news/late.txt", "Now the flood at the town of Sallow has killed 14 people, the police announced. Help came."
)
MILL = article(
    "news/mill.txt", "The old mill at Quarry Lane was sold for 3,000 crowns in March. Nobody wanted the wheel of it."
)
PLAIN = article("news/plain.txt", "It was quiet there. Nothing much went on at all, and nobody cared about that.")
ARTICLES = [EARLY, LATE, MILL, PLAIN]


def quotes(line):
    return [span["quote"] for item in line.get("evidence", ()) for span in item.get("spans", [item])]


def test_sentences_with_values_speakers_or_names_are_chosen():
    found = find_candidates("mill.txt", MILL)
    assert [candidate.quote for candidate in found] == [
        "The old mill at Quarry Lane was sold for 3,000 crowns in March."
    ]
    assert MILL.text[found[0].start : found[0].end] == found[0].quote
    assert found[0].hint == "it states 3,000 crowns"
    assert find_candidates("plain.txt", PLAIN) == []


def test_clutter_headlines_repeated_and_broken_sentences_are_left_out():
    sentence = "About 3,000 people left the town of Sallow by boat."
    assert len(find_candidates("a", article("a", f"{sentence} Menu 1 2 3"))) == 1
    assert find_candidates("a", article("a", f"{sentence}\n\n{sentence}")) == []
    assert find_candidates("a", article("a", sentence, kept=((0, 0),))) == []
    assert find_candidates("a", article("a", "Mayor of Sallow says 3,000 people have left town")) == []
    assert find_candidates("a", article("a", "About 3,000 people left \ud800 the town of Sallow.")) == []


def test_pairs_name_the_same_in_two_articles():
    found = {a.source: find_candidates(a.source, a) for a in ARTICLES}
    ((one, other),) = find_pairs(found)
    assert {one.article, other.article} == {EARLY.source, LATE.source}
    assert "Sallow" in one.names & other.names


def test_other_numbers_of_the_same_things_may_disagree():
    found = {a.source: find_candidates(a.source, a) for a in ARTICLES}
    ((one, other),) = find_conflicts(found)
    assert {amount.text for amount in nearest_rivals(one, other)} == {"nine", "14"}


def test_equal_numbers_are_no_conflict():
    same = article("news/same.txt", "The flood at the town of Sallow has killed nine people, the army said.")
    found = {a.source: find_candidates(a.source, a) for a in (EARLY, same)}
    assert find_conflicts(found) == []


def test_the_lines_can_be_read_back_once_filled_in(tmp_path):
    """Every kind of line; a question and an answer are all that is added."""
    lines = propose(ARTICLES, 10)
    kinds = [line["type"] for line in lines]
    assert set(kinds) == {"conflict", "single", "unanswerable"}  # its only pair is the conflict
    for number, line in enumerate(lines):
        line["question"] = f"Question {number}?"
        if line["type"] == "single":
            line["answer"]["short"] = [quotes(line)[0]]
        if line["type"] == "conflict":
            line["conflict"]["on"] = "toll"
    write_lines(tmp_path / "mine.jsonl", lines)
    read = read_questions(tmp_path / "mine.jsonl", catalogue_of_articles(ARTICLES))
    assert [case.type for case in read.cases] == kinds
    assert read.notes == ()
    (conflict,) = [case for case in read.cases if case.type == "conflict"]
    assert [side.evidence for side in conflict.sides] == ["g1", "g2"]


def test_a_pair_that_is_no_conflict_becomes_a_question_over_two_articles(tmp_path):
    other = article("news/other.txt", "Ten boats left the town of Sallow on Friday, a fisherman said.")
    (line,) = [line for line in propose([EARLY, other], 10) if line["type"] == "multi"]
    assert sorted(quotes(line)) == sorted([EARLY.text[:81], other.text])
    line |= {"question": "What happened there?", "answer": {"short": ["nine people", "ten boats"]}}
    write_lines(tmp_path / "mine.jsonl", [line])
    (case,) = read_questions(tmp_path / "mine.jsonl", catalogue_of_articles([EARLY, other])).cases
    assert (len(case.evidence), len(case.nuggets)) == (2, 2)


def test_the_same_articles_and_seed_give_the_same_lines_in_any_order():
    many = [
        article(f"{n}.txt", f"In the year {1900 + n} the town of Sallow had {n + 20} wells and a church.")
        for n in range(40)
    ]
    assert propose(many, 9) == propose(many[::-1], 9)
    assert propose(many, 9) != propose(many, 9, seed=1)
    assert len(propose(many, 9)) == 9


def test_articles_take_turns():
    """Of two articles with three sentences each, two lines are of one sentence each."""
    texts = ["There were {} cows in all. There were {} pigs in all. There were {} hens in all."]
    texts += ["Then {} men came up here. Then {} dogs came up here. Then {} cats came up here."]
    articles = [article(f"{at}.txt", text.format(11, 12, 13)) for at, text in enumerate(texts)]
    found = {a.source: find_candidates(a.source, a) for a in articles}
    turns = list(take_turns(found))
    assert [candidate.article for candidate in turns[:4]] == ["0.txt", "1.txt", "0.txt", "1.txt"]


def test_a_wire_story_is_asked_about_once():
    text = "The flood at the town of Sallow has killed nine people, the mayor said."
    copies = [article(f"{name}.txt", text) for name in "abc"]
    assert [line["type"] for line in propose(copies, 10)].count("single") == 1


def test_fewer_lines_where_there_are_fewer_sentences_and_none_at_all():
    assert 0 < len(propose([MILL], 30)) < 5
    with pytest.raises(CasesInvalid, match="no article has a sentence"):
        propose([PLAIN], 30)


def test_the_command_writes_a_file_that_waits_to_be_filled_in(library, tmp_path, capsys):
    out = tmp_path / "mine.jsonl"
    arguments = ["template", "--library", str(tmp_path / "library"), "--out", str(out), "--count", "4"]
    assert main(arguments) == 0
    assert f"qa eval --questions {out} --library {tmp_path / 'library'}" in capsys.readouterr().out
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert 1 <= len(lines) <= 4
    assert all(line["question"] == line["author"] == "" and line["hint"] for line in lines)
    assert main(["--questions", str(out), "--library", str(tmp_path / "library")]) == 2
    assert "all still to be filled in" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_touched(library, tmp_path, capsys):
    out = tmp_path / "mine.jsonl"
    out.write_text("an afternoon's work", encoding="utf-8")
    assert main(["template", "--library", str(tmp_path / "library"), "--out", str(out)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "an afternoon's work"
    with pytest.raises(CasesInvalid, match="File exists"):  # made by another program meanwhile
        write_lines(out, [{}])


def test_what_cannot_run_is_one_line_and_exit_code_2(library, tmp_path, capsys):
    assert main(["template", "--library", str(tmp_path / "none")]) == 2
    assert "no library at" in capsys.readouterr().err
    out = Path("no") / "such" / "folder.jsonl"
    assert main(["template", "--library", str(tmp_path / "library"), "--out", str(out)]) == 2
    assert "choose another place with --out" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["template", "--count", "0"])
