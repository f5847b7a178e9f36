"""Whether the same questions are answered better or worse than before: the mean change, its interval and a p value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.intervals import Interval, cluster_bootstrap, drop_p, wilson

DRAWS = 10_000  # of signs; with so few changes that all signs are no more than this, all are counted


@dataclass(frozen=True, slots=True)
class Paired:
    """After minus before over `n` shared questions: the mean `change`, its 95 % interval `low` to `high`.

    `p` is the one-sided chance of such a drop or a larger one, were each change as likely to be the other way round.
    """

    change: float
    low: float
    high: float
    p: float
    worse: int
    better: int
    n: int


def paired(before: Mapping[str, float], after: Mapping[str, float], clusters: Mapping[str, str]) -> Paired:
    """Compares the questions that have both values; ValueError when there are none. Higher counts as better.

    p is the exact test of the flips where all values are 0 or 1, else a permutation of the signs of the changes. Of 0/1
    values the interval is as wide as `flips_interval` at least: where all or none flip, a bootstrap knows no doubt.
    A question without a cluster is one of its own.
    """
    shared = sorted(before.keys() & after.keys())
    if not shared:
        raise ValueError("the two have no question in common")
    changes = [after[id_] - before[id_] for id_ in shared]
    worse, better = sum(change < 0 for change in changes), sum(change > 0 for change in changes)
    binary = all(value in (0.0, 1.0) for id_ in shared for value in (before[id_], after[id_]))
    low, high = cluster_bootstrap(changes, [clusters.get(id_, id_) for id_ in shared])
    if binary:
        least, most = flips_interval(worse, better, len(changes))
        low, high = min(low, least), max(high, most)
    p = drop_p(worse, better) if binary else sign_flip_p(changes)
    return Paired(sum(changes) / len(changes), low, high, p, worse, better, len(changes))


def flips_interval(worse: int, better: int, n: int) -> Interval:
    """The 95 % interval of the share that got better less the share that got worse, from Wilson's of both (MOVER).

    After Newcombe (1998), method 10. Three flips of three are -1 to -.21, one of one is no evidence: -1 to .12.
    """
    (low_better, high_better), (low_worse, high_worse) = wilson(better, n), wilson(worse, n)
    up, down = better / n, worse / n
    below = math.hypot(up - low_better, high_worse - down)
    above = math.hypot(high_better - up, down - low_worse)
    return max(-1.0, up - down - below), min(1.0, up - down + above)


def sign_flip_p(changes: Sequence[float], *, draws: int = DRAWS, seed: int = 7) -> float:
    """The share of random signs that give a sum as low as that of the changes; 1 when nothing changed.

    >>> sign_flip_p([-0.5, -0.25, 0.0])  # of four pairs of signs only two minuses come so low
    0.25
    """
    sizes = np.abs([change for change in changes if change])
    if not sizes.size:
        return 1.0
    exact = 2**sizes.size <= draws
    if exact:
        negative = (np.arange(2**sizes.size)[:, None] >> np.arange(sizes.size)) & 1
    else:
        negative = np.random.default_rng(seed).integers(2, size=(draws, sizes.size))
    sums = np.where(negative == 1, -sizes, sizes).sum(axis=1)
    # A hair of room: the same changes added in another order may differ in the last digit.
    lower = int((sums <= sum(changes) + 1e-9).sum())
    # Of drawn signs the ones observed are counted in, so that p is never 0.
    return lower / len(sums) if exact else (lower + 1) / (draws + 1)


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """The p values adjusted for being several: below .05, the chance of one false alarm among them all is at most .05.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none becomes smaller than one before it.
    """
    adjusted: dict[str, float] = {}
    reached = 0.0
    for rank, name in enumerate(sorted(ps, key=lambda name: ps[name])):
        reached = max(reached, min(1.0, (len(ps) - rank) * ps[name]))
        adjusted[name] = reached
    return {name: adjusted[name] for name in ps}
