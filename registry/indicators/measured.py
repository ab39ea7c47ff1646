"""Totals, and ratios of what lies in a zone to its area or its people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.catalogue import load
from registry.db.fragments import Fragment, for_text
from registry.indicators.grouping import STREET, Grouping
from registry.indicators.kinds import Ask
from registry.indicators.options import Chosen, Option
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import GOOD, MILLIONTHS, UNRATED, Tally, Weight, amount
from registry.kinds import AssetClass, Label
from registry.standards.figure import UNKNOWN, Figure, Ratio, Share, Total
from registry.store import counted, divisions
from registry.store.counted import Condition
from registry.store.once import once

# Where a row stands to the zones: `in`, `across` their edge or `out`. What is whole inside needs no second look.
PLACE = ("CASE WHEN (a.geom && inside.geom) IS NOT TRUE THEN 'out' WHEN ST_Covers(inside.geom, a.geom) THEN 'in' "
         "WHEN ST_Intersects(a.geom, inside.geom) THEN 'across' ELSE 'out' END")
# What of an asset lies inside, by the length of a line or the area of a polygon on the ellipsoid; a point is in or out.
_INSIDE = ("CASE WHEN p.place <> 'across' THEN 1 ELSE coalesce(CASE ST_Dimension(a.geom) "
           "WHEN 1 THEN ST_Length(ST_Intersection(a.geom, inside.geom)::geography) / nullif(ST_Length(a.geom::geography), 0) "
           "WHEN 2 THEN ST_Area(ST_Intersection(a.geom, inside.geom)::geography) / nullif(ST_Area(a.geom::geography), 0) END, 1) END")
_CROSSING = "CASE lies.place WHEN 'across' THEN 1 ELSE 0 END"
ZONE = Option("zone", "在哪种区域里算|Kind of zone that it is over", ("built_up_area", "residential", "district"), "built_up_area")
EDITION = Option("edition", "区域的版本，不给时用当日有效的最新一版|Edition of the zone; else the newest that holds on the day", free=True)
WITHIN = (ZONE, EDITION)
_PEOPLE = {"built_up_area": Label("建成区登记的人口", "population stated of the built-up area"),
           "residential": Label("区内居住用地登记的人口", "population stated of the residential land inside")}


@dataclass(frozen=True)
class TotalOfAssets(ShareOfAssets):
    """The sum of a measure. factor: of the value over the measure (0.001 for km of m)."""

    factor: float = 1.0

    def verdict(self, cls: AssetClass, options: Chosen) -> str:
        """What has no measure is unrated: it could add any amount."""
        weight = self.weigh(cls, options)
        return counted.first_of([*counted.not_counting(cls), *self.left_out(cls, options), *self.judged(cls, options),
                                 (UNRATED, f"({weight.expression}) IS NULL")], f"'{GOOD}'")

    def share(self, tally: Tally, weight: Weight) -> Share:
        return Total(amount(tally.measures[GOOD], weight.basis), None, *tally.unrated(), factor=self.factor)


@dataclass(frozen=True)
class RatioInZone(TotalOfAssets):
    """The sum of a measure inside the zones of an edition over their area or their people.

    over: `area` (m²) or `people`. What lies across the edge counts by the share of it that lies inside.
    measure: class → Weight of the whole asset.
    """

    over: str = "area"
    measure: Callable[[AssetClass, Chosen], Weight] = lambda cls, options: Weight("count", "1", Label.of(cls.unit))
    options: tuple[Option, ...] = WITHIN

    def verdict(self, cls: AssetClass, options: Chosen) -> str:
        weight = self.measure(cls, options)
        outside: list[Condition] = [("no_geometry", "a.geom IS NULL"), ("outside", "lies.place = 'out'")]
        return counted.first_of([*counted.not_counting(cls), *self.left_out(cls, options), *outside,
                                 (UNRATED, f"({weight.expression}) IS NULL")], f"'{GOOD}'")

    def place(self, options: Chosen) -> str:
        """The SQL of where a row stands to the zones: `out` is outside, `across` counts by its part; never null."""
        return PLACE

    def beside(self, conn: Connection, ask: Ask, cls: AssetClass) -> Fragment:
        """The zones as one shape, made once, and where each row stands to it with its part inside, looked at once.

        Both are found before the rows are sorted by group: a sort that carries shapes writes gigabytes.
        """
        inside, place = self._zones(conn, ask), f"SELECT {self.place(ask.options)} AS place OFFSET 0"
        if "lies.part" in self.weigh(cls, ask.options).expression:  # what counts by the piece has no part
            place = f"SELECT p.place, {_INSIDE} AS part{self.looks(ask.options)} FROM ({place}) p OFFSET 0"
        return Fragment(f"CROSS JOIN (SELECT ({inside.sql}) AS geom{self.shapes(ask.options, inside.sql)} OFFSET 0) inside "
                        f"CROSS JOIN LATERAL ({place}) lies", inside.values)

    def looks(self, options: Chosen) -> str:
        """Further columns that `lies` has, as SQL that begins with a comma."""
        return ""

    def shapes(self, options: Chosen, zones: str) -> str:
        """Further shapes that `inside` has beside `geom`, as SQL that begins with a comma."""
        return ""

    def shown(self, ask: Ask, cls: AssetClass) -> dict[str, str]:
        """Beside the rest, what the measure of the whole asset is; `part` is no part of it here."""
        said = super().shown(ask, cls)
        del said["figure_part"]
        return {**said, "figure_whole": self.measure(cls, ask.options).expression}

    def told(self, conn: Connection, ask: Ask, tallies: dict[str, Tally], group: Grouping | None,
             weight: Weight) -> tuple[Share, list[dict[str, Any]]]:
        total = Tally.sum(tallies.values())
        whole, sure = self._denominators(conn, ask, None)
        rows = []
        if group is not None:
            named = group.name in ("district", STREET)
            over = self._denominators(conn, ask, group.name)[0] if named else {}
            if named and (rest := (whole.get("") or 0) - sum(v or 0 for v in over.values())) > 1e-9 * (whole.get("") or 0):
                over[UNKNOWN] = rest
            for key in sorted({**tallies, **over}, key=group.order):
                below = over.get(key) if named else whole.get("")
                share = self._ratio(tallies.get(key, Tally()), weight, below, sure)
                rows.append({"key": key, "title": group.title(key).as_dict(), **share.as_dict()})
        return self._ratio(total, weight, whole.get(""), sure), rows

    def figure(self, conn: Connection, ask: Ask, share: Share | None, rows: list[dict[str, Any]]) -> Figure:
        made = super().figure(conn, ask, share, rows)
        return replace(made, denominator_unit=Label("人", "people") if self.over == "people" else Label("平方米", "m²"))

    def more(self, conn: Connection, ask: Ask, cls: AssetClass, total: Tally) -> dict[str, Any]:
        found = self._edition(conn, ask)
        told: dict[str, Any] = {**({"table": self.table()} if self.family else {}), "zone": {"kind": ask.options["zone"], "edition": found}, "crossing": total.parts[GOOD] // MILLIONTHS}
        if self.over == "people":
            source = self._people(conn, ask)
            told["people_from"] = _PEOPLE[source].as_dict() if source else None
        return told

    def editions(self, conn: Connection, ask: Ask, group: Grouping | None) -> dict[str, str] | None:
        found = self._edition(conn, ask)
        own = {} if found is None else {str(ask.options["zone"]): found}
        return {**own, **(super().editions(conn, ask, group) or {})} or None

    def why_none(self, ask: Ask, cls: AssetClass, total: Tally) -> Label:
        kind = load().kind(ask.options["zone"])
        if self.over == "people":
            return Label(f"没有{kind.title.zh}的人口，也没有其中居住用地的人口", f"neither {kind.key} nor the residential land in it has a population")
        if (edition := ask.options["edition"]) is not None:
            return Label(f"没有{kind.title.zh}的“{edition}”版", f"there is no edition {edition!r} of {kind.key}")
        return Label(f"没有{kind.title.zh}", f"there is no {kind.key}")

    # -- inside ----------------------------------------------------------------------------------
    def _ratio(self, tally: Tally, weight: Weight, below: float | None, sure: bool) -> Share:
        many, unrated = tally.unrated()
        return Ratio(amount(tally.measures[GOOD], weight.basis), below, many, amount(unrated, weight.basis), factor=self.factor, sure=sure)

    def _edition(self, conn: Connection, ask: Ask) -> str | None:
        """The edition asked for, else the newest; None where there is no zone."""
        said: str | None = ask.options["edition"]
        return said if said is not None else divisions.edition(conn, ask.city.key, ask.options["zone"], ask.sight)

    def only(self, ask: Ask) -> str:
        """The SQL of which zones `z` of the kind are meant."""
        return "true"

    def _zones(self, conn: Connection, ask: Ask) -> Fragment:
        kind = ask.options["zone"]
        seen = divisions.zones(kind, ask.sight)
        return Fragment("SELECT ST_Union(z.geom ORDER BY z.id) AS geom FROM " + seen.sql + f" z WHERE z.kind = '{kind}' AND z.city = «in_city» "
                        f"AND {self.only(ask)} AND z.edition = «in_edition» AND (z.valid_from IS NULL OR z.valid_from <= CAST(«today» AS date)) "
                        "AND (z.valid_to IS NULL OR z.valid_to > CAST(«today» AS date))",
                        {"in_city": ask.city.key, "in_edition": self._edition(conn, ask) or "", **seen.values})

    def _denominators(self, conn: Connection, ask: Ask, by: str | None) -> tuple[dict[str, float | None], bool]:
        """Key → m² or people, and whether every zone has said its people."""
        kind = ask.options["zone"]
        if self.over == "area":
            rows = zones(conn, ask, kind, self._edition(conn, ask), by, only=self.only(ask))
            return {r.key: float(r.area) for r in rows if r.zones}, True
        source = self._people(conn, ask)
        if source is None:
            return {}, True
        inside = self._zones(conn, ask) if source != kind else None
        edition = self._edition(conn, ask) if inside is None else divisions.edition(conn, ask.city.key, source, ask.sight)
        rows = zones(conn, ask, source, edition, by, inside, over="people")
        return {r.key: None if r.people is None else float(r.people) for r in rows}, not sum(r.silent for r in rows)

    def _people(self, conn: Connection, ask: Ask) -> str | None:
        """The kind of zone whose people count: the zone's own where one is stated, else the residential land inside."""
        kind = ask.options["zone"]
        if any(r.people is not None for r in zones(conn, ask, kind, self._edition(conn, ask), None, over="people")):
            return str(kind)
        edition = divisions.edition(conn, ask.city.key, "residential", ask.sight)
        rows = zones(conn, ask, "residential", edition, None, self._zones(conn, ask), over="people")
        return "residential" if any(r.people is not None for r in rows) else None


