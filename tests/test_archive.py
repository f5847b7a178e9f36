"""A library moves in one file: to another folder, to PostgreSQL and back it gives the same answers, byte for byte."""

from __future__ import annotations

import json
import random
import signal
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from qa.archive import FORMAT, MANIFEST, VERSION, Archive, Manifest, _seal, writing_archive
from qa.databases import parse_url
from qa.errors import ArchiveInvalid, ArchiveUnwritten, LibraryNotEmpty, LibraryTooNew, QAError
from qa.ledger import FORGOTTEN, Ledger
from qa.library import Library
from qa.moving import BYTES, MOVED, PLACE
from qa.rows import Addition, hash_text
from qa.schema import VERSION as SCHEMA
from qa.settings import Settings
from qa.shared_store import SWEPT
from qa.store import INDEXES, LIBRARY
from qa.types import Answer, Filters, Passage
from tests.answers import HOSTILE, QUESTION, answer_of, quote
from tests.conftest import BAKERY, FERRY, ROOT, OpenLibrary
from tests.fakes import WordEmbedder, WordReader
from tests.postgres import PostgresServer
from tests.test_feedback import qa

HARBOUR = (
    "---\npublisher: Harbour Post\ndate: 2025-11-12\n---\n\n"
    "The ferry Aurelia struck a rock near Sallow, and there were 152 people aboard the ferry that night. "
    "The harbour master called it the worst accident in forty years.\n\nNobody was badly hurt."
)
QUESTIONS = (QUESTION, "Who owns the bakery?", "What is new?", "Which ferry ran aground off Brannock Island?")
MEMBERS = [name for table in MOVED for name in (f"{table.name}.jsonl", BYTES.get(table)) if name]
FORMAT_1 = Path(__file__).parent / "archives" / "format-1.zip"


def live(library: Library, articles: Path) -> Library:
    """Gives it versions, an article that was removed, copies, feedback and answers that somebody kept."""
    (articles / "ferry.txt").write_text(FERRY, encoding="utf-8")
    (articles / "bakery.txt").write_text(BAKERY, encoding="utf-8")
    library.add(articles)
    first, bread = library.ask(QUESTION), library.ask("Who owns the bakery?")
    library.keep_answer(replace(first, notes=(HOSTILE,)))
    (articles / "harbour.md").write_text(HARBOUR, encoding="utf-8")
    (articles / "copy.txt").write_text(f"{BAKERY} \x1a1 Æ 😀", encoding="utf-8")
    (articles / "ferry.txt").write_text(f"The night was calm. {FERRY}", encoding="utf-8")
    library.add(articles)
    library.remove(next(article.id for article in library.articles() if article.source.endswith("bakery.txt")))
    library.forget_feedback(library.give_feedback(first, "wrong").id)
    library.give_feedback(first, "right", sentence=0, note=HOSTILE)
    library.give_feedback(bread, "wrong")
    library.forget_feedback(library.give_feedback(first, "wrong").id)
    library.remember("examples", "[]")
    return library


