"""Edits through the typed views, as QGIS and psql make them, leave what an edit through the loader leaves."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry import audit, history
from registry.catalogue import load
from registry.db.columns import discriminator
from registry.scope import ROLES, Principal
from registry.store.edits import Editor, Given
from registry.store.staging import put_many

ROAD, LIGHT, DISTRICT = (load().kind(k) for k in ("road", "streetlight", "district"))
WHO = {"actor": "loader", "reason": "load"}
SHAPES = {"road": shapely.LineString([(120.5, 30), (120.51, 30)]), "streetlight": shapely.Point(120.5, 30), "park": shapely.box(120.5, 30, 120.51, 30.01),
          "historic_district": shapely.box(120.5, 30, 120.51, 30.01)}
LINE = "SRID=4490;LINESTRING(120.5 30, 120.51 30)"


def put(conn, city, rows, kind=ROAD, **more):
    return put_many(conn, kind, city, rows, **{**WHO, **more})


def road(conn, city, code="R1", **more):
    put(conn, city, [{"code": code, "geom": shapely.from_wkt("LINESTRING(120.5 30, 120.51 30)"), **more}], source="a.shp")


def one(conn, table="asset", where="true"):
    return conn.execute(text(f"SELECT * FROM {table} WHERE {where} ORDER BY id")).mappings().one()


def run(conn, sentence, **params):
    return conn.execute(text(sentence), params)


def refused(conn, sentence, **params):
    """(SQLSTATE, what was said) of a write that the database refuses."""
    with pytest.raises(DBAPIError) as caught, conn.begin_nested():
        run(conn, sentence, **params)
    return caught.value.orig.sqlstate, caught.value.orig.diag.message_primary


def sound(conn):
    """Nothing was tampered with, and after the seal of a commit the chain fits."""
    conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    assert [b.fault for b in audit.chain(conn, "demo") if b.fault] == []
    assert audit.tampered(conn, "demo") == []


# -- what an edit leaves -------------------------------------------------------------------------
def test_a_row_inserted_through_a_view_is_what_the_loader_would_have_made(conn, city):
    put(conn, city, [{"code": "330601", "name": "西区", "geom": shapely.box(120, 29, 121, 31)}], kind=DISTRICT)
    put(conn, city, [{"code": "3306010010010", "geom": shapely.box(120, 29, 121, 31)}], kind=load().kind("unit_grid"))
    values = {"name": "it's 解放路", "width_m": 3.5, "surface": "asphalt", "state": "intact"}
    shape = shapely.from_wkt("LINESTRING(120.1234567891 30, 120.2 30.1)")
    run(conn, "INSERT INTO layers.road (code, name, width_m, surface, state, geom) "
              "VALUES ('A', :name, :width_m, :surface, :state, ST_GeomFromText(:wkt))", **values, wkt=shape.wkt)
    put(conn, city, [{"code": "B", **values, "geom": shapely.set_coordinates(
        shapely.from_wkt(shape.wkt), shapely.get_coordinates(shape).round(9))}])
    mine, theirs = (dict(one(conn, where=f"code = '{c}'")) for c in "AB")
    for name in ("id", "code", "source", "source_hash", "row_hash", "batch", "sys_from"):
        mine.pop(name), theirs.pop(name)
    assert mine == theirs and mine["district"] == "330601" and mine["grid"] == "3306010010010"
    sound(conn)


def test_an_insert_gives_back_the_id_the_version_and_what_was_derived(conn, city):
    made = run(conn, "INSERT INTO layers.road (code, geom) VALUES ('A', :g) RETURNING *", g=LINE).mappings().one()
    kept = one(conn)
    assert (made["id"], made["version"], made["city"]) == (kept["id"], 1, "demo")
    assert made["length_m"] == kept["length_m"] == pytest.approx(964.7, abs=1)


def test_the_first_edit_opens_a_batch_in_the_name_of_the_database_user(conn, city):
    road(conn, city)
    run(conn, "UPDATE layers.road SET name = 'x'")
    run(conn, "UPDATE layers.road SET surface = 'asphalt'")
    batch = run(conn, "SELECT *, session_user AS me FROM batch ORDER BY id DESC LIMIT 1").mappings().one()
    assert (batch["kind"], batch["actor"], batch["reason"]) == ("edit", batch["me"], f"direct edit by {batch['me']}")
    row = one(conn)
    assert (row["batch"], row["version"], row["sys_from"]) == (batch["id"], 2, batch["at"])
    assert run(conn, "SELECT count(*) FROM batch").scalar_one() == 2
    old = one(conn, "asset_history")
    assert (old["version"], old["name"], old["sys_to"], old["end_batch"]) == (1, None, batch["at"], batch["id"])
    sound(conn)


def test_the_reason_is_the_one_that_was_set(conn, city):
    road(conn, city)
    run(conn, "SELECT set_config('registry.reason', '现场核查', true)")
    run(conn, "UPDATE layers.road SET name = 'x'")
    assert run(conn, "SELECT reason FROM batch ORDER BY id DESC LIMIT 1").scalar_one() == "现场核查"


def test_an_open_batch_is_used(conn, city):
    road(conn, city)
    batch = history.open_batch(conn, city="demo", kind="api", actor="张三", reason="补录")
    run(conn, "UPDATE layers.road SET name = 'x'")
    assert one(conn)["batch"] == batch.id
    history.seal(conn, batch)
    sound(conn)


def test_an_update_that_changes_nothing_writes_nothing(conn, city):
    road(conn, city, name="解放路", width_m=3.5)
    before = dict(one(conn))
    run(conn, "UPDATE layers.road SET name = name, width_m = 3.5, geom = geom, is_key = false, note = NULL")
    assert run(conn, "UPDATE layers.road SET geom = ST_SetSRID(geom, 4326)").rowcount == 1
    assert dict(one(conn)) == before and run(conn, "SELECT count(*) FROM batch").scalar_one() == 1


def test_attributes_that_were_not_said_stay_as_they_are(conn, city):
    put(conn, city, [{"code": "L1", "power_w": 100.0, "count_kind": "pole", "geom": shapely.Point(120, 30)}], kind=LIGHT)
    run(conn, "UPDATE layers.streetlight SET height_m = 8")
    assert one(conn)["attrs"] == {"power_w": 100, "count_kind": "pole", "height_m": 8}
    run(conn, "UPDATE layers.streetlight SET power_w = NULL, count_kind = 'lamp'")
    assert one(conn)["attrs"] == {"count_kind": "lamp", "height_m": 8}, "null takes away; what was there is set"


def test_a_value_equal_to_the_default_does_not_appear_where_the_key_is_absent(conn, city):
    run(conn, "INSERT INTO layers.streetlight (code, count_kind, geom) VALUES ('L1', 'lamp', 'POINT(120 30)')")
    assert one(conn)["attrs"] == {}
    run(conn, "UPDATE layers.streetlight SET count_kind = 'lamp', note = 'x'")
    assert one(conn)["attrs"] == {"note": "x"}


def test_a_length_that_somebody_says_is_a_survey_until_it_is_taken_back(conn, city):
    run(conn, "INSERT INTO layers.road (code, geom) VALUES ('A', :g)", g=LINE)
    run(conn, "UPDATE layers.road SET length_m = 950")
    assert (one(conn)["length_m"], one(conn)["length_surveyed"]) == (950, True)
    run(conn, "UPDATE layers.road SET geom = ST_Translate(geom, 0.1, 0)")
    assert one(conn)["length_m"] == 950
    run(conn, "UPDATE layers.road SET length_m = NULL")
    assert one(conn)["length_m"] == pytest.approx(964.7, abs=1) and not one(conn)["length_surveyed"]
    sound(conn)


def test_a_deleted_row_is_in_history_also_when_it_was_changed_before_in_the_same_transaction(conn, city):
    for code in ("R1", "R2"):
        road(conn, city, code)
    run(conn, "UPDATE layers.road SET name = 'x' WHERE code = 'R2'")
    assert run(conn, "DELETE FROM layers.road").rowcount == 2
    rows = run(conn, "SELECT code, op, version, name FROM asset_history ORDER BY code").all()
    assert [tuple(r) for r in rows] == [("R1", "D", 1, None), ("R2", "D", 1, None)]
    sound(conn)


def test_loading_the_old_file_again_does_not_undo_an_edit(conn, city):
    road(conn, city, name="解放路")
    run(conn, "UPDATE layers.road SET name = '人民路'")
    assert (one(conn)["source"], one(conn)["source_hash"]) == ("direct", None)
    rows = [{"code": "R1", "geom": shapely.from_wkt("LINESTRING(120.5 30, 120.51 30)"), "name": "解放路"}]
    assert put(conn, city, rows, source="a.shp").same == 1 and one(conn)["name"] == "人民路"
    rows[0]["name"] = "胜利路"
    again = put(conn, city, rows, source="a.shp")
    assert (again.changed, again.conflicts) == (0, 1) and one(conn)["name"] == "人民路", "both say something new: a person decides"
    sound(conn)


def test_an_edit_forgets_nothing_that_the_source_said_after_it_wrote_the_row(conn, city):
    row = {"code": "R1", "geom": shapely.from_wkt("LINESTRING(120.5 30, 120.51 30)"), "name": "解放路", "width_m": 8.0}
    put(conn, city, [row], source="a.shp")
    run(conn, "UPDATE layers.road SET name = '人民路'")
    wider = {**row, "width_m": 9.0}
    assert put(conn, city, [wider], source="a.shp").changed == 1
    assert put(conn, city, [{**wider, "name": "人民路"}], source="a.shp").same == 1
    run(conn, "UPDATE layers.road SET surface = 'asphalt'")
    assert put(conn, city, [wider], source="a.shp").changed == 1 and one(conn)["name"] == "解放路", "it takes back what it said"
    sound(conn)


# -- places --------------------------------------------------------------------------------------
def test_an_asset_that_moves_gets_the_district_it_moved_to_and_a_true_claim_stands(conn, city):
    put(conn, city, [{"code": "330601", "name": "西区", "geom": shapely.box(120, 29, 120.505, 31)},
                     {"code": "330602", "name": "东区", "geom": shapely.box(120.5, 29, 121, 31)}], kind=DISTRICT)
    point = "POINT(120.502 30)"  # in both: the map of the districts overlaps
    run(conn, "INSERT INTO layers.streetlight (code, geom) VALUES ('L1', :g)", g=point)
    assert one(conn)["district"] == "330601"
    run(conn, "UPDATE layers.streetlight SET district = '东区'")
    assert one(conn)["district"] == "330602"
    run(conn, "UPDATE layers.streetlight SET note = 'x'")
    assert one(conn)["district"] == "330602"
    run(conn, "UPDATE layers.streetlight SET geom = 'POINT(120.1 30)'")
    assert one(conn)["district"] == "330601"
    run(conn, "UPDATE layers.streetlight SET district = '东区'")
    assert one(conn)["district"] == "330601", "a claim that does not contain the asset falls"
    sound(conn)


def test_a_district_is_as_it_is_said_where_the_city_has_none(conn, city):
    run(conn, "INSERT INTO layers.streetlight (code, district, geom) VALUES ('L1', '330601', 'POINT(120 30)')")
    run(conn, "UPDATE layers.streetlight SET geom = 'POINT(120.1 30)'")
    assert one(conn)["district"] == "330601"


def test_a_claim_that_falls_is_told(conn, city):
    told = []
    put(conn, city, [{"code": "330601", "name": "西区", "geom": shapely.box(120, 29, 121, 31)}], kind=DISTRICT)
    conn.connection.driver_connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
    insert = "INSERT INTO layers.streetlight (code, district, geom) VALUES (:c, :d, 'POINT(120.1 30)')"
    for code, district in (("L1", "西区"), ("L2", "330601"), ("L3", None)):
        run(conn, insert, c=code, d=district)
    assert told == []
    run(conn, insert, c="L4", d="东区")
    assert len(told) == 1 and "东区" in told[0] and "不含该设施" in told[0] and "does not contain it" in told[0]


def test_a_district_drawn_anew_places_the_assets_anew(conn, city):
    put(conn, city, [{"code": f"L{n}", "geom": shapely.Point(120 + n / 10, 30)} for n in range(4)], kind=LIGHT)
    run(conn, "INSERT INTO layers.district (code, name, geom) "
              "VALUES ('330601', '西区', ST_MakeEnvelope(119.9, 29, 120.15, 31, 4490))")
    codes = "SELECT array_agg(coalesce(district, '-') ORDER BY code) FROM layers.streetlight"
    assert run(conn, codes).scalar_one() == ["330601", "330601", "-", "-"]
    run(conn, "UPDATE layers.district SET geom = ST_MakeEnvelope(120.05, 29, 120.25, 31, 4490)")
    assert run(conn, codes).scalar_one() == ["-", "330601", "330601", "-"]
    run(conn, "DELETE FROM layers.district")
    assert run(conn, codes).scalar_one() == ["-"] * 4
    sound(conn)


@pytest.mark.parametrize("said", [
    "ST_GeomFromText('POINT(120.123456789 30.987654321)')",
    "ST_GeomFromText('POINT(120.123456789 30.987654321)', 4326)",
    "ST_Transform(ST_GeomFromText('POINT(120.123456789 30.987654321)', 4490), 4549)",
    "ST_GeomFromText('POINT Z (120.123456789 30.987654321 7)', 4490)",
    "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(120.123456789 30.987654321))', 4490)"])
def test_a_geometry_may_come_in_other_systems_and_is_stored_in_one(conn, city, said):
    run(conn, f"INSERT INTO layers.streetlight (code, geom) VALUES ('L1', {said})")
    assert run(conn, "SELECT ST_AsEWKT(geom) FROM asset").scalar_one() == "SRID=4490;POINT(120.123456789 30.987654321)"


def test_coordinates_are_snapped_as_the_loader_snaps_them(conn):
    import random

    from registry import geo

    draw = random.Random(7)
    points = [(draw.uniform(-180, 180), draw.uniform(-90, 90)) for _ in range(2000)] + [(0, 0)]
    shape = shapely.MultiPoint(points)
    snapped = run(conn, "SELECT ST_AsBinary(registry_snapped(ST_GeomFromWKB(:w, 4490)), 'NDR')",
                  w=shapely.to_wkb(shape)).scalar_one()
    assert bytes(snapped) == shapely.to_wkb(shapely.transform(shape, geo.snap), byte_order=1)


# -- two editors ---------------------------------------------------------------------------------
def test_an_edit_of_an_older_version_is_refused_and_names_both(conn, city):
    road(conn, city)
    put(conn, city, [{"code": "R1", "name": "b"}])
    state, said = refused(conn, "UPDATE layers.road SET name = 'x', version = 1")
    assert state == "40001" and "第 2 版" in said and "第 1 版" in said and "at version 2" in said and "of version 1" in said
    run(conn, "UPDATE layers.road SET name = 'x', version = 2")
    assert (one(conn)["name"], one(conn)["version"]) == ("x", 3)


def test_the_version_that_was_seen_may_be_told_by_its_negative(conn, city):
    """QGIS sends only values that changed: by an expression it sends minus the version."""
    road(conn, city)
    put(conn, city, [{"code": "R1", "name": "b"}])
    state, said = refused(conn, "UPDATE layers.road SET name = 'x', version = -version + 1")
    assert state == "40001" and "of version 1" in said
    run(conn, "UPDATE layers.road SET name = 'x', version = -version")
    assert (one(conn)["name"], one(conn)["version"]) == ("x", 3)


# -- what is refused -----------------------------------------------------------------------------
@pytest.mark.parametrize(("change", "words"), [
    ("code = NULL", ("code", "缺少编码", "the code is missing")),
    ("code = '  '", ("code", "缺少编码")),
    ("surface = 'cheese'", ("surface", "cheese", "不在代码表", "not in the code list")),
    ("surface = '沥青'", ("surface", "沥青")),
    ("width_m = -1", ("width_m", "-1", "超出范围", "outside the range")),
    ("width_m = 'NaN'", ("width_m", "NaN")),
    ("name = repeat('长', 201)", ("name", "超过 200 个字", "longer than 200")),
    ("installed_on = '0001-01-01'", ("installed_on", "0001-01-01")),
    ("installed_on = 'infinity'", ("installed_on", "infinity")),
    ("area_m2 = -1", ("area_m2", "-1")),
    ("state = 'fine', width_m = -1", ("state", "fine", "width_m", "-1")),
    ("id = id + 1", ("id", "cannot be changed")),
    ("city = 'other'", ("city", "cannot be changed")),
    ("geom = 'POINT EMPTY'", ("没有图形", "has no geometry")),
    ("geom = 'POINT(120 30)'", ("图形是 point，应为 line", "geometry is point, expected line")),
    ("geom = 'LINESTRING EMPTY'", ("has no geometry",)),
    ("geom = 'LINESTRING(0 0, 200 0)'", ("坐标不可用", "coordinates cannot be used")),
    ("geom = 'SRID=999999;LINESTRING(0 0, 1 0)'", ("coordinates cannot be used",)),
    ("geom = 'LINESTRING(120 30, 120 30)'", ("图形无效", "invalid geometry")),
    ("code = 'R2'", ("R2", "已被", "in use")),
])
def test_what_the_declaration_forbids_is_refused_in_both_languages(conn, city, change, words):
    road(conn, city)
    road(conn, city, "R2")
    state, said = refused(conn, f"UPDATE layers.road SET {change} WHERE code = 'R1'")
    assert state == "RG001" and " / " in said and all(w in said for w in words), said
    assert run(conn, "SELECT count(*) FROM batch").scalar_one() == 2


def test_a_value_that_was_wrong_before_does_not_block_other_edits(conn, city):
    road(conn, city)
    history.open_batch(conn, city="demo", kind="edit", **WHO)
    run(conn, """UPDATE asset a SET attrs = '{"width_m": -5}', batch = b.id, sys_from = b.at, version = 2
                 FROM (SELECT * FROM batch ORDER BY id DESC LIMIT 1) b""")
    run(conn, "UPDATE layers.road SET name = 'x'")
    assert one(conn)["name"] == "x"


def test_an_insert_without_what_is_required_or_without_a_geometry_is_refused(conn, city):
    assert "缺少编码" in refused(conn, "INSERT INTO layers.road (name, geom) VALUES ('x', :g)", g=LINE)[1]
    assert "没有图形" in refused(conn, "INSERT INTO layers.road (code) VALUES ('x')")[1]
    run(conn, "INSERT INTO layers.residential (name, geom) VALUES ('x', ST_MakeEnvelope(120, 30, 120.1, 30.1, 4490))")


@pytest.mark.parametrize("zoned", [True, False])
@pytest.mark.parametrize("said", [{}, {"district": "东区"}])
def test_null_takes_away_the_place_that_is_there_as_an_edit_over_the_web_does(conn, city, zoned, said):
    if zoned:
        put(conn, city, [{"code": c, "name": n, "geom": shapely.box(x, 29, x + 1, 31)} for c, n, x in (("330601", "西区", 120), ("330602", "东区", 121))],
            kind=DISTRICT)
    put(conn, city, [{"code": "3306010010010", "geom": shapely.box(120, 29, 121, 31)}], kind=load().kind("unit_grid"))
    for key, shape in SHAPES.items():
        kind = load().kind(key)
        also = said if kind.table == "asset" else {}
        put(conn, city, [{"code": code, "geom": shape, **({"district": "西区"} if kind.table == "asset" else {})} for code in ("V", "W")], kind=kind)
        run(conn, f"UPDATE layers.{key} SET geom = NULL{''.join(f', {k} = :{k}' for k in also)} WHERE code = 'V'", **also)
        web = Editor(conn, city, Principal("张三", "editor", ROLES["editor"], token=1, reason="日常"))
        other = one(conn, kind.table, f"{discriminator(kind)} = '{key}' AND code = 'W'")
        web.update(kind, other["id"], Given(also, (None,)), frozenset("1"))
        web.close()
        mine, theirs = (dict(one(conn, kind.table, f"{discriminator(kind)} = '{key}' AND code = '{c}'")) for c in "VW")
        assert mine["geom"] is None and mine["version"] == 2
        for name in ("id", "code", "source", "source_hash", "row_hash", "batch", "sys_from"):
            mine.pop(name), theirs.pop(name)
        assert mine == theirs
    sound(conn)
    run(conn, "UPDATE layers.road SET name = 'x' WHERE code = 'V'")  # what has none is edited on, and may have one again
    run(conn, "UPDATE layers.road SET geom = :g WHERE code = 'V'", g=LINE)
    assert one(conn, where="class = 'road' AND code = 'V'")["length_m"] == pytest.approx(964.7, abs=1)


def test_an_id_is_the_sequence_s_and_never_used_twice(conn, city):
    road(conn, city)
    used = one(conn)["id"]
    for id_ in (used, used + 1_000_000, 0):
        assert refused(conn, "INSERT INTO layers.streetlight (id, code, geom) VALUES (:i, 'x', 'POINT(120 30)')",
                       i=id_)[0] == "RG001"
    run(conn, "DELETE FROM layers.road")
    assert refused(conn, "INSERT INTO layers.road (id, code, geom) VALUES (:i, 'x', :g)", i=used, g=LINE)[0] == "RG001"
    drawn = run(conn, "SELECT nextval('feature_id_seq')").scalar_one()
    run(conn, "INSERT INTO layers.road (id, code, geom) VALUES (:i, 'x', :g)", i=drawn, g=LINE)
    assert one(conn)["id"] == drawn


def test_a_thing_outside_the_city_is_refused(conn, city):
    run(conn, "UPDATE city SET extent = ST_MakeEnvelope(120, 29, 121, 31, 4490)")
    state, said = refused(conn, "INSERT INTO layers.streetlight (code, geom) VALUES ('L1', 'POINT(2.3 48.8)')")
    assert state == "RG001" and "在城市范围之外" in said and "outside the city" in said


def test_among_cities_the_row_or_the_setting_must_say_which_and_a_transaction_keeps_to_one(conn, city):
    run(conn, "INSERT INTO city (key, zh, en, srid) VALUES ('other', 'o', 'o', 4549)")
    insert = "INSERT INTO layers.streetlight (city, code, geom) VALUES (:c, 'L1', 'POINT(120 30)')"
    assert "which city is not clear" in refused(conn, insert, c=None)[1]
    assert "there is no city nowhere" in refused(conn, insert, c="nowhere")[1]
    run(conn, "SELECT set_config('registry.city', 'other', true)")
    run(conn, insert, c=None)
    assert one(conn)["city"] == "other"
    state, said = refused(conn, insert, c="demo")
    assert state == "RG001" and "一个事务只能改一个城市" in said and "one transaction edits one city" in said


def test_a_user_without_the_right_is_refused(conn, city):
    road(conn, city)
    run(conn, "CREATE OR REPLACE FUNCTION registry_may_write(a asset) RETURNS boolean LANGUAGE plpgsql STABLE "
              "AS $$ BEGIN RETURN a.owner = 'mine'; END $$")
    for sentence in ("UPDATE layers.road SET name = 'x'", "UPDATE layers.road SET owner = 'mine'", "DELETE FROM layers.road",
                     f"INSERT INTO layers.road (code, owner, geom) VALUES ('R9', 'other', '{LINE}')"):
        state, said = refused(conn, sentence)
        assert state == "42501" and "无权写入 road" in said and "may not write road" in said
    run(conn, f"INSERT INTO layers.road (code, owner, geom) VALUES ('R9', 'mine', '{LINE}')")
    assert refused(conn, "UPDATE layers.road SET owner = 'other' WHERE code = 'R9'")[0] == "42501", "the row after counts too"


@pytest.mark.parametrize(("table", "sentence"), [
    ("asset", """UPDATE asset SET attrs = '{"colour": "red"}'"""), ("zone", """UPDATE zone SET attrs = '{"colour": "red"}'""")])
def test_attributes_that_nobody_declared_are_refused(conn, city, table, sentence):
    road(conn, city)
    put(conn, city, [{"code": "330601", "geom": shapely.box(120, 29, 121, 31)}], kind=DISTRICT)
    assert refused(conn, sentence)[0] == "23514"


def test_numbers_are_hashed_alike_whatever_the_session_sets(conn, city):
    conn.exec_driver_sql("SET LOCAL extra_float_digits = -5")
    conn.exec_driver_sql("SET LOCAL search_path = pg_catalog")
    run(conn, "INSERT INTO layers.road (code, width_m, length_m, geom) VALUES ('A', 1/3.0, 2/3.0, "
              "public.ST_GeomFromText('LINESTRING(120.123456789 30, 120.2 30)'))")
    conn.exec_driver_sql("SET LOCAL extra_float_digits = 1")
    conn.exec_driver_sql("SET LOCAL search_path = public")
    sound(conn)


def test_every_view_can_be_written(conn, city):
    shapes = {"point": "POINT(120 30)", "line": "LINESTRING(120 30, 120.01 30)",
              "polygon": "POLYGON((120 30, 120.01 30, 120.01 30.01, 120 30))"}
    for kind in load().kinds:
        view, code = f'layers."{kind.key}"', kind.by_column.get("code")
        columns, values = (f'"{code.key}", ', "'X1', ") if code else ("", "")
        run(conn, f"INSERT INTO {view} ({columns}geom) VALUES ({values}:g)", g=shapes[kind.geometry[0]])
        assert run(conn, f"UPDATE {view} SET geom = ST_Translate(geom, 0.001, 0)").rowcount == 1
        assert run(conn, f"DELETE FROM {view}").rowcount == 1
    sound(conn)


def test_the_edition_that_places_an_edit_is_the_one_that_places_a_load(conn, city):
    from registry.scope import WHOLE
    from registry.store import divisions

    kind = load().kind("built_up_area")
    for edition, since in (("v9", "2020-01-01"), ("v10", "2020-01-01"), ("v1", None), ("v99", "2199-01-01")):
        run(conn, "INSERT INTO layers.built_up_area (code, edition, valid_from, geom) "
                  "VALUES ('B', :e, CAST(:s AS date), ST_MakeEnvelope(120, 30, 120.1, 30.1, 4490))", e=edition, s=since)
    mine = run(conn, "SELECT registry_zone_edition('demo', 'built_up_area', current_date)").scalar_one()
    assert mine == divisions.edition(conn, "demo", kind.key, WHOLE) == "v9"
