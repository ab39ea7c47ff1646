"""Assets without a care for their shape: what matters to a rate is state, measure and group."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import shapely
from sqlalchemy import text

from registry.catalogue import load
from registry.store import inspections
from registry.store.records import Writer
from registry.store.staging import put_many

SHAPES = {"point": shapely.Point(120.05, 30.05), "line": shapely.LineString([(120.05, 30.05), (120.06, 30.05)]),
          "polygon": shapely.box(120.05, 30.05, 120.06, 30.06)}


class Books:
    """The books of the city: rows go in, one batch each call."""

    def __init__(self, conn: Any, city: Any) -> None:
        self.conn, self.city, self.count = conn, city, 0

    def put(self, kind: str, *rows: dict[str, Any]) -> list[int]:
        """Rows with a shape of the class unless they bring one; fields that a row lacks are empty. Ids in order."""
        shape = SHAPES[load().kind(kind).geometry[0]]
        keys = dict.fromkeys(k for row in rows for k in row)
        made = []
        for row in rows:
            self.count += 1
            made.append({"code": f"{kind}{self.count}", **dict.fromkeys(keys), **row, "geom": row.get("geom", shape)})
        result = put_many(self.conn, load().kind(kind), self.city, made, actor="tester", reason="test",
                          source=f"test {self.count}")
        assert result.new == len(rows), result
        table = load().kind(kind).table
        ids = dict(self.conn.execute(text(f"SELECT code, id FROM {table} WHERE code = ANY(:codes)"),
                                     {"codes": [m["code"] for m in made]}).all())
        return [ids[m["code"]] for m in made]

    def inspect(self, kind: str, id_: int, on: dt.date, **said: Any) -> None:
        """A regular inspection of the whole of an asset, unless it says otherwise."""
        inspections.record(self.conn, self.city.key, load().kind(kind), id_, {"form": "regular", "inspected_on": on.isoformat(), **said},
                           Writer(actor="tester", reason="test"))

    def districts(self) -> None:
        """West (120–121°E) and east (121–122°E) at 30–31°N, and one without assets."""
        for n, name in enumerate(("西区", "东区", "空区")):
            self.put("district", {"code": f"33060{n + 1}", "name": name,
                                  "geom": shapely.box(120 + n, 30, 121 + n, 31)})


@pytest.fixture
def books(conn, city) -> Books:
    return Books(conn, city)
