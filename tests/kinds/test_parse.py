"""What people type becomes what is stored, or a refusal that says why; nothing else may happen."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.kinds import parse
from registry.kinds.parse import FieldProblem

WILD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.dates(), st.datetimes())


@pytest.mark.parametrize("raw", [None, "", "  ", "*", "****", "NULL", "<Null>", "nan", "-", "—", "/", "无数据",
                                 float("nan"), "N/A"])
def test_the_ways_of_writing_nothing_are_nothing(raw: object):
    assert parse.is_null(raw)


@pytest.mark.parametrize("raw", [0, 0.0, False, "0", "无", "否", "*1", "a-b"])
def test_zero_no_and_text_with_a_star_are_something(raw: object):
    assert not parse.is_null(raw)


def test_pandas_nothing_is_nothing():
    pandas = pytest.importorskip("pandas")
    assert parse.is_null(pandas.NaT) and parse.is_null(pandas.NA)


@pytest.mark.parametrize(("raw", "value", "note"), [
    ("2024-05-06", dt.date(2024, 5, 6), None), ("2024/5/6", dt.date(2024, 5, 6), None),
    ("2024.5.6", dt.date(2024, 5, 6), None), ("2024年5月6日", dt.date(2024, 5, 6), None),
    ("20240506", dt.date(2024, 5, 6), None), (20240506, dt.date(2024, 5, 6), None),
    (20240506.0, dt.date(2024, 5, 6), None), ("2024-05-06T07:08:09", dt.date(2024, 5, 6), None),
    ("2024-05-06 07:08", dt.date(2024, 5, 6), None), (dt.datetime(2024, 5, 6, 7), dt.date(2024, 5, 6), None),
    (dt.date(2024, 5, 6), dt.date(2024, 5, 6), None), ("2024-02-29", dt.date(2024, 2, 29), None),
    ("2024", dt.date(2024, 1, 1), "date_precision"), (2024, dt.date(2024, 1, 1), "date_precision"),
    ("2024年", dt.date(2024, 1, 1), "date_precision"), ("2024-05", dt.date(2024, 5, 1), "date_precision"),
    ("2024年5月", dt.date(2024, 5, 1), "date_precision"), ("202405", dt.date(2024, 5, 1), "date_precision"),
])
def test_dates_are_read_and_a_missing_day_is_noted(raw: object, value: dt.date, note: str | None):
    assert parse.to_date(raw) == (value, note)


@pytest.mark.parametrize("raw", ["0", 0, 0.0, "00000000", "0000-00-00", "0000/00/00", "    /  /", dt.datetime(1899, 12, 30),
                                 dt.date(1899, 12, 31), dt.time(0, 0)])
def test_the_ways_of_programs_to_write_no_date_are_no_date(raw: object):
    assert parse.to_date(raw) == (None, None)


@pytest.mark.parametrize(("raw", "value"), [("44197", dt.date(2021, 1, 1)), (44197, dt.date(2021, 1, 1)),
                                            (44197.75, dt.date(2021, 1, 1)), ("43831.0", dt.date(2020, 1, 1))])
def test_a_serial_number_of_excel_is_its_day_and_is_noted(raw: object, value: dt.date):
    assert parse.to_date(raw) == (value, "excel_date")


@pytest.mark.parametrize("raw", ["09999", "73051", "441971"])
def test_other_numbers_are_no_serial_numbers(raw: str):
    with pytest.raises(FieldProblem):
        parse.to_date(raw)


@pytest.mark.parametrize("raw", ["2023-02-29", "2023-13-01", "20231301", "2023-00-10", "2023-01-00", "0000-01-01",
                                 "1799-12-31", "9999-12-31", "昨天", "05/06/2024", "24-05-06", True, "2024-5-6-7"])
def test_impossible_dates_are_refused(raw: object):
    with pytest.raises(FieldProblem) as caught:
        parse.to_date(raw)
    assert caught.value.code == "date"


@pytest.mark.parametrize(("raw", "value"), [("12", 12.0), (" 12.50 ", 12.5), ("1,234,567.5", 1234567.5), ("-3", -3.0),
                                            (7, 7.0), ("1e3", 1000.0), ("１２", 12.0)])
def test_numbers_are_read(raw: object, value: float):
    assert parse.to_number(raw) == value


@pytest.mark.parametrize("raw", ["12m", "DN300", "1,23", "1,2345", "十二", True, "inf", "-Infinity", math.inf, "1_000x"])
def test_what_is_no_finite_number_is_refused(raw: object):
    with pytest.raises(FieldProblem) as caught:
        parse.to_number(raw)
    assert caught.value.code == "type"


def test_an_integer_is_whole():
    assert parse.to_integer("3.0") == 3
    with pytest.raises(FieldProblem):
        parse.to_integer("3.5")


@pytest.mark.parametrize(("raw", "value"), [("是", True), ("有", True), ("Y", True), ("√", True), (1, True), (1.0, True),
                                            ("TRUE", True), ("否", False), ("无", False), ("n", False), (0, False),
                                            ("×", False), (False, False)])
def test_yes_and_no_are_read(raw: object, value: bool):
    assert parse.to_boolean(raw) is value


@pytest.mark.parametrize("raw", ["也许", "2", 2, "是否"])
def test_neither_yes_nor_no_is_refused(raw: object):
    with pytest.raises(FieldProblem):
        parse.to_boolean(raw)


def test_a_code_that_a_spreadsheet_made_a_float_loses_the_point():
    assert parse.to_text(330602.0) == "330602"
    assert parse.to_text(" a\x00b ") == "ab"


@given(st.dates(dt.date(1800, 1, 1), dt.date(2200, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d",
                                                                            "%Y年%m月%d日"]))
def test_every_date_is_read_back_from_every_way_of_writing_it(day: dt.date, form: str):
    text = form.replace("%Y", f"{day.year:04}").replace("%m", f"{day.month:02}").replace("%d", f"{day.day:02}")
    assert parse.to_date(text) == (day, None)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_survives_its_text(value: float):
    assert parse.to_number(repr(value)) == value


@given(st.integers(-10**12, 10**12))
def test_thousands_separators_do_not_change_a_number(value: int):
    assert parse.to_integer(f"{value:,}") == value


@given(WILD)
def test_any_value_is_read_or_refused_but_never_breaks(raw: object):
    for reader in (parse.to_number, parse.to_integer, parse.to_boolean, parse.to_date, parse.to_text):
        try:
            reader(raw)
        except FieldProblem as problem:
            assert problem.code in ("type", "date")
    parse.is_null(raw)
