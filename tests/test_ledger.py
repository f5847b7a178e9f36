"""The ledger: nothing is seen before it is published, and old schemas are migrated."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from qa.databases import open_engine, parse_url
from qa.errors import LibraryDamaged, LibraryTooNew
from qa.ledger import Ledger
from qa.migrations import migrate
from qa.rows import Addition, hash_text
from qa.schema import tables
from qa.types import Article, Passage, article_id


def addition(text: str, source: str = "a.txt") -> Addition:
    """An article of one passage: its whole text."""
    id = article_id(source, text)
    article = Article(id, source, text, ((0, len(text)),), bytes_sha256=hash_text(text), extractor="test")
    return Addition(article, text.encode(), (Passage(id, 0, len(text), text),))


Open = Callable[[str], Ledger]


@pytest.fixture(params=["sqlite", "postgresql"])
def open_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens a new ledger under a name."""
    opened: list[Ledger] = []

    def open_one(name: str) -> Ledger:
        if request.param == "sqlite":
            opened.append(Ledger.open(tmp_path / f"{name}.sqlite"))
        else:
            url = parse_url(request.getfixturevalue("postgres").create_library())
            assert url is not None
            opened.append(Ledger.open(url))
        return opened[-1]

    yield open_one
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Open) -> Ledger:
    return open_ledger("ledger")


def test_batch_is_seen_only_when_published(ledger: Ledger) -> None:
    number = ledger.write([addition("One.")])
    assert (ledger.revision(), ledger.pending(), ledger.articles(0)) == (0, 1, [])
    ledger.publish(number)
    assert (ledger.revision(), ledger.pending()) == (1, None)
    assert [article.text for article in ledger.articles(1)] == ["One."]


def test_replaced_article_stays_visible_at_the_old_revision(ledger: Ledger) -> None:
    """A question that began at revision 1 goes on with what it saw."""
    old, new = addition("One."), addition("Two.")
    ledger.publish(ledger.write([old]))
    ledger.publish(ledger.write([new], [old.article.id]))
    assert [article.text for article in ledger.articles(1)] == ["One."]
    assert [article.text for article in ledger.articles(2)] == ["Two."]
    assert ledger.passages([1, 2], 1)[1].text == "One."
    assert list(ledger.passages([1, 2], 2)) == [2]


def test_article_is_read_back_as_it_was_written(ledger: Ledger) -> None:
    """Text with NUL, emoji, CRLF and right-to-left letters; offsets count code points."""
    written = addition("a\0b 😀 c\r\n\u05d0\u05d1 end.")
    ledger.publish(ledger.write([written]))
    assert ledger.article(written.article.id) == written.article
    assert ledger.passages([1], 1)[1] == written.passages[0]


def test_vectors_are_stored_once_for_each_text_and_model(ledger: Ledger) -> None:
    vector = np.array([[0.6, 0.8]], dtype=np.float32)
    ledger.embeddings.put(["aa"], vector, "m")
    ledger.embeddings.put(["aa"], vector, "m")
    assert ledger.embeddings.missing(["aa", "bb", "bb"], "m") == ["bb"]
    assert ledger.embeddings.missing(["aa"], "other") == ["aa"]
    assert np.allclose(ledger.embeddings.get(["aa"], "m")["aa"], [0.6, 0.8], atol=1e-3)


def test_purge_leaves_no_byte_of_a_dead_article(tmp_path: Path) -> None:
    """In SQLite's files; those of PostgreSQL keep bytes until it writes others there, as docs/deploy.md says."""
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    doomed, kept = addition("Xylophone secret."), addition("Harmless.", "b.txt")
    ledger.publish(ledger.write([doomed, kept]))
    ledger.publish(ledger.write([], [doomed.article.id]))
    ledger.purge([doomed.article.id])
    assert ledger.article(doomed.article.id) is None
    ledger.close()
    assert not any(b"Xylophone" in path.read_bytes() for path in tmp_path.iterdir())


def test_purge_spares_the_living(ledger: Ledger) -> None:
    living = addition("One.")
    ledger.publish(ledger.write([living]))
    ledger.purge([living.article.id])
    assert ledger.article(living.article.id) == living.article


