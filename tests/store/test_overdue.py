"""Overdue inspections: by the interval of the class and grade, and never silently fine."""

from __future__ import annotations

import datetime as dt

import pytest

from registry.catalogue import load
from registry.scope import ROLES, Principal, Scope, Sight
from registry.store import inspections, overdue
from registry.store.overdue import Asked
from registry.store.records import Writer

ON = dt.date(2025, 6, 30)
WHO = Writer("tester", "test")


@pytest.fixture
def inspect(conn, city):
    def write(id_, day, kind="road", form="regular", **said):
        return inspections.record(conn, "demo", load().kind(kind), id_, {"form": form, "inspected_on": day, **said}, WHO)

    return write


@pytest.fixture
def found(conn, city):
    def read(sight=None, **asked):
        rows = overdue.page(conn, sight or Sight(), "demo", Asked(**{"on": ON, **asked}), limit=100)
        counts = overdue.counts(conn, sight or Sight(), "demo", Asked(**{"on": ON, **asked}))
        assert sum(counts.values()) == len(rows)
        return {r["code"]: (r["status"], str(r["due_on"]), r["days_overdue"], r["unknown_why"]) for r in rows}

    return read


def test_a_year_after_the_last_inspection_a_road_is_overdue_the_day_after(put, inspect, found):
    inspect(put(code="A"), "2024-06-29")
    inspect(put(code="B"), "2024-06-30")
    assert found() == {"A": ("overdue", "2025-06-29", 1, None)}


def test_what_was_never_inspected_is_due_from_the_day_it_was_built_or_unknown(put, found):
    put(code="A", installed_on=dt.date(2020, 1, 1))
    put(code="B")
    put(code="C", installed_on=dt.date(2025, 1, 1))
    assert found() == {"A": ("overdue", "2021-01-01", 1641, None), "B": ("unknown", "None", None, "never_inspected")}


def test_a_part_a_lesser_form_and_a_corrected_inspection_do_not_count_a_greater_form_does(put, inspect, found):
    for code, said in (("A", {"from_m": 0, "to_m": 5}), ("B", {"form": "patrol"}), ("C", {}), ("D", {"form": "structural"})):
        road = put(code=code, installed_on=dt.date(2020, 1, 1))
        made = inspect(road, "2025-06-01", **said)
        if code == "C":
            inspect(road, "2025-06-01", form="survey", supersedes=made["id"])
    assert set(found()) == {"A", "B", "C"}


def test_patrols_go_by_the_maintenance_grade_and_without_one_nobody_can_say(put, inspect, found):
    for code, grade, day in (("A", "I", "2025-06-28"), ("B", "III", "2025-06-28"), ("C", None, "2025-06-28")):
        inspect(put(code=code, maintenance_grade=grade), day, form="patrol")
    assert found(form="patrol") == {"A": ("overdue", "2025-06-29", 1, None), "C": ("unknown", "None", None, "no_interval")}
    assert set(found(form="patrol", status="unknown")) == {"C"}


def test_what_is_no_longer_there_is_not_due(put, found):
    put(code="A", state="removed", installed_on=dt.date(2020, 1, 1))
    put(code="B", retired_on=dt.date(2024, 1, 1), installed_on=dt.date(2020, 1, 1))
    assert found() == {}


def test_classes_without_an_interval_are_named(put):
    assert "toilet" in overdue.without_interval(Sight(), Asked(ON))
    assert overdue.without_interval(Sight(), Asked(ON, kind="road")) == []


def test_only_assets_in_scope_are_told_and_counted(put, found):
    put(code="A", installed_on=dt.date(2020, 1, 1))
    lost = Sight(Principal("x", "inspector", ROLES["inspector"], Scope(city="demo", districts=("000000",))))
    assert set(found()) == {"A"} and found(sight=lost) == {}
