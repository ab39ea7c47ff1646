"""Sheets of inspections from file to asset: golden values through the whole way, refusals by whole inspections, once each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import shapely
from offices import lonlat
from sqlalchemy import text

from registry.catalogue import load
from registry.errors import BadDeclaration, BadValue, Invalid, NeedsAnswer
from registry.scope import Sight
from registry.store import cities, inspections, undo
from registry.store.inspection_stage import record_many
from registry.store.records import Writer
from registry.store.staging import put_many

WHO = Writer("t", "t")
ROADS = ("路段编号", "检测日期", "起点桩号", "止点桩号", "IRI", "RQI", "PCI", "PQI", "评定等级")
BRIDGES = ("桥梁编号", "检测日期", "部位", "跨号", "构件", "扣分", "BCIm", "BCIs", "BCIx", "评定等级", "直接评定等级", "直接评定理由")
PIPES = ("管线编号", "检测日期", "检测长度", "管径", "地区重要性", "土质", "缺陷代码", "等级", "距离", "缺陷长度", "环向位置")
DAY = "2025-05-01"


@pytest.fixture
def town(conn, registry):
    points = lonlat(6)
    line = lambda n: shapely.LineString([points[n], points[n + 1]])  # noqa: E731
    city = cities.get(conn, "demo")

    def put(kind, *rows):
        put_many(conn, load().kind(kind), city, [{"geom": line(n), **row} for n, row in enumerate(rows)], actor="t", reason="t")

    put("road", {"code": "R1", "road_class": "arterial", "length_m": 400.0}, {"code": "R2", "road_class": "branch", "length_m": 400.0},
        {"code": "R3", "road_class": None, "length_m": 400.0})
    put("bridge", {"code": "B1", "structure": "girder", "bridge_type": "river", "maintenance_class": "III", "span_count": 1},
        {"code": "B2", "structure": "arch", "bridge_type": "river", "maintenance_class": "IV", "span_count": 1},
        {"code": "B3", "structure": "girder", "bridge_type": "river", "maintenance_class": "I", "span_count": 1})
    put("pipe", *({"code": f"P{n}", "medium": "sewage", "diameter_mm": 800.0, "length_m": 30.0} for n in (1, 2, 3)))
    put_many(conn, load().kind("streetlight"), city, [{"code": "L1", "state": "intact", "geom": shapely.Point(*points[0])}],
             actor="t", reason="t")
    return conn


@pytest.fixture
def sheet(tmp_path):
    def write(heads, rows, name="道路检测.csv"):
        with open(tmp_path / name, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads, *([*r, *[""] * (len(heads) - len(r))] for r in rows)])
        return tmp_path / name

    return write


def of(conn, code):
    return conn.execute(text("SELECT grade, scores, rated_on::text, standard, batch, state FROM asset WHERE code = :c"), {"c": code}).one()


def facts(conn, code=None):
    return conn.execute(text("SELECT i.* FROM inspection i JOIN asset a ON a.id = i.asset_id WHERE CAST(:c AS text) IS NULL OR a.code = :c "
                             "ORDER BY i.id"), {"c": code}).mappings().all()


def refused(made):
    with open(made.rejects, encoding="utf-8-sig", newline="") as file:
        return [(int(r["_row"]), r["_field"], r["_code"]) for r in csv.DictReader(file)]


def test_a_road_test_grades_its_road_by_the_golden_values_and_history_has_the_row(town, registry, sheet):
    made, = registry(sheet(ROADS, [["R1", DAY, "", "", "", "3.8", "82"], ["R2", DAY, "", "", "", "3.8", "82"],
                                   ["R3", DAY, "", "", "3.0", "", "82", "", "A"]]), inspection="road_test")
    assert (made.status, made.read, made.new, made.refused, made.unmapped) == ("loaded", 3, 3, 0, [])
    one, two, three = (of(town, c) for c in ("R1", "R2", "R3"))
    assert one.scores["pqi"] == pytest.approx(78.4) and (one.grade, one.rated_on, one.standard, one.batch) == \
        ("B", DAY, "CJJ 36-2016", made.batch)
    assert two.scores["pqi"] == pytest.approx(79.6) and two.grade == "B"
    assert three.grade == "A" and three.standard is None and three.scores["rqi"] == pytest.approx(3.96), "stated: no class, nothing to band by"
    assert made.warnings == {"not_told": 1}
    known = town.execute(text("SELECT grade FROM asset_history WHERE code = 'R1'")).scalars().all()
    assert known == [None], "as it was before the load"
    fact, = facts(town, "R1")
    assert fact["measurements"] == {"rqi": 3.8, "pci": 82, "asset": {"road_class": "arterial", "length_m": 400.0}}
    assert fact["table_edition"].startswith("road 2016 sha256:") and fact["form"] == "road_test"


def test_the_same_file_again_and_the_same_rows_by_the_api_say_nothing_new(town, registry, sheet):
    path = sheet(ROADS, [["R1", DAY, "0", "150", "", "3.8", "82"], ["R1", DAY, "150", "400", "", "3.0", "70"]])
    first, again = registry(path, inspection="道路检测")[0], registry(path, inspection="road_test")[0]
    assert (first.new, again.status, again.same) == (2, "unchanged", 2) and len(facts(town)) == 1
    said = {"code": "R1", "form": "road_test", "inspected_on": DAY, "measurements": {"stretches": [
        {"from_m": 0, "to_m": 150, "rqi": 3.8, "pci": 82}, {"from_m": 150, "to_m": 400, "rqi": 3.0, "pci": 70}]}}
    assert record_many(town, "demo", load().kind("road"), [said], WHO) == {"recorded": 0, "same": 1, "assets_changed": 0, "differing": 0}
    id_ = facts(town)[0]["asset_id"]
    del said["code"]
    assert inspections.record(town, "demo", load().kind("road"), id_, said, WHO)["known"]


def test_stretches_of_the_whole_road_rate_it_and_those_of_a_part_only_make_it_worse(town, registry, sheet):
    registry(sheet(ROADS, [["R1", DAY, "0", "300", "", "4.0", "90"], ["R1", DAY, "300", "400", "", "2.0", "50"]]), inspection="road_test")
    row = of(town, "R1")
    assert row.scores["pqi"] == pytest.approx(74) and row.grade == "B" and row.scores["covered_m"] == 400
    registry(sheet(ROADS, [["R2", DAY, "0", "300", "", "4.0", "90"], ["R1", "2025-06-01", "0", "300", "", "4.5", "99"]]), inspection="road_test")
    assert of(town, "R2").grade is None, "a part rates nothing that was never rated"
    assert of(town, "R1").grade == "B" and facts(town, "R2")[0]["to_m"] == 300
    registry(sheet(ROADS, [["R1", "2025-07-01", "300", "400", "", "1.0", "20"]]), inspection="road_test")
    assert of(town, "R1").grade == "D"


def test_what_the_sheet_says_otherwise_is_told_and_kept(town, registry, sheet):
    made, = registry(sheet(ROADS, [["R1", DAY, "", "", "", "3.8", "82", "91.5", "A级"]]), inspection="road_test")
    assert made.warnings == {"otherwise": 2} and of(town, "R1").grade == "B"
    assert facts(town)[0]["measurements"]["stated"] == {"grade": "A"} and facts(town)[0]["measurements"]["pqi"] == 91.5


def test_a_bridge_report_of_elements_is_one_inspection_and_scores_of_parts_do_as_well(town, registry, sheet):
    deck = [["桥面系", "", e, m] for e, m in zip(("桥面铺装", "桥头平顺", "伸缩装置", "排水系统", "人行道", "护栏"), (25, 0, 40, 0, 15, 25), strict=True)]
    rest = [["上部结构", 1, "主梁", 10], ["上部结构", 1, "横向联系", 5], *(["桥台", n, e, 10] for n in (1, 2) for e in ("台帽", "台身", "基础", "支座"))]
    made, = registry(sheet(BRIDGES, [*(["B1", DAY, *r] for r in (*deck, *rest)), ["B2", DAY, "", "", "", "", 92, 85, 78],
                                     ["B3", DAY, "", "", "", "", 92, 85, 78, "合格"]], "桥梁检测.csv"), inspection="bridge_report")
    assert (made.read, made.new, made.refused) == (18, 18, 0) and len(facts(town)) == 3
    first, arch, special = (of(town, c) for c in ("B1", "B2", "B3"))
    assert first.scores["bci_m"] == pytest.approx(78.5) and first.scores["bsi"] == 60 and first.grade == "B"
    assert arch.scores["bci"] == pytest.approx(82.55) and arch.grade == "B"
    assert special.grade == "qualified" and special.scores["bci"] == pytest.approx(82.9)
    assert any("18 行是 3 次检查" in zh for zh, _ in made.notes)


def test_a_direct_downgrade_needs_its_reason_and_counts(town, registry, sheet):
    rows = [["B1", DAY, "", "", "", "", 92, 85, 78, "", "D", ""], ["B2", DAY, "", "", "", "", 92, 85, 78, "", "D", "支座脱空"]]
    made, = registry(sheet(BRIDGES, rows, "桥梁检测.csv"), inspection="bridge_report")
    assert refused(made) == [(1, "override_reason", "needs")] and of(town, "B1").grade is None
    fact, = facts(town)
    assert (of(town, "B2").grade, fact["grade"], fact["override_reason"]) == ("D", "B", "支座脱空")


def test_a_cctv_list_merges_within_a_metre_and_a_pipe_without_cctv_stays_uninspected(town, registry, sheet):
    made, = registry(sheet(PIPES, [["P1", DAY, 30, "", "交通干道", "一般土层", "PL", "3", 5, "", "0903"],
                                   *(["P2", DAY, 30, 800, "", "", "破裂", "Ⅳ级", 5 + n / 2] for n in range(8)),
                                   ["P3", DAY, 12]], "管道CCTV.csv"), inspection="cctv")
    assert (made.read, made.new) == (10, 10) and len(facts(town)) == 3
    one, two, part = (of(town, c) for c in ("P1", "P2", "P3"))
    assert one.scores["ri"] == pytest.approx(4.25) and one.scores["ri_level"] == "III" and one.grade == "III"
    assert two.scores["f"] == 10 and two.grade == "IV" and "ri" not in two.scores
    assert part.grade is None and facts(town, "P3")[0]["to_m"] == 12, "half a pipe without defects is not a pipe of level I"
    unseen, = registry(sheet(PIPES, [["P3", "2025-06-01", ""]], "管道CCTV.csv"), inspection="cctv")
    assert unseen.warnings["not_told"] == 1 and of(town, "P3").grade is None
    clean, = registry(sheet(PIPES, [["P3", "2025-07-01", 30]], "管道CCTV.csv"), inspection="cctv")
    assert clean.new == 1 and of(town, "P3").grade == "I"


def test_an_inspection_with_one_wrong_row_is_refused_as_a_whole(town, registry, sheet):
    made, = registry(sheet(PIPES, [["P1", DAY, 30, "", "", "", "PL", "1", 5], ["P1", DAY, 30, "", "", "", "PL", "9", 9],
                                   ["P2", DAY, 30, "", "", "", "XX", "1", 5], ["P2", DAY, 30, "", "", "", "PL", "1", 9],
                                   ["P3", DAY, 30, "", "", "", "PL", "1", 5], ["P3", DAY, 29, "", "", "", "PL", "1", 9],
                                   ["P9", DAY, 30, "", "", "", "PL", "1", 5], ["P9", DAY, 30, "", "", "", "PL", "1", 9],
                                   ["P2", "2025-06-01", 30, "", "", "", "PL", "1", 44]], "管道CCTV.csv"), inspection="cctv")
    assert (made.read, made.new, made.refused) == (9, 0, 9) and facts(town) == []
    assert refused(made) == [(1, "code", "same_inspection"), (2, "level", "unknown_code"), (3, "defect", "against_standard"),
                             (4, "code", "same_inspection"), (5, "inspected_m", "rows_differ"), (6, "code", "same_inspection"),
                             (7, "code", "unknown_asset"), (8, "code", "unknown_asset"), (9, "at_m", "against_standard")]


def test_rows_that_lost_their_day_spoil_all_of_the_asset(town, registry, sheet):
    made, = registry(sheet(PIPES, [["P1", DAY, 30, "", "", "", "PL", "1", 5], ["P1", "2025-02-31", 30, "", "", "", "PL", "4", 9],
                                   ["P2", DAY, 30]], "管道CCTV.csv"), inspection="cctv")
    assert (made.new, made.refused) == (1, 2) and of(town, "P1").grade is None and of(town, "P2").grade == "I"


def test_a_patrol_says_a_state_in_the_words_of_the_class(town, registry, sheet):
    made, = registry(sheet(("路灯编号", "巡检日期", "亮灯情况", "路灯状态"), [["L1", DAY, "灭", "破损"]], "路灯巡检.csv"), inspection="lamp_patrol")
    assert made.new == 1 and of(town, "L1").state == "damaged" and facts(town)[0]["measurements"] == {"lit": "unlit"}


def test_a_sheet_is_for_its_class_and_other_loads_do_not_take_its_form(town, registry, sheet):
    with pytest.raises(NeedsAnswer):
        registry(sheet(ROADS, [["R1", DAY]]), inspection="cctv", kind="road")
    made, = registry(sheet((*ROADS, "检查类型"), [["R1", DAY, *[""] * 7, "road_test"]]), inspection="regular")
    assert refused(made) == [(1, "form", "sheet_form")]


def test_a_dry_run_writes_nothing_and_an_undo_takes_the_grades_back(town, registry, sheet):
    path = sheet(ROADS, [["R1", DAY, "", "", "", "3.8", "82"]])
    assert registry(path, inspection="road_test", dry_run=True)[0].status == "dry_run" and facts(town) == []
    made, = registry(path, inspection="road_test")
    undo.carry_out(town, undo.examine(town, made.batch), actor="t", reason="t")
    assert of(town, "R1").grade is None
    assert registry(path, inspection="road_test")[0].new == 1 and of(town, "R1").grade == "B", "taken back, it may be said again"


def test_a_correction_is_judged_anew_with_what_the_registry_knows_now(town, registry, sheet):
    registry(sheet(ROADS, [["R3", DAY, "", "", "", "3.8", "82"]]), inspection="road_test")
    kind, city = load().kind("road"), cities.get(town, "demo")
    assert of(town, "R3").grade is None
    put_many(town, kind, city, [{"code": "R3", "road_class": "branch", "length_m": 400.0, "geom": shapely.LineString(lonlat(2))}], actor="t", reason="t")
    fact, = facts(town)
    again = {"form": "road_test", "inspected_on": DAY, "measurements": {"rqi": 3.8, "pci": 82}, "supersedes": fact["id"]}
    made = inspections.record(town, "demo", kind, fact["asset_id"], again, WHO)
    assert made["grade"] == "B" and made["scores"]["pqi"] == pytest.approx(79.6) and of(town, "R3").grade == "B"
    assert (made["clause"], made["source_of_grade"], made["tables"][0]["table"], made["tables"][0]["own"]) == \
        ("PQI = T·ω₁·RQI + ω₂·PCI", "computed", "road_cjj36_2016.toml", False)
    seen = inspections.of_asset(town, Sight(), "demo", kind, fact["asset_id"], limit=5)
    assert [s["superseded_by"] is None for s in seen] == [True, False]


@pytest.mark.parametrize(("more", "field", "code"), [
    ({"measurements": {"iri": -1}}, "measurements.iri", "range"), ({"measurements": {"colour": 1}}, "measurements.colour", "unknown_field"),
    ({"measurements": {"asset": {}}}, "measurements.asset", "unknown_field"), ({"measurements": []}, "measurements", "type"),
    ({"measurements": {"stretches": 5}}, "measurements.stretches", "type"), ({"measurements": {"stretches": [5]}}, "measurements.stretches[0]", "type"),
    ({"measurements": {"stretches": [{"from_m": 5, "to_m": 2}]}}, "measurements.stretches[0].to_m", "against_standard"),
    ({"scores": {"pqi": 99}}, "scores", "computed"), ({"grade": "粉红"}, "grade", "unknown_code"),
    ({"measurements": {"pci": 5}, "table_edition": "1990"}, "measurements.edition", "against_standard")])
def test_what_is_wrong_with_what_was_sent_is_named_by_its_place(town, more, field, code):
    with pytest.raises(Invalid) as error:
        record_many(town, "demo", load().kind("road"), [{"code": "R1", "form": "road_test", "inspected_on": DAY, **more}], WHO)
    assert [(e["row"], e["field"], e["code"]) for e in error.value.more["errors"]] == [(1, field, code)]


def test_a_sidewalk_does_not_rate_its_road(town, registry, sheet):
    registry(sheet(ROADS, [["R1", DAY, "", "", "", "3.8", "82"]]), inspection="road_test")
    made, = registry(sheet(("路段编号", "检测日期", "FCI", "评定等级"), [["R1", "2025-06-01", 55, "C"]], "人行道.csv"), inspection="sidewalk",
                     kind="road")
    assert made.new == 1 and facts(town)[1]["scores"] == {"fci": 55, "fci_grade": "C"} and of(town, "R1").grade == "B"


def test_a_utility_tunnel_names_the_scheme_of_its_grade(town, registry, sheet):
    put_many(town, load().kind("utility_tunnel"), cities.get(town, "demo"),
             [{"code": "G1", "geom": shapely.LineString(lonlat(2))}], actor="t", reason="t")
    with pytest.raises(NeedsAnswer):
        registry(sheet(("管廊编号", "检查日期", "等级"), [["G1", DAY, "2级"]], "管廊.csv"), inspection="utility_tunnel_check")
    registry(sheet(("管廊编号", "检查日期", "等级", "分级办法"), [["G1", DAY, "2级", "本市 2023"]], "管廊.csv"), inspection="utility_tunnel_check")
    assert (of(town, "G1").grade, of(town, "G1").standard) == ("2级", "本市 2023")


# -- columns by another name -----------------------------------------------------------------------
MAPPINGS = Path(__file__).resolve().parents[2] / "docs" / "mappings" / "inspections"
OTHERWISE = {
    "road_test": [["LDBH", "JCRQ", "QSZH", "ZZZH", "PZD", "LMZK", "PDDJ"], ["R1", DAY, "0", "400", "2.4", "83.9", ""],
                  ["R3", DAY, "", "", "", "", "良"]],
    "bridge_report": [["QLBH", "JCRQ", "BW", "KH", "GJ", "KF", "PDDJ"], ["B1", DAY, "桥面", "", "铺装", "10", ""], ["B1", DAY, "上部", "1", "主梁", "5", ""],
                      ["B3", DAY, "", "", "", "", "合格"]],
    "cctv": [["GDBH", "JCRQ", "QXDM", "QXDJ", "QXWZ"], ["P1", DAY, "PL", "2", "3.5"], ["P1", DAY, "CJ", "1", "20"]],
    "lamp_patrol": [["DGBH", "XCRQ", "DQ", "ZT"], ["L1", DAY, "灭", "完好"]]}


@pytest.mark.parametrize("form", OTHERWISE)
def test_a_mapping_file_says_what_the_columns_of_a_sheet_are(town, registry, sheet, form):
    heads, *rows = OTHERWISE[form]
    made, = registry(sheet(heads, rows, "旧系统.csv"), inspection=form, mapping=MAPPINGS / f"{form}.toml")
    assert (made.status, made.refused, made.unmapped, made.new) == ("loaded", 0, [], len(rows))
    assert facts(town) and {f["form"] for f in facts(town)} == {form}


def test_columns_of_a_sheet_are_told_on_the_command_line_and_others_than_its_own_are_refused(town, registry, sheet):
    path = sheet(["甲", "乙", "丙", "丁"], [["R1", DAY, "3.8", "82"]], "旧系统.csv")
    told = {"code": "甲", "inspected_on": "乙", "rqi": "丙", "pci": "丁"}
    made, = registry(path, inspection="road_test", kind="road", fields=told)
    assert made.new == 1 and of(town, "R1").grade == "B"
    with pytest.raises(BadValue, match="width_m"):
        registry(path, inspection="road_test", kind="road", fields=told | {"width_m": "丙"})
    with pytest.raises(BadDeclaration, match="iri"):
        registry(path, kind="road", mapping=MAPPINGS / "road_test.toml", inspection="sidewalk")
