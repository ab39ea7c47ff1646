"""What the predicates of the standard's suite leave out, in both encodings: times, lists and functions."""

from __future__ import annotations

import json

import cql2
import pytest
from things import asked


def case(name: str, said: str, expected: bool | None, **row: object) -> object:
    """One expression, marked with its conformance class in both encodings."""
    marks = pytest.mark.requirement(f"cql2/1.0/req/cql2-text/{name}", f"cql2/1.0/req/cql2-json/{name}")
    return pytest.param(said, row, expected, marks=marks)


@pytest.mark.parametrize(("said", "row", "expected"), [
    case("temporal-functions", "T_AFTER(day, DATE('2020-01-01'))", True, day="2020-01-02"),
    case("temporal-functions", "T_DURING(INTERVAL(day, end), INTERVAL('2020-01-01','..'))", True, day="2020-02-01", end="2020-03-01"),
    case("temporal-functions", "T_INTERSECTS(at, INTERVAL('..','2020-01-01T00:00:00Z'))", None),
    case("array-functions", "A_CONTAINS(tags, ('a','b'))", True, tags=["b", "a"]),
    case("array-functions", "A_OVERLAPS(tags, ('c'))", False, tags=["b", "a"]),
    case("array-functions", "A_EQUALS(tags, ('a'))", None),
    case("functions", "dwithin(geometry, POINT(120 30), 10)", True, wkt="POINT(120 30)"),
    case("functions", "dwithin(geometry, POINT(120 30), 10)", None)])
def test_text_and_json_say_the_same(conn, said, row, expected):
    as_json = json.dumps(cql2.parse_text(said).to_json(), ensure_ascii=False)
    assert asked(conn, said, **row) is expected
    assert asked(conn, as_json, **row) is expected
