"""Which edition of a kind of zone holds on a day, and what its zones are called."""

from __future__ import annotations

from collections.abc import Hashable

from sqlalchemy import Connection

from registry import catalogue, sql
from registry.db.fragments import Fragment
from registry.kinds import Label
from registry.scope import Sight
from registry.store.once import known, once


def zones(kind: str, sight: Sight) -> Fragment:
    """The rows of a kind of zone as they are seen."""
    return sight.rows(catalogue.load().zones[kind])


def edition(conn: Connection, city: str, kind: str, sight: Sight) -> str | None:
    """The newest edition valid on the day (by start of validity, then by name); None when there is no zone."""
    seen = zones(kind, sight)
    asked = _asked(city, kind, sight, seen)
    if (titled := known(("titles", *asked))) is not None:
        return titled[0].edition if titled else None
    return once(("edition", *asked), lambda: conn.execute(
        sql.statement("zone_edition", zones=seen.text), {"city": city, "kind": kind, "on": sight.today, **seen.values}).scalar())


def editions(conn: Connection, city: str, kind: str, sight: Sight) -> list[str]:
    """Every edition of a kind of zone that is valid on the day, by name."""
    seen = zones(kind, sight)
    return list(conn.execute(sql.statement("zone_editions", zones=seen.text),
                             {"city": city, "kind": kind, "on": sight.today, **seen.values}).scalars())


def titles(conn: Connection, city: str, kind: str, sight: Sight) -> dict[str, Label]:
    """Code → name of the zones of that edition, in the order of the codes; a zone without a code goes by its id.

    A district beyond the districts of a scope is not told.
    """
    seen = zones(kind, sight)
    rows = once(("titles", *_asked(city, kind, sight, seen)), lambda: conn.execute(
        sql.statement("zone_titles", zones=seen.text, edition=sql.script("zone_edition", zones=seen.text)),
        {"city": city, "kind": kind, "on": sight.today, **seen.values}).all())
    only = sight.principal.scope.districts if kind == "district" else ()
    return {code: Label(name, name) for _, code, name in rows if not only or code in only}


def _asked(city: str, kind: str, sight: Sight, seen: Fragment) -> tuple[Hashable, ...]:
    """All that decides what is found."""
    return city, kind, sight.today, seen.sql, repr(sorted(seen.values.items()))
