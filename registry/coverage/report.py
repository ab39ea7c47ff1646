"""The answer of a coverage rule: the common form of a figure, and what an auditor needs beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import shapely
from sqlalchemy import Connection

from registry.catalogue import load
from registry.coverage import audit, kept, rows, rules, straight, who_serves
from registry.coverage.straight import SLIVER_M2, Run
from registry.history import code_version
from registry.kinds import Label
from registry.scope import WHOLE, Sight
from registry.standards.figure import MEASURE_UNITS, Figure, Share, Standard, percent
from registry.standards.service import ServiceRule
from registry.store.cities import City

FORMULAS = {
    "area": Label("被服务的{land}面积／{land}总面积（{within}），从设施边界起算的直线距离，缓冲区合并后不重复计算",
                  "{land} within the service radius / all {land} ({within}); straight line from the boundary, buffers united"),
    "length": Label("被服务的{land}长度／{land}总长度（{within}），从设施边界起算的直线距离，缓冲区合并后不重复计算",
                    "length of {land} within the service radius / length of all {land} ({within}); straight line from the "
                    "boundary, buffers united"),
    "population": Label("被服务的人口／{land}总人口（{within}），人口按面积分摊；从设施边界起算的直线距离，缓冲区合并后不重复计算",
                        "people within the service radius / all people of {land} ({within}), by areal share; straight line from "
                        "the boundary, buffers united")}
OUTSIDE = Label("在{within}之外", "Outside the {within}")
OTHER_LINES = {"other_kind": Label("不是本版所指的路段（全部范围）", "Not of the kind that this edition means (everywhere)"),
               "kind_unknown": Label("路段性质未填（全部范围）", "Nobody said of which kind (everywhere)")}
OVERLAP = Label("重复绘制", "Drawn twice")


def coverage(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None,
             by: str = rules.DISTRICT, sight: Sight = WHOLE, without: Iterable[str] = (),
             zone_edition: Mapping[str, str] | None = None, audited: bool = False, brief: bool = False) -> dict[str, Any]:
    """Coverage of the land by the facilities of a rule, on a day, whole and by a kind of division.

    value is percent; numerator and denominator are m² in the city's working CRS (m, or people, as the rule's basis
    says); people are the areal share of the land's population, None where none is known. Nothing but temporary
    tables is written. without, zone_edition: see `straight.prepare`. audited: with hashes of the layers, error of the
    CRS, facilities beyond the border, positions, sensitivity and the independent raster check, which takes several
    times as long. brief: without what is told beyond the common form of a figure. UnknownIndicator, BadValue (edition, by,
    without, zone_edition), CheckFailed and MixedDatum (audited). Clause: the edition's, in `standard`.
    """
    found = rules.find(rule)
    rules.check_grouping(found, by)
    if brief and not (without or zone_edition) and (nothing := straight.without_facilities(conn, found, city, edition=edition, sight=sight)):
        return told(nothing, by, brief=True)
    if by == rules.DISTRICT and not (without or zone_edition or audited) and kept.answers(found, found.edition(edition)):
        return told(kept.prepare(conn, found, city, edition=edition, sight=sight), by, brief=brief)
    run = straight.prepare(conn, found, city, edition=edition, sight=sight, without=without, zone_edition=zone_edition)
    return told(run, by, audited=audited, brief=brief)


def told(run: Run, by: str, *, audited: bool = False, brief: bool = False) -> dict[str, Any]:
    """The answer of a run; `by` was checked."""
    rule, edition, city = run.rule, run.edition, run.city
    total, layers = run.total(), run.layers()
    engine = run.run("coverage_engine").mappings().one()
    divided = rows.by_division(run, by, total)
    land, within = rules.served(rule).title, _within(run)
    words = {"zh": {"land": land.zh, "within": within.zh}, "en": {"land": land.en.lower(), "within": within.en}}
    formula, query, share = FORMULAS[rule.basis], urlencode(_carried(run)), rows.share(run, total)
    made = Figure(
        code=rule.indicator, title=rule.label, method="straight_line_boundary",
        formula=Label(formula.zh.format(**words["zh"]), formula.en.format(**words["en"])),
        standard=Standard(edition.standard, edition.clause, f"{rule.table}#{edition.key}"),
        share=share, basis=rule.basis, measure_unit=MEASURE_UNITS[rule.basis],
        as_of=(run.sight.as_of or engine["as_of"]).isoformat(), cls=rule.facility,
        scope={"city": city.key, "class": rule.facility, "by": by},
        excluded=_land_left_out(run, layers, total), by=divided, note=rule.note,
        zone_edition={k: e for k, e in run.zones.items() if e is not None},
        evidence={"counted": f"/coverage/{rule.code}/served?{query}", "failing": f"/coverage/{rule.code}/gaps?{query}"},
        more={} if brief else _more(run, total, layers, share, engine, audited)).as_dict()
    return made | ({"reason": rows.no_value(run, total)} if share.value is None else {})


def _more(run: Run, total: Any, layers: Mapping[str, Any], share: Share, engine: Mapping[str, Any], audited: bool) -> dict[str, Any]:
    """What an auditor needs beside the figure."""
    rule, edition = run.rule, run.edition
    query, land, within = urlencode(_carried(run)), rules.served(rule).title, _within(run)
    return {
        "rule": rule.code, "edition": edition.as_dict(), "thresholds": _thresholds(run, share.value, total),
        "denominator_definition": {
            "zone": rule.denominator, "within": rule.within if straight.bounded(run) else None,
            "title": {"zh": f"{land.zh}（{within.zh}）", "en": f"{land.en} ({within.en})"},
            "parcels": total["parcels"]},
        **rows.people(total), "people_known_percent": percent(total["peopled_m2"], total["area_m2"]),
        **_sizes(run, total, layers),
        "invalid_repaired": layers["repaired"], "gaps": _gaps(run, query), "facilities": who_serves.facilities(run),
        "crs": audit.crs_name(run), "quad_segs": run.quad_segs, "on": run.today.isoformat(),
        "engine": {"postgis": engine["postgis"], "geos": engine["geos"], "proj": engine["proj"], "shapely": f"{shapely.__version__} (GEOS {shapely.geos_version_string})",
                   "code": code_version()},
        "audit": audit.evidence(run, total, share.value) if audited else
        {"href": f"/coverage/{rule.code}?{query}&audit=true", "file": f"/coverage/{rule.code}/audit?{query}"},
    }


def _carried(run: Run) -> dict[str, str]:
    """What a link to another view of the same question says."""
    chosen = ",".join(f"{kind}:{edition}" for kind, edition in run.chosen.items())
    return {"edition": run.edition.key, "city": run.city.key, **run.sight.carried,
            **({"without": ",".join(run.without)} if run.without else {}), **({"zone_edition": chosen} if chosen else {})}


def _within(run: Run) -> Label:
    if run.rule.within is None:
        return Label("不限范围", "everywhere")
    title = load().zones[run.rule.within].title
    if straight.bounded(run):
        return Label(f"{title.zh}内", f"within the {title.en.lower()}")
    return Label(f"没有{title.zh}数据，计全部", f"all of it, as there is no {title.en.lower()}")


def _thresholds(run: Run, value: float | None, total: Any) -> list[dict[str, Any]]:
    """What the edition demands, whether it is met, and what of the denominator is above or missing."""
    share = rows.share(run, total)
    return [{**t.as_dict(), "met": t.met(value),
             "margin": None if value is None else (share.numerator or 0) - t.value / 100 * (share.denominator or 0)}
            for t in run.edition.thresholds]


def _sizes(run: Run, total: Any, layers: Mapping[str, Any]) -> dict[str, Any]:
    """What is served and not, and how far the two ways of measuring differ; in m², or in m for lines."""
    unit = "m" if run.lines else "m2"
    return {f"uncovered_{unit}": total["gap_m2"], "served_m2": layers["served_m2"],
            f"identity_residual_{unit}": total["covered_m2"] + total["gap_m2"] - total["area_m2"],
            f"overlap_removed_{unit}": layers["drawn_m2"] - layers["disjoint_m2"]}


def _gaps(run: Run, query: str) -> dict[str, Any]:
    found = run.slivers()
    unit = "m" if run.lines else "m2"
    return {"count": found["gaps"], "href": f"/coverage/{run.rule.code}/gaps?{query}",
            "slivers_left_out": {"count": found["slivers"], "length_m" if run.lines else "area_m2": found["sliver_m2"],
                                 f"below_{unit}": SLIVER_M2}}


def _land_left_out(run: Run, layers: Mapping[str, Any], total: Any) -> list[dict[str, Any]]:
    """What is not in the denominator (m², of lines m), with the reason; counts are not told, since parcels are cut."""
    overlap = layers["drawn_m2"] - layers["disjoint_m2"]
    outside = layers["disjoint_m2"] - total["area_m2"] if straight.bounded(run) else 0
    within = load().zones[run.rule.within].title if run.rule.within else Label("", "")
    beyond = Label(OUTSIDE.zh.format(within=within.zh), OUTSIDE.en.format(within=within.en.lower()))
    left = [("overlap", OVERLAP, overlap), ("outside", beyond, outside),
            *((reason, OTHER_LINES[reason], length) for reason, length in straight.other_lines(run).items())]
    return [{"reason": reason, "count": None, "measure": area, "title": title.as_dict()}
            for reason, title, area in left if area > rows.NO_LAND]
