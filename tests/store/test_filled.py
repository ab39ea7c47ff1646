"""What no row of a layer has a value of is not read; as soon as one has, it is."""

from __future__ import annotations

import json
import math
from itertools import product
from typing import Any

import mapbox_vector_tile
import pytest
import shapely

from registry import db, history
from registry.catalogue import load
from registry.db import migration, ours
from registry.store import cities, filled, joined, tiles
from registry.store.filled import ANY, Filled
from registry.store.matrices import MATRIX_SETS, WEB
from registry.store.query import Query
from registry.store.staging import put_many

LAMP = load().kind("streetlight")
WHO = {"actor": "tester", "reason": "test"}
AROUND = tiles.Place(WEB, 14, 6759, 13671)
BOX = (120.4, 29.9, 120.41, 30.1)


def put(conn: Any, code: str, at: shapely.Geometry, **said: Any) -> None:
    put_many(conn, LAMP, cities.get(conn, "demo"), [{"code": code, **said, "geom": at}], **WHO)


def names(conn: Any, key: str = "streetlight") -> set[str]:
    return set(conn.exec_driver_sql("SELECT filled FROM layer WHERE city = 'demo' AND key = %s", (key,)).scalar_one())


@pytest.fixture
def lamps(database: str) -> Any:
    """Two lamps in a database of its own, each statement for itself as requests ask."""
    with db.begin() as conn:
        if cities.find(conn, "demo") is None:
            cities.put(conn, cities.City("demo", "示范市", "Demo City", None, 4549))
        for n in range(2):
            put(conn, f"L{n}", shapely.Point(120.405, 30 + n / 1000), lit="lit")
    with db.reading(30) as conn:
        yield conn


def shown(conn: Any, name: str, **asked: Any) -> list[Any]:
    return [json.loads(f)["properties"][name] for f in joined.page(conn, Query(LAMP, "demo", **asked)).features]


def test_a_layer_knows_what_its_rows_have(conn: Any, city: Any) -> None:
    put(conn, "L0", shapely.Point(120.5, 30), lit="lit", road_name="人民路")
    assert {"POINT", "code", "lit", "road_name"} <= names(conn) and not {"district", "power_w", "MULTIPOINT"} & names(conn)
    put(conn, "L1", shapely.MultiPoint([(120.5, 30), (120.6, 30)]), power_w=3)
    assert {"power_w", "MULTIPOINT"} <= names(conn)


def test_among_many_rows_the_one_that_has_more_is_found(conn: Any, city: Any) -> None:
    rows = [{"code": f"L{n}", "geom": shapely.Point(120 + n / 1e4, 30)} | {"note": "x" if n == 777 else None} for n in range(1000)]
    put_many(conn, LAMP, city, rows, **WHO)
    assert "note" in names(conn) and "road_name" not in names(conn)


def test_what_moves_to_another_class_is_known_there(conn: Any, city: Any, untold: Any) -> None:
    put(conn, "L0", shapely.Point(120.5, 30), road_name="人民路")
    batch = history.open_batch(conn, city="demo", kind="edit", **WHO)
    conn.exec_driver_sql(f"UPDATE asset a SET class = 'manhole', batch = b.id, sys_from = b.at, version = 2 FROM batch b WHERE b.id = {batch.id}")
    assert "road_name" in names(conn, "manhole") and untold(conn) == []


def test_after_a_restore_it_is_known_from_all_rows(conn: Any, city: Any, untold: Any) -> None:
    put(conn, "L0", shapely.Point(120.5, 30), note="x")
    put(conn, "L0", shapely.Point(120.5, 30), note=None)
    assert "note" in names(conn)  # some row had it
    conn.exec_driver_sql("UPDATE layer SET filled = '{}'")
    assert untold(conn)
    ours.renew_layers(conn)
    assert untold(conn) == [] and "note" not in names(conn)


def test_a_database_of_before_knows_after_its_migration_what_its_rows_have(conn: Any, city: Any, untold: Any) -> None:
    put(conn, "L0", shapely.Point(120.5, 30), note="x")
    conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE layer DROP COLUMN filled, DROP COLUMN filled_at")
    conn.exec_driver_sql("UPDATE registry_version SET version_num = '0008'")
    db.migrate(conn)
    assert {"POINT", "note"} <= names(conn) and "road_name" not in names(conn) and untold(conn) == []


def test_what_a_migration_writes_past_the_triggers_is_known(conn: Any, city: Any, untold: Any, monkeypatch: Any) -> None:
    put(conn, "L0", shapely.Point(120.5, 30))

    def upgrade(*_: Any) -> None:
        conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE; SET LOCAL session_replication_role = replica; UPDATE asset SET supervisor = 'x'; "
                             "SET LOCAL session_replication_role = origin")

    monkeypatch.setattr(migration.command, "upgrade", upgrade)
    monkeypatch.setattr(migration, "revision", lambda _: "0008")
    db.migrate(conn)
    assert "supervisor" in names(conn) and untold(conn) == []


