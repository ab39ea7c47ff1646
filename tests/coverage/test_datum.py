"""The datum guard on the sample city and on real streets: what is sound passes, and what is shifted is refused with figures."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from registry import geo
from registry.catalogue import load
from registry.coverage import coverage, datum, straight
from registry.coverage.fit import Outline, Roads, judge
from registry.coverage.network import kept
from registry.errors import MixedDatum
from registry.scope import WHOLE
from registry.shifted import SHIFTED
from registry.store.staging import put_many

SAMPLE = Path(__file__).resolve().parents[2] / "sample_gis"
TIANJIN = 4548


def drawn(path: Path, srid: int) -> np.ndarray:
    """The sound shapes of a file in metres of a working CRS."""
    read = geopandas.read_file(path, encoding="gbk" if "滨海" in path.name else None)
    shapes = np.asarray((read if read.crs is None else read.to_crs(srid)).geometry.values)
    return shapely.make_valid(shapes[[s is not None and not s.is_empty for s in shapes]])


def shifted(shapes: np.ndarray, srid: int, way) -> np.ndarray:
    """As a public map would have them, in the same metres."""
    degrees, metres = geo.transformer(srid, geo.STORED), geo.transformer(geo.STORED, srid)
    return shapely.transform(shapes, lambda c: np.column_stack(metres.transform(*way(np.column_stack(degrees.transform(*c.T))).T)))


def abroad_to_tianjin(shapes: np.ndarray) -> np.ndarray:
    """Public maps of Helsinki are not shifted: its real streets and parks are set down where they are."""
    return shapely.transform(shapes, lambda c: c - np.array([385_500, 6_672_000]) + np.array([560_000, 4_322_000]))


@pytest.fixture(scope="session")
def real(shared_data) -> dict[str, tuple[int, np.ndarray, np.ndarray]]:
    """Name → (working CRS, roads, layer)."""
    found = {}
    helsinki = {name: abroad_to_tianjin(drawn(shared_data / "helsinki-osm-assets" / f"{name}.shp", 32635))
                for name in ("roads", "parks", "residential", "streetlights", "manholes", "toilets")}
    for name in ("parks", "residential", "streetlights", "manholes", "toilets"):
        found[f"helsinki {name}"] = TIANJIN, helsinki["roads"], helsinki[name]
    folder = shared_data / "tianjin-binhai-osm-gbk-cgcs2000"
    roads = drawn(folder / "滨海新区道路.shp", TIANJIN)
    blocks = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(roads))))
    blocks = blocks[(shapely.area(blocks) > 3000) & (shapely.area(blocks) < 300_000)][::20]
    found["tianjin blocks"] = TIANJIN, roads, shapely.buffer(blocks, -12)[~shapely.is_empty(shapely.buffer(blocks, -12))]
    bridges = drawn(folder / "滨海新区桥梁.shp", TIANJIN)
    found["tianjin bridges"] = TIANJIN, roads, shapely.line_interpolate_point(bridges, 0.5, normalized=True)
    for name in ("公园", "居住用地"):
        found[f"sample {name}"] = 4549, drawn(SAMPLE / "城市道路.shp", 4549), drawn(SAMPLE / f"{name}.shp", 4549)
    return found


LAYERS = ("helsinki parks", "helsinki residential", "helsinki streetlights", "helsinki manholes", "tianjin blocks", "tianjin bridges",
          "sample 公园", "sample 居住用地")


@pytest.mark.parametrize("name", LAYERS)
def test_real_layers_pass_as_they_are_and_not_when_shifted(real, name):
    srid, roads, layer = real[name]
    known = Roads.of(roads, srid)
    assert judge(Outline.drawn(layer), known)["verdict"] == "agree"
    for system in SHIFTED:
        found = judge(Outline.drawn(shifted(layer, srid, system.shift)), known)
        assert (found["verdict"], found["looks_like"]) == ("mixed", f"layer:{system.key}")


@pytest.mark.parametrize(("name", "system"), [("helsinki parks", SHIFTED[0]), ("sample 居住用地", SHIFTED[1])])
def test_roads_that_are_shifted_are_the_ones_named(real, name, system):
    srid, roads, layer = real[name]
    found = judge(Outline.drawn(layer), Roads.of(shifted(roads, srid, system.shift), srid))
    assert (found["verdict"], found["looks_like"]) == ("mixed", f"roads:{system.key}")


def test_both_shifted_alike_are_of_one_datum(real):
    srid, roads, layer = real["sample 居住用地"]
    way = SHIFTED[0].shift
    assert judge(Outline.drawn(shifted(layer, srid, way)), Roads.of(shifted(roads, srid, way), srid))["verdict"] == "agree"


def test_a_few_points_in_dense_streets_cannot_be_told(real):
    srid, roads, layer = real["helsinki toilets"]
    found = judge(Outline.drawn(layer), Roads.of(roads, srid))
    assert found["verdict"] == "unknown" and found["why"] in datum.WHY


@pytest.mark.parametrize("seed", range(4))
def test_what_has_nothing_to_do_with_the_roads_is_never_called_shifted(real, seed):
    srid, roads, _ = real["sample 公园"]
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(roads)
    at = rng.uniform([west, south], [east, north], (40, 2))
    anything = shapely.box(*at.T, *(at + rng.uniform(30, 200, (40, 2))).T)
    assert judge(Outline.drawn(anything), Roads.of(roads, srid))["verdict"] != "mixed"


def test_where_public_maps_are_not_shifted_nothing_can_be_told():
    found = judge(Outline.drawn(np.array([shapely.box(385_000, 6_672_000, 386_000, 6_673_000)])),
                  Roads.of(np.array([shapely.LineString([(385_000, 6_672_000), (386_000, 6_672_000), (385_500, 6_674_000)])]), 32635))
    assert found == {"verdict": "unknown", "why": "not_shifted_here"}


# -- in the registry ---------------------------------------------------------------------------------
def put_all(town, kind, shapes, shift=None):
    """Stored as they are drawn, or as somebody would have loaded the degrees of a public map."""
    there = [town.stored(shape) for shape in shapes]
    if shift is not None:
        there = [shapely.transform(shape, lambda c: geo.snap(shift(c))) for shape in there]
    rows = [{"code": f"{kind}{n}", "geom": shape} for n, shape in enumerate(there)]
    assert put_many(town.conn, load().kind(kind), town.city, rows, actor="tester", reason="test").new == len(rows)


@pytest.fixture
def laid_out(town):
    """Streets 150 to 250 m apart, parks and housing in the blocks between them."""
    rng = np.random.default_rng(5)
    x, y = (np.cumsum(rng.uniform(150, 250, 16)) for _ in range(2))
    put_all(town, "road", [shapely.LineString(line) for n in range(16)
                           for line in ([(x[n], y[0]), (x[n], y[-1])], [(x[0], y[n]), (x[-1], y[n])])])
    town.blocks = [shapely.box(x[i] + 15, y[j] + 15, x[i + 1] - 15, y[j + 1] - 15) for i in range(15) for j in range(15)]
    return town


def finding(town):
    return datum.check(straight.prepare(town.conn, "park", town.city))


def test_one_datum_agrees_and_a_layer_of_gcj_02_is_refused_with_the_evidence_in_both_languages(laid_out):
    put_all(laid_out, "residential", laid_out.blocks[::4])
    with laid_out.conn.begin_nested() as sound:
        put_all(laid_out, "park", laid_out.blocks[1::12])
        assert finding(laid_out).verdict == "agree" and finding(laid_out).require() is None
        sound.rollback()
    put_all(laid_out, "park", laid_out.blocks[1::12], SHIFTED[0].shift)
    mixed = finding(laid_out)
    assert [(layer["key"], layer["verdict"]) for layer in mixed.layers] == [("park", "mixed"), ("residential", "agree")]
    with pytest.raises(MixedDatum) as caught:
        mixed.require()
    error = caught.value
    assert "公园像是 GCJ-02" in error.message("zh") and "Park looks like GCJ-02" in error.message("en") and error.exit_code == 3
    evidence = error.more["datum"]["layers"][0]
    scores = {h["key"]: h["score"] for h in evidence["hypotheses"]}
    assert evidence["looks_like"] == "layer:GCJ-02" and scores["layer:GCJ-02"] > 3.5 > scores["stored"]
    assert {h["key"] for h in evidence["hypotheses"]} == {"stored", *(f"{side}:{s.key}" for side in ("layer", "roads") for s in SHIFTED)}
    json.dumps(error.more)
    with pytest.raises(MixedDatum):  # told as a figure, but never filed
        coverage(laid_out.conn, "park", laid_out.city, audited=True)
    assert coverage(laid_out.conn, "park", laid_out.city)["value"] is not None


def along_roads(town, count=60):
    """Control points as they are set: by the side of the streets."""
    rng = np.random.default_rng(9)
    roads = kept.lines(town.conn, town.city, WHOLE)
    lines = roads[rng.integers(0, len(roads), count)]
    at = shapely.get_coordinates(shapely.line_interpolate_point(lines, rng.random(count), normalized=True)) + rng.normal(0, 2, (count, 2))
    return list(shapely.points(at - np.array(town.origin)))


def test_control_points_tell_that_the_roads_and_all_else_are_of_a_public_map(laid_out):
    """All of one datum agree with each other, and only points that are known show that it is the wrong one."""
    put_all(laid_out, "residential", laid_out.blocks[::4])
    put_all(laid_out, "park", laid_out.blocks[1::12])
    told = finding(laid_out).as_dict()
    assert told["control"]["layers"] == [] and "没有测量控制点" in told["control"]["note"]["zh"] and "not checked" in told["control"]["note"]["en"]
    points = along_roads(laid_out)
    with laid_out.conn.begin_nested() as sound:
        put_all(laid_out, "control_point", points)
        told = finding(laid_out)
        assert told.verdict == "agree" and [c["verdict"] for c in told.control] == ["agree"] and told.as_dict()["control"]["note"] is None
        sound.rollback()
    put_all(laid_out, "control_point", points, SHIFTED[0].back)  # where they are if the city is drawn on GCJ-02
    with pytest.raises(MixedDatum, match="control point") as caught:
        finding(laid_out).require()
    assert caught.value.more["datum"]["control"]["layers"][0]["looks_like"] == "roads:GCJ-02"


def test_a_few_control_points_change_nothing(laid_out):
    put_all(laid_out, "residential", laid_out.blocks[::4])
    put_all(laid_out, "park", laid_out.blocks[1::12])
    put_all(laid_out, "control_point", along_roads(laid_out, 3))
    assert finding(laid_out).verdict == "agree" and finding(laid_out).control[0]["why"] == "too_few"


def test_an_audited_figure_says_what_the_datums_were_found_to_be(laid_out):
    put_all(laid_out, "residential", laid_out.blocks[::4])
    put_all(laid_out, "park", laid_out.blocks[1::12])
    assert coverage(laid_out.conn, "park", laid_out.city, audited=True)["audit"]["datum"]["verdict"] == "agree"


def test_lengths_of_streets_are_looked_at_as_land_is(laid_out):
    put_all(laid_out, "toilet", [shapely.centroid(block) for block in laid_out.blocks[::9]])
    found = datum.check(straight.prepare(laid_out.conn, "toilet_roads", laid_out.city))
    assert [layer["key"] for layer in found.layers] == ["toilet", "road"] and found.verdict != "mixed"


def test_without_roads_it_cannot_be_told_which_is_not_fine(town):
    town.three_strips()
    told = finding(town).as_dict()
    assert told["verdict"] == "unknown" and "无法判断" in told["title"]["zh"] and told["roads"]["lines"] == 0
    assert {layer["why"]["en"] for layer in told["layers"]} == {"there are no roads to compare with"}
    finding(town).require()


def test_nothing_to_compare_is_unknown(laid_out):
    assert finding(laid_out).verdict == "unknown"
