"""The answer on foot: shown beside the audited straight line, with what the network is made of and what was left out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy as np
from sqlalchemy import Connection

from registry import geo
from registry.coverage import datum
from registry.coverage.network import walk as walks
from registry.coverage.network.access import KINDS
from registry.coverage.network.entrances import INFERRED
from registry.coverage.network.walk import Walk
from registry.coverage.rows import undivided
from registry.coverage.rules import DISTRICT, check_grouping, find
from registry.kinds import Label
from registry.scope import WHOLE, Sight
from registry.standards import walking
from registry.standards.figure import UNKNOWN, UNKNOWN_TITLE, percent
from registry.standards.service import ServiceRule
from registry.store import divisions
from registry.store.cities import City

MOST = 500  # dropped entrances and parcels that are listed; their numbers are whole
METHOD = Label("沿道路网络的步行距离，从入口起算；每个地块按其临路点中可达的比例乘面积（临路加权），不是多边形叠置。"
               "不是考核用的直线覆盖率，只与其并列",
               "walking distance along the road network from entrances; a parcel's area counts by the share of its access points "
               "that are reached (frontage-weighted), not by a polygon overlay. Not the audited straight-line figure, only beside it")
UNREACHED = Label("有路可走但到不了任何设施的地块算未覆盖；没有可走的路的地块算未知，不在分母",
                  "a parcel whose streets lead to no facility is not served; one without any street is unknown and not in the denominator")


def answer(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None, by: str = DISTRICT,
           sight: Sight = WHOLE, shown: Sight = WHOLE) -> dict[str, Any]:
    """The share of the land that is served on foot, beside the audited straight line, whole and by division.

    Percent 0–100; areas m² in the city's working CRS; difference_points: walking less the straight line on the same land.
    The percentages of a rule of people are of people. shown: what may be named among what was left out. UnknownIndicator,
    BadValue (edition, by; a rule of lines, which have no doors that people leave by).
    """
    found = find(rule)
    walks.check_land(found)
    check_grouping(found, by)
    walk = walks.prepare(conn, found, city, edition=edition, sight=sight, shown=shown)
    total = dict(walk.run.run("walking_total", "land", "cover", "walk").mappings().one())
    query = urlencode({"edition": walk.run.edition.key, "city": city.key, **sight.carried})
    return {
        "rule": found.code, "title": {"zh": f"{found.label.zh}（步行）", "en": f"{found.label.en} (on foot)"},
        "method": "walking_network", "audited": False, "formula": METHOD.as_dict(), "note": UNREACHED.as_dict(),
        "edition": walk.run.edition.as_dict(), "zone_edition": {k: e for k, e in walk.run.zones.items() if e is not None},
        "basis": found.basis, **_rates(walk, total), "people": _people(total), "by": _rows(walk, by, total),
        "parcels": _parcels(walk, total), "entrances": _entrances(walk), "network": walk.network.facts(),
        "joining": walking.load().as_dict(), "datum": datum.check(walk.run, walk.network).as_dict(),
        "crs": {"srid": city.srid, "name": geo.crs(city.srid).name},
        "scope": {"city": city.key, "class": found.facility, "by": by}, "on": walk.run.today.isoformat(),
        "evidence": {"straight_line": f"/coverage/{found.code}?{query}", "difference": f"/coverage/{found.code}/walking/difference?{query}",
                     "reached": f"/coverage/{found.code}/walking/reached?{query}"}}


# -- inside --------------------------------------------------------------------------------------
def _rates(walk: Walk, found: dict[str, Any]) -> dict[str, Any]:
    """Both percentages and what they are of. The straight line is told of all land, as audited, and of the land that the
    walk is known of, since only those two may be compared."""
    per = _PEOPLE if walk.run.rule.basis == "population" else _LAND
    every, known, served, straight_line, comparable = (found[name] or 0.0 for name in per)
    unknown = max(every - known, 0.0)
    walked, straight = percent(served, known), percent(comparable, known)
    return {
        "walking": {"percent": walked, "served_m2": found["walking_m2"], "land_m2": found["known_m2"],
                    "unknown_m2": max(found["area_m2"] - found["known_m2"], 0.0),
                    "bounds": {"low": percent(served, every), "high": percent(served + unknown, every)}},
        "straight_line": {"percent": percent(straight_line, every), "served_m2": found["straight_m2"],
                          "land_m2": found["area_m2"], "percent_of_walking_land": straight},
        "difference_points": walked - straight if walked is not None and straight is not None else None}


# All, what the walk is known of, what it serves, what the straight line serves, and what of that the walk is known of.
_LAND = ("area_m2", "known_m2", "walking_m2", "straight_m2", "straight_known_m2")
_PEOPLE = ("people", "people_known", "people_walking", "people_straight", "people_straight_known")


def _people(total: dict[str, Any]) -> dict[str, float | None]:
    return {"total": total["people"], "known": total["people_known"], "walking": total["people_walking"],
            "straight_line": total["people_straight"] if total["people"] is not None else None}


def _rows(walk: Walk, by: str, total: dict[str, Any]) -> list[dict[str, Any]]:
    """A row for each division, and one for what lies in none; their areas add up to the total."""
    run = walk.run
    tile = run.divisions(by)
    told = run.run("walking_divisions", "land", "cover", "walk", fragments={"division": run.table(tile)}).mappings()
    found = {row["code"]: row for row in told}
    none = dict.fromkeys(_LAND, 0.0) | dict.fromkeys(_PEOPLE)
    rows = [_row(walk, code, title, found.get(code, none)) for code, title in divisions.titles(run.conn, run.city.key, by, run.sight).items()]
    if rest := undivided(total, found.values(), none):
        rows.append(_row(walk, UNKNOWN, UNKNOWN_TITLE, {k: v if v is None else max(v, 0.0) for k, v in rest.items()}))
    return rows


def _row(walk: Walk, key: str, title: Label, found: Any) -> dict[str, Any]:
    return {"key": key, "title": title.as_dict(), **_rates(walk, found), "people": {"total": found["people"], "walking": found["people_walking"]}}


def _parcels(walk: Walk, total: dict[str, Any]) -> dict[str, Any]:
    """How parcels are left, and those without a street (unknown) or a way (unreached)."""
    counts = np.bincount(walk.access.kind, minlength=len(KINDS))
    listed = walk.run.run("walking_without", "land", "walk", most=MOST).mappings()
    return {"count": total["parcels"], "access_points": len(walk.access.places),
            "by_access": {kind: int(n) for kind, n in zip(KINDS, counts, strict=True)},
            "unknown": total["unknown_parcels"], "unreached": total["unreached_parcels"], "unreached_m2": total["unreached_m2"],
            "without": [dict(row) for row in listed]}


def _entrances(walk: Walk) -> dict[str, Any]:
    """How entrances are known, and those that are too far from the network; a facility that may not be named has no id."""
    found, facilities = walk.entrances, walk.facilities
    counts = found.counts()
    entered = np.unique(found.places.of)
    dropped = sorted(found.dropped, key=lambda d: (-d[2], d[0]))
    return {**counts, "inferred": sum(counts[name] for name in INFERRED), "facilities": len(facilities),
            "facilities_without": len(facilities) - len(entered), "dropped_count": len(dropped),
            "dropped": [{"facility_id": facilities[of].shown_id, "name": facilities[of].name, "method": method,
                         "distance_m": away if np.isfinite(away) else None} for of, method, away in dropped[:MOST]]}
