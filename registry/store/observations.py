"""Observations: figures that cannot be computed from assets, entered with their source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry.db.fragments import Fragment
from registry.kinds import Field, Label
from registry.kinds.form import Problems, title
from registry.kinds.quantities import canonical
from registry.kinds.works import OBSERVATION
from registry.scope import WHOLE, Sight
from registry.store import city_records, records
from registry.store.city_records import Book
from registry.store.conflict import Versions
from registry.store.known import Known
from registry.store.records import Writer


@dataclass(frozen=True)
class Wanted:
    """Which observations: of a code, a year, a district (code or name); ids: none but these."""

    code: str | None = None
    year: int | None = None
    district: str | None = None
    ids: tuple[int, ...] | None = None


def fields() -> tuple[Field, ...]:
    """What is said of a figure."""
    return OBSERVATION


def _settle(row: dict[str, Any], known: Known, problems: Problems, number: int | None) -> None:
    row["unit"] = canonical(row["unit"])
    if row["year"] is None and row["observed_on"] is None:
        problems.add("year", "needs", number, other=Label("年度或日期", f"the {title(OBSERVATION, 'year').en.lower()} or a day"))
    city_records.not_later(problems, "observed_on", row["observed_on"], number)
    if row["district"] is not None:
        said, row["district"] = row["district"], known.district(row["district"])
        if row["district"] is None:
            problems.add("district", "unknown_zone", number, value=said)


BOOK = Book("observation", Label("填报指标", "observation"), fields, _settle)


def add(conn: Connection, city: str, said: Any, writer: Writer) -> dict[str, Any]:
    """A new figure. Invalid names every field that is wrong; Forbidden for a scope within the city."""
    return city_records.add(conn, BOOK, city, said, writer)


def change(conn: Connection, city: str, id_: int, expected: Versions | None, said: Any, writer: Writer) -> dict[str, Any]:
    """Correct a figure; what it said before stays in the history. Invalid, Stale, Gone, Forbidden."""
    return city_records.change(conn, BOOK, city, id_, expected, said, writer)


def withdraw(conn: Connection, city: str, id_: int, expected: Versions | None, writer: Writer) -> None:
    """Take back a figure that was none; it stays in the history."""
    city_records.withdraw(conn, BOOK, city, id_, expected, writer)


def get(conn: Connection, sight: Sight, city: str, id_: int) -> dict[str, Any]:
    """One figure; NotFound where it is not there, Gone where it was taken back."""
    return city_records.get(conn, BOOK, sight, city, id_)


def page(conn: Connection, city: str, wanted: Wanted, *, sight: Sight = WHOLE, limit: int = 10_000,
         after: int | None = None) -> list[dict[str, Any]]:
    """Observations by id. BadValue (district)."""
    parts = city_records.equals({"code": wanted.code, "year": wanted.year,
                                 "district": records.district(conn, sight, city, wanted.district)})
    if wanted.ids is not None:
        parts.append(city_records.among(wanted.ids))
    return city_records.page(conn, BOOK, city, parts, sight=sight, limit=limit, after=after)


def series(conn: Connection, city: str, code: str, *, on: dt.date | None = None, district: str | None = None,
           sight: Sight = WHOLE) -> list[dict[str, Any]]:
    """The figures of a code up to a day, the earliest first: those of a district, or those of the whole city.

    A figure of a year holds on every day of it and stands after those of days in it; of two for the same time the
    one that was entered later comes later.
    """
    parts = city_records.equals({"code": code, "district": records.district(conn, sight, city, district)})
    if district is None:
        parts.append(Fragment("r.district IS NULL"))
    day = on or sight.on
    found = city_records.page(conn, BOOK, city, parts, sight=sight, limit=100_000)
    known = [r for r in found if day is None or (r["observed_on"] <= day if r["observed_on"] else r["year"] <= day.year)]
    return sorted(known, key=lambda r: (r["observed_on"] or dt.date(r["year"], 12, 31), r["id"]))


def latest(conn: Connection, city: str, code: str, on: dt.date | None = None, district: str | None = None, *,
           sight: Sight = WHOLE) -> dict[str, Any] | None:
    """The last figure of a code up to a day, with its source; None where nobody entered one."""
    found = series(conn, city, code, on=on, district=district, sight=sight)
    return found[-1] if found else None
