"""The chain of states that tells an article from its frame, and how it is trained."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from eval.bench.chain import Example, _Batch, make_example, train
from qa.block_features import block_features, boundary_features, find_heaviest, read_page
from qa.block_model import AFTER, ARTICLE, BEFORE, CHANGES, INSERT, BlockModel, Chain, load_block_model
from qa.cleaning import name_clutter

PROSE = [
    "The council of Thornby voted on Monday to close the old bridge to lorries.",
    "Engineers had found cracks in two of its piers, a report to the council says.",
    "Repairs would take until the spring and cost about four million pounds.",
]
LINES = [
    "Home",
    "Sport",
    "Old bridge closes",
    "By Ann Lee",
    *PROSE,
    "Related",
    "Ten ferries to see",
    "© 2025 The Herald",
]
BELONGS = np.array([line in PROSE for line in LINES])


def test_a_page_is_read_in_all_ways_that_are_allowed() -> None:
    """The chance of each state is that of all allowed paths, counted out: none leaves AFTER or ends in INSERT."""
    chance = np.random.default_rng(1)
    blocks, boundaries = chance.normal(size=(5, 4)), chance.normal(size=(5, 4))
    total, sums = 0.0, np.zeros((5, 4))
    moves = {(a, b): boundaries[:, column] for column, (a, b) in enumerate(CHANGES)}
    for path in product(range(4), repeat=5):
        steps = list(pairwise(path))
        if path[0] in (BEFORE, ARTICLE) and path[-1] != INSERT and all(a == b or (a, b) in moves for a, b in steps):
            logit = sum(blocks[at, state] for at, state in enumerate(path))
            logit += sum(moves[step][at] for at, step in enumerate(steps, 1) if step in moves)
            total += np.exp(logit)
            sums[range(5), path] += np.exp(logit)
    assert Chain.of(blocks, boundaries).probabilities() == pytest.approx(sums / total)


def test_the_slope_that_training_follows_is_the_slope_of_its_loss() -> None:
    examples = [make_example(LINES, BELONGS), make_example(LINES[3:8], BELONGS[3:8], 0.5)]
    names = [tuple(sorted({name for e in examples for row in rows(e) for name in row})) for rows in SIDES]
    batch = _Batch.of(examples, names[0], names[1])
    values = np.random.default_rng(2).normal(size=4 * (len(names[0]) + len(names[1]))) / 10
    _, slope = batch.loss(values)
    for at in range(0, len(values), 37):
        step = np.zeros_like(values)
        step[at] = 1e-5
        measured = (batch.loss(values + step)[0] - batch.loss(values - step)[0]) / 2e-5
        assert slope[at] == pytest.approx(measured, abs=1e-5)


def _blocks(example: Example) -> list[dict[str, float]]:
    return example.blocks


def _boundaries(example: Example) -> list[dict[str, float]]:
    return example.boundaries


SIDES = (_blocks, _boundaries)


def test_a_model_tells_what_it_was_trained_on_and_survives_being_written() -> None:
    model = train([make_example(LINES, BELONGS)] * 20)
    page = read_page(LINES, name_clutter(LINES))
    assert list(model.article_probabilities(page) > 0.5) == list(BELONGS)
    again = BlockModel.from_json(model.to_json())
    assert again.article_probabilities(page) == pytest.approx(model.article_probabilities(page), abs=0.02)


def test_known_states_run_from_before_to_after() -> None:
    belongs = np.array([False, True, False, True, False])
    assert list(make_example(LINES[:5], belongs).states) == [BEFORE, ARTICLE, INSERT, ARTICLE, AFTER]


def test_the_model_that_comes_with_the_program_knows_features_that_exist() -> None:
    model, page = load_block_model(), read_page(LINES, name_clutter(LINES))
    seen = {name for row in block_features(page) for name in row}
    assert len(seen & set(model.block_names)) > 0.9 * len(seen)
    seen = {name for row in boundary_features(page) for name in row}
    assert len(seen & set(model.boundary_names)) > 0.9 * len(seen)
    assert np.abs(model.block_weights).max() < 20


def test_an_empty_text_has_no_probabilities() -> None:
    assert len(load_block_model().article_probabilities(read_page([], []))) == 0


def test_the_heaviest_stretch_has_the_greatest_sum() -> None:
    """5 - 1 + 4 = 8 is more than 5, than 4 and than anything with -9 in it."""
    assert find_heaviest([3.0, -9.0, 5.0, -1.0, 4.0, -2.0, 1.0]) == (2, 5)
    assert find_heaviest([-1.0]) == (0, 0)


def test_features_tell_the_kind_of_a_block_and_of_its_neighbours() -> None:
    rows = block_features(read_page(LINES, name_clutter(LINES)))
    first = rows[LINES.index(PROSE[0])]
    assert first["length 5 ended"] == first["-1 rule"] == first["+1 prose"] == first["in heaviest"] == 1.0
    assert rows[LINES.index("Related")]["ends"] == 1.0
    assert rows[-1]["rule legal"] == 1.0
    assert rows[0]["-1 none"] == rows[0]["+1 short"] == 1.0
