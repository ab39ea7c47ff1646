"""A small town drawn in metres near the central meridian of EPSG:4549, written through the store."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from registry import coverage, geo
from registry.catalogue import load
from registry.scope import EVERYTHING
from registry.store.edits import Editor
from registry.store.staging import put_many

EAST, NORTH = 500_000, 3_320_000  # near E 120°, N 30°


class Town:
    """Draws in metres from (EAST, NORTH) and asks."""

    def __init__(self, conn: Any, city: Any, srid: int = 4549) -> None:
        self.conn, self.city, self.srid, self.count = conn, city, srid, 0
        self.origin = (EAST, NORTH)

    def stored(self, shape: shapely.Geometry) -> shapely.Geometry:
        """The shape in stored degrees, snapped as the ETL does."""
        there = geo.transformer(self.srid, geo.STORED)
        dx, dy = self.origin
        return shapely.transform(shape, lambda c: geo.snap(np.column_stack(there.transform(c[:, 0] + dx, c[:, 1] + dy))))

    def put(self, kind: str, shape: shapely.Geometry | None, **fields: Any) -> None:
        self.count += 1
        row = {"code": f"{kind}{self.count}", **fields, "geom": None if shape is None else self.stored(shape)}
        result = put_many(self.conn, load().kind(kind), self.city, [row], actor="tester", reason="test")
        assert result.new + result.changed == 1, result

    def write(self, kind: str, code: str, fields: dict[str, Any]) -> None:
        """New or other than it was; one batch."""
        row = {"code": code, **fields, "geom": self.stored(fields["geom"])}
        put_many(self.conn, load().kind(kind), self.city, [row], actor="tester", reason="test")

    def delete(self, kind: str, code: str) -> None:
        id_ = self.conn.execute(text("SELECT id FROM asset WHERE class = :k AND code = :c"), {"k": kind, "c": code}).scalar_one()
        editor = Editor(self.conn, self.city, dataclasses.replace(EVERYTHING, no_lock=True), "test", unlocked=True)
        editor.delete(load().kind(kind), id_, None)
        editor.close()

    def box(self, kind: str, x: float, y: float, width: float, height: float, **fields: Any) -> None:
        self.put(kind, shapely.box(x, y, x + width, y + height), **fields)

    def coverage(self, rule: Any = "park", **ask: Any) -> dict[str, Any]:
        return coverage.coverage(self.conn, rule, self.city, **ask)

    def gaps(self, rule: Any = "park", **ask: Any) -> list[dict[str, Any]]:
        return [json.loads(f) for f in coverage.gaps(self.conn, rule, self.city, **ask)]

    def three_strips(self) -> None:
        """150,000 m² of housing in three strips, each as wide as the edge of the park it begins at."""
        self.box("park", 0, 0, 100, 100, code="A")
        self.box("park", 5000, 0, 60, 50, code="B")
        self.box("park", 10_000, 0, 50, 30, code="C")
        self.box("residential", 0, 100, 100, 1000, code="a", population=1000)
        self.box("residential", 5000, 50, 60, 500, code="b", population=600)
        self.box("residential", 10_000, 30, 50, 400, code="c", population=400)


@pytest.fixture
def town(conn, city) -> Town:
    return Town(conn, city)
