"""What rows have in common with others: codes that were mistyped, shapes that are there twice, told or refused."""

from __future__ import annotations

import dataclasses

import pyogrio
import pytest
import shapely
from offices import lonlat

from etl.likeness import OddCodes, plain
from registry import catalogue
from registry.store import neighbours

STEP = 3e-8  # degrees: some millimetres


@pytest.fixture
def manholes(office):
    def write(codes, places, stem="窨井"):
        return office(stem, ["编号", "名称"], [[c, "井"] for c in codes], [shapely.Point(*p) for p in places])

    return write


@pytest.mark.parametrize(("typed", "meant"), [("ＬＤ００１", "LD001"), ("LD 001", "LD001"), ("LDO01", "LD001"), ("LD0O1", "LD001"), ("LD1o", "LD10"),
                                              ("ROAD-1", "ROAD-1"), ("解放路1", "解放路1"), ("Ｏ1", "01")])
def test_codes_are_read_as_they_were_meant(typed, meant):
    assert plain(typed) == meant


def test_plain_codes_cost_nothing_and_odd_ones_keep_their_row():
    import numpy as np

    odd = OddCodes()
    odd.add(["A1", None, "ROAD2", "A 3", "A0O"], np.array([3, 0, 1, 2, 4]), np.arange(11, 16), np.array([1, 1, 1, 1, 0], bool))
    assert odd.found == [(11, "A 3", "A3")]


def test_a_code_that_is_another_mistyped_is_told_with_the_other(registry, manholes, conn):
    places = lonlat(5)
    made, = registry(manholes(["J001", "Ｊ００１", "J0O2", "J002", "J 9"], places))
    assert (made.new, made.refused, made.warnings["like_code"]) == (5, 0, 2)
    told = {e["row"]: e["message"]["zh"] for e in made.examples if e["code"] == "like_code"}
    assert "第 1 行的 J001" in told[2] and "第 4 行的 J002" in told[3]


def test_a_code_like_a_live_one_is_told(registry, manholes):
    places = lonlat(3)
    registry(manholes(["J001", "J002"], places[:2]))
    made, = registry(manholes(["J0O1"], places[2:]))
    example, = (e for e in made.examples if e["code"] == "like_code")
    assert made.new == 1 and "已有的 J001" in example["message"]["zh"] and "J001, which is there" in example["message"]["en"]


def test_two_odd_codes_of_one_meaning_are_told(registry, manholes):
    made, = registry(manholes(["J O1", "J0 1", "JＯ1"], lonlat(3)))
    assert made.warnings["like_code"] == 2


def test_a_shape_twice_in_a_file_is_told_of_the_later_row(registry, manholes):
    x, y = lonlat(1)[0]
    made, = registry(manholes(["J1", "J2", "J3"], [(x, y), (x + STEP, y), (x + 0.001, y)]))
    assert (made.new, made.warnings["same_place"]) == (3, 1)
    example, = (e for e in made.examples if e["code"] == "same_place")
    assert example["row"] == 2 and "第 1 行" in example["message"]["zh"] and "0.05 m" in example["message"]["en"]


def test_a_new_row_on_a_live_asset_is_told_and_the_same_row_again_is_not(registry, manholes):
    x, y = lonlat(1)[0]
    registry(manholes(["J1"], [(x, y)]))
    again, = registry(manholes(["J1"], [(x, y)]))
    assert again.same == 1 and not again.warnings
    made, = registry(manholes(["J1", "K1", "K2"], [(x, y), (x, y + STEP), (x, y + 0.001)], stem="窨井2"))
    example, = (e for e in made.examples if e["code"] == "same_place")
    assert made.warnings["same_place"] == 1 and example["row"] == 2


def test_a_line_on_a_live_one_is_told_whichever_way_it_was_drawn(registry, office):
    line = shapely.LineString([(120.55, 30), (120.56, 30.001), (120.57, 30)])
    registry(office("道路", ["编号"], [["R1"]], [line]))
    other = shapely.LineString([(120.55, 30), (120.56, 30.002), (120.57, 30)])
    made, = registry(office("道路二", ["编号"], [["R2"], ["R3"]], [shapely.reverse(line), other]))
    example, = (e for e in made.examples if e["code"] == "same_place")
    assert made.warnings["same_place"] == 1 and example["row"] == 1 and "已有的 R1" in example["message"]["zh"]


def test_lamps_of_one_pole_may_share_its_place(registry, office):
    point = shapely.Point(*lonlat(1)[0])
    made, = registry(office("路灯", ["编号"], [["L1"], ["L2"]], [point, point]))
    assert made.new == 2 and "same_place" not in made.warnings


def test_a_row_that_is_refused_anyway_is_not_told_to_be_there_twice(registry, manholes):
    x, y = lonlat(1)[0]
    made, = registry(manholes(["J1", "J1"], [(x, y), (x, y)]))
    assert dict(made.problems) == {"duplicate": 1} and not made.warnings


def test_a_class_may_refuse_what_is_there_twice(registry, manholes, monkeypatch):
    kind = catalogue.load().kind("manhole")
    monkeypatch.setitem(kind.__dict__, "same_place", "refuse")
    x, y = lonlat(1)[0]
    made, = registry(manholes(["J1", "J2", "J3"], [(x, y), (x + STEP, y), (x + 0.001, y)]))
    assert (made.read, made.new, made.refused, dict(made.problems)) == (3, 2, 1, {"same_place_refused": 1})
    assert list(pyogrio.read_dataframe(made.rejects, read_geometry=False)["_code"]) == ["same_place_refused"]
    again, = registry(manholes(["J1", "K2"], [(x, y), (x + 0.001, y)], stem="窨井2"))
    assert (again.same, again.new, again.refused) == (1, 0, 1)


def test_too_many_new_rows_are_not_compared_and_it_is_said(registry, manholes, monkeypatch):
    monkeypatch.setattr(neighbours, "COMPARED", 1)
    places = lonlat(4)
    registry(manholes(["J1"], places[:1]))
    made, = registry(manholes(["J2", "J3"], places[1:3], stem="窨井2"))
    assert made.new == 2 and any("没有与已有设施比对" in zh for zh, _ in made.notes)


def test_the_declaration_knows_two_ways_only():
    kind = catalogue.load().kind("manhole")
    with pytest.raises(ValueError, match="same_place"):
        dataclasses.replace(kind, same_place="maybe")
