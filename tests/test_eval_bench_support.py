"""The measure of the support judge on made-up claims: the fit repeats, controls and intervals are there."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from eval.bench import support
from eval.bench.support_data import Claim, read_sets, read_training
from eval.bench.support_edits import Sample, detections
from eval.bench.support_fit import (
    area,
    balanced_accuracy,
    best_threshold,
    calibration_error,
    cross_decide,
    fit_weights,
    judge_claims,
    measure_worth,
)
from eval.judge import Verdict, parse_weights

TOWNS = "Osservik Stolvar Brenzava Fellmere Tronnevik Kesmarra Lindrevik Hautrevane".split()


def article(town: str, number: int) -> str:
    return f"The mayor of {town} opened {number} schools on Monday. The harbour was closed because of ice."


def summaries() -> list[dict[str, str]]:
    """For every town a faithful summary and one with another number."""
    return [
        {"doc": article(town, 20 + place), "summary": f"The mayor of {town} opened {count} schools.", "label": label}
        for place, town in enumerate(TOWNS)
        for count, label in ((20 + place, "1"), (60 + place, "0"))
    ]


def statements() -> list[dict[str, object]]:
    """For every town a claim that its page says, and one that it doesn't."""
    return [
        {
            "claim": claim.format(town=town),
            "label": label,
            "evidence": article(town, 20 + place).split("\n"),
            "meta": {"claim_title": town},
        }
        for place, town in enumerate(TOWNS)
        for claim, label in (
            ("Ice closed the harbour of {town}.", "supported"),
            ("Bakers in Marlow went on strike for higher wages.", "not_supported"),
        )
    ]


def questions() -> list[dict[str, object]]:
    rows = []
    for place, town in enumerate(TOWNS):
        for number in (place + 30, place + 70):
            context = f"{article(town, number)} It was year {number}."
            answers = [{"text": str(number), "answer_start": 0}] if number < 70 else []
            rows.append(
                {
                    "title": town,
                    "context": context,
                    "question": f"How many schools opened in {town}?",
                    "answers": answers,
                }
            )
        rows.append(
            {
                "title": town,
                "context": f"A ferry to {town} sank.",
                "question": "What sank?",
                "answers": [{"text": "A ferry", "answer_start": 0}],
            }
        )
    return rows


@pytest.fixture
def data(tmp_path: Path) -> Path:
    files = {
        "support/summedits_towns": summaries(),
        "support/wice_dev": statements(),
        "reading/squad2_half_dev": questions(),
    }
    for name, rows in files.items():
        path = tmp_path / f"{name}.jsonl.gz"
        path.parent.mkdir(exist_ok=True)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path


def test_sets_are_read(data: Path):
    sets = read_sets(data)
    assert set(sets) == {"summedits_towns", "wice_dev"}
    assert sets["wice_dev"][0] == Claim(
        "Ice closed the harbour of Osservik.", (article("Osservik", 20),), True, "Osservik"
    )
    assert sum(claim.supported for claim in sets["summedits_towns"]) == len(TOWNS)


def test_questions_become_claims(data: Path):
    """The same statement is supported by its own paragraph and not by another of the page."""
    training = read_training(data)
    own, other = training["paragraphs"][:2]
    assert own.sentence == other.sentence
    assert own.cluster == other.cluster
    assert (own.supported, other.supported) == (True, False)
    assert {claim.supported for claim in training["questions"]} == {True, False}


def test_fit_repeats(data: Path):
    sets = {name: judge_claims(claims) for name, claims in read_sets(data).items()}
    training = support.judge_training(data, sets)
    assert fit_weights(training, [sets["wice_dev"]]) == fit_weights(training, [sets["wice_dev"]])


def test_fitted_weights_tell_the_claims_apart(data: Path):
    sets = {name: judge_claims(claims) for name, claims in read_sets(data).items()}
    weights = parse_weights(fit_weights(support.judge_training(data, sets), [sets["wice_dev"]]))
    scores = sets["wice_dev"].scores(weights)
    assert measure_worth(sets["wice_dev"], scores >= weights.threshold, scores).balanced == 1.0


def test_flag_vetoes_every_threshold(data: Path):
    """Summaries with another number are below any threshold."""
    judged = judge_claims(read_sets(data)["summedits_towns"])
    weights = parse_weights(fit_weights({"summaries": [judged]}, []))
    assert (judged.scores(weights)[~judged.supported] < 0).all()


def test_rows_of_judge_floor_and_constant_are_printed(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    weights = tmp_path / "weights.json"
    assert support.main(["--data", str(data), "--fit", "--weights", str(weights)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("wice_dev")]
    assert [line.split(", ")[1].split("  ")[0] for line in lines] == [
        "judge",
        "floor: overlap",
        "constant: unsupported",
    ]
    assert "0.500 [0.50–0.50]" in lines[2]
    assert lines[2].rstrip().endswith("16")
    assert json.loads(weights.read_text())["threshold"] > 0


def test_folder_without_claims_says_what_to_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert support.main(["--data", str(tmp_path)]) == 1
    assert "--data" in capsys.readouterr().err


# Formulas


def test_balanced_accuracy_is_the_mean_of_both():
    """Of two supported one is found, of one unsupported all."""
    assert balanced_accuracy(np.array([True, True, False]), np.array([True, False, False])) == 0.75


def test_area_counts_ties_for_half():
    assert area(np.array([True, False, True]), np.array([0.9, 0.5, 0.5])) == 0.75


def test_calibration_error_is_a_distance():
    """Four times 0.8 was said, and three are true: off by 0.05."""
    assert calibration_error(np.full(4, 0.8), np.array([True, True, True, False])) == pytest.approx(0.05)


def test_threshold_separates():
    truth, scores = np.array([True, True, False]), np.array([0.9, 0.72, 0.7])
    assert 0.7 < best_threshold([(truth, scores)]) <= 0.72


def test_threshold_of_a_claim_is_chosen_without_its_article(data: Path):
    """What is said of a fold doesn't change with the truth of its own claims."""
    judged = judge_claims(read_sets(data)["wice_dev"])
    scores = judged.overlaps()
    said = cross_decide({"wice_dev": (judged, scores)})["wice_dev"]
    assert said.tolist() == judged.supported.tolist()


def test_interval_holds_the_value(data: Path):
    judged = judge_claims(read_sets(data)["wice_dev"])
    said = judged.supported.copy()
    said[:3] = ~said[:3]
    worth = measure_worth(judged, said, judged.overlaps())
    low, high = worth.interval
    assert low < worth.balanced < high
    assert worth.n == 16


def test_detections_count_what_is_found():
    """A judge that knows the one true sentence finds every edit, and accuses no untouched one."""
    text = "Mayor Petra Halse said on Monday that she had opened 20 schools in Osservik with Viggo Ramstrand."
    other = "The coastguard of Kesmarra towed nine fishing boats out of the ice before Solvane came on Friday."
    sample = Sample(text, text, text, f"{text} {other}")

    def knows(sentence: str, sources: object) -> Verdict:
        return Verdict(sentence == text, 1.0, () if sentence == text else ("number",))

    found = {row.name: row for row in detections([sample], knows, around=False)}
    assert (found["untouched"].found, found["untouched"].n) == (0, 1)
    assert (found["name"].found, found["name"].by_check) == (1, 0)
    assert (found["number"].found, found["number"].by_check) == (1, 1)
