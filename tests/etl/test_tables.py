"""Sheets as offices write them: titles, joined heads, units, formulas, hidden sheets, coordinates under many names."""

from __future__ import annotations

import re
import time
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import shapely
from offices import lonlat, projected

from etl import source
from etl.tables import PAIRS, points
from registry.errors import BadFile

XY = lonlat(12).tolist()


def only(path: Path, **more):
    found, = source.layers(path, **more)
    return found


def read(layer):
    """All rows as dictionaries by head, all shapes, all row numbers."""
    rows, shapes, numbers = [], [], []
    for batch in layer.batches([c.name for c in layer.columns], True):
        rows += [dict(zip(layer.heads, batch.source_row(i), strict=True)) for i in range(len(batch.rows))]
        shapes += list(batch.shapes) if batch.shapes is not None else []
        numbers += batch.rows.tolist()
    return rows, shapes, numbers


@pytest.fixture
def book(tmp_path):
    """Writes a workbook of one sheet: `book(rows, merged=("B1:C1",))`."""

    def write(rows, merged=(), change=None) -> Path:
        made = openpyxl.Workbook()
        for row in rows:
            made.active.append(row)
        for cells in merged:
            made.active.merge_cells(cells)
        if change:
            change(made)
        path = tmp_path / "路灯.xlsx"
        made.save(path)
        return path

    return write