def open_at(folder: Path) -> Library:
    return Library.open(
        folder, settings=Settings(strictness=0), load=lambda _: WordEmbedder(), load_reader=lambda _: WordReader()
    )


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with a past; shared, so tests only read it.

    Tantivy counts deleted documents when it weighs words, until it merges them away: a new index has none.
    """
    with open_at(tmp_path_factory.mktemp("old") / "library") as library:
        live(library, tmp_path_factory.mktemp("articles")).rebuild()
        yield library


@pytest.fixture(scope="module")
def archive(old: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "library.zip"
    old.export_to(path)
    return path


def answers(library: Library) -> list[str]:
    """What it answers, but for the time that it took."""
    filters = (None, Filters(publishers=("Harbour Post",)), Filters(as_of=date(2025, 11, 20)))
    found = [library.ask(question, filters=one, strictness=0) for question in QUESTIONS for one in filters]
    found += [library.ask(question, strictness=1) for question in QUESTIONS]
    return [replace(answer, provenance=replace(answer.provenance, timings=())).to_json() for answer in found]


def state(library: Library) -> object:
    """All else that can be asked of it."""
    revisions = range(library.ask(QUESTION).provenance.revision + 1)
    return (
        [asdict(article) for article in library.articles()],
        [asdict(article) for article in library.browse(removed=True).listed],
        [library.corpus_digest(revision) for revision in revisions],
        library.signing_key(),
        library.feedback(),
        library.kept_answers(),
        [check.state for kept in library.kept_answers() for check in library.verify(kept.answer)],
        [check.state for given in library.feedback() for check in library.verify(given.answer)],
        library.remembered("examples"),
        library.count_passages(),
    )


def test_an_imported_library_is_as_the_old_one(
    old: Library, archive: Path, open_library: OpenLibrary, tmp_path: Path
) -> None:
    """Answers, refusals, disagreements, stored answers and what the library holds; and it gives the same archive."""
    with open_library(tmp_path / "moved") as moved:
        manifest = moved.import_from(archive)
        assert (manifest.revision, manifest.articles) == (3, 3)
        before = answers(old)
        assert answers(moved) == before
        assert state(moved) == state(old)
        assert all(finding.sound for finding in moved.check())
        moved.export_to(tmp_path / "again.zip")
    parsed = [Answer.from_json(text) for text in before]
    assert {answer.status for answer in parsed} == {"answered", "refused"}
    assert any(answer.disagreements for answer in parsed)
    assert {"moved", "gone"} <= {check.state for given in old.feedback() for check in old.verify(given.answer)}
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_to_postgresql_and_back_nothing_changes(
    old: Library, archive: Path, postgres: PostgresServer, open_library: OpenLibrary, tmp_path: Path
) -> None:
    """On the server it answers as in the folder, and in a folder again as on the server."""
    with open_library(postgres.create_library()) as shared, open_library(tmp_path / "back") as back:
        shared.import_from(archive)
        shared.export_to(tmp_path / "shared.zip")
        back.import_from(tmp_path / "shared.zip")
        assert (tmp_path / "shared.zip").read_bytes() == archive.read_bytes()
        for library in (shared, back):
            assert answers(library) == answers(old)
            assert state(library) == state(old)
            assert all(finding.sound for finding in library.check())


def test_ids_and_keys_are_never_given_again(open_library: OpenLibrary, articles: Path, tmp_path: Path) -> None:
    """Not those of what is gone either; and what is added to both has the same keys."""
    library = live(open_library(), articles)
    library.export_to(tmp_path / "library.zip")
    with open_library(tmp_path / "moved") as moved:
        moved.import_from(tmp_path / "library.zip")
        (articles / "harbour.md").write_text(HARBOUR.replace("152", "153"), encoding="utf-8")
        for each in (library, moved):
            each.add(articles)
            assert each.give_feedback(each.ask(QUESTION), "right").id == 5
        assert moved.export_to(tmp_path / "b.zip").keys == library.export_to(tmp_path / "a.zip").keys
        assert [Answer.from_json(text).text for text in answers(moved)] == [
            Answer.from_json(text).text for text in answers(library)
        ]
        library.rebuild()  # until then its scores may have other last digits
        moved.rebuild()
        assert answers(moved) == answers(library)


def test_keys_go_on_in_postgresql(archive: Path, postgres: PostgresServer) -> None:
    url = parse_url(postgres.create_library())
    assert url is not None
    with closing(Ledger.open(url)) as ledger, Archive.open(archive) as opened:
        ledger.moving.import_from(opened)
        ledger.embeddings.put(["0" * 64], np.ones((1, 4), np.float32), "another/f32")  # a model of the next number
        given = ledger.feedback.give(ledger.feedback.all()[0].answer, "wrong", None, "")
    assert given.id == 5


def test_a_batch_that_is_not_published_stays_behind(archive: Path, tmp_path: Path) -> None:
    """Its articles, their texts, and the ends that it puts to others."""
    with closing(Ledger.open(tmp_path / "ledger.sqlite")) as ledger, Archive.open(archive) as earlier:
        ledger.moving.import_from(earlier)
        [living, *_] = ledger.articles(3)
        text = "Unheard-of words."
        fresh = replace(living, id="f" * 20, source="new.txt", text=text, kept=((0, 17),), bytes_sha256="e" * 64)
        ledger.embeddings.put([hash_text(text)], np.ones((1, 32), np.float32), WordEmbedder().key)
        ledger.write([Addition(fresh, text.encode(), (Passage(fresh.id, 0, 17, text),), bands=((7,),))], [living.id])
        ledger.moving.export_to(tmp_path / "later.zip")
        with Archive.open(tmp_path / "later.zip") as later:
            assert later.manifest.revision == earlier.manifest.revision
            assert {name for name in MEMBERS if later.manifest.members[name] != earlier.manifest.members[name]} == {
                "facts.jsonl"  # without how digests are made, which is found out again
            }


def test_an_export_is_of_one_moment(
    library: Library, articles: Path, open_library: OpenLibrary, tmp_path: Path
) -> None:
    """While another adds, each archive is whole and of the revision that it names."""

    def add_on() -> None:
        for number in range(5):
            (articles / f"{number}.txt").write_text(FERRY.replace("140", str(1000 + number)), encoding="utf-8")
            library.add(articles)

    adding = threading.Thread(target=add_on)
    adding.start()
    manifests = list[Manifest]()
    while adding.is_alive():
        manifests.append(library.export_to(tmp_path / f"{len(manifests)}.zip"))
    adding.join()
    assert len({manifest.revision for manifest in manifests}) > 2
    number = len(manifests) // 2
    with open_library(tmp_path / "moved") as moved:
        moved.import_from(tmp_path / f"{number}.zip")
        assert len(moved.articles()) == manifests[number].articles
        assert moved.corpus_digest() == manifests[number].corpus_digest
        assert all(finding.sound for finding in moved.check())


def test_nothing_of_a_purged_article_is_in_it(library: Library, tmp_path: Path) -> None:
    ferry = next(article for article in library.articles() if "Aurelia" in article.text)
    library.keep_answer(answer_of(quote(ferry, "Captain Idris Penhale")))
    library.export_to(tmp_path / "before.zip")
    assert b"Penhale" in (tmp_path / "before.zip").read_bytes()
    library.remove(ferry.id, purge=True)
    library.export_to(tmp_path / "after.zip")
    data = (tmp_path / "after.zip").read_bytes()
    assert not [trace for trace in (b"Penhale", ferry.id.encode(), ferry.bytes_sha256.encode()) if trace in data]
    with Archive.open(tmp_path / "after.zip") as opened:
        assert opened.manifest.members["embeddings.jsonl"].rows == opened.manifest.passages == 1


# Damage and harm


@pytest.fixture(scope="module")
def unfilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_at(tmp_path_factory.mktemp("empty") / "library") as library:
        yield library
        library.import_from(FORMAT_1)
        assert len(library.articles()) == 2


@pytest.fixture
def empty(unfilled: Library) -> Iterator[Library]:
    """One that must be as empty at the end as it was; after all that it takes a sound archive."""
    yield unfilled
    assert [unfilled.articles(), unfilled.feedback(), unfilled.kept_answers()] == [[], [], []]
    assert unfilled._store.ledger.revision() == 0
    assert [unfilled._store.ledger.fact(name) for name in ("model", "signing_key")] == [None, None]


def test_any_changed_or_missing_byte_is_noticed(archive: Path, empty: Library, tmp_path: Path) -> None:
    """Of rows, vectors, sums, and of the ZIP format itself, where nobody looks."""
    data, chance, path = archive.read_bytes(), random.Random(5), tmp_path / "damaged.zip"
    for place in [0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(300))]:
        path.write_bytes(data[:place] + bytes([data[place] ^ chance.randrange(1, 256)]) + data[place + 1 :])
        with pytest.raises(QAError) as raised:
            empty.import_from(path)
        assert "\n" not in str(raised.value)
    for length in (0, 1, 90, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(ArchiveInvalid, match="cut off"):
            empty.import_from(path)
    path.write_bytes(data + b"\0")
    with pytest.raises(ArchiveInvalid):
        empty.import_from(path)


Change = Callable[[dict[str, bytes]], object]


def forge(source: Path, target: Path, change: Change, **stated: object) -> Path:
    """The archive with other members, its sums made right again."""
    with Archive.open(source) as opened:
        manifest = opened.manifest
    with zipfile.ZipFile(source) as opened:
        members = {name: opened.read(name) for name in manifest.members}
    change(members)
    with writing_archive(target, force=True) as archive:
        for name, data in members.items():
            if name.endswith(".jsonl"):
                archive.write_lines(name, data.splitlines())
            else:
                archive.write_bytes(name, [data])
        values = {"format": FORMAT, "version": VERSION, **asdict(replace(manifest, members=dict(archive.members)))}
        archive.write_bytes(MANIFEST, [json.dumps(values | stated).encode()])
    return target


def rows(name: str, change: Callable[[list[dict[str, object]]], object]) -> Change:
    """The change of a member's rows."""

    def apply(members: dict[str, bytes]) -> None:
        found = [json.loads(line) for line in members[name].split(b"\n") if line]
        change(found)
        members[name] = b"".join(json.dumps(row).encode() + b"\n" for row in found)

    return apply


