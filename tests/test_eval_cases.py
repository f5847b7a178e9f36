"""The committed questions hold, and a wrong line is reported with its number, its id and what is wrong."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from eval.cases import TYPES, UNANSWERABLE_KINDS, CasesInvalid, case_overlap, gold_spans
from eval.questions import load_cases, map_articles, read_texts, record_overlaps, texts_digest
from eval.run import ARTICLES
from eval.words import norm, says
from qa.types import Article, Filters, article_id

ROOT = Path(__file__).parent.parent
QUESTIONS = ROOT / "eval" / "questions.jsonl"
TEXTS = {"dam.txt": "The dam broke. Nine people died."}
LINE = {
    "id": "q1",
    "split": "dev",
    "type": "single",
    "question": "What was the toll?",
    "answerable": True,
    "unanswerable_kind": None,
    "answer": {"short": ["nine"]},
    "nuggets": [{"id": "n1", "text": "nine", "vital": True, "any_of": ["nine"], "group": "g1"}],
    "must_not_say": [],
    "evidence": [
        {
            "group": "g1",
            "spans": [{"article": "dam.txt", "start": 15, "end": 32, "quote": "Nine people died."}],
            "also_ok": [],
        }
    ],
    "conflict": None,
    "tags": [],
    "overlap": 0.0,
    "as_of": None,
    "paraphrases": [],
    "stale": [],
    "cluster": None,
    "author": "a person",
    "reviewer": None,
}
UNANSWERABLE = {
    **LINE,
    "type": "unanswerable",
    "answerable": False,
    "unanswerable_kind": "absent",
    "nuggets": [],
    "evidence": [],
    "overlap": None,
}


@pytest.fixture(scope="module")
def cases():
    return load_cases(QUESTIONS, read_texts(*ARTICLES))


@pytest.fixture
def write(tmp_path):
    def write_lines(*lines) -> Path:
        path = tmp_path / "questions.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        path.write_text("\n".join(texts), encoding="utf-8")
        return path

    return write_lines


def test_every_quotation_stands_in_its_article(cases):
    """The loader compares all spans; this says that there are some."""
    assert sum(len(case.evidence) for case in cases) >= 75


def test_the_mix_of_questions(cases):
    """Every type and kind often enough, pairs of days, paraphrases, stale figures."""
    types, kinds = Counter(case.type for case in cases), Counter(case.unanswerable_kind for case in cases)
    assert len(cases) >= 260
    assert types["unanswerable"] >= 60
    assert min(types[name] for name in TYPES if name != "overview") >= 18
    assert min(kinds[name] for name in UNANSWERABLE_KINDS) >= 8
    assert sum(case.as_of is not None for case in cases) >= 20
    assert sum(len(case.paraphrases) for case in cases) >= 80
    assert sum(bool(case.stale) for case in cases) >= 10


def test_the_locked_split_shares_no_article_with_the_other(cases):
    """What is tuned on one must say nothing of the other; each has every type."""
    articles = {
        split: {span.article for case in cases if case.split == split for span in gold_spans(case)}
        for split in ("dev", "test")
    }
    assert not articles["dev"] & articles["test"]
    assert not {case.story for case in cases if case.split == "dev"} & {c.story for c in cases if c.split == "test"}
    assert {case.type for case in cases if case.split == "test"} == set(TYPES)


def test_no_two_questions_are_nearly_the_same(cases):
    """Of one split and day, answerable alike: a near miss of an answerable question is meant to be near."""
    for number, case in enumerate(cases):
        for other in cases[:number]:
            if (case.as_of, case.answerable, case.split) == (other.as_of, other.answerable, other.split):
                assert fuzz.ratio(norm(case.question), norm(other.question)) < 90, (case.id, other.id)


def test_no_question_gives_its_answer_away(cases):
    """Who only repeats the question must get nothing right."""
    said = [
        case.id
        for case in cases
        if case.answerable and all(says(case.question, nugget.any_of) for nugget in case.nuggets if nugget.vital)
    ]
    assert said == []


def test_questions_do_not_copy_their_evidence(cases):
    """Recorded and computed overlap are equal, and the median is far below .35."""
    overlaps = [case.overlap for case in cases if case.overlap is not None]
    assert overlaps == [case_overlap(case) for case in cases if case.evidence]
    assert statistics.median(overlaps) < 0.35


def test_multi_questions_need_two_facts(cases):
    """And most of them two articles."""
    multi = [case for case in cases if case.type == "multi"]
    assert all(len(case.evidence) >= 2 for case in multi)
    articles = [len({group.spans[0].article for group in case.evidence}) for case in multi]
    assert statistics.mean(count >= 2 for count in articles) > 0.75


def test_nothing_forbidden_stands_in_the_evidence(cases):
    """A right answer by quotation can't be punished for what its evidence says."""
    import re

    for case in cases:
        for group in case.evidence:
            for span in group.spans:
                assert not any(re.search(pattern, span.quote, re.IGNORECASE) for pattern in case.must_not_say), case.id