def test_corpus_digest_depends_on_the_articles_alone(ledger: Ledger, open_ledger: Open) -> None:
    one, two = addition("One."), addition("Two.", "b.txt")
    ledger.publish(ledger.write([one, two]))
    other = open_ledger("other")
    other.publish(other.write([two]))
    other.publish(other.write([one]))
    assert ledger.corpus_digest(1) == other.corpus_digest(2) != other.corpus_digest(1)


def test_corpus_digest_of_an_older_library_is_made_anew(tmp_path: Path) -> None:
    """Libraries of 0.1.0 have digests of another kind: the next batch doesn't build on them."""
    ledger = Ledger.open(tmp_path / "ledger.sqlite")
    one, two = addition("One."), addition("Two.", "b.txt")
    ledger.publish(ledger.write([one]))
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as old, old:
        old.execute("DELETE FROM facts")
        old.execute("UPDATE revisions SET corpus_digest = 'abc'")
    ledger.publish(ledger.write([two], [one.article.id, one.article.id, "nobody's"]))
    other = Ledger.open(tmp_path / "other.sqlite")
    other.publish(other.write([two]))
    assert ledger.corpus_digest(2) == other.corpus_digest(1)
    other.publish(other.write([], [two.article.id]))
    assert other.corpus_digest(2) == ledger.corpus_digest(0)