def of_ratio(measure: Callable[[AssetClass, Chosen], Weight]) -> dict[str, Any]:
    """The weight of what lies inside, made of that of the whole asset; `part` counts what lies across the edge."""
    def weigh(cls: AssetClass, options: Chosen) -> Weight:
        whole = measure(cls, options)
        inside = whole.expression if whole.basis == "count" else f"({whole.expression}) * lies.part"
        return Weight(whole.basis, inside, whole.unit, _CROSSING)
    return {"measure": measure, "weigh": weigh, "reasons": {"outside": Label("不在区内", "Outside the zone")}}


def zones(conn: Connection, ask: Ask, kind: str, edition: str | None, by: str | None, inside: Fragment | None = None,
          layer: Fragment | None = None, only: str = "true", over: str = "area") -> list[Any]:
    """Rows of key, number of zones, area in m² (or people), and what of the area a layer covers, of an edition, by division.

    inside: only zones that have a point in its geometry. only: SQL of which zones `z` are meant. over: which of area and people is asked for.
    """
    seen = divisions.zones(kind, ask.sight)
    key, within, lives, beside, covered = "''", "1", "true", [], "0"
    values: dict[str, Any] = {"kind": kind, "city": ask.city.key, "edition": edition or "", "today": ask.today, **seen.values}
    piece = "z.geom"
    if by is not None:
        rows = divisions.zones(by, ask.sight)
        found = divisions.edition(conn, ask.city.key, by, ask.sight)
        beside.append(f"JOIN {rows.text} d ON d.kind = '{by}' AND d.city = :city AND d.edition = :division AND ST_Intersects(d.geom, z.geom) "
                      "AND (d.valid_from IS NULL OR d.valid_from <= :today) AND (d.valid_to IS NULL OR d.valid_to > :today)")
        values |= {"division": found or "", **rows.values}
        key, lives, piece = "d.code", "ST_Intersects(d.geom, z.point)", "ST_Intersection(z.geom, d.geom)"
        within = ("CASE WHEN ST_CoveredBy(z.geom, d.geom) THEN 1 ELSE ST_Area(ST_Intersection(z.geom, d.geom)\\:\\:geography) "
                  "/ nullif(z.drawn_m2, 0) END")
    for name, shape in (("inside", inside), ("layer", layer)):
        if shape is not None:
            beside.append(f"CROSS JOIN ({shape.text}) {name}")
            values |= shape.values
    if layer is not None:
        covered = f"coalesce(ST_Area(ST_Intersection({piece}, layer.geom)\\:\\:geography), 0) / nullif(z.drawn_m2, 0)"
    asked = sql.statement(
        "indicator_zones", key=key, area=f"z.area_m2 * {within}" if over == "area" else "0", lives=lives if over == "people" else "false", covered=covered,
        zones=for_text(seen.sql), only=for_text(only), beside=" ".join(beside),
        inside="coalesce(ST_Intersects(inside.geom, z.point), false)" if inside else "true")
    return once((asked.text, repr(sorted(values.items()))), lambda: list(conn.execute(asked, values).all()))
