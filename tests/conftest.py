"""What tests share: the seeds, libraries with a model that one can compute by hand, and a clean environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from qa.library import Library
from qa.models import Embedder, load_embedder
from qa.settings import Settings
from qa.types import Answer, Article
from tests.answers import answer_of, quote
from tests.chroma_server import ChromaRun, running_chroma
from tests.fakes import WordEmbedder, WordReader, WordVerifier
from tests.postgres import PostgresServer, running_postgres

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "build" / "cache"  # of converted models; kept, because a conversion takes seconds

# Two articles about events that never happened, each long enough to be told from clutter.
FERRY = (
    "The ferry Aurelia ran aground off Brannock Island on Tuesday night with 140 people aboard. "
    "Lifeboats brought everyone to the harbour of Sallow within two hours.\n\n"
    "Captain Idris Penhale said that the steering had failed without warning. "
    "The company that owns the ferry has begun an inquiry into the cause."
)
BAKERY = (
    "A bakery in the town of Quillmere has sold the same rye bread since 1911. "
    "Its owner, Maud Oakenshaw, says that the recipe has never been written down.\n\n"
    "She bakes ninety loaves every morning and gives away what is left at noon."
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No QA_* of the user's reaches a test; a library that none names lies in the test's own folder."""
    for name in list(os.environ):
        if name.startswith("QA_") and name != "QA_CHROMIUM":
            monkeypatch.delenv(name)
    monkeypatch.setenv("QA_CACHE", str(CACHE))
    monkeypatch.setenv("QA_LIBRARY", str(tmp_path / "default-library"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this run's own; tests that stop one start their own."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the server isn't run by root
        with running_postgres(Path(folder) / "postgres") as server:
            yield server


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the two articles that come with the project."""
    return ROOT / "seeds"


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    """A folder with two articles."""
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "ferry.txt").write_text(FERRY, encoding="utf-8")
    (folder / "bakery.txt").write_text(BAKERY, encoding="utf-8")
    return folder


OpenLibrary = Callable[..., Library]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of a file that is marked `both` are run with a library in a folder and with one on PostgreSQL.

    Those that are about one of these alone are marked `folder` or `postgresql`.
    """
    if "place" in metafunc.fixturenames:
        marks = {mark.name for mark in metafunc.definition.iter_markers()}
        places = ["folder", "postgresql"] if "both" in marks else ["folder"]
        places = [place for place in places if place in marks] or places
        metafunc.parametrize("place", places, indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the test's library is: a folder, or the URL of a place on PostgreSQL."""
    if request.param == "folder":
        return str(tmp_path / "library")
    url: str = request.getfixturevalue("postgres").create_library()
    return url


@pytest.fixture
def open_library(place: str, tmp_path: Path) -> Iterator[OpenLibrary]:
    """Opens the test's library, with the word models unless others are given; all are closed at the end."""
    opened: list[Library] = []

    def open_one(folder: Path | None = None, **options: object) -> Library:
        options.setdefault("load", lambda _: WordEmbedder())
        options.setdefault("load_reader", lambda _: WordReader())
        options.setdefault("load_verifier", lambda _: WordVerifier())
        options.setdefault("settings", Settings(strictness=0, copies=str(tmp_path / "copies")))
        opened.append(Library.open(folder or place, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for library in opened:
        library.close()


@pytest.fixture(scope="session")
def made_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library of the two articles, of which tests get copies: to make one takes ten times as long."""
    folder = tmp_path_factory.mktemp("made")
    for name, text in (("ferry.txt", FERRY), ("bakery.txt", BAKERY)):
        (folder / name).write_text(text, encoding="utf-8")
    with Library.open(folder / "library", settings=Settings(strictness=0), load=lambda _: WordEmbedder()) as library:
        library.add([folder / "ferry.txt", folder / "bakery.txt"])
    return folder / "library"


@pytest.fixture
def library(open_library: OpenLibrary, place: str, request: pytest.FixtureRequest) -> Library:
    """A library that holds the two articles, and answers every question.

    They are of the folder `articles` where the test asks for that, too.
    """
    if "articles" not in request.fixturenames and "://" not in place:
        shutil.copytree(request.getfixturevalue("made_library"), place)
        return open_library()
    library = open_library()
    library.add(request.getfixturevalue("articles"))
    return library


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaRun]:
    """A Chroma server of this run's own; tests that stop one start their own."""
    with running_chroma(tmp_path_factory.mktemp("chroma")) as server:
        yield server


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real embedding model, in the precision that every processor has."""
    return load_embedder(Settings(cache=str(CACHE), precision="f32"))


@pytest.fixture(scope="session")
def seed_library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, seeds: Path) -> Iterator[Library]:
    """The seeds with the real model; shared, so tests only read it."""
    with Library.open(tmp_path_factory.mktemp("seeds") / "library", settings=Settings(), load=lambda _: embedder) as it:
        it.add(seeds)
        yield it


@pytest.fixture
def ferry(library: Library) -> Article:
    return next(article for article in library.articles() if "Aurelia" in article.text)


@pytest.fixture
def bakery(library: Library) -> Article:
    return next(article for article in library.articles() if "Quillmere" in article.text)


@pytest.fixture
def aboard(ferry: Article) -> Answer:
    """What a right answer is like, down to the words that are emphasised."""
    return answer_of(quote(ferry, FERRY[: FERRY.index(" Lifeboats")]), emphasised=("140",))
