"""Summaries: figures of the whole view are made of kept tallies where these are exact, and counted live otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from registry import catalogue
from registry.indicators.tally import Tally
from registry.scope import Scope, Sight
from registry.store import tallies
from registry.store.tallies import Counting, Row, Whole

NO_KEY = "''"
# What is told by nothing is kept by district: its sum.
BY_DISTRICT = "coalesce(nullif(a.\"district\", ''), 'unknown')"


@dataclass
class Keeper:
    """What a refresh gathers: every tally that is asked for while it holds. day: of assets in service, else that asked for.

    anew: count all of it, whatever is kept.
    """

    day: dt.date | None = None
    anew: bool = False
    found: dict[bytes, tuple[Counting | Whole, Any]] = field(default_factory=dict)


_keeper: ContextVar[Keeper | None] = ContextVar("keeper", default=None)


@contextmanager
def gathering(keeper: Keeper) -> Iterator[Keeper]:
    """Whatever is tallied meanwhile is gathered by the keeper."""
    token = _keeper.set(keeper)
    try:
        yield keeper
    finally:
        _keeper.reset(token)


def count(conn: Connection, counting: Counting, sight: Sight) -> dict[str, Tally]:
    """Tallies by key. A sight that is narrowed, or of another moment or day, is counted live, always."""
    asked, rows = counting, None
    if _whole(sight, counting):
        asked = replace(counting, key=BY_DISTRICT) if counting.key == NO_KEY else counting
        rows = _gather(conn, asked, keeper) if (keeper := _keeper.get()) else _told(conn, asked)
    if rows is None:
        asked, rows = counting, tallies.live(conn, counting, sight)
    found: dict[str, Tally] = {}
    for key, verdict, number, measure, part in rows:
        found.setdefault(key if asked is counting else "", Tally()).add(verdict, number, measure, part)
    return found


def whole(conn: Connection, wanted: Whole | None, make: Callable[[], Any]) -> Any:
    """An answer that is kept as it is, else made now."""
    if wanted is None:
        return make()
    kept, keeper = tallies.whole(conn, wanted), _keeper.get()
    made = make() if kept is None or (keeper and keeper.anew) else kept
    if keeper and wanted.today == (keeper.day or wanted.today):
        keeper.found[wanted.name] = wanted, made
    return made


# -- inside --------------------------------------------------------------------------------------
def _whole(sight: Sight, counting: Counting) -> bool:
    """Whether all assets of the class are seen as they are now; the city itself is no limit to its own figures."""
    cls = catalogue.load().classes[counting.cls]
    if sight.principal.scope == Scope(city=counting.city):
        sight = replace(sight, principal=replace(sight.principal, scope=Scope()))
    return sight.rows(cls).sql == cls.table


def _told(conn: Connection, counting: Counting) -> list[Row] | None:
    return tallies.told(conn, counting) if counting.keepable else None


def _gather(conn: Connection, counting: Counting, keeper: Keeper) -> list[Row] | None:
    if not counting.keepable:
        return None
    asked = replace(counting, today=keeper.day or counting.today)
    if asked.name not in keeper.found:
        kept = None if keeper.anew else tallies.told(conn, asked)
        keeper.found[asked.name] = asked, tallies.live(conn, asked) if kept is None else kept
    rows: list[Row] = keeper.found[asked.name][1]
    return rows
