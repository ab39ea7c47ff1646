"""Old datums and local grids: refused without parameters, converted with them, and what fits badly is named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from offices import HERE, lonlat, projected
from pyproj import CRS, Transformer
from surveys import KRASSOVSKY, SEVEN, TOWGS84, beijing, local, seven, table, toml

from etl import control, crs, parameters, placing
from etl.control import Points
from etl.crs import Sample
from registry import geo
from registry.errors import BadDeclaration, BadFile, NeedsAnswer

CITY = {"extent": shapely.box(*HERE), "working": 4549}
OLD = [4610, 4214, 4555, *range(2327, 2391), *range(2401, 2443), *range(21413, 21424), *range(21453, 21464), *range(4568, 4590)]
HEIGHTS_M = 0.005  # by so much the height that is lost in a file without heights moves a place


def decide(xy, **more):
    return crs.decide("f", Sample.of(shapely.points(xy)), **more)


def off_m(found: crs.Crs, xy: np.ndarray, truth: np.ndarray) -> float:
    """How far the farthest point is from the truth, in metres."""
    placed = found.to_stored(xy)
    return float(np.hypot(*((placed - truth) * [np.cos(np.radians(30)), 1]).T).max() * 111_320)


# -- without parameters --------------------------------------------------------------------------
@pytest.mark.parametrize("spelling", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_every_zone_of_the_old_datums_needs_parameters_in_every_spelling(spelling):
    for code in OLD[::4 if spelling == "WKT1_ESRI" else 11]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = placing.needs_parameters(CRS.from_wkt(CRS.from_epsg(code).to_wkt(spelling)))
        assert told and ("Xi'an 1980" in told[1] or "Beijing 1954" in told[1]) and "--datum" in told[0], code


@pytest.mark.parametrize("name", ["Xian80_GK_120", "西安80坐标系", "北京54"])
def test_an_old_datum_under_an_office_s_own_name_is_refused(name):
    wkt = CRS.from_epsg(2437).to_wkt("WKT1_ESRI").replace("Beijing_1954_3_Degree_GK_CM_120E", name).replace("D_Beijing_1954", "D_Own")
    with pytest.raises(NeedsAnswer, match="--datum"):
        decide(projected(4549), wkt=wkt, **CITY)


def test_a_grid_of_today_s_datum_may_have_the_name_of_an_old_one_s_town():
    assert geo.old_datum(CRS.from_wkt(CRS.from_epsg(4549).to_wkt("WKT1_ESRI").replace("CGCS2000_3_Degree_GK_CM_120E", "北京地方坐标系"))) is None


def test_old_parameters_that_a_program_wrote_into_the_prj_are_not_believed():
    """GDAL writes those of an oil field into every Beijing 1954."""
    wkt = CRS.from_epsg(2437).to_wkt("WKT1_GDAL")
    with_shift = wkt.replace('AUTHORITY["EPSG","6214"]', 'TOWGS84[15.8,-154.4,-82.3,0,0,0,0],AUTHORITY["EPSG","6214"]')
    assert "TOWGS84" in with_shift
    with pytest.raises(NeedsAnswer, match="Beijing 1954"):
        decide(beijing(lonlat()), wkt=with_shift, **CITY)


def test_a_local_grid_told_by_name_asks_for_parameters():
    with pytest.raises(NeedsAnswer, match="local grid.*--datum"):
        decide(local(lonlat()), user="local", **CITY)


# -- seven parameters ----------------------------------------------------------------------------
@pytest.mark.parametrize("prefix", [0, 40])
def test_seven_parameters_lead_from_beijing_1954_as_proj_has_it(tmp_path, prefix):
    """A zone prefix that the .prj does not tell is found under an old datum too."""
    datum = parameters.read(toml(tmp_path, seven(convention="position_vector", accuracy_m=0.3)))
    xy = beijing(lonlat(), prefix)
    found = decide(xy, wkt=CRS.from_epsg(2437).to_wkt("WKT1_ESRI"), datum=datum, **CITY)
    assert off_m(found, xy, lonlat()) < HEIGHTS_M
    assert found.declared.startswith("EPSG:2437") and found.name.startswith("EPSG:2416" if prefix else "EPSG:2437")
    told = found.as_dict()
    assert told["transformation"]["parameters"] == SEVEN and told["transformation"]["accuracy_m"] == 0.3 and told["inside_city"] == 1


def test_without_them_the_place_would_be_a_hundred_metres_off(tmp_path):
    datum = parameters.read(toml(tmp_path, seven(convention="position_vector", helmert=dict.fromkeys(SEVEN, 0.0))))
    assert 50 < off_m(decide(beijing(lonlat()), user="EPSG:2437", datum=datum, **CITY), beijing(lonlat()), lonlat()) < 300


def test_the_other_convention_turns_the_other_way(tmp_path):
    turned = {k: -SEVEN[k] for k in ("rx", "ry", "rz")}
    datum = parameters.read(toml(tmp_path, seven(convention="coordinate_frame", helmert=turned)))
    assert off_m(decide(beijing(lonlat()), user="EPSG:2437", datum=datum), beijing(lonlat()), lonlat()) < HEIGHTS_M


def test_units_of_rotation_and_scale_can_be_told(tmp_path):
    other = {**{k: np.radians(SEVEN[k] / 3600) for k in ("rx", "ry", "rz")}, "s": SEVEN["s"] / 1e6}
    datum = parameters.read(toml(tmp_path, seven(convention="position_vector", rotation_unit="radian", scale_unit="factor", helmert=other)))
    assert datum.helmert == pytest.approx(SEVEN)


def test_rotations_without_their_convention_are_refused(tmp_path):
    with pytest.raises(BadDeclaration, match="position_vector or coordinate_frame"):
        parameters.read(toml(tmp_path, seven()))


def test_seven_parameters_of_a_grid_with_its_own_meridian_need_its_projection(tmp_path):
    own = KRASSOVSKY.replace("120", "120.5")
    xy = np.column_stack(Transformer.from_crs("EPSG:4326", f"{own} {TOWGS84}", always_xy=True).transform(*lonlat().T))
    assert off_m(decide(xy, datum=parameters.read(toml(tmp_path, seven(convention="position_vector", from_=own))), **CITY), xy, lonlat()) < HEIGHTS_M
    with pytest.raises(BadDeclaration, match="tell it with from"):
        decide(xy, datum=parameters.read(toml(tmp_path, seven(convention="position_vector"))), **CITY)


def test_wrong_parameters_are_seen_by_the_city(tmp_path):
    datum = parameters.read(toml(tmp_path, seven(convention="position_vector", helmert={"dx": 90_000.0, "dz": -90_000.0})))
    with pytest.raises(NeedsAnswer, match="outside the city"):
        decide(beijing(lonlat()), user="EPSG:2437", datum=datum, **CITY)


def test_what_leads_to_cgcs2000_by_itself_does_not_use_them(tmp_path):
    datum = parameters.read(toml(tmp_path, seven(convention="position_vector")))
    found = decide(projected(4549), wkt=CRS.from_epsg(4549).to_wkt("WKT1_ESRI"), datum=datum, **CITY)
    assert found.way is None and "not used" in found.notes[0][1]


# -- a pipeline ----------------------------------------------------------------------------------
def test_a_pipeline_leads_to_the_crs_it_names(tmp_path):
    datum = parameters.read(toml(tmp_path, 'pipeline = "+proj=affine +xoff=450000 +yoff=3290000"\nto = "EPSG:4549"\nsaid_by = "测绘院"\n'))
    xy = projected(4549) - [450_000, 3_290_000]
    found = decide(xy, datum=datum, **CITY)
    assert off_m(found, xy, lonlat()) < 0.001 and found.way.facts["said_by"] == "测绘院"
    assert "accuracy_m" in found.notes[0][1]


def test_a_pipeline_that_proj_does_not_know_is_one_sentence(tmp_path):
    with pytest.raises(BadDeclaration, match="PROJ does not know"):
        decide(local(lonlat()), datum=parameters.read(toml(tmp_path, 'pipeline = "+proj=nonsense"')), **CITY)


# -- control points ------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("epsg", [4549, 4528, 4490])
def test_control_points_lead_from_a_local_grid(tmp_path, epsg, encoding):
    places = lonlat(6, seed=5)
    target = places if epsg == 4490 else projected(epsg, places)
    found = decide(local(lonlat()), datum=parameters.read(table(tmp_path, local(places), target, encoding)), **CITY)
    assert off_m(found, local(lonlat()), lonlat()) < 1e-4
    told = found.as_dict()["transformation"]
    assert told["parameters"]["rotation_arcsec"] == pytest.approx(-1200, abs=1e-3)
    assert told["parameters"]["scale_ppm"] == pytest.approx(-12, abs=1e-3)
    assert len(told["residuals_m"]) == 6 and told["rms_m"] < 1e-5 and "estimated accuracy" in found.notes[0][1]


def test_residuals_and_accuracy_are_of_the_size_of_the_errors():
    rng = np.random.default_rng(3)
    places = lonlat(30, seed=7)
    fit = control.similarity(Points(tuple(map(str, range(30))), local(places) + rng.normal(0, 0.05, (30, 2)), projected(4549, places)))
    assert 0.04 < fit.rms_m < 0.1 and fit.rms_m < fit.accuracy_m < 1.3 * fit.rms_m
    assert np.abs(fit.residuals_m.sum(axis=0)).max() < 1e-6, "least squares leave no mean"


def test_a_textbook_similarity_is_found():
    """By hand: turned by 90°, doubled, moved by (100, 200)."""
    source = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    fit = control.similarity(Points(("a", "b", "c", "d"), source, np.array([[100.0, 200.0], [100.0, 220.0], [80.0, 200.0], [80.0, 220.0]])))
    assert fit.parameters == pytest.approx({"rotation_arcsec": 324_000, "scale_ppm": 1e6, "shift_east_m": 100, "shift_north_m": 200})
    assert control.apply(fit.pipeline, np.array([[5.0, 5.0]]))[0] == pytest.approx([90, 210])


@settings(deadline=None, max_examples=40)
@given(turn=st.floats(-180, 180), ppm=st.floats(-5000, 5000), east=st.floats(-4e7, 4e7), north=st.floats(-6e6, 6e6))
def test_any_similarity_is_found_again(turn, ppm, east, north):
    source, a = projected(4549, lonlat(5, seed=2)) - [540_000, 3_310_000], np.radians(turn)
    matrix = (1 + ppm / 1e6) * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    fit = control.similarity(Points(tuple("abcde"), source, source @ matrix.T + [east, north]))
    assert fit.rms_m < 1e-6 and fit.parameters["scale_ppm"] == pytest.approx(ppm, abs=1e-4)
    assert control.apply(fit.pipeline, np.array([[50_000.0, -20_000.0]]))[0] == pytest.approx(matrix @ [50_000, -20_000] + [east, north], abs=1e-5)


def test_a_blunder_is_refused_and_named(tmp_path):
    places = lonlat(6, seed=5)
    target = projected(4549, places)
    target[2] += [7.0, -3.0]
    with pytest.raises(BadDeclaration, match=r"over the limit of 0.5 m.*the worst is 点3"):
        decide(local(lonlat()), datum=parameters.read(table(tmp_path, local(places), target)), **CITY)


def test_axes_that_stand_the_other_way_are_recognised(tmp_path):
    places = lonlat(6, seed=5)
    with pytest.raises(BadDeclaration, match="north before east: swap"):
        decide(local(lonlat()), datum=parameters.read(table(tmp_path, local(places)[:, ::-1], projected(4549, places))), **CITY)


def test_a_file_with_north_first_is_swapped_when_told(tmp_path):
    places = lonlat(6, seed=5)
    table(tmp_path, local(places), projected(4549, places))
    datum = parameters.read(toml(tmp_path, 'points = "points.csv"\nswap = true\n'))
    assert off_m(decide(local(lonlat())[:, ::-1], datum=datum, **CITY), local(lonlat())[:, ::-1], lonlat()) < 1e-4


@pytest.mark.parametrize(("count", "line", "match"), [(2, False, "at least 3"), (5, True, "nearly on a line")])
def test_too_few_points_or_points_on_a_line_are_refused(tmp_path, count, line, match):
    places = np.column_stack([np.linspace(120.5, 120.6, count), np.linspace(30, 30.1, count)]) if line else lonlat(count)
    with pytest.raises(BadDeclaration, match=match):
        decide(local(lonlat()), datum=parameters.read(table(tmp_path, local(places), projected(4549, places))), **CITY)


def test_a_point_that_stands_twice_is_refused(tmp_path):
    places = lonlat(5)[[0, 1, 2, 3, 0]]
    with pytest.raises(BadDeclaration, match="stands twice"):
        decide(local(lonlat()), datum=parameters.read(table(tmp_path, local(places), projected(4549, places))), **CITY)


def test_shapes_far_from_the_control_points_are_told(tmp_path):
    corner = lonlat(6) * 0.05 + np.array([120.52, 29.97]) * 0.95
    found = decide(local(lonlat()), datum=parameters.read(table(tmp_path, local(corner), projected(4549, corner))), **CITY)
    assert "far beyond the control points" in found.notes[-1][1]


def test_seven_parameters_are_fitted_to_points_of_an_old_datum(tmp_path):
    places = lonlat(8, seed=5)
    table(tmp_path, beijing(places), projected(4549, places))
    datum = parameters.read(toml(tmp_path, 'points = "points.csv"\nmethod = "helmert"\nfrom = "EPSG:2437"\nto = "EPSG:4549"\n'))
    found = decide(beijing(lonlat()), datum=datum, **CITY)
    assert off_m(found, beijing(lonlat()), lonlat()) < HEIGHTS_M and found.way.facts["rms_m"] < 0.005


def test_points_can_stand_in_the_file_itself(tmp_path):
    places = lonlat(4, seed=5)
    rows = ", ".join(f"{{name = \"K{n}\", from = {a}, to = {b}}}" for n, (a, b) in
                     enumerate(zip(local(places).tolist(), projected(4549, places).tolist(), strict=True)))
    datum = parameters.read(toml(tmp_path, f"[datum]\npoints = [{rows}]\nto = \"EPSG:4549\"\n"))
    assert off_m(decide(local(lonlat()), datum=datum), local(lonlat()), lonlat()) < 1e-4


def test_the_target_of_bare_points_is_asked_where_it_cannot_be_told(tmp_path):
    places = lonlat(5)
    with pytest.raises(BadDeclaration, match="name it with to beside points"):
        decide(local(lonlat()), datum=parameters.read(table(tmp_path, local(places), projected(4549, places))))


@pytest.mark.parametrize(("text", "match"), [
    ("", "exactly one"), ("hello", "TOML"), ('pipeline = "x"\npoints = "y"', "exactly one"), ("helmert = {dx = 1}", "dx dy dz"),
    ('helmert = {dx = 1, dy = 1, dz = "1"}', "dx dy dz"), ('pipeline = "x"\nmethod = "magic"', "similarity, helmert"),
    ("helmert = 3", "wrong type"), ("hemlert = {dx = 1}", "unknown key"), ("points = [{from = [1], to = [2, 3]}]", "expected"),
    ('points = "none.csv"', "no such file"), ('pipeline = "x"\nlimit_m = true', "wrong type")])
def test_what_is_no_declaration_is_one_sentence(tmp_path, text, match):
    with pytest.raises((BadDeclaration, BadFile), match=match):
        parameters.read(toml(tmp_path, text))


@pytest.mark.parametrize(("text", "match"), [("a,b\n1,2\n", "lack columns"), ("from_x,from_y,to_x,to_y\n1,2,x,4\n", "no number"),
                                             ("from_x,from_y,to_x,to_y\n1,2,nan,4\n", "no number")])
def test_what_is_no_table_of_points_is_one_sentence(tmp_path, text, match):
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(BadDeclaration, match=match):
        parameters.read(path)


# -- golden places: standards.md §12.1 and §12.2 -------------------------------------------------
@pytest.mark.parametrize(("lon", "epsg"), [(114.886, 4547), (107.387, 4545), (117.223, 4548), (120.58, 4549)])
def test_the_zones_of_the_cities_are_those_of_the_standard(lon, epsg):
    assert geo.working_srid(lon) == epsg


def test_the_golden_place_of_the_standard_in_its_zone():
    assert projected(4549, np.array([[120.58, 30.03]]))[0] == pytest.approx([555945.7, 3323580.7], abs=0.05)
    assert decide(np.array([[555945.7, 3323580.7]]), user="EPSG:4549").to_stored(np.array([[555945.7, 3323580.7]]))[0] == \
        pytest.approx([120.58, 30.03], abs=1e-6)


def test_metres_are_not_of_a_shifted_map():
    with pytest.raises(NeedsAnswer, match="is in degrees and they are not"):
        decide(projected(4549), user="GCJ-02", **CITY)
