"""Every file gives layers, or one sentence that says what is wrong and what to do."""

from __future__ import annotations

import json

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from offices import dbf, lonlat, shp

from etl import source
from etl.layer import Undecodable
from registry.errors import BadFile

POINTS = [shapely.Point(*xy) for xy in lonlat(5)]
ROWS = [[f"L{n}", f"路灯{n}"] for n in range(5)]


def only(path, **more):
    found, = source.layers(path, **more)
    return found


def read(layer, geometry=True):
    """All rows as lists, and all shapes."""
    rows, shapes, numbers = [], [], []
    for batch in layer.batches([c.name for c in layer.columns], geometry):
        rows += [batch.source_row(i) for i in range(len(batch.rows))]
        shapes += list(batch.shapes) if batch.shapes is not None else []
        numbers += batch.rows.tolist()
    return rows, shapes, numbers


def sentence(path) -> str:
    with pytest.raises(BadFile) as caught:
        for file in source.files(path):
            for layer in source.layers(file):
                read(layer)
    assert "\n" not in caught.value.message("zh") and caught.value.exit_code == 3
    return caught.value.message("en")


def test_a_shapefile_gives_columns_rows_and_shapes(office):
    layer = only(office("路灯", ["编号", "名称"], ROWS, POINTS))
    rows, shapes, numbers = read(layer)
    assert rows == ROWS and numbers == [1, 2, 3, 4, 5] and layer.family == "point"
    assert shapely.equals(np.array(shapes), np.array(POINTS)).all()


def test_a_missing_shx_is_made_anew_without_writing_beside_the_file(office):
    path = office("路灯", ["编号", "名称"], ROWS, POINTS)
    path.with_suffix(".shx").unlink()
    before = sorted(path.parent.iterdir())
    assert len(read(only(path))[1]) == 5
    assert sorted(path.parent.iterdir()) == before


def test_lines_without_an_shx_are_found_by_their_record_headers(office):
    lines = [shapely.LineString(lonlat(n, n)) for n in range(2, 7)]
    path = office("道路", ["编号", "名称"], ROWS, lines)
    path.with_suffix(".shx").unlink()
    assert [shapely.get_num_coordinates(s) for s in read(only(path))[1]] == [2, 3, 4, 5, 6]


def test_a_missing_dbf_is_named(office):
    path = office("路灯", ["编号", "名称"], ROWS, POINTS)
    path.with_suffix(".dbf").unlink()
    assert ".dbf" in sentence(path)


@pytest.mark.parametrize(("content", "word"), [(b"", "empty"), (b"hello world" * 20, "not a shapefile"), (b"\x00\x00\x27\x0a", "not a shapefile")])
def test_what_is_no_shapefile_is_said(tmp_path, content, word):
    path = tmp_path / "x.shp"
    path.write_bytes(content)
    dbf(path.with_suffix(".dbf"), ["a"], [["1"]])
    assert word in sentence(path)


def test_a_truncated_shp_or_dbf_is_said(office):
    path = office("路灯", ["编号", "名称"], ROWS, POINTS)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert "truncated" in sentence(path)
    path.write_bytes(whole)
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes()[:-100])
    assert "truncated" in sentence(path)


def test_a_file_with_heads_only_is_said(tmp_path, office):
    shp(tmp_path / "e.shp", POINTS)
    assert "records" in sentence(office("路灯", ["编号"], [], [], kind="Point"))
    (tmp_path / "e.csv").write_text("编号,经度,纬度\n")
    assert "no rows" in sentence(tmp_path / "e.csv")


def test_more_shapes_than_records_lose_nothing(office):
    path = office("路灯", ["编号", "名称"], ROWS, POINTS)
    dbf(path.with_suffix(".dbf"), ["编号", "名称"], ROWS[:3])
    rows, shapes, _ = read(only(path))
    assert rows[3:] == [[None, None]] * 2 and len(shapes) == 5
    dbf(path.with_suffix(".dbf"), ["编号", "名称"], ROWS + ROWS)
    layer = only(path)
    rows, shapes, _ = read(layer)
    assert len(rows) == 10 and shapes[5:] == [None] * 5 and layer.notes


def test_deleted_records_are_no_rows_and_are_mentioned(office):
    layer = only(office("路灯", ["编号", "名称"], ROWS, POINTS, deleted=[1]))
    rows, _, numbers = read(layer)
    assert len(rows) == 4 and numbers == [1, 3, 4, 5] and "删除" in layer.notes[-1][0]


def test_numbers_keep_their_digits_and_stars_are_nothing(office):
    layer = only(office("路灯", ["编号", "功率", "日期"], [["a", "330602011800000123", "20240101"], ["b", "****", "00000000"]],
                        POINTS[:2], kinds="CND"))
    assert read(layer)[0] == [["a", 330602011800000123, "20240101"], ["b", None, None]]
    assert [c.numeric for c in layer.columns] == [False, True, False]


def test_null_shapes_stay_rows(office):
    rows, shapes, _ = read(only(office("路灯", ["编号", "名称"], ROWS, [*POINTS[:2], None, *POINTS[3:]])))
    assert len(rows) == 5 and shapes[2] is None


