"""Adding by the workers of a Ray cluster: the same library as without one, whatever dies meanwhile.

One cluster of two nodes, a worker each, serves all tests of this file: it takes ten seconds to start.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from typer.testing import CliRunner

import qa.ingest
import qa.ray_workers
from qa.__main__ import app
from qa.errors import ClusterFailed
from qa.library import Library
from qa.rows import hash_text
from qa.types import Ingested, Upload
from tests.cluster_words import NotingWords, OtherWords
from tests.conftest import BAKERY, FERRY, OpenLibrary
from tests.fakes import WordEmbedder
from tests.postgres import PostgresServer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray")  # of Ray's own settings

QUESTION = "How many people were aboard the ferry Aurelia?"
MEMORY = 100_000_000  # of a node, for what is on its way


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of two nodes on this machine."""
    before = dict(os.environ)
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Ray's own imports
        from ray.cluster_utils import Cluster
    started = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": MEMORY, "include_dashboard": False}
    )
    started.add_node(num_cpus=1, object_store_memory=MEMORY)
    yield started.address
    started.shutdown()
    os.environ.clear()
    os.environ.update(before)


def made_up(number: int) -> str:
    """An article of its own."""
    return (
        f"{FERRY}\n\nThe inquiry numbered {number} was opened by harbour master number {number} of Sallow on a Monday."
    )


def write_articles(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:03}.txt").write_text(made_up(number), encoding="utf-8")
    return folder


def contents(library: Library) -> tuple[object, ...]:
    """What must be the same however it came in."""
    articles = [(article.id, article.kept, article.title) for article in library.articles()]
    passages = [hit.passage for hit in library.search(QUESTION, k=100, rerank=False)]
    vectors = library._store.ledger.embeddings.get([hash_text(one.text) for one in passages], WordEmbedder().key)
    found = sorted((one.id, vectors[hash_text(one.text)].tolist()) for one in passages)
    return articles, found, library.count_passages(), library.corpus_digest(), library.ask(QUESTION).text


def test_library_on_postgresql_is_the_same_as_one_in_a_folder_without_a_cluster(
    open_library: OpenLibrary, postgres: PostgresServer, cluster: str, tmp_path: Path, seeds: Path
) -> None:
    folder = write_articles(tmp_path / "articles", 40)
    (folder / "bad.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / "copy.txt").write_text(made_up(3), encoding="utf-8")
    given = [
        folder,
        seeds,
        Upload("odd.jsonl", b'{"text": "A half \\ud800 character stood in the harbour of Sallow."}'),
    ]
    library, plain = open_library(cast(Path, postgres.create_library())), open_library()
    report, expected = library.add(given, ray=cluster), plain.add(given)
    assert report.entries == expected.entries
    assert contents(library) == contents(plain)
    assert library._model.current().embedded == 1  # type: ignore[attr-defined] - the question
    assert all(finding.sound for finding in library.check())
    assert {entry.outcome for entry in library.add(seeds, ray="nowhere:1").entries} == {"unchanged"}  # nobody is asked


def kill_first(folder: Path) -> None:
    """Ends the process that first leaves its number there."""
    while not (found := list(folder.iterdir())):
        time.sleep(0.01)
    os.kill(int(found[0].name), signal.SIGKILL)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few articles are handed to a worker, and published, at once."""
    monkeypatch.setattr(qa.ray_workers, "BLOCK", 3)
    monkeypatch.setattr(qa.ingest, "BATCH_PASSAGES", 6)


@pytest.mark.usefixtures("small_blocks")
def test_killed_worker_and_interrupted_command_lose_and_double_nothing(
    open_library: OpenLibrary, cluster: str, tmp_path: Path
) -> None:
    folder, pids = write_articles(tmp_path / "articles", 24), tmp_path / "pids"
    pids.mkdir()
    library, plain = open_library(load=partial(NotingWords, pids)), open_library(tmp_path / "plain")
    plain.add(folder)
    killer = threading.Thread(target=kill_first, args=[pids], daemon=True)
    killer.start()
    told: list[Ingested] = []

    def interrupt(entry: Ingested) -> None:
        told.append(entry)
        if len(told) == 18:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(folder, ray=cluster, tell=interrupt)
    killer.join()
    assert len(library.articles()) == 18
    outcomes = [entry.outcome for entry in library.add(folder, ray=cluster).entries]
    assert outcomes == ["unchanged"] * 18 + ["added"] * 6
    assert contents(library) == contents(plain)


@pytest.mark.long  # as Ray takes seconds to notice, and more to start another worker
@pytest.mark.usefixtures("small_blocks")
def test_article_that_kills_every_worker_is_skipped(open_library: OpenLibrary, cluster: str, tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "articles", 6)
    (folder / "004.txt").write_text(f"{BAKERY} Its bread holds deadly nightshade.", encoding="utf-8")
    library = open_library(load=partial(NotingWords, tmp_path))
    entries = sorted(library.add(folder, ray=cluster).entries, key=lambda entry: entry.source)
    assert [entry.outcome for entry in entries] == ["added"] * 4 + ["skipped", "added"]
    assert "made the worker that read it end" in entries[4].reason
    assert len(library.articles()) == 5


def test_what_is_wrong_with_a_cluster_is_told(
    cluster: str, articles: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ClusterFailed, match=r"the worker on .* failed: its embedding model is other.*, not words"):
        open_library(load=partial(OtherWords, os.getpid())).add(articles, ray=cluster)
    monkeypatch.setattr(qa.ray_workers, "CONNECT_SECONDS", 2)
    result = CliRunner().invoke(app, ["add", "--ray", "127.0.0.1:1", str(articles)])
    assert "no Ray cluster answers at 127.0.0.1:1 within 2 s" in str(result.exception)


def test_ray_that_is_not_installed_is_told(
    articles: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterFailed, match=r"needs more packages \(ray\); run: pip install 'qa-articles\[ray\]'"):
        open_library().add(articles, ray="auto")
