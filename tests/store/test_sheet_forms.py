"""Inspections by a sheet in the store: what is shown of them, to whom, and the audit that recomputes them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from registry.catalogue import load
from registry.errors import Invalid
from registry.scope import Mask, Principal, Sight
from registry.standards import sheets
from registry.store import inspections, overdue, regraded, sheet_class
from registry.store.inspection_stage import record_many
from registry.store.records import Writer

WHO = Writer("tester", "test")
ROAD = load().kind("road")
TEST = {"form": "road_test", "inspected_on": "2025-05-01", "measurements": {"rqi": 3.8, "pci": 82}}


@pytest.fixture
def road(put):
    return put(road_class="arterial", length_m=400.0, state="intact", maintenance_grade="I")


def outcomes(conn):
    return [r.outcome for r in regraded.every(conn, "demo")]


def test_every_grade_is_told_with_its_clause_and_table(conn, city, road, asset):
    made = inspections.record(conn, "demo", ROAD, road, {**TEST, "inspector": "甲"}, WHO)
    assert asset(road).grade == "B" and made["scores"]["pqi"] == pytest.approx(78.4)
    table, = made["tables"]
    assert made["sheet"]["key"] == "road_test" and made["clause"].startswith("PQI") and made["unknown"] == []
    assert (table["family"], table["edition"], table["own"], table["held"], len(table["sha256"])) == ("road", "2016", False, True, 64)
    patrol = inspections.record(conn, "demo", ROAD, road, {"form": "patrol", "inspected_on": "2025-05-02", "state": "intact"}, WHO)
    assert not {"clause", "tables", "sheet"} & set(patrol)


def test_an_override_and_a_stated_grade_are_told_as_such(conn, city, road, put):
    by_word = inspections.record(conn, "demo", ROAD, put(code="R2"), {**TEST, "grade": "A级"}, WHO)
    assert (by_word["grade"], by_word["source_of_grade"]) == ("A", "stated")
    over = inspections.record(conn, "demo", ROAD, road, {**TEST, "override_grade": "D", "override_reason": "路基沉陷"}, WHO)
    assert (over["grade"], over["override_grade"], over["source_of_grade"]) == ("B", "D", "override")


def test_a_grade_says_nothing_to_those_who_do_not_see_what_it_was_made_of(conn, city, road):
    made = inspections.record(conn, "demo", ROAD, road, TEST, WHO)
    masked = Principal("公众", "reader", frozenset(), masks={"road": Mask(fields=frozenset({"road_class"}))})
    whole, public = (inspections.one(conn, sight, "demo", made["id"]) for sight in (Sight(), Sight(masked)))
    assert whole["measurements"]["asset"] == {"road_class": "arterial", "length_m": 400.0} and whole["unknown"] == []
    assert public["measurements"]["asset"] == {"length_m": 400.0} and "unknown" not in public
    listed, = inspections.of_asset(conn, Sight(masked), "demo", ROAD, road, limit=5)
    assert listed["measurements"]["asset"] == {"length_m": 400.0}


def test_the_audit_finds_what_was_changed_behind_its_back_and_tables_that_are_gone(conn, city, road):
    inspections.record(conn, "demo", ROAD, road, TEST, WHO)
    assert outcomes(conn) == ["fits"]
    conn.execute(text("SET LOCAL session_replication_role = replica"))
    conn.execute(text("UPDATE inspection SET grade = 'A'"))
    assert outcomes(conn) == ["differs"]
    conn.execute(text("UPDATE inspection SET grade = 'B', scores = scores || '{\"pqi\": 99}'"))
    assert outcomes(conn) == ["differs"]
    conn.execute(text("UPDATE inspection SET table_edition = 'road 2016 sha256:0000000000000000'"))
    assert outcomes(conn) == ["table_gone"]
    shown = inspections.one(conn, Sight(), "demo", conn.execute(text("SELECT id FROM inspection")).scalar_one())
    assert shown["tables"] == [{"named": "road 2016 sha256:0000000000000000", "held": False}] and shown["clause"] is None


def test_a_sheet_serves_the_interval_of_its_purpose(conn, city, road):
    late = overdue.Asked(dt.date(2025, 6, 1), "patrol", "road")
    assert overdue.counts(conn, Sight(), "demo", late)["overdue"] == 0
    inspections.record(conn, "demo", ROAD, road, TEST, WHO)
    assert overdue.counts(conn, Sight(), "demo", late)["overdue"] == 1, "it was seen on the first of May, and by nobody since"


def test_a_list_tells_what_the_sheets_say_otherwise_by_row(conn, city, road):
    made = record_many(conn, "demo", ROAD, [{"code": "R1", **TEST, "grade": "A"}], WHO)
    assert made["recorded"] == 1 and [(w["row"], w["field"], w["code"]) for w in made["warnings"]] == [(1, "grade", "otherwise")]


@pytest.mark.parametrize(("form", "more", "wrong"), [
    ("cctv", {}, ("form", "wrong_class")), ("sidewalk", {"override_grade": "D", "override_reason": "x"}, ("override_grade", "not_rated"))])
def test_a_sheet_that_is_not_for_the_class_or_rates_nothing_is_refused(conn, city, road, form, more, wrong):
    with pytest.raises(Invalid) as error:
        inspections.record(conn, "demo", ROAD, road, {"form": form, "inspected_on": "2025-05-01", **more}, WHO)
    assert [(e["field"], e["code"]) for e in error.value.more["errors"]] == [wrong]


def test_every_head_of_a_template_is_read_as_its_own_field():
    for sheet in sheets.every().values():
        for key in sheet.classes:
            form = sheet_class.by_sheet(load().kind(key), sheet)
            for field in form.fields:
                for title in (field.title.zh, field.title.en):
                    assert form.field_named(title) is field, (sheet.key, title)