@pytest.mark.parametrize(("codec", "name"), [("utf-8-sig", "UTF-8"), ("utf-8", "UTF-8"), ("gbk", "GBK")])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_every_encoding_and_with_every_separator(tmp_path, codec, name, separator):
    path = tmp_path / "公厕.csv"
    lines = [["编号", "名称", "经度", "纬度"], *([f"GC{n}", "解放路公厕", f"{x:.7f}", f"{y:.7f}"] for n, (x, y) in enumerate(lonlat(12)))]
    path.write_text("\r\n".join(separator.join(line) for line in lines), encoding=codec)
    layer = only(path)
    rows, shapes, _ = read(layer)
    assert layer.encoding.name == name and [c.name for c in layer.columns] == ["编号", "名称"]
    assert len(rows) == 12 and rows[0][1] == "解放路公厕" and shapes[0].x == pytest.approx(lonlat(12)[0][0], abs=1e-7)


def test_csv_rows_keep_their_numbers_across_blank_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编号,名称\nA,甲\n,\nB,乙\n")
    assert read(only(path))[2] == [1, 3]


def test_csv_with_wkt_with_x_y_and_with_neither(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编号,wkt\nA,\"LINESTRING(120 30,121 31)\"\nB,\nC,nonsense\n")
    shapes = read(only(path))[1]
    assert shapes[0].geom_type == "LineString" and shapes[1] is None and not np.isfinite(shapes[2].x)
    path.write_text("编号,X,Y\nA,3323580.7,555945.7\nB,,\nC,abc,5\n")
    shapes = read(only(path))[1]
    assert shapes[0].x == 3323580.7 and shapes[1] is None and not np.isfinite(shapes[2].x)
    path.write_text("编号,名称\nA,甲\n")
    assert not only(path).geometry


