"""One computation of a coverage: what it is asked, the shapes it has made, and the temporary tables that statements look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection

from registry import sql
from registry.coverage import land as lands
from registry.coverage import overlay, sums, tables
from registry.coverage.land import Cover, Drawn, Land
from registry.db.fragments import Fragment
from registry.errors import BadValue
from registry.scope import Sight
from registry.standards.service import Edition, ServiceRule
from registry.store import divisions
from registry.store.cities import City

QUAD_SEGS = 64  # 500 m circle: area −0.010 %, radius −0.04 m at worst, the city's rate −0.002 points
VERTICES = 256  # measured best for tiles of buffers; half of it for divisions, which meet whole parcels
SLIVER_M2 = 1.0  # smaller uncovered pieces are rounding where edges nearly meet, no blind spot


@dataclass
class Made:
    """The shapes of a run, as far as they are made. bound: the tiles of the bounding area (None: there is none).

    later: temporary tables that are written when a statement first asks for them."""

    drawn: Drawn = field(init=False)
    land: Land = field(init=False)
    bound: np.ndarray | None = field(init=False)
    served_m2: float = field(init=False)
    tiles: np.ndarray = field(init=False)
    cover: Cover = field(init=False)
    later: dict[str, Callable[[], None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One computation, of this transaction: what is asked of the database as temporary tables, shapes in memory.

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
    made: Made = field(default_factory=Made, init=False, compare=False)

    @property
    def lines(self) -> bool:
        """Whether what is served are lines and not land."""
        return self.rule.basis == "length"

    @property
    def dimension(self) -> int:
        """Of what is served: 1 of lines, 2 of land."""
        return 1 if self.lines else 2

    @property
    def measures(self) -> dict[str, str]:
        """Fragments that tell lines from land: how they are measured, and what that is called."""
        return {"measure": "ST_Length", "member": "length_m"} if self.lines else {"measure": "ST_Area", "member": "area_m2"}

    @property
    def today(self) -> dt.date:
        """The day on which facilities serve."""
        return self.sight.today

    def table(self, name: str) -> str:
        """The name of a temporary table of this run; it is written now if that was put off."""
        if (write := self.made.later.pop(name, None)) is not None:
            write()
        return self._name(name)

    def later(self, name: str, columns: Callable[[], tables.Columns], *, indexed: bool = True) -> None:
        """Put off writing a table."""
        def write() -> None:
            tables.write(self.conn, self._name(name), columns())
            if indexed:
                self.index(name)
        self.made.later[name] = write

    def _name(self, name: str) -> str:
        return f"coverage_{self.serial}_{name}"

    def run(self, statement: str, *named: str, **more: Any) -> Any:
        """Execute a statement: the tables `named` fill fragments of the same name, `fragments` others, the rest binds."""
        fragments = self.measures | {t: self.table(t) for t in named} | more.pop("fragments", {})
        return self.conn.execute(sql.statement(statement, **fragments), more or None)

    def index(self, *named: str) -> None:
        for table in named:
            self.conn.execute(sql.statement("coverage_index", table=self.table(table)))

    def polygons(self, kind: str | None, table: str) -> None:
        """The zones of a kind, valid, in the working CRS; an empty table where there are none."""
        seen, values = self._zones(kind)
        self.run("coverage_polygons", fragments={"table": self.table(table), "zones": seen}, srid=self.city.srid, **values)
        self.index(table)

    def shapes(self, kind: str | None) -> Drawn:
        """The same as arrays."""
        seen, values = self._zones(kind)
        return self.read("coverage_polygons", zones=seen, **values)

    def read(self, statement: str, *, zones: str = "", assets: str = "", reason: str = "", **values: Any) -> Drawn:
        """What a statement that makes a table of shapes would put into it."""
        rows = sql.query(statement, table="drawn", zones=zones, assets=assets, reason=reason)
        return lands.drawn(self.conn.execute(sql.statement("coverage_drawn", rows=rows), {"srid": self.city.srid, **values}).all())

    def _zones(self, kind: str | None) -> tuple[str, dict[str, Any]]:
        if kind is not None:
            self.zones[kind] = self._edition(kind)
        return zones(self, kind, self.zones.get(kind) if kind else None)

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
        """Tiles of the divisions of a kind, each with its code and none overlapping another: the name of the table of them."""
        table = f"{kind}_tile"
        codes, tiles = self._tiles(kind)
        self.later(table, lambda: tables.tiles(tiles, self.city.srid, codes.tolist()))
        return table

    def _tiles(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Code and shape of each tile of the divisions of a kind, by code."""
        drawn = self.shapes(kind)
        own = overlay.disjoint(drawn.shapes, 2)
        cut = [(drawn.codes[n], tile) for n in np.argsort(np.array(drawn.codes, dtype=object), kind="stable")
               for tile in overlay.tiles(own[n], VERTICES // 2)]
        return np.array([code for code, _ in cut], dtype=object), np.array([tile for _, tile in cut], dtype=object)

    # -- figures ---------------------------------------------------------------------------------
    def total(self) -> dict[str, Any]:
        """Land and what of it is served: parcels, area_m2, covered_m2, gap_m2, people, people_covered, peopled_m2."""
        return sums.total(self.made.land, self.made.cover, self.dimension)

    def slivers(self) -> dict[str, Any]:
        """How many blind spots there are, and what is too small to be one: gaps, slivers, sliver_m2."""
        return sums.slivers(self.made.cover, self.dimension, SLIVER_M2)

    def divided(self, kind: str) -> list[dict[str, Any]]:
        """Of each division of a kind that land meets: code, area_m2, covered_m2, people, people_covered."""
        codes, tiles = self._tiles(kind)
        return sums.divided(self.made.land, self.made.cover, codes, tiles, self.dimension)

    def layers(self) -> dict[str, Any]:
        """What it was made of: served_m2, drawn (how many), drawn_m2, repaired (how many), disjoint_m2."""
        drawn = self.made.drawn
        return {"served_m2": self.made.served_m2, "drawn": len(drawn.ids), "drawn_m2": float(drawn.size.sum()),
                "repaired": int(drawn.repaired.sum()), "disjoint_m2": self.made.land.disjoint}

    def by_tier(self) -> list[Any]:
        """Facilities by tier, and rows that do not serve by reason: (kind, key, count, area_m2)."""
        return list(self.run("coverage_facilities", "facility", "row").all())


def zones(run: Run, kind: str | None, edition: str | None) -> tuple[str, dict[str, Any]]:
    """What reads the zones of an edition: the fragment, and the values it binds."""
    seen = divisions.zones(kind, run.sight) if kind is not None else Fragment("zone")
    return seen.text, {"city": run.city.key, "kind": kind, "edition": edition, "on": run.today, **seen.values}
