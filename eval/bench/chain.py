"""Trains the model that tells an article from its frame (qa/block_model.py) on pages whose articles are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from qa.block_features import Features, block_features, boundary_features, read_page
from qa.block_model import AFTER, ARTICLE, BEFORE, CHANGES, FIRST, INSERT, LAST, BlockModel, Numbers, tabulate
from qa.cleaning import name_clutter

PENALTY = 3.0  # L2, on every weight
ROUNDS = 70  # of L-BFGS
LEAST_BLOCKS = 10  # a feature seen in fewer is left out


@dataclass(frozen=True, slots=True)
class Example:
    """A page of which it is known what each block is; `weight` is how much it counts beside others."""

    blocks: list[Features]
    boundaries: list[Features]
    states: npt.NDArray[np.intp]
    weight: float = 1.0


def make_example(lines: Sequence[str], belongs: npt.NDArray[np.bool_], weight: float = 1.0) -> Example:
    """The example of a page's blocks, of which those that belong to its article are known."""
    page = read_page(lines, name_clutter(lines))
    return Example(block_features(page), boundary_features(page), _states(belongs), weight)


def train(examples: Sequence[Example]) -> BlockModel:
    """The weights that make the known states likeliest, less a penalty on their squares."""
    names = [_choose_names([row for e in examples for row in side(e)]) for side in (_blocks, _boundaries)]
    batch = _Batch.of(sorted(examples, key=lambda e: -len(e.states)), names[0], names[1])
    start = np.zeros(4 * (len(names[0]) + len(names[1])))
    found = minimize(batch.loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    block_weights, boundary_weights = batch.split(found.x)
    return BlockModel(names[0], names[1], block_weights, boundary_weights)


def _blocks(example: Example) -> list[Features]:
    return example.blocks


def _boundaries(example: Example) -> list[Features]:
    return example.boundaries


def _states(belongs: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    places = np.flatnonzero(belongs)
    states = np.full(len(belongs), BEFORE)
    if len(places):
        first, last = places[0], places[-1] + 1
        states[first:last] = np.where(belongs[first:last], ARTICLE, INSERT)
        states[last:] = AFTER
    return states


def _choose_names(rows: Sequence[Features]) -> tuple[str, ...]:
    counts = Counter(name for row in rows for name, value in row.items() if value)
    return tuple(sorted(name for name, count in counts.items() if count >= LEAST_BLOCKS))


@dataclass(frozen=True)
class _Batch:
    """All examples as one table, longest first, so that step t of all that are as long is one array operation."""

    blocks: Numbers
    boundaries: Numbers
    weights: Numbers  # of each row's example
    steps: list[npt.NDArray[np.intp]]  # for each t the rows that are block t of their example
    lasts: npt.NDArray[np.intp]  # the row of each example's last block
    block_counts: Numbers  # rows × states: the known state, weighted
    boundary_counts: Numbers  # rows × CHANGES

    @classmethod
    def of(cls, examples: Sequence[Example], block_names: Sequence[str], boundary_names: Sequence[str]) -> _Batch:
        lengths = np.array([len(e.states) for e in examples])
        firsts = np.cumsum(lengths) - lengths
        states = np.concatenate([e.states for e in examples])
        weights = np.repeat([e.weight for e in examples], lengths)
        earlier = np.roll(states, 1)
        inner = np.ones(len(states), dtype=bool)
        inner[firsts] = False
        return cls(
            np.vstack([tabulate(e.blocks, block_names) for e in examples]),
            np.vstack([tabulate(e.boundaries, boundary_names) for e in examples]),
            weights,
            [firsts[lengths > t] + t for t in range(lengths.max())],
            firsts + lengths - 1,
            np.eye(4)[states] * weights[:, None],
            np.stack([(inner & (earlier == a) & (states == b)) * weights for a, b in CHANGES], axis=1),
        )

    def split(self, values: Numbers) -> tuple[Numbers, Numbers]:
        """The weights of blocks and of boundaries."""
        at = 4 * self.blocks.shape[1]
        return values[:at].reshape(4, -1), values[at:].reshape(4, -1)

    def loss(self, values: Numbers) -> tuple[float, Numbers]:
        """The penalised negative log-likelihood and its gradient, by forward-backward over all examples at once."""
        block_weights, boundary_weights = self.split(values)
        logits = self.blocks @ block_weights.T
        highest = logits.max(axis=1, keepdims=True)
        emissions = np.exp(logits - highest)
        changes = np.clip(self.boundaries @ boundary_weights.T, -30, 30)
        moves = np.tile(np.eye(4), (len(logits), 1, 1))
        for column, (source, target) in enumerate(CHANGES):
            moves[:, source, target] = np.exp(changes[:, column])
        forward, scales = self._pass_forward(emissions, moves)
        ends = forward[self.lasts] @ LAST
        backward = self._pass_backward(emissions, moves, scales, ends)
        total = (self.weights * (np.log(scales) + highest[:, 0])).sum() + (
            self.weights[self.lasts] * np.log(ends)
        ).sum()
        known = (logits * self.block_counts).sum() + (changes * self.boundary_counts).sum()
        expected = forward * backward * self.weights[:, None]
        later = np.concatenate(self.steps[1:])
        moved = np.zeros_like(self.boundary_counts)
        for column, (source, target) in enumerate(CHANGES):
            arrived = emissions[later, target] * backward[later, target] / scales[later] * self.weights[later]
            moved[later, column] = forward[later - 1, source] * moves[later, source, target] * arrived
        slope = [(expected - self.block_counts).T @ self.blocks, (moved - self.boundary_counts).T @ self.boundaries]
        gradient = np.concatenate([side.ravel() for side in slope]) + PENALTY * values
        return float(total - known + PENALTY / 2 * (values @ values)), gradient

    def _pass_forward(self, emissions: Numbers, moves: Numbers) -> tuple[Numbers, Numbers]:
        forward, scales = np.zeros_like(emissions), np.zeros(len(emissions))
        for t, rows in enumerate(self.steps):
            arrived = FIRST if t == 0 else (forward[rows - 1][:, None, :] @ moves[rows])[:, 0]
            message = arrived * emissions[rows]
            scales[rows] = message.sum(axis=1)
            forward[rows] = message / scales[rows][:, None]
        return forward, scales

    def _pass_backward(self, emissions: Numbers, moves: Numbers, scales: Numbers, ends: Numbers) -> Numbers:
        backward = np.zeros_like(emissions)
        backward[self.lasts] = LAST / ends[:, None]
        for rows in self.steps[:0:-1]:
            arrived = (emissions[rows] * backward[rows])[:, :, None]
            backward[rows - 1] = (moves[rows] @ arrived)[:, :, 0] / scales[rows][:, None]
        return backward
