"""Sight: what a principal sees of the registry, as it was known at a moment; every read takes its rows from here."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects import postgresql

from registry import catalogue, moment
from registry.db.columns import TABLES, discriminator, literal, quote
from registry.db.fragments import Fragment
from registry.kinds import FeatureKind
from registry.scope.predicate import open_values, predicate, visible
from registry.scope.principal import EVERYTHING, Mask, Principal

_DIALECT = postgresql.dialect()
# What an inspection says of an asset, and what stands there when it is not known yet.
_JUDGED = {"state": "'unknown'", "grade": "NULL", "scores": "NULL", "rated_on": "NULL", "standard": "NULL"}


@dataclass(frozen=True)
class Sight:
    """What is seen.

    as_of: the registry as it held then (system time; None: now). on: the state of each asset by inspections up to
    that day, by their own dates (None: by the last one).
    """

    principal: Principal = EVERYTHING
    as_of: dt.datetime | None = None
    on: dt.date | None = None

    @property
    def today(self) -> dt.date:
        """The day on which things must be in service: the one asked for, else that of the moment, else today."""
        return self.on or (moment.day(self.as_of) if self.as_of else moment.today())

    @property
    def carried(self) -> dict[str, str]:
        """The parameters of a link that leads to what is seen at the same moments."""
        return ({"as_of": self.as_of.isoformat()} if self.as_of else {}) | (
            {"datetime": self.on.isoformat()} if self.on else {})

    def sees(self, kind: FeatureKind) -> bool:
        """Whether the kind may be seen at all."""
        return visible(self.principal, kind)

    def seen(self, kind: FeatureKind) -> FeatureKind:
        """The kind without the fields that are kept back, so that no schema, filter, column or sort tells of them."""
        hidden = _hides(kind, self.principal.mask(kind.key))
        return _without(kind, hidden) if hidden else kind

    def rows(self, kind: FeatureKind) -> Fragment:
        """What stands after FROM for the rows of this kind; all columns of `asset` or `zone`, the alias is the caller's.

        The caller still says which class and city; the partition is found by that.
        """
        kind = _whole(kind)
        allowed = predicate(self.principal, kind, "x")
        mask = self.principal.mask(kind.key)
        if allowed.sql == "true" and mask.open and self.as_of is None and self.on is None:
            return Fragment(kind.table)
        table = kind.table
        values = dict(allowed.values)
        columns = ", ".join(f"{expression} AS {quote(name)}" for name, expression in self._columns(kind, mask).items())
        here = f"x.{discriminator(kind)} = {literal(kind.key)} AND {allowed.sql}"
        judged = self._judged(values) if self.on is not None and table == "asset" else ""
        live = f"SELECT {columns} FROM {table} x{judged} WHERE {here}"
        if self.as_of is None:
            return Fragment(f"({live})", values)
        values["as_of"] = self.as_of
        then = "x.sys_from <= CAST(«as_of» AS timestamptz)"
        then += self._never_hidden(kind)
        past = (f"SELECT {columns} FROM {table}_history x{judged} WHERE {here} AND {then} "
                "AND x.sys_to > CAST(«as_of» AS timestamptz)")
        return Fragment(f"({live} AND {then} UNION ALL {past})", values)

    def versions(self, kind: FeatureKind) -> Fragment:
        """Every version, live or ended, with `op`, `sys_to`, `end_batch` (null while it lasts) before the columns."""
        kind = _whole(kind)
        allowed = predicate(self.principal, kind, "x")
        columns = ", ".join(f"{e} AS {quote(n)}" for n, e in self._columns(kind, self.principal.mask(kind.key)).items())
        here = f"x.{discriminator(kind)} = {literal(kind.key)} AND {allowed.sql}{self._never_hidden(kind)}"
        return Fragment(
            f"(SELECT CAST(NULL AS text) AS op, CAST(NULL AS timestamptz) AS sys_to, CAST(NULL AS bigint) AS end_batch, "
            f"{columns} FROM {kind.table} x WHERE {here} "
            f"UNION ALL SELECT x.op, x.sys_to, x.end_batch, {columns} FROM {kind.table}_history x WHERE {here})",
            allowed.values)

    def assets(self, classes: Iterable[FeatureKind]) -> Fragment:
        """The rows of several classes at once; those not seen are left out."""
        parts = [self.rows(c) for c in classes if self.sees(c)]
        keys = [c.key for c in classes if self.sees(c)]
        values: dict[str, Any] = {}
        for part in parts:
            values |= part.values
        if not parts:
            return Fragment("(SELECT * FROM asset WHERE false)")
        names = ", ".join(quote(c.name) for c in TABLES["asset"].columns)
        return Fragment("(" + " UNION ALL ".join(
            f"SELECT {names} FROM {p.sql} y WHERE y.class = {literal(k)}" for p, k in zip(parts, keys, strict=True)) + ")",
            values)

    # -- inside ----------------------------------------------------------------------------------
    def _columns(self, kind: FeatureKind, mask: Mask) -> dict[str, str]:
        """Column → its expression, with what is hidden gone and what is coarse coarsened."""
        hidden = {f.column for f in kind.fields if f.column and f.key in _hides(kind, mask)}
        made = {}
        for column in TABLES[kind.table].columns:
            made[column.name] = f"x.{quote(column.name)}"
            if column.name in hidden:
                made[column.name] = f"CAST(NULL AS {_type(column)})"
            elif self.on is not None and kind.table == "asset" and column.name in _JUDGED:
                made[column.name] = (f"CASE WHEN x.rated_on > CAST(«on» AS date) THEN coalesce(i.{column.name}, "
                                     f"{_JUDGED[column.name]}) ELSE x.{column.name} END")
        keys = [f.key for f in kind.fields if f.key in mask.fields and not f.column]
        if keys:
            made["attrs"] = f"x.attrs - ARRAY[{', '.join(literal(k) for k in keys)}]"
        if mask.coarse_degrees:
            cell = repr(float(mask.coarse_degrees))
            centre = f"ST_SnapToGrid(ST_PointOnSurface(x.geom), {cell} / 2, {cell} / 2, {cell}, {cell})"
            made["geom"] = f"CAST({centre} AS geometry(Geometry, 4490))"
        return made

    def _never_hidden(self, kind: FeatureKind) -> str:
        """What carries a hidden value in any of its versions has no past to be seen either: a pipe that was found
        to be gas must not be told by how it was recorded before."""
        shown = " AND ".join(f"({f.sql})" for f in open_values(self.principal, kind, "h"))
        if not shown:
            return ""
        return "".join(f" AND NOT EXISTS (SELECT FROM {table} h WHERE h.{discriminator(kind)} = {literal(kind.key)} "
                       f"AND h.id = x.id AND NOT ({shown}))" for table in (kind.table, f"{kind.table}_history"))

    def _judged(self, values: dict[str, Any]) -> str:
        """What the inspections up to the day say, where a later one has the word now."""
        values["on"] = self.on
        known = "CAST(NULL AS timestamptz)"
        if self.as_of is not None:
            known = "CAST(«as_of» AS timestamptz)"
            values["as_of"] = self.as_of
        # In a subquery of its own, so that it is worked out for those rows only.
        return (f" LEFT JOIN LATERAL (SELECT j.* FROM registry_judged(x.id, CAST(«on» AS date), {known}) j "
                "WHERE x.rated_on > CAST(«on» AS date)) i ON true")


def _hides(kind: FeatureKind, mask: Mask) -> frozenset[str]:
    """Keys of the fields that a mask keeps back; a cell of 100 m would tell the place that was coarsened."""
    return mask.fields | ({"grid"} & set(kind.by_key) if mask.coarse_degrees else set())


def _whole(kind: FeatureKind) -> FeatureKind:
    """The declaration with all its fields, whatever of it was seen."""
    known = catalogue.load()
    return known.classes.get(kind.key) or known.zones.get(kind.key) or kind


@lru_cache(maxsize=256)
def _without(kind: FeatureKind, hidden: frozenset[str]) -> FeatureKind:
    fields = tuple(f for f in kind.fields if f.key not in hidden)
    gone: dict[str, Any] = {name: None for name in ("group_by", "count_by") if getattr(kind, name, None) in hidden}
    gone |= {name: None for name in ("walkable", "entrance_to") if (part := getattr(kind, name, None)) and part.named & hidden}
    return dataclasses.replace(kind, fields=fields, common=False, **gone)


def _type(column: Column[Any]) -> str:
    return str(column.type.compile(dialect=_DIALECT))


WHOLE = Sight()
