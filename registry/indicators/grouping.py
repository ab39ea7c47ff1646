"""What a class's figures may be told by: its divisions, owner, and any field with a vocabulary."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry.db.columns import literal, quote, read
from registry.errors import BadValue
from registry.indicators.kinds import Ask
from registry.kinds import AssetClass, Field, Label
from registry.standards.figure import UNKNOWN, UNKNOWN_TITLE
from registry.store import divisions

# Core columns that every class is told by, whatever its own fields; the value is the kind of zone, if any.
CORE = {"district": "district", "owner": None, "grid": "unit_grid"}
STREET = "street"  # no column of an asset: told by where it lies
_BOOLEAN = {"true": Label("是", "Yes"), "false": Label("否", "No")}


@dataclass(frozen=True)
class Grouping:
    """One way to tell a figure. `expression` is the SQL of a row's key, never null; `values` are what it binds.

    titles: keys that get a row even without an asset, in order (zones of the newest edition).
    """

    name: str
    expression: str
    field: Field | None = None
    titles: dict[str, Label] | None = None
    edition: dict[str, str] | None = None
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def title(self, key: str) -> Label:
        """The title of a key; `unknown` is 未知."""
        if key == UNKNOWN:
            return UNKNOWN_TITLE
        if self.titles and key in self.titles:
            return self.titles[key]
        if self.field is not None and self.field.codes:
            return self.field.codes.title_of(key)
        if self.field is not None and self.field.type == "boolean":
            return _BOOLEAN[key]
        return Label(key, key)

    def order(self, key: str) -> tuple[int, int, str]:
        """Zones and codes in their own order, others by key, 未知 last."""
        known = list(self.titles or (self.field.codes.values if self.field and self.field.codes else ()))
        return (key == UNKNOWN, known.index(key) if key in known else len(known), key)


def names(cls: AssetClass) -> list[str]:
    """The columns and fields that a figure of the class may be told by or limited to."""
    own = [f.key for f in cls.fields if f.key == cls.group_by or f.type in ("code", "boolean") or f.filter]
    return list(dict.fromkeys([*CORE, *own]))


def allows(cls: AssetClass, by: str) -> bool:
    """Whether `by` tells the class; a street is a place, which every asset has."""
    return by == STREET or by in names(cls)


def refuse(by: str, cls: AssetClass | None, known: list[str]) -> BadValue:
    """The error that names `by` and what it accepts."""
    of_zh, of_en = (f"{cls.title.zh}可用", f"{cls.key} accepts") if cls else ("可用", "known")
    return BadValue(name="by", value=by, why_zh=f"{of_zh}：{', '.join(known)}", why_en=f"{of_en}: {', '.join(known)}")


def key_expression(cls: AssetClass, name: str) -> str:
    """The SQL of a row's key by a name out of `names`, never null."""
    value = f"a.{quote(name)}" if name in CORE else f"({read(cls.by_key[name])})::text"
    return f"coalesce(nullif({value}, ''), {literal(UNKNOWN)})"


def of(conn: Connection, cls: AssetClass, by: str, ask: Ask) -> Grouping:
    """The grouping of a class by this name; BadValue names `by` and what the class accepts."""
    if not allows(cls, by):
        raise refuse(by, cls, ["class", STREET, *names(cls)])
    if by == STREET:
        return _street(conn, ask)
    field_ = cls.by_column.get(by) if by in CORE else cls.by_key[by]
    titles = edition = None
    if by in CORE and (kind := CORE[by]):
        titles = divisions.titles(conn, ask.city.key, kind, ask.sight)
        found = divisions.edition(conn, ask.city.key, kind, ask.sight)
        edition = {kind: found} if found is not None else None
        titles = titles if kind == "district" else {}  # thousands of grids without an asset tell nothing
    return Grouping(by, key_expression(cls, by), field_, titles, edition)


def _street(conn: Connection, ask: Ask) -> Grouping:
    """By the street office that a point of the asset lies in."""
    found = divisions.edition(conn, ask.city.key, STREET, ask.sight)
    seen = divisions.zones(STREET, ask.sight)
    zone = ("SELECT z.code FROM " + seen.sql + " z WHERE z.kind = 'street' AND z.city = «by_city» AND z.edition = «by_edition» "
            "AND (z.valid_from IS NULL OR z.valid_from <= CAST(«today» AS date)) "
            "AND (z.valid_to IS NULL OR z.valid_to > CAST(«today» AS date)) "
            "AND ST_Intersects(z.geom, ST_PointOnSurface(a.geom)) ORDER BY z.code LIMIT 1")
    return Grouping(STREET, f"coalesce(({zone}), {literal(UNKNOWN)})", titles=divisions.titles(conn, ask.city.key, STREET, ask.sight),
                    edition={STREET: found} if found is not None else None,
                    values={"by_city": ask.city.key, "by_edition": found or "", **seen.values})
