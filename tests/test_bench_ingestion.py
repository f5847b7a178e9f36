"""The benchmark of adding articles: its sums, its made-up articles, and a small run of what needs data."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.bench.growth import LIBRARY, FreeEmbedder, Sample, growth_rows, write_made_up
from eval.bench.ingestion import ROUND, measure_rate, measure_reading, write_short
from eval.bench.speed import Row
from qa.articles import article_from_bytes
from qa.passages import split_passages


@pytest.mark.parametrize(
    ("at_most", "at_least", "met", "goal"),
    [
        (None, None, None, ""),
        (0.5, None, True, "<= 0.5 met"),
        (0.4, None, False, "<= 0.4 NOT met"),
        (None, 0.5, True, ">= 0.5 met"),
        (None, 0.6, False, ">= 0.6 NOT met"),
    ],
)
def test_a_goal_is_the_most_or_the_least(
    at_most: float | None, at_least: float | None, met: bool | None, goal: str
) -> None:
    row = Row("speed", 0.5, "", 1, 0.5, 0.5, at_most, at_least)
    assert (row.met, row.goal) == (met, goal)


def test_growth_is_what_each_step_adds() -> None:
    """Memory 100, 101, 103: 1 and 2 are 1.5 a step, 1.5 % of the first; time 10, 10, 15: the last by the first."""
    samples = [Sample(1, 10, 10, 200, 100), Sample(2, 20, 20, 210, 101), Sample(3, 30, 35, 220, 103)]
    first, last, grown, share, mapped, slower = growth_rows(LIBRARY, samples)
    assert [row.value for row in (first, last, grown, mapped, slower)] == [100, 103, 1.5, 10, 1.5]
    assert (share.value, share.met) == (pytest.approx(0.015), False)


def test_made_up_articles_are_split_as_promised(tmp_path: Path) -> None:
    """Ten passages each, taken for English, all distinct."""
    write_made_up(tmp_path / "long", 3)
    write_short(tmp_path / "short", 50)
    counts, texts = [], set()
    for path in [*(tmp_path / "long").iterdir(), *(tmp_path / "short").iterdir()]:
        article, _ = article_from_bytes(path.read_bytes(), source=str(path), suffix=".txt")
        passages = split_passages(article, count_tokens=FreeEmbedder().count_tokens, tokens=190)
        counts.append(len(passages))
        texts.update(passage.text for passage in passages)
        assert article.language == "en"
    assert counts == [10] * 3 + [1] * 50
    assert len(texts) == sum(counts)


@pytest.mark.models
def test_both_sides_of_a_comparison_embed_the_same(tmp_path: Path) -> None:
    """`measure_rate` stops when they don't: what one article repeats of another is embedded once."""
    data, rounds = tmp_path / "data", 2
    write_made_up(tmp_path / "texts", rounds * ROUND // 2)
    texts = [path.read_text()[:900] for path in sorted((tmp_path / "texts").iterdir())]
    for name in ("scraped/raw_articles", "newsqa/articles"):  # the same in both
        (data / name).parent.mkdir(parents=True)
        with gzip.open(data / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
    (data / "pages" / "html").mkdir(parents=True)
    for number, text in enumerate(texts):
        page = f"<html><body><article><h1>Story {number}</h1><p>{text}</p></article></body></html>"
        (data / "pages" / "html" / f"{number}.html.gz").write_bytes(gzip.compress(page.encode()))
    rows = measure_rate(tmp_path / "rate", data, rounds, lambda _: None)
    rows += measure_reading(tmp_path / "reading", data, rounds, lambda _: None)
    assert all(row.n == rounds and row.value > 0 for row in rows)
    assert [row.name for row in rows if row.met is not None] == [
        "ingestion: ratio, median of the rounds",
        "reading text: embedding takes times as long",
        "reading HTML: embedding takes times as long",
    ]
