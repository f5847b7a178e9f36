"""The embedding model of a library: loaded when first needed, told from others, changed for all its passages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from qa.errors import ModelMismatch
from qa.ingest import Progress
from qa.models import Embedder
from qa.settings import DEFAULT_EMBEDDER, Settings
from qa.store import EMBEDDER, MODEL, Store

REEMBED_TEXTS = 256  # stored together; what a kill can cost


class LibraryModel:
    """The model whose vectors a store has; safe to use from several threads."""

    def __init__(self, store: Store, settings: Settings, load: Callable[[Settings], Embedder]) -> None:
        self._store, self._settings, self._load = store, settings, load
        self._loading = threading.Lock()
        self._embedder: Embedder | None = None

    def current(self) -> Embedder:
        """The model, loaded when first needed and again when another process has changed the library's."""
        with self._loading:
            key = self._store.ledger.fact(MODEL)
            if self._embedder is None or key not in (None, self._embedder.key):
                self._embedder = self._load_named(key)
            return self._embedder

    def to_add_with(self) -> Embedder:
        """The model, written down as that of a library that has none yet."""
        embedder = self.current()
        if self._store.ledger.fact(MODEL) is None:
            own = self._store.ledger.fact_once(MODEL, embedder.key, **{EMBEDDER: _absolute(embedder.name)})
            if own != embedder.key:  # another writer's first article was quicker
                raise ModelMismatch(f"the library has just been given {own}, not {embedder.key}; run the command again")
        return embedder

    def loader(self, embedder: Embedder) -> Callable[[], Embedder]:
        """What loads that model in another process, be it on another machine; with one thread unless settings say."""
        settings = Settings(
            **{name: getattr(self._settings, name) for name in ("allow_download", "backend", "batch", "cache")},
            embedder=_absolute(embedder.name),
            precision=embedder.precision,
            threads=self._settings.threads or 1,
        )
        return partial(self._load, settings)

    def check_precision(self) -> None:
        """ModelMismatch where the settings alone show it; another model is told when it is loaded for a new text."""
        wanted, own = self._settings.precision, self._precision()
        if self._store.ledger.fact(MODEL) is not None and wanted not in ("", own):
            raise ModelMismatch(
                f"the library's vectors were made with precision {own}, not {wanted}; "
                f"unset QA_PRECISION, or change the library: qa reembed --precision {wanted}"
            )

    def reembed(self, embedder: str | None, *, precision: str | None, progress: Progress | None) -> int:
        """How many texts were embedded for another model; the old vectors serve until the switch."""
        settings = replace(
            self._settings,
            embedder=embedder or self._settings.embedder or self._store.ledger.fact(EMBEDDER) or DEFAULT_EMBEDDER,
            precision=precision or self._settings.precision or self._precision(),
        )
        model = self._load(settings)
        with self._store.writing():
            done = self._embed_all(model, progress)
            with self._store.turn():
                done += self._embed_all(model, None)  # what others have published meanwhile
                self._store.rebuild({MODEL: model.key, EMBEDDER: _absolute(settings.embedder)}, self._switching(model))
                self._store.ledger.embeddings.drop(keep=model.key)
        return done

    @contextmanager
    def _switching(self, model: Embedder) -> Iterator[None]:
        """Questions that begin now wait, and are then embedded with the new model."""
        with self._loading:
            yield
            self._embedder = model

    def _embed_all(self, model: Embedder, progress: Progress | None) -> int:
        ledger = self._store.ledger
        total, done = ledger.embeddings.count_missing(model.key, ledger.revision()), 0
        for run in ledger.embeddings.texts_missing(model.key, ledger.revision()):
            for start in range(0, len(run), REEMBED_TEXTS):
                group = run[start : start + REEMBED_TEXTS]
                vectors = model.embed([text for _, text in group])
                ledger.embeddings.put([text_sha256 for text_sha256, _ in group], vectors, model.key)
                done += len(group)
                if progress:
                    progress(done, max(total, done), "")
        return done

    def _load_named(self, key: str | None) -> Embedder:
        name = self._store.ledger.fact(EMBEDDER) or DEFAULT_EMBEDDER
        wanted = replace(
            self._settings,
            embedder=self._settings.embedder or name,
            precision=self._settings.precision or self._precision(),
        )
        embedder = self._load(wanted)
        if key not in (None, embedder.key):
            raise ModelMismatch(
                f"the library was made with {name} ({key}), not with {embedder.name} ({embedder.key}); "
                f"unset QA_EMBEDDER and QA_PRECISION, or change the library: qa reembed --model {embedder.name}"
            )
        return embedder

    def _precision(self) -> str:
        """The library's; empty for one that has no vectors yet."""
        return (self._store.ledger.fact(MODEL) or "").rpartition("/")[2]


def _absolute(embedder: str) -> str:
    """A folder's path made independent of the working folder; other names as they are."""
    path = Path(embedder).expanduser()
    return str(path.resolve()) if path.is_dir() else embedder
