"""The report shows every figure with its n, marks what was quoted, survives hostile text and missing parts."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.compare import compare
from eval.gate import Core, make_baseline, write_baseline
from eval.outcomes import RunUnreadable, read_run
from eval.reporting import curves, figures
from eval.reporting.examples import cited_passages, cut_at_marks, some_good, uncited_evidence, word_changes, worst
from eval.reporting.glossary import GROUPS, explain, grouped
from eval.reporting.grids import mutants_grid, sabotage_line
from eval.reporting.markdown import MOST_BYTES, render_markdown
from eval.reporting.page import render_page
from eval.reporting.publish import report_command, write_report
from eval.reporting.reported import SECTIONS, detectable_drop, make_report, rule_of_three, shown_first
from eval.reporting.stored import read_stored
from qa.types import CHOSEN
from tests.eval_runs import QUOTE, good, refused, store, wrong

HOSTILE = (
    "<script>window.hacked = 1</script> | `x` \u202egnp.exe \x1b[31m </mark></details><img src=x onerror=alert(1)>"
)


def text_of(page: str) -> str:
    """The page as a reader has it, tags taken out."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Four answerable questions, three of them good, and one refused rightly."""
    return store(tmp_path / "before", [good("q1"), good("q2"), good("q3"), wrong("q4"), refused("q5")])


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """q1 turned bad and q4 good."""
    lines = [wrong("q1", confidence=0.8), good("q2"), good("q3"), good("q4"), refused("q5")]
    return store(tmp_path / "after", lines)


def test_the_parts_stand_in_their_order(before: Path, after: Path) -> None:
    page = render_page(make_report(after, None, before))
    assert re.findall(r"<h2><span>(\d+)</span>", page) == [str(number) for number in range(1, 14)]
    twin = render_markdown(make_report(after, None, before))
    assert re.findall(r"^## \d+\. (.*)$", twin, re.MULTILINE) == [heading for _, heading in SECTIONS]


def test_every_figure_stands_with_interval_n_and_the_questions_it_does_not_apply_to(before: Path, after: Path) -> None:
    """3 of 4 correct; one worse, one better: p = 3/4; the control is never right."""
    report = make_report(after, None, before)
    low, high = report.lines["answer_correct"].interval or (0, 0)
    (row,) = re.findall(r"<tr><th[^>]*>answers correct<.*?</tr>", render_page(report).split("<details>")[0])
    assert text_of(row).split("forbidden. ")[1] == (
        f"0.750 {low:.3f} to {high:.3f} 4 1 n/a 0.750 0.000 −0.750 to +0.750, n 4 0.750 1 / 1 0.000 copy top rule"
    )
    for line in shown_first(report):
        assert f"| {line.n}<br>{line.not_applicable} n/a |" in render_markdown(report)


def test_what_is_perfect_says_what_that_leaves_open(after: Path) -> None:
    assert rule_of_three([1.0] * 200, "quote_exact") == "0 failures in 200 ⇒ at most 1.5 %"
    assert rule_of_three([0.0] * 60, "false_refusal") == "0 failures in 60 ⇒ at most 5.0 %"
    assert rule_of_three([0.0] * 60, "answer_correct") == "0 successes in 60 ⇒ at most 5.0 %"
    assert rule_of_three([1.0, 0.0], "quote_exact") == ""
    assert rule_of_three([-1.0, 1.0], "refusal_score") == ""
    assert "0 failures in 4 ⇒ at most 75.0 %" in text_of(render_page(make_report(after)))


def test_a_flipped_question_shows_both_answers_and_marks_what_is_quoted(before: Path, after: Path) -> None:
    page = render_page(make_report(after, None, before))
    flips = page[page.index("Good before and not now") : page.index("Good now and not before")]
    assert "q1 · single" in flips
    assert f"<del>{html.escape(QUOTE)}</del>" in flips
    assert "<ins>Nobody was hurt.</ins>" in flips
    assert "<mark>Nobody was hurt.&#8288;<sup>[1]</sup></mark>" in flips
    assert f"<u>{html.escape(QUOTE)}</u>" in flips  # the evidence that it no longer cites


