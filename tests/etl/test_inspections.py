"""Files of inspections: facts by the code of the asset, loaded once, whatever else the sheet says as measurements."""

from __future__ import annotations

import csv
import datetime as dt

import openpyxl
import pytest
import shapely
from offices import dbf, lonlat
from sqlalchemy import text

from registry import moment
from registry.catalogue import load
from registry.store import cities
from registry.store.sheet_class import plain as form_of
from registry.store.staging import put_many


@pytest.fixture
def lamps(conn, registry):
    put_many(conn, load().kind("streetlight"), cities.get(conn, "demo"), [
        {"code": f"L{n}", "state": "intact", "geom": shapely.Point(*xy)} for n, xy in enumerate(lonlat(5))], actor="t", reason="t")
    return conn


@pytest.fixture
def sheet(tmp_path):
    def write(rows, heads=("编号", "巡检日期", "检查结果", "名称", "电压", "批号"), name="路灯巡检.csv"):
        with open(tmp_path / name, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
        return tmp_path / name

    return write


def facts(conn):
    return [tuple(r) for r in conn.execute(text(
        "SELECT a.code, i.form, i.inspected_on::text, i.state, i.measurements FROM inspection i JOIN asset a ON a.id = i.asset_id "
        "ORDER BY a.code, i.id"))]


def test_rows_become_facts_and_other_columns_measurements(lamps, registry, sheet):
    made, = registry(sheet([["L1", "2025-03-01", "破损", "某灯", "220.5", "007"], ["L2", "2025年3月2日", "完好", "", "219", ""]]),
                     inspection="patrol")
    assert (made.status, made.read, made.new, made.refused) == ("loaded", 2, 2, 0)
    assert facts(lamps) == [("L1", "patrol", "2025-03-01", "damaged", {"电压": 220.5, "批号": "007"}),
                            ("L2", "patrol", "2025-03-02", "intact", {"电压": 219})]
    row = lamps.execute(text("SELECT state, rated_on::text, batch FROM asset WHERE code = 'L1'")).one()
    assert tuple(row) == ("damaged", "2025-03-01", made.batch)
    assert "名称" in made.unmapped


def test_the_same_file_again_adds_nothing(lamps, registry, sheet):
    file = sheet([["L1", "2025-03-01", "破损", "", "1", "a"], ["L1", "2025-03-01", "破损", "", "1", "a"]])
    first, = registry(file, inspection="patrol")
    again, = registry(file, inspection="patrol")
    assert (first.new, first.same) == (1, 1)
    assert (again.status, again.new, again.same) == ("unchanged", 0, 2) and len(facts(lamps)) == 1
    assert lamps.execute(text("SELECT count(*) FROM batch WHERE kind = 'import'")).scalar_one() == 1


def test_what_is_wrong_stands_in_the_reject_file_with_row_field_and_value(lamps, registry, sheet):
    tomorrow = (moment.today() + dt.timedelta(days=1)).isoformat()
    made, = registry(sheet([["L1", "2025-03-01", "粉红", "", "", ""], ["L9", "2025-03-01", "完好", "", "", ""],
                            ["L2", tomorrow, "完好", "", "", ""], ["", "2025-03-01", "完好", "", "", ""],
                            ["L3", "", "完好", "", "", ""], ["L4", "2025-03-01", "完好", "", "", ""]]), inspection="patrol")
    assert (made.read, made.new, made.refused) == (6, 1, 5) and made.adds_up
    with open(made.rejects, encoding="utf-8-sig", newline="") as file:
        told = [(r["_row"], r["_field"], r["_value"], r["_code"]) for r in csv.DictReader(file)]
    assert told == [("1", "state", "粉红", "unknown_code"), ("2", "code", "L9", "unknown_asset"),
                    ("3", "inspected_on", tomorrow, "future"), ("4", "code", "", "missing_code"),
                    ("5", "inspected_on", "", "required")]


def test_a_workbook_and_a_dbf_are_read_alike(lamps, registry, tmp_path):
    book = openpyxl.Workbook()
    for row in (["编号", "检测日期", "评定等级", "照度"], ["L1", dt.datetime(2025, 3, 1), "B", 12.5]):
        book.active.append(row)
    book.save(tmp_path / "路灯检测.xlsx")
    registry(tmp_path / "路灯检测.xlsx", inspection="regular")
    registry(dbf(tmp_path / "检测.dbf", ["编号", "检测日期", "评定等级"], [["L2", "20250301", "C"]], kinds="CCC"),
             inspection="regular", kind="streetlight")
    assert [(c, f, d) for c, f, d, *_ in facts(lamps)] == [("L1", "regular", "2025-03-01"), ("L2", "regular", "2025-03-01")]
    assert [tuple(r) for r in lamps.execute(text("SELECT code, grade FROM asset WHERE grade IS NOT NULL ORDER BY 1"))] == \
        [("L1", "B"), ("L2", "C")]


def test_a_dry_run_and_a_sheet_without_a_day_write_nothing(lamps, registry, sheet):
    from registry.errors import NeedsAnswer

    made, = registry(sheet([["L1", "2025-03-01", "破损", "", "", ""]]), inspection="patrol", dry_run=True)
    assert made.status == "dry_run" and made.new == 1 and facts(lamps) == []
    with pytest.raises(NeedsAnswer):
        registry(sheet([["L1", "破损"]], heads=("编号", "检查结果")), inspection="patrol")


def test_a_zone_has_no_inspections(lamps, registry, sheet):
    from registry.errors import NeedsAnswer

    with pytest.raises(NeedsAnswer):
        registry(sheet([["L1", "2025-03-01", "破损", "", "", ""]]), inspection="patrol", kind="district")


def test_a_column_named_after_the_class_is_its_state(lamps, registry, sheet):
    made, = registry(sheet([["L1", "2025-03-01", "破损", "灭"]], heads=("编号", "巡检日期", "路灯状态", "接线情况")), inspection="patrol")
    assert facts(lamps) == [("L1", "patrol", "2025-03-01", "damaged", {"接线情况": "灭"})]
    assert any("接线情况 没有当作状态或等级" in zh for zh, _ in made.notes) and not any("路灯状态 没有" in zh for zh, _ in made.notes)
    registry(sheet([["L2", "2025-03-01", "丢失"]], heads=("编号", "巡检日期", "GLBJZT"), name="路灯二.csv"), inspection="patrol")
    assert facts(lamps)[1][3] == "missing"


def test_a_field_of_the_class_is_told_to_stay_as_it_is(lamps, registry, sheet):
    made, = registry(sheet([["L1", "2025-03-01", "完好", "否", "甲"]], heads=("编号", "巡检日期", "检查结果", "是否亮灯", "权属单位")),
                     inspection="patrol")
    told = " ".join(zh for zh, _ in made.notes)
    assert "（lit），检查不改它" in told and "（owner），检查不改它" in told


def test_a_name_that_is_a_field_of_the_class_is_not_its_grade():
    road = form_of(load().kind("road"))
    assert road.field_named("道路等级") is None and road.field_named("道路状态").key == "state"
    assert form_of(load().kind("bridge")).field_named("评定等级").key == "grade"


def test_a_second_word_on_the_same_day_and_a_form_nobody_knows_are_told(lamps, registry, sheet):
    first, = registry(sheet([["L1", "2025-03-01", "破损", "", "1", "a"]]), inspection="partol")
    assert any("“partol”不在表中" in zh and "patrol" in zh for zh, _ in first.notes)
    heads = ("编号", "巡检日期", "检查结果", "名称", "电压", "批号")
    rows = [["L1", "2025-03-01", "完好", "", "1", "a"], ["L2", "2025-03-01", "完好", "", "1", "a"], ["L2", "2025-03-01", "破损", "", "1", "a"],
            ["L1", "2025-03-02", "完好", "", "1", "a"], ["L1", "2025-03-01", "破损", "", "1", "a"]]
    second, = registry(sheet(rows, heads, "路灯二.csv"), inspection="partol")
    assert (second.new, second.same) == (4, 1) and any(zh.startswith("注意：2 条与同一设施") for zh, _ in second.notes)
    third, = registry(sheet(rows[3:4], heads, "路灯三.csv"), inspection="patrol")
    assert third.new == 1 and not any("说法不同" in zh or "不在表中" in zh for zh, _ in third.notes)


def test_whoever_is_asked_about_inspections_keeps_nobody_waiting_and_gets_what_he_saw(lamps, registry, sheet):
    from registry.errors import WriteRefused

    path, seen = sheet([["L1", "2025-03-01", "破损"]], heads=("编号", "巡检日期", "检查结果")), []

    def agrees(made):
        seen.append((made.status, made.new, facts(lamps)))
        return True

    made, = registry(path, inspection="patrol", confirm=agrees)
    assert seen == [("asked", 1, [])] and (made.status, made.new, len(facts(lamps))) == ("loaded", 1, 1)
    made, = registry(path, inspection="patrol", confirm=agrees)
    assert (made.status, len(seen)) == ("unchanged", 1), "there is nothing to ask about"

    def is_slow(made):
        registry(sheet([["L2", "2025-03-01", "完好"]], heads=("编号", "巡检日期", "检查结果"), name="路灯二.csv"), inspection="patrol")
        return True

    with pytest.raises(WriteRefused, match="moved"):
        registry(sheet([["L2", "2025-03-01", "完好"], ["L1", "2025-04-01", "完好"]], heads=("编号", "巡检日期", "检查结果")),
                 inspection="patrol", confirm=is_slow)
    assert len(facts(lamps)) == 2
    no, = registry(sheet([["L1", "2025-05-01", "完好"]], heads=("编号", "巡检日期", "检查结果")), inspection="patrol", confirm=lambda made: False)
    assert no.status == "declined" and len(facts(lamps)) == 2
