"""How likely each block of a text is a part of the article: a chain of four states, trained on pages of the web.

A text is before the article, in it, in something set into it (a link, a caption, an advertisement), or after it, and
never comes back from after it. A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) weighs the
features of blocks and boundaries; the forward-backward algorithm gives each block's probability under all ways to read
the whole page. eval/bench/cleaning.py trains and measures it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from qa.block_features import Features, Page, block_features, boundary_features

Numbers = npt.NDArray[np.float64]

BEFORE, ARTICLE, INSERT, AFTER = range(4)
CHANGES = ((BEFORE, ARTICLE), (ARTICLE, AFTER), (ARTICLE, INSERT), (INSERT, ARTICLE))  # what a boundary can be
FIRST = np.array([1.0, 1.0, 0.0, 0.0])  # the states that a text may begin in
LAST = np.array([1.0, 1.0, 0.0, 1.0])  # and end in
MOST_LOGIT = 30.0


@dataclass(frozen=True)
class BlockModel:
    """Weights: a row for each state, and for each of CHANGES, with a column for each name."""

    block_names: tuple[str, ...]
    boundary_names: tuple[str, ...]
    block_weights: Numbers  # 4 × block names
    boundary_weights: Numbers  # 4 × boundary names

    def article_probabilities(self, page: Page) -> Numbers:
        """For each block the probability that it is a part of the article."""
        if not page.lines:
            return np.zeros(0)
        blocks = tabulate(block_features(page), self.block_names)
        boundaries = tabulate(boundary_features(page), self.boundary_names)
        chain = Chain.of(blocks @ self.block_weights.T, boundaries @ self.boundary_weights.T)
        return chain.probabilities()[:, ARTICLE]

    def to_json(self) -> dict[str, dict[str, list[float]]]:
        """name -> its four weights, of blocks and of boundaries."""
        sides = (
            ("block", self.block_names, self.block_weights),
            ("boundary", self.boundary_names, self.boundary_weights),
        )
        return {
            side: {name: [round(float(weight), 3) for weight in weights[:, at]] for at, name in enumerate(names)}
            for side, names, weights in sides
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Mapping[str, Sequence[float]]]) -> BlockModel:
        """The model that `to_json` wrote."""
        names = [tuple(values[side]) for side in ("block", "boundary")]
        weights = [np.array(list(values[side].values()), dtype=np.float64).T for side in ("block", "boundary")]
        return cls(names[0], names[1], weights[0], weights[1])


@dataclass(frozen=True)
class Chain:
    """A page's potentials, and the messages that pass along it; row t of `steps` is the change to block t."""

    emissions: Numbers  # blocks × states, scaled to at most 1
    steps: Numbers  # blocks × states × states
    forward: Numbers  # blocks × states, each row sums to 1
    backward: Numbers

    @classmethod
    def of(cls, block_logits: Numbers, boundary_logits: Numbers) -> Chain:
        """The chain of those logits: blocks × 4 states, boundaries × 4 changes."""
        emissions = np.exp(block_logits - block_logits.max(axis=1, keepdims=True))
        steps = np.tile(np.eye(4), (len(emissions), 1, 1))
        for column, (source, target) in enumerate(CHANGES):
            steps[:, source, target] = np.exp(np.clip(boundary_logits[:, column], -MOST_LOGIT, MOST_LOGIT))
        forward, backward = np.empty_like(emissions), np.empty_like(emissions)
        message = FIRST * emissions[0]
        forward[0] = message / message.sum()
        for at in range(1, len(emissions)):
            message = (forward[at - 1] @ steps[at]) * emissions[at]
            forward[at] = message / message.sum()
        backward[-1] = LAST
        for at in range(len(emissions) - 2, -1, -1):
            message = steps[at + 1] @ (emissions[at + 1] * backward[at + 1])
            backward[at] = message / message.sum()
        return cls(emissions, steps, forward, backward)

    def probabilities(self) -> Numbers:
        """Blocks × states: how likely each block is in each."""
        both = self.forward * self.backward
        shares: Numbers = both / both.sum(axis=1, keepdims=True)
        return shares


def tabulate(rows: Sequence[Features], names: Sequence[str]) -> Numbers:
    """Rows × names; what has no name here is left out."""
    columns = {name: column for column, name in enumerate(names)}
    table = np.zeros((len(rows), len(names)))
    for at, row in enumerate(rows):
        for name, value in row.items():
            if (column := columns.get(name)) is not None:
                table[at, column] = value
    return table


@cache
def load_block_model() -> BlockModel:
    """The model that comes with the program."""
    values = json.loads(Path(__file__).with_name("cleaning.json").read_text(encoding="utf-8"))
    return BlockModel.from_json(values)
