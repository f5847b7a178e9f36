"""How the cleaning of scraped text is scored: the measure, worked by hand."""

from __future__ import annotations

import pytest

from eval.bench.cleaning import belonging, bootstrap_f1, f1, score, site_of


def test_runs_of_four_tokens_are_counted() -> None:
    """The truth has three runs, the text has four, and two are the same."""
    assert score("a b c d e f", "a b c d e x y") == (2 / 4, 2 / 3)
    assert score("a b c d", "") == (0.0, 0.0)


def test_f1_is_that_of_the_averages() -> None:
    """Precision (1 + .5) / 2 = .75, recall (.5 + 1) / 2 = .75; of each page alone it would be .667."""
    assert f1([(1.0, 0.5), (0.5, 1.0)]) == pytest.approx(0.75)


def test_sites_are_drawn_whole() -> None:
    assert bootstrap_f1([(1.0, 1.0)] * 4, list("aabb")) == (1.0, 1.0)
    low, high = bootstrap_f1([(1.0, 1.0), (0.2, 0.2)] * 10, [f"site {n // 2}" for n in range(20)])
    assert low == pytest.approx(high) == pytest.approx(0.6)


def test_a_block_belongs_by_the_tokens_that_it_shares_in_their_order() -> None:
    lines = ["Bridge closes", "The bridge closes to lorries on Monday, they say.", "Share", "A ferry will carry them."]
    truth = "The bridge closes to lorries on Monday.\nA ferry will carry them."
    assert list(belonging(lines, truth)) == [False, True, False, True]


def test_a_site_is_its_publisher() -> None:
    assert site_of("https://www.news.example.co.uk/a") == site_of("http://sport.example.co.uk/b") == "example.co.uk"
    assert site_of("https://blog.example.org/") == "example.org"
