"""Asking and measuring end to end, over the committed questions, with an answerer that knows the gold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.cases import CasesInvalid
from eval.controls import CONTROLS
from eval.metrics import CUTS
from eval.outcomes import read_run, run_now, write_run
from eval.questions import load_cases, map_articles, read_texts
from eval.readme import check_figures, figures_table, replace_between, scale_table, write_robustness
from eval.report import LOWER_IS_BETTER, summarise
from eval.run import ARTICLES, ask_all, describe_inputs, evaluate, find_differences, latency
from eval.writing_table import writing_table
from qa.settings import Settings
from qa.types import (
    Answer,
    Article,
    Citation,
    Hit,
    Passage,
    Provenance,
    Quotation,
    Sentence,
    article_id,
    place_sentences,
)

ROOT = Path(__file__).parent.parent
QUESTIONS, SEEDS = ROOT / "eval" / "questions.jsonl", ROOT / "seeds"


class Oracle:
    """Knows the gold: quotes the first span of every group, finds each as a passage, refuses the unanswerable."""

    def __init__(self, cases, corpus):
        self.cases = {(case.question, case.filters): case for case in cases}
        self.corpus = corpus
        self.asked = 0

    def spans(self, question, filters):
        return list(dict.fromkeys(group.spans[0] for group in self.cases[question, filters].evidence))

    def ask(self, question, *, filters):
        self.asked += 1
        made = Provenance(timings=(("ask", float(self.asked)),))
        if not self.cases[question, filters].answerable:
            return Answer(question, "refused", provenance=made)
        citations = tuple(
            Citation(number, Quotation(self.corpus.ids[span.article], span.start, span.end, span.quote))
            for number, span in enumerate(self.spans(question, filters), 1)
        )
        sentences = [Sentence(citation.quotation.text, 0, 0, (citation.number,)) for citation in citations]
        return Answer(question, "answered", place_sentences(sentences), citations, provenance=made)

    def search(self, question, *, k, filters):
        spans = self.spans(question, filters)
        passages = [Passage(self.corpus.ids[s.article], s.start, s.end, s.quote) for s in spans]
        return [Hit(passage, 1.0 / rank) for rank, passage in enumerate(passages[:k], 1)]


@pytest.fixture(scope="module")
def cases():
    return load_cases(QUESTIONS, read_texts(*ARTICLES))


@pytest.fixture(scope="module")
def corpus(cases):
    articles = [Article(article_id(name, text), name, text, ()) for name, text in read_texts(*ARTICLES).items()]
    return map_articles(articles, cases)


def test_who_knows_the_gold_gets_full_marks(cases, corpus):
    """The questions are consistent: quoting the gold scores 1 by every metric."""
    asked = ask_all(cases, Oracle(cases, corpus), corpus)
    shown = {"exact_match", "token_f1", "conflict_flagged", "copy_rate"}  # diagnostics that a quotation need not reach
    for item in asked:
        few = {f"evidence_recall@{k}" for k in CUTS if k < len(item.hits)}
        perfect = {name: 0.0 if name in LOWER_IS_BETTER else 1.0 for name in item.measures}
        low = {name: m for name, m in item.measures.items() if m.value not in (None, perfect[name])}
        assert low.keys() <= few | shown, (item.case.id, low)


def test_the_table_has_a_row_for_each_metric_and_slice(cases, corpus):
    asked = ask_all(cases, Oracle(cases, corpus), corpus)
    rows = {row.name: row for row in summarise(run_now({}, asked))}
    assert rows["refusal_score"].value == 1.0
    unanswerable = sum(not case.answerable for case in cases)
    assert rows["refusal_score"].controls["always_refuse"] == pytest.approx(unanswerable / len(cases))
    assert rows["answer_correct: conflict"].n == sum(case.type == "conflict" for case in cases)
    assert rows["answered_unanswerable: boilerplate"].controls == dict.fromkeys(CONTROLS, 0.0)


def test_a_stored_run_is_read_back_as_it_was(cases, corpus, tmp_path):
    settings = Settings(cache=str(tmp_path), chroma_token="a-secret")
    about = {**describe_inputs(QUESTIONS, read_texts(*ARTICLES), settings), "different": []}
    asked = ask_all(cases[:3], Oracle(cases, corpus), corpus)
    write_run(tmp_path / "run", about, asked)
    assert read_run(tmp_path / "run") == replace(run_now(about, asked), mutants=[])
    written = (tmp_path / "run" / "run.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in written
    assert "a-secret" not in written


def test_a_run_leaves_nothing_of_one_before_it_in_its_folder(cases, corpus, tmp_path):
    """Mutants that an earlier program's run caught would let this one pass."""
    for name in ("mutants.json", "gate.json", "robustness.json", "notes.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    write_run(tmp_path, {}, ask_all(cases[:1], Oracle(cases, corpus), corpus))
    assert {path.name for path in tmp_path.iterdir()} == {"results.jsonl", "run.json", "notes.txt"}


def test_only_timings_may_differ_between_two_answers(cases, corpus):
    oracle = Oracle(cases, corpus)
    asked = ask_all(cases[:4], oracle, corpus)
    assert find_differences(asked, oracle) == []
    moody = [replace(item, answer=replace(item.answer, confidence=0.5)) for item in asked[:1]]
    assert find_differences([*moody, *asked[1:]], oracle) == [asked[0].case.id]
    found_less = replace(asked[1], hits=())
    assert find_differences([found_less], oracle) == [asked[1].case.id]


def test_latency_keeps_the_cold_start_apart():
    """The first took 900; of 1 to 20 the median is 10.5 and the 95th percentile the last."""
    assert latency([900.0, *map(float, range(1, 21))]) == {"first": 900.0, "p50": 10.5, "p95": 20.0}
    assert latency([7.0]) == {"first": 7.0, "p50": 7.0, "p95": 7.0}


def test_what_cannot_run_is_one_line_and_exit_code_2(tmp_path, capsys):
    assert main(["--articles", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("eval: no .txt articles")
    (tmp_path / "latin.txt").write_bytes("A café opened.".encode("latin-1"))
    assert main(["--articles", str(tmp_path)]) == 2
    assert "latin.txt is not UTF-8" in capsys.readouterr().err
    assert main(["--out", str(tmp_path / "latin.txt")]) == 2
    assert "give a folder" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["robustness", "--most", "0"])


def test_the_projects_questions_are_asked_only_as_the_lock_has_them(tmp_path, monkeypatch):
    """Before any model is loaded."""
    monkeypatch.setattr("eval.run.LOCK", tmp_path / "corpus.lock")
    with pytest.raises(CasesInvalid, match=r"corpus\.lock can't be read"):
        evaluate(QUESTIONS, ARTICLES, Settings())


@pytest.mark.models
def test_the_library_holds_the_invariants(tmp_path, capsys):
    """Eight real questions through `Library.ask`: exact, resolving, bare and repeatable, whatever else they score."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(lines[::45]), encoding="utf-8")
    assert main(["--questions", str(questions), "--out", str(tmp_path / "run"), "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    for metric in ("quote_exact", "citations_resolve", "refusal_bare"):
        assert rows[metric]["value"] in (None, 1.0)
    assert read_run(tmp_path / "run").about["different"] == []
    assert read_run(tmp_path / "run").about["settings"]["precision"] == "f32"


@pytest.mark.models
def test_a_sample_says_of_how_many_it_is_and_the_precision_is_pinned(tmp_path):
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(QUESTIONS.read_text(encoding="utf-8").splitlines()[-3:]), encoding="utf-8")
    evaluation = evaluate(questions, [SEEDS], Settings(precision="bf16"), limit=1)
    assert len(evaluation.asked) == 1
    assert evaluation.about["sample"] == {"asked": 1, "of": 3, "seed": 7}
    assert evaluation.about["settings"]["precision"] == "f32"


def test_readme_figures_are_replaced_between_their_markers() -> None:
    text = "a\n<!-- figures -->\nold\n<!-- /figures -->\nb"
    assert replace_between(text, "figures", "\nnew\n") == "a\n<!-- figures -->\nnew\n<!-- /figures -->\nb"
    with pytest.raises(ValueError, match="no markers"):
        replace_between(text, "answer", "new")


def test_the_table_of_robustness_goes_into_the_evaluations_readme(tmp_path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- robustness -->\nold\n<!-- /robustness -->\nb", encoding="utf-8")
    write_robustness(readme, tmp_path)
    assert "old" in readme.read_text(encoding="utf-8")  # nothing was measured
    rows = [
        {"test": "noise 5", "metric": "Δ correct", "value": 0.0, "n": 40, "interval": [-0.075, 0.075], "note": "a|b"},
        {"test": "date", "metric": "stale", "value": None, "n": 0, "interval": None, "note": ""},
    ]
    (tmp_path / "robustness.json").write_text(json.dumps({"rows": rows}), encoding="utf-8")
    write_robustness(readme, tmp_path)
    lines = readme.read_text(encoding="utf-8").splitlines()
    assert lines[4] == "| noise 5 | Δ correct | 0.000 | -0.075 to 0.075 | 40 | a/b |"
    assert lines[5] == "| date | stale | – | – | 0 |  |"


def test_figures_of_another_run_are_out_of_date(cases, corpus, tmp_path) -> None:
    """The README of a run passes it, whatever the milliseconds; of another run both lines are shown."""
    about = {"milliseconds": {"p50": 1.0, "p95": 2.0}}
    good = run_now(about, ask_all(cases[:8], Oracle(cases, corpus), corpus))
    readme = tmp_path / "README.md"
    readme.write_text("<!-- figures -->\n" + figures_table(good) + "\n<!-- /figures -->", encoding="utf-8")
    assert check_figures(readme, replace(good, about={"milliseconds": {"p50": 9.0, "p95": 9.0}})) == []
    worse = {**good.values["answer_correct"], cases[0].id: 0.0}
    problems = check_figures(readme, replace(good, values={**good.values, "answer_correct": worse}))
    assert [problem.split(":")[0] for problem in problems] == ["says", "the run says"]
    assert all("answers correct" in problem for problem in problems)


def test_runs_with_and_without_a_model_stand_side_by_side(cases, corpus) -> None:
    """A figure that one of them hasn't is a dash; the judge's shares stand beneath, and of the tuned part none."""
    asked = ask_all(cases[:8], Oracle(cases, corpus), corpus)
    judged = [
        {"name": f"withheld though supported: paraphrases, {part}", "found": 1, "n": 4, "interval": [0.05, 0.7]}
        for part in ("tuned", "unseen")
    ]
    told = {"name": "replies that say something", "found": 2, "n": 2, "interval": [0.34, 1.0]}
    runs = {"no model": run_now({"writing": []}, asked), "checked": run_now({"writing": [told, *judged]}, asked)}
    lines = writing_table(runs).splitlines()
    assert lines[0] == "| figure | no model | checked |"
    assert lines[2].startswith("| answers correct | 1.000 (")
    assert "| replies that say something | – | 1.000 (0.340–1.000), n 2 |" in lines
    assert lines[-1] == "| withheld though supported: paraphrases, unseen | 0.250 (0.050–0.700), n 4 |"
    assert not any("tuned" in line for line in lines)


def test_readme_shows_each_size_and_marks_what_misses_its_goal() -> None:
    """Of the figures that it names; a library of 20 passages takes 3 s to open, one of 10 takes 1, 2 are the goal."""
    rows = [
        {"name": f"{size} passages: {name}", "value": value, "unit": "s", "n": 1, "low": 1, "high": 3, "at_most": 2,
         "at_least": None, "met": value <= 2}
        for size, name, value in ((10, "opening", 1), (20, "opening", 3), (20, "something else", 1))
    ]  # fmt: skip
    results = {"rows": rows, "measured": "2026-11-24T10:00:00", "cores": 2, "cpu": "a processor", "load": [0.5]}
    lines = scale_table(results).splitlines()
    assert lines[0] == "| figure | 10 | 20 | goal |"
    assert lines[2] == "| opening | 1.00 s | **3.00 s** | at most 2 |"
    assert lines[3:] == ["", "Measured 2026-11-24 on 2 cores (a processor), load 0.5."]
