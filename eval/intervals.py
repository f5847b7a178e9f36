"""How sure a mean is, and whether a drop between two runs of the same questions is more than chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

Interval = tuple[float, float]
Indices = npt.NDArray[np.int64]


def interval(values: Mapping[str, float], clusters: Mapping[str, str]) -> Interval | None:
    """The 95 % interval of the mean over questions: the cluster bootstrap, for 0/1 values as wide as Wilson's at least.

    Questions on one story go right or wrong together, which Wilson's interval does not know; of few questions that all
    went one way a bootstrap says it is certain, which Wilson's does not.
    """
    if not values:
        return None
    low, high = cluster_bootstrap(list(values.values()), [clusters[name] for name in values])
    if any(value not in (0.0, 1.0) for value in values.values()):
        return low, high
    least, most = wilson(round(sum(values.values())), len(values))
    return min(low, least), max(high, most)


def wilson(successes: int, n: int) -> Interval:
    """Wilson's 95 % interval of a proportion; fit for small n, where the usual one is too narrow."""
    found = binomtest(successes, n).proportion_ci(confidence_level=0.95, method="wilson")
    return float(found.low), float(found.high)


def cluster_bootstrap(
    values: Sequence[float], clusters: Sequence[str], *, draws: int = 2000, seed: int = 7
) -> Interval:
    """The middle 95 % of the means of resampled clusters: questions on one fact are drawn together."""
    by_cluster: dict[str, list[float]] = defaultdict(list)
    for value, cluster in zip(values, clusters, strict=True):
        by_cluster[cluster].append(value)
    sums = np.array([sum(group) for group in by_cluster.values()])
    sizes = np.array([len(group) for group in by_cluster.values()])
    drawn = np.random.default_rng(seed).integers(len(sums), size=(draws, len(sums)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def bootstrap_of(
    measure: Callable[[Indices], float], clusters: Sequence[str], *, draws: int = 2000, seed: int = 7
) -> Interval:
    """The middle 95 % of a measure of resampled clusters, for what is no mean; it gets the places that were drawn."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, cluster in enumerate(clusters):
        places[cluster].append(place)
    groups = [np.array(group) for group in places.values()]
    drawn = np.random.default_rng(seed).integers(len(groups), size=(draws, len(groups)))
    found = [measure(np.concatenate([groups[number] for number in row])) for row in drawn]
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def drop_p(worse: int, better: int) -> float:
    """The chance of at least so many questions worse, were worse and better equally likely; 1 without a flip."""
    return float(binomtest(worse, worse + better, 0.5, alternative="greater").pvalue) if worse + better else 1.0
