"""Libraries of edited articles: one is built and embedded, each edited one is a copy of it with some files replaced."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eval.cases import CasesInvalid, Corpus
from eval.questions import map_articles
from eval.run import Asker
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.library import Library


@dataclass(frozen=True, slots=True)
class Variant:
    """A library that can be asked, and its articles by file name."""

    asker: Asker
    corpus: Corpus


OpenVariant = Callable[[Mapping[str, str]], AbstractContextManager[Variant]]  # from changed texts by file name


@contextmanager
def libraries_of(texts: Mapping[str, str], settings: Settings) -> Iterator[OpenVariant]:
    """What opens the library of these articles with some changed or added; all are thrown away at the end."""
    from qa.library import Library  # loads models, so after all that can go wrong without them
    from qa.models import load_embedder, load_reader

    settings = replace(settings, precision="f32")  # as eval.run does, for the same reason
    embedder, reader = load_embedder(settings), load_reader(settings)

    def open_library(folder: Path) -> Library:
        return Library.open(folder, settings=settings, load=lambda _: embedder, load_reader=lambda _: reader)

    with tempfile.TemporaryDirectory() as folder:
        base, articles = Path(folder) / "base", Path(folder) / "articles"
        with open_library(base) as library:
            _add(library, articles, texts)

        @contextmanager
        def open_variant(changed: Mapping[str, str]) -> Iterator[Variant]:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                copy = Path(place) / "library"
                shutil.copytree(base, copy)
                with open_library(copy) as library:
                    if changed:
                        _add(library, articles, changed)  # in the same folder: an article's path is what it is known by
                    yield Variant(library, map_articles(library.articles(), ()))

        yield open_variant


def _add(library: Library, folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    paths = [folder / name for name in texts]
    for path in paths:
        path.write_bytes(texts[path.name].encode("utf-8"))
    skipped = library.add(paths).having("skipped")
    if skipped:
        raise CasesInvalid(f"{skipped[0].source} can't be added: {skipped[0].reason}")