def put(name: str, column: str, value: object) -> Change:
    return rows(name, lambda found: found[0].update({column: value}))


def raw(name: str, data: bytes) -> Change:
    return lambda members: members.update({name: data})


HARMFUL: dict[str, Change] = {
    "an address of indexes": put("facts.jsonl", "name", INDEXES),
    "a column that isn't": put("articles.jsonl", "rowid", 1),
    "a number as a text": put("articles.jsonl", "born", "1"),
    "true as a number": put("articles.jsonl", "key", True),
    "a number too large": put("articles.jsonl", "key", 2**64),
    "no text": put("articles.jsonl", "text", None),
    "half a character": put("articles.jsonl", "title", "\ud800"),
    "a long id": put("articles.jsonl", "id", "x" * 21),
    "a day that isn't": put("articles.jsonl", "published", "2025-02-30"),
    "more kept than there is": put("articles.jsonl", "kept", [[0, 10_000]]),
    "kept text in words": put("articles.jsonl", "kept", ["all"]),
    "a hash that is none": put("passages.jsonl", "text_sha256", "é" * 64),
    "a passage of no article": put("passages.jsonl", "article_key", 77),
    "a key twice": rows("articles.jsonl", lambda found: found.append(found[0])),
    "a vector of no model": put("embeddings.jsonl", "model_id", 9),
    "a moment elsewhere": put("revisions.jsonl", "published_at", "2025-01-01T00:00:00+05:00"),
    "a revision that isn't published": rows("revisions.jsonl", lambda found: found[-1].update(published_at=None)),
    "another digest": rows("revisions.jsonl", lambda found: found[-1].update(corpus_digest="0")),
    "feedback on nothing": put("feedback.jsonl", "answer", "{}"),
    "a verdict that is none": put("feedback.jsonl", "verdict", "<b>"),
    "an id to break out with": put("kept_answers.jsonl", "id", "../x"),
    "no JSON": raw("articles.jsonl", b"{\n"),
    "a row that is a list": raw("facts.jsonl", b"[]\n"),
    "deep JSON": raw("articles.jsonl", b"[" * 200_000 + b"\n"),
    "no UTF-8": raw("facts.jsonl", b'{"name":"\xff","value":""}\n'),
    "fewer bytes": lambda members: members.update({"embeddings.float16": members["embeddings.float16"][:-2]}),
    "more bytes": lambda members: members.update({"blobs.zlib": members["blobs.zlib"] + b"x"}),
    "no number": lambda members: members.update(
        {"embeddings.float16": b"\xff\xff" + members["embeddings.float16"][2:]}
    ),
    "vectors of two lengths": rows(
        "embeddings.jsonl", lambda found: [row.update(vector=size) for row, size in zip(found, (62, 66), strict=False)]
    ),
    "a negative length": put("blobs.jsonl", "data", -1),
    "a missing table": lambda members: members.pop("bands.jsonl"),
    "a table too many": raw("alembic_version.jsonl", b"{}\n"),
    "a path": raw("../../evil", b"x"),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMFUL)
