"""What differs between the facilities that a kept coverage knows and others, carried through to the sums.

Only what the differing facilities reach is computed again, from fixed cells of 1 km (coverage.md §2.2): the area served
in the cells, then the parcels that it meets, by the very statements of a full run, all of them as parts of one statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry import sql
from registry.coverage import straight
from registry.coverage.kept_state import State
from registry.coverage.run import QUAD_SEGS, SLIVER_M2, Run, zones
from registry.db.fragments import Fragment

CELL_M = 1000
VERTICES = 64  # of the tiles of a few cells: they are cut for one use, and meet few parcels
MOST = 200     # rows that differ; of more a full run is as quick
FRAGMENTS = {"cell_m": f"{CELL_M}.0", "quad_segs": str(QUAD_SEGS)}


@dataclass
class _Parts:
    """Statements that make temporary tables, as parts (`WITH`) of one that makes none."""

    texts: list[str] = field(default_factory=list)
    fragments: dict[str, str] = field(default_factory=lambda: dict(FRAGMENTS))

    def add(self, name: str, statement: str, **more: str) -> None:
        """The table `name` of a statement, under a name by which later parts and the whole know it."""
        own = {"table": f"kept_{name}"} if "zones" in more else {}
        self.fragments[name] = f"kept_{name}"
        self.texts.append(f"kept_{name} AS MATERIALIZED ({sql.query(statement, **self.fragments | more | own)})")

    def run(self, run: Run, statement: str, values: Mapping[str, Any]) -> Any:
        return run.conn.execute(sql.statement(statement, **self.fragments, parts=",\n".join(self.texts)), values)


def differing(run: Run, state: State) -> int:
    """How many rows of the facilities are not those that are kept."""
    fragments, values = straight.told(run)
    found = run.run("coverage_kept_differing", fragments={"assets": fragments["assets"]}, kept=state.id,
                    **{k: v for k, v in values.items() if k != "today"})
    return int(found.scalar_one())


def settle(run: Run, state: State, facilities: int) -> None:
    """Let the differences become what is kept. facilities: the version of their layer, asked for before its rows."""
    parts, values = _parts(run, state, "coverage_kept_changed")
    parts.run(run, "coverage_kept_settle", values | {"facilities": facilities})


def what_if(run: Run, state: State, added: Sequence[Mapping[str, Any]], removed: Sequence[int]) -> list[Mapping[str, Any]]:
    """The sums before and after (`…_then`), of the city (`whole`) and of each division (`code`), and the `revision` of what
    is kept that they were told from, where the kept facilities are those of now. run: of the facilities as they would be."""
    parts, values = _parts(run, state, "coverage_kept_what_if_changed")
    more = {"added": json.dumps(list(added), default=str), "removed": list(removed)}
    return list(parts.run(run, "coverage_kept_what_if", values | more).mappings())


def _parts(run: Run, state: State, changed: str) -> tuple[_Parts, dict[str, Any]]:
    """From the facilities to the cells, from the cells to the parcels, from the parcels to the sums."""
    parts = _Parts()
    fragments, values = straight.told(run)
    parts.add("changed", changed, **{k: v for k, v in fragments.items() if changed == "coverage_kept_changed" or k == "thing"})
    seen = run.assets or run.sight.rows(straight.rules.facility(run.rule))
    some = Fragment(f"(SELECT x.* FROM {seen.sql} x WHERE x.id = ANY(ARRAY(SELECT c.id FROM kept_changed c)))")
    parts.add("row", "coverage_facility_row", **fragments | {"assets": some.text})
    seen_zones, of_zones = zones(run, run.rule.historic, state.zones.get(run.rule.historic or ""))
    parts.add("historic", "coverage_polygons", zones=seen_zones)
    parts.add("facility", "coverage_facility")
    parts.add("came", "coverage_kept_came")
    parts.add("print", "coverage_kept_print")
    parts.add("hit", "coverage_kept_hit")
    parts.add("land", "coverage_kept_touched")
    parts.add("tile", "coverage_kept_tiles", vertices=str(VERTICES))
    parts.add("cover", "coverage_cover")
    parts.add("told", "coverage_kept_told")
    parts.add("share", "coverage_kept_share")
    parts.add("block", "coverage_kept_block", cells="(SELECT DISTINCT x, y FROM kept_told)")
    return parts, values | of_zones | straight.tiers(run) | {
        "kept": state.id, "srid": run.city.srid, "span": state.span, "sliver_m2": SLIVER_M2}
