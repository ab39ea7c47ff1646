"""Straight-line coverage, the audited figure: buffers from the boundary against land, inside the database."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.coverage import rules
from registry.db.columns import read
from registry.db.fragments import Fragment, for_text
from registry.scope import BY_PLACE, WHOLE, Sight
from registry.standards.service import Edition, ServiceRule
from registry.store import counted, divisions
from registry.store.cities import City

QUAD_SEGS = 64  # 500 m circle: area −0.010 %, radius −0.04 m at worst, the city's rate −0.002 points
VERTICES = 256  # measured best for tiles of buffers; half of it for divisions, which meet whole parcels
SLIVER_M2 = 1.0  # smaller uncovered pieces are rounding where edges nearly meet, no blind spot
_serial = itertools.count(1)


@dataclass(frozen=True)
class Run:
    """One computation: temporary tables of this transaction, dropped at its end.

    Several runs may stand in one transaction; nothing but temporary tables is written.
    Everything is in the city's working CRS, in metres. zones: kind → edition used (None: there are none).
    assets: the rows of the facility class, if other than those that are seen.
    """

    conn: Connection
    rule: ServiceRule
    edition: Edition
    city: City
    sight: Sight
    serial: int
    zones: dict[str, str | None]
    assets: Fragment | None = None

    @property
    def today(self) -> dt.date:
        """The day on which facilities serve."""
        return self.sight.today

    def table(self, name: str) -> str:
        """The name of a temporary table of this run."""
        return f"coverage_{self.serial}_{name}"

    def run(self, statement: str, *tables: str, **more: Any) -> Any:
        """Execute a statement: `tables` fill fragments of the same name, `fragments` others, the rest binds."""
        fragments = {t: self.table(t) for t in tables} | more.pop("fragments", {})
        return self.conn.execute(sql.statement(statement, **fragments), more or None)

    def index(self, *tables: str) -> None:
        for table in tables:
            self.conn.execute(sql.statement("coverage_index", table=self.table(table)))

    def polygons(self, kind: str | None, table: str) -> None:
        """The zones of a kind, valid, in the working CRS; an empty table where there are none."""
        if kind is not None:
            self.zones[kind] = divisions.edition(self.conn, self.city.key, kind, self.sight)
        seen, values = zones(self, kind, self.zones.get(kind) if kind else None)
        self.run("coverage_polygons", fragments={"table": self.table(table), "zones": seen}, srid=self.city.srid, **values)
        self.index(table)

    def divisions(self, kind: str) -> str:
        """Tiles of the divisions of a kind, each with its code and none overlapping another."""
        drawn, own, tile = f"{kind}_drawn", f"{kind}_own", f"{kind}_tile"
        self.polygons(kind, drawn)
        self.run("coverage_disjoint", fragments={"disjoint": self.table(own), "table": self.table(drawn)})
        self.run("coverage_tiles", fragments={"tile": self.table(tile), "source": self.table(own),
                                              "code": "s.code", "vertices": str(VERTICES // 2)})
        self.index(tile)
        return tile


def prepare(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None,
            sight: Sight = WHOLE, assets: Fragment | None = None) -> Run:
    """Facilities, service area, land and what of it is served, as temporary tables.

    assets: the rows of the facility class, if other than those that are seen. UnknownIndicator for an unknown rule,
    BadValue for an unknown edition.
    """
    found = rules.find(rule)
    run = Run(conn, found, found.edition(edition), city, sight, serial(), {}, assets)
    fill(run)
    return run


def serial() -> int:
    """The number of a new run."""
    return next(_serial)


def fill(run: Run) -> None:
    """Make all the tables of a run."""
    facilities(run)
    run.run("coverage_served", "served", "facility", fragments={"quad_segs": str(QUAD_SEGS)})
    run.run("coverage_tiles", "tile", fragments={"source": run.table("served"), "code": "NULL",
                                                 "vertices": str(VERTICES)})
    run.index("tile")
    _land(run)
    run.run("coverage_cover", "cover", "land", "tile")


def told(run: Run) -> tuple[dict[str, str], dict[str, Any]]:
    """What reads the rows of the facilities: the fragments `thing`, `reason` and `assets`, and the values they bind."""
    cls = rules.facility(run.rule)
    seen = run.assets or run.sight.rows(cls)
    own = "'#' || a.id"
    thing = f"coalesce({read(cls.by_key[cls.count_by])}, {own})" if cls.count_by else own
    reason = counted.first_of(counted.not_counting(cls))
    return ({"thing": for_text(thing), "reason": for_text(reason), "assets": seen.text},
            {"class": cls.key, "city": run.city.key, "today": run.today, **seen.values})


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


def _land(run: Run) -> None:
    """What is to be served: the land of the rule without overlaps, within the bounding area if there is one."""
    run.polygons(run.rule.denominator, "drawn")
    run.run("coverage_disjoint", "disjoint", fragments={"table": run.table("drawn")})
    run.polygons(run.rule.within, "bounds")
    run.run("coverage_union", fragments={"union": run.table("bound"), "source": run.table("bounds")})
    limited = _limit(run)
    run.run("coverage_tiles", fragments={"tile": run.table("within"), "source": run.table("bound"),
                                         "code": "NULL", "vertices": str(VERTICES)})
    run.index("within")
    run.run("coverage_land", "land", "disjoint", "within", bounded=limited)
    run.index("land")


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


def bounded(run: Run) -> bool:
    """Whether there is a bounding area; without one all land counts, and the answer says so."""
    return run.rule.within is not None and run.zones.get(run.rule.within) is not None