def test_a_value_that_came_since_the_layer_was_read_shows_at_once(lamps: Any) -> None:
    assert set(shown(lamps, "road_name")) == {None}
    with db.begin() as conn:
        put(conn, "L0", shapely.Point(120.405, 30), road_name="人民路", lit="lit")
    assert "人民路" in shown(lamps, "road_name") and "人民路" in shown(lamps, "road_name", bbox=BOX)


def test_a_place_of_several_points_among_single_ones_is_found_and_drawn(lamps: Any) -> None:
    before, drawn = len(shown(lamps, "code", bbox=BOX)), tile(lamps)
    with db.begin() as conn:
        put(conn, "M", shapely.MultiPoint([(120.405, 30.0005), (120.3, 30)]))
        put(conn, "beside", shapely.MultiPoint([(120.39, 30), (120.42, 30)]))  # around the box, not in it
    assert len(shown(lamps, "code", bbox=BOX)) == before + 1
    after = tile(lamps)
    assert len(drawn) >= 2 and set(after) - set(drawn) >= {"M"}
    assert {code: after[code] for code in drawn} == drawn  # by their numbers as PostGIS draws them


def test_a_box_finds_points_by_their_numbers_as_postgis_finds_them(lamps: Any, monkeypatch: Any) -> None:
    toilet, (west, south, east, north) = load().kind("toilet"), BOX
    around = [[edge for at in ends for edge in (math.nextafter(at, -200), at, math.nextafter(at, 200))] for ends in ((west, east), (south, north))]
    with db.begin() as conn:
        put_many(conn, toilet, cities.get(conn, "demo"), [{"code": f"C{n}", "geom": shapely.Point(at)} for n, at in enumerate(product(*around))], **WHO)

    def found(box: tuple[float, float, float, float]) -> list[bytes]:
        return joined.page(lamps, Query(toilet, "demo", bbox=box)).features

    boxes = [BOX, (west, south, west, south), (east, south, east, north), (math.nextafter(west, 200), south, east, north)]
    by_numbers = [found(box) for box in boxes]
    assert len(by_numbers[0]) == 16
    monkeypatch.setattr(Filled, "single_points", False)
    assert [found(box) for box in boxes] == by_numbers


def test_a_row_without_a_place_comes_with_every_box_from_the_moment_it_is_there(lamps: Any) -> None:
    with db.begin() as conn:
        put(conn, "lost", shapely.Point(120.6, 30))
    before = shown(lamps, "code", bbox=BOX)
    assert before and "lost" not in before
    with db.begin() as conn:
        assert "NONE" not in names(conn)
        batch = history.open_batch(conn, city="demo", kind="edit", **WHO)
        conn.exec_driver_sql(f"UPDATE asset a SET geom = NULL, batch = b.id, sys_from = b.at, version = version + 1 FROM batch b "
                             f"WHERE b.id = {batch.id} AND code = 'lost'")
        assert "NONE" in names(conn)
    assert set(shown(lamps, "code", bbox=BOX)) == {*before, "lost"}


def tile(conn: Any, place: tiles.Place = AROUND, kind: Any = LAMP) -> dict[str, Any]:
    """Code → geometry in units of the tile, that around the lamps where none is named."""
    made = tiles.layer(conn, Query(kind, "demo"), place)
    return {f["properties"]["code"]: f["geometry"] for f in mapbox_vector_tile.decode(made.data)[kind.key]["features"]} if made.drawn else {}


@pytest.mark.parametrize("kind", ["streetlight", "toilet"])
def test_points_at_the_edges_are_drawn_by_their_numbers_as_postgis_draws_them(lamps: Any, monkeypatch: Any, kind: str) -> None:
    kind, places, rows = load().kind(kind), [], []
    for matrices, level, row, column in product(MATRIX_SETS.values(), (14, 16, 17, 22), (0.0006, 0.13, 0.41, 0.5), (0, 0.833, 1)):
        columns, count = matrices.matrix(level)
        place = tiles.Place(matrices, level, int(row * count), min(int(column * columns), columns - 1))
        places.append(place)
        box = place.box
        rows += [shapely.Point(box.west + x * (box.east - box.west), box.south + y * (box.north - box.south)) for x, y in (
            (0, 0), (1, 1), (0.5, -1e-7), (0.3, -0.001), (-0.012, 0.7), (0.7, -0.03), (1.03, 0.2), (0.123456, 0.654321))]
    with db.begin() as conn:
        put_many(conn, kind, cities.get(conn, "demo"), [{"code": f"E{n}", "geom": at} for n, at in enumerate(rows) if abs(at.x) <= 180], **WHO)
    by_numbers = [tile(lamps, place, kind) for place in places]
    monkeypatch.setattr(Filled, "single_points", False)
    assert by_numbers == [tile(lamps, place, kind) for place in places] and all(by_numbers)


def test_a_default_is_shown_where_no_row_says_anything() -> None:
    field = next(f for k in load().kinds for f in k.fields if f.default is not None)
    assert not Filled(1, frozenset()).nothing(field, "x") and not ANY.nothing(LAMP.by_key["note"], "x")


def test_what_is_known_of_a_layer_that_is_not_there_is_nothing(lamps: Any) -> None:
    assert filled.told_by(lamps, "nowhere", "streetlight", lambda known: (known, 0)) == ANY
