"""Opening the database of a ledger, a SQLite file or PostgreSQL by URL: created when new, migrated when older.

Both give what the ledger relies on: a transaction reads one state of the database, and transactions that write come one
after another. SQLite does so by itself; in PostgreSQL whoever writes takes an advisory lock first.
"""

from __future__ import annotations

import re
import shlex
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qa.errors import (
    RESTORE,
    LibraryBusy,
    LibraryDamaged,
    LibraryMissing,
    LibraryReadOnly,
    LibraryTooNew,
    LibraryUnreachable,
    QAError,
    SettingInvalid,
)
from qa.schema import POSTGRESQL, VERSION, tables, versions

Where = Path | sa.URL

CHANNEL = "qa_revisions"  # on which PostgreSQL tells of each published revision
# Advisory locks: of a transaction that writes, of a writer's turn to publish, of who changes shared vectors.
WRITING, TURN, VECTORS = 0x5161_0001, 0x5161_0002, 0x5161_0003
PATIENCE = 10  # seconds that a statement waits for a lock
SILENCE = 3  # seconds after which a server that says nothing is given up: a question may wait so twice
CONNECTING = 5  # seconds for a new connection, which a busy machine needs at times
# What has the server end the session of a client that is gone, and give back its locks, in seconds instead of hours.
SESSION = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=11000"
URL = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://", re.IGNORECASE)
ANY_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# PostgreSQL's codes of errors
FULL, LOCKED, FORBIDDEN, READ_ONLY, NO_SCHEMA = "53100", "55P03", "42501", "25006", "3F000"
NO_URL = "the library is named neither by a folder nor by postgresql://USER@HOST/NAME (--library, QA_LIBRARY)"


def parse_url(text: str) -> sa.URL | None:
    """The URL of a database on PostgreSQL, or None for what is the path of a folder.

    SettingInvalid for any other URL, without its words: it may hold a password, and no folder should have its name.
    """
    if not URL.match(text):
        if ANY_URL.match(text):
            raise SettingInvalid(NO_URL)
        return None
    try:
        return sa.make_url(text).set(drivername="postgresql+psycopg")
    except (ValueError, sa.exc.ArgumentError):
        raise SettingInvalid(NO_URL) from None


def shown(where: Where) -> str:
    """How messages name it: without a password."""
    if isinstance(where, Path):
        return str(where)
    options = {"options": where.query["options"]} if "options" in where.query else {}  # which may name its schema
    return where.set(drivername=POSTGRESQL, query=options).render_as_string(hide_password=True)


def open_engine(where: Where, *, create: bool = True) -> sa.Engine:
    """An engine on that database, its tables as this program knows them; LibraryMissing where `create` isn't allowed.

    LibraryDamaged, LibraryBusy, LibraryTooNew, LibraryUnreachable; whatever goes wrong later is one of these too.
    """
    engine = _open_file(where) if isinstance(where, Path) else _open_server(where)
    try:
        _prepare(engine, where, create)
    except BaseException:
        engine.dispose()
        raise
    return engine


def for_writing(engine: sa.Engine) -> sa.Engine:
    """The engine with transactions that take the lock of writers at once: one that reads first couldn't later."""
    if engine.dialect.name == POSTGRESQL:
        return engine.execution_options(writes=True, isolation_level="READ COMMITTED")
    return engine.execution_options(begin="BEGIN IMMEDIATE")


