"""An asset to record things of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from sqlalchemy import text

from registry.catalogue import load
from registry.store.staging import put_many


@pytest.fixture
def put(conn, city) -> Callable[..., int]:
    """`put("road", code="R1", state="intact")` writes an asset and gives its id."""
    shapes = {"road": shapely.LineString([(120.5, 30), (120.51, 30)])}

    def write(key: str = "road", code: str = "R1", **said: Any) -> int:
        row = {"code": code, **said, "geom": shapes.get(key, shapely.Point(120.5, 30))}
        put_many(conn, load().kind(key), city, [row], actor="tester", reason="test")
        return conn.execute(text("SELECT id FROM asset WHERE class = :k AND code = :c"), {"k": key, "c": code}).scalar_one()

    return write


@pytest.fixture
def asset(conn) -> Callable[[int], Any]:
    """The row of an asset now."""
    return lambda id_: conn.execute(text("SELECT * FROM asset WHERE id = :id"), {"id": id_}).one()
