"""Brings articles into the store: what was added, updated, unchanged, a duplicate or skipped, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from qa.articles import reclean
from qa.containers import Member
from qa.duplicates import CopyFinder, CopyShare
from qa.errors import ArticleUnreadable, ModelMismatch
from qa.isolated import IsolatedReading
from qa.languages import is_known, language_note
from qa.listing import OPENING
from qa.models import Embedder
from qa.preparing import Item, Job, Prepare, Result, read_here, split_article
from qa.restoring import find_restorable
from qa.rows import Addition, Version, hash_text
from qa.settings import Settings
from qa.sources import Source, Sources
from qa.store import MODEL, Store
from qa.types import Article, Ingested, IngestReport, Outcome, Passage

Progress = Callable[[int, int, str], None]  # (done, total, what is being read)
Tell = Callable[[Ingested], None]  # what became of one source
LoadModel = Callable[[], Embedder]

BATCH_PASSAGES = 256  # published together: enough to embed well, few enough to lose little to a kill
GROUP, GROUP_BYTES = 100, 10_000_000  # articles whose versions are looked up together, and the most that they hold


def add_articles(
    items: Iterable[Source],
    *,
    store: Store,
    load_model: LoadModel,
    settings: Settings,
    fields: Mapping[str, str] | None = None,
    prune: bool = False,
    progress: Progress | None = None,
    tell: Tell | None = None,
    prepare: Prepare | None = None,
) -> IngestReport:
    """Adds files, folders, addresses and uploads; unchanged ones are skipped, changed ones replace their old version.

    `fields` names the columns of records that aren't called as usual, such as {"text": "story"}. With `prune`, articles
    of the folders and archives given go that aren't there any more. One unreadable file never stops the rest. What was
    published before an interruption stays, and `tell` hears of nothing else. `load_model` is called when there is a new
    text, before anything is stored. `prepare` reads, splits and embeds; this process does unless it is given.
    """
    with store.writing(), IsolatedReading(settings) as reading:
        sources = Sources(items, settings, fields or {}, progress or (lambda *_: None))
        adding = _Adding(store, load_model, settings, tell)
        adding.add(sources, prepare or partial(read_here, reading))
        if prune:
            adding.remove_all(sources.gone(store.ledger.sources(store.ledger.revision())))
        return adding.report()


def reclean_articles(
    *, store: Store, load_model: LoadModel, settings: Settings, progress: Progress | None = None
) -> IngestReport:
    """Cleans the stored articles again, as today's program does; their texts, ids and offsets stay."""
    tell = progress or (lambda *_: None)
    with store.writing():
        adding = _Adding(store, load_model, settings)
        ids = list(store.ledger.sources(store.refresh()).values())
        for done, id in enumerate(ids):
            article = store.ledger.article(id)
            if article is not None:
                tell(done, len(ids), article.source)
                adding.clean_again(article)
        adding.publish()
        tell(len(ids), len(ids), "")
        return adding.report()


def restore_articles(ids: Iterable[str], *, store: Store, load_model: LoadModel, settings: Settings) -> IngestReport:
    """Brings back articles that were removed or replaced, as they were; embeds only what no vector is left of.

    Another version that is living is replaced, and can be restored in its turn. QAError, before any
    of them comes back, when one can't; one that is in the library is "unchanged".
    """
    with store.writing():
        adding = _Adding(store, load_model, settings)
        for article, living in find_restorable(ids, store.ledger, store.refresh()):
            adding.restore(article, living)
        adding.publish()
        return adding.report()


