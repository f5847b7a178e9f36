"""Brings articles into the store: what was added, updated, unchanged or skipped, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from qa.articles import FORMATS, article_from_bytes, find_files, read_bytes
from qa.errors import ArticleUnreadable
from qa.models import Embedder
from qa.passages import split_passages
from qa.rows import Addition, hash_text
from qa.settings import Settings
from qa.store import Store
from qa.types import Article, Ingested, IngestReport, Outcome, Passage, Upload

Progress = Callable[[int, int, str], None]  # (done, total, what is being read)

TWICE = "another file of this name was given"
BATCH_PASSAGES = 256  # published together: enough to embed well, few enough to lose little to a kill


def add_articles(
    items: Iterable[str | Path | Upload],
    *,
    store: Store,
    embedder: Embedder,
    settings: Settings,
    progress: Progress | None = None,
) -> IngestReport:
    """Adds files, folders and uploads; unchanged ones are skipped, changed ones replace their old version.

    One unreadable file never stops the rest. What was published before an interruption stays.
    """
    with store.writing():
        sources, left_out = _find_sources(items)
        report = _Adding(store, embedder, settings).run(sources, progress or (lambda *_: None))
        return IngestReport((*left_out, *report.entries), report.revision)


class _Adding:
    """One run of `add_articles`: the batch that is being filled, and what became of each source so far."""

    def __init__(self, store: Store, embedder: Embedder, settings: Settings) -> None:
        self._store = store
        self._embedder = embedder
        self._settings = settings
        self._revision = store.refresh()
        self._entries: list[Ingested] = []
        self._additions: list[Addition] = []
        self._dead_ids: list[str] = []

    def run(self, sources: Sequence[Path | Upload], progress: Progress) -> IngestReport:
        for done, source in enumerate(sources):
            progress(done, len(sources), source.name)
            try:
                self._entries.append(self._add(source))
            except ArticleUnreadable as error:
                self._entries.append(Ingested(error.source, "skipped", reason=error.reason, remedy=error.remedy))
            if sum(len(addition.passages) for addition in self._additions) >= BATCH_PASSAGES:
                self._publish()
        self._publish()
        progress(len(sources), len(sources), "")
        return IngestReport(tuple(self._entries), self._revision)

    def _add(self, source: Path | Upload) -> Ingested:
        name = _source_name(source)
        data = self._read(source)
        old = self._store.ledger.living(name, self._revision)
        if old is not None and old.bytes_sha256 == hashlib.sha256(data).hexdigest():
            return _entry(old, "unchanged")
        article, notes = article_from_bytes(data, source=name, suffix=Path(source.name).suffix.lower())
        if old is not None and old.id == article.id:
            return _entry(old, "unchanged")
        addition = Addition(replace(article, supersedes=old.id if old else None), data, self._split(article))
        copy = self._copy_of(addition)
        self._additions.append(addition)
        self._dead_ids += [old.id] if old else []
        entry = _entry(addition.article, "updated" if old else "added", len(addition.passages), "; ".join(notes))
        if copy is not None:
            return replace(entry, outcome="duplicate", reason=f"the same text as {copy}: shown as one source")
        return entry

    def _read(self, source: Path | Upload) -> bytes:
        if isinstance(source, Path):
            return read_bytes(source, self._settings)
        if len(source.data) > self._settings.max_article_bytes:
            reason = f"is larger than {self._settings.max_article_bytes:,} bytes ({len(source.data):,})"
            raise ArticleUnreadable(_source_name(source), reason, "split it, or set QA_MAX_ARTICLE_BYTES higher")
        if not source.data:
            raise ArticleUnreadable(_source_name(source), "is empty", "choose another file")
        return source.data

    def _split(self, article: Article) -> tuple[Passage, ...]:
        return tuple(
            split_passages(
                article,
                count_tokens=self._embedder.count_tokens,
                tokens=self._settings.passage_tokens,
                overlap=self._settings.passage_overlap,
            )
        )

    def _copy_of(self, addition: Addition) -> str | None:
        """The source of another article with the same kept text."""
        kept_sha256 = hash_text(addition.article.kept_text)
        for other in self._additions:
            if hash_text(other.article.kept_text) == kept_sha256:
                return other.article.source
        return self._store.ledger.source_with(kept_sha256, self._revision, besides=addition.article.source)

    def _publish(self) -> None:
        if not self._additions:
            return
        self._embed([passage.text for addition in self._additions for passage in addition.passages])
        self._revision = self._store.publish(self._additions, self._dead_ids)
        self._additions, self._dead_ids = [], []

    def _embed(self, texts: Sequence[str]) -> None:
        """Stores the vectors of those texts that have none yet; what is stored survives a kill before publishing."""
        model = self._embedder.key
        by_hash = {hash_text(text): text for text in texts}
        missing = self._store.ledger.unembedded(by_hash, model)
        for start in range(0, len(missing), BATCH_PASSAGES):
            group = missing[start : start + BATCH_PASSAGES]
            self._store.ledger.put_vectors(group, self._embedder.embed([by_hash[key] for key in group]), model)


def _find_sources(items: Iterable[str | Path | Upload]) -> tuple[list[Path | Upload], list[Ingested]]:
    """Each source once, folders replaced by their files; and what can't be added at all."""
    found: dict[str, Path | Upload] = {}
    left_out: list[Ingested] = []
    for item in items:
        if isinstance(item, Upload):
            if _source_name(item) in found:
                left_out.append(Ingested(_source_name(item), "skipped", reason=TWICE, remedy="give it another name"))
            found.setdefault(_source_name(item), item)
            continue
        path = Path(item).expanduser()
        files = find_files([path])
        found.update((_source_name(file), file) for file in files)
        if not files:
            remedy = f"put files in it: {' '.join(sorted(FORMATS))}"
            left_out.append(Ingested(str(path), "skipped", reason="the folder holds no articles", remedy=remedy))
    return list(found.values()), left_out


def _source_name(source: Path | Upload) -> str:
    name = f"upload:{source.name}" if isinstance(source, Upload) else str(source.resolve())
    return name.encode("utf-8", "backslashreplace").decode()  # a file's name may be any bytes


def _entry(article: Article, outcome: Outcome, passages: int = 0, reason: str = "") -> Ingested:
    return Ingested(article.source, outcome, article.id, article.title, passages, reason)
