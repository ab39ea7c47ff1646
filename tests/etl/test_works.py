"""Files of works and observations: each row once, with what is wrong told by row, field and value."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from etl import record_kinds
from registry import audit
from registry.errors import BadValue, WriteRefused
from registry.kinds.works import OBSERVATION, WORK
from registry.scope import WHOLE
from registry.store import observations, undo, works
from registry.store.records import Writer
from registry.store.works import Wanted

HEADS = ("事项", "类型", "类别", "数量", "单位", "年度", "状态", "完成日期", "投资（万元）", "所属区", "管线类型", "填表人")
ROWS = [("维修解放路", "维修", "道路", "12.5", "公里", "2024年", "完成", "2024年11月30日", "150.5", "", "", "王"),
        ("新建公厕", "新建", "公厕", "10", "座", "2025", "计划", "", "", "", "", "王"),
        ("改造燃气管", "改造", "管线", "3", "km", "2025", "在建", "", "88", "", "燃气", "王")]


@pytest.fixture
def sheet(tmp_path):
    def write(rows=ROWS, heads=HEADS, name="实事项目.csv"):
        with open(tmp_path / name, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
        return tmp_path / name

    return write


def held(conn):
    return works.page(conn, "demo", Wanted())


def test_rows_become_works_in_one_batch(conn, registry, sheet):
    made, = registry(sheet(), records="works")
    assert (made.status, made.read, made.new, made.refused, made.unmapped) == ("loaded", 3, 3, 0, ["填表人"])
    assert [(w["title"], w["kind"], w["class"], w["quantity"], w["unit"], w["year"], w["status"], w["investment_cny"], w["attrs"]) for w in held(conn)] == [
        ("维修解放路", "repair", "road", 12.5, "km", 2024, "done", 1_505_000, {}), ("新建公厕", "build", "toilet", 10, "座", 2025, "planned", None, {}),
        ("改造燃气管", "renovate", "pipe", 3, "km", 2025, "under_way", 880_000, {"medium": "gas"})]
    assert {w["batch"] for w in held(conn)} == {made.batch} and str(held(conn)[0]["done_on"]) == "2024-11-30"
    row = conn.execute(text("SELECT kind, source, source_sha256, counts FROM batch WHERE id = :b"), {"b": made.batch}).one()
    assert (row.kind, row.source, len(row.source_sha256), row.counts["works"]) == ("import", "实事项目.csv", 64, 3)
    assert all(b.fault is None for b in audit.chain(conn, "demo")) and audit.tampered(conn, "demo") == []


def test_the_same_file_again_is_nothing_new_whatever_became_of_its_rows(conn, registry, sheet):
    twice = sheet([*ROWS, ROWS[1]])
    first, again = registry(twice, records="works")[0], registry(twice, records="works")[0]
    assert (first.new, again.new, again.same, again.status) == (4, 0, 4, "unchanged")
    works.change(conn, "demo", held(conn)[0]["id"], None, {"quantity": 13}, Writer("t", "t"))
    works.withdraw(conn, "demo", held(conn)[2]["id"], None, Writer("t", "t"))
    moved, = registry(twice, records="works")
    assert (moved.new, moved.same, len(held(conn))) == (0, 4, 3) and any("2 rows were said before" in en or "保留现状" in zh for zh, en in moved.notes)
    more, = registry(sheet([*ROWS, ROWS[1], ROWS[1]]), records="works")
    assert (more.new, more.same) == (1, 4)


def test_what_was_undone_can_be_loaded_again(conn, registry, sheet):
    made, = registry(sheet(), records="works")
    undo.carry_out(conn, undo.examine(conn, made.batch), actor="t", whole=True)
    assert held(conn) == []
    assert registry(sheet(), records="works")[0].new == 3 and len(held(conn)) == 3


def test_what_is_wrong_stands_in_the_reject_file_with_row_field_and_value(conn, registry, sheet):
    wrong = [("拆除", "拆", "道路", "1", "km", "2024", "完成", "", "", "", "", ""), ("没数量", "新建", "公厕", "", "座", "2024", "计划", "", "", "", "", ""),
             ("早了", "新建", "公厕", "1", "座", "2024", "计划", "2024-01-01", "", "", "", ""), ("零", "新建", "公厕", "0", "座", "24", "计划", "", "", "", "", ""),
             ("火星", "改造", "管线", "1", "km", "2024", "计划", "", "", "", "火星气", "")]
    made, = registry(sheet([*wrong, ROWS[0]]), records="works")
    assert (made.read, made.new, made.refused) == (6, 1, 5) and made.adds_up
    with open(made.rejects, encoding="utf-8-sig", newline="") as file:
        told = [(r["_row"], r["_field"], r["_value"], r["_code"]) for r in csv.DictReader(file)]
    assert told == [("1", "kind", "拆", "unknown_code"), ("2", "quantity", "", "required"), ("3", "done_on", "2024-01-01", "needs"),
                    ("4", "year", "24", "range"), ("5", "attrs.medium", "火星气", "unknown_code")]


def test_a_dry_run_and_a_no_write_nothing(conn, registry, sheet):
    made, = registry(sheet(), records="works", dry_run=True)
    assert (made.status, made.new) == ("dry_run", 3) and held(conn) == []
    asked = []
    made, = registry(sheet(), records="works", confirm=lambda r: asked.append(r.new))
    assert (made.status, asked) == ("declined", [3]) and held(conn) == []
    made, = registry(sheet(), records="works", confirm=lambda r: True)
    assert made.status == "loaded" and len(held(conn)) == 3

    def meanwhile(made):
        registry(sheet([ROWS[0][:3] + ("99",) + ROWS[0][4:]], name="b.csv"), records="works")
        return True

    with pytest.raises(WriteRefused):
        registry(sheet([ROWS[0][:3] + ("99",) + ROWS[0][4:]], name="c.csv"), records="works", confirm=meanwhile)


def test_a_workbook_of_figures_by_their_names(conn, registry, tmp_path):
    book = openpyxl.Workbook()
    for row in (["指标", "数值", "单位", "年度", "数据来源"], ["供水总量", 12000, "万立方米", 2024, "供水年报"],
                ["water_billed_m3", 10620.5, "万m³", 2024, "供水年报"], ["城市污水集中处理率", 97.1, "%", 2024, "住建年报"],
                ["没听说过的", 1, "%", 2024, "x"], ["own_figure", 1, "%", 2024, "x"], ["water_billed_m3", 1, "万m³", None, "x"]):
        book.active.append(row)
    book.save(tmp_path / "指标填报.xlsx")
    made, = registry(tmp_path / "指标填报.xlsx", records="observations")
    codes = {o["code"]: (o["value"], o["unit"], o["year"]) for o in observations.page(conn, "demo", observations.Wanted())}
    assert codes["water_supplied_m3"] == (12_000, "万m³", 2024) and codes["water_billed_m3"][0] == 10_620.5
    assert {e["code"] for e in made.examples} >= {"pattern", "needs"} and made.refused >= 2
    assert any("own_figure" in zh for zh, _ in made.notes)
    assert works.page(conn, "demo", Wanted(), sight=WHOLE) == []
    assert registry(tmp_path / "指标填报.xlsx", records="observations")[0].new == 0


def test_names_of_figures_are_those_of_the_plans_and_no_head_means_two_fields():
    known = record_kinds.known_figures()
    assert known["供水总量"] == "water_supplied_m3" and known["waste_harmless_treatment"] == "waste_harmless_treatment"
    for name, fields in (("works", WORK), ("observations", OBSERVATION)):
        kind = record_kinds.kind(name)
        heads = [n for f in kind.fields for n in f.names]
        assert len(heads) == len(set(heads)) and {f.key for f in fields} <= set(kind.by_key)
    with pytest.raises(BadValue):
        record_kinds.kind("zones")


def test_options_of_assets_are_refused(registry, sheet):
    with pytest.raises(BadValue):
        registry(sheet(), records="works", take_file=True)


def test_the_sheets_of_the_pretend_city_are_taken_whole(conn, registry):
    folder = Path(__file__).parents[2] / "sample_gis"
    first, = registry(folder / "实事项目.csv", records="works")
    second, = registry(folder / "指标填报.csv", records="observations")
    assert (first.new, first.refused, first.unmapped) == (22, 0, []) and (second.new, second.refused, second.unmapped) == (32, 0, [])
    gas = works.delivered(conn, "demo", kinds=["renovate"], cls="pipe", unit="km", where={"medium": ["gas"]})
    assert gas["done"] == 6.4 and gas["investment_cny"] == 12_800_000
    assert works.delivered(conn, "demo", kinds=["repair"], cls="road", unit="km", years=(2021, 2025))["done"] == 190.5
