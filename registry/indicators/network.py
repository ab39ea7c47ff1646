"""路网密度: of all roads and of managed ones, with roads along the edge by a rule and those drawn twice flagged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.db.columns import read
from registry.db.fragments import for_text
from registry.indicators import filters
from registry.indicators.grouping import Grouping
from registry.indicators.kinds import Ask
from registry.indicators.measured import PLACE, WITHIN, RatioInZone, of_ratio
from registry.indicators.options import Chosen, Option
from registry.indicators.tally import MILLIONTHS, Tally, Weight, by_basis
from registry.kinds import AssetClass, Label
from registry.standards.figure import Ratio, Share, Standard
from registry.store.counted import Condition

# Rules of the registry, which stand in no standard: a road lies along the edge when more than half of its length is within so
# many metres of it, and is drawn twice when one of the same road runs beside its middle within so many metres and degrees.
EDGE_M, BESIDE_M, BESIDE_DEG = 15, 60, 15
CELL_M = 500  # of the grid in which the other segment is looked for: it changes no answer
EDGE = Option("edge", "沿边界的道路怎样计：inside 只计画在区内的部分，once 计全长，half 计一半|Roads along the edge: the part that is drawn inside, all "
              "of their length, or half of it", ("inside", "once", "half"), "inside")
ALLEYS = Option("alleys", "街巷是否计入：leave_out 只计快速路、主干路、次干路、支路（和没有填等级的），count 也计街巷|Whether alleys count: expressways, arterials, "
                "secondary and branch roads only (and those of no stated class), or alleys as well", ("leave_out", "count"), "leave_out")
_LENGTH = of_ratio(lambda cls, options: by_basis(cls, "length"))
_ALONG = ("(a.geom && inside.rim AND ST_Length(CAST(ST_Intersection(a.geom, inside.rim) AS geography)) "
          "> 0.5 * ST_Length(CAST(a.geom AS geography))) IS TRUE")


def _weigh(cls: AssetClass, options: Chosen) -> Weight:
    drawn: Weight = _LENGTH["weigh"](cls, options)
    if options["edge"] == "inside":
        return drawn
    factor = 1.0 if options["edge"] == "once" else 0.5
    return Weight(drawn.basis, f"CASE WHEN lies.along THEN {factor} * a.length_m ELSE {drawn.expression} END", drawn.unit, drawn.part)


def _alleys(cls: AssetClass, options: Chosen) -> list[Condition]:
    """GB/T 51328 counts expressways, arterials, secondary and branch roads; the lanes between houses are none of them."""
    return [("alley", f"{read(cls.by_key['road_class'])} = 'alley'")] if options["alleys"] == "leave_out" else []


@dataclass(frozen=True)
class Density(RatioInZone):
    """The length of roads inside over the area; `dual` says how much of it is drawn twice."""

    def place(self, options: Chosen) -> str:
        """A road along the edge may be drawn wholly outside."""
        return PLACE if options["edge"] == "inside" else f"CASE WHEN {PLACE} = 'out' AND {_ALONG} THEN 'along' ELSE {PLACE} END"

    def looks(self, options: Chosen) -> str:
        return "" if options["edge"] == "inside" else f", {_ALONG} AS along"

    def shapes(self, options: Chosen, zones: str) -> str:
        return "" if options["edge"] == "inside" else f", (SELECT {_rim('u.geom')} FROM ({zones}) u) AS rim"

    def told(self, conn: Connection, ask: Ask, tallies: dict[str, Tally], group: Grouping | None,
             weight: Weight) -> tuple[Share, list[dict[str, Any]]]:
        """Alleys that do not count have no density, rather than one of 0."""
        share, rows = super().told(conn, ask, tallies, group, weight)
        left = group is not None and group.name == "road_class" and ask.options["alleys"] == "leave_out"
        return share, [{**r, "value": None} if left and r["key"] == "alley" else r for r in rows]

    def more(self, conn: Connection, ask: Ask, cls: AssetClass, total: Tally) -> dict[str, Any]:
        return super().more(conn, ask, cls, total) | {"dual": self._dual(conn, ask, cls, total)}

    def _dual(self, conn: Connection, ask: Ask, cls: AssetClass, total: Tally) -> dict[str, Any]:
        """Segments beside another one of the same road, their length inside, and the density if each pair counted once."""
        weight, seen, beside = self.weigh(cls, ask.options), ask.sight.rows(cls), self.beside(conn, ask, cls)
        limited = filters.condition(cls, ask.where)
        found = conn.execute(sql.statement(
            "indicator_dual", assets=seen.text, beside=beside.text, where=limited.text, measure=for_text(weight.expression),
            verdict=for_text(self.verdict(cls, ask.options)), road=f"coalesce({read(cls.by_key['road_code'])}, a.name)"),
            {"class": cls.key, "city": ask.city.key, "today": ask.today, "srid": ask.city.srid, "beside_m": BESIDE_M,
             "beside_deg": BESIDE_DEG, "cell_m": CELL_M, **beside.values, **limited.values, **seen.values}).one()
        length_m = int(found.length) / MILLIONTHS
        whole, _ = self._denominators(conn, ask, None)
        once = Ratio(total.measures["good"] / MILLIONTHS - length_m / 2, whole.get(""), factor=self.factor)
        return {"segments": found.segments, "length_m": length_m, "value_if_once": once.value}


def _rim(geom: str) -> str:
    return f"ST_SetSRID(CAST(ST_Buffer(CAST(ST_Boundary({geom}) AS geography), {EDGE_M}) AS geometry), ST_SRID({geom}))"


_EDGE_NOTE = (f"；跨边界的只计区内部分，沿边界的（一半以上长度在边界 {EDGE_M} m 以内）按 edge；同一条路 {BESIDE_M} m 以内平行画了两次的列在 dual，没有减去",
              f"; of a road across the edge the part inside counts, along it (more than half within {EDGE_M} m) by `edge`; what runs beside the "
              f"same road within {BESIDE_M} m is drawn twice: it is told in `dual` and not taken off")
_COMMON: dict[str, Any] = {
    "method": "length_in_zone", "formula": "区内道路中心线长度／区域面积|length of road centrelines inside / area of the zone", "unit": "km/km²",
    "standard": Standard("GB/T 51328-2018", "道路系统密度（快速路、主干路、次干路、支路的中心线长度；不含居住区内部道路）"), "needs": lambda cls: cls.key == "road",
    "factor": 1000, "options": (*WITHIN, EDGE, ALLEYS), "needs_data": "道路和建成区（某一版）|roads and an edition of the built-up area",
    "measure": _LENGTH["measure"], "weigh": _weigh}
_REASONS = {**_LENGTH["reasons"], "alley": Label("街巷（不是快、主、次、支路）", "Alley (no expressway, arterial, secondary or branch road)")}
DENSITY = Density(
    "road_density", "路网密度|Road density", reasons=_REASONS, left_out=_alleys, **_COMMON,
    note=Label(f"登记的全部快速路、主干路、次干路、支路，街巷按 alleys；只登记管养道路的库会低估{_EDGE_NOTE[0]}",
               f"all expressways, arterials, secondary and branch roads of the registry, alleys by `alleys`; one that has only managed roads "
               f"understates it{_EDGE_NOTE[1]}"))
MANAGED_DENSITY = Density(
    "managed_road_density", "管养道路密度|Density of managed roads", **_COMMON,
    reasons={**_REASONS, "no_keeper": Label("没有养护单位", "Without a keeper")},
    left_out=lambda cls, options: [*_alleys(cls, options), ("no_keeper", "nullif(a.keeper, '') IS NULL")],
    note=Label(f"有养护单位的道路，街巷按 alleys{_EDGE_NOTE[0]}", f"roads that have a keeper, alleys by `alleys`{_EDGE_NOTE[1]}"))
