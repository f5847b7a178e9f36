"""The benchmark of adding on a cluster, its side without one, and the arithmetic of large libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench.arithmetic import Need, constants, table
from eval.bench.cluster import measure_cluster
from eval.bench.growth import write_made_up
from tests.conftest import ROOT
from tests.postgres import PostgresServer


@pytest.mark.parametrize("where", ["folder", "postgresql"])
def test_parts_of_publishing_are_timed(where: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server: PostgresServer | None = None if where == "folder" else request.getfixturevalue("postgres")
    write_made_up(tmp_path / "a", 30)
    url = server.url() if server else None
    rows = measure_cluster(tmp_path, sorted((tmp_path / "a").iterdir()), (), url, lambda _: None, free=True)
    values = {row.name.removeprefix("no cluster: "): row.value for row in rows}
    parts = {name: value for name, value in values.items() if name.startswith("  of it")}
    assert sum(parts.values()) == pytest.approx(values["this process"])
    assert all(value > 0 for name, value in values.items() if name.startswith("  waited for"))
    assert values["disk, table bands" if server else "disk, ledger"] > 0.5


def test_hours_are_those_of_who_is_slowest() -> None:
    """Of 9 million passages 25.6 ms on 64 cores are an hour; in turns 1.45 ms take more than three and a half."""
    need = Need(9e6, workers=64, commands=8)
    assert need.preparing_hours() == pytest.approx(1.0)
    assert need.hours() == need.turn_hours() == pytest.approx(3.625)


def test_page_on_large_libraries_has_the_tables_of_the_program() -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert table() in page
    assert constants() in page
