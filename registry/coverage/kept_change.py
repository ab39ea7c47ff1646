"""What differs between the facilities that a kept coverage knows and those of now, carried through to the sums.

Only what the differing facilities reach is computed again, from fixed cells of 1 km (coverage.md §2.2): the area served
in the cells, then the parcels that it meets, by the very statement of a full run.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from registry.coverage import straight
from registry.coverage.kept_state import State
from registry.coverage.straight import QUAD_SEGS, SLIVER_M2, Run
from registry.db.fragments import Fragment

CELL_M = 1000
VERTICES = 64  # of the tiles of a few cells: they are cut for one use, and meet few parcels
MOST = 200  # changed facilities; of more a full run is as quick
FRAGMENTS = {"cell_m": f"{CELL_M}.0", "quad_segs": str(QUAD_SEGS)}
# What stands for the tables of a change where there is none.
_NO_CELL = "CAST(NULL AS int) AS x, CAST(NULL AS int) AS y"
_NOTHING = {
    "changed": "(SELECT CAST(NULL AS text) AS thing WHERE false)",
    "came": "(SELECT CAST(NULL AS text) AS thing, CAST(NULL AS int) AS tier, CAST(NULL AS float8) AS area_m2 WHERE false)",
    "row": "(SELECT CAST(NULL AS text) AS thing, CAST(NULL AS text) AS reason, CAST(NULL AS geometry) AS geom WHERE false)",
    "hit": f"(SELECT {_NO_CELL}, CAST(NULL AS float8) AS area_m2 WHERE false)",
    "block": "(SELECT x, y, whole, code, parcels, area_m2, covered_m2, people, people_covered, peopled_m2, gap_m2, gaps, "
             "slivers, sliver_m2 FROM coverage_kept_sum WHERE false)"}


@dataclass(frozen=True)
class Change:
    """The differences as temporary tables of a run of their own; things: how many facilities differ."""

    run: Run
    state: State
    things: int

    def execute(self, statement: str, *tables: str, fragments: dict[str, str] | None = None, **binds: Any) -> Any:
        """Execute a statement over the kept coverage (`:kept`) and the tables of the change."""
        there = {} if self.things else _NOTHING
        return self.run.run(statement, *(t for t in tables if t not in there), kept=self.state.id,
                            fragments=FRAGMENTS | {t: there[t] for t in tables if t in there} | (fragments or {}), **binds)


def find(run: Run, state: State) -> Change | None:
    """The differences between what is kept and the facilities that the run sees; None when they are too many."""
    fragments, values = straight.told(run)
    own = dataclasses.replace(run, serial=straight.serial(), zones={})
    own.run("coverage_kept_changed", "changed", fragments=fragments, kept=state.id, **values)
    things = own.conn.execute(text(f"SELECT count(DISTINCT thing) FROM {own.table('changed')}")).scalar_one()
    if things > MOST:
        return None
    assets = run.assets or run.sight.rows(straight.rules.facility(run.rule))
    some = Fragment(f"(SELECT x.* FROM {assets.sql} x WHERE x.id IN (SELECT id FROM {own.table('changed')}))", assets.values)
    change = Change(dataclasses.replace(own, assets=some), state, things)
    if things:
        _follow(change)
    return change


def _follow(change: Change) -> None:
    """From the facilities to the cells, from the cells to the parcels, from the parcels to the sums."""
    run, do, srid = change.run, change.execute, change.run.city.srid
    straight.facilities(run)
    run.run("coverage_kept_came", "came", "facility", fragments=FRAGMENTS)
    do("coverage_kept_print", "print", "changed", "came")
    do("coverage_kept_hit", "hit", "print", "changed", "came", srid=srid)
    do("coverage_kept_touched", "land", "hit", "print", span=change.state.span)
    do("coverage_kept_tiles", "tile", "land", "hit", fragments={"vertices": str(VERTICES)})
    run.run("coverage_cover", "cover", "land", "tile")
    run.run("coverage_kept_told", "told", "cover", "land", fragments=FRAGMENTS, sliver_m2=SLIVER_M2)
    do("coverage_kept_share", "share", "told", "cover")
    do("coverage_kept_block", "block", "told", "share", fragments={
        "cells": f"(SELECT DISTINCT x, y FROM {run.table('told')})"})


def settle(change: Change, facilities: int) -> None:
    """Let the differences become what is kept. facilities: the version of their layer, asked for before its rows."""
    do = change.execute
    if not change.things:
        change.run.conn.execute(text("UPDATE coverage_kept SET facilities = :facilities WHERE id = :id AND facilities <> :facilities"),
                                {"facilities": facilities, "id": change.state.id})
        return
    do("coverage_kept_settle", "changed", "hit", "told", "share", "block", facilities=facilities)
    do("coverage_kept_rows", "row")
    do("coverage_kept_facilities", "came")
    do("coverage_kept_hits", "hit")
    do("coverage_kept_sums", "block")
