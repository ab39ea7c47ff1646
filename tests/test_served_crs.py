"""The table of served CRS: axes as PROJ has them, zones in both forms, boxes as the places they cover."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import geo, served_crs
from registry.errors import BadValue
from registry.served_crs import DEFAULT, derived, served

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ZONE = 4549
SHAOXING = np.array([[120.58, 30.03]])


def of(uri: str, zone: int = ZONE) -> served_crs.Served:
    return served_crs.find("crs", uri, (*served(zone), *derived(zone)))


# Golden values of standards.md §12.2: northing comes first.
@pytest.mark.parametrize("code, expected", [
    (4326, (30.03, 120.58)), (4490, (30.03, 120.58)), (4549, (3323580.7, 555945.7)), (4528, (3323580.7, 40555945.7))])
def test_coordinates_stand_in_the_order_of_their_authority(code, expected):
    assert of(f"{EPSG}{code}").from_stored(SHAOXING)[0] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("code", [4326, 4490, 4549, 4528, 3857])
def test_coordinates_are_those_that_proj_gives_with_its_own_axes(code):
    theirs = pyproj.Transformer.from_crs(4490, code).transform(30.03, 120.58)  # north first, as EPSG has it
    assert of(f"{EPSG}{code}").from_stored(SHAOXING)[0] == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize("meridian", range(75, 136, 3))
def test_a_zone_of_three_degrees_is_served_with_and_without_its_number(meridian):
    plain = geo.working_srid(meridian)
    uris = [s.uri for s in served(plain)]
    numbered = 4513 + meridian // 3 - 25
    assert uris == [geo.CRS84, *(f"{EPSG}{n}" for n in (4326, 4490, plain, numbered, 3857))]
    assert {s.uri for s in served(numbered)} == set(uris)
    place = np.array([[meridian + 0.5, 30.0]])
    north, east = of(uris[3], plain).from_stored(place)[0]
    assert of(uris[4], plain).from_stored(place)[0] == pytest.approx((north, east + meridian // 3 * 1e6), abs=1e-3)


def test_a_city_abroad_has_its_zone_once_and_nothing_shifted():
    assert [s.uri for s in served(32760)][3:] == [f"{EPSG}32760", f"{EPSG}3857"] and derived(32760) == ()


def test_a_zone_of_an_old_datum_is_not_served_since_no_true_way_leads_to_it():
    assert f"{EPSG}2385" not in [s.uri for s in served(2385)]


def test_what_is_not_served_is_refused_by_naming_what_is():
    with pytest.raises(BadValue) as refused:
        of(f"{EPSG}4548")
    for language in ("zh", "en"):
        assert all(s.uri in refused.value.message(language) for s in (*served(ZONE), *derived(ZONE)))


def test_gcj02_is_the_published_value():
    shown = of(served_crs.SHIFTED_URN + "GCJ-02").from_stored(np.array([[118.0, 32.0]]))[0]
    assert shown == pytest.approx((118.00543101383846, 31.997964381055795), abs=1e-9)
    assert of("gcj02") is of("GCJ-02") and of("bd09").shift.key == "BD-09"


@settings(deadline=None)
@given(st.sampled_from([*served(ZONE), *derived(ZONE)]), st.floats(115, 126), st.floats(20, 50))
def test_there_and_back_is_the_same_place_to_a_tenth_of_a_millimetre(one, lon, lat):
    place = np.array([[lon, lat]])
    # 0.1 mm of rounding; BD-09 comes back by iteration.
    assert np.abs(one.to_stored(one.from_stored(place)) - place).max() < 1e-9


def test_a_place_beyond_the_range_of_a_zone_is_none():
    numbered = of(f"{EPSG}4528").from_stored(SHAOXING)
    assert not np.isfinite(of(f"{EPSG}4549").to_stored(numbered)).any()
    assert not np.isfinite(of(f"{EPSG}4549").to_stored(numbered[:, ::-1])).any()


ANGLES = st.floats(-1.2, 1.2)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([s for s in (*served(ZONE), *derived(ZONE)) if not s.in_degrees]), st.tuples(ANGLES, ANGLES),
       st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)), st.tuples(ANGLES, ANGLES))
def test_a_box_covers_the_places_whose_coordinates_lie_in_it(one, corner, size, place):
    here = np.array([[120.5 + place[0], 30.0 + place[1]]])
    ends = np.array([[120.5 + corner[0], 30.0 + corner[1]], [120.5 + corner[0] + size[0], 30.0 + corner[1] + size[1]]])
    axes = slice(None, None, -1) if one.swap else slice(None)
    (x0, y0), (x1, y1) = one.from_stored(ends)[:, axes]
    (x, y), = one.from_stored(here)[:, axes]
    x1, y1 = max(x0, x1), max(y0, y1)  # meridians lean: a narrow box of degrees may end west of where it begins
    covered = one.place((x0, y0, x1, y1))
    area = shapely.box(*covered) if isinstance(covered, tuple) else shapely.from_wkb(covered)
    depth = min(x - x0, x1 - x, y - y0, y1 - y) * (1 if one.shift is None else geo.METRES_PER_DEGREE)
    if abs(depth) > 0.002:
        assert area.intersects(shapely.Point(here[0])) == (depth > 0)


@pytest.mark.parametrize("one", [s for s in served(ZONE) if not s.in_degrees], ids=lambda s: s.uri.rpartition("/")[2])
def test_a_box_of_the_very_coordinates_of_an_answer_finds_its_feature(one):
    for lon in np.linspace(120.4, 120.8, 23):
        y, x = one.from_stored(np.array([[lon, 30.0123456789]]))[0][:: 1 if one.swap else -1]
        covered = one.place((x, y, x, y))
        area = shapely.box(*covered) if isinstance(covered, tuple) else shapely.from_wkb(covered)
        assert area.intersects(shapely.Point(lon, 30.0123456789))


def test_a_box_of_a_zone_over_the_antimeridian_covers_both_sides():
    fiji = of(f"{EPSG}32760", 32760)
    x0, x1 = (fiji.from_stored(np.array([[lon, -17.5]]))[0][0] for lon in (179.5, -179.5))
    area = shapely.from_wkb(fiji.place((x0, 8e6, x1, 8.1e6)))
    assert area.is_valid and area.bounds[0] == -180 and area.bounds[2] == 180
    assert area.intersects(shapely.Point(179.9, -17.5)) and area.intersects(shapely.Point(-179.9, -17.5))
    assert not area.intersects(shapely.Point(0, -17.5)) and not area.intersects(shapely.Point(179.3, -17.5))


@pytest.mark.parametrize("one", [s for s in (*served(ZONE), *derived(ZONE)) if s.wraps], ids=lambda s: s.uri[-6:])
def test_west_east_of_east_spans_the_antimeridian(one):
    ends = one.from_stored(np.array([[179.0, -18.0], [-179.0, -17.0]]))[:, ::-1 if one.swap else 1]
    covered = one.place((ends[0][0], ends[0][1], ends[1][0], ends[1][1]))
    if isinstance(covered, tuple):
        assert covered == pytest.approx((179.0, -18.0, -179.0, -17.0), abs=1e-6)
    else:
        area = shapely.from_wkb(covered)
        assert area.area == pytest.approx(2.0, abs=1e-4) and area.bounds[::2] == (-180, 180)


def test_only_what_is_derived_says_so():
    assert [served_crs.notice(s) for s in served(ZONE)] == [None] * 6 and served(ZONE)[0] == DEFAULT
    for one in derived(ZONE):
        said = served_crs.notice(one)
        assert said["crs"] == one.uri and "不得" in said["zh"] and "must not be loaded back" in said["en"]
