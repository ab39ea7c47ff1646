"""Time by the definitions of the standard: Allen's relations, instants, open ends, dates beside times."""

from __future__ import annotations

import itertools

import pytest
from things import THING, asked

from registry import cql
from registry.errors import BadValue

pytestmark = pytest.mark.requirement("cql2/1.0/req/temporal-functions/temporal-functions",
                                      "cql2/1.0/req/temporal-functions/temporal-predicates")
# Of two proper intervals exactly one of these thirteen holds (Allen 1983; OWL-Time). By days of 2020-01.
ALLEN = {
    "T_BEFORE": ((1, 3), (5, 8)), "T_AFTER": ((5, 8), (1, 3)), "T_MEETS": ((1, 5), (5, 8)), "T_METBY": ((5, 8), (1, 5)),
    "T_OVERLAPS": ((1, 6), (5, 8)), "T_OVERLAPPEDBY": ((5, 8), (1, 6)), "T_STARTS": ((1, 3), (1, 8)), "T_STARTEDBY": ((1, 8), (1, 3)),
    "T_DURING": ((2, 3), (1, 8)), "T_CONTAINS": ((1, 8), (2, 3)), "T_FINISHES": ((5, 8), (1, 8)), "T_FINISHEDBY": ((1, 8), (5, 8)),
    "T_EQUALS": ((1, 8), (1, 8)),
}


def day(n: int) -> str:
    return f"2020-01-{n:02}"


def interval(ends: tuple[int, int], form: str) -> str:
    return {"date": "INTERVAL('{}','{}')", "timestamp": "INTERVAL('{}T00:00:00Z','{}T00:00:00Z')"}[form].format(*map(day, ends))


@pytest.mark.parametrize("form", ["date", "timestamp"])
@pytest.mark.parametrize("relation", ALLEN)
def test_of_two_intervals_exactly_one_relation_holds(conn, relation, form):
    first, second = (interval(ends, form) for ends in ALLEN[relation])
    held = [name for name in ALLEN if asked(conn, f"{name}({first},{second})")]
    assert held == [relation]
    apart = relation in ("T_BEFORE", "T_AFTER")
    assert asked(conn, f"T_DISJOINT({first},{second})") is apart
    assert asked(conn, f"T_INTERSECTS({first},{second})") is not apart


def test_each_relation_has_its_inverse_over_intervals_made_of_two_properties(conn):
    inverse = {"T_BEFORE": "T_AFTER", "T_MEETS": "T_METBY", "T_OVERLAPS": "T_OVERLAPPEDBY", "T_STARTS": "T_STARTEDBY",
               "T_DURING": "T_CONTAINS", "T_FINISHES": "T_FINISHEDBY", "T_EQUALS": "T_EQUALS"}
    for (name, other), (one, two) in itertools.product(inverse.items(), ALLEN.values()):
        row = {"day": day(one[0]), "end": day(one[1])}
        literal = interval(two, "date")
        assert asked(conn, f"{name}(INTERVAL(day,end),{literal})", **row) is asked(conn, f"{other}({literal},INTERVAL(day,end))", **row)


@pytest.mark.parametrize(("said", "expected"), [
    ("T_AFTER(day, DATE('2020-01-01'))", True), ("T_AFTER(day, DATE('2020-01-02'))", False),
    ("T_BEFORE(day, DATE('2020-01-03'))", True), ("T_EQUALS(day, DATE('2020-01-02'))", True),
    ("T_INTERSECTS(day, INTERVAL('2020-01-02','..'))", True), ("T_INTERSECTS(day, INTERVAL('2020-01-03','..'))", False),
    ("T_INTERSECTS(day, INTERVAL('..','2020-01-02'))", True), ("T_INTERSECTS(day, INTERVAL('..','..'))", True),
    ("T_DISJOINT(day, INTERVAL('..','2020-01-01'))", True),
    ("T_BEFORE(INTERVAL('..','2020-01-01'), day)", True), ("T_AFTER(INTERVAL('2020-01-03','..'), day)", True),
    # A day beside times lasts from its first to its last moment in UTC.
    ("T_INTERSECTS(day, TIMESTAMP('2020-01-02T23:59:59Z'))", True), ("T_INTERSECTS(day, TIMESTAMP('2020-01-03T00:00:00Z'))", False),
    ("T_AFTER(TIMESTAMP('2020-01-03T00:00:00Z'), day)", True), ("T_EQUALS(day, TIMESTAMP('2020-01-02T00:00:00Z'))", False),
    ("T_AFTER(at, DATE('2020-01-01'))", True), ("T_INTERSECTS(at, DATE('2020-01-02'))", True), ("T_AFTER(at, DATE('2020-01-02'))", False),
    ("T_DURING(INTERVAL(at,till), INTERVAL('2020-01-02','2020-01-04'))", True),
    ("T_DURING(INTERVAL(at,till), INTERVAL('2020-01-02T08:00:00Z','..'))", False),
    ("T_EQUALS(at, TIMESTAMP('2020-01-02T16:00:00+08:00'))", True),
    ("at = TIMESTAMP('2020-01-02T08:00:00Z')", True), ("at < till", True), ("day < DATE('2020-01-10')", True),
    ("day IN (DATE('2020-01-02'), DATE('2020-01-09'))", True), ("built = DATE('2019-12-31')", True), ("built < day", True),
])
def test_instants_open_ends_and_days_beside_times(conn, said, expected):
    row = {"day": "2020-01-02", "at": "2020-01-02T08:00:00Z", "till": "2020-01-03T08:00:00Z", "built": "2019-12-31"}
    assert asked(conn, said, **row) is expected


def test_what_has_no_date_is_unknown_by_every_function(conn):
    for name in ("T_AFTER", "T_DISJOINT", "T_INTERSECTS", "T_EQUALS"):
        assert asked(conn, f"{name}(day, DATE('2020-01-01'))") is None
        assert asked(conn, f"NOT {name}(day, DATE('2020-01-01'))") is None
    assert asked(conn, "T_DURING(INTERVAL(day,end), INTERVAL('2020-01-01','..'))", day="2020-01-02") is None


@pytest.mark.parametrize("said", [
    "T_DURING(day, INTERVAL('2020-01-01','..'))", "T_MEETS(DATE('2020-01-01'), INTERVAL('2020-01-01','..'))",  # for intervals only
    "T_AFTER(name, DATE('2020-01-01'))", "T_AFTER(day, '2020-01-01')", "T_AFTER(day)", "T_AFTER(day, DATE('2020-02-30'))",
    "T_AFTER(at, TIMESTAMP('2020-01-01'))", "T_AFTER(day, INTERVAL('2020-02-01','2020-01-01'))",
    "T_AFTER(day, INTERVAL('x','..'))", "day > 5", "day = '2020-01-01'", "day = TIMESTAMP('2020-01-01T00:00:00Z')",
    "day > DATE('0000-01-01')", "at > TIMESTAMP('99999-01-01T00:00:00Z')", "INTERVAL('2020-01-01','..') IS NULL",
])
def test_what_compares_no_times_is_refused(said):
    with pytest.raises(BadValue):
        cql.compile(THING, said)
