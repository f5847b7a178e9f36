"""The shipped verifier on pairs made up for it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from eval.bench.candidates import UNTOUCHED, Texts, best_pair, gain_of, texts_of
from eval.bench.support_edits import read_paraphrases
from eval.bench.verifier import find_certain, fit_weights, measure_edits, measure_order, probabilities_of
from qa.english.faults import Fault
from qa.models import Verifier, load_verifier
from qa.settings import Settings
from qa.support import Judge
from qa.types import Article, Quotation
from qa.verifier.claims import Claim
from qa.verifiers import _FIGURE, _NAME, Signs, Weights, lacking
from qa.word_support import WordVerifier

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
def test_what_stands_anywhere_in_long_evidence_is_found(verifier: Verifier) -> None:
    said, wrong = "Lifeboats brought 212 passengers to the harbour.", "Lifeboats brought 312 passengers to the harbour."
    filler = "The harbour of Sallow is old, and passengers have come to it for years. " * 20
    evidence = filler + FERRY + filler
    yes, no = verifier.supports([(said, evidence), (wrong, evidence)])
    assert yes > 0.5 > no


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
    weights = Weights(logit=1.0, covered=2.0, figures=-1.0, names=-1.0, words=3.0, constant=-2.5)
    assert weights.probability(Signs(0.0, 0.5, 0.0, 0.0, 0.5)) == pytest.approx(0.5)
    assert weights.probability(Signs(1.0, 0.5, 0.5, 0.5, 0.5)) == pytest.approx(0.5)
    assert weights.probability(Signs(1e9, 0.0, 0.0, 0.0, 0.0)) == pytest.approx(1.0)


def test_calibration_and_measures_of_signs_that_tell() -> None:
    """Logits of ±2 with noise: the fit keeps their order, and most of what is edited is found."""
    chance = random.Random(1)
    claims = [Claim("s", "e", at % 2 == 0, "sentence" if at % 2 == 0 else "number", str(at)) for at in range(400)]
    signs = [Signs(chance.gauss(2 if claim.supported else -2, 1), 0.5, 0.0, 0.0, 0.5) for claim in claims]
    weights = fit_weights([(signs, np.array([claim.supported for claim in claims]))])
    assert weights.logit > 1
    scores = probabilities_of(signs, weights)
    figures = {figure.name: figure for figure in measure_edits("alone", claims, scores)}
    assert figures["alone: number found"].value > 0.9
    assert figures["alone: false alarms"].value == 0.05
    order = {figure.name: figure for figure in measure_order(claims, scores)}
    assert order["held-out made claims: AUROC"].value > 0.95
    assert np.isfinite(order["  calibration error"].value)


def test_checks_and_network_share_the_false_alarms() -> None:
    """Of 40 supported, a check refuses one and the threshold the lowest other; of 20 edits, a check finds ten."""
    claims = [Claim("s", "e", at < 40, "sentence" if at < 40 else "role", str(at)) for at in range(60)]
    scores = np.array([0.5 + at / 100 for at in range(40)] + [0.505] * 10 + [0.99] * 10)
    certain = np.array([at == 39 or at >= 50 for at in range(60)])
    alone = {figure.name: figure.value for figure in measure_edits("alone", claims, scores)}
    whole = {figure.name: figure.value for figure in measure_edits("whole", claims, scores, certain)}
    assert (alone["alone: false alarms"], alone["alone: role found"]) == (0.05, 0.5)
    assert (whole["whole: false alarms"], whole["whole: role found"]) == (0.05, 1.0)


def test_checks_that_refuse_too_much_leave_nothing_to_the_network() -> None:
    claims = [Claim("s", "e", at < 10, "sentence" if at < 10 else "role", str(at)) for at in range(20)]
    certain = np.array([at < 3 for at in range(20)])
    whole = {f.name: f.value for f in measure_edits("whole", claims, np.zeros(20) + 0.01, certain)}
    assert (whole["whole: false alarms"], whole["whole: role found"]) == (0.3, 0.0)


def test_certain_is_what_no_reading_excuses() -> None:
    said = ["Lifeboats from Sallow brought 312 passengers.", "Lifeboats from Sallow brought 212 passengers."]
    assert find_certain([Claim(one, FERRY, True, "number", "p") for one in said]).tolist() == [True, False]


def test_thresholds_are_those_that_tell_the_tuned_part_best() -> None:
    """Right sentences at .62 and wrong ones at .57, all of them doubted or none: what lies between them is best."""
    doubt = [Fault("negation", "not")]
    texts = {
        "untouched": Texts([[]] * 4, {"words": np.full(4, 0.62)}, ["a"] * 4),
        "negation": Texts([[]] * 4, {"words": np.full(4, 0.57)}, ["a"] * 4),
    }
    assert best_pair(texts, "words") == (0.6, 0.6)
    assert texts["negation"].withheld("words", 0.6, 0.6).all()
    assert Texts([doubt, []], {"words": np.full(2, 0.62)}, ["a", "b"]).withheld("words", 0.6, 0.7).tolist() == [
        True,
        False,
    ]


def test_gain_is_of_what_is_found_less_what_is_withheld() -> None:
    """Of four edits three are found, not two, of four right sentences one is withheld, not two: .25 + .25."""
    texts = {
        "untouched": Texts([[]] * 4, {}, list("abcd")),
        "negation": Texts([[]] * 4, {}, list("abcd")),
    }
    mine = {"untouched": np.array([True, False, False, False]), "negation": np.array([True, True, True, False])}
    theirs = {"untouched": np.array([True, True, False, False]), "negation": np.array([True, True, False, False])}
    gain, (low, high) = gain_of(texts, mine, theirs)
    assert gain == 0.5
    assert low < 0.5 < high


def test_candidates_are_judged_as_the_judge_does() -> None:
    """Of the same sentences, shown or withheld, as qa.support.Judge says with that verifier and those thresholds."""
    samples = [sample for sample in read_paraphrases() if sample.part == "tuned"][:20]
    texts = texts_of(samples, WordVerifier())[UNTOUCHED]
    shown = []
    for sample in samples:
        title, publisher = sample.article.split("\n", 2)[:2]
        article = Article("a", "a.txt", sample.article, (), title=title, publisher=publisher)
        judge = Judge(WordVerifier(), 0.5, 0.9)
        shown.append(not judge.judge(sample.text, [Quotation("a", 0, 1, sample.quote)], {"a": article}).reason)
    assert texts.withheld("words", 0.5, 0.9).tolist() == [not one for one in shown]
    assert 0 < np.mean(shown) < 1