def test_a_question_may_be_asked_again_of_another_day(write):
    earlier, later = {**LINE, "as_of": "2026-02-03"}, {**LINE, "id": "q2", "as_of": "2026-02-09"}
    cases = load_cases(write(earlier, later), TEXTS)
    assert [case.filters for case in cases] == [Filters(as_of=date(2026, 2, 3)), Filters(as_of=date(2026, 2, 9))]
    with pytest.raises(CasesInvalid, match="asks the same as q1"):
        load_cases(write(earlier, {**earlier, "id": "q2"}), TEXTS)


def test_a_valid_line_becomes_a_case(write):
    (case,) = load_cases(write(LINE), TEXTS)
    assert (case.id, case.evidence[0].spans[0].quote, case.cluster) == ("q1", "Nine people died.", "dam.txt:15")


def test_an_unanswerable_question_is_its_own_cluster(write):
    (case,) = load_cases(write(UNANSWERABLE), TEXTS)
    assert (case.cluster, case.overlap) == ("q1", None)


def changed(line, **fields):
    return {**line, **fields}


SPAN = LINE["evidence"][0]["spans"][0]


def evidence(**fields):
    return [{"group": "g1", "spans": [{**SPAN, **fields}], "also_ok": []}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON"),
        ("[]", "no id"),
        ({"id": "q1"}, "'question' is missing"),
        (changed(LINE, type="riddle"), "type 'riddle' is not one of"),
        (changed(LINE, split="train"), "split 'train'"),
        (changed(LINE, question=" "), "the question is empty"),
        (changed(LINE, author=""), "author is empty"),
        (changed(LINE, evidence=evidence(start=14)), "not the quote"),
        (changed(LINE, evidence=evidence(quote="Nine people lied.")), "not the quote"),
        (changed(LINE, evidence=evidence(article="gone.txt")), "no article gone.txt"),
        (changed(LINE, evidence=evidence(start="x")), "wrong form"),
        (changed(LINE, evidence=[]), "no evidence"),
        (changed(LINE, nuggets=[]), "no vital nugget"),
        (changed(LINE, nuggets=[{**LINE["nuggets"][0], "group": "g7"}]), "no evidence group 'g7'"),
        (changed(LINE, nuggets=[{**LINE["nuggets"][0], "any_of": ["("]}]), "not a regular expression"),
        (changed(LINE, nuggets=[{**LINE["nuggets"][0], "any_of": [".*"]}]), "found in every text"),
        (changed(LINE, nuggets=[{**LINE["nuggets"][0], "any_of": []}]), "no patterns"),
        (changed(LINE, overlap=0.5), "overlap is 0.5, computed 0.0"),
        (changed(LINE, type="conflict"), "two or more sides"),
        (changed(LINE, answerable=False), "answerable and the type"),
        (changed(UNANSWERABLE, unanswerable_kind="odd"), "unanswerable_kind 'odd'"),
        (changed(UNANSWERABLE, evidence=LINE["evidence"], overlap=0.0), "no evidence and no nuggets"),
    ],
)
def test_a_wrong_line_says_where_and_what(write, line, message):
    with pytest.raises(CasesInvalid, match=r"questions\.jsonl:2") as caught:
        load_cases(write(changed(LINE, id="q0", question="How many?"), line), TEXTS)
    assert message in str(caught.value)


def test_repeated_ids_and_questions_are_refused(write):
    with pytest.raises(CasesInvalid, match="repeats the id of q1; asks the same as q1"):
        load_cases(write(LINE, changed(LINE, question="what was  the TOLL?")), TEXTS)


def test_an_empty_file_and_an_empty_folder_are_refused(write, tmp_path):
    with pytest.raises(CasesInvalid, match="holds no questions"):
        load_cases(write(""), TEXTS)
    with pytest.raises(CasesInvalid, match=r"no \.txt articles"):
        read_texts(tmp_path / "none")


def test_overlaps_are_recorded_in_the_file(write):
    """{flood, kill, people} and {nine, people, died} share 1 of 5 words."""
    path = write(changed(LINE, question="Did the flood kill people?", overlap=None))
    record_overlaps(path)
    (case,) = load_cases(path, TEXTS)
    assert case.overlap == 0.2


def test_articles_are_found_by_file_name_and_checked_again(write):
    cases = load_cases(write(LINE), TEXTS)
    text = TEXTS["dam.txt"]
    article = Article(article_id("in/dam.txt", text), "in/dam.txt", text, ())
    assert map_articles([article], cases).ids == {"dam.txt": article.id}
    with pytest.raises(CasesInvalid, match="q1, in the library"):
        map_articles([Article("x", "in/dam.txt", "\ufeff" + text, ())], cases)


def test_the_digest_sees_names_and_texts_but_no_order():
    one, two = {"a": "x", "b": "y"}, {"b": "y", "a": "x"}
    assert texts_digest(one) == texts_digest(two) != texts_digest({"a": "y", "b": "x"})
