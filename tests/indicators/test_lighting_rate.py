"""亮灯率: lit lamps among those that should be lit, in 盏."""

from __future__ import annotations

import datetime as dt

import pytest

from registry import indicators
from registry.scope import Sight
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


def test_a_later_patrol_says_whether_a_lamp_was_lit_and_an_earlier_one_does_not(books):
    on = dt.date(2024, 5, 1)
    dark, lit, same, cut, never = books.put("streetlight", {"lit": "unlit", "lit_checked_on": dt.date(2024, 1, 1)}, {"lit": "lit", "lit_checked_on": on},
                                            {"lit": "lit"}, {"lit": "unlit"}, {})
    for id_, day, said in ((dark, on, "lit"), (lit, dt.date(2024, 4, 30), "unlit"), (same, dt.date(2024, 4, 1), "lit"), (same, on, "unlit"),
                           (cut, on, "not_due"), (never, on, "unknown")):
        books.inspect("streetlight", id_, day, form="lamp_patrol", measurements={"lit": said})
    answer = rate(books, sight=Sight(on=dt.date(2024, 6, 1)))
    assert (answer["numerator"], answer["denominator"], answer["unrated"]["count"]) == (2, 3, 1)
    assert {e["reason"]: e["count"] for e in answer["excluded"]} == {"not_due": 1}
    for which in indicators.SETS:
        query = indicators.evidence_query(books.conn, "lighting_rate", books.city, None, which, sight=Sight(on=dt.date(2024, 6, 1)))
        assert features.count(books.conn, query) == answer["counts"][which]
    before = rate(books, sight=Sight(on=dt.date(2024, 4, 15)))
    assert (before["numerator"], before["denominator"]) == (2, 4), "as of the day: the patrols of May were still to come"
    old = rate(books, sight=Sight(on=dt.date(2024, 7, 1)), stale_after_years=0.1)
    assert old["value"] is None and {r["reason"] for r in old["unrated_reasons"]} == {"stale", "unrated"}
