"""Straight-line coverage, the audited figure: buffers from the boundary against land, inside the database."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.catalogue import load
from registry.coverage import facility_filter, rules
from registry.db.columns import read
from registry.db.fragments import Fragment, for_text
from registry.errors import BadValue
from registry.kinds import AssetClass
from registry.scope import BY_PLACE, WHOLE, Sight
from registry.standards.service import Edition, ServiceRule
from registry.store import counted, divisions
from registry.store.cities import City

QUAD_SEGS = 64  # 500 m circle: area −0.010 %, radius −0.04 m at worst, the city's rate −0.002 points
VERTICES = 256  # measured best for tiles of buffers; half of it for divisions, which meet whole parcels
SLIVER_M2 = 1.0  # smaller uncovered pieces are rounding where edges nearly meet, no blind spot
_LAND = {"measure": "ST_Area", "dimension": "3", "interiors": "'2********'"}
_serial = itertools.count(1)


@dataclass(frozen=True)
class Run:
    """One computation: temporary tables of this transaction, dropped at its end.

    Several runs may stand in one transaction; nothing but temporary tables is written.
    Everything is in the city's working CRS, in metres. zones: kind → edition used (None: there are none); chosen:
    kind → the edition asked for. without: what of the facilities is left out on demand. quad_segs: of the buffers.
    grow_m: by how much every radius is longer than the rule says; errors: by how
    many times the error of a facility's place; both for tests of sensitivity.
    assets: the rows of the facility class, if other than those that are seen.
    `area_m2` and `covered_m2` of the tables are metres of length where the rule's basis is that.
    """

    conn: Connection
    rule: ServiceRule
    edition: Edition
    city: City
    sight: Sight
    serial: int
    zones: dict[str, str | None]
    assets: Fragment | None = None
    without: tuple[str, ...] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)
    quad_segs: int = QUAD_SEGS
    grow_m: float = 0.0
    errors: float = 0.0

    @property
    def lines(self) -> bool:
        """Whether what is served are lines and not land."""
        return self.rule.basis == "length"

    @property
    def measures(self) -> dict[str, str]:
        """Fragments that tell lines from land: how they are measured, and what an overlap is."""
        if self.lines:
            return {"measure": "ST_Length", "dimension": "2", "interiors": "'1********'", "member": "length_m"}
        return {"measure": "ST_Area", "dimension": "3", "interiors": "'2********'", "member": "area_m2"}

    @property
    def today(self) -> dt.date:
        """The day on which facilities serve."""
        return self.sight.today

    def table(self, name: str) -> str:
        """The name of a temporary table of this run."""
        return f"coverage_{self.serial}_{name}"

    def run(self, statement: str, *tables: str, **more: Any) -> Any:
        """Execute a statement: `tables` fill fragments of the same name, `fragments` others, the rest binds."""
        fragments = self.measures | {t: self.table(t) for t in tables} | more.pop("fragments", {})
        return self.conn.execute(sql.statement(statement, **fragments), more or None)

    def index(self, *tables: str) -> None:
        for table in tables:
            self.conn.execute(sql.statement("coverage_index", table=self.table(table)))

    def polygons(self, kind: str | None, table: str, *, indexed: bool = True) -> None:
        """The zones of a kind, valid, in the working CRS; an empty table where there are none. indexed: it is searched by place."""
        if kind is not None:
            self.zones[kind] = self._edition(kind)
        seen, values = zones(self, kind, self.zones.get(kind) if kind else None)
        self.run("coverage_polygons", fragments={"table": self.table(table), "zones": seen}, srid=self.city.srid, **values)
        if indexed:
            self.index(table)

    def _edition(self, kind: str) -> str | None:
        if (asked := self.chosen.get(kind)) is None:
            return divisions.edition(self.conn, self.city.key, kind, self.sight)
        known = divisions.editions(self.conn, self.city.key, kind, self.sight)
        if asked not in known:
            shown = ", ".join(known) or "-"
            raise BadValue(name="zone_edition", value=f"{kind}:{asked}"[:80], why_zh=f"可用：{shown}", why_en=f"known: {shown}")
        return asked

    def serving(self) -> None:
        """The table `serving`: the rows that serve, so that the nearest one is the very asset."""
        self.run("coverage_serving", "serving", "row", "facility")
        self.index("serving")

    def divisions(self, kind: str) -> str:
        """Tiles of the divisions of a kind, each with its code and none overlapping another."""
        drawn, own, tile = f"{kind}_drawn", f"{kind}_own", f"{kind}_tile"
        self.polygons(kind, drawn, indexed=False)
        self.run("coverage_disjoint", fragments={"disjoint": self.table(own), "table": self.table(drawn), **_LAND})
        self.run("coverage_tiles", fragments={"tile": self.table(tile), "source": self.table(own),
                                              "code": "s.code", "vertices": str(VERTICES // 2)})
        self.index(tile)
        return tile


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


def serial() -> int:
    """The number of a new run."""
    return next(_serial)


def fill(run: Run) -> None:
    """Make all the tables of a run."""
    facilities(run)
    _serve(run)
    _land(run)
    run.run("coverage_cover_lines" if run.lines else "coverage_cover", "cover", "land", "tile")


def variant(run: Run, **changes: Any) -> Run:
    """The same question with another edition, `quad_segs` or `grow_m`: facilities and tiles of its own, no land."""
    other = replace(run, serial=serial(), zones={}, **changes)
    facilities(other)
    _serve(other)
    return other


def covered(run: Run, other: Run) -> Any:
    """Land and what of it is served (`area_m2`, `covered_m2`, `people`, `people_covered`) with the facilities of another run."""
    if other is not run:
        other.run("coverage_cover_lines" if run.lines else "coverage_cover", "cover", "tile", fragments={"land": run.table("land")})
    return other.run("coverage_total", "cover", fragments={"land": run.table("land")}).mappings().one()


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


def zones(run: Run, kind: str | None, edition: str | None) -> tuple[str, dict[str, Any]]:
    """What reads the zones of an edition: the fragment, and the values it binds."""
    seen = divisions.zones(kind, run.sight) if kind is not None else Fragment("zone")
    return seen.text, {"city": run.city.key, "kind": kind, "edition": edition, "on": run.today, **seen.values}


def _serve(run: Run) -> None:
    """The area served, in one piece and in tiles."""
    run.run("coverage_served", "served", "facility", fragments={"quad_segs": str(run.quad_segs)}, grow_m=run.grow_m, errors=run.errors)
    run.run("coverage_tiles", "tile", fragments={"source": run.table("served"), "code": "NULL",
                                                 "vertices": str(VERTICES)})
    run.index("tile")


def _land(run: Run) -> None:
    """What is to be served: the land or lines of the rule without overlaps, within the bounding area if there is one."""
    if run.lines:
        _lines(run)
    else:
        run.polygons(run.rule.denominator, "drawn", indexed=False)
    run.run("coverage_disjoint", "disjoint", fragments={"table": run.table("drawn")})
    run.polygons(run.rule.within, "bounds")
    run.run("coverage_union", fragments={"union": run.table("bound"), "source": run.table("bounds")})
    bound = _limit(run)
    run.run("coverage_tiles", fragments={"tile": run.table("within"), "source": run.table("bound"),
                                         "code": "NULL", "vertices": str(VERTICES)})
    run.index("within")
    run.run("coverage_land", "land", "disjoint", "within", bounded=bound)
    run.index("land")


def _lines(run: Run) -> None:
    cls = rules.served(run.rule)
    assert isinstance(cls, AssetClass)
    seen = run.sight.rows(cls)
    run.run("coverage_lines", fragments={"table": run.table("drawn"), "assets": seen.text,
                                         "reason": for_text(counted.first_of(counted.not_counting(cls)))},
            **{"class": cls.key}, city=run.city.key, srid=run.city.srid, today=run.today, **seen.values)


def _limit(run: Run) -> bool:
    """Cut the bounding area to the areas of the scope that looks; whether there is a bounding area now."""
    there = bounded(run)
    areas = {"district": run.sight.principal.scope.districts,
             **{kind: getattr(run.sight.principal.scope, part) for part, kind in BY_PLACE.items()}}
    for kind, codes in areas.items():
        if codes:
            run.polygons(kind, f"{kind}_limit")
            run.run("coverage_limit", bounded=there, srid=run.city.srid, codes=list(codes), fragments={
                "union": run.table("bound"), "source": run.table(f"{kind}_limit")})
            there = True
    return there


def limited(run: Run) -> bool:
    """Whether the land is cut at all: by the rule's area, or by the areas of the scope that looks."""
    scope = run.sight.principal.scope
    return bounded(run) or any((scope.districts, *(getattr(scope, part) for part in BY_PLACE)))


def bounded(run: Run) -> bool:
    """Whether there is a bounding area; without one all land counts, and the answer says so."""
    return run.rule.within is not None and run.zones.get(run.rule.within) is not None
