"""The answer of a coverage rule: the common form of a figure, and what an auditor needs beside it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from registry import geo
from registry.coverage import kept, rules, straight
from registry.coverage.straight import QUAD_SEGS, SLIVER_M2, Run
from registry.history import code_version
from registry.kinds import Label
from registry.scope import WHOLE, Sight
from registry.standards.figure import MEASURE_UNITS, UNKNOWN, UNKNOWN_TITLE, Figure, Share, Standard, percent
from registry.standards.service import ServiceRule
from registry.store import counted, divisions
from registry.store.cities import City

# Land beyond every division below this is rounding on their edges and makes no row of its own.
_NO_LAND_M2 = 0.01
FORMULA = Label("被服务的{land}面积／{land}总面积（{within}），从设施边界起算的直线距离，缓冲区合并后不重复计算",
                "{land} within the service radius / all {land} ({within}); straight line from the boundary, "
                "buffers united")
TOO_SMALL = Label("规模不够任何一档", "Below every tier")
OUTSIDE = Label("在{within}之外", "Outside the {within}")
OVERLAP = Label("重复绘制", "Drawn twice")


def coverage(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None,
             by: str = rules.DISTRICT, sight: Sight = WHOLE) -> dict[str, Any]:
    """Coverage of the land by the facilities of a rule, on a day, whole and by a kind of division.

    value is percent; numerator and denominator are m² in the city's working CRS; people are the areal share
    of the land's population, None where none is known. Nothing but temporary tables is written.
    UnknownIndicator, BadValue (edition, by). Clause: the edition's, in `standard`.
    """
    found = rules.find(rule)
    rules.check_grouping(found, by)
    prepare = kept.prepare if by == rules.DISTRICT else straight.prepare
    run = prepare(conn, found, city, edition=edition, sight=sight)
    total = run.run("coverage_total", "land", "cover").mappings().one()
    engine = run.run("coverage_engine", "served", "drawn", "disjoint").mappings().one()
    rows = _rows(run, by, total)
    land, within = rules.load().zones[found.denominator].title, _within(run)
    query = urlencode({"edition": run.edition.key, "city": city.key, **sight.carried})
    gaps = run.run("coverage_slivers", "cover", sliver_m2=SLIVER_M2).mappings().one()
    return Figure(
        code=found.indicator, title=found.label, method="straight_line_boundary",
        formula=Label(FORMULA.zh.format(land=land.zh, within=within.zh),
                      FORMULA.en.format(land=land.en.lower(), within=within.en)),
        standard=Standard(run.edition.standard, run.edition.clause, f"{found.table}#{run.edition.key}"),
        share=Share(total["covered_m2"], total["area_m2"]), basis="area", measure_unit=MEASURE_UNITS["area"],
        as_of=(sight.as_of or engine["as_of"]).isoformat(), cls=found.facility,
        scope={"city": city.key, "class": found.facility, "by": by},
        excluded=_land_left_out(run, engine, total), by=rows,
        zone_edition={k: e for k, e in run.zones.items() if e is not None},
        evidence={"counted": f"/coverage/{found.code}/served?{query}",
                  "failing": f"/coverage/{found.code}/gaps?{query}"},
        more={
            "rule": found.code, "edition": run.edition.as_dict(),
            "denominator_definition": {
                "zone": found.denominator, "within": found.within if straight.bounded(run) else None,
                "title": {"zh": f"{land.zh}（{within.zh}）", "en": f"{land.en} ({within.en})"},
                "parcels": total["parcels"]},
            **_people(total["people"], total["people_covered"]),
            "people_known_percent": percent(total["peopled_m2"], total["area_m2"]),
            "uncovered_m2": total["gap_m2"], "served_m2": engine["served_m2"] or 0.0,
            "identity_residual_m2": total["covered_m2"] + total["gap_m2"] - total["area_m2"],
            "overlap_removed_m2": engine["drawn_m2"] - engine["disjoint_m2"],
            "invalid_repaired": engine["repaired"],
            "gaps": {"count": gaps["gaps"], "href": f"/coverage/{found.code}/gaps?{query}",
                     "slivers_left_out": {"count": gaps["slivers"], "area_m2": gaps["sliver_m2"],
                                          "below_m2": SLIVER_M2}},
            "facilities": _facilities(run),
            "crs": {"srid": city.srid, "name": geo.crs(city.srid).name}, "quad_segs": QUAD_SEGS,
            "on": run.today.isoformat(),
            "engine": {"postgis": engine["postgis"], "geos": engine["geos"], "proj": engine["proj"],
                       "code": code_version()},
        }).as_dict()


def _within(run: Run) -> Label:
    if run.rule.within is None:
        return Label("不限范围", "everywhere")
    title = rules.load().zones[run.rule.within].title
    if straight.bounded(run):
        return Label(f"{title.zh}内", f"within the {title.en.lower()}")
    return Label(f"没有{title.zh}数据，计全部", f"all of it, as there is no {title.en.lower()}")


def _people(people: float | None, covered: float | None) -> dict[str, float | None]:
    return {"people": people, "people_covered": covered if people is not None else None}


def _row(key: str, title: Label, found: Any) -> dict[str, Any]:
    share = Share(found["covered_m2"], found["area_m2"])
    row = {"key": key, "title": title.as_dict(), **share.as_dict(),
           **_people(found["people"], found["people_covered"])}
    if share.value is None:
        # A division with land but no facility has 0; one without land has no rate at all.
        row["reason"] = {"zh": "没有应服务的用地", "en": "no land to be served"}
    return row


def _rows(run: Run, by: str, total: Any) -> list[dict[str, Any]]:
    """A row for each division, and one for what lies in none; they add up to the total."""
    tile = run.divisions(by)
    told = run.run("coverage_divisions", "land", "cover", fragments={"division": run.table(tile)}).mappings()
    found = {r["code"]: r for r in told}
    none = {"area_m2": 0.0, "covered_m2": 0.0, "people": None, "people_covered": None}
    rows = [_row(code, title, found.get(code, none))
            for code, title in divisions.titles(run.conn, run.city.key, by, run.sight).items()]
    rest = {key: (total[key] or 0) - sum(r[key] or 0 for r in found.values()) for key in none}
    if rest["area_m2"] > _NO_LAND_M2:
        if total["people"] is None:
            rest |= {"people": None, "people_covered": None}
        rows.append(_row(UNKNOWN, UNKNOWN_TITLE, rest))
    return rows


def _land_left_out(run: Run, engine: Any, total: Any) -> list[dict[str, Any]]:
    """Land that is not in the denominator (m²), with the reason; counts are not told, since parcels are cut."""
    overlap = engine["drawn_m2"] - engine["disjoint_m2"]
    outside = engine["disjoint_m2"] - total["area_m2"] if straight.bounded(run) else 0
    within = rules.load().zones[run.rule.within].title if run.rule.within else Label("", "")
    beyond = Label(OUTSIDE.zh.format(within=within.zh), OUTSIDE.en.format(within=within.en.lower()))
    left = [("overlap", OVERLAP, overlap), ("outside", beyond, outside)]
    return [{"reason": reason, "count": None, "measure": area, "title": title.as_dict()}
            for reason, title, area in left if area > _NO_LAND_M2]


def _facilities(run: Run) -> dict[str, Any]:
    """Who serves by tier, and who does not with the reason; a facility is all rows of one code."""
    found = run.run("coverage_facilities", "facility", "row").all()
    by_tier = {int(key): (count, area) for kind, key, count, area in found if kind == "tier" and key is not None}
    excluded = [{"reason": "too_small" if kind == "tier" else key, "count": count, "measure": area,
                 "title": (TOO_SMALL if kind == "tier" else counted.REASONS[key]).as_dict()}
                for kind, key, count, area in found if kind == "reason" or (kind == "tier" and key is None)]
    tiers = [{**tier.as_dict(), "count": by_tier.get(n, (0, 0))[0], "area_m2": by_tier.get(n, (0, 0.0))[1]}
             for n, tier in enumerate(run.edition.tiers)]
    return {"eligible": sum(c for c, _ in by_tier.values()), "rows": next(c for k, _, c, _ in found if k == "rows"),
            "by_tier": tiers, "excluded": excluded,
            "area": {"zh": f"按合并后的图形在 EPSG:{run.city.srid} 中的面积定档，填报面积不用；下限含等于，"
                           "容差为周长×0.1 毫米（坐标存储精度）",
                     "en": f"tiers go by the area of the united geometry in EPSG:{run.city.srid}, not by the "
                           "surveyed one; bounds are inclusive within perimeter × 0.1 mm, the precision of stored "
                           "coordinates"}}
