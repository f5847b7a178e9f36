"""Articles are read, cleaned, split and embedded by the workers of a Ray cluster, with Ray Data.

This process lists and compares the sources, sends the bytes of what is new in blocks, gets the articles back in their
order and is the only one that writes to the library. A block whose worker dies goes to another one; nothing is stored
by workers, so nothing is lost or doubled. What kills its workers again and again is skipped.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from qa.containers import Member
from qa.errors import ArticleUnreadable, ClusterFailed
from qa.isolated import REMEDY, IsolatedReading, article_of, article_values
from qa.models import Embedder
from qa.preparing import Item, Job, Prepared, Result, read_member, split_article
from qa.settings import Settings
from qa.types import Ingested, Passage

# A worker prepares a block at once: what its death makes another one do again.
BLOCK, BLOCK_BYTES = 16, 1_000_000
# What is handed to the cluster together, and lies in its memory. Each time its workers load the model anew.
WINDOW, WINDOW_BYTES = 4_096, 64_000_000
RETRIES = 2  # of a block whose worker died; then each of its articles is tried alone, as often
CONNECT_SECONDS = 30  # Ray itself tries for two minutes
CONNECT = "import sys, ray; ray.init(sys.argv[1], log_to_driver=False, logging_level='ERROR'); ray.shutdown()"
LOCAL = "local"  # a cluster of this process's own, with a worker for each core

LoadModel = Callable[[], Embedder]


class RayWorkers:
    """Prepares articles on the cluster at an address; use it with `with`, so that the connection ends."""

    def __init__(
        self, address: str, settings: Settings, load_model: LoadModel, loader: Callable[[Embedder], LoadModel]
    ) -> None:
        """`load_model` gives this process's embedder, and `loader` what loads the same on a worker."""
        self._address, self._load_model, self._loader = address, load_model, loader
        self._settings = replace(settings, threads=settings.threads or 1, chroma_url="", chroma_token="", llm="")
        self._ray: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._ray is not None:
            self._ray.shutdown()

    def prepare(self, items: Iterable[Item]) -> Iterator[tuple[Job, Result] | Ingested]:
        """Each article with its passages and vectors, in order but for those that killed a worker again and again.

        Nothing is connected to before there is one to read.
        """
        for window in _windows(items):
            jobs = [item for item in window if isinstance(item, Job)]
            found = self._prepare([job.member for job in jobs]) if jobs else iter(())
            number, result = next(found, (len(jobs), None))
            read, lost = 0, []
            for item in window:
                if isinstance(item, Ingested):
                    yield item
                    continue
                if result is not None and number == read:
                    yield item, result
                    number, result = next(found, (len(jobs), None))
                else:
                    lost.append(item)
                read += 1
            yield from self._try_alone(lost)

    def _try_alone(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Result]]:
        """Those in whose blocks workers died, each in a block of its own and with its worker to itself."""
        found = dict(self._prepare([job.member for job in jobs], alone=True)) if jobs else {}
        for number, job in enumerate(jobs):
            reason = f"made the worker that read it end, {RETRIES + 1} times"
            yield job, found.get(number, ArticleUnreadable(job.member.source, reason, REMEDY))

    def _prepare(self, members: Sequence[Member], alone: bool = False) -> Iterator[tuple[int, Result]]:
        """(number, article or why there is none), ordered by number; those are left out whose workers died."""
        self._connect()
        import ray.data
        import ray.exceptions

        embedder = self._load_model()
        worker = (self._loader(embedder), embedder.key, program_digest(), self._settings)
        blocks = _blocks(members, 1 if alone else BLOCK)
        cores = int(self._ray.cluster_resources().get("CPU", 0))
        workers = min(len(blocks), cores // self._settings.threads)
        if not workers:
            raise ClusterFailed(f"the Ray cluster has {cores} cores, and a worker needs {self._settings.threads}")
        with warnings.catch_warnings():
            # The only way to bound retries, which have no end otherwise; 2.64 takes it away.
            warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")
            replies = ray.data.from_arrow(blocks).map_batches(
                Worker,
                fn_constructor_args=worker,
                batch_size=None,
                batch_format="pyarrow",
                compute=ray.data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1 if alone else 2),
                num_cpus=self._settings.threads,
                max_task_retries=RETRIES,
            )
        try:
            for table in replies.iter_batches(batch_size=None, batch_format="pyarrow"):
                yield from _read_replies(table)
        except ray.exceptions.RayError as error:  # no worker could be started, or the cluster is gone
            raise ClusterFailed(f"the Ray cluster at {self._address} failed: {_last_line(str(error))}") from error

    def _connect(self) -> None:
        if self._ray is not None:
            return
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before Ray is imported: nothing is told to its makers
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise ClusterFailed(
                f"--ray needs more packages ({error.name}); run: pip install 'qa-articles[ray]'"
            ) from None
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        options: dict[str, Any] = {"include_dashboard": False} if self._address == LOCAL else {}
        if self._address != LOCAL:
            _check_address(self._address)
        try:
            ray.init(self._address, log_to_driver=False, logging_level=logging.ERROR, **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ClusterFailed(f"no Ray cluster can be used at {self._address}: {error}") from error
        self._ray = ray
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True
        context.max_errored_blocks = -1  # `prepare` sees which are missing


def _check_address(address: str) -> None:
    """ClusterFailed where no cluster answers there: another process tries, since Ray can't be told to give up."""
    command = [sys.executable, "-c", CONNECT, address]
    remedy = "start one with: RAY_USAGE_STATS_ENABLED=0 ray start --head; or give --ray local"
    try:
        tried = subprocess.run(command, capture_output=True, timeout=CONNECT_SECONDS, check=False, text=True)
    except subprocess.TimeoutExpired:
        raise ClusterFailed(f"no Ray cluster answers at {address} within {CONNECT_SECONDS} s; {remedy}") from None
    if tried.returncode:
        said = _last_line(tried.stderr) or f"exit code {tried.returncode}"
        raise ClusterFailed(f"no Ray cluster can be used at {address}: {said}; {remedy}")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1][:300]