@contextmanager
def advisory_lock(engine: sa.Engine, number: int, patience: float) -> Iterator[None]:
    """Holds that lock of PostgreSQL in a session of its own; LibraryBusy when another has it for `patience` seconds."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.select(sa.func.set_config("lock_timeout", f"{max(1, int(1000 * patience))}ms", False)))
        connection.execute(sa.select(sa.func.pg_advisory_lock(number)))
        try:
            yield
        finally:
            connection.invalidate()  # the server gives the lock back with the session, whatever state that is in


def connect_to_listen(url: sa.URL) -> Any:
    """A connection of psycopg that hears of revisions; LibraryUnreachable."""
    import psycopg

    try:
        connection = psycopg.connect(
            url.set(drivername=POSTGRESQL).render_as_string(hide_password=False), autocommit=True, **_timeouts()
        )
        connection.execute(f"LISTEN {CHANNEL}")
    except psycopg.Error as error:
        raise _unreachable(url, error) from error
    return connection


def _open_file(path: Path) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))  # a path may hold what a URL may not
    sa.event.listen(engine, "connect", _set_pragmas)
    sa.event.listen(engine, "begin", _begin)
    sa.event.listen(engine, "handle_error", _explaining(path, _explain_file))
    return engine


def _open_server(url: sa.URL) -> sa.Engine:
    try:
        import psycopg
    except ImportError as error:
        raise LibraryUnreachable(
            "a library on PostgreSQL needs more packages; run: pip install 'qa-articles[postgresql]'"
        ) from error
    try:
        psycopg.conninfo.make_conninfo(**{name: str(value) for name, value in url.query.items()})
    except psycopg.ProgrammingError as error:
        raise SettingInvalid(f"the library {shown(url)} has an option that PostgreSQL doesn't ({error})") from None
    own = url.query.get("options", "")
    engine = sa.create_engine(
        url,
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,  # a server that was restarted is noticed before a statement is lost
        pool_size=10,
        max_overflow=30,
        connect_args=_timeouts() | {"options": f"{own} -c lock_timeout={PATIENCE}s -c timezone=UTC {SESSION}".strip()},
    )
    sa.event.listen(engine, "begin", _take_turn)
    sa.event.listen(engine, "handle_error", _explaining(url, _explain_server))
    return engine


def _timeouts() -> dict[str, Any]:
    """What has a connection to a server that is gone fail in seconds, not in hours."""
    return {
        "connect_timeout": CONNECTING,
        "keepalives_idle": SILENCE,
        "keepalives_interval": 1,
        "keepalives_count": SILENCE,
        "tcp_user_timeout": 1000 * SILENCE,
    }


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _take_turn(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITING)))


def _set_pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # sqlite3 itself begins no transaction before SELECT and CREATE: `_begin` does
    with closing(connection.cursor()) as cursor:
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute("PRAGMA secure_delete=ON")


def _explaining(
    where: Where, explain: Callable[[Where, BaseException], None]
) -> Callable[[sa.engine.ExceptionContext], None]:
    """Makes an error of the database one that says what to do; errors of our own statements stay as they are."""

    def listen(failed: sa.engine.ExceptionContext) -> None:
        if not failed.is_pre_ping:  # after which the pool connects anew
            explain(where, failed.original_exception)

    return listen


def _explain_file(path: Where, error: BaseException) -> None:
    if isinstance(error, sqlite3.OperationalError):
        raise LibraryBusy(f"the ledger {path} can't be used now ({error}); check the disk, then try again") from error
    if type(error) is sqlite3.DatabaseError:
        raise LibraryDamaged(f"the ledger {path} can't be read ({error}); {RESTORE}") from error


def _explain_server(url: Where, error: BaseException) -> None:
    import psycopg

    if not isinstance(error, psycopg.Error):
        return
    code = error.sqlstate or ""
    if code == LOCKED:
        busy = LibraryBusy("others have been writing to the library all this while; try again")
        raise _noted(busy, url, error) from error
    if code == FULL:
        full = LibraryBusy("the disk of the library's server is full, nothing of this was stored; make room, try again")
        raise _noted(full, url, error) from error
    if code in (FORBIDDEN, READ_ONLY):
        locked = LibraryReadOnly("the library can't be written by this user of its database; let it own the database")
        raise _noted(locked, url, error) from error
    if code == NO_SCHEMA:
        missing = LibraryMissing("the library's schema isn't in its database; make it with: CREATE SCHEMA")
        raise _noted(missing, url, error) from error
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        raise _unreachable(url, error) from error


def _noted(told: QAError, url: Where, error: BaseException) -> QAError:
    """The error with a note for who runs this; visitors of the page are sent its message alone."""
    told.add_note(f"{shown(url)}: {_first_line(error)}")
    return told


def _check_vacant(connection: sa.Connection, where: Where, create: bool) -> None:
    """Refuses to make a library where none is wanted, or in a database that has other things in it."""
    if not create:
        quoted = shlex.quote(shown(where))
        raise LibraryMissing(f"no library in {shown(where)}; make one with: qa add --library {quoted} PATH")
    if others := set(sa.inspect(connection).get_table_names()) & set(tables.tables):
        raise LibraryMissing(
            f"{shown(where)} has tables of something else ({', '.join(sorted(others))}); give a database of its own"
        )


def _unreachable(url: Where, error: BaseException) -> QAError:
    if 'database "' in str(error) and "does not exist" in str(error):
        return LibraryMissing(f"there is no database {shown(url)}; make it with: createdb, or choose another")
    unreachable = LibraryUnreachable(
        "the library's database can't be reached at the moment; what was stored is kept: see that it runs, try again"
    )
    return _noted(unreachable, url, error)


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).split("\n")[0].split()) or type(error).__name__


def _prepare(engine: sa.Engine, where: Where, create: bool) -> None:
    with engine.connect() as connection:  # without the lock of writers: whoever only asks waits for none
        version = _version(connection)
    if version is None:
        with for_writing(engine).begin() as connection:
            version = _version(connection)  # another process may have made it just now
            if version is None:
                _check_vacant(connection, where, create)
                tables.create_all(connection)
                connection.execute(versions.insert().values(version_num=VERSION))
                return
    if version == VERSION:
        return
    if version > VERSION:
        raise LibraryTooNew(
            f"{shown(where)} has schema {version}, this program knows {VERSION} and older; update the program"
        )
    from qa.migrations import migrate

    migrate(for_writing(engine))


def _version(connection: sa.Connection) -> str | None:
    """The schema's; empty for one that no migration has brought anywhere yet, None where there is no library."""
    if not sa.inspect(connection).has_table(versions.name):
        return None
    return connection.scalar(sa.select(versions.c.version_num)) or ""