def test_a_baseline_shows_changes_without_answers(tmp_path: Path, before: Path, after: Path) -> None:
    path = tmp_path / "baseline.json"
    run = read_run(before)
    write_baseline(path, make_baseline(run, Core()))
    page = text_of(render_page(make_report(after, path)))
    assert "Held against the baseline" in page
    assert "1 questions that were good no longer are, 1 became good" in page
    assert "A baseline holds no answers" in page


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    lines = [good("q1", question=HOSTILE, answer=HOSTILE), wrong("q2", question=HOSTILE, answer=HOSTILE)]
    told = {"verdict": HOSTILE, "findings": [{"level": "fail", "check": HOSTILE, "message": HOSTILE}]}
    rows = {"rows": [{"test": HOSTILE, "metric": HOSTILE, "value": 1.0, "n": 3, "interval": None, "note": HOSTILE}]}
    sets = {"name": HOSTILE, "sets": [{"set": HOSTILE, "bacc": 0.7, "interval": None, "floor": 0.5, "n": 3}]}
    folder = store(tmp_path / "hostile", lines, about={"cpu": HOSTILE}, gate=told, robustness=rows, judge=sets)
    earlier = store(tmp_path / "earlier", [good("q1"), good("q2")])
    page, twin = (path.read_text(encoding="utf-8") for path in write_report(folder, against=earlier))
    for unwanted in ("<script", "<img", "\u202e", "\x1b"):
        assert unwanted not in page
        assert unwanted not in twin.replace("\\<", "&lt;")
    assert "&lt;script&gt;" in page
    assert "⟨U+202E⟩" in page
    rows_of_five = [line for line in twin.splitlines() if line.startswith("| \\<script")]
    # Of robustness and of the judge: five cells, for the pipe of the text divides none.
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in rows_of_five] == [6, 6]


def test_lone_surrogates_do_not_stop_the_report(tmp_path: Path) -> None:
    """JSON can spell half a character, UTF-8 can't."""
    page, _ = write_report(store(tmp_path / "run", [good("q1", question="half \ud800 a character")]))
    assert "half ⟨U+D800⟩ a character" in page.read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_bytes(before: Path, after: Path) -> None:
    first = [path.read_bytes() for path in write_report(after, against=before)]
    assert [path.read_bytes() for path in write_report(after, against=before)] == first


def test_the_page_needs_nothing_else(before: Path, after: Path) -> None:
    page = render_page(make_report(after, None, before))
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page.replace('xlink:href="#', 'href="#'))
    assert "url(http" not in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_figures_are_sound_xml_with_words_for_who_cannot_see_them(before: Path, after: Path) -> None:
    page = render_page(make_report(after, None, before))
    drawn = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawn) >= 6
    for svg in drawn:
        root = ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns:xlink="http://www.w3.org/1999/xlink" ', 1))
        assert root.find("title") is not None
        assert root.find("desc") is not None
        assert "var(--" in svg
        assert "#0" not in svg.replace("url(#", "").replace('href="#', "")  # every stand-in became a variable


def test_a_run_of_an_earlier_version_is_still_shown(tmp_path: Path) -> None:
    """Neither passages nor gold nor split, few metrics, no control, no other file."""
    folder = tmp_path / "old"
    folder.mkdir()
    (folder / "run.json").write_text('{"settings": {}}', encoding="utf-8")
    line = {"id": "q1", "label": "single", "cluster": "q1", "question": "Why?", "controls": {}, "answer": {}}
    metrics = {"made_up": {"value": 0.5}, "quote_exact": {"value": None}}
    line |= {"hits": [{"passage": "a", "score": 1}], "metrics": metrics}
    (folder / "results.jsonl").write_text(json.dumps(line), encoding="utf-8")
    page, twin = write_report(folder)
    assert "made up" in text_of(page.read_text(encoding="utf-8"))
    assert "Not measured in this run." in twin.read_text(encoding="utf-8")