def test_rows_that_would_do_harm_are_refused(archive: Path, empty: Library, tmp_path: Path, harm: str) -> None:
    """Though every sum is right: whoever makes such a file can make sums too."""
    path = forge(archive, tmp_path / "forged.zip", HARMFUL[harm])
    with pytest.raises(ArchiveInvalid) as raised:
        empty.import_from(path)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600


def test_a_manifest_that_cannot_be_is_refused(archive: Path, empty: Library, tmp_path: Path) -> None:
    stated: list[dict[str, object]] = [{"format": None}, {"revision": -1}, {"revision": 10**30}, {"keys": []}]
    stated += [{"members": {"articles.jsonl": 1}}, {"members": {}}, {"schema": 6}, {"corpus_digest": None}]
    for values in stated:
        path = forge(archive, tmp_path / "forged.zip", lambda _: None, **values)
        with pytest.raises(ArchiveInvalid):
            empty.import_from(path)


def test_what_a_newer_program_wrote_asks_for_that_program(archive: Path, empty: Library, tmp_path: Path) -> None:
    for values in ({"version": VERSION + 1}, {"schema": "9999"}):
        path = forge(archive, tmp_path / "newer.zip", lambda _: None, **values)
        with pytest.raises(LibraryTooNew, match="update the program"):
            empty.import_from(path)


