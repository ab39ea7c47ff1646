"""A made city: assets, works and entered figures go in by a word each; plans are written where they are judged."""

from __future__ import annotations

from typing import Any

import pytest
import shapely

from registry.catalogue import load
from registry.plans import document
from registry.plans.checks import check
from registry.plans.scorecard import scorecard
from registry.scope import WHOLE
from registry.store import observations, works
from registry.store.records import Writer
from registry.store.staging import put_many

WHO = Writer("张三", "test")
SHAPES = {"point": shapely.Point(120.05, 30.05), "line": shapely.LineString([(120.05, 30.05), (120.06, 30.05)]),
          "polygon": shapely.box(120.05, 30.05, 120.06, 30.06)}
HEAD = """[plan]
key = "{key}"
title = "甲规划|Plan A"
place = "乙市|City B"
issued_by = "丙局"
years = [2021, 2025]
base_year = 2020
"""
TARGET = """[[target]]
id = "{id}"
name = "名"
text = "原文"
section = "一"
comparator = "{comparator}"
unit = "{unit}"
asks = {asks}
target = {target}
"""


def plan_of(asks: str, target: str = "{ year = 2025, value = 98 }", unit: str = "%", comparator: str = ">=", key: str = "a"):
    """A plan of one target."""
    text = HEAD.format(key=key) + TARGET.format(id="t", asks=asks, target=target, unit=unit, comparator=comparator)
    return check(document.read(text, "a.toml"))


class Town:
    """The city of a test, in its transaction."""

    def __init__(self, conn: Any, city: Any) -> None:
        self.conn, self.city, self.count = conn, city, 0

    def put(self, kind: str, *rows: dict[str, Any], **more: Any) -> None:
        shape, keys = SHAPES[load().kind(kind).geometry[0]], dict.fromkeys(k for row in rows for k in row)
        made = []
        for row in rows:
            self.count += 1
            made.append({"code": f"{kind}{self.count}", "geom": shape, **dict.fromkeys(keys), **row, **more})
        assert put_many(self.conn, load().kind(kind), self.city, made, actor="t", reason="t").new == len(rows)

    def lamps(self, *lit: str | None, **more: Any) -> None:
        self.put("streetlight", *({"lit": one, "state": "intact"} for one in lit), **more)

    def districts(self) -> None:
        self.put("district", *({"code": f"33060{n + 1}", "name": name, "geom": shapely.box(120 + n, 30, 121 + n, 31)}
                               for n, name in enumerate(("西区", "东区"))))

    def work(self, **said: Any) -> None:
        works.add(self.conn, self.city.key, {"kind": "build", "class": "toilet", "title": "事", "unit": "座", "status": "done", **said}, WHO)

    def observe(self, code: str, value: float, year: int, unit: str = "%", source: str = "年报") -> None:
        observations.add(self.conn, self.city.key, {"code": code, "value": value, "year": year, "unit": unit, "source": source}, WHO)

    plan = staticmethod(plan_of)

    def card(self, plan: Any, sight: Any = WHOLE, on: Any = None) -> dict[str, Any]:
        return scorecard(self.conn, plan, self.city, sight, on)

    def rows(self, *asked: str, sight: Any = WHOLE, on: Any = None, **more: str) -> list[dict[str, Any]]:
        """The rows of a plan of one target; `on` is a day."""
        return self.card(plan_of(*asked, **more), sight, on)["rows"]


@pytest.fixture
def town(conn, city) -> Town:
    return Town(conn, city)
