"""Straight-line coverage, the audited figure: buffers from the boundary against land.

The database says who serves and what there is to be served, as the one who asks may see it; shapes are laid over each other
here, and written into temporary tables only where a statement asks for them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection

from registry.catalogue import load
from registry.coverage import facility_filter, overlay, rules, sums, tables
from registry.coverage import land as lands
from registry.coverage.land import Cover, Drawn
from registry.coverage.run import QUAD_SEGS, SLIVER_M2, VERTICES, Run, zones
from registry.db.columns import read
from registry.db.fragments import Fragment, for_text
from registry.errors import BadValue
from registry.geometry import from_wkb
from registry.kinds import AssetClass
from registry.scope import BY_PLACE, WHOLE, Sight
from registry.standards.figure import UNKNOWN
from registry.standards.service import Edition, ServiceRule
from registry.store import counted, divisions
from registry.store.cities import City

__all__ = ["QUAD_SEGS", "SLIVER_M2", "Run", "prepare"]
_serial = itertools.count(1)


def prepare(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None,
            sight: Sight = WHOLE, without: Iterable[str] = (), zone_edition: Mapping[str, str] | None = None,
            assets: Fragment | None = None) -> Run:
    """Facilities, service area, land and what of it is served, as temporary tables.

    without: reasons of `facility_filter.LEAVABLE` that the class of the facilities has. zone_edition: kind of zone →
    edition, the one that holds on the day for others. assets: the rows of the facility class, if other than those that are
    seen. UnknownIndicator for an unknown rule, BadValue for an unknown
    edition or choice.
    """
    found = rules.find(rule)
    asked = facility_filter.check_without(rules.facility(found), without)
    run = Run(conn, found, found.edition(edition), city, sight, serial(), {}, assets, asked, _zones(found, zone_edition or {}))
    fill(run)
    return run


def without_facilities(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None, sight: Sight = WHOLE) -> Run | None:
    """The run where there is nothing to be served, whoever serves; None where there is."""
    run = Run(conn, found := rules.find(rule), found.edition(edition), city, sight, serial(), {}, Fragment("(SELECT * FROM asset WHERE false)"))
    if anything(run):
        return None
    fill(run)
    return run


def serial() -> int:
    """The number of a new run."""
    return next(_serial)


def fill(run: Run) -> None:
    """Make all of a run."""
    facilities(run)
    _serve(run)
    _land(run)
    run.made.cover = cover = _cover(run, run)
    run.later("cover", lambda: tables.cover(run.made.land, cover, run.city.srid), indexed=False)


def variant(run: Run, **changes: Any) -> Run:
    """The same question with another edition, `quad_segs` or `grow_m`: facilities and tiles of its own, no land."""
    other = replace(run, serial=serial(), zones={}, **changes)
    facilities(other)
    _serve(other)
    return other


def covered(run: Run, other: Run) -> dict[str, Any]:
    """The land of a run and what of it the facilities of another one serve, as `Run.total`."""
    return sums.total(run.made.land, _cover(run, other), run.dimension)


def _cover(run: Run, other: Run) -> Cover:
    land = run.made.land
    return Cover(*overlay.cover(land.shapes, land.size, other.made.tiles, run.dimension))


def _zones(rule: ServiceRule, chosen: Mapping[str, str]) -> Mapping[str, str]:
    known = [*(k for k in rules.kinds(rule)[1:] if k in load().zones), *rules.groupings(rule)]
    for kind in chosen:
        if kind not in known:
            shown = ", ".join(known)
            raise BadValue(name="zone_edition", value=kind[:40], why_zh=f"可用：{shown}", why_en=f"known: {shown}")
    return chosen


def told(run: Run) -> tuple[dict[str, str], dict[str, Any]]:
    """What reads the rows of the facilities: the fragments `thing`, `reason`, `fits`, `error` and `assets`, and the values they bind."""
    cls = rules.facility(run.rule)
    seen = run.assets or run.sight.rows(cls)
    meant = [facility_filter.condition(cls, run.rule.where, "rule_"), facility_filter.condition(cls, run.edition.where, "edition_")]
    reasons = [*counted.not_counting(cls), *(("filtered", f"NOT ({f.sql})") for f in meant if f.sql != "true"),
               *facility_filter.left_out(cls, run.without)]
    fits, wants = fitting(cls, run.edition)
    return ({"thing": for_text(thing(cls)), "reason": for_text(counted.first_of(reasons)), "fits": for_text(fits),
             "error": for_text(facility_filter.position_error(cls)), "assets": seen.text},
            {"class": cls.key, "city": run.city.key, "today": run.today,
             **{name: value for f in (seen, *meant) for name, value in f.values.items()}, **wants})


def thing(cls: AssetClass) -> str:
    """The expression of what a row `a` is a part of: rows of the same are one facility."""
    own = "'#' || a.id"
    return f"coalesce({read(cls.by_key[cls.count_by])}, {own})" if cls.count_by else own


def fitting(cls: AssetClass, edition: Edition) -> tuple[str, dict[str, Any]]:
    """The expression of the tiers whose `where` a row `a` meets, as bits, and the values it binds."""
    wants = [facility_filter.condition(cls, t.where, f"tier{n}_") for n, t in enumerate(edition.tiers)]
    return (" + ".join(f"CASE WHEN {f.sql} THEN {1 << n} ELSE 0 END" for n, f in enumerate(wants)),
            {name: value for f in wants for name, value in f.values.items()})


def facilities(run: Run) -> None:
    """Who serves, and how far: the tables `row` and `facility`."""
    fragments, values = told(run)
    run.run("coverage_facility_row", "row", fragments=fragments, srid=run.city.srid, **values)
    run.polygons(run.rule.historic, "historic")
    run.run("coverage_facility", "facility", "row", "historic", **tiers(run))


def tiers(run: Run) -> dict[str, str]:
    """What judges the facilities: the value `tiers`."""
    return {"tiers": json.dumps([{"tier": n, **t.as_dict()} for n, t in enumerate(run.edition.tiers)])}


def _serve(run: Run) -> None:
    """The area served: buffers from the boundary, each inscribed in the true one (the bias is always downward), in one piece and in tiles."""
    rows = run.run("coverage_frozen_facilities", "facility").all()
    # grow_m and errors move every border, to tell how much hangs on it: both are 0 for the figure.
    radii = np.array([r.radius_m + run.grow_m + run.errors * (r.error_m or 0.0) for r in rows], dtype=float)
    served = shapely.union_all(shapely.buffer(from_wkb(r.geom for r in rows), radii, quad_segs=run.quad_segs))
    run.made.served_m2 = float(served.area)
    run.made.tiles = tiles = np.array(overlay.tiles(served, VERTICES), dtype=object)
    run.later("served", lambda: tables.one(served, run.city.srid), indexed=False)
    run.later("tile", lambda: tables.tiles(tiles, run.city.srid))


def _land(run: Run) -> None:
    """What is to be served: the land or lines of the rule without overlaps, within the bounding area if there is one."""
    srid, made = run.city.srid, run.made
    made.drawn = drawn = _lines(run) if run.lines else run.shapes(run.rule.denominator)
    bound = _bound(run)
    tiles = None if bound is None else np.array(overlay.tiles(bound, VERTICES), dtype=object)
    made.land = land = lands.land(drawn, tiles, run.dimension)
    run.later("drawn", lambda: tables.drawn(drawn, srid), indexed=False)
    run.later("bound", lambda: tables.one(bound, srid), indexed=False)
    run.later("within", lambda: tables.tiles(np.empty(0, dtype=object) if tiles is None else tiles, srid))
    run.later("land", lambda: tables.land(land, srid))


def anything(run: Run) -> bool:
    """Whether anything is drawn that may have to be served, inside of the area that counts or not: told without drawing it."""
    if run.lines:
        fragments, values = of_lines(run)
        return bool(run.run("coverage_any_line", fragments=fragments, **values).scalar_one())
    seen, values = zones(run, run.rule.denominator, divisions.edition(run.conn, run.city.key, run.rule.denominator, run.sight))
    return bool(run.run("coverage_anything", fragments={"zones": seen}, **values).scalar_one())


def _lines(run: Run) -> Drawn:
    fragments, values = of_lines(run)
    return run.read("coverage_lines", **fragments, **values)


def of_lines(run: Run) -> tuple[dict[str, str], dict[str, Any]]:
    """What reads the lines that may have to be served: the fragments `assets` and `reason`, and the values they bind."""
    cls = rules.served(run.rule)
    assert isinstance(cls, AssetClass)
    seen, meant = run.sight.rows(cls), facility_filter.condition(cls, run.edition.serves, "serves_")
    reasons = [*counted.not_counting(cls), *([("filtered", f"NOT ({meant.sql})")] if run.edition.serves else [])]
    return ({"assets": seen.text, "reason": for_text(counted.first_of(reasons))},
            {"class": cls.key, "city": run.city.key, "today": run.today, **seen.values, **meant.values})


def other_lines(run: Run) -> dict[str, float]:
    """Metres of lines, wherever they lie, that are not of the kind that the edition means (`other_kind`, `kind_unknown`)."""
    cls = rules.served(run.rule)
    if not run.edition.serves or not isinstance(cls, AssetClass):
        return {}
    seen, meant = run.sight.rows(cls), facility_filter.condition(cls, run.edition.serves, "serves_")
    unknown = facility_filter.condition(cls, dict.fromkeys(run.edition.serves, (UNKNOWN,)), "unknown_")
    found = run.run("coverage_lines_left", fragments={
        "assets": seen.text, "reason": for_text(counted.first_of(counted.not_counting(cls))), "meant": meant.text, "unknown": unknown.text},
        **{"class": cls.key}, city=run.city.key, srid=run.city.srid, today=run.today, **seen.values, **meant.values, **unknown.values)
    return {r.reason: r.length_m for r in found}


def _bound(run: Run) -> shapely.Geometry | None:
    """The bounding area, cut to the areas of the scope that looks; None where all land counts."""
    found = shapely.union_all(run.shapes(run.rule.within).shapes)
    bound = found if bounded(run) else None
    areas = {"district": run.sight.principal.scope.districts,
             **{kind: getattr(run.sight.principal.scope, part) for part, kind in BY_PLACE.items()}}
    for kind, codes in areas.items():
        if codes:
            drawn = run.shapes(kind)
            limit = shapely.union_all(drawn.shapes[np.isin(drawn.codes, list(codes))])
            bound = limit if bound is None else overlay.only(np.array([shapely.intersection(bound, limit)], dtype=object), 2)[0]
    return bound


def limited(run: Run) -> bool:
    """Whether the land is cut at all: by the rule's area, or by the areas of the scope that looks."""
    scope = run.sight.principal.scope
    return bounded(run) or any((scope.districts, *(getattr(scope, part) for part in BY_PLACE)))


def bounded(run: Run) -> bool:
    """Whether there is a bounding area; without one all land counts, and the answer says so."""
    return run.rule.within is not None and run.zones.get(run.rule.within) is not None