def test_a_damaged_extra_file_is_named_and_left_out(after: Path) -> None:
    (after / "gate.json").write_text("{", encoding="utf-8")
    (after / "judge.json").write_text("[]", encoding="utf-8")
    page = text_of(render_page(make_report(after)))
    assert "gate.json can't be read and is left out." in page
    assert "judge.json can't be read and is left out." in page


def test_what_the_gate_said_comes_first(tmp_path: Path) -> None:
    findings = [
        {"level": "fail", "check": "invariant", "message": "quote_exact does not hold for q1"},
        {"level": "note", "check": "control", "message": "all is well"},
    ]
    folder = store(tmp_path / "run", [good("q1")], gate={"verdict": "FAILED", "findings": findings})
    page = render_page(make_report(folder))
    assert '<p class="verdict failed">FAILED</p>' in page
    assert text_of(page).index("does not hold for q1") < text_of(page).index("1 note of the gate")


def test_a_sabotage_that_found_nothing_to_spoil_was_not_missed() -> None:
    row = {"name": "stale", "metric": "stale@1", "before": 0, "after": 0, "change": 0, "interval": [0, 0]}
    found = {"mutants": [{**row, "caught": False, "n": 0}, {**row, "caught": True, "n": 9}]}
    assert "1 of 1 trials were noticed" in sabotage_line(found)
    assert [cells[-1] for cells in mutants_grid(found).rows] == ["not tried", "yes"]


def test_robustness_sabotage_and_judge_are_shown_when_there(tmp_path: Path) -> None:
    robust = {"rows": [{"test": "noise", "metric": "correct", "value": 0.875, "n": 16, "interval": [0.64, 0.97]}]}
    mutant = {"name": "x_swapped", "metric": "m", "before": 1.0, "after": 0.5, "change": -0.5, "interval": [-0.7, -0.2]}
    judged = {"set": "news", "bacc": 0.7, "interval": [0.6, 0.8], "floor": 0.65, "constant": 0.5, "n": 90}
    bins = [{"low": 0, "high": 1, "mean": 0.5, "share": 0.4, "n": 90}, {"low": "?"}]
    folder = store(
        tmp_path / "run",
        [good("q1")],
        robustness=robust,
        mutants={"mutants": [{**mutant, "caught": False, "n": 12}]},
        judge={"name": "the judge", "sets": [judged], "reliability": bins},
    )
    page, twin = render_page(make_report(folder)), render_markdown(make_report(folder))
    assert "noise correct 0.875 0.640 to 0.970 16 –" in text_of(page)
    assert "0 of 1 trials were noticed" in text_of(page)
    assert "x swapped m 1.000 0.500 −0.500 −0.700 to −0.200 12 NO" in text_of(page)
    assert "news 0.700 0.600 to 0.800 0.650 0.500 90" in text_of(page)
    assert "score of the judge" in page
    assert "| news | 0.700<br>0.600 to 0.800 | 0.650 | 0.500 | 90 |" in twin


def test_what_was_measured_of_a_writer_is_told(tmp_path: Path) -> None:
    share = {"name": "replies with a number never offered", "found": 1, "n": 4, "interval": [0.046, 0.699]}
    report = make_report(store(tmp_path / "run", [good("q1")], about={"writing": [share]}))
    said = "replies with a number never offered 0.250 [0.046–0.699] n = 4"
    assert said in text_of(render_page(report))
    assert "replies with a number never offered 0.250" in render_markdown(report)


def test_locked_questions_are_counted_but_never_shown(tmp_path: Path) -> None:
    lines = [wrong("q1", split="test", question="What is locked?"), wrong("q2", question="What is open?")]
    report = make_report(store(tmp_path / "run", lines), None, store(tmp_path / "old", [good("q1"), good("q2")]))
    for written in (render_page(report), render_markdown(report)):
        assert "What is locked?" not in written.replace("\\", "")
        assert "What is open?" in written.replace("\\", "")
        assert "1 questions of the locked test are never shown" in text_of(written)


