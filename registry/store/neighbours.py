"""Staged rows beside others: codes that were probably mistyped, shapes that lie on one that is there already."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from registry import sql
from registry.db.columns import discriminator, literal
from registry.geo import METRES_PER_DEGREE
from registry.store.staging import Stage

COMPARED = 100_000  # new rows; so many take seconds, and a first load of a class has nothing to be compared with


def like_codes(stage: Stage, odd: Sequence[tuple[int, str, str]]) -> list[Any]:
    """(row_no, code, other, other_row) of odd codes `(row, code, what was meant)` whose meaning another row or a
    live asset has; `other_row` None: it is live. To be asked before `compare`."""
    if not odd or not stage.key_columns:
        return []
    rows, codes, meant = zip(*odd, strict=True)
    return list(stage.conn.execute(
        sql.statement("stage_like_codes", stage=stage.table, code=stage.key_columns[-1], table=stage.kind.table,
                      discriminator=discriminator(stage.kind), key=literal(stage.kind.key)),
        {"rows": list(rows), "codes": list(codes), "meant": list(meant), "city": stage.city.key}))


def same_place(stage: Stage, metres: float, new: int) -> list[Any] | None:
    """(row_no, id, code) of new rows that lie on a live asset of the class; None: too many to be compared.

    new: how many are, as `compare` told.
    """
    live = stage.conn.execute(text("SELECT EXISTS (SELECT FROM asset WHERE class = :kind AND city = :city)"),
                              {"kind": stage.kind.key, "city": stage.city.key}).scalar_one()
    if not new or not live or not stage.geometry:
        return []
    if new > COMPARED:
        return None
    middle = stage.conn.execute(text(f"SELECT ST_Y(ST_Centroid(ST_Extent(geom))) FROM {stage.diff}")).scalar_one() or 0.0
    y = metres / METRES_PER_DEGREE
    found = stage.conn.execute(sql.statement("stage_same_place", diff=stage.diff, key=literal(stage.kind.key)),
                               {"city": stage.city.key, "x": y / max(0.01, math.cos(math.radians(middle))), "y": y})
    return list(found)
