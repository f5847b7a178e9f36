"""The lock names what changed; the core list wants reasons."""

from __future__ import annotations

import json

import pytest

from eval.__main__ import main
from eval.cases import CasesInvalid
from eval.core import ACCEPTED, CORE, is_good, read_accepted, read_core
from eval.lock import LOCK, check_lock, lock_of, write_lock
from eval.questions import load_cases, read_texts
from eval.run import ARTICLES, QUESTIONS

TEXTS = {"a.txt": "one", "b.txt": "two"}


@pytest.fixture
def questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": "q1", "split": "dev"}\n{"id": "q2", "split": "test"}\n', encoding="utf-8")
    return path


@pytest.fixture
def lock(tmp_path, questions):
    path = tmp_path / "corpus.lock"
    write_lock(path, questions, TEXTS)
    return path


def test_what_was_locked_passes(lock, questions):
    check_lock(lock, questions, TEXTS)


def test_a_dev_question_may_change(lock, questions):
    questions.write_text('{"id": "q9", "split": "dev"}\n{"id": "q2", "split": "test"}\n', encoding="utf-8")
    check_lock(lock, questions, TEXTS)


def test_a_locked_question_may_not(lock, questions):
    questions.write_text('{"id": "q1", "split": "dev"}\n{"id": "q2", "split": "test", "x": 1}\n', encoding="utf-8")
    with pytest.raises(CasesInvalid, match="the 1 locked questions are not those of the lock"):
        check_lock(lock, questions, TEXTS)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"a.txt": "one"}, "gone: b.txt"),
        ({**TEXTS, "c.txt": "three"}, "new: c.txt"),
        ({"a.txt": "one", "b.txt": "two!"}, "changed: b.txt"),
    ],
)
def test_another_article_is_named(lock, questions, texts, said):
    with pytest.raises(CasesInvalid, match=said):
        check_lock(lock, questions, texts)


def test_a_damaged_lock_says_how_to_write_it(lock, questions):
    lock.write_text("{}", encoding="utf-8")
    with pytest.raises(CasesInvalid, match="lock --write"):
        check_lock(lock, questions, TEXTS)


def test_the_committed_lock_holds(capsys):
    """Also the counts of it: 86 locked questions, 77 articles."""
    assert main(["lock"]) == 0
    found = json.loads(LOCK.read_text(encoding="utf-8"))
    assert found == lock_of(QUESTIONS, read_texts(*ARTICLES))
    assert (found["locked_questions"]["count"], len(found["articles"])) == (86, 77)


# The core list


@pytest.mark.parametrize("line", ["{", '{"id": "q1"}', '{"id": "q1", "reason": " "}', '["q1"]'])
def test_an_accepted_regression_needs_a_reason(tmp_path, line):
    path = tmp_path / "accepted.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(CasesInvalid, match=r"accepted\.jsonl:1"):
        read_accepted(path)


def test_a_core_question_is_there_once(tmp_path):
    path = tmp_path / "core.jsonl"
    path.write_text('{"id": "q1", "read": "right"}\n' * 2, encoding="utf-8")
    with pytest.raises(CasesInvalid, match="twice"):
        read_core(path)


def test_the_committed_core_list_is_of_dev_questions():
    dev = {case.id for case in load_cases(QUESTIONS, read_texts(*ARTICLES)) if case.split == "dev"}
    core = read_core(CORE)
    assert len(core) >= 40
    assert core.keys() <= dev
    assert read_accepted(ACCEPTED).keys() <= core.keys()


def test_good_is_fully_good_or_rightly_refused():
    values = {"fully_good": {"a": 1.0, "b": 0.0, "u": None}, "refusal_recall": {"a": None, "b": None, "u": 1.0}}
    assert [is_good(values, id_) for id_ in ("a", "b", "u", "unknown")] == [True, False, True, False]
