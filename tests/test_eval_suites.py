"""Public sets on tiny made-up files of their format: spans stay in place, samples repeat, the unsaid isn't judged."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.authoring.patterns import says_valid
from eval.cases import CasesInvalid
from eval.outcomes import run_now
from eval.report import summarise
from eval.suites import SUITES, ask_suite, draw_cases, evaluate_suite, measure_articles, read_suite, write_articles
from qa.settings import Settings
from qa.types import Hit, Passage

FERRY = (
    "The ferry Aurelia ran aground off Brannock Island on Tuesday night with 140 people aboard.\n\n\n\n"
    "Captain Idris Penhale said that the steering had failed without warning."
)
BAKERY = "A bakery in the town of Quillmere has sold the same rye bread since 1911, says Maud Oakenshaw."


def write_lines(path: Path, records) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


def marked(text, answer):
    return {"text": answer, "answer_start": text.index(answer)}


@pytest.fixture
def data(tmp_path) -> Path:
    """All four sets, of two texts."""
    folder = tmp_path / "data"
    write_lines(folder / "newsqa/articles.jsonl.gz", [{"id": "n1", "text": FERRY}, {"id": "n2", "text": BAKERY}])
    write_lines(
        folder / "newsqa/questions.jsonl.gz",
        [
            {"id": "a", "question": "Who said that the steering had failed?", "gold_articles": ["n1"],
             "answers": [marked(FERRY, "Idris Penhale said"), marked(FERRY, "Captain Idris Penhale")]},
            {"id": "b", "question": "How long has the bread been sold?", "gold_articles": ["n2"],
             "answers": [marked(BAKERY, "since 1911,")]},
        ],
    )  # fmt: skip
    write_lines(
        folder / "reading/squad2_half_dev.jsonl.gz",
        [
            {"title": "Rye_bread", "context": "Rye is a grain.", "id": "1", "question": " What is rye? ",
             "answers": [marked("Rye is a grain.", "a grain"), marked("Rye is a grain.", "grain")]},
            {"title": "Rye_bread", "context": BAKERY, "id": "2", "question": "Who says so?",
             "answers": [marked(BAKERY, "Maud Oakenshaw")]},
            {"title": "Rye_bread", "context": BAKERY, "id": "3", "question": "Who eats it?", "answers": []},
        ],
    )  # fmt: skip
    passage = {"title": "Ferry", "text": FERRY, "sentences": FERRY.split("\n\n\n\n")}
    answered = {"answer": "The steering failed.", "selected_sentences": passage["sentences"]}
    write_lines(
        folder / "reading/clapnq_answerable.jsonl.gz",
        [
            {"id": "5", "input": "why did the ferry run aground", "passages": [passage], "output": [answered]},
            {"id": "6", "input": "why", "passages": [passage], "output": [{**answered, "selected_sentences": []}]},
        ],
    )
    write_lines(
        folder / "reading/clapnq_unanswerable.jsonl.gz",
        [{"id": "-7", "input": "who ate", "passages": [{**passage, "title": "Bakery", "text": BAKERY}],
          "output": [{"answer": "", "selected_sentences": []}]}],
    )  # fmt: skip
    write_lines(
        folder / "scifact/corpus.jsonl.gz",
        [{"_id": "10", "title": "Ferries", "text": FERRY}, {"_id": "11", "title": "Bread", "text": BAKERY}],
    )
    claims = [
        {"_id": "0", "text": "The steering of the ferry failed."},
        {"_id": "1", "text": "No abstract bears on it."},
    ]
    write_lines(folder / "scifact/queries_train.jsonl.gz", claims)
    (folder / "scifact/qrels_train.tsv").write_text("query-id\tcorpus-id\tscore\n0\t10\t1\n1\t11\t0\n", "utf-8")
    return folder


@pytest.mark.parametrize("name", SUITES)
def test_every_gold_span_is_its_characters_of_the_file(data, name):
    suite = read_suite(name, data)
    spans = [span for case in suite.cases for group in case.evidence for span in group.spans]
    assert all(suite.files[span.article][span.start : span.end] == span.quote for span in spans)
    assert bool(spans) == (name != "scifact")
    assert len({case.id for case in suite.cases}) == len(suite.cases)


def test_marked_answers_are_alternatives_of_one_fact(data):
    """Each marked answer will do, without the comma that a marker took along."""
    first, second = read_suite("newsqa", data).cases
    assert [span.quote for span in first.evidence[0].spans] == ["Captain Idris Penhale", "Idris Penhale said"]
    assert says_valid("It was Captain Idris Penhale.", first.nuggets[0].any_of)
    assert not says_valid("It was the steering.", first.nuggets[0].any_of)
    assert second.nuggets[0].text == "since 1911"
    assert first.short == ("Captain Idris Penhale", "Idris Penhale said")
    assert (first.answerable, first.cluster, second.cluster) == (True, "n1", "n2")


def test_a_title_stands_above_the_text_and_moves_the_spans(data):
    suite = read_suite("squad2", data)
    (name,) = suite.files
    assert suite.files[name].startswith("Rye bread\n\nRye is a grain.\n\nA bakery")
    assert [case.answerable for case in suite.cases] == [True, True, False]
    assert suite.cases[0].question == "What is rye?"
    assert suite.cases[1].evidence[0].spans[0].quote == "Maud Oakenshaw"


def test_sentences_that_an_answer_rests_on_are_facts_of_their_own(data):
    """And an answer that rests on none can't be judged, so it is left out; its text stays."""
    suite = read_suite("clapnq", data)
    assert [(case.answerable, len(case.evidence)) for case in suite.cases] == [(True, 2), (False, 0)]
    assert len(suite.files) == 2


