"""A file goes in once, whole, explained; a second time nothing changes; a failure leaves nothing behind."""

from __future__ import annotations

import json
import re

import openpyxl
import pytest
import shapely
from offices import lonlat, projected, rejected
from sqlalchemy import text

from etl import report
from registry.errors import NeedsAnswer, UnknownClass

NAMES = ["管理部件标识码", "名称", "状态", "光源", "建成日期", "幸运数字"]
COUNT = 12


def lamp(n: int) -> list[str]:
    return [f"3306020118{n:06d}", f"解放路路灯{n}", "完好", "LED灯", "20190301", "8"]


@pytest.fixture
def lamps(office):
    """Twelve lamps as a GBK shapefile without a mark, EPSG:4549."""
    def write(rows=None, shapes=None, **more):
        rows = rows if rows is not None else [lamp(n) for n in range(COUNT)]
        shapes = shapes if shapes is not None else [shapely.Point(*xy) for xy in projected(4549, lonlat(len(rows)))]
        return office("路灯", NAMES, rows, shapes, **{"epsg": 4549, **more})

    return write


def rows(conn, table="asset", order="code"):
    return conn.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).mappings().all()


def batches(conn):
    return conn.execute(text("SELECT * FROM batch ORDER BY id")).mappings().all()


def test_a_gbk_shapefile_without_marks_is_loaded_with_readable_names(registry, lamps, conn):
    made, = registry(lamps())
    assert (made.status, made.kind, made.read, made.new, made.refused) == (report.LOADED, "streetlight", COUNT, COUNT, 0)
    row = rows(conn)[0]
    assert (row["code"], row["name"], row["state"], row["attrs"]["light_source"]) == ("3306020118000000", "解放路路灯0", "intact", "led")
    assert str(row["installed_on"]) == "2019-03-01"
    assert made.unmapped == ["幸运数字"] and made.encoding["name"] == "GBK" and "EPSG:4549" in made.crs["name"]
    xy = conn.execute(text("SELECT ST_X(geom), ST_Y(geom) FROM asset ORDER BY code LIMIT 1")).one()
    assert tuple(xy) == pytest.approx(tuple(lonlat(COUNT)[0]), abs=1e-8)


def test_the_batch_names_actor_reason_hash_and_mapping(registry, lamps, conn):
    registry(lamps(), actor="张三", reason="年度普查")
    batch, = batches(conn)
    assert (batch["actor"], batch["reason"], batch["kind"], batch["source"]) == ("张三", "年度普查", "import", "路灯.shp")
    assert len(batch["source_sha256"]) == 64 and batch["mapping"]["columns"]["code"] == "管理部件标"
    assert batch["mapping"]["crs"]["source"] == "file" and batch["counts"]["new"] == COUNT


def test_the_same_file_again_changes_nothing_and_opens_no_batch(registry, lamps, conn):
    path = lamps()
    registry(path)
    again, = registry(path)
    assert (again.status, again.same, again.new, again.changed, again.batch) == (report.UNCHANGED, COUNT, 0, 0, None)
    assert len(batches(conn)) == 1 and not rows(conn, "asset_history")


def test_a_changed_row_is_the_only_one_written(registry, lamps, conn):
    registry(lamps())
    changed = [lamp(n) for n in range(COUNT)]
    changed[3][2] = "破损"
    made, = registry(lamps(changed))
    assert (made.new, made.changed, made.same, made.field_changes) == (0, 1, COUNT - 1, {"state": 1})
    assert len(rows(conn, "asset_history")) == 1


def faulty() -> tuple[list[list[object]], list[object]]:
    """One row of each fault; rows 1 and 2 are sound."""
    table = [lamp(n) for n in range(10)]
    shapes: list[object] = [shapely.Point(*xy) for xy in projected(4549, lonlat(10))]
    table[2][0] = table[0][0]                      # 3: duplicate
    table[3][0] = ""                               # 4: missing code
    table[4][3] = "火把"                            # 5: unknown code
    shapes[5] = None                               # 6: no geometry
    shapes[6] = shapely.Point(700_000, 3_320_000)  # 7: outside the city
    table[7][4] = "20230231"                       # 8: impossible date
    table[8][2], table[8][4] = "会飞", "20241301"   # 9: two problems
    shapes[9] = shapely.Point(0, 0)                # 10: no place
    return table, shapes


