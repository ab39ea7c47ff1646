"""Refreshing the summaries: everything that is asked for often is asked once in one state of the city, and its tallies are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from registry import db, indicators, moment
from registry.errors import BadValue
from registry.indicators import grouping, summaries
from registry.indicators.service_radius import ServiceRadius
from registry.indicators.shares import ShareOfAssets
from registry.kinds import AssetClass
from registry.store import cities, once, tallies
from registry.store.cities import City

Question = Callable[[Connection, City], object]


@dataclass(frozen=True)
class Refreshed:
    """What was kept: the batch of the city that it is of (None: the city has none), the day, and how many tallies."""

    city: str
    batch: int | None
    day: dt.date
    tallies: int


def refresh(city: str, *, day: dt.date | None = None, by: Iterable[str] = (), also: Iterable[Question] = (),
            anew: bool = False) -> Refreshed:
    """Bring the summaries of a city up to date; UnknownCity.

    Every rate of every class that has assets, by district, by the class's own grouping and by the fields of `by` that it
    has, every coverage by district (today's only), and whatever the questions of `also` tally. day: on which assets must be in service, else today. anew: count
    all of it again; else what is kept is brought forward by what changed since.

    It reads one snapshot, and keeps the tallies under the last batch in it: what is committed meanwhile is looked at by
    whoever reads them. Nobody waits for it.
    """
    of = day or moment.today()  # said once: midnight may pass meanwhile
    with db.connect() as conn:
        conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = gathered(conn, cities.get(conn, city), of, by, also, anew)
        at = tallies.moment(conn, city)
    if at is None:
        return Refreshed(city, None, of, 0)
    with db.begin() as conn:
        kept = tallies.keep(conn, at, found.found.values())
        tallies.forget(conn, city, moment.today())
    return Refreshed(city, at.batch, of, kept)


def gathered(conn: Connection, city: City, day: dt.date, by: Iterable[str] = (), also: Iterable[Question] = (),
             anew: bool = False) -> summaries.Keeper:
    """The tallies of what is asked for often, in the state that the connection sees."""
    with summaries.gathering(summaries.Keeper(day, anew)) as keeper, once.held():
        there = tallies.classes(conn, city.key)
        for indicator in indicators.every():
            for cls in indicator.classes() if isinstance(indicator, ShareOfAssets) else ():
                for name in _groupings(cls, by) if cls.key in there else ():
                    indicators.measure(conn, indicator.code, city, cls=cls.key, by=name, brief=True)
            if isinstance(indicator, ServiceRadius) and indicator.facility in there and day == moment.today():
                with suppress(BadValue):  # of a rule that cannot be told nothing is kept
                    indicators.measure(conn, indicator.code, city, by="district", brief=True)
        for question in also:
            question(conn, city)
    return keeper


def _groupings(cls: AssetClass, by: Iterable[str]) -> Iterator[str]:
    wanted = dict.fromkeys(("district", *((cls.group_by,) if cls.group_by else ()), *by))
    return (name for name in wanted if grouping.allows(cls, name))