def test_claims_without_an_abstract_are_left_out(data):
    suite = read_suite("scifact", data)
    (case,) = suite.cases
    (name,) = suite.bearing[case.id]
    assert suite.files[name].startswith("Ferries\n\nThe ferry")


def ask(suite, open_library, tmp_path):
    write_articles(tmp_path / "articles", suite.files)
    library = open_library()
    library.add(tmp_path / "articles")
    return ask_suite(suite, library)


def test_a_suite_is_asked_and_measured(data, open_library, tmp_path):
    evaluation = ask(read_suite("newsqa", data), open_library, tmp_path)
    captain, _ = evaluation.asked
    assert captain.measures["evidence_recall@5"].value == 1
    assert captain.measures["answer_correct"].value == 1
    assert evaluation.about["different"] == []


def test_without_short_answers_correctness_is_not_measured(data, open_library, tmp_path):
    """No vital nugget would otherwise count as all of them said; the controls are not judged either."""
    evaluation = ask(read_suite("clapnq", data), open_library, tmp_path)
    for item in evaluation.asked:
        assert item.measures["answer_correct"].value is None
        assert item.controls["copy_top"]["refusal_score"].value is None
    assert evaluation.asked[0].measures["evidence_recall@5"].value == 1
    assert evaluation.asked[1].measures["answered_unanswerable"].value is not None


def test_of_claims_only_articles_and_invariants_are_measured(data, open_library, tmp_path):
    evaluation = ask(read_suite("scifact", data), open_library, tmp_path)
    measured = {name: m.value for name, m in evaluation.asked[0].measures.items() if m.value is not None}
    assert measured.pop("quote_exact") == 1
    assert measured["article_recall@1"] == measured["article_rr@10"] == measured["article_ndcg@10"] == 1
    assert not {"answer_correct", "evidence_recall@5", "false_refusal"} & measured.keys()
    rows = {row.name: row.value for row in summarise(run_now(evaluation.about, evaluation.asked))}
    assert (rows["article_recall@10"], rows["answer_correct"]) == (1, None)


def test_articles_are_ranked_by_their_first_passage():
    """a, b, c of which b and x bear on it: rank 2, one of two found, (1/log2 3) / (1 + 1/log2 3) = .387."""
    hits = [Hit(Passage(name, 0, 1, "x"), 1.0) for name in "aabac"]
    found = measure_articles("?", hits, frozenset("bx"))
    assert {name: round(measure.value, 3) for name, measure in found.items()} == {
        "article_recall@1": 0, "article_recall@5": 0.5, "article_recall@10": 0.5,
        "article_rr@10": 0.5, "article_ndcg@10": 0.387,
    }  # fmt: skip
    assert all(measure.value == 0 for measure in measure_articles("?", [], frozenset("b")).values())


def test_a_sample_is_the_same_in_every_run_and_in_order(data):
    cases = read_suite("squad2", data).cases * 20
    chosen = draw_cases(cases, 7)
    random.seed(1)
    assert chosen == draw_cases(cases, 7)
    assert len(chosen) == 7
    assert draw_cases(cases, None) == draw_cases(cases, 99) == cases
    with pytest.raises(CasesInvalid, match="--limit is 1 or more"):
        draw_cases(cases, 0)


@pytest.mark.parametrize("name", SUITES)
def test_missing_data_names_the_path(tmp_path, name, capsys):
    assert main(["--suite", name, "--data", str(tmp_path)]) == 2
    assert f"no {tmp_path / SUITES[name][1][0]}" in capsys.readouterr().err
    assert main(["--suite", name]) == 2
    assert "give it with --data DIR" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip", *(gzip.compress(text, mtime=0) for text in (b"{", b'{"id": 1}\n', b"7\n"))],
    ids=["empty", "not gzip", "no JSON", "no question", "a number"],
)
def test_broken_data_is_one_line(data, content):
    (data / "newsqa" / "articles.jsonl.gz").write_bytes(content)
    with pytest.raises(CasesInvalid, match=r"newsqa in .* can't be read"):
        read_suite("newsqa", data)


def test_articles_keep_their_line_ends(tmp_path):
    write_articles(tmp_path / "a", {"x.txt": "one\r\ntwo\n"})
    assert (tmp_path / "a" / "x.txt").read_bytes() == b"one\r\ntwo\n"


@pytest.mark.models
def test_the_whole_way_with_the_real_models(data):
    evaluation = evaluate_suite("newsqa", data, Settings.from_environment(), limit=1)
    assert evaluation.about["suite"] == {"name": "newsqa", "asked": 1, "of": 2, "seed": 7, "left_out": 0}
    assert evaluation.about["notes"] == [
        "newsqa: asked 1 of 2 questions, drawn by chance (seed 7), of a library of 2 of 2 articles"
    ]