def test_markdown_is_cut_to_what_a_summary_takes(tmp_path: Path) -> None:
    """60 flips of 100,000 characters each would be 5 MB."""
    lines = [wrong(f"q{number}", answer="word " * 20_000) for number in range(60)]
    report = make_report(
        store(tmp_path / "run", lines), None, store(tmp_path / "old", [good(line.id) for line in lines])
    )
    twin = render_markdown(report)
    assert len(twin.encode()) < MOST_BYTES
    assert re.search(r"\d+ more are left out", twin)
    assert "## 13. Limits and provenance" in twin


def test_worst_are_confident_errors_then_needless_refusals(tmp_path: Path) -> None:
    needless = {"answer_correct": 0.0, "fully_good": 0.0, "gold_citation_recall": 0.0, "refusal_score": 0.0}
    lines = [
        good("q1", answer=None, measures=needless),
        wrong("q2", confidence=0.6),
        wrong("q3", confidence=0.9),
        good("q4"),
    ]
    report = make_report(store(tmp_path / "run", lines))
    assert [example.asked.id for example in worst(report)] == ["q3", "q2", "q1"]


def test_good_ones_are_drawn_the_same_each_time(tmp_path: Path) -> None:
    report = make_report(store(tmp_path / "run", [good(f"q{number}") for number in range(30)]))
    drawn = [example.asked.id for example in some_good(report)]
    assert len(set(drawn)) == 5
    assert drawn == [example.asked.id for example in some_good(report)]


def test_losses_by_the_first_step_that_failed(tmp_path: Path) -> None:
    base = {"answer_correct": 0.0, "fully_good": 0.0}
    lines = [
        good("good"),
        good("unfound", measures={**base, "evidence_recall@5": 0.5}),
        good("refused", answer=None, measures={**base, "gold_citation_recall": 0.0}),
        good("uncited", measures={**base, "gold_citation_recall": 0.5}),
        good("unsaid", measures=base),
        good("forbidden", measures={**base, "forbidden_said": 1.0}),
        good("flawed", measures={"fully_good": 0.0}),
        refused("unanswerable"),
    ]
    counts = curves.losses(read_stored(store(tmp_path / "run", lines)))
    assert counts == dict.fromkeys(counts, 1)


def test_risk_by_coverage_by_hand(tmp_path: Path) -> None:
    """Right at .9, wrong at .8, right at .7, one refused: risks 0, 1/2, 1/3 at 1/4, 2/4, 3/4; 1 of 2 pairs is apart."""
    lines = [good("q1"), wrong("q2", confidence=0.8), good("q3", confidence=0.7), refused("q4")]
    risk = curves.risk_coverage(read_stored(store(tmp_path / "run", lines)))
    assert risk is not None
    assert risk.coverage == (0.25, 0.5, 0.75)
    assert risk.risk == pytest.approx((0, 1 / 2, 1 / 3))
    assert (risk.area, risk.tells_apart) == (pytest.approx(5 / 18), 0.5)


def test_answers_of_one_confidence_are_one_point_of_the_curve(tmp_path: Path) -> None:
    lines = [good("q1", confidence=0.5), wrong("q2", confidence=0.5)]
    risk = curves.risk_coverage(read_stored(store(tmp_path / "run", lines)))
    assert risk is not None
    assert (risk.coverage, risk.risk, risk.tells_apart) == ((1.0,), (0.5,), 0.5)