class _Adding:
    """One run: the batch that is being filled, and what became of each source so far."""

    def __init__(
        self,
        store: Store,
        load_model: LoadModel,
        settings: Settings,
        tell: Tell | None = None,
    ) -> None:
        self._store = store
        self._load_model = load_model
        self._settings = settings
        self._revision = store.newest()
        self._heeded = self._revision  # up to which what other writers did is known
        self._entries: list[Ingested] = []
        self._tell, self._told = tell, 0  # how many of the entries
        self._additions: list[Addition] = []
        self._dead_ids: list[str] = []
        self._sources: dict[str, str] = {}  # of the batch, by the hash of their kept text
        self._vectors: dict[str, npt.NDArray[np.float16]] = {}  # of the batch that came with it, by their text's hash
        self._copies = CopyFinder(store.ledger.copies)

    def add(self, sources: Iterable[Member | ArticleUnreadable], prepare: Prepare) -> None:
        """Adds all of them and publishes batch by batch."""
        for item in prepare(self._compare(sources)):
            self._entries.append(item if isinstance(item, Ingested) else self._try(*item))
            self._publish_when_full()
        self.publish()

    def _compare(self, sources: Iterable[Member | ArticleUnreadable]) -> Iterator[Item]:
        """What is to be read of them, and of the others what became of them."""
        for group in _groups(sources):
            names = [item.source for item in group if isinstance(item, Member)]
            revision = self._revision
            versions = self._store.ledger.versions_of(names, revision)
            for item in group:
                if isinstance(item, ArticleUnreadable):
                    yield _skipped(item)
                    continue
                old = versions.get(item.source)
                same = old is not None and old.bytes_sha256 == hashlib.sha256(item.data).hexdigest()
                yield _unchanged(item, old) if old and same else Job(item, old, revision)

    def remove_all(self, gone: Mapping[str, str]) -> None:
        """Ends the articles of those sources: source -> id."""
        if gone:
            articles = [self._store.ledger.article(id) for id in gone.values()]
            self._revision = self._store.publish((), list(gone.values()))
            self._entries += [_entry(article, "removed") for article in articles if article is not None]
            self._tell_news()

    def clean_again(self, article: Article) -> None:
        """Publishes the article's new spans with the batch, if they differ."""
        try:
            cleaned = reclean(article)
        except ArticleUnreadable as error:
            self._entries.append(_skipped(error))
            return
        if cleaned.kept == article.kept:
            self._entries.append(_entry(article, "unchanged"))
            return
        addition, _ = self._put(cleaned, b"", article.id)
        self._entries.append(_entry(article, "updated", len(addition.passages)))
        self._publish_when_full()

    def restore(self, article: Article, living: Article | None) -> None:
        """Publishes the article anew with the batch, in place of the version that is living; not where it is that."""
        if living is not None and living.id == article.id:
            self._entries.append(_entry(article, "unchanged"))
            return
        addition, _ = self._put(article, b"", living.id if living else None)
        why = _replacing(article, living) if living else ""
        self._entries.append(_entry(article, "restored", len(addition.passages), why, living))
        self._publish_when_full()

    def publish(self) -> None:
        """Embeds and publishes the batch."""
        if self._additions:
            self._publish_batch()
        self._tell_news()

    def _publish_batch(self) -> None:
        self._embed_batch()
        with self._store.turn():
            if self._store.ledger.fact(MODEL) != self._embedder.key:
                raise ModelMismatch("the library's model was changed meanwhile; run the same command again")
            if self._store.newest() != self._revision:
                self._heed_others()
            if self._additions:
                self._revision = self._store.publish(self._additions, self._dead_ids)
        self._additions, self._dead_ids = [], []
        self._sources.clear()
        self._vectors.clear()
        self._copies.clear()

    def _heed_others(self) -> None:
        """Finds out again, of the batch, what depends on what other writers have published meanwhile."""
        self._revision = self._heeded = self._store.newest()
        versions = self._store.ledger.versions_of([item.article.source for item in self._additions], self._revision)
        expected, batch = set(self._dead_ids), self._additions
        self._additions, self._dead_ids = [], []
        self._copies.clear()
        for item in batch:
            article, living = item.article, versions.get(item.article.source)
            living_id = living.id if living else None
            if living_id in expected:
                self._put(article, item.data, living_id, item.passages)
            elif living_id == article.id or (living is None and article.id in expected):
                self._retell(article)  # another has added the same, or removed what was cleaned again
            else:
                article = replace(article, supersedes=living_id) if living else article
                self._put(article, item.data, living_id, item.passages)
        self._embed_batch()  # a purge takes vectors that no article has yet

    def _retell(self, article: Article) -> None:
        """That nothing was done for an article, as another writer has done it."""
        place = next(at for at, entry in enumerate(self._entries) if entry.article_id == article.id)
        self._entries[place] = _entry(article, "unchanged")

    def _embed_batch(self) -> None:
        self._embed([passage.text for addition in self._additions for passage in addition.passages])

    def _tell_news(self) -> None:
        if self._tell is not None:
            for entry in self._entries[self._told :]:
                self._tell(entry)
        self._told = len(self._entries)

    @cached_property
    def _embedder(self) -> Embedder:
        """Loaded for the first new text: where nothing changed, nothing is waited for."""
        return self._load_model()

    def report(self) -> IngestReport:
        return IngestReport(tuple(self._entries), self._revision)

    def _try(self, job: Job, result: Result) -> Ingested:
        if isinstance(result, ArticleUnreadable):
            return _skipped(result)
        item, old = job.member, job.old
        if job.revision < self._heeded:  # another writer may have been quicker
            old = self._store.ledger.versions_of([item.source], self._revision).get(item.source)
        article, notes = result.article, result.notes
        if old is not None and old.id == article.id:
            return _unchanged(item, old)
        before = self._store.ledger.article(old.id) if old else None
        old_id = before.id if before else None
        addition, share = self._put(replace(article, supersedes=old_id), item.data, old_id, result.passages)
        if result.vectors is not None:
            hashes = [hash_text(passage.text) for passage in addition.passages]
            self._vectors.update(zip(hashes, result.vectors, strict=True))
        notes = (_replacing(article, before), *notes) if before else notes
        outcome: Outcome = "updated" if old else "added"
        if not is_known(article.language):
            notes = (*notes, language_note(article.language or ""))
        same = self._same_text(addition.article)
        if same is not None:
            notes, outcome = (*notes, f"the same text as {same}: shown as one source"), "duplicate"
        elif share is not None:
            notes, outcome = (*notes, share.text), "duplicate" if share.is_duplicate else outcome
        return _entry(addition.article, outcome, len(addition.passages), "; ".join(notes), before)

    def _put(
        self, article: Article, data: bytes, old_id: str | None, passages: tuple[Passage, ...] | None = None
    ) -> tuple[Addition, CopyShare | None]:
        if passages is None:
            passages = split_article(article, self._embedder, self._settings)
        labels, bands, share = self._copies.label(article.source, passages, self._revision)
        addition = Addition(article, data, passages, labels, bands)
        self._additions.append(addition)
        self._dead_ids += [old_id] if old_id else []
        return addition, share

    def _same_text(self, article: Article) -> str | None:
        """The source of another article with the same kept text."""
        kept_sha256 = hash_text(article.kept_text)
        pending = self._sources.setdefault(kept_sha256, article.source)
        if pending != article.source:
            return pending
        return self._store.ledger.source_with(kept_sha256, self._revision, besides=article.source)

    def _publish_when_full(self) -> None:
        if sum(len(addition.passages) for addition in self._additions) >= BATCH_PASSAGES:
            self.publish()

    def _embed(self, texts: Sequence[str]) -> None:
        """Stores the vectors of those texts that have none yet; what is stored survives a kill before publishing."""
        model, embeddings = self._embedder.key, self._store.ledger.embeddings
        by_hash = {hash_text(text): text for text in texts}
        missing = embeddings.missing(by_hash, model)
        brought = [key for key in missing if key in self._vectors]
        if brought:
            embeddings.put(brought, np.stack([self._vectors[key] for key in brought]), model)
            missing = [key for key in missing if key not in self._vectors]
        size = -(-len(missing) // max(1, len(missing) // BATCH_PASSAGES))  # alike, for no small rest of its own
        for start in range(0, len(missing), size or 1):
            group = missing[start : start + size]
            embeddings.put(group, self._embedder.embed([by_hash[key] for key in group]), model)


def _groups(sources: Iterable[Member | ArticleUnreadable]) -> Iterator[list[Member | ArticleUnreadable]]:
    group: list[Member | ArticleUnreadable] = []
    size = 0
    for item in sources:
        group.append(item)
        size += len(item.data) if isinstance(item, Member) else 0
        if len(group) >= GROUP or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    yield group


def _unchanged(item: Member, old: Version) -> Ingested:
    return Ingested(item.source, "unchanged", old.id, old.title)


def _entry(
    article: Article, outcome: Outcome, passages: int = 0, reason: str = "", old: Article | None = None
) -> Ingested:
    replaced = old.id if old else None
    return Ingested(article.source, outcome, article.id, article.title, passages, reason, replaced=replaced)


def _replacing(article: Article, old: Article) -> str:
    """What it takes the place of: a file of the same name may be of another article."""
    name = _name(old)
    return "replaces its earlier version" if name == _name(article) else f"replaces “{name}”"


def _name(article: Article) -> str:
    """The title, or the words that an untitled article begins with."""
    words = article.kept_text[:OPENING].split()
    return article.title or " ".join(words[:9]) + ("…" if len(words) > 9 else "")


def _skipped(error: ArticleUnreadable) -> Ingested:
    return Ingested(error.source, "skipped", reason=error.reason, remedy=error.remedy)
