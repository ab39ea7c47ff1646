"""Sheets from the file to the figure: what an office loads is what the indicator answers, worked out by hand."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
import shapely
from offices import lonlat

from registry import indicators
from registry.catalogue import load
from registry.scope import Sight
from registry.store import cities, features
from registry.store.staging import put_many

DAY = "2025-05-01"
ON = Sight(on=dt.date(2025, 6, 1))


class Town:
    """Assets go in by the store, sheets by the loader; figures come out as anybody asks for them."""

    def __init__(self, conn, registry, folder):
        self.conn, self.registry, self.folder, self.city = conn, registry, folder, cities.get(conn, "demo")

    def put(self, kind, *rows):
        keys = dict.fromkeys(key for row in rows for key in row)
        points = lonlat(len(rows) + 1)
        shape = (lambda n: shapely.Point(*points[n])) if load().kind(kind).geometry[0] == "point" else (
            lambda n: shapely.LineString([points[n], points[n + 1]]))
        put_many(self.conn, load().kind(kind), self.city, [{"geom": shape(n), **dict.fromkeys(keys), **row} for n, row in enumerate(rows)], actor="t", reason="t")

    def load(self, kind, form, name, heads, *rows):
        with open(self.folder / name, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads.split(","), *([*r, *[""] * (len(heads.split(",")) - len(r))] for r in rows)])
        made, = self.registry(self.folder / name, inspection=form, kind=kind)
        assert (made.status, made.refused, made.unmapped) == ("loaded", 0, []), made
        return made

    def figure(self, code, cls=None, **ask):
        answer = indicators.measure(self.conn, code, self.city, cls=cls, sight=ON, **ask)
        for which in indicators.SETS if cls else ():
            query = indicators.evidence_query(self.conn, code, self.city, cls, which, sight=ON, **ask)
            assert features.count(self.conn, query) == answer["counts"][which], which
        return answer


@pytest.fixture
def town(conn, registry, tmp_path):
    return Town(conn, registry, tmp_path)


def test_damages_of_roads(town):
    """1000 − 10 × 2 − 4 × 0.5 = 978, and 480 − 12 × 1.5 = 462 of the road's own 480 m²; a road that says K of nothing has none."""
    town.put("road", {"code": "R1", "road_class": "arterial", "length_m": 100.0},
             {"code": "R2", "road_class": "arterial", "length_m": 100.0, "carriageway_area_m2": 480.0},
             {"code": "R3", "road_class": "arterial", "length_m": 100.0, "carriageway_area_m2": 100.0}, {"code": "R4", "length_m": 100.0})
    town.load("road", "road_damage", "道路养护状况.csv", "路段编号,检测日期,车行道面积,人行道面积,设施类别,损坏类型,损坏面积,换算系数",
              ["R1", DAY, "1000", "200", "车行道", "坑槽", "10", "2"], ["R1", DAY, "1000", "200", "车行道", "裂缝", "4", "0.5"],
              ["R1", DAY, "1000", "200", "人行道", "松动", "5", "1"], ["R2", DAY, "", "", "车行道", "坑槽", "12", "1.5"],
              ["R3", DAY, "", "", "车行道", "坑槽", "1"])
    answer = town.figure("road_damage_rate", "road")
    assert (answer["numerator"], answer["denominator"]) == (978 + 462, 1480) and answer["value"] == pytest.approx(100 * 1440 / 1480)
    assert {r["reason"]: r["count"] for r in answer["unrated_reasons"]} == {"no_factor": 1, "unrated": 1}
    sidewalks = town.figure("road_damage_rate", "road", facility="sidewalk")
    assert (sidewalks["value"], sidewalks["denominator"], sidewalks["unrated"]["count"]) == (97.5, 200, 3)


def test_road_tests(town):
    """RQI 3.8 and PCI 82: PQI 78.4, B; RQI 3.0 and PCI 50: 56, D. 250 of 400 m² are of A or B, the fifth road was not tested."""
    town.put("road", *({"code": f"R{n}", "road_class": "arterial", "length_m": 100.0, "area_m2": area} for n, area in enumerate((250.0, 150.0, 90.0))))
    town.load("road", "road_test", "道路检测.csv", "路段编号,检测日期,RQI,PCI", ["R0", DAY, "3.8", "82"], ["R1", DAY, "3.0", "50"])
    answer = town.figure("road_graded_rate", "road")
    assert (answer["value"], answer["denominator"], answer["unrated"]) == (62.5, 400, {"count": 1, "measure": 90})
    assert answer["bounds"] == {"low": pytest.approx(25000 / 490), "high": pytest.approx(34000 / 490)}
    assert town.figure("overdue_share", "road")["numerator"] == 0, "a road test is a regular inspection"