def _windows(items: Iterable[Item]) -> Iterator[list[Item]]:
    window: list[Item] = []
    size = 0
    for item in items:
        window.append(item)
        size += len(item.member.data) if isinstance(item, Job) else 0
        if len(window) >= WINDOW or size >= WINDOW_BYTES:
            yield window
            window, size = [], 0
    yield window


def _blocks(members: Sequence[Member], most: int) -> list[pa.Table]:
    """The members, numbered, in tables of so many articles and BLOCK_BYTES, or one article that is larger."""
    blocks: list[list[dict[str, Any]]] = []
    size = 0
    for number, member in enumerate(members):
        size += len(member.data)
        if not blocks or len(blocks[-1]) >= most or size > BLOCK_BYTES:
            blocks.append([])
            size = len(member.data)
        blocks[-1].append({"number": number, "source": member.source, "suffix": member.suffix, "data": member.data})
    return [pa.Table.from_pylist(block, schema=REQUEST) for block in blocks]


REQUEST = pa.schema([("number", pa.int64()), ("source", pa.string()), ("suffix", pa.string()), ("data", pa.binary())])
REPLY = pa.schema([("number", pa.int64()), ("reply", pa.binary()), ("vectors", pa.binary())])


def _read_replies(table: pa.Table) -> Iterator[tuple[int, Result]]:
    for row in table.to_pylist():
        reply = json.loads(row["reply"])
        if "failed" in reply:
            raise ClusterFailed(reply["failed"])
        if "reason" in reply:
            yield row["number"], ArticleUnreadable(reply["source"], reply["reason"], reply["remedy"])
            continue
        article = article_of(reply["article"])
        passages = tuple(Passage(article.id, start, end, article.text[start:end]) for start, end in reply["spans"])
        vectors = np.frombuffer(row["vectors"], dtype="<f2").reshape(len(passages), -1)
        yield row["number"], Prepared(article, tuple(reply["notes"]), passages, vectors)


@cache
def program_digest() -> str:
    """What tells this program from another version of it: a hash of its code and of its model of clutter."""
    folder, digest = Path(__file__).parent, hashlib.sha256()
    for path in sorted([*folder.rglob("*.py"), *folder.glob("*.json")]):
        digest.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


# On the workers


class Worker:
    """A process of the cluster: members in, articles with their passages and vectors out."""

    def __init__(self, load: LoadModel, key: str, program: str, settings: Settings) -> None:
        self._load, self._key, self._program, self._settings = load, key, program, settings
        self._reading = IsolatedReading(settings)
        self._embedder: Embedder | None = None

    def __call__(self, block: pa.Table) -> pa.Table:
        """The replies; one that has "failed" ends the whole run, since it is no fault of an article's."""
        try:
            rows = self._prepare([Member(row["source"], row["suffix"], row["data"]) for row in block.to_pylist()])
        except Exception as error:  # the border where it becomes a message: Ray would try it again, or drop the block
            failed = f"the worker on {platform.node()} failed: {error or type(error).__name__}"
            rows = [({"failed": failed}, b"")] * block.num_rows
        replies = [json.dumps(values).encode() for values, _ in rows]
        return pa.table([block["number"], replies, [vectors for _, vectors in rows]], schema=REPLY)

    def _prepare(self, members: Sequence[Member]) -> list[tuple[dict[str, Any], bytes]]:
        embedder = self._loaded()
        found = [read_member(member, self._reading) for member in members]
        split = [
            split_article(one.article, embedder, self._settings) if isinstance(one, Prepared) else () for one in found
        ]
        texts = list(dict.fromkeys(passage.text for passages in split for passage in passages))
        rows = dict(zip(texts, embedder.embed(texts).astype("<f2") if texts else (), strict=True))
        return [
            (_values(one, passages), b"".join(rows[passage.text].tobytes() for passage in passages))
            for one, passages in zip(found, split, strict=True)
        ]

    def _loaded(self) -> Embedder:
        if self._embedder is None:
            if program_digest() != self._program:
                raise ClusterFailed("it runs another version of this program; install the same on all machines")
            embedder = self._load()
            if embedder.key != self._key:
                raise ClusterFailed(f"its embedding model is {embedder.key}, not {self._key}")
            self._embedder = embedder
        return self._embedder


def _values(result: Result, passages: Sequence[Passage]) -> dict[str, Any]:
    if isinstance(result, ArticleUnreadable):
        return {"source": result.source, "reason": result.reason, "remedy": result.remedy}
    spans = [(passage.start, passage.end) for passage in passages]
    return {"article": article_values(result.article), "notes": result.notes, "spans": spans}
