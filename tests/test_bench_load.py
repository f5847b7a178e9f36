"""Fifty people at once: what is counted, and that a server that fails them is noticed."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from eval.bench.load import Asked, Watch, ask_at_once, growth, load_rows
from qa.library import Library
from tests.test_serving import FERRY_QUESTION, served
from ui.limits import Limits

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def collect_garbage() -> Iterator[None]:
    """Here, where its warnings are ignored, and not in the next file's tests."""
    yield
    gc.collect()


def test_growth_is_the_slope_of_a_line_through_blocks():
    """1 MB more in each of 12 blocks of 10 seconds is 6 MB a minute; what doesn't grow has a slope of nothing."""
    rising = [(second, 100 + second // 10) for second in range(120)]
    slope, low, high, blocks = growth(rising)
    assert (round(slope, 6), blocks) == (6, 12)
    assert low <= slope <= high
    level = [(second, 100 + second % 2) for second in range(120)]
    assert abs(growth(level)[0]) < 1e-9


def test_people_are_answered_as_the_page_answers(library: Library):
    with served(library) as blocks:
        asked = asyncio.run(ask_at_once(blocks.local_url, [FERRY_QUESTION], people=5, seconds=1))
    assert asked.errors == []
    assert len(asked.seconds) >= 5
    watch = Watch(0, [(0.0, 100.0, 0.0), (20.0, 100.0, 1.0)])
    rows = {row.name: row for row in load_rows("five", asked, watch, 20)}
    assert rows["five: errors"].met
    assert rows["five: 95th percentile"].n == len(asked.seconds)


def test_who_gets_no_answer_is_counted(library: Library):
    """A page that lets one ask once a minute shows a message instead, and no answer."""
    with served(library, limits=Limits(questions_per_minute=1)) as blocks:
        asked = asyncio.run(ask_at_once(blocks.local_url, [FERRY_QUESTION], people=3, seconds=0.5))
    assert "no answer" in asked.errors[0]
    watch = Watch(0, [(0.0, 100.0, 0.0), (20.0, 100.0, 1.0)])
    row = load_rows("three", Asked([1.0], [1.0], asked.errors), watch, 20)[0]
    assert row.met is False
