"""One row against its declaration: every wrong field is named, what is sent back is no change."""

from __future__ import annotations

import datetime as dt

import pytest

from registry.catalogue import load
from registry.kinds.check import check, same
from registry.kinds.parse import FieldProblem, single

ROAD, PARK = load().kind("road"), load().kind("park")
SHOWN = {"code": "R1", "name": "路", "lanes": 4, "is_key": False, "installed_on": "2020-05-01", "length_m": 12.5, "surface": None}


def codes(made):
    return [(w.field, w.code) for w in made.wrong]


def test_values_become_what_is_stored():
    made = check(ROAD, {"code": " R1 ", "lanes": "4", "surface": "沥青", "installed_on": "2020-05-01", "is_key": "是", "owner": "****"})
    assert made.values == {"code": "R1", "lanes": 4, "surface": "asphalt", "installed_on": dt.date(2020, 5, 1), "is_key": True, "owner": None}
    assert made.wrong == made.notes == []


def test_every_wrong_field_is_named_not_only_the_first():
    made = check(ROAD, {"lanes": "x", "surface": "cheese", "nothing": 1, "name": {"a": 1}, "owner": [1], "keeper": True})
    assert codes(made) == [("lanes", "type"), ("surface", "unknown_code"), ("nothing", "unknown_field"), ("name", "type"),
                           ("owner", "type"), ("keeper", "type"), ("code", "missing_code")]
    assert all(set(w.as_dict()) == {"field", "value", "code", "zh", "en", *(["allowed"] if w.code == "unknown_code" else [])}
               for w in made.wrong)
    assert made.wrong[1].as_dict()["allowed"][0] == {"value": "asphalt", "zh": "沥青", "en": "Asphalt"}


@pytest.mark.parametrize("key, value", [("code", "R1"), ("lanes", "4"), ("lanes", 4.0), ("is_key", "否"), ("installed_on", "2020年5月1日"),
                                        ("length_m", 12.5), ("surface", ""), ("name", " 路 ")])
def test_what_is_sent_back_as_it_was_shown_is_no_change(key, value):
    assert check(ROAD, {key: value}, SHOWN).values == {}


def test_what_the_rules_no_longer_take_may_be_sent_back():
    assert check(ROAD, {"lanes": 99}, SHOWN | {"lanes": 99}).wrong == []
    assert codes(check(ROAD, {"lanes": 98}, SHOWN | {"lanes": 99})) == [("lanes", "range")]


def test_a_whole_row_clears_what_is_absent_and_a_part_does_not():
    assert check(ROAD, {"code": "R1", "lanes": 2}, SHOWN, whole=True).values == {
        "lanes": 2, "name": None, "is_key": None, "installed_on": None, "length_m": None}
    assert check(ROAD, {"lanes": 2}, SHOWN).values == {"lanes": 2}


def test_what_is_needed_cannot_be_cleared_but_need_not_be_sent_again():
    assert codes(check(ROAD, {"code": None}, SHOWN)) == [("code", "missing_code")]
    assert codes(check(ROAD, {}, SHOWN, whole=True)) == [("code", "missing_code")]
    assert codes(check(ROAD, {}, SHOWN)) == [] and codes(check(ROAD, {})) == [("code", "missing_code")]


def test_what_answers_show_beside_the_fields_says_nothing():
    shown = {"version": 9, "updated_at": "x", "length_surveyed": True, "id": 1, "links": []}
    assert check(ROAD, shown, SHOWN).values == {} and check(ROAD, shown, SHOWN).wrong == []
    assert check(PARK, {"length_m": 5}, {"code": "P"}).values == {}  # a park has no field of this name


def test_true_is_not_one():
    assert same(1, 1.0) and same(True, True) and not same(True, 1) and not same(0, False)


@pytest.mark.parametrize("value", [10**30, 10**400, -10**30])
def test_a_number_that_the_database_cannot_hold_is_refused(value):
    assert codes(check(ROAD, {"lanes": value}, SHOWN)) == [("lanes", "range")]
    assert codes(check(load().kind("district"), {"population": value}, {"code": "D"})) == [("population", "range")]


@pytest.mark.parametrize(("type_", "raw", "zh", "en"), [
    ("code", True, "文字或代码，不是 true、false", "text or a code, not true or false"), ("number", False, "数字", "a number"),
    ("text", {"a": 1}, "单个值", "a single value"), ("date", ["2020-01-01"], "单个值", "a single value")])
def test_json_that_is_no_value_is_told_what_is_wanted(type_, raw, zh, en):
    with pytest.raises(FieldProblem) as refused:
        single(raw, type_)
    expected = refused.value.facts["expected"]
    assert (expected.zh, expected.en) == (zh, en)