def test_rows_for_an_index_come_once_each_however_the_runs_fall(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of two, over articles of one passage and of three, and over several revisions."""
    monkeypatch.setattr("qa.ledger.BATCH", 2)
    three = addition("One. Two. Red.", "c.txt")
    parts = tuple(Passage(three.article.id, at, at + 4, three.article.text[at : at + 4]) for at in (0, 5, 10))
    ledger.publish(ledger.write([addition("Ahead.")]))
    ledger.publish(ledger.write([addition("Six.", "b.txt"), replace(three, passages=parts)]))
    ledger.publish(ledger.write([addition("Last.", "d.txt")]))
    texts = [[row.text for row in run] for run in ledger.rows_born(1, 3)]
    assert texts == [["Six.", "One."], ["Two.", "Red."], ["Last."]]
    assert [row.text for run in ledger.rows_born(-1, 2) for row in run] == ["Ahead.", "Six.", "One.", "Two.", "Red."]


def test_migrations_end_where_a_new_ledger_begins(tmp_path: Path) -> None:
    """From an empty alembic table through every migration: the very schema that a new file gets."""
    old = sqlite3.connect(tmp_path / "old.sqlite")
    old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    old.close()
    schemas = []
    for name in ("old.sqlite", "new.sqlite"):
        engine = open_engine(tmp_path / name)
        schema = sa.inspect(engine)
        names = sorted(set(schema.get_table_names()) - {"alembic_version"})
        schemas.append(
            {
                name: (
                    [{**column, "type": str(column["type"])} for column in schema.get_columns(name)],
                    sorted(schema.get_indexes(name), key=str),
                    schema.get_pk_constraint(name),
                    schema.get_foreign_keys(name),
                )
                for name in names
            }
        )
        engine.dispose()
    assert schemas[0] == schemas[1]
    assert len(schemas[0]) == len(tables.sorted_tables) - 1


def test_an_older_ledger_keeps_its_articles(tmp_path: Path) -> None:
    """One of the first schema, as released, is brought up to date when it is opened."""
    path = tmp_path / "ledger.sqlite"
    old = sqlite3.connect(path)
    old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    old.close()
    engine = sa.create_engine(f"sqlite:///{path}")
    migrate(engine, "0001")
    engine.dispose()
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(
            "INSERT INTO articles (id, source, text, kept, kept_sha256, bytes_sha256, extractor, born) "
            "VALUES ('1', 'a.txt', 'One.', '[[0, 4]]', 'k', 'b', 'text/1', 1)"
        )
        old.execute("INSERT INTO revisions VALUES (1, '2026-01-01 00:00:00', 'd')")
    with closing(Ledger.open(path)) as ledger:
        [article] = ledger.articles(1)
    assert (article.text, article.kept, article.author, article.dated) == ("One.", ((0, 4),), None, None)


def test_hashes_of_an_older_ledger_are_made_shorter(tmp_path: Path) -> None:
    """One of the second schema keeps passages, vectors, groups and bands, and uses no key twice."""
    path, one, two = tmp_path / "ledger.sqlite", hash_text("One."), hash_text("Two.")
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    engine = sa.create_engine(f"sqlite:///{path}")
    migrate(engine, "0002")
    engine.dispose()
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(
            "INSERT INTO articles (id, source, text, kept, kept_sha256, bytes_sha256, extractor, born) "
            "VALUES ('1', 'a.txt', 'One. Two.', '[[0, 9]]', 'k', 'b', 'text/1', 1)"
        )
        old.execute("INSERT INTO revisions VALUES (1, '2026-01-01 00:00:00', 'd')")
        insert = "INSERT INTO passages (article_key, start, end, text_sha256, born, copy_of) VALUES (1, ?, ?, ?, 1, ?)"
        old.executemany(insert, [(0, 4, one, None), (5, 9, two, one), (0, 9, "00", None)])
        old.execute("DELETE FROM passages WHERE key = 3")
        vector = np.array([0.6, 0.8], dtype="<f2").tobytes()
        old.executemany("INSERT INTO embeddings VALUES (?, ?, ?)", [(one, "m", vector), (two, "n", vector)])
        old.executemany("INSERT INTO bands VALUES (?, 1)", [(-5,), (2**40 - 5,), (2**40 + 7,)])
    with closing(Ledger.open(path)) as ledger:
        assert [found.label for _, found in sorted(ledger.candidates([1, 2], 1).items())] == [one, one]
        assert ledger.embeddings.missing([one, two], "m") == [two]
        assert np.allclose(ledger.embeddings.get([two], "n")[two], [0.6, 0.8], atol=1e-3)
        ledger.publish(ledger.write([addition("Three.", "b.txt")]))
        assert ledger.passages([3], 2) == {}
        assert ledger.passages([4], 2)[4].text == "Three."
    with closing(sqlite3.connect(path)) as new:
        assert new.execute("SELECT band FROM bands ORDER BY band").fetchall() == [(-5,), (7,)]


def test_newer_schema_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LibraryTooNew, match="update the program"):
        Ledger.open(path)


def test_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database " * 100)
    with pytest.raises(LibraryDamaged, match="restore that file"):
        Ledger.open(path)


def test_missing_embeddings_are_reported(ledger: Ledger) -> None:
    ledger.publish(ledger.write([addition("One.")]))
    assert ledger.problems(1, "m") == ["1 passages have no embedding; run: qa reembed"]


def test_same_text_under_another_name_is_found(ledger: Ledger) -> None:
    one = addition("One.")
    ledger.publish(ledger.write([one]))
    copy = replace(one.article, source="b.txt")
    assert ledger.source_with(hash_text(copy.kept_text), 1, besides="b.txt") == "a.txt"
    assert ledger.source_with(hash_text(copy.kept_text), 1, besides="a.txt") is None


def test_passages_are_counted_with_each_revision(ledger: Ledger) -> None:
    one, two = addition("One."), addition("Two.", "b.txt")
    ledger.publish(ledger.write([one, two]))
    ledger.publish(ledger.write([addition("Three.")], [one.article.id, one.article.id, "nobody's"]))
    ledger.publish(ledger.write([], [two.article.id]))
    assert [ledger.count_passages(number) for number in range(4)] == [0, 2, 2, 1]


def test_passages_of_an_older_ledger_are_counted_when_asked_for(tmp_path: Path) -> None:
    """Its revisions don't say how many they have."""
    with closing(Ledger.open(tmp_path / "ledger.sqlite")) as ledger:
        ledger.publish(ledger.write([addition("One."), addition("Two.", "b.txt")]))
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as old, old:
        old.execute("UPDATE revisions SET passages = NULL")
    with closing(Ledger.open(tmp_path / "ledger.sqlite")) as ledger:
        ledger.publish(ledger.write([addition("Three.", "c.txt")]))
        assert [ledger.count_passages(number) for number in (1, 2)] == [2, 3]
