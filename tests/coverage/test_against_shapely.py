"""Random layouts: the database's coverage against an independent one in shapely, on the same coordinates."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import affinity
from sqlalchemy import text

from registry.standards import service

SPAN = 3000


def shapes(low: float, high: float):
    """Rectangles, turned and L-shaped ones, somewhere in the span; coordinates in metres."""
    def make(x, y, width, height, turn, bite):
        shape = shapely.box(x, y, x + width, y + height)
        if bite:
            shape = shape.difference(shapely.box(x + width / 2, y + height / 2, x + width, y + height))
        return affinity.rotate(shape, turn)

    side = st.floats(low, high)
    place = st.floats(0, SPAN)
    return st.builds(make, place, place, side, side, st.sampled_from([0, 0, 17, 45]), st.booleans())


def limits():
    """Parks whose area is a bound of the tiers to the last digit, some within another."""
    def make(x, y, size, turn):
        return affinity.rotate(shapely.box(x, y, x + size[0], y + size[1]), turn)

    return st.builds(make, st.sampled_from([0, 500, 1200]), st.sampled_from([0, 500]),
                     st.sampled_from([(100, 50), (50, 40), (40, 25), (99.99, 50), (300, 300)]), st.sampled_from([0, 17]))


def crossed():
    """Land that crosses itself: stored as it came, and two triangles once it is repaired."""
    def make(x, y, size):
        return shapely.Polygon([(x, y), (x + size, y + size), (x + size, y), (x, y + size)])

    return st.builds(make, st.floats(0, SPAN), st.floats(0, SPAN), st.floats(50, 600))


# Parks of one code are one park, wherever their parts lie.
PARKS = st.tuples(st.one_of(shapes(25, 150), limits()), st.sampled_from([None, None, "P", "Q"]))
LAYOUT = st.fixed_dictionaries({
    "park": st.lists(PARKS, max_size=6),
    "residential": st.lists(st.one_of(shapes(20, 900), crossed()), max_size=8),
    "historic_district": st.lists(shapes(50, 900), max_size=2),
    "built_up_area": st.lists(shapes(1000, 3000), max_size=2),
})


def drawn(conn, kind: str) -> list[shapely.Geometry]:
    """The stored shapes as PostGIS projects them: the one thing both sides share."""
    table, column, code = ("asset", "class", "attrs->>'park_code'") if kind == "park" else ("zone", "kind", "NULL")
    rows = conn.execute(text(f"SELECT coalesce({code}, id::text), ST_AsBinary(ST_Transform(geom, 4549)) FROM {table} WHERE {column} = :k"),
                        {"k": kind})
    parts = [(r[0], shapely.make_valid(shapely.from_wkb(bytes(r[1])))) for r in rows]
    return [shapely.union_all([shape for own, shape in parts if own == key]) for key in dict.fromkeys(key for key, _ in parts)]


def laid_out(town, layout):
    """The layout, written through the store."""
    for kind, found in layout.items():
        for each in found:
            shape, code = each if kind == "park" else (each, None)
            town.put(kind, shape, **({"park_code": code} if code else {}))


def independent(conn) -> tuple[float, float, float]:
    """(covered, land, served) in m² by the rule's words and nothing of the registry's SQL."""
    tiers = service.load()["park"].edition("2016").tiers
    historic = shapely.union_all(drawn(conn, "historic_district"))
    buffers = []
    for park in drawn(conn, "park"):
        area = park.area + park.length * 1e-4
        radii = [t.radius_m for t in tiers if area >= t.min_m2 and (t.max_m2 is None or area < t.max_m2)
                 and (not t.needs_historic or park.distance(historic) <= 0.001)]
        if radii:
            buffers.append(park.buffer(max(radii), quad_segs=64))
    served = shapely.union_all(buffers)
    land = shapely.union_all(drawn(conn, "residential"))
    if built := drawn(conn, "built_up_area"):
        land = land.intersection(shapely.union_all(built))
    return land.intersection(served).area, land.area, served.area


BORDERS = st.lists(st.floats(-500, SPAN + 500), min_size=1, max_size=3, unique=True)


@pytest.mark.parametrize("times", [6, pytest.param(80, marks=pytest.mark.long)], ids=["some", "many"])
def test_random_layouts_agree_with_shapely_to_a_billionth(town, times):
    settings(max_examples=times, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])(
        given(layout=LAYOUT, borders=BORDERS)(lambda layout, borders: agree(town, layout, borders)))()


def agree(town, layout, borders):
    with town.conn.begin_nested() as nested:
        laid_out(town, layout)
        edges = [-9000, *sorted(borders)]
        for n, (west, east) in enumerate(zip(edges, edges[1:], strict=False)):
            town.box("district", west, -9000, east - west, 18_000, code=str(n))
        answer = town.coverage()
        covered, land, served = independent(town.conn)
        # A billionth of the land, since a coverage of nearly nothing has no digits of its own.
        assert answer["denominator"] == pytest.approx(land, rel=1e-9, abs=1e-6)
        assert answer["numerator"] == pytest.approx(covered, rel=1e-9, abs=max(1e-6, 1e-9 * land))
        assert answer["served_m2"] == pytest.approx(served, rel=1e-9, abs=1e-6)
        assert abs(answer["identity_residual_m2"]) <= max(1e-6, 1e-9 * land)
        for name in ("numerator", "denominator"):
            assert sum(r[name] for r in answer["by"]) == pytest.approx(answer[name], rel=1e-9, abs=0.011)
        gaps = sum(f["properties"]["area_m2"] for f in town.gaps())
        left_out = answer["gaps"]["slivers_left_out"]["area_m2"]
        assert gaps + left_out == pytest.approx(land - covered, rel=1e-9, abs=max(1e-6, 1e-9 * land))
        nested.rollback()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layout=LAYOUT, more=shapes(60, 150))
def test_one_more_park_never_lowers_the_coverage(town, layout, more):
    with town.conn.begin_nested() as nested:
        laid_out(town, layout)
        before = town.coverage()
        town.put("park", more)
        after = town.coverage()
        assert after["numerator"] >= before["numerator"] * (1 - 1e-12) - 1e-6
        assert after["denominator"] == before["denominator"]
        nested.rollback()
