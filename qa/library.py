"""Library: the facade that programs hold. A ledger, in a folder or on PostgreSQL, and its indexes."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from qa.archive import Archive, Manifest
from qa.assistant import Assistant
from qa.databases import parse_url
from qa.errors import ArticleMissing, ModelMismatch, QAError
from qa.generate import Writing, load_writing
from qa.ingest import Progress, Tell, add_articles, reclean_articles, restore_articles
from qa.ledger import REMEMBERED
from qa.library_model import LibraryModel
from qa.listing import Ending, ListPage, Order
from qa.models import Embedder, Reader, Verifier, load_embedder, load_reader, load_verifier
from qa.preparing import Prepare
from qa.settings import Settings
from qa.shared_store import SharedStore
from qa.sources import Source
from qa.store import Finding, Store
from qa.types import (
    Answer,
    Article,
    Check,
    Event,
    Feedback,
    Filters,
    History,
    Hit,
    Ingested,
    IngestReport,
    KeptAnswer,
    Rewriting,
    Upload,
    Verdict,
)
from qa.verify import verify_answer
from qa.writers import Writer

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

KEY = "signing_key"  # the fact


def default_library() -> str:
    """$QA_LIBRARY, else .qa in the working folder."""
    return os.environ.get("QA_LIBRARY") or ".qa"


def open_store(library: str | Path, settings: Settings, *, create: bool = True) -> Store:
    """The store in that folder, or of that database on PostgreSQL, recovered if its last writer was killed."""
    url = parse_url(str(library))
    if url is None:
        return Store.open(Path(library).expanduser(), settings, create=create)
    return SharedStore.open_at(url, settings, create=create)


class Library:
    """Articles that can be asked; safe to use from several threads. Close it, or use it with `with`."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        load: Callable[[Settings], Embedder] = load_embedder,
        load_reader: Callable[[Settings], Reader] = load_reader,
        load_writing: Callable[[Settings], Writing | None] = lambda _: None,
    ) -> None:
        self._open_store: Store | None = store
        self._settings = settings
        self._open_model = LibraryModel(store, settings, load)
        self._load_reader, self._load_writing = load_reader, load_writing
        self._loading = threading.Lock()
        self._assistant: Assistant | None = None

    @classmethod
    def open(
        cls,
        folder: str | Path | None = None,
        *,
        settings: Settings | None = None,
        create: bool = True,
        load: Callable[[Settings], Embedder] = load_embedder,
        load_reader: Callable[[Settings], Reader] = load_reader,
        load_verifier: Callable[[Settings], Verifier] = load_verifier,
        llm: LLM | Writer | None = None,
    ) -> Library:
        """The library in that folder or database, `default_library()` unless given; LibraryMissing if there is none.

        A database is named by a URL, postgresql://USER@HOST/NAME; this machine's copy of its indexes lies in
        `settings.copies`.

        `load` gives the embedding model for some settings, `load_reader` the reader and `load_verifier` the verifier;
        programs with models of their own pass theirs. `llm` is a language model of llama-index that words the answers;
        else `settings.llm` names one, or none.
        """
        settings = settings or Settings.from_environment()
        store = open_store(folder if folder is not None else default_library(), settings, create=create)
        writing = partial(load_writing, llm=llm, load_verifier=load_verifier)
        return cls(store, settings, load, load_reader, writing)

    def close(self) -> None:
        """Ends the use of the folder; closing twice does no harm."""
        if self._assistant is not None:
            self._assistant.close()
        if self._open_store is not None:
            self._open_store.close()
            self._open_store = None

    @property
    def _store(self) -> Store:
        if self._open_store is None:
            raise QAError("this library is closed; open it again with Library.open")
        return self._open_store

    @property
    def _model(self) -> LibraryModel:
        _ = self._store  # which says that the library is closed
        return self._open_model

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # Asking

    def warm(self) -> None:
        """Loads the models, which the first question does otherwise."""
        self._ready()

    def ask(
        self, question: str, *, filters: Filters | None = None, strictness: float | None = None, history: History = ()
    ) -> Answer:
        """The answer with its citations, or a refusal with the nearest passages.

        `history` are the answers before it, oldest first, which tell whom "he" means; the answer's question and notes
        say how the question was read.
        """
        return self._ready().ask(question, filters=filters, strictness=strictness, history=history)

    def stream(
        self, question: str, *, filters: Filters | None = None, strictness: float | None = None, history: History = ()
    ) -> Generator[Event, None, None]:
        """One event a step of answering; the last one carries the answer.

        While a language model writes, events tell of the answer so far: `event.so_far` has the sentences that were
        judged and may be shown, with their citations. Closing the generator, as leaving a `for` over it in the midst
        does, ends the model's work.
        """
        return self._ready().stream(question, filters=filters, strictness=strictness, history=history)

    def rewrite(self, question: str, history: History) -> Rewriting:
        """The question as `ask` reads it after those answers, oldest first: by rules, or by the language model."""
        return self._ready().rewrite(question, history)

    def search(self, question: str, *, k: int = 10, filters: Filters | None = None, rerank: bool = True) -> list[Hit]:
        """The k best passages, best first; without `rerank` as the fused indexes order them."""
        return self._ready().search(question, k=k, filters=filters, rerank=rerank)

    def verify(self, answer: Answer) -> list[Check]:
        """Whether each quotation of a stored answer still holds, without any model."""
        return verify_answer(answer, self._store.ledger)

    # Feedback

    def give_feedback(
        self, answer: Answer, verdict: Verdict, *, sentence: int | None = None, note: str = ""
    ) -> Feedback:
        """Keeps what somebody says of an answer, or of the sentence at that place in it; FeedbackInvalid."""
        return self._store.ledger.feedback.give(answer, verdict, sentence, note)

    def feedback(self) -> list[Feedback]:
        """All feedback, in the order in which it was given, each with the answer as it was."""
        return self._store.ledger.feedback.all()

    def forget_feedback(self, id: int) -> None:
        """Deletes one piece of feedback; FeedbackInvalid when there is none with that id."""
        self._store.ledger.feedback.forget(id)

    def signing_key(self) -> bytes:
        """The library's secret of 32 bytes, for what is handed out to come back unaltered; made when first needed."""
        return bytes.fromhex(
            self._store.ledger.fact("signing_key") or self._store.ledger.fact_once("signing_key", secrets.token_hex(32))
        )

    # Kept answers

    def keep_answer(self, answer: Answer) -> str:
        """The id at which the answer can be shown again as it is now; AnswerInvalid when it quotes what was purged."""
        return self._store.ledger.kept.keep(answer, self.signing_key())

    def is_whole(self, answer: Answer) -> bool:
        """Whether something is left of each article that the answer has words of; `keep_answer` takes no other."""
        return self._store.ledger.kept.is_whole(answer)

    def kept_answer(self, id: str) -> KeptAnswer:
        """The kept answer with that id; AnswerMissing when there is none."""
        return self._store.ledger.kept.get(id)

    def kept_answers(self) -> list[KeptAnswer]:
        """All kept answers, in the order in which they were kept."""
        return self._store.ledger.kept.all()

    def forget_answer(self, id: str) -> None:
        """Deletes a kept answer; AnswerMissing when there is none with that id."""
        self._store.ledger.kept.forget(id)

    # Articles

    def add(
        self,
        items: Source | Iterable[Source],
        *,
        fields: Mapping[str, str] | None = None,
        prune: bool = False,
        progress: Progress | None = None,
        tell: Tell | None = None,
        ray: str | None = None,
    ) -> IngestReport:
        """Adds files, folders, addresses and uploads; skips unchanged ones, replaces the old version of changed ones.

        `fields` names the columns of records that aren't called as usual, such as {"text": "story"}. With `prune`, the
        articles of the folders and archives given go that aren't there any more. Addresses need `allow_network`.
        `tell` hears what became of each source once that is stored for good. `ray` is the address of a Ray cluster
        whose workers read and embed ("HOST:PORT", "auto", or "local" for one of this process's own); ClusterFailed.
        """
        if isinstance(items, str | Path | Upload):
            items = [items]
        with self._store.writing(), self._prepare_on(ray) as prepare:
            self._model.check_precision()
            return add_articles(
                items,
                store=self._store,
                load_model=self._model.to_add_with,
                settings=self._settings,
                fields=fields,
                prune=prune,
                progress=progress,
                tell=tell,
                prepare=prepare,
            )

    @contextmanager
    def _prepare_on(self, address: str | None) -> Iterator[Prepare | None]:
        """What prepares articles on that Ray cluster; None without one."""
        if address is None:
            yield None
            return
        from qa.ray_workers import RayWorkers

        with RayWorkers(address, self._settings, self._model.to_add_with, self._model.loader) as workers:
            yield workers.prepare

    def add_feed(self, address: str, *, progress: Progress | None = None, ray: str | None = None) -> IngestReport:
        """Adds the pages that a feed lists; needs `allow_network`. ArticleUnreadable when the feed can't be read."""
        from qa.fetch import find_feed_pages

        return self.add(find_feed_pages(address, self._settings), progress=progress, ray=ray)

    def reclean(self, *, progress: Progress | None = None) -> IngestReport:
        """Cleans the stored articles again, as today's program does; ids and offsets stay, stored answers hold."""
        with self._store.writing():
            self._model.check_precision()
            return reclean_articles(
                store=self._store, load_model=self._model.to_add_with, settings=self._settings, progress=progress
            )

    def articles(self) -> list[Article]:
        """The articles of the newest revision, in the order in which they came."""
        return self._store.ledger.articles(self._store.ledger.revision())

    def browse(
        self, words: str = "", *, order: Order = "newest", start: int = 0, most: int = 50, removed: bool = False
    ) -> ListPage:
        """A page of the articles whose title, publisher and file name have all the words, or of the restorable ones."""
        ledger = self._store.ledger
        return ledger.listing.page(ledger.revision(), words, order=order, start=start, most=most, removed=removed)

    def publishers(self) -> list[str]:
        """The publishers that the articles of the newest revision name, those with most articles first."""
        return self._store.ledger.listing.publishers(self._store.ledger.revision())

    def article(self, id: str) -> Article:
        """The article with that id, old versions included, or the living one whose id begins so; ArticleMissing."""
        article = self._store.ledger.article(id)
        if article is None:
            article = self._store.ledger.article(self._complete(id))
        if article is None:
            raise ArticleMissing(f"no article {id}; see: qa list")
        return article

    def ending(self, id: str) -> Ending | None:
        """When and how the article with that id went; None for one that questions see."""
        return self._store.ledger.listing.endings([id], self._store.ledger.revision()).get(id)

    def count_passages(self) -> dict[str, int]:
        """Article id -> how many passages it has, at the newest revision."""
        return self._store.ledger.passage_counts(self._store.ledger.revision())

    def remove(self, ids: str | Iterable[str], *, purge: bool = False) -> IngestReport:
        """Takes articles out, so that no question sees them; `purge` deletes every trace of all their versions."""
        given = [ids] if isinstance(ids, str) else ids
        found = (self.article(id if purge else self._complete(id)) for id in given)
        removed = list({article.id: article for article in found}.values())
        if purge:  # also of what was removed before, by its whole id
            self._store.purge([id for article in removed for id in self._store.ledger.versions(article.source)])
        else:
            self._store.publish((), [article.id for article in removed])
        entries = tuple(Ingested(item.source, "removed", item.id, item.title) for item in removed)
        return IngestReport(entries, self._store.ledger.revision())

    def article_ids(self) -> list[str]:
        """The ids of the articles of the newest revision, in no order."""
        return list(self._store.ledger.sources(self._store.ledger.revision()).values())

    def corpus_digest(self, revision: int | None = None) -> str:
        """A hash of the ids of all articles at that revision, the newest unless given; answers name it."""
        ledger = self._store.ledger
        return ledger.corpus_digest(ledger.revision() if revision is None else revision)

    def restore(self, ids: str | Iterable[str]) -> IngestReport:
        """Brings back what was removed or replaced, unless it was purged, in place of what has its place now."""
        with self._store.writing():
            self._model.check_precision()
            return restore_articles(
                [ids] if isinstance(ids, str) else ids,
                store=self._store,
                load_model=self._model.to_add_with,
                settings=self._settings,
            )

    # Moving

    def export_to(self, file: str | Path, *, force: bool = False) -> Manifest:
        """Writes the newest revision and all that came before it into one archive; ArchiveUnwritten.

        It holds the library's secret key. An unchanged library gives the same bytes.
        """
        return self._store.ledger.moving.export_to(Path(file).expanduser(), force=force)

    def import_from(self, file: str | Path | Archive) -> Manifest:
        """Fills this library, which must be empty, as the one was that was exported: it gives the same answers.

        ArchiveInvalid, LibraryTooNew or LibraryNotEmpty before anything is written.
        """
        if not isinstance(file, Archive):
            with Archive.open(Path(file).expanduser()) as archive:
                return self.import_from(archive)
        with self._store.writing():
            self._store.ledger.moving.import_from(file)
            self._store.rebuild()
        return file.manifest

    # Care

    @property
    def settings(self) -> Settings:
        """What it was opened with."""
        return self._settings

    def remembered(self, name: str) -> str | None:
        """What `remember` kept under that name; a purge forgets it, as it may quote."""
        return self._store.ledger.fact(f"{REMEMBERED}{name}")

    def remember(self, name: str, value: str) -> None:
        """Keeps something that was found out about the articles and takes time to find again."""
        self._store.ledger.set_facts({f"{REMEMBERED}{name}": value})

    def check(self) -> list[Finding]:
        """Whether ledger, indexes and model are sound and agree."""
        findings = self._store.check()
        try:
            embedder = self._model.current()
            text = f"{embedder.name}, {embedder.precision}, {embedder.dimensions} dimensions, {embedder.digest[:12]}"
            return [*findings, Finding("model", True, text)]
        except ModelMismatch as error:
            return [*findings, Finding("model", False, str(error))]

    def lag(self) -> int:
        """How many revisions the indexes that questions are read with are behind the newest one."""
        return max(0, self._store.ledger.revision() - self._store.reached())

    def degraded(self) -> tuple[str, ...]:
        """Which parts can't be reached, so that answers come without them: "vectors", or none."""
        return ("vectors",) if self._store.vectors.down else ()

    def rebuild(self) -> None:
        """Builds both indexes anew from the ledger; embeds nothing."""
        self._store.rebuild()

    def reembed(
        self, embedder: str | None = None, *, precision: str | None = None, progress: Progress | None = None
    ) -> int:
        """Changes the embedding model; the old vectors serve until the switch. Returns how many texts were embedded.

        What a kill interrupts goes on from there when it is called again.
        """
        return self._model.reembed(embedder, precision=precision, progress=progress)

    def _ready(self) -> Assistant:
        embedder = self._model.current()
        with self._loading:
            if self._assistant is None or self._assistant.embedder is not embedder:
                reader = self._load_reader(replace(self._settings, precision=embedder.precision))
                writing = self._load_writing(self._settings)
                self._assistant = Assistant(self._store, embedder, reader, self._settings, writing)
            return self._assistant

    def _complete(self, id: str) -> str:
        """The id of the one living article whose id begins so."""
        found = self._store.ledger.matching_ids(id, self._store.ledger.revision())
        if not found:
            raise ArticleMissing(f"no article {id}; see: qa list")
        if len(found) > 1:
            raise ArticleMissing(f"{id} is the beginning of {len(found)} ids; give more of it")
        return found[0]