def test_a_csv_row_with_too_many_cells_is_a_fault_not_a_loss(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("编号,名称\nA,甲\nB,乙,多余\n")
    batch = next(only(path).batches(["编号"], False))
    assert [(f.at, f.code) for f in batch.faults] == [(1, "type")]


def test_a_byte_outside_the_encoding_is_kept_as_undecodable(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("编号,名称\nA,解放路\nC,人民路\nD,中山路\nE,延安路\n".encode() + b"B,\xff\xfe\n")
    cells = next(only(path, user_encoding="UTF-8").batches(["名称"], False)).cells["名称"]
    assert isinstance(cells.values[cells.codes[4]], Undecodable)


def test_xlsx_sheets_are_layers_and_a_title_above_the_heads_is_no_head(tmp_path):
    path = tmp_path / "台账.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "路灯"
    for line in (["路灯台账"], ["编号", "名称", "经度", "纬度"], ["L1", "甲", 120.58, 30.01], [None, None, None, None], ["L2", "乙", None, None]):
        book.active.append(line)
    book.create_sheet("空表").append(["编号", "名称"])
    book.create_sheet("公厕").append(["编号", "名称"])
    book["公厕"].append(["GC1", "丙"])
    book.save(path)
    lamps, toilets = source.layers(path)
    rows, shapes, numbers = read(lamps)
    assert [r[0] for r in rows] == ["L1", "L2"] and numbers == [1, 3] and shapes[1] is None
    assert toilets.name == "公厕" and not toilets.geometry


def test_geojson_and_geopackage_give_the_same_rows(tmp_path, office):
    frame = pyogrio.read_dataframe(office("a", ["bh", "mc"], [[f"L{n}", "lamp"] for n in range(5)], POINTS))
    for name in ("a.geojson", "a.gpkg"):
        pyogrio.write_dataframe(frame, tmp_path / name, layer="lamps")
        rows, shapes, _ = read(only(tmp_path / name))
        assert [r[:2] for r in rows] == [[f"L{n}", "lamp"] for n in range(5)] and len(shapes) == 5


def test_a_geopackage_with_several_layers_gives_each(tmp_path, office):
    frame = pyogrio.read_dataframe(office("a", ["bh", "mc"], [["1", "x"]] * 5, POINTS))
    pyogrio.write_dataframe(frame, tmp_path / "c.gpkg", layer="路灯")
    pyogrio.write_dataframe(frame, tmp_path / "c.gpkg", layer="窨井", append=False)
    assert [layer.source for layer in source.layers(tmp_path / "c.gpkg")] == ["c.gpkg:路灯", "c.gpkg:窨井"]


@pytest.mark.parametrize(("name", "content", "word"), [
    ("a.dwg", b"AC1027", "DXF"), ("a.dxf", b"0", "not a DXF"), ("a.zip", b"PK", "not a ZIP"), ("a.gdb", b"x", ".gdb folder"), ("a.7z", b"7z", "unpack"),
    ("a.mdb", b"x", "GeoPackage"), ("a.rar", b"Rar!", "unpack"), ("a.kml", b"<kml/>", "GeoPackage"), ("a.xls", b"x", ".xlsx"),
    ("a.xlsx", b"PK\x03\x04 nothing", "XLSX"), ("a.gpkg", b"nothing", "GeoPackage"), ("a.geojson", b"{}", "GeoJSON"),
    ("a.geojson", b'{"type":"FeatureCollection","features":[{', "cannot be read"), ("a.csv", b"\x00\x01\x02", "not a text"), ("a.pdf", b"%PDF", "unknown"),
    ("a.csv", b"", "empty")])
def test_what_is_not_read_is_refused_with_a_way_out(tmp_path, name, content, word):
    (tmp_path / name).write_bytes(content)
    assert word in sentence(tmp_path / name)


def test_an_empty_folder_and_a_missing_file_are_said(tmp_path):
    (tmp_path / "空").mkdir()
    assert "nothing that can be loaded" in sentence(tmp_path / "空")
    assert "no such file" in sentence(tmp_path / "没有.shp")


def test_a_json_that_is_no_geojson_is_passed_over_in_a_folder(tmp_path, office):
    office("路灯", ["编号", "名称"], ROWS, POINTS)
    (tmp_path / "other.json").write_text(json.dumps({"elements": []}))
    (tmp_path / "old.dwg").write_bytes(b"AC1027")
    held = source.files(tmp_path)
    assert [m.source for m in held if m.left_out is None] == ["路灯.shp"]
    assert [m.source for m in held if m.left_out] == ["old.dwg"]


def test_upper_case_suffixes_are_found(office):
    path = office("路灯", ["编号", "名称"], ROWS, POINTS, cpg="GBK")
    for suffix in (".dbf", ".shx", ".prj", ".cpg"):
        path.with_suffix(suffix).rename(path.with_suffix(suffix.upper()))
    layer = only(path)
    assert read(layer)[0] == ROWS and layer.wkt and ".cpg" in layer.encoding.evidence_zh


def test_a_quote_that_swallows_rows_is_told_with_its_line(tmp_path):
    lines = [f"C{n},120.6,30.0,路灯{n}" for n in range(12)]
    for closed in ("", '"'):
        some = [*lines]
        some[4] = 'C4,120.6,30.0,"东门'
        some[8] += closed
        (tmp_path / "路灯.csv").write_text("编码,经度,纬度,名称\n" + "\n".join(some) + "\n", encoding="utf-8")
        assert "line 6" in sentence(tmp_path / "路灯.csv")


def test_a_line_break_within_quotes_is_no_fault(tmp_path):
    (tmp_path / "路灯.csv").write_text('编码,经度,纬度,名称\nC1,120.6,30,"东门\n一号, 北"\nC2,120.6,30,西门\n', encoding="utf-8")
    assert len(read(only(tmp_path / "路灯.csv"))[0]) == 2


def test_a_workbook_cut_within_its_sheet_is_one_sentence(tmp_path):
    import zipfile

    book = openpyxl.Workbook()
    for n in range(50):
        book.active.append([f"C{n}", f"路灯{n}"])
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as cut:
        for name in whole.namelist():
            raw = whole.read(name)
            cut.writestr(name, raw[:len(raw) // 2] if "sheet1" in name else raw)
    assert "cut.xlsx" in sentence(tmp_path / "cut.xlsx")


def test_a_name_longer_than_a_file_system_takes_is_one_sentence(tmp_path):
    assert "cannot be read" in sentence(tmp_path / ("路" * 200 + ".shp"))


def test_a_table_without_its_shapes_in_a_folder_is_told_as_passed_over(office, tmp_path):
    path = office("路灯", ["编号", "名称"], ROWS, POINTS)
    dbf(tmp_path / "别的.dbf", ["编号"], [["1"]])
    assert [m.source for m in source.files(path.parent) if m.left_out] == ["别的.dbf"]


def test_codes_of_mixed_types_in_geojson_are_read_as_text(tmp_path):
    rows = [{"type": "Feature", "properties": {"code": c}, "geometry": {"type": "Point", "coordinates": [120.6, 30]}}
            for c in (1, "a", None)]
    (tmp_path / "路灯.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    layer = only(tmp_path / "路灯.geojson")
    cells = next(layer.batches(["code"], False)).cells["code"]
    assert [cells.values[n] for n in cells.codes] == ["1", "a", None]


def test_a_long_number_of_a_workbook_is_a_float_whatever_its_file_shows(tmp_path):
    book = openpyxl.Workbook()
    for line in (["编码", "名称"], [33060201180000011, "甲"], [12, "乙"]):
        book.active.append(line)
    book.save(tmp_path / "路灯.xlsx")
    assert [type(v) for v in next(only(tmp_path / "路灯.xlsx").batches(["编码"], False)).cells["编码"].values] == [float, int]


@pytest.mark.parametrize("body", ['layer = ["x"]', 'layer = [1]', 'source = "x"\nlayer = []', '[source]\nname = 1\n[[layer]]\nmatch = "x"'])
def test_a_mapping_of_the_wrong_types_is_one_sentence_with_file_and_key(tmp_path, body):
    from etl import mapping
    from registry.errors import BadDeclaration

    (tmp_path / "m.toml").write_text(body)
    with pytest.raises(BadDeclaration, match=r"m\.toml"):
        mapping.read(tmp_path / "m.toml")