def test_every_fault_is_refused_with_row_field_value_and_reason_and_the_rest_is_loaded(registry, lamps, tmp_path, conn):
    made, = registry(lamps(*faulty()))
    assert (made.read, made.new, made.refused) == (10, 2, 8) and made.adds_up
    assert dict(made.problems) == {"duplicate": 1, "missing_code": 1, "unknown_code": 2, "empty_geometry": 1, "outside_city": 1,
                                   "date": 2, "bad_coordinates": 1}
    assert made.rejects.parent == tmp_path / "rejects"
    assert re.fullmatch(r"demo\.路灯\.[0-9a-f]{6}\.rejects\.shp", made.rejects.name)
    lines = rejected(made.rejects)
    assert list(lines[0])[-7:] == ["_file", "_row", "_field", "_value", "_code", "_messagezh", "_messageen"]
    assert [int(line["_row"]) for line in lines] == [3, 4, 5, 6, 7, 8, 9, 10]
    by_row = {(int(line["_row"]), code): line for line in lines for code in line["_code"].split("；")}
    assert set(by_row) == {(3, "duplicate"), (4, "missing_code"), (5, "unknown_code"), (6, "empty_geometry"), (7, "outside_city"),
                           (8, "date"), (9, "unknown_code"), (9, "date"), (10, "bad_coordinates")}
    line = by_row[5, "unknown_code"]
    assert (line["_file"], line["_field"], line["_value"]) == ("路灯.shp", "light_source", "火把")
    assert "代码表" in line["_messagezh"] and "code list" in line["_messageen"]
    assert line["名称"] == "解放路路灯4" and line["幸运数字"] == "8" and line["管理部件标"] == "3306020118000004"
    assert "第 1 行" in by_row[3, "duplicate"]["_messagezh"] and by_row[3, "duplicate"]["名称"] == "解放路路灯2"


def test_a_corrected_reject_file_is_loaded_again_with_its_geometry(registry, lamps, conn):
    table = [lamp(n) for n in range(COUNT)]
    table[4][3] = "火把"
    made, = registry(lamps(table))
    assert made.refused == 1
    table = made.rejects.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace("火把  ".encode("gbk"), "LED灯 ".encode("gbk")))
    again, = registry(made.rejects)
    assert (again.kind, again.read, again.new, again.refused) == ("streetlight", 1, 1, 0)
    xy = conn.execute(text("SELECT ST_X(geom), ST_Y(geom) FROM asset WHERE code = :c"), {"c": lamp(4)[0]}).one()
    assert tuple(xy) == pytest.approx(tuple(lonlat(COUNT)[4]), abs=1e-8)


def test_a_load_without_refusals_removes_the_reject_file_of_the_last_one(registry, lamps):
    made, = registry(lamps(*faulty()))
    assert made.rejects.exists()
    registry(lamps())
    assert not made.rejects.exists()


def test_a_file_without_refusals_leaves_no_reject_file(registry, lamps, tmp_path):
    made, = registry(lamps())
    assert made.rejects is None and not (tmp_path / "rejects").exists()


def test_a_dry_run_tells_the_same_and_writes_nothing(registry, lamps, conn):
    made, = registry(lamps(*faulty()), dry_run=True)
    assert (made.status, made.new, made.refused) == (report.DRY_RUN, 2, 8) and made.rejects.exists()
    assert not rows(conn) and not batches(conn)


def test_a_no_at_the_question_writes_nothing(registry, lamps, conn):
    made, = registry(lamps(), confirm=lambda shown: shown.new != COUNT)
    assert made.status == report.DECLINED and not rows(conn) and not batches(conn)


def test_a_city_that_is_not_there_is_made_from_the_data_s_longitude(registry, lamps, conn):
    made, = registry(lamps(), city="shaoxing")
    city = conn.execute(text("SELECT * FROM city WHERE key = 'shaoxing'")).mappings().one()
    assert (city["srid"], city["extent"], city["zh"]) == (4549, None, "shaoxing") and "4549" in made.city_made


