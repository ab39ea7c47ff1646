"""Inspection intervals: what the table says, and that what it does not say is not made up."""

from __future__ import annotations

import pytest

from registry import catalogue
from registry.standards import interval


@pytest.mark.parametrize(("grade", "days"), [("I", 1), ("II", 2), ("III", 3)])
def test_a_road_is_patrolled_by_its_maintenance_grade(grade, days):
    found = interval.known("road", "patrol", {"maintenance_grade": grade})
    assert (found.days, found.months, found.standard) == (days, 0, "CJJ 36-2016")


def test_a_range_is_overdue_only_after_its_longest():
    found = interval.known("bridge", "structural", {"maintenance_class": "III"})
    assert found.months == 120 and found.least == {"months": 72} and found.confidence == "low"


def test_what_nobody_knows_is_absent():
    assert interval.known("road", "patrol", {"maintenance_grade": None}) is None
    assert interval.of("toilet", "regular") == []


def test_every_entry_names_a_class_a_field_and_values_that_exist():
    classes = catalogue.load().classes
    for entry in interval.intervals():
        kind = classes[entry.kind]
        assert entry.clause and entry.source and entry.confidence in interval.CONFIDENCE
        assert entry.field is None or set(entry.values) <= set(kind.by_key[entry.field].codes.values)