def sealed(path: Path, fill: Callable[[zipfile.ZipFile], object], method: int = zipfile.ZIP_STORED) -> Path:
    """A ZIP archive of a stranger's making, under a right sum."""
    with path.open("w+b") as file:
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.comment = b"sha256:" + b"0" * 64
            fill(archive)
        _seal(file)
    return path


def test_no_bomb_is_unpacked(archive: Path, empty: Library, tmp_path: Path) -> None:
    """Not what is compressed, and not a list of members that fills the memory."""
    with zipfile.ZipFile(archive) as source:
        members = {name: source.read(name) for name in source.namelist()}

    def copy(target: zipfile.ZipFile) -> None:
        for name, data in members.items():
            target.writestr(name, data)

    with pytest.raises(ArchiveInvalid, match="compressed"):
        empty.import_from(sealed(tmp_path / "bomb.zip", copy, zipfile.ZIP_DEFLATED))

    def fill(target: zipfile.ZipFile) -> None:
        for number in range(12_000):
            target.writestr(f"{number}", b"")

    with pytest.raises(ArchiveInvalid, match="directory"):
        empty.import_from(sealed(tmp_path / "many.zip", fill))


# Where it goes


def test_only_an_empty_library_is_filled(library: Library, archive: Path, articles: Path) -> None:
    before = library.articles()
    with pytest.raises(LibraryNotEmpty, match="--library"):
        library.import_from(archive)
    assert library.articles() == before
    library.remove([article.id for article in before], purge=True)
    with pytest.raises(LibraryNotEmpty):
        library.import_from(archive)