def test_a_dry_run_makes_no_city(registry, lamps, conn):
    registry(lamps(), city="shaoxing", dry_run=True)
    assert not conn.execute(text("SELECT 1 FROM city WHERE key = 'shaoxing'")).all()


def test_a_dry_run_of_a_folder_knows_the_city_that_its_first_layer_would_make(registry, lamps, conn):
    folder = lamps().parent
    (folder / "路灯巡查.csv").write_text("编号,状态\n3306020118000001,破损\n", encoding="utf-8")
    shapes, sheet = registry(folder, city="shaoxing", dry_run=True)
    assert shapes.city_made and (sheet.error, sheet.city_made, dict(sheet.problems)) == (None, None, {"no_such_asset": 1})
    assert not conn.execute(text("SELECT 1 FROM city WHERE key = 'shaoxing'")).all()


def test_a_sheet_with_codes_and_no_places_updates_attributes_only(registry, lamps, conn, tmp_path):
    registry(lamps())
    book = openpyxl.Workbook()
    for line in (["编号", "状态"], ["3306020118000001", "破损"], ["没有的编号", "完好"]):
        book.active.append(line)
    book.save(tmp_path / "巡检.xlsx")
    made, = registry(tmp_path / "巡检.xlsx", kind="streetlight")
    assert (made.read, made.changed, made.refused, dict(made.problems)) == (2, 1, 1, {"no_such_asset": 1})
    row = next(r for r in rows(conn) if r["code"] == "3306020118000001")
    assert row["state"] == "damaged" and row["name"] == "解放路路灯1" and row["geom"] is not None
    assert [(e["row"], e["line"]) for e in made.examples if e["refuses"]] == [(2, 3)]  # below the heads, as a person counts
    line = rejected(made.rejects)[0]
    assert (line["_row"], line["编号"]) == ("2", "没有的编号")


def test_a_csv_of_survey_x_and_y_is_turned_and_its_reject_file_keeps_the_coordinates(registry, tmp_path, conn):
    xy = projected(4549, lonlat(12))
    body = "\n".join(f"GC{n},一类,{y:.3f},{x:.3f}" for n, (x, y) in enumerate(xy))
    (tmp_path / "公厕.csv").write_text(f"编号,类别,X,Y\n{body}\nGC99,金类,1,2\n", encoding="gbk")
    made, = registry(tmp_path / "公厕.csv")
    assert (made.kind, made.new, made.refused, made.crs["swapped"]) == ("toilet", 12, 1, True)
    line = rejected(made.rejects)[0]
    assert (line["编号"], line["X"], line["Y"]) == ("GC99", "1", "2")
    x, y = conn.execute(text("SELECT ST_X(geom), ST_Y(geom) FROM asset WHERE code = 'GC0'")).one()
    assert (x, y) == pytest.approx(tuple(lonlat(12)[0]), abs=1e-7)


def test_no_code_column_is_one_sentence_naming_the_columns(registry, office):
    path = office("路灯", ["名称", "颜色"], [["甲", "红"]] * 5, [shapely.Point(*p) for p in lonlat(5)])
    with pytest.raises(NeedsAnswer, match="名称、颜色"):
        registry(path)


def test_an_unknown_class_and_a_wrong_crs_load_nothing(registry, lamps, conn):
    with pytest.raises(UnknownClass):
        registry(lamps(), kind="unicorn")
    with pytest.raises(NeedsAnswer, match="outside the city"):
        registry(lamps(), crs="EPSG:4547")
    assert not rows(conn)


def test_a_crash_in_the_middle_leaves_the_database_as_it_was(registry, lamps, conn, monkeypatch, tmp_path):
    from registry.store.staging import Stage

    def fails(self, batch):
        raise RuntimeError("power cut")

    monkeypatch.setattr(Stage, "apply", fails)
    with pytest.raises(RuntimeError):
        registry(lamps(*faulty()))
    assert not rows(conn) and not batches(conn)


def test_rows_that_do_not_add_up_are_an_error_and_nothing_is_written(registry, lamps, conn, monkeypatch):
    import dataclasses

    from registry.store.staging import Stage

    compare = Stage.compare
    monkeypatch.setattr(Stage, "compare", lambda self: dataclasses.replace(compare(self), same=1))
    with pytest.raises(RuntimeError, match="read 12"):
        registry(lamps())
    assert not rows(conn)