def test_an_overview_is_no_point_of_the_curve(tmp_path: Path) -> None:
    """Its confidence is the share of its topic's words: a wrong one at 1.0 would stand first."""
    folder = store(tmp_path / "run", [wrong("q1", confidence=1.0), good("q2", confidence=0.5)])
    results = folder / "results.jsonl"
    first, second = map(json.loads, results.read_text(encoding="utf-8").splitlines())
    first["answer"]["notes"] = [CHOSEN]
    results.write_text("\n".join(map(json.dumps, (first, second))), encoding="utf-8")
    risk = curves.risk_coverage(read_stored(folder))
    assert risk is not None
    assert (risk.coverage, risk.risk) == ((0.5,), (0.0,))


def test_time_leaves_the_first_question_out(after: Path) -> None:
    """900 ms at first, then 10, 20, 30, 40: median 25."""
    first, stages = curves.stages(read_stored(after))
    assert (first, stages[-1].name, stages[-1].p50, stages[-1].n) == (900.0, "whole answer", 25.0, 4)


def test_words_that_changed() -> None:
    assert word_changes("a b c d.", "a b x d.") == [("same", "a b "), ("gone", "c"), ("new", "x"), ("same", " d.")]
    assert word_changes("same", "same") == [("same", "same")]
    assert word_changes("one thing", "quite another") == [("gone", "one thing"), ("new", "quite another")]
    changed = word_changes("It cost 4 euros, he said.", "It cost 5 euros, said she.")
    assert "".join(text for kind, text in changed if kind != "new") == "It cost 4 euros, he said."
    assert "".join(text for kind, text in changed if kind != "gone") == "It cost 5 euros, said she."


def test_marks_may_overlap_and_stick_out() -> None:
    pieces = cut_at_marks("abcdef", [(-3, 2, "x"), (1, 4, "y"), (9, 12, "z")])
    assert pieces == [("a", {"x"}), ("b", {"x", "y"}), ("cd", {"y"}), ("ef", set())]


def test_passages_carry_the_marks_of_quotation_and_gold(after: Path) -> None:
    asked = read_stored(after).asked
    (shown,) = cited_passages(asked["q2"])
    assert [text for text, names in shown.pieces if names == {"[1]", "gold"}] == [QUOTE]
    assert uncited_evidence(asked["q2"]) == []
    (missing,) = uncited_evidence(asked["q1"])
    assert (missing.gold.quote, missing.rank) == (QUOTE, 1)


def test_the_smallest_drop_that_would_be_noticed() -> None:
    """As the power of the exact test gives it with a tenth of the answers flipping: 200 → 6 points, 400 → 4."""
    assert detectable_drop(200) == pytest.approx(0.06, abs=0.002)
    assert detectable_drop(400) == pytest.approx(0.04, abs=0.002)
    assert detectable_drop(10) is None


def test_unknown_metrics_are_shown_under_their_own_name() -> None:
    assert explain("brand_new@7").label == "brand new@7"
    assert list(grouped(["brand_new", "answer_correct"])) == [GROUPS[0], GROUPS[-1]]
    assert explain("evidence_recall@20").label == "evidence in the first 20"
    assert explain("answer_correct: date").label == "answers correct: date"


def test_what_goes_down_for_the_better_is_drawn_to_the_right(tmp_path: Path) -> None:
    old = [good(f"q{n}", measures={"false_refusal": 1.0}) for n in range(9)]
    new = [good(f"q{n}", measures={"false_refusal": 0.0}) for n in range(9)]
    found = compare(read_run(store(tmp_path / "old", old)), read_run(store(tmp_path / "new", new)))
    svg = figures.forest([change for change in found.changes if change.metric == "false_refusal"])
    assert "answerable questions refused +1.000" in svg


def test_the_command_writes_both_and_says_where(before: Path, after: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report_command([str(after), "--against", str(before), "--baseline", str(after / "none.json")]) == 0
    assert capsys.readouterr().out.split() == [str(after / "report.html"), str(after / "report.md")]
    assert report_command([str(after / "none")]) == 2
    assert "no readable run" in capsys.readouterr().err
    with pytest.raises(RunUnreadable):
        read_stored(after / "none")
