"""Each wrong value is refused with row, field, value and reason; each right one is what the declaration makes of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import shapely

from etl.layer import Batch, Cells, Undecodable
from etl.mapping import LayerMapping
from etl.validate import Validator
from registry import catalogue
from registry.geometry import Fault, as_stored, prepare

KINDS = catalogue.load()


def check(kind="road", entry=None, faults=(), shapes=None, **columns):
    """Columns by field key, each under its own name."""
    count = len(next(iter(columns.values())))
    cells = {k: v if isinstance(v, Cells) else Cells.plain(list(v)) for k, v in columns.items()}
    batch = Batch(np.arange(1, count + 1), cells, None, lambda i: [], list(faults))
    outcome = Validator(KINDS.kind(kind), {k: k for k in columns if k in KINDS.kind(kind).by_key}, entry).check(batch, shapes)
    return outcome, list(outcome.rows)


def problem(**columns):
    outcome, rows = check(**columns)
    assert outcome.refused == 1 and not rows
    found, = outcome.problems
    return found


def test_good_rows_come_out_typed_and_in_order():
    outcome, rows = check(code=["R1", " R2 "], road_class=["主干路", "branch"], width_m=["12.5", 7], lanes=["4", None],
                          installed_on=["2001-02-03", "19990101"], is_key=["是", "0"])
    assert rows == [(1, "R1", "arterial", 12.5, 4, dt.date(2001, 2, 3), True), (2, "R2", "branch", 7.0, None, dt.date(1999, 1, 1), False)]
    assert (outcome.read, outcome.accepted, outcome.refused, outcome.filtered) == (2, 2, 0, 0)


@pytest.mark.parametrize(("column", "value", "code"), [
    ("road_class", "巨无霸路", "unknown_code"), ("width_m", "很宽", "type"), ("width_m", -3, "range"), ("installed_on", "20230231", "date"),
    ("installed_on", "20241301", "date"), ("lanes", "2.5", "type"), ("is_key", "maybe", "type"), ("name", "长" * 201, "length"),
    ("lanes", 10 ** 30, "range"), ("name", Undecodable("解\ufffd", "GBK"), "type")])
def test_a_wrong_value_is_refused_with_its_code(column, value, code):
    found = problem(code=["R1"], **{column: [value]})
    assert (found.row, found.field, found.column, found.code) == (1, column, column, code)
    assert found.value == str(value)[:199] + "…" if len(str(value)) > 200 else str(value)


@pytest.mark.parametrize("empty", [None, "", "  ", "NULL", "****", float("nan")])
def test_an_empty_code_is_missing(empty):
    assert problem(code=[empty]).code == "missing_code"


def test_a_class_that_may_do_without_a_code_takes_rows_without_one():
    assert check("residential", code=[None])[1] == [(1, None)]


@pytest.mark.parametrize("code", [3.30602011800123e16, "3.30602E+16"])
def test_a_long_code_stored_as_a_number_is_refused(code):
    assert problem(code=[code]).code == "numeric_code"


def test_a_short_code_stored_as_a_number_is_its_digits():
    assert check(code=[330602.0, 17])[1] == [(1, "330602"), (2, "17")]


def test_all_problems_of_a_row_are_listed_and_the_row_counts_once():
    outcome, _ = check(code=[None, "R2"], width_m=["x", 3], road_class=["?", "支路"])
    assert (outcome.refused, outcome.accepted) == (1, 1)
    assert sorted(p.code for p in outcome.problems) == ["missing_code", "type", "unknown_code"]


def test_a_date_of_year_and_month_is_taken_and_noted():
    outcome, rows = check(code=["R1"], installed_on=["201905"])
    assert rows == [(1, "R1", dt.date(2019, 5, 1))] and [w.code for w in outcome.warnings] == ["date_precision"]


def test_cut_text_is_noted_of_accepted_rows_only():
    cells = Cells(["解放路路"], np.array([0, 0]), frozenset({0}))
    outcome, rows = check(code=["R1", None], name=cells)
    assert [(w.row, w.code) for w in outcome.warnings] == [(1, "cut_text")] and len(rows) == 1


def test_distinct_values_are_read_once():
    calls = []
    kind = KINDS.kind("road")

    class Counting(type(kind.by_key["road_class"])):
        def parse(self, raw):
            calls.append(raw)
            return super().parse(raw)

    said = kind.by_key["road_class"]
    validator = Validator(kind, {"code": "code", "road_class": "road_class"})
    object.__setattr__(said, "__class__", Counting)
    try:
        codes = np.arange(1000) % 3
        validator.check(Batch(np.arange(1000), {"code": Cells.plain([f"R{n}" for n in range(1000)]),
                                                "road_class": Cells(["支路", "主干路", "街巷"], codes)}, None, lambda i: []), None)
    finally:
        object.__setattr__(said, "__class__", Counting.__mro__[1])
    assert len(calls) == 3


def test_faults_of_rows_and_shapes_refuse_them():
    shapes = prepare(np.array([shapely.Point(120, 30), None, shapely.Point(120, 31)], object), ("point",), as_stored)
    outcome, rows = check("streetlight", code=["a", "b", "c"], shapes=shapes, faults=[Fault(2, "type", {"expected": "2 列 columns"})])
    assert [(p.row, p.code) for p in outcome.problems] == [(2, "empty_geometry"), (3, "type")]
    assert len(rows) == 1 and rows[0][-1] == shapely.to_wkb(shapely.Point(120, 30))


def test_values_of_the_mapping_are_put_in_the_place_of_raw_ones():
    entry = LayerMapping("*", values={"road_class": {"primary": "arterial", "*": ""}})
    assert check(entry=entry, code=["a", "b", "c"], road_class=["PRIMARY", "footway", None])[1] == [(1, "a", "arterial"), (2, "b", None), (3, "c", None)]
    entry = LayerMapping("*", values={"road_class": {"primary": "arterial"}})
    assert check(entry=entry, code=["a", "b"], road_class=["secondary", "primary"])[1] == [(1, "a", "secondary"), (2, "b", "arterial")]


def test_rows_outside_the_condition_are_left_out_and_not_read():
    entry = LayerMapping("*", where={"tag": frozenset({"a"})}, where_not={"use": frozenset({"x"})})
    outcome, rows = check(entry=entry, code=["1", None, "3", "4"], tag=["A", "b", "a", "a"], use=["", "", "x", "y"])
    assert [r[1] for r in rows] == ["1", "4"] and (outcome.read, outcome.filtered, outcome.refused) == (2, 2, 0)


def test_a_long_code_is_doubted_as_a_float_and_kept_as_a_whole_number():
    assert problem(code=[3.306020118000001e16]).code == "numeric_code"
    assert check(code=[33060201180000011])[1][0][1] == "33060201180000011"


def test_unknown_values_are_counted_by_value_over_all_batches():
    kind = KINDS.kind("road")
    validator = Validator(kind, {"code": "code", "road_class": "road_class"})
    for first in (0, 10):
        cells = Cells(["支路", "高速", "便道"], np.arange(10) % 3)
        validator.check(Batch(np.arange(first, first + 10), {"code": Cells.plain([f"R{first + n}" for n in range(10)]), "road_class": cells},
                              None, lambda i: []), None)
    assert validator.findings.unknown == {"road_class": {"高速": 6, "便道": 6}}
    (zh, en), = validator.findings.notes(kind)
    assert "'高速' × 6" in zh and "12 行" in zh and "12 rows" in en and 'unknown = "null"' in en


def test_the_list_of_unknown_values_has_an_end_and_their_count_has_none(monkeypatch):
    monkeypatch.setattr("etl.findings.DISTINCT", 3)
    validator = Validator(KINDS.kind("road"), {"code": "code", "road_class": "road_class"})
    validator.check(Batch(np.arange(10), {"code": Cells.plain([f"R{n}" for n in range(10)]), "road_class": Cells.plain([f"怪{n}" for n in range(10)])},
                          None, lambda i: []), None)
    counted = validator.findings.unknown["road_class"]
    assert len(counted) == 4 and counted.total() == 10


def test_unknown_values_kept_as_null_are_noted_and_the_row_is_taken():
    for entry in (LayerMapping("*", unknown="null"), LayerMapping("*", values={"road_class": {"*": ""}})):
        outcome, rows = check(entry=entry, code=["a", "b"], road_class=["高速", None])
        assert rows == [(1, "a", None), (2, "b", None)] and outcome.noted["parked_code"].tolist() == [1]
        assert [(w.row, w.field, w.value) for w in outcome.warnings] == [(1, "road_class", "高速")]


def test_warnings_list_examples_and_number_all_rows():
    cells = Cells(["201905"], np.zeros(1000, int))
    outcome, _ = check(code=[f"R{n}" for n in range(1000)], installed_on=cells)
    assert len(outcome.noted["date_precision"]) == 1000 and 0 < len(outcome.warnings) < 100


def test_doubts_of_shapes_are_noted_of_rows_that_are_taken():
    crossed = shapely.LineString([(120, 30), (120.2, 30.2), (120.2, 30), (120, 30.2)])
    shapes = prepare(np.array([crossed, crossed], object), ("line",), as_stored)
    outcome, rows = check(code=["a", None], shapes=shapes)
    assert len(rows) == 1 and outcome.noted["self_crossing"].tolist() == [1]
    assert [(w.row, w.code) for w in outcome.warnings] == [(1, "self_crossing")]


def test_repairs_add_up_by_fault_and_size():
    bow_tie = shapely.Polygon([(120, 30), (120.01, 30.01), (120.01, 30), (120, 30.01)])
    kind = KINDS.kind("park")
    validator = Validator(kind, {"code": "code"})
    shapes = prepare(np.array([bow_tie, bow_tie, shapely.box(120, 30, 121, 31)], object), ("polygon",), as_stored)
    validator.check(Batch(np.arange(1, 4), {"code": Cells.plain(["a", "b", "c"])}, None, lambda i: []), shapes)
    (zh, en), = validator.findings.notes(kind)
    assert zh.startswith("修复了 2 个图形（自相交 2）") and "m²" in zh and "2 shapes repaired (Self-intersection 2)" in en


def test_a_validity_that_ends_before_it_starts_is_refused():
    outcome, rows = check("district", code=["1", "2", "3"], valid_from=["20200101", "20200101", None], valid_to=["20190101", "20210101", "20190101"])
    assert [(p.row, p.field, p.code) for p in outcome.problems] == [(1, "valid_to", "date_order")] and len(rows) == 2


def test_dates_of_spreadsheets_and_empty_ones_are_read_and_told():
    outcome, rows = check(code=["a", "b", "c"], installed_on=["44197", "00000000", "0"])
    assert [r[2] for r in rows] == [dt.date(2021, 1, 1), None, None] and outcome.noted["excel_date"].tolist() == [1]