def test_a_folder_loads_zones_first_and_goes_on_after_a_bad_file(registry, lamps, office, tmp_path, conn):
    lamps()
    office("行政区", ["区代码", "区名称"], [["330602", "越城区"]], [shapely.box(120.4, 29.9, 120.8, 30.2)])
    (tmp_path / "坏.shp").write_bytes(b"nothing")
    (tmp_path / "旧图.dwg").write_bytes(b"AC1027")
    made = registry(tmp_path)
    assert [(m.file, m.status) for m in made] == [("行政区.shp", report.LOADED), ("路灯.shp", report.LOADED), ("坏.shp", report.FAILED),
                                                  ("旧图.dwg", report.LEFT_OUT)]
    assert {r["district"] for r in rows(conn)} == {"330602"}


def test_one_file_may_feed_two_classes_with_conditions(registry, office, tmp_path, conn):
    points = [shapely.Point(*p) for p in lonlat(6)]
    path = office("parts", ["id", "type"], [[str(n), "lamp" if n % 2 else "cover"] for n in range(6)], points)
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[layer]]\nmatch="parts.shp"\nclass="streetlight"\nonly=true\nfields={code="id"}\nwhere={type=["lamp"]}\n'
                       '[[layer]]\nmatch="parts.shp"\nclass="manhole"\nonly=true\nfields={code="id"}\nwhere_not={type="lamp"}\n')
    made = registry(path, mapping=mapping)
    assert [(m.kind, m.read, m.new, m.filtered) for m in made] == [("streetlight", 3, 3, 3), ("manhole", 3, 3, 3)]
    assert sorted(r["class"] for r in rows(conn)) == ["manhole"] * 3 + ["streetlight"] * 3


def test_a_layer_that_the_mapping_leaves_out_is_named_with_the_reason(registry, lamps, tmp_path, conn):
    path = lamps()
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[layer]]\nmatch="*.shp"\nskip="重复|a copy"\n')
    made, = registry(path, mapping=mapping)
    assert (made.status, made.reason) == (report.LEFT_OUT, ("重复", "a copy")) and not rows(conn)


def test_repairs_and_dropped_elevations_are_warnings(registry, office):
    bow_tie = shapely.Polygon([(120.51, 29.96), (120.52, 29.97), (120.52, 29.96), (120.51, 29.97)])
    path = office("公园", ["公园编号", "地块编号", "名称"], [["G1", "G1-1", "甲"], ["G2", "G2-1", "乙"]],
                  [bow_tie, shapely.box(120.53, 29.96, 120.54, 29.97)])
    made, = registry(path)
    assert made.new == 2 and dict(made.warnings) == {"repaired_geometry": 1}


def test_the_report_as_json_has_every_part(registry, lamps):
    made, = registry(lamps(*faulty()))
    said = json.loads(json.dumps(made.as_dict(), ensure_ascii=False, default=str))
    assert {"file", "layer", "class", "city", "encoding", "crs", "columns", "read", "new", "changed", "same", "refused", "filtered",
            "problems", "warnings", "batch", "rejects", "dry_run"} <= set(said)
    assert said["read"] == said["new"] + said["changed"] + said["same"] + said["refused"]
    assert said["columns"]["unmapped"] == ["幸运数字"] and said["crs"]["evidence"]["en"]


def test_a_source_name_joins_deliveries_of_one_office(registry, lamps, conn):
    registry(lamps(), source="照明所")
    assert {r["source"] for r in rows(conn)} == {"照明所"}


def test_large_files_go_through_in_batches(registry, office, conn, monkeypatch):
    from etl import dbf, shapefile

    for module in (dbf, shapefile):
        monkeypatch.setattr(module, "BATCH_ROWS", 7)
    monkeypatch.setattr(dbf.Dbf.blocks, "__defaults__", (7,))
    points = [shapely.Point(*p) for p in lonlat(50)]
    table = [lamp(n) for n in range(50)]
    table[40][0] = table[3][0]
    made, = registry(office("路灯", NAMES, table, points))
    assert (made.read, made.new, made.refused) == (50, 49, 1)
    names = {r["code"]: r["name"] for r in rows(conn)}
    assert names["3306020118000033"] == "解放路路灯33"
