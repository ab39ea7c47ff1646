"""亮灯率: lit lamps among those that should be lit, in 盏."""

from __future__ import annotations

import pytest

from registry import indicators
from registry.store import features


def rate(books, **ask):
    return indicators.measure(books.conn, "lighting_rate", books.city, **ask)


def test_98_of_100_lamps_are_98_percent_and_the_unit_is_lamps(books):
    books.put("streetlight", *({"lit": "lit" if n < 98 else "unlit", "road_class": "arterial"} for n in range(100)))
    answer = rate(books)
    assert (answer["value"], answer["numerator"], answer["denominator"]) == (98, 98, 100)
    assert answer["class"] == "streetlight" and answer["measure_unit"] == {"zh": "盏", "en": "lamps"}


def test_a_missing_lamp_counts_as_not_lit_whatever_the_sheet_says(books):
    books.put("streetlight", {"lit": "lit"}, {"lit": "lit", "state": "missing"}, {"state": "missing"},
              {"lit": "not_due", "state": "missing"})
    answer = rate(books)
    assert (answer["numerator"], answer["denominator"]) == (1, 4)


def test_landscape_lamps_and_those_not_due_leave_with_their_reason(books):
    books.put("streetlight", {"lit": "lit", "lamp_kind": "functional"}, {"lit": "unlit", "lamp_kind": "landscape"},
              {"lit": "not_due"}, {"lit": "lit", "state": "removed"}, {"lit": "lit", "state": "abandoned"})
    answer = rate(books)
    assert (answer["numerator"], answer["denominator"]) == (1, 1)
    assert {e["reason"]: e["count"] for e in answer["excluded"]} == {
        "landscape": 1, "not_due": 1, "removed": 1, "abandoned": 1}


def test_lamps_that_nobody_checked_are_unrated(books):
    books.put("streetlight", {"lit": "lit"}, {"lit": None, "state": "intact"}, {"lit": "unknown", "state": "damaged"})
    answer = rate(books)
    assert answer["value"] == 100 and answer["unrated"]["count"] == 2
    assert answer["bounds"]["low"] == pytest.approx(100 / 3)


def test_a_pole_weighs_the_lamps_it_carries(books):
    books.put("streetlight", {"lit": "lit", "count_kind": "pole", "lamp_count": 3}, {"lit": "unlit", "count_kind": "pole"},
              {"lit": "unlit", "count_kind": "lamp", "lamp_count": 5}, {"lit": None, "count_kind": "pole", "lamp_count": 2})
    answer = rate(books)
    assert (answer["numerator"], answer["denominator"]) == (3, 5)
    assert answer["unrated"] == {"count": 1, "measure": 2}
    assert answer["counts"] == {"counted": 3, "failing": 2, "unrated": 1}
    for which in indicators.SETS:
        query = indicators.evidence_query(books.conn, "lighting_rate", books.city, None, which)
        assert features.count(books.conn, query) == answer["counts"][which]


def test_road_classes_have_rows_that_add_up(books):
    books.put("streetlight", *({"lit": lit, "road_class": c} for c in ("arterial", "secondary", None)
                               for lit in ("lit", "unlit", None, "not_due")))
    answer = rate(books, by="road_class")
    assert [(r["key"], r["value"]) for r in answer["by"]] == [("arterial", 50), ("secondary", 50), ("unknown", 50)]
    assert sum(r["denominator"] for r in answer["by"]) == answer["denominator"] == 6
    assert [r["key"] for r in rate(books, by="class")["by"]] == ["streetlight"]