def test_bridge_reports(town):
    """82.90 is B, 65.9 in all parts is D; one of class I is qualified; one report downgrades an A to E; one has none."""
    town.put("bridge", *({"code": f"B{n}", "structure": "girder", "bridge_type": "river", "maintenance_class": "I" if n == 2 else "III", "span_count": 1,
                          "installed_on": dt.date(2000, 1, 1)} for n in range(5)))
    town.load("bridge", "bridge_report", "桥梁定检.csv", "桥梁编号,检测日期,BCIm,BCIs,BCIx,评定等级,直接评定等级,直接评定理由", ["B0", DAY, "92", "85", "78"],
              ["B1", DAY, "65.9", "65.9", "65.9"], ["B2", DAY, "", "", "", "合格"], ["B3", DAY, "95", "95", "95", "", "E", "主梁断裂"])
    qualified, good = town.figure("bridge_qualified_rate", "bridge"), town.figure("bridge_good_rate", "bridge")
    assert (qualified["value"], qualified["counts"]) == (50, {"counted": 4, "failing": 2, "unrated": 1})
    assert good["value"] == pytest.approx(100 / 3) and {e["reason"]: e["count"] for e in good["excluded"]} == {"class_one": 1}
    overdue = town.figure("overdue_share", "bridge")
    assert (overdue["numerator"], overdue["denominator"]) == (1, 5), "only the one that no report speaks of"


def test_cctv(town):
    """F 5, K 6, E 3, T 0: RI 4.25 (Ⅲ); no defect: RI 0.1K… of F 0 is Ⅰ; the third was not inspected, the fourth is no drain."""
    town.put("pipe", *({"code": f"P{n}", "medium": medium, "diameter_mm": 800.0, "length_m": 30.0 + 10 * n}
                       for n, medium in enumerate(("sewage", "rain", "sewage", "water"))))
    town.load("pipe", "cctv", "管道检测.csv", "管线编号,检测日期,检测长度,地区重要性,土质,缺陷代码,等级,距离", ["P0", DAY, "30", "交通干道", "一般土层", "PL", "3", "5"],
              ["P1", DAY, "40", "其他行车道路", "一般土层"])
    row = town.conn.exec_driver_sql("SELECT scores FROM asset WHERE code = 'P0'").scalar_one()
    assert row["ri"] == pytest.approx(4.25)
    repair = town.figure("drain_repair_needed_share", "pipe")
    assert repair["value"] == pytest.approx(3000 / 70) and repair["unrated"] == {"count": 1, "measure": 50}
    assert [town.figure(f"drain_level_{n}_share", "pipe")["numerator"] for n in ("i", "ii", "iii", "iv")] == [40, 0, 30, 0]
    assert town.figure("drain_inspected_share", "pipe")["value"] == pytest.approx(7000 / 120)


def test_lamp_patrols(town):
    town.put("streetlight", *({"code": f"L{n}", "road_class": "arterial"} for n in range(5)))
    town.load("streetlight", "lamp_patrol", "路灯巡检.csv", "路灯编号,检查日期,亮灯情况,状态", ["L0", DAY, "亮", "完好"], ["L1", DAY, "亮", "完好"], ["L2", DAY, "不亮", "破损"],
              ["L3", DAY, "不应亮", "完好"])
    answer = town.figure("lighting_rate", "streetlight")
    assert answer["value"] == pytest.approx(200 / 3) and answer["counts"] == {"counted": 3, "failing": 1, "unrated": 1}
    assert town.figure("intact_rate", "streetlight")["value"] == 75, "and their states follow"


def test_sidewalk_tests(town):
    town.put("road", *({"code": f"R{n}", "length_m": 100.0, "sidewalk_area_m2": 100.0} for n in range(3)))
    town.load("road", "sidewalk", "人行道检测.csv", "路段编号,检测日期,FCI", ["R0", DAY, "65"], ["R1", DAY, "64"])
    assert (town.figure("sidewalk_graded_rate", "road")["value"], town.figure("sidewalk_graded_rate", "road")["unrated"]["count"]) == (50, 1)
