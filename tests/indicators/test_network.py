"""Density of roads where the network is drawn awkwardly: along the edge, and twice."""

from __future__ import annotations

import pytest
import shapely

from registry import indicators
from registry.store import features

EAST = 121.0  # of a square of about 96 by 111 m
SQUARE = shapely.box(120.999, 30.450, EAST, 30.451)


@pytest.fixture
def measure(books):
    books.put("built_up_area", {"code": "J", "edition": "2024", "area_m2": 1e6, "geom": SQUARE})

    def of(code="road_density", **ask):
        answer = indicators.measure(books.conn, code, books.city, cls="road", **ask)
        for which in indicators.SETS:
            query = indicators.evidence_query(books.conn, code, books.city, "road", which, **{k: v for k, v in ask.items() if k != "by"})
            assert features.count(books.conn, query) == answer["counts"][which]
        return answer

    return of


def road(books, *places, **said):
    books.put("road", {"geom": shapely.LineString(places), "length_m": 1000.0, **said})


@pytest.mark.parametrize(("edge", "numerator"), [("inside", 0), ("once", 1000), ("half", 500)])
def test_a_road_along_the_edge_counts_by_the_rule_even_where_it_is_drawn_outside(books, measure, edge, numerator):
    road(books, (EAST + 0.00005, 30.450), (EAST + 0.00005, 30.451), district="330601")
    assert measure(edge=edge)["numerator"] == numerator


@pytest.mark.parametrize("edge", ["inside", "once", "half"])
def test_a_road_that_only_crosses_the_edge_counts_by_what_lies_inside(books, measure, edge):
    road(books, (EAST - 0.0005, 30.4505), (EAST + 0.0005, 30.4505))
    answer = measure(edge=edge)
    assert answer["numerator"] == pytest.approx(500, rel=1e-3) and answer["crossing"] == 1


def test_two_lines_of_one_road_side_by_side_are_flagged_and_not_taken_off(books, measure):
    for y in (30.4502, 30.4504):
        road(books, (EAST - 0.0009, y), (EAST - 0.0001, y), road_code="D1")
    road(books, (EAST - 0.0009, 30.4508), (EAST - 0.0005, 30.4508), road_code="D2")
    road(books, (EAST - 0.0005, 30.4508), (EAST - 0.0001, 30.4508), road_code="D2")
    answer = measure()
    assert answer["value"] == pytest.approx(4) and answer["dual"] == {"segments": 2, "length_m": 2000, "value_if_once": pytest.approx(3)}


def test_roads_of_other_names_and_roads_that_cross_are_not_drawn_twice(books, measure):
    road(books, (EAST - 0.0009, 30.4502), (EAST - 0.0001, 30.4502), name="甲路")
    road(books, (EAST - 0.0009, 30.4504), (EAST - 0.0001, 30.4504), name="乙路")
    road(books, (EAST - 0.0005, 30.4501), (EAST - 0.0005, 30.4509), name="甲路")
    assert measure()["dual"]["segments"] == 0


@pytest.mark.parametrize("code", ["road_density", "managed_road_density"])
def test_an_alley_is_no_road_of_the_network_unless_it_is_asked_for(books, measure, code):
    for n, of in enumerate(("branch", "alley", None)):
        road(books, (EAST - 0.0009, 30.4502 + n * 0.0002), (EAST - 0.0001, 30.4502 + n * 0.0002), road_class=of, keeper="甲")
    answer = measure(code)
    assert answer["value"] == pytest.approx(2) and {e["reason"]: e["count"] for e in answer["excluded"]} == {"alley": 1}
    assert {r["key"]: r["value"] for r in measure(code, by="road_class")["by"]} == {"branch": pytest.approx(1), "alley": None, "unknown": pytest.approx(1)}
    counted = measure(code, alleys="count")
    assert counted["value"] == pytest.approx(3) and not counted["excluded"]