def test_no_file_is_overwritten_unasked_and_others_cannot_read_it(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "library.zip"
    path.write_text("mine")
    path.chmod(0o644)
    with pytest.raises(ArchiveUnwritten, match="--force"):
        library.export_to(path)
    assert path.read_text() == "mine"
    library.export_to(path, force=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir() if "zip" in item.name] == ["library.zip"]
    with pytest.raises(ArchiveUnwritten, match="choose another place"):
        library.export_to(tmp_path / "nowhere" / "library.zip")


FULL = """
import resource, sys
from pathlib import Path
from qa.databases import open_engine
from qa.moving import Moving
engine = open_engine(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))
Moving(engine).export_to(Path(sys.argv[2]))
"""


def test_a_full_disk_leaves_no_half_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "small" / "library.zip"
    path.parent.mkdir()
    command = [sys.executable, "-c", FULL, str(tmp_path / "library" / "ledger.sqlite"), str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ArchiveUnwritten: can't write" in ended.stderr.splitlines()[-1]
    assert list(path.parent.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from qa import moving
from qa.library import Library
from qa.store import Store
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
library = Library.open(sys.argv[1])
if sys.argv[3] == "within":
    moving._set_last_key = die
else:
    Store.rebuild = die
library.import_from(sys.argv[2])
"""


@pytest.mark.parametrize(("moment", "count"), [("within", 0), ("after", 3)])
def test_a_kill_leaves_an_empty_library_or_a_whole_one(
    archive: Path, open_library: OpenLibrary, tmp_path: Path, moment: str, count: int
) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "moved"), str(archive), moment]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    with open_library(tmp_path / "moved") as moved:
        assert len(moved.articles()) == count
        assert all(finding.sound for finding in moved.check())
        if not count:
            moved.import_from(archive)
            assert len(moved.articles()) == 3


def test_the_first_format_is_read_for_ever(open_library: OpenLibrary, tmp_path: Path) -> None:
    """An archive that `qa export` wrote at schema 0006."""
    with open_library(tmp_path / "moved") as moved:
        manifest: Manifest = moved.import_from(FORMAT_1)
        assert (manifest.schema, manifest.revision, manifest.articles) == ("0006", 2, 2)
        answer = moved.ask(QUESTION)
        assert answer.citations[0].quotation.text.startswith("The ferry Aurelia ran aground")
        [kept] = moved.kept_answers()
        assert [check.state for check in moved.verify(kept.answer)] == ["changed"]
        assert len(moved.feedback()) == 1
        assert all(finding.sound for finding in moved.check())


def test_columns_and_tables_of_later_schemas_are_empty(archive: Path, empty: Library, tmp_path: Path) -> None:
    """What a future column that may be null looks like to an archive of today: it isn't there."""
    assert SCHEMA >= "0006"

    def older(members: dict[str, bytes]) -> None:
        rows("articles.jsonl", lambda found: [row.pop("dated") for row in found])(members)
        members.pop("bands.jsonl")

    with pytest.raises(ArchiveInvalid, match="lacks the table bands"):
        empty.import_from(forge(archive, tmp_path / "older.zip", older))
    forge(archive, tmp_path / "older.zip", older, schema="0005")
    with closing(Ledger.open(tmp_path / "older.sqlite")) as ledger, Archive.open(tmp_path / "older.zip") as opened:
        ledger.moving.import_from(opened)
        assert {article.dated for article in ledger.articles(3)} == {None}


def test_facts_of_a_place_are_known() -> None:
    assert {INDEXES, LIBRARY, FORGOTTEN, SWEPT} == PLACE


def test_commands_export_check_and_import(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library.close()
    old, new, file = tmp_path / "library", tmp_path / "new", tmp_path / "news.zip"
    assert qa(monkeypatch, "export", file, "--library", old) == 0
    assert "revision 1, 2 articles, 2 passages" in capsys.readouterr().out
    assert qa(monkeypatch, "export", file, "--library", old) == 1
    assert "--force" in capsys.readouterr().err
    assert qa(monkeypatch, "import", file, "--check", "--library", new) == 0
    assert "is whole" in capsys.readouterr().out
    assert qa(monkeypatch, "import", old / "ledger.sqlite", "--library", new) == 1
    assert "no archive" in capsys.readouterr().err
    assert qa(monkeypatch, "import", tmp_path / "none.zip", "--library", new) == 1
    assert "No such file" in capsys.readouterr().err
    assert not new.exists()
    assert qa(monkeypatch, "import", file, "--library", new) == 0
    assert "2 articles" in capsys.readouterr().out
    assert qa(monkeypatch, "import", file, "--library", new) == 1
    assert "holds articles" in capsys.readouterr().err
    assert qa(monkeypatch, "list", "--library", new) == 0
    assert "ferry" in capsys.readouterr().out