@pytest.fixture
def text(tmp_path):
    def write(content: str | bytes, encoding: str = "utf-8", name: str = "路灯.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


# -- where coordinates stand -----------------------------------------------------------------------
@pytest.mark.parametrize("pair", PAIRS)
def test_every_pair_of_heads_gives_points_and_says_so(text, pair):
    layer = only(text(f"编号,{pair[0].upper()},{pair[1].upper()}\nA,{XY[0][0]},{XY[0][1]}\n"))
    _, shapes, _ = read(layer)
    assert (shapes[0].x, shapes[0].y) == pytest.approx(XY[0]) and [c.name for c in layer.columns] == ["编号"]
    assert any(pair[0].upper() in zh for zh, _ in layer.notes)


@pytest.mark.parametrize(("east", "north"), [("X坐标（m）", "Y坐标（m）"), ("经度(°)", "纬度(°)"), ("POINT_X", "POINT_Y"), ("横坐标[米]", "纵坐标[米]"),
                                             ("經度", "緯度"), ("橫坐標", "縱坐標")])
def test_units_and_signs_in_heads_do_not_count(text, east, north):
    layer = only(text(f"编号,{north},{east}\nA,30.1,120.6\n"))
    _, shapes, _ = read(layer)
    assert (shapes[0].x, shapes[0].y) == (120.6, 30.1)


def test_survey_sheets_with_north_under_x_are_turned_with_the_evidence(text, registry):
    lines = [f"LD{n},{north:.3f},{east:.3f}" for n, (east, north) in enumerate(projected(4549, lonlat(12)))]
    made, = registry(text("编码,X,Y\n" + "\n".join(lines) + "\n", "gbk"))
    assert (made.read, made.new, made.refused) == (12, 12, 0) and made.crs["swapped"]
    assert "先北后东" in made.crs["evidence"]["zh"] and "north before east" in made.crs["evidence"]["en"]


@pytest.mark.parametrize(("written", "degrees"), [
    ("120°34′58.2″", 120.58283333), ("120度34分58.2秒", 120.58283333), ("东经120°34'58.2\"", 120.58283333), ("120°34.97′", 120.58283333),
    ("120.5°", 120.5), (" 120.5 ", 120.5)])
def test_degrees_with_minutes_and_seconds_are_read(written, degrees):
    assert points([written], ["30"])[0].x == pytest.approx(degrees, abs=1e-8)


@pytest.mark.parametrize("written", ["120°74′", "120-34-58", "120°34′99″", "abc", "120°°"])
def test_what_is_no_coordinate_is_a_fault_not_a_missing_one(written):
    found = points([written], ["30"])[0]
    assert found is not None and found.x != found.x


# -- CSV -------------------------------------------------------------------------------------------
def test_titles_above_the_heads_of_a_csv_are_no_heads(text):
    layer = only(text("绍兴市路灯台账,,,\n,,,\n编号,名称,经度,纬度\nA,甲,120.6,30.0\nB,乙,120.6,30.1\n", "gbk"))
    rows, _, numbers = read(layer)
    assert [r["名称"] for r in rows] == ["甲", "乙"] and numbers == [1, 2]


@pytest.mark.parametrize("title", [
    ["填报单位：路灯所", None, None, None, "填报日期：2025-06-30"], ["填报单位", "路灯所", None, "填报日期：", datetime(2025, 6, 30)],
    ["路灯所", None, None, None, "单位 盏"]])
def test_titles_of_several_cells_are_no_heads_and_it_is_told(book, title):
    layer = only(book([["某市路灯普查表"], title, ["编号", "名称", "功率", "经度", "纬度"], ["A", "甲", 70, 120.6, 30.0]]))
    rows, _, numbers = read(layer)
    assert [r["编号"] for r in rows] == ["A"] and numbers == [1]
    assert any("第 3 行" in zh and "row 3" in en for zh, en in layer.notes)


@pytest.mark.parametrize("first", [["编号", "名称"], ["编号", "名称", "备注："]])
def test_rows_that_are_data_are_never_taken_for_the_heads(text, first):
    layer = only(text(",".join(first) + "\nA,甲,70,x\nB,乙,80,y\n"))
    assert layer.heads == first and not layer.notes


def test_a_separator_within_quotes_is_none(text):
    layer = only(text('"编号;旧";"名称,全称,简称,别称";"功率"\nA;"a,b,c";"1,5"\nB;"d,e,f";"2,5"\n'))
    assert layer.heads == ["编号;旧", "名称,全称,简称,别称", "功率"] and read(layer)[0][1]["功率"] == "2,5"


def test_single_quotes_are_quotes_where_all_heads_stand_in_them(text):
    rows, _, _ = read(only(text("'编号','名称'\n'A','甲,乙'\n")))
    assert rows == [{"编号": "A", "名称": "甲,乙"}]


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv"])
def test_text_in_utf_16_as_excel_saves_it_is_read(text, name):
    layer = only(text("编号\t名称\nA\t甲\nB\t乙\n", "utf-16", name))
    assert [r["名称"] for r in read(layer)[0]] == ["甲", "乙"] and layer.encoding.name == "UTF-16"


def test_one_column_without_any_separator_is_a_table_too(text):
    assert [r["编号"] for r in read(only(text("编号\nA\nB\n")))[0]] == ["A", "B"]


# -- workbooks -------------------------------------------------------------------------------------
def test_joined_heads_of_two_rows_make_one_name_each(book):
    rows = [["路灯台账", None, None, None, None], ["编号", "坐标", None, "电源", None], [None, "X", "Y", "名称", "电压"], ["L1", 120.6, 30.1, "东变", 220]]
    layer = only(book(rows, ("A1:E1", "A2:A3", "B2:C2", "D2:E2")))
    found, shapes, numbers = read(layer)
    assert layer.heads == ["编号", "坐标X", "坐标Y", "电源名称", "电源电压"] and numbers == [1]
    assert found[0]["编号"] == "L1" and (shapes[0].x, shapes[0].y) == (120.6, 30.1)


def test_joined_heads_of_one_row_do_not_eat_the_first_row(book):
    layer = only(book([["编号", "名称", None], ["L1", "甲", "乙"], ["L2", "丙", "丁"]], ("B1:C1",)))
    assert [r["编号"] for r in read(layer)[0]] == ["L1", "L2"]


def test_joined_cells_among_the_data_change_no_heads(book):
    layer = only(book([["编号", "名称"], ["L1", "甲"], [None, None], ["L2", "乙"]], ("A2:A3",)))
    assert [r["编号"] for r in read(layer)[0]] == ["L1", "L2"]


def test_dates_and_numbers_stay_as_excel_keeps_them(book, registry):
    rows = [["编码", "安装日期", "功率", "经度", "纬度"], ["LD1", datetime(2020, 5, 1), 150, *XY[0]], ["LD2", date(2021, 6, 2), 70.0, *XY[1]]]
    found, _, _ = read(only(book(rows)))
    assert found[0]["安装日期"] == datetime(2020, 5, 1) and found[0]["功率"] == 150
    made, = registry(book(rows))
    assert (made.new, made.refused) == (2, 0)


def cached(path: Path, value: str) -> Path:
    """The workbook with the value of its formulas as a program would have left it."""
    with zipfile.ZipFile(path) as old:
        held = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    held[sheet] = re.sub(rb"<v\s*/>|<v></v>", f"<v>{value}</v>".encode() if value else b"", held[sheet])
    with zipfile.ZipFile(path, "w") as new:
        for name, content in held.items():
            new.writestr(name, content)
    return path


def test_formulas_give_their_computed_values(book):
    layer = only(cached(book([["编号", "功率"], ["L1", "=75*2"], ["L2", 70]]), "150"))
    assert [r["功率"] for r in read(layer)[0]] == [150, 70] and not layer.notes


def test_formulas_that_nobody_has_computed_are_told(book):
    layer = only(cached(book([["编号", "功率"], ["L1", "=75*2"], ["L2", 70], ["L3", "=1+1"]]), ""))
    assert [r["功率"] for r in read(layer)[0]] == [None, 70, None]
    assert "2 个公式" in layer.notes[-1][0] and "2 formulas" in layer.notes[-1][1]


def test_hidden_sheets_are_left_out_with_a_note(book):
    def hide(made):
        made.create_sheet("旧数据").append(["编号", "名称"])
        made["旧数据"].append(["X", "旧"])
        made["旧数据"].sheet_state = "hidden"

    layer = only(book([["编号", "名称"], ["L1", "甲"]], change=hide))
    assert [r["编号"] for r in read(layer)[0]] == ["L1"] and "旧数据" in layer.notes[-1][0]


def test_a_sheet_that_tells_a_smaller_size_than_it_has_loses_nothing(book):
    path = book([["编号", "名称"], ["L1", "甲"], ["L2", "乙"]])
    with zipfile.ZipFile(path) as old:
        held = {name: old.read(name) for name in old.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    held[sheet] = re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:A2"', held[sheet])
    with zipfile.ZipFile(path, "w") as new:
        for name, content in held.items():
            new.writestr(name, content)
    assert [r.get("名称") for r in read(only(path))[0]] == ["甲", "乙"]


def rewritten(path: Path, change) -> Path:
    """The workbook with its sheet's XML changed."""
    with zipfile.ZipFile(path) as old:
        held = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in held.items():
            new.writestr(name, change(content) if name == "xl/worksheets/sheet1.xml" else content)
    return path


@pytest.mark.parametrize("number", ["2", "0", "-1", "1048577", "999999999999"])
def test_rows_with_wrong_numbers_are_not_lost_nor_made_up(book, number):
    path = book([["编号", "名称"], ["L1", "甲"], ["L2", "乙"]])
    rewritten(path, lambda xml: xml.replace(b'<row r="3"', b'<row r="%s"' % number.encode()))
    with pytest.raises(BadFile) as said:
        only(path)
    assert "wrong numbers of rows" in said.value.message("en")


def test_cells_of_a_row_in_another_order_are_all_read(book):
    path = book([["编号", "名称"], ["L1", "甲"]])
    rewritten(path, lambda xml: re.sub(rb'(<c r="A2".*?</c>)(<c r="B2".*?</c>)', rb"\2\1", xml))
    assert read(only(path))[0] == [{"编号": "L1", "名称": "甲"}]


def test_a_text_that_the_workbook_does_not_hold_is_a_sentence(book):
    path = book([["编号", "名称"], ["L1", "甲"], ["L2", "乙"]])
    rewritten(path, lambda xml: xml.replace(b"</sheetData>", b'<row r="4"><c r="A4" t="s"><v>99</v></c></row></sheetData>'))
    with pytest.raises(BadFile):
        only(path)


def test_a_sheet_made_to_stall_the_search_for_formulas_is_read_at_once(book):
    path = book([["编号", "名称"], ["L1", "甲"]])
    rewritten(path, lambda xml: xml.replace(b"</sheetData>", b"</sheetData><!--" + b"<f " * 200_000 + b"<mergeCell " * 60_000 + b"-->"))
    began = time.monotonic()
    assert len(read(only(path))[0]) == 1
    assert time.monotonic() - began < 20


def test_a_long_sheet_is_read_whole_and_its_facts_with_it(book, monkeypatch):
    from etl import workbook

    monkeypatch.setattr(workbook, "CHUNK_BYTES", 999)
    rows = [["编号", "功率"], *([f"L{n}", "=1+1"] for n in range(400))]
    layer = only(cached(book(rows), ""))
    assert len(read(layer)[0]) == 400 and "400 个公式" in layer.notes[-1][0]


def test_a_workbook_without_rows_is_said(book):
    with pytest.raises(BadFile, match="no rows"):
        only(book([["编号", "名称"]]))


def test_a_cell_of_blanks_without_end_does_not_stall_the_search_for_degrees():
    began = time.monotonic()
    assert shapely.get_x(points([" " * 200_000 + "x", "120°30′"], [30.0, 30.0])[1]) == 120.5
    assert time.monotonic() - began < 5
