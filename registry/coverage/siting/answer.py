"""The answer of siting: the sites as a GeoJSON document in EPSG:4490, and all that is needed to judge and repeat it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from registry import geo
from registry.coverage import straight
from registry.coverage.rows import districts
from registry.coverage.siting import demand as demands
from registry.coverage.siting import given, grid, proof
from registry.coverage.siting.ask import Ask, wrong
from registry.coverage.siting.candidates import LEFT_OUT, Candidates, Ground, permitted
from registry.coverage.siting.choose import Chosen, Site, choose
from registry.coverage.siting.demand import Demand
from registry.coverage.siting.facility import Facility, wanted
from registry.coverage.straight import QUAD_SEGS, SLIVER_M2, Run
from registry.history import code_version
from registry.kinds import Label
from registry.scope import WHOLE, Sight
from registry.standards.figure import percent
from registry.standards.service import ServiceRule
from registry.store.cities import City

LEFT_MOST = 200  # parcels out of reach that are named; the rest is in the sum
METHODS = {
    "mclp": Label("最大覆盖（MCLP）：盲区切成小块，以块内一点代表选址，再按真实大小重算每处的新增",
                  "Maximal covering (MCLP): blind spots cut into small pieces, each chosen for by a point of it; what each site "
                  "adds is told by exact sizes"),
    "lscp": Label("集合覆盖（LSCP）：每小块要由一处设施完整覆盖，处数（或费用）最少",
                  "Set covering (LSCP): each small piece is covered whole by one site, with the fewest sites (or the least cost)")}
GENERATED = Label("备选点由盲区周围的格网生成，未核实用地是否可用", "Candidates are a grid around the blind spots; whether the ground "
                  "is free is not known")
OUT_OF_REACH = Label("没有备选点在其服务半径之内", "No candidate is within its service radius")


def sites(conn: Connection, rule: str | ServiceRule, city: City, ask: Ask, *, edition: str | None = None,
          sight: Sight = WHOLE, shown: Sight = WHOLE) -> dict[str, Any]:
    """Where the next sites cover most, or the fewest that close all: a FeatureCollection with its facts beside.

    shown: whose candidates are read. UnknownIndicator, BadValue, BadFile, NeedsAnswer. Nothing is written.
    """
    ask.check()
    return next(_answers(conn, rule, city, ask, edition, sight, shown))


def by_district(conn: Connection, rule: str | ServiceRule, city: City, ask: Ask, *, edition: str | None = None,
                sight: Sight = WHOLE) -> list[dict[str, Any]]:
    """One answer for each district, each on its own: land and sites of that district only."""
    ask.check()
    if ask.district is not None:
        raise wrong("district", ask.district, "与逐区求解只能选一个", "either one district or each")
    return list(_answers(conn, rule, city, ask, edition, sight, sight, each=True))


def _answers(conn: Connection, rule: str | ServiceRule, city: City, ask: Ask, edition: str | None, sight: Sight,
             shown: Sight, *, each: bool = False) -> Iterator[dict[str, Any]]:
    run = straight.prepare(conn, rule, city, edition=edition, sight=sight)
    first = ask.of(run.rule.basis)
    if each or first.district is not None:
        demands.prepared(run)
    facility = wanted(run.edition, first, _shape(run, "historic"), city.srid)
    avoid = _avoid(run, first)
    read = None if first.candidates is None else (
        given.of_file(first.candidates, city, first, facility) if isinstance(first.candidates, Path)
        else given.of_registry(run, first, facility, shown))
    for ask in [replace(first, district=code) for code in districts(run)] if each else [first]:
        demand = demands.read(run, facility.radius_m, ask.district)
        if ask.weight == "people" and demand.whole[0] and demand.whole[2] is None:
            raise wrong("weight", ask.weight, "用地没有人口数据", "no population of the land is known")
        ground = Ground(demand.within, avoid)
        found = permitted(read, ground, ask) if read is not None else grid.generated(
            demand, facility, ground, demand.size if ask.all else demand.weight(ask.weight or "area"), closing=ask.all)
        yield _told(run, ask, demand, found, facility, choose(demand, found, facility, ground, ask))


def _shape(run: Run, table: str) -> shapely.Geometry | None:
    found = run.run("coverage_site_shape", fragments={"table": run.table(table), "where": "true"}).scalar()
    return None if found is None else shapely.from_wkb(bytes(found))


def _avoid(run: Run, ask: Ask) -> shapely.Geometry | None:
    shapes = []
    if ask.avoid is not None:
        if given.kind("avoid", ask.avoid, run.sight).table != "zone":
            raise wrong("avoid", ask.avoid, "应为区域类型", "a zone kind is needed")
        run.polygons(ask.avoid, "avoided")
        shapes.append(_shape(run, "avoided"))
    if ask.avoid_file is not None:
        shapes.append(given.polygons(ask.avoid_file, run.city))
    known = [s for s in shapes if s is not None]
    return shapely.union_all(known) if known else None


# -- the document --------------------------------------------------------------------------------
def _told(run: Run, ask: Ask, demand: Demand, found: Candidates, facility: Facility, chosen: Chosen) -> dict[str, Any]:
    whole, covered, people, people_covered = demand.whole
    unit, reached = "m" if run.lines else "m2", _reached(run, demand)
    added = list(accumulate((s.gain.size for s in chosen.sites), initial=0.0))
    souls = list(accumulate((s.gain.people for s in chosen.sites), initial=0.0))
    method = "lscp" if ask.all else "mclp"
    gap = float(demand.size.sum())
    curve = [{"sites": n, f"gain_{unit}": size, "gain_people": souls[n] if people is not None else None,
              "covered_percent": reached(size, souls[n])} for n, size in enumerate(added)]
    return {
        "type": "FeatureCollection",
        "features": [_feature(n, site, found, curve[n + 1], people is not None, run, ask)
                     for n, site in enumerate(chosen.sites)],
        "rule": run.rule.code, "title": run.rule.label.as_dict(), "indicator": run.rule.indicator, "class": run.rule.facility,
        "basis": run.rule.basis,
        "edition": run.edition.as_dict(), "scope": {"city": run.city.key, "district": ask.district}, "on": run.today.isoformat(),
        "method": method, "method_title": METHODS[method].as_dict(), "weight": ask.weight,
        "before_percent": curve[0]["covered_percent"], "after_percent": curve[-1]["covered_percent"],
        f"denominator_{unit}": whole, f"covered_{unit}": covered, f"uncovered_{unit}": gap, f"gain_{unit}": added[-1],
        f"left_{unit}": max(gap - added[-1], 0.0), "people": people, "people_covered": people_covered,
        "gain_people": souls[-1] if people is not None else None,
        **_left(demand, chosen), "shortfall": _shortfall(ask, found, gap, len(chosen.sites)), "curve": curve,
        "solver": chosen.solution.told(ask.time_limit_s), "certificate_ratio": chosen.solution.certificate_ratio,
        "reductions": chosen.solution.reductions, "constraints": ask.constraints(),
        "candidates": {"source": found.source, "generated": found.generated, "count": len(found.ids), "spacing_m": found.spacing_m,
                       "moved": chosen.moved, "note": GENERATED.as_dict() if found.generated else None,
                       "left_out": [{"reason": r, "count": c, "title": LEFT_OUT[r].as_dict()}
                                    for r, c in sorted(found.left_out.items())]},
        "facility": {"tier": facility.number, "where": facility.where, "radius_m": facility.radius_m, "side_m": facility.side_m,
                     "area_m2": facility.side_m ** 2, "of_rule": ask.radius_m is None},
        "demand": {"pieces": len(demand.pieces), "cell_m": demand.cell_m,
                   f"people_unknown_{unit}": float(demand.size[np.isnan(demand.people_per_m2)].sum())},
        "matrix_sha256": chosen.sha256, "seed": proof.SEED, "quad_segs": QUAD_SEGS,
        "crs": {"srid": run.city.srid, "name": geo.crs(run.city.srid).name}, "zone_edition": {k: e for k, e in run.zones.items() if e},
        "engine": {"code": code_version()},
    }


def _reached(run: Run, demand: Demand) -> Callable[[float, float], float | None]:
    """The percentage of the rule's basis with so much more of size and people covered."""
    whole, covered, people, people_covered = demand.whole
    if run.rule.basis == "population":
        return lambda _, souls: None if people is None else percent(min((people_covered or 0.0) + souls, people), people)
    return lambda size, _: percent(min(covered + size, whole), whole)


