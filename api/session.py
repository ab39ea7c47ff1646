"""The database of one request: read without a way to write, or written to as one; each statement has its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import current_app, g
from sqlalchemy import Connection, func, select

from api import gone
from registry import catalogue, db, settings
from registry.db.migration import require_migrated
from registry.errors import NotSynced, UnknownClass
from registry.kinds import FeatureKind
from registry.scope import Sight
from registry.store import features
from registry.store.exported import one_moment

MIGRATED = "registry.migrated"
SYNCED = "registry.synced"
CITIES, CITY_S = "registry.cities", 10  # seconds for which a city that was there is taken to be there


@contextmanager
def reading(*, scratch: bool = False, seconds: int | None = None) -> Iterator[Connection]:
    """A connection that cannot write, whose statements end after the time of the setting.

    seconds: a shorter time than that; then each statement stands alone, which costs fewer round trips than a
    transaction. scratch: temporary tables may be made; whatever was done is rolled back.
    """
    with ExitStack() as held:
        if seconds is not None and not scratch:
            conn = held.enter_context(db.reading(_longest(seconds)))
        else:
            conn = held.enter_context(db.connect())
            if not scratch:
                conn = conn.execution_options(postgresql_readonly=True)
            conn.execute(select(func.set_config("statement_timeout", f"{_longest(seconds)}s", True)))
        _require_migrated(conn)
        held.enter_context(gone.watched(conn))
        yield conn


@contextmanager
def exporting() -> Iterator[Connection]:
    """A connection of its own for one export: one moment of the database, and the time that exports have."""
    with db.connect() as conn:
        one_moment(conn)
        g.statement_s = settings.integer("REGISTRY_EXPORT_TIMEOUT_S")
        conn.execute(select(func.set_config("statement_timeout", f"{g.statement_s}s", True)))
        _require_migrated(conn)
        try:
            yield conn
        except BaseException:
            conn.invalidate()  # the client went away in the middle of a COPY: what is left of it is not read
            raise


@contextmanager
def writing() -> Iterator[Connection]:
    """A connection whose changes are committed together at the end, or not at all."""
    with db.begin() as conn:
        conn.execute(select(func.set_config("statement_timeout", f"{_longest()}s", True)))
        _require_migrated(conn)
        yield conn


def _longest(seconds: int | None = None) -> int:
    """How long a statement of this request may take, in seconds: the time of the setting, or less."""
    longest = settings.integer("REGISTRY_STATEMENT_TIMEOUT_S")
    g.statement_s = min(longest, seconds or longest)
    return int(g.statement_s)


def _require_migrated(conn: Connection) -> None:
    if not current_app.extensions.get(MIGRATED):
        require_migrated(conn)
        current_app.extensions[MIGRATED] = True


def kinds(conn: Connection, sight: Sight) -> dict[str, FeatureKind]:
    """The collections: declared kinds that the database was synced to, as they are seen, by key."""
    found = {k.key: k for k in features.synced(conn)}
    current_app.extensions[SYNCED] = set(found)
    return {key: sight.seen(kind) for key, kind in found.items() if sight.sees(kind)}


def kind(conn: Connection, key: str, sight: Sight) -> FeatureKind:
    """The collection of this key; UnknownClass names those there are, NotSynced says what to do.

    What was seen synced once is not asked for again: the declarations of a process do not change.
    """
    if key in current_app.extensions.get(SYNCED, ()):
        found = catalogue.load().kind(key)
        if sight.sees(found):
            return sight.seen(found)
    known = kinds(conn, sight)
    if key not in known:
        declared = {k.key: k for k in catalogue.load().kinds}
        if key in declared and sight.sees(declared[key]):
            raise NotSynced(key=key)
        raise UnknownClass(key=key[:48], known=", ".join(known))
    return known[key]


def was_there(city: str) -> bool:
    """Whether a city of this key was found in the last seconds."""
    known: dict[str, float] = current_app.extensions.get(CITIES, {})
    return known.get(city, 0.0) > time.monotonic()


def is_there(city: str) -> None:
    """A city of this key was found."""
    current_app.extensions.setdefault(CITIES, {})[city] = time.monotonic() + CITY_S
