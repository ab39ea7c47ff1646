"""底数表: rows, things, kilometres, 万㎡ and what is not yet known."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely

from registry.catalogue import load
from registry.errors import BadValue
from registry.indicators.inventory import inventory
from registry.scope import Sight


def row(books, cls, by=None, **ask):
    return [r for r in inventory(books.conn, books.city, by, **ask)["rows"] if r["class"] == cls]


def test_every_class_has_a_row_even_without_an_asset(books):
    told = inventory(books.conn, books.city)
    assert [r["class"] for r in told["rows"]] == list(load().classes)
    assert all(r["count"] == 0 and r["unknown_owner"] is None for r in told["rows"])
    assert told["rule"]["zh"] and told["rule"]["en"]


def test_roads_are_counted_by_their_code_and_segments_without_one_by_themselves(books):
    books.put("road", *({"road_code": c, "length_m": 1250.0, "area_m2": 12_500.0} for c in ("A", "A", "B", None, None)))
    road, = row(books, "road")
    assert (road["count"], road["unit"]["zh"], road["things"], road["things_unit"]["zh"]) == (5, "段", 4, "条")
    assert (road["length_m"], road["length_km"], road["area_m2"], road["area_wan_m2"]) == (6250, 6.25, 62_500, 6.25)


def test_lamps_are_counted_in_lamps_and_have_neither_length_nor_area(books):
    books.put("streetlight", {}, {})
    lamp, = row(books, "streetlight")
    assert (lamp["count"], lamp["unit"]["zh"], lamp["things"], lamp["length_km"], lamp["area_wan_m2"]) == (
        2, "盏", None, None, None)


def test_retired_and_removed_rows_are_not_on_the_books(books):
    books.put("manhole", {"state": "intact"}, {"state": "removed"}, {"state": "abandoned"},
              {"state": "intact", "retired_on": dt.date(2024, 1, 1)})
    assert row(books, "manhole")[0]["count"] == 2
    assert row(books, "manhole", sight=Sight(on=dt.date(2023, 12, 31)))[0]["count"] == 3


def test_what_is_planned_is_on_the_books_and_told_beside(books):
    books.put("utility_tunnel", {"build_status": "operating"}, {"build_status": "planned"},
              {"installed_on": dt.date(2190, 1, 1)})
    tunnel, = row(books, "utility_tunnel")
    assert (tunnel["count"], tunnel["not_in_service"]) == (3, 2)


def test_the_share_of_what_is_not_known_is_told(books):
    books.put("manhole", {"state": "unknown", "owner": "甲"}, {"state": None}, {"state": "intact", "owner": ""},
              {"state": "damaged", "installed_on": dt.date(2020, 1, 1)})
    found, = row(books, "manhole")
    assert (found["unknown_owner"], found["unknown_state"], found["unknown_date"]) == (75, 50, 75)


def test_groups_by_district_owner_and_the_own_grouping_of_the_class(books):
    books.districts()
    books.put("bridge", {"size_class": "large", "owner": "甲"}, {"size_class": "small", "owner": None},
              {"size_class": None, "owner": "甲", "geom": shapely.Point(121.5, 30.5)})
    def told(by):
        return [(r["group"]["key"], r["group"]["title"]["zh"], r["count"]) for r in row(books, "bridge", by)]
    assert told("district") == [("330601", "西区", 2), ("330602", "东区", 1)]
    assert told("owner") == [("甲", "甲", 2), ("unknown", "未知", 1)]
    assert told("group") == [("large", "大桥", 1), ("small", "小桥", 1), ("unknown", "未知", 1)]
    assert inventory(books.conn, books.city, "district")["zone_edition"] == {"district": ""}
    with pytest.raises(BadValue, match="by"):
        inventory(books.conn, books.city, "road_class")


def test_a_class_without_a_grouping_of_its_own_stands_ungrouped(conn, city, monkeypatch, tmp_path):
    from registry import db
    from registry.indicators.inventory import inventory

    (tmp_path / "own.py").write_text('"""Own."""\nfrom registry.kinds import AssetClass\n'
                                     'OWN = AssetClass("own_thing", "自有|Own", ("point",))\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_CATALOGUE", str(tmp_path))
    db.sync(conn)
    row = next(r for r in inventory(conn, city, by="group")["rows"] if r["class"] == "own_thing")
    assert row["group"]["key"] is None and row["count"] == 0
