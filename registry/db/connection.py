"""One engine per process; a database that cannot be reached is said in one sentence."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError

from registry import settings
from registry.errors import DatabaseUnreachable, DiskFull, NotMigrated, RegistryError, Stale, WriteRefused
from registry.local import default_cluster, server


def url() -> str:
    """URL of the database: the setting, else the private cluster, which is started when needed."""
    given = settings.get("REGISTRY_DATABASE_URL")
    if not given:
        cluster = default_cluster()
        cluster.start()
        return cluster.url()
    return _written_out(given)


@lru_cache(maxsize=8)
def _written_out(given: str) -> str:
    return server.address(given).render_as_string(hide_password=False)


FRESH_S = 1.0  # a connection that was of use so lately is not asked whether it is there still
# Of reads by an index: to start helpers or a compiler takes longer than the whole of one.
READING = " -c default_transaction_read_only=on -c max_parallel_workers_per_gather=0 -c jit=off"


@lru_cache(maxsize=8)
def _engine(address: str, pid: int, reading_s: int | None = None) -> Engine:
    # Keyed by the process: a pool must not cross a fork.
    own = make_url(address).query.get("options", "")  # a search_path of the bureau's own, for one
    wanted, more = f"{own} -c timezone=UTC -c datestyle=ISO", {}
    if reading_s is not None:  # said once for a connection, not once for a request: each word costs a round trip
        wanted += f"{READING} -c statement_timeout={reading_s}s"
        more = {"isolation_level": "AUTOCOMMIT", "pool_use_lifo": True}  # few connections, with their plans
    made = create_engine(address, pool_size=8, max_overflow=4, pool_timeout=5,
                         hide_parameters=True,  # values of people do not belong into logs
                         connect_args={"connect_timeout": 5, "client_encoding": "UTF8", "options": wanted}, **more)
    event.listen(made, "checkout", _demand_there)
    return made


def _demand_there(raw: Any, *_: Any) -> None:
    """An idle server says nothing: one that did has ended the connection. Looked at without a round trip."""
    if raw.closed:
        raise DisconnectionError
    waiting = select.poll()
    waiting.register(raw.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


def engine() -> Engine:
    """The engine of this process."""
    return _engine(url() if not _pinned else _pinned[-1], os.getpid())


_pinned: list[str] = []


def pin(address: str | None) -> None:
    """Fix the address for this process, so that asking for it does not look at the cluster each time."""
    _pinned.clear()
    if address:
        _pinned.append(address)


def dispose() -> None:
    """Close all connections of this process."""
    if _engine.cache_info().currsize:
        _engine.cache_clear()


# Without a state the connection itself broke; 57P0x: the server goes down or is not up yet; 28: who are you;
# 3D000: no such database; 08: the connection.
_NO_TABLE = ("42P01", "3F000")  # no such table, no such schema
_UNREACHABLE = ("08", "57P", "28", "3D")
# 53100: no room; 53400: a quota such as temp_file_limit; the last is how a file-size limit is told.
_DISK_FULL = ("53100", "53400")
_TOO_LARGE = "File too large"


def _plain(error: BaseException | None) -> str:
    """The first line of what the database said; the URL carries no password."""
    said = str(error).strip()
    return said.splitlines()[0] if said else type(error).__name__


@contextmanager
def _translated(address: URL) -> Iterator[None]:
    """Errors of the driver, raised through SQLAlchemy or by a COPY of our own, as ours."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        if made := _ours(error, address):
            raise made from error
        raise


def _ours(error: DBAPIError | psycopg.Error, address: URL) -> RegistryError | None:
    """The error that a user understands; None for what only a programmer does."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or ""
    if state == "RG001":
        zh, _, en = _plain(cause).partition(" / ")
        return WriteRefused(why_zh=zh, why_en=en or zh)
    if state in _NO_TABLE:
        from registry.db.migration import wanted  # migrations know the connection, not the other way round

        return NotMigrated(found="-", wanted=wanted())
    if state in _DISK_FULL or (state and _TOO_LARGE in _plain(cause)):
        return DiskFull(why=_plain(cause))
    if isinstance(cause, psycopg.OperationalError) and (not state or state.startswith(_UNREACHABLE)):
        return DatabaseUnreachable(url=address.render_as_string(hide_password=True), why=_plain(cause))
    return None


@contextmanager
def _written() -> Iterator[None]:
    """What only another writer, or a rule of the database, can do to a write of ours."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state == "40001":  # the row moved to another class while we waited for it
            raise Stale(what="row", given="-", found="-") from error
        if state in ("23505", "23514"):  # unique, check
            name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or state
            raise WriteRefused(why_zh=f"不符合约束 {name}", why_en=f"the constraint {name} does not hold") from error
        raise


@contextmanager
def connect() -> Iterator[Connection]:
    """A connection for reading; whatever it did is rolled back."""
    found = engine()
    with _translated(found.url), found.connect() as conn:
        yield conn


@contextmanager
def reading(seconds: int) -> Iterator[Connection]:
    """A connection that cannot write, each statement of which stands alone and ends after so many seconds."""
    found = _engine(_pinned[-1] if _pinned else url(), os.getpid(), seconds)
    with _translated(found.url), found.connect() as conn:
        yield conn


class _AtHand(threading.local):
    """The connection for reading that a thread keeps. of: its address, process and seconds."""

    conn: Connection | None = None
    of: tuple[str, int, int] | None = None
    used = 0.0

    def take(self, of: tuple[str, int, int]) -> Connection | None:
        """It, if it is one of these and good still; the thread has none from now on."""
        conn, self.conn = self.conn, None
        if conn is None:
            return None
        try:
            if self.of == of:
                if time.monotonic() - self.used > FRESH_S:
                    _demand_there(conn.connection.driver_connection)
                return conn
        except SQLAlchemyError:
            conn.invalidate()
        conn.close()
        return None


_at_hand = _AtHand()


class _Reading:
    """While a connection of a thread is used. of: its address, process and seconds."""

    def __init__(self, of: tuple[str, int, int]) -> None:
        self._of = of

    def __enter__(self) -> Connection:
        conn = _at_hand.take(self._of)
        if conn is None:
            found = _engine(*self._of)
            with _translated(found.url):
                conn = found.connect()
        self._conn = conn
        return conn

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            raw = None if self._conn.invalidated else self._conn.connection.dbapi_connection
            if raw is not None and getattr(raw, "closed", False):
                self._conn.invalidate()  # or it would be told that there is nothing to roll back any more
            self._conn.close()
            if isinstance(error, DBAPIError | psycopg.Error) and (made := _ours(error, _engine(*self._of).url)):
                raise made from error
        elif _at_hand.conn is not None:  # one that was asked for within this one
            self._conn.close()
        else:
            _at_hand.conn, _at_hand.of, _at_hand.used = self._conn, self._of, time.monotonic()


def at_hand(seconds: int) -> AbstractContextManager[Connection]:
    """The same as `reading`, by a connection that stays with the thread: for threads that last and answer one question after
    the other, to take it from the pool and to give it back were a tenth of an answer."""
    return _Reading((_pinned[-1] if _pinned else url(), os.getpid(), seconds))


@contextmanager
def begin() -> Iterator[Connection]:
    """A connection in one transaction: all of it is committed at the end, or nothing."""
    found = engine()
    with _translated(found.url), _written(), found.begin() as conn:
        yield conn
