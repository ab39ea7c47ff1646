"""The list of drains to be repaired: the worst first, every one once, the same drains as the figure counts."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import indicators
from registry.indicators import repairs
from registry.indicators.repairs import Asked
from registry.scope import WHOLE, Mask, Sight

ON = Sight(on=dt.date(2024, 6, 1))


def drains(books, *scores, **more):
    """Drains of 10 m with these (RI, MI); returns their ids."""
    ids = books.put("pipe", *({"medium": "sewage", "length_m": 10.0, **more} for _ in scores))
    for id_, (ri, mi) in zip(ids, scores, strict=True):
        said = {k: v for k, v in (("ri", ri), ("mi", mi)) if v is not None}
        if said:
            books.inspect("pipe", id_, dt.date(2024, 3, 1), grade="II", scores=said)
    return ids


def listed(books, limit=100, sight=ON, **asked):
    """All rows, page by page."""
    wanted, rows = Asked(**asked), []
    while found := repairs.page(books.conn, sight, books.city.key, wanted, limit=limit, after=repairs.mark(rows[-1], wanted.by) if rows else None):
        rows += found
    return rows


def test_the_worst_comes_first_and_what_was_not_inspected_is_told_beside(books):
    ids = drains(books, (4.25, 0.5), (9.5, None), (1.0, 8.0), (1.1, 2.0), (None, None))
    rows = listed(books)
    assert [(r["id"], r["ri"], r["level"]) for r in rows] == [(ids[1], 9.5, "IV"), (ids[0], 4.25, "III"), (ids[3], 1.1, "II")]
    assert rows[0]["inspected_on"] == dt.date(2024, 3, 1) and rows[0]["geometry"]
    assert [r["id"] for r in listed(books, by="mi")] == [ids[2], ids[3]]
    told = repairs.counts(books.conn, ON, books.city.key, Asked())
    assert {n: t["count"] for n, t in told["levels"].items()} == {"I": 1, "II": 1, "III": 1, "IV": 1}
    assert told["uninspected"] == {"count": 1, "length_m": 10, "unmeasured": 0} and told["listed"] == 3


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(scores=st.lists(st.sampled_from([0.0, 1.0, 1.0000001, 4.0, 4.0000004, 7.0, 7.1, None]), max_size=8), limit=st.integers(1, 3))
def test_every_drain_of_the_figure_is_listed_once_whatever_the_page(books, scores, limit):
    with books.conn.begin_nested() as nested:
        drains(books, *((s, None) for s in scores))
        books.put("pipe", {"medium": "water"}, {"medium": "sewage", "state": "removed"})
        rows = listed(books, limit, least="III")
        figure = indicators.measure(books.conn, "drain_repair_needed_share", books.city, cls="pipe", sight=ON)
        assert len(rows) == len({r["id"] for r in rows}) == figure["counts"]["failing"]
        assert [r["ri"] for r in rows] == sorted((r["ri"] for r in rows), reverse=True)
        told = repairs.counts(books.conn, ON, books.city.key, Asked(least="III"))
        assert told["listed"] == len(rows) and told["uninspected"]["count"] == figure["unrated"]["count"]
        nested.rollback()


def test_who_may_not_see_the_state_or_the_place_reads_neither_out_of_the_list(books):
    drains(books, (9.5, None), keeper="甲")
    nobody = dataclasses.replace(WHOLE.principal, masks={"pipe": Mask(fields=frozenset({"state"}))})
    assert listed(books, sight=dataclasses.replace(ON, principal=nobody)) == []
    some = dataclasses.replace(WHOLE.principal, masks={"pipe": Mask(fields=frozenset({"keeper"}))})
    assert [r["keeper"] for r in listed(books, sight=dataclasses.replace(ON, principal=some))] == [None]


@pytest.mark.parametrize("by", ["ri", "mi"])
def test_a_level_that_no_drain_has_lists_none(books, by):
    drains(books, (0.5, 0.5))
    assert listed(books, by=by) == [] and len(listed(books, by=by, least="I")) == 1
