"""A kept coverage, made of the tables of a full run."""

from __future__ import annotations

import json

from sqlalchemy import text

from registry import sql
from registry.coverage import kept_state, rules, straight
from registry.coverage.kept_change import FRAGMENTS
from registry.coverage.kept_state import Source
from registry.coverage.straight import SLIVER_M2, Run
from registry.schema import KEPT

_EVERY_CELL = "(SELECT DISTINCT x, y FROM coverage_kept_parcel WHERE kept = :kept)"
_NO_PART = "(SELECT CAST(NULL AS bigint) AS id, CAST(NULL AS text) AS code, CAST(NULL AS float8) AS covered_m2 WHERE false)"


def build(run: Run, made_of: Source) -> bool:
    """Compute in full and keep it; False when zones were written meanwhile, and it is not to be committed then."""
    straight.fill(run)
    tile = run.divisions(rules.DISTRICT)
    _forget(run)
    kept = run.conn.execute(sql.statement("coverage_kept_head"), kept_state.key(run) | {
        "made_of": made_of.hash, "facilities": made_of.facilities, "today": run.today,
        "until": kept_state.until(run)}).scalar_one()
    run.run("coverage_kept_came", "came", "facility", fragments=FRAGMENTS)
    run.run("coverage_kept_rows", "row", kept=kept)
    run.run("coverage_kept_facilities", "came", kept=kept)
    run.run("coverage_kept_cells", "tile", fragments=FRAGMENTS, kept=kept, srid=run.city.srid)
    run.run("coverage_kept_divided", "divided", "land", fragments={"division": run.table(tile)})
    run.run("coverage_kept_told", "told", "cover", "land", fragments=FRAGMENTS, sliver_m2=SLIVER_M2)
    run.run("coverage_kept_parcels", "told", "land", "divided", kept=kept)
    run.run("coverage_kept_parts", "told", "divided", "cover", kept=kept)
    run.conn.exec_driver_sql("ANALYZE coverage_kept_row, coverage_kept_facility, coverage_kept_parcel, coverage_kept_part")
    run.run("coverage_kept_block", "block", "told", fragments={"cells": _EVERY_CELL, "share": _NO_PART}, kept=kept)
    run.run("coverage_kept_sums", "block", kept=kept)
    layers = {key: value for key, value in run.layers().items() if key != "served_m2"}
    run.run("coverage_kept_facts", fragments=FRAGMENTS, kept=kept, facts=json.dumps({"zones": run.zones, **layers}))
    now = kept_state.source(run)
    return now is not None and now.hash == made_of.hash


def _forget(run: Run) -> None:
    """Take away what was kept under the same name."""
    name = kept_state.key(run)
    for table in KEPT:
        run.conn.execute(text(f"DELETE FROM {table.name} WHERE kept IN (SELECT id FROM coverage_kept "
                              "WHERE city = :city AND rule = :rule AND edition = :edition)"), name)
    run.conn.execute(text("DELETE FROM coverage_kept WHERE city = :city AND rule = :rule AND edition = :edition"), name)
