"""The shipped verifier on pairs made up for it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from eval.bench.verifier import fit_weights, measure_edits
from qa.models import Verifier, load_verifier
from qa.settings import Settings
from qa.verifier.claims import Claim
from qa.verifiers import _FIGURE, _NAME, Signs, Weights, lacking

FERRY = (
    "The ferry Aurelia ran aground off Brannock Island on Tuesday morning. Lifeboats from Sallow brought all 212 "
    "passengers to the harbour, where doctors treated nine of them."
)


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return load_verifier(Settings.from_environment(precision="f32", verifier="trained"))


@pytest.mark.models
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (
            "Lifeboats from Sallow brought 212 passengers to the harbour.",
            "Lifeboats from Sallow brought 312 passengers to the harbour.",
        ),
        ("The ferry Aurelia ran aground off Brannock Island.", "The ferry Aurelia ran aground off Wexford Point."),
        (
            "The ferry Aurelia ran aground off Brannock Island.",
            "The ferry Aurelia did not run aground off Brannock Island.",
        ),
        ("Doctors treated nine of the passengers.", "The mayor of Sallow opened a new bakery in June."),
    ],
)
def test_supported_sentence_is_told_from_a_wrong_one(verifier: Verifier, right: str, wrong: str) -> None:
    yes, no = verifier.supports([(right, FERRY), (wrong, FERRY)])
    assert yes > 0.5 > no


@pytest.mark.models
def test_support_takes_all_quotations_together(verifier: Verifier) -> None:
    first, second = FERRY.split(". ", 1)
    together = verifier.support("Lifeboats from Sallow brought 212 passengers to the harbour.", [first + ".", second])
    assert together > 0.5
    assert verifier.support("Lifeboats came.", []) == 0.0
    assert verifier.support("", [FERRY]) == 0.0
    assert verifier.supports([]) == []


@pytest.mark.models
def test_order_and_company_change_nothing(verifier: Verifier) -> None:
    pairs = [
        ("The ferry ran aground.", FERRY),
        ("Nine loaves were baked in Sallow.", FERRY * 8),
        ("Doctors came.", FERRY),
    ]
    alone = [verifier.support(sentence, [evidence]) for sentence, evidence in pairs]
    assert verifier.supports(pairs) == pytest.approx(alone, abs=0.02)
    assert verifier.supports(pairs[::-1]) == pytest.approx(alone[::-1], abs=0.02)


@pytest.mark.models
def test_weights_are_named(verifier: Verifier) -> None:
    assert verifier.name == "qa-verifier"
    assert len(verifier.digest) == 64


def test_lacking_figures_and_names() -> None:
    assert lacking(_FIGURE, "It cost 1,500 in 2019.", "In 2019 it cost 1500.") == 0.0
    assert lacking(_FIGURE, "It cost 15 in 2019.", "In 2019 it was free.") == 0.5
    assert lacking(_NAME, "She met Tom Harker.", "Tom was there.") == 0.5
    assert lacking(_NAME, "nothing", "") == 0.0


def test_probability_by_hand() -> None:
    weights = Weights(logit=1.0, covered=2.0, figures=-1.0, names=-1.0, constant=-1.0)
    assert weights.probability(Signs(0.0, 0.5, 0.0, 0.0)) == pytest.approx(0.5)
    assert weights.probability(Signs(1e9, 0.0, 0.0, 0.0)) == pytest.approx(1.0)


def test_calibration_and_measures_of_signs_that_tell() -> None:
    """Logits of ±2 with noise: the fit keeps their order, and most of what is edited is found."""
    chance = random.Random(1)
    claims = [Claim("s", "e", at % 2 == 0, "sentence" if at % 2 == 0 else "number", str(at)) for at in range(400)]
    signs = [Signs(chance.gauss(2 if claim.supported else -2, 1), 0.5, 0.0, 0.0) for claim in claims]
    weights = fit_weights([(signs, np.array([claim.supported for claim in claims]))])
    assert weights.logit > 1
    figures = {figure.name: figure for figure in measure_edits(claims, signs, weights)}
    assert figures["found at 5 % false alarms: number"].value > 0.9
    assert figures["held-out made claims: AUROC"].value > 0.95
    assert np.isfinite(figures["  calibration error"].value)