def _feature(n: int, site: Site, found: Candidates, reached: dict[str, Any], peopled: bool, run: Run, ask: Ask) -> dict[str, Any]:
    there = geo.transformer(run.city.srid, geo.STORED)
    shape = shapely.transform(site.shape, lambda xy: geo.snap(np.column_stack(there.transform(xy[:, 0], xy[:, 1]))))
    return {"type": "Feature", "id": n + 1,
            "geometry": shapely.geometry.mapping(shapely.orient_polygons(shape, exterior_cw=False)),
            "properties": {
                "rank": n + 1, "gain_m" if run.lines else "gain_m2": site.gain.size, "gain_people": site.gain.people if peopled else None,
                "covered_percent": reached["covered_percent"], "candidate_id": site.id, "radius_m": site.radius_m,
                "area_m2": site.shape.area, "fixed": site.fixed,
                "cost": float(found.cost[site.column]) if ask.cost else None,
                "candidate_name": found.names[site.column] if found.names else None,
                "candidate": found.paths[site.column] if found.paths else None}}


def _shortfall(ask: Ask, found: Candidates, gap: float, count: int) -> dict[str, str] | None:
    """Why there are fewer sites than were asked for; None where there are not."""
    if count and (ask.p is None or count >= ask.p):
        return None
    if gap < SLIVER_M2:
        return {"zh": "没有盲区", "en": "there are no blind spots"}
    if not found.ids:
        return {"zh": "没有可用的备选点", "en": "no candidate may be used"}
    of = f"{count} / {ask.p}" if ask.p else str(count)
    return {"zh": f"只选出 {of} 处：其余的不再增加覆盖，或为预算、间距所限", "en": f"{of} sites: others would add nothing, or are ruled out by budget or spacing"}


def _left(demand: Demand, chosen: Chosen) -> dict[str, Any]:
    """What no candidate reaches, parcel by parcel and why; unknown where candidates were generated and screened."""
    if chosen.left is None or chosen.left_of is None:
        return {"uncoverable_m" if demand.lines else "uncoverable_m2": None, "uncoverable": []}
    size = demand.measured(chosen.left)
    people = size * demand.people_per_m2[chosen.left_of]
    land = demand.land[chosen.left_of]
    by_land = np.bincount(land, size, minlength=len(demand.parcels))
    souls = np.bincount(land, people, minlength=len(demand.parcels))  # NaN where unknown, as it should be
    order = [n for n in np.argsort(-by_land, kind="stable") if by_land[n] >= SLIVER_M2]
    return {"uncoverable_m" if demand.lines else "uncoverable_m2": float(size.sum()), "uncoverable_parcels": len(order), "uncoverable": [
        {"land_id": demand.parcels[n][0], "land_code": demand.parcels[n][1], "land_name": demand.parcels[n][2],
         "length_m" if demand.lines else "area_m2": float(by_land[n]), "people": None if np.isnan(souls[n]) else float(souls[n]), "why": OUT_OF_REACH.as_dict()}
        for n in order[:LEFT_MOST]]}

