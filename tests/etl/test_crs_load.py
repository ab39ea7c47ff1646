"""Files of other datums, local grids and public maps through the door: where they come to lie and what is kept of it."""

from __future__ import annotations

import numpy as np
import pyogrio
import pytest
import shapely
from offices import lonlat, projected
from sqlalchemy import text
from surveys import SEVEN, beijing, local, seven, table

from registry import shifted
from registry.errors import BadDeclaration, NeedsAnswer


def lamps(office, shapes, epsg=None, stem="路灯"):
    rows = [[f"LD{n}", f"灯{n}"] for n in range(len(shapes))]
    return office(stem, ["编号", "名称"], rows, list(shapes), epsg=epsg)


def stored(conn) -> np.ndarray:
    rows = conn.execute(text("SELECT ST_X(geom), ST_Y(geom) FROM asset WHERE class = 'streetlight' ORDER BY length(code), code")).all()
    return np.array([tuple(r) for r in rows])


def test_a_file_of_beijing_1954_is_loaded_with_the_parameters_of_its_mapping_and_they_are_kept(registry, office, conn, tmp_path):
    path = lamps(office, shapely.points(beijing(lonlat())), 2437)
    with pytest.raises(NeedsAnswer, match="--datum"):
        registry(path, kind="streetlight")
    mapping = tmp_path / "m.toml"
    mapping.write_text(f'[datum]\n{seven(convention="position_vector", said_by="测绘院")}\n[[layer]]\nmatch = "路灯.shp"\nclass = "streetlight"\n')
    made, = registry(path, mapping=mapping)
    assert (made.read, made.new) == (40, 40) and any("accuracy" in en for _, en in made.notes)
    assert np.abs(stored(conn) - lonlat()).max() < 1e-7
    kept = conn.execute(text("SELECT mapping->'crs' FROM batch WHERE id = :id"), {"id": made.batch}).scalar_one()
    assert kept["declared"].startswith("EPSG:2437") and kept["confirmed"] == kept["declared"] and kept["inside_city"] == 1
    assert kept["transformation"]["parameters"] == SEVEN and kept["transformation"]["said_by"] == "测绘院"
    again, = registry(path, mapping=mapping)
    assert again.same == 40 and again.batch is None


def test_a_local_grid_is_loaded_by_control_points_given_beside_it(registry, office, conn, tmp_path):
    places = lonlat(6, seed=5)
    path = lamps(office, shapely.points(local(lonlat())))
    made, = registry(path, kind="streetlight", datum=table(tmp_path, local(places), projected(4549, places)))
    assert made.new == 40 and np.abs(stored(conn) - lonlat()).max() < 2e-9
    kept = conn.execute(text("SELECT mapping->'crs'->'transformation' FROM batch WHERE id = :id"), {"id": made.batch}).scalar_one()
    assert kept["pipeline"].startswith("+proj=affine") and len(kept["residuals_m"]) == 6


@pytest.mark.parametrize("key", ["GCJ-02", "BD-09"])
def test_places_of_public_maps_are_taken_back_and_marked(registry, office, conn, key):
    shift = shifted.find(key)
    path = lamps(office, shapely.points(shift.shift(lonlat())), 4326)
    made, = registry(path, kind="streetlight", crs=key)
    assert made.new == 40 and np.abs(stored(conn) - lonlat()).max() < 2e-9
    kept = conn.execute(text("SELECT mapping->'crs' FROM batch WHERE id = :id"), {"id": made.batch}).scalar_one()
    assert (kept["declared"], kept["confirmed"], kept["derived_from"]) == (key, key, key)
    assert any(f"derived from {key}" in en for _, en in made.notes)


def test_a_mapping_can_say_that_a_layer_is_shifted(registry, office, conn, tmp_path):
    path = lamps(office, shapely.points(shifted.to_gcj02(lonlat())[:, ::-1]))
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[layer]]\nmatch = "路灯.shp"\nclass = "streetlight"\ncrs = "GCJ-02"\n')
    made, = registry(path, mapping=mapping)
    assert made.crs["swapped"] and np.abs(stored(conn) - lonlat()).max() < 2e-9


@pytest.mark.parametrize("key", ["GCJ-02", "BD-09"])
def test_shifted_places_under_a_false_name_are_suspected_by_what_the_city_holds(registry, office, key):
    shift = shifted.find(key)
    true = lamps(office, shapely.points(lonlat()), 4490)
    false = lamps(office, shapely.points(shift.shift(lonlat())), 4326, stem="路灯2")
    registry(true, kind="streetlight")
    assert not any("look like" in en for _, en in registry(true, kind="streetlight")[0].notes)
    made, = registry(false, kind="streetlight", dry_run=True)
    assert any(f"look like {key}" in en and f"--crs {key}" in zh for zh, en in made.notes)
    assert not any("look like" in en for _, en in registry(false, kind="streetlight", crs=key)[0].notes)


def test_a_true_file_over_shifted_holdings_is_told_so(registry, office):
    registry(lamps(office, shapely.points(shifted.to_gcj02(lonlat())), 4326), kind="streetlight")
    made, = registry(lamps(office, shapely.points(lonlat()), 4490, stem="路灯2"), kind="streetlight", dry_run=True)
    assert any("that is there looks like GCJ-02" in en for _, en in made.notes)


# -- a real grid ---------------------------------------------------------------------------------
def test_the_real_grid_of_shenzhen_is_loaded_by_rough_points_and_says_how_rough(registry, shared_data, conn, tmp_path):
    """Centres of the same districts on a web map, 100–300 m off: too rough by the limit, told when it is raised."""
    grid = pyogrio.read_dataframe(shared_data / "shenzhen-districts-qt" / "qu.shp", encoding="gbk")
    web = pyogrio.read_dataframe(shared_data / "shenzhen-shanghai-pygeo" / "sz.shp")
    here = {name[:2]: (shape.centroid.x, shape.centroid.y) for name, shape in zip(grid.JDNAME, grid.geometry, strict=True)}
    there = {name: (shape.centroid.x, shape.centroid.y) for name, shape in zip(web.qh, web.geometry, strict=True)}
    inland = ["罗湖", "福田", "龙华", "坪山", "光明", "龙岗"]
    points = "\n".join(f"  {{name = \"{n}\", from = {list(here[n])}, to = {list(there[n])}}}," for n in inland)
    mapping = tmp_path / "m.toml"

    def load(limit: float):
        mapping.write_text(f'[city]\nkey = "shenzhen"\n[datum]\nfrom = "local"\nlimit_m = {limit}\npoints = [\n{points}\n]\n'
                           '[[layer]]\nmatch = "qu.shp"\nclass = "district"\nfields = {code = "JDCODE", name = "JDNAME"}\n')
        return registry(shared_data / "shenzhen-districts-qt" / "qu.shp", mapping=mapping, city="shenzhen")

    with pytest.raises(BadDeclaration, match="over the limit of 0.5 m"):
        load(0.5)
    made, = load(200)
    assert (made.read, made.new) == (10, 10) and 100 < made.crs["transformation"]["accuracy_m"] < 400
    lon, lat = conn.execute(text("SELECT ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom)) FROM zone WHERE code = '440304'")).one()
    assert (lon, lat) == (pytest.approx(there["福田"][0], abs=0.004), pytest.approx(there["福田"][1], abs=0.004))
