"""The paired comparison, against values worked out by hand and scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, false_discovery_control, permutation_test

from eval.paired import flips_interval, holm, paired, sign_flip_p


def test_flips_of_right_and_wrong_are_tested_exactly() -> None:
    """Of ten questions five become wrong and one right: change -4/10, p = (6 + 1)/64."""
    before = {f"q{n}": float(n < 8) for n in range(10)}
    after = {f"q{n}": float(n in (0, 1, 2, 8)) for n in range(10)}
    found = paired(before, after, {})
    assert (found.change, found.worse, found.better, found.n) == (pytest.approx(-0.4), 5, 1, 10)
    assert found.p == pytest.approx(7 / 64) == pytest.approx(binomtest(5, 6, alternative="greater").pvalue)
    assert found.low < -0.4 < found.high


def test_where_all_flip_there_is_still_doubt() -> None:
    """Wilson's intervals of 3 of 3 and of 0 of 3 are .438 to 1 and 0 to .562: above -1 by the root of .562² + .562²."""
    before, after = dict.fromkeys("abc", 1.0), dict.fromkeys("abc", 0.0)
    found = paired(before, after, {})
    assert (found.change, found.low, found.high) == (-1.0, -1.0, pytest.approx(-0.2059, abs=1e-3))
    assert paired({"a": 1.0}, {"a": 0.0}, {}).high > 0  # one question is no evidence


def test_where_none_flips_the_interval_has_a_width() -> None:
    """Of 0 in 100 up to .037 each way, so .037 on both sides."""
    values = {f"q{n}": float(n % 2) for n in range(100)}
    found = paired(values, values, {})
    assert (found.low, found.high) == (pytest.approx(-0.037, abs=1e-3), pytest.approx(0.037, abs=1e-3))


def test_flips_that_fall_together_widen_the_interval() -> None:
    """All ten flips are of one story of two: the draws are none, half and all."""
    before = {f"q{n}": 1.0 for n in range(20)}
    after = {f"q{n}": float(n >= 10) for n in range(20)}
    found = paired(before, after, {f"q{n}": str(n >= 10) for n in range(20)})
    assert (found.low, found.high) == (-1.0, 0.0)
    assert flips_interval(10, 0, 20)[1] < 0


def test_only_shared_questions_count() -> None:
    found = paired({"a": 1.0, "b": 1.0}, {"b": 0.0, "c": 1.0}, {})
    assert (found.change, found.n, found.worse) == (-1.0, 1, 1)


def test_without_a_shared_question_nothing_can_be_said() -> None:
    with pytest.raises(ValueError, match="no question in common"):
        paired({"a": 1.0}, {"b": 1.0}, {})


def test_nothing_changed_is_no_drop() -> None:
    values = {"a": 0.5, "b": 1.0}
    found = paired(values, values, {})
    assert (found.change, found.low, found.high, found.p, found.worse, found.better) == (0.0, 0.0, 0.0, 1.0, 0, 0)


def test_a_gain_is_no_drop() -> None:
    assert paired({"a": 0.0, "b": 0.25}, {"a": 0.5, "b": 0.5}, {}).p == 1.0


def test_few_changes_are_counted_out() -> None:
    """Changes -.5, -.25, +.5: sums of the 8 signs no higher than -.25 are -1.25, -.75, -.25, -.25."""
    before, after = {"a": 0.5, "b": 0.5, "c": 0.0, "d": 0.3}, {"a": 0.0, "b": 0.25, "c": 0.5, "d": 0.3}
    assert paired(before, after, {}).p == pytest.approx(4 / 8)


def test_many_changes_are_drawn_the_same_each_time_and_near_scipy() -> None:
    changes = np.random.default_rng(1).normal(-0.1, 0.4, size=60)
    other = permutation_test(
        (changes,), np.mean, permutation_type="samples", alternative="less", n_resamples=20_000, rng=3
    )
    assert sign_flip_p(changes.tolist()) == sign_flip_p(changes.tolist())
    assert sign_flip_p(changes.tolist()) == pytest.approx(other.pvalue, abs=0.01)


def test_drawn_signs_never_give_zero() -> None:
    assert sign_flip_p([-0.5] * 40) == 1 / 10_001


def test_questions_of_one_cluster_are_drawn_together() -> None:
    """Both questions of a single cluster: each draw has the same mean, so the interval has no width."""
    found = paired({"a": 0.9, "b": 0.2}, {"a": 0.3, "b": 0.2}, {"a": "x", "b": "x"})
    assert (found.low, found.high) == (pytest.approx(-0.3), pytest.approx(-0.3))


def test_the_order_of_the_questions_changes_nothing() -> None:
    before = {f"q{n}": n / 10 for n in range(10)}
    after = {name: 1 - value for name, value in before.items()}
    backwards = dict(reversed(after.items()))
    assert paired(before, after, {}) == paired(dict(reversed(before.items())), backwards, {})


def test_holm_by_hand() -> None:
    """.01 of three becomes .03, .03 of two .06, and .04 of one may not fall below that."""
    assert holm({"c": 0.04, "a": 0.01, "b": 0.03}) == pytest.approx({"c": 0.06, "a": 0.03, "b": 0.06})
    assert list(holm({"c": 0.04, "a": 0.01})) == ["c", "a"]
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_holm_is_no_laxer_than_the_false_discovery_rate() -> None:
    ps = {"a": 0.004, "b": 0.03, "c": 0.2, "d": 0.5}
    rates = false_discovery_control(list(ps.values()))
    assert all(ours >= theirs - 1e-12 for ours, theirs in zip(holm(ps).values(), rates, strict=True))
