"""Versions of layers: each batch is one, in its own transaction, with the places it touched."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from registry import history
from registry.catalogue import load
from registry.store import cities, layers, undo
from registry.store.staging import put_many

WHO = {"actor": "t", "reason": "t"}


def load_(conn, city, key, shapes, **more):
    return put_many(conn, load().kind(key), city, [{"code": f"C{n}", "geom": s, **more} for n, s in enumerate(shapes)], **WHO)


def state(conn, key="road"):
    return layers.states(conn, "demo", [key])[key]


def since(conn, version, key="road"):
    return layers.touched(conn, "demo", key, version, state(conn, key).version)


@pytest.fixture
def roads(conn, city):
    load_(conn, city, "road", [shapely.LineString([(120 + n, 30), (120.5 + n, 30.5)]) for n in range(3)])
    return conn


def test_what_was_never_written_has_no_version(conn, city):
    assert layers.states(conn, "demo", ["road", "district"]) == {"road": layers.Layer(), "district": layers.Layer()}


def test_each_batch_is_a_version_and_another_layer_keeps_its_own(roads, city):
    first = state(roads)
    load_(roads, city, "residential", [shapely.box(119, 29, 121, 31)])
    assert state(roads) == first and state(roads, "residential").version > first.version
    load_(roads, city, "road", [shapely.LineString([(120, 30), (120.6, 30.6)])])
    assert state(roads).version > first.version


def test_the_envelopes_before_and_after_are_told_of_what_changed_and_nothing_else(roads, city):
    before = state(roads).version
    roads.exec_driver_sql("UPDATE layers.road SET geom = ST_SetSRID('LINESTRING(130 40, 131 41)'::geometry, 4490) WHERE code = 'C1'")
    assert {box for _, box in since(roads, before)} == {(121.0, 30.0, 121.5, 30.5), (130.0, 40.0, 131.0, 41.0)}
    between = state(roads).version
    assert since(roads, between) == []
    history.seal(roads, history.Batch(roads.execute(text("SELECT max(id) FROM batch")).scalar_one(), "demo", None))
    roads.exec_driver_sql("DELETE FROM layers.road WHERE code = 'C2'")
    assert [box for _, box in since(roads, between)] == [(122.0, 30.0, 122.5, 30.5)]


def test_many_edits_of_one_batch_are_one_version(roads):
    batch = history.open_batch(roads, city="demo", kind="edit", **WHO)
    seen = set()
    for code in ("C0", "C1", "C2"):
        roads.execute(text("UPDATE asset SET name = 'x', version = version + 1, batch = :b, sys_from = :at WHERE code = :c"),
                      {"b": batch.id, "at": batch.at, "c": code})
        seen.add(state(roads).version)
    assert len(seen) == 1 and len(since(roads, min(seen) - 1)) == 3


def test_an_asset_that_changes_its_class_touches_both(roads):
    before = {k: state(roads, k).version for k in ("road", "pipe")}
    batch = history.open_batch(roads, city="demo", kind="edit", **WHO)
    roads.execute(text("UPDATE asset SET class = 'pipe', version = version + 1, batch = :b, sys_from = :at WHERE code = 'C0'"),
                  {"b": batch.id, "at": batch.at})
    for key, version in before.items():
        assert [box for _, box in since(roads, version, key)] == [(120.0, 30.0, 120.5, 30.5)]


def lamps(conn, city, count):
    load_(conn, city, "streetlight", [shapely.Point(120 + n % 100 / 1000, 30 + n // 100 / 1000) for n in range(count)])


def test_of_many_rows_one_box_holds_them_all(conn, city):
    lamps(conn, city, 2_100)
    (_, (west, south, east, north)), = since(conn, 0, "streetlight")
    assert west <= 120 and south <= 30 and east >= 120.099 and north >= 30.02


def test_a_class_that_is_filled_past_the_triggers_is_another_as_a_whole(conn, city):
    lamps(conn, city, 20_100)
    made = state(conn, "streetlight")
    assert made.floor == made.version > 0 and made.at is not None


def test_an_undo_touches_what_the_batch_did(roads, city):
    load_(roads, city, "road", [shapely.LineString([(120, 30), (120.9, 30.9)])])
    last = roads.execute(text("SELECT max(id) FROM batch")).scalar_one()
    before = state(roads).version
    undo.carry_out(roads, undo.examine(roads, last), **WHO)
    assert {(120.0, 30.0, 120.9, 30.9), (120.0, 30.0, 120.5, 30.5)} <= {box for _, box in since(roads, before)}


def test_a_new_district_touches_the_assets_that_move_into_it(roads, city):
    before = state(roads).version
    roads.exec_driver_sql("INSERT INTO layers.district (city, code, name, geom) VALUES ('demo', 'D', 'D', "
                          "ST_SetSRID('POLYGON((119 29, 120.7 29, 120.7 31, 119 31, 119 29))'::geometry, 4490))")
    assert {box for _, box in since(roads, before)} == {(120.0, 30.0, 120.5, 30.5)}


def test_what_is_old_is_forgotten_and_said_to_be(roads, city):
    roads.exec_driver_sql("UPDATE layer_touch SET version = version - 4000000000; UPDATE layer SET version = version - 4000000000")
    old = state(roads)
    load_(roads, city, "road", [shapely.LineString([(120, 30), (120.8, 30.8)])])
    now = state(roads)
    assert now.floor >= old.version and len(since(roads, 0)) == 2


def test_a_city_set_up_otherwise_is_another_and_one_set_up_the_same_is_not(roads, city):
    before = state(roads)
    cities.put(roads, city)
    assert state(roads) == before
    cities.put(roads, cities.City("demo", "示范市", "Demo", None, 4549))
    now = state(roads)
    assert now.version == now.floor > before.version and now.at == before.at


def test_no_version_is_told_twice_after_a_restore(roads):
    before = state(roads)
    roads.exec_driver_sql("SELECT registry_renew_layers()")
    now = state(roads)
    assert now.version > before.version and now.floor == now.born == now.version != before.born
    assert state(roads, "bridge").version > 0 and since(roads, before.version) == []
    assert now.seen(before.at) != before.seen(before.at)


def test_an_edit_of_what_has_no_place_is_a_version_as_well(roads):
    for change in ("geom = NULL", "name = 'x'", "name = 'y'"):
        batch, before = history.open_batch(roads, city="demo", kind="edit", **WHO), state(roads).version
        roads.execute(text(f"UPDATE asset SET {change}, version = version + 1, batch = :b, sys_from = :at WHERE code = 'C1'"),
                      {"b": batch.id, "at": batch.at})
        assert state(roads).version > before, change
    assert since(roads, before) == []
