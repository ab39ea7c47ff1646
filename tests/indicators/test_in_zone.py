"""What lies in a zone: whole, in part or not at all, whatever its shape, and what nobody has measured."""

from __future__ import annotations

import pytest
import shapely

from registry import indicators
from registry.store import features

WEST, Y = 120.5, 30.5  # the western edge of the zone, and a latitude through it
ZONE = shapely.box(WEST, 30.4, 121.05, 30.6)


def line(*ends):
    return shapely.MultiLineString([[(a, Y), (b, Y)] for a, b in ends]) if len(ends) > 1 else shapely.LineString([(x, Y) for x in ends[0]])


def asked(books, code, cls, **ask):
    """The answer; its evidence are as many as it says."""
    answer = indicators.measure(books.conn, code, books.city, cls=cls, by="district", **ask)
    for which in indicators.SETS:
        query = indicators.evidence_query(books.conn, code, books.city, cls, which, **ask)
        assert features.count(books.conn, query) == answer["counts"][which]
    return answer


@pytest.fixture
def zone(books):
    books.districts()
    books.put("built_up_area", {"code": "J", "edition": "x", "geom": ZONE})


@pytest.mark.parametrize(("ends", "inside", "crossing"), [
    ([(WEST + 0.01, WEST + 0.02)], 1000, 0), ([(WEST - 0.01, WEST + 0.01)], 500, 1), ([(WEST - 0.02, WEST - 0.01), (WEST + 0.01, WEST + 0.02)], 500, 1),
    ([(WEST - 0.01, WEST)], 0, 1), ([(WEST - 0.03, WEST - 0.01), (WEST - 0.01, WEST + 0.01), (WEST + 0.01, WEST + 0.03)], 500, 1)])
@pytest.mark.parametrize("edge", ["inside", "half"])
def test_of_a_road_across_the_edge_the_part_inside_counts(books, zone, ends, inside, crossing, edge):
    books.put("road", {"geom": line(*ends), "length_m": 1000.0, "district": "330601"})
    answer = asked(books, "road_density", "road", edge=edge)
    assert answer["numerator"] == pytest.approx(inside, abs=0.01) and answer["crossing"] == crossing
    assert sum(r["numerator"] for r in answer["by"]) == answer["numerator"] and answer["excluded"] == []


def test_of_land_in_two_pieces_the_part_inside_counts_and_what_touches_adds_nothing(books, zone):
    west, east = (shapely.box(x, Y, x + 0.01, Y + 0.01) for x in (WEST - 0.02, WEST + 0.02))
    books.put("green", {"geom": shapely.MultiPolygon([west, east]), "area_m2": 100.0}, {"geom": shapely.box(WEST - 0.01, Y, WEST, Y + 0.01), "area_m2": 7.0})
    answer = asked(books, "green_ratio", "green")
    assert answer["numerator"] == pytest.approx(50, abs=1e-3) and answer["crossing"] == 2


def test_what_is_far_away_is_told_as_outside_and_what_has_no_area_as_unrated(books, zone):
    books.put("road", {"geom": line((118.0, 118.1)), "area_m2": 5.0}, {"geom": line((WEST + 0.01, WEST + 0.02)), "area_m2": None})
    answer = asked(books, "road_area_rate", "road")
    assert answer["numerator"] == 0 and answer["unrated"]["count"] == 1
    assert [(e["reason"], e["count"]) for e in answer["excluded"]] == [("outside", 1)]


def test_without_a_zone_everything_is_outside(books):
    books.put("toilet", {})
    assert [(e["reason"], e["count"]) for e in asked(books, "toilet_density", "toilet")["excluded"]] == [("outside", 1)]
