"""The CRS is what is told, what the file says, or what the size of the coordinates tells: standards.md §12.3."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from offices import HERE, lonlat, projected
from pyproj import CRS

from etl import crs
from etl.crs import Sample
from registry.errors import BadValue, NeedsAnswer

CITY = {"extent": shapely.box(*HERE), "working": 4549}


def decide(file, xy, **more):
    return crs.decide(file, Sample.of(shapely.points(xy)), **more)


def esri(epsg: int) -> str:
    return CRS.from_epsg(epsg).to_wkt("WKT1_ESRI")


def placed(found: crs.Crs, xy: np.ndarray) -> float:
    """How far from the truth, in degrees."""
    return float(np.abs(found.to_stored(xy) - lonlat()).max())


# -- by size: one test a line of the table -------------------------------------------------------
@pytest.mark.parametrize("city", [CITY, {"working": 4549}, {}], ids=["extent", "zone", "unknown city"])
@pytest.mark.parametrize("swap", [False, True])
def test_degrees_are_seen_in_either_order(city, swap):
    xy = lonlat()[:, ::-1] if swap else lonlat()
    found = decide("f", xy, **city)
    assert (found.text, found.swap, found.source) == (4490, swap, "heuristic") and placed(found, xy) == 0


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("city", [CITY, {"working": 4549}], ids=["extent", "zone"])
def test_gauss_kruger_without_prefix_takes_the_city_s_zone(city, swap):
    xy = projected(4549)[:, ::-1] if swap else projected(4549)
    found = decide("f", xy, **city)
    assert (found.text, found.swap) == (4549, swap) and placed(found, xy) < 1e-9


def test_gauss_kruger_without_prefix_of_the_neighbour_zone_is_found_by_the_extent():
    west = np.column_stack([np.linspace(118.9, 119.1, 40), np.linspace(30.1, 30.2, 40)])
    xy = projected(4548, west)
    found = decide("f", xy, extent=shapely.box(118.8, 30, 119.2, 30.3), working=4549)
    assert found.text == 4548 and np.abs(found.to_stored(xy) - west).max() < 1e-9


def test_gauss_kruger_without_prefix_and_without_a_city_is_asked():
    with pytest.raises(NeedsAnswer, match="without zone prefix"):
        decide("f", projected(4549))


@pytest.mark.parametrize("city", [CITY, {}], ids=["city", "unknown city"])
@pytest.mark.parametrize(("epsg", "swap"), [(4528, False), (4528, True), (4499, False), (4499, True)])
def test_a_zone_prefix_names_the_zone_of_three_or_six_degrees(epsg, swap, city):
    xy = projected(epsg)[:, ::-1] if swap else projected(epsg)
    found = decide("f", xy, **city)
    assert (found.text, found.swap) == (epsg, swap) and placed(found, xy) < 1e-9


def test_web_mercator_is_told_from_a_prefix_by_the_city():
    assert placed(decide("f", projected(3857), **CITY), projected(3857)) < 1e-9
    with pytest.raises(NeedsAnswer, match="EPSG:3857"):
        decide("f", projected(3857))


def test_small_coordinates_are_a_local_grid_and_refused():
    with pytest.raises(NeedsAnswer, match="local grid"):
        decide("f", projected(4549) - [450_000, 3_290_000], **CITY)


def test_one_stray_point_in_ten_does_not_turn_the_guess():
    xy = lonlat()
    xy[::11] = [0.5, 9e9]
    assert decide("f", xy, **CITY).text == 4490


# -- by the file's word --------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "epsg"), [("CGCS2000_3_Degree_GK_Zone_40", 4528), ("CGCS2000_3_Degree_GK_CM_120E", 4549)])
def test_esri_s_names_are_known(name, epsg):
    assert name in esri(epsg)
    assert decide("f", projected(epsg), wkt=esri(epsg), **CITY).text == epsg


@pytest.mark.parametrize(("said", "is_"), [(4549, 4528), (4528, 4549)])
def test_a_prefix_that_the_prj_forgets_or_invents_is_set_right(said, is_):
    found = decide("f", projected(is_), wkt=esri(said), **CITY)
    assert found.text == is_ and found.declared.startswith(f"EPSG:{said}") and placed(found, projected(is_)) < 1e-9


def test_swapped_axes_under_a_prj_are_set_right():
    assert decide("f", projected(4549)[:, ::-1], wkt=esri(4549), **CITY).swap
    assert decide("f", lonlat()[:, ::-1], wkt=esri(4490), **CITY).swap


@pytest.mark.parametrize("epsg", [4610, 2385, 2365, 4214, 2437, 4555])
def test_xian_80_and_beijing_54_are_refused(epsg):
    with pytest.raises(NeedsAnswer, match="Xi'an 1980|Beijing 1954"):
        decide("f", projected(4549), wkt=esri(epsg), **CITY)


def test_a_local_meridian_is_not_taken_for_the_nearest_zone():
    own = esri(4549).replace("120.0", "120.75").replace("CGCS2000_3_Degree_GK_CM_120E", "Local_2000")
    found = decide("f", projected(4549), wkt=own)
    assert not isinstance(found.text, int) and "EPSG 中没有" in found.evidence_zh
    assert abs(found.to_stored(projected(4549)) - lonlat() - [0.75, 0]).max() < 1e-9


def test_a_prj_in_degrees_over_metres_is_asked():
    with pytest.raises(NeedsAnswer, match="is in degrees"):
        decide("f", projected(4549), wkt=esri(4490), **CITY)


@pytest.mark.parametrize("wkt", ["hello", 'LOCAL_CS["site",UNIT["metre",1]]'])
def test_what_is_no_crs_is_one_sentence(wkt):
    with pytest.raises(NeedsAnswer):
        decide("f", projected(4549), wkt=wkt, **CITY)


def test_other_countries_systems_keep_their_datum():
    """RD New goes by its Helmert parameters: a ballpark way would be 100 m off."""
    found = decide("f", np.array([[92_000.0, 437_000.0]] * 9), wkt=CRS.from_epsg(28992).to_wkt())
    lon, lat = found.to_stored(np.array([[155_000.0, 463_000.0]]))[0]  # Amersfoort
    assert (lon, lat) == (pytest.approx(5.38721, abs=1e-5), pytest.approx(52.15517, abs=1e-5))


def test_geojson_without_a_crs_is_judged_by_its_size():
    wgs84 = CRS.from_epsg(4326).to_wkt()
    assert decide("f", projected(4549), wkt=wgs84, weak=True, **CITY).text == 4549
    assert decide("f", lonlat(), wkt=wgs84, weak=True).text == 4326


# -- by the user's word --------------------------------------------------------------------------
def test_the_user_wins_over_the_prj():
    found = decide("f", projected(4549), user="EPSG:4549", wkt=esri(4547), **CITY)
    assert (found.text, found.source) == (4549, "user")


@pytest.mark.parametrize("wrong", ["EPSG:4547", "EPSG:3857"])
def test_a_wrong_crs_of_the_user_is_one_sentence(wrong):
    with pytest.raises(NeedsAnswer, match="outside the city"):
        decide("f", projected(4549), user=wrong, **CITY)


def test_a_crs_whose_area_is_elsewhere_is_one_sentence():
    with pytest.raises(NeedsAnswer, match="outside the area it is for"):
        decide("f", projected(3857), user="EPSG:4549")


@pytest.mark.parametrize("nonsense", ["EPSG:99999", "gcj03", "x"])
def test_what_is_no_crs_is_told_by_parameter(nonsense):
    with pytest.raises(BadValue):
        decide("f", lonlat(), user=nonsense)


def test_the_mapping_comes_after_the_file_and_before_the_guess():
    assert decide("f", projected(4549), mapping="EPSG:4549").source == "mapping"
    assert decide("f", projected(4549), wkt=esri(4549), mapping="EPSG:4528").source == "file"


def test_a_district_larger_than_the_city_lies_in_the_city():
    shapes = np.array([shapely.box(119, 29, 122, 31)] * 6)
    assert crs.decide("f", Sample.of(shapes), wkt=esri(4490), **CITY).text == 4490


def test_a_projected_crs_with_degrees_below_it_asks():
    with pytest.raises(NeedsAnswer, match="361"):
        decide("f", lonlat(), wkt=esri(4549), **CITY)


def test_one_unset_coordinate_does_not_refuse_the_file():
    xy = np.vstack([lonlat(), [[1e300, 1e300]]])
    assert decide("f", xy, wkt=esri(4490), **CITY).text == 4490


def test_a_projection_that_proj_does_not_know_asks(shared_data):
    wkt = (shared_data / "encodings-mapshaper/issues/193/three_points.prj").read_text()
    with pytest.raises(NeedsAnswer):
        decide("f", np.array([[500000.0, 200000.0]] * 6), wkt=wkt, **CITY)
