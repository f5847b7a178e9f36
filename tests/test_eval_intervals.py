"""Intervals and the test of a drop, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eval.intervals import bootstrap_of, cluster_bootstrap, drop_p, interval, wilson


def test_wilson_interval_by_hand():
    """8 of 10, z = 1.96, 1 + z²/n = 1.38416: centre .99208 / 1.38416 = .7167, half 1.96 √.025604 / 1.38416 = .2266."""
    low, high = wilson(8, 10)
    assert (low, high) == (pytest.approx(0.4902, abs=1e-3), pytest.approx(0.9433, abs=1e-3))


def test_without_a_failure_the_interval_still_has_a_width():
    assert wilson(100, 100)[0] == pytest.approx(0.963, abs=1e-3)


def test_bootstrap_of_one_cluster_can_vary_in_nothing():
    """Two questions on one fact are drawn together: every mean is (0 + 1) / 2."""
    assert cluster_bootstrap([0.0, 1.0], ["x", "x"]) == (0.5, 0.5)


def test_bootstrap_is_the_same_every_time():
    values, clusters = [0.0, 0.5, 1.0, 1.0, 0.25], ["a", "b", "c", "c", "d"]
    assert cluster_bootstrap(values, clusters) == cluster_bootstrap(values, clusters)


def test_interval_of_a_mean_is_that_of_any_measure() -> None:
    values = np.array([0.0, 1.0, 0.5, 0.25, 1.0])
    clusters = ["x", "x", "y", "z", "z"]
    found = bootstrap_of(lambda drawn: float(values[drawn].mean()), clusters)
    assert found == pytest.approx(cluster_bootstrap(values.tolist(), clusters))


def test_zeros_and_ones_have_wilsons_interval_at_least():
    """All right in 20 questions of their own: the bootstrap says 1 to 1, Wilson's from .84."""
    values = {f"q{number}": 1.0 for number in range(20)}
    assert interval(values, {name: name for name in values}) == wilson(20, 20)
    assert interval({}, {}) is None


def test_questions_that_flip_together_widen_the_interval():
    """Two stories of ten, one all right, one all wrong: of the four draws of two, one is all wrong, one all right."""
    values = {f"q{number}": float(number < 10) for number in range(20)}
    assert interval(values, {name: str(value) for name, value in values.items()}) == (0.0, 1.0)


def test_other_values_have_the_bootstraps_interval():
    assert interval({"q1": 0.5, "q2": 0.5}, {"q1": "x", "q2": "y"}) == (0.5, 0.5)


def test_drop_p_is_the_exact_sign_test():
    """5 worse, 0 better: 1/2^5 = 1/32. 4 worse, 1 better: (5 + 1)/32. No flip: nothing to see."""
    assert drop_p(5, 0) == pytest.approx(1 / 32)
    assert drop_p(4, 1) == pytest.approx(6 / 32)
    assert drop_p(0, 0) == 1.0
