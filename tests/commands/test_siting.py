"""`registry site` prints, draws and writes the sites of an answer."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner

from registry import db
from registry.catalogue import load
from registry.cli import main
from registry.store import cities
from registry.store.staging import put_many


@pytest.fixture(scope="module")
def town(database):
    """A park, two areas of housing, two districts and two planned parks, committed."""
    with db.begin() as conn:
        city = cities.City("demo", "示范市", "Demo City", None, 4549)
        cities.put(conn, city)
        for kind, rows in (
                ("district", [{"code": "W", "name": "西区", "geom": shapely.box(119.9, 29.9, 120.1, 30.1)},
                              {"code": "E", "name": "东区", "geom": shapely.box(120.1, 29.9, 120.3, 30.1)}]),
                ("park", [{"code": "P", "name": "老园", "build_status": "built", "green_area_m2": 1.0,
                            "geom": shapely.box(120, 30, 120.002, 30.002)},
                          *({"code": f"N{n}", "name": f"规划园{n}", "build_status": "planned", "green_area_m2": 100.0 * n,
                             "geom": shapely.box(120.02 + n / 100, 30.003, 120.022 + n / 100, 30.005)} for n in (1, 2))]),
                ("residential", [{"code": "R", "name": "河西", "population": 100, "geom": shapely.box(120.002, 30, 120.05, 30.002)},
                                 {"code": "S", "name": "河东", "population": 900, "geom": shapely.box(120.2, 30, 120.21, 30.002)}])):
            assert put_many(conn, load().kind(kind), city, rows, actor="t", reason="t").new == len(rows)
    return database


def run(*words, status=0):
    result = CliRunner().invoke(main, ["site", *words])
    assert result.exit_code == status, (result.output, result.exception)
    return result.stdout if "--json" in words else result.output  # what was written where is told beside the document


def test_sites_are_a_table_json_a_layer_and_a_curve(town, tmp_path):
    layer, picture, table = (tmp_path / n for n in ("sites.geojson", "curve.svg", "curve.csv"))
    shown = run("park", "--p", "2", "--out", str(layer), "--curve", str(picture))
    assert "覆盖率" in shown and "→" in shown and "未核实用地" in shown
    told = json.loads(run("park", "--p", "2", "--json", "--curve", str(table)))
    written = json.loads(layer.read_text(encoding="utf-8"))
    assert written["features"] == told["features"] and len(told["features"]) == 2
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert len(table.read_text(encoding="utf-8").splitlines()) == 4


def test_the_picture_is_a_map_with_the_sites_and_whose_data_it_is(town, tmp_path):
    file = tmp_path / "map.svg"
    assert "map.svg" in run("park", "--p", "1", "--picture", str(file), "--credit", "© 某局")
    words = file.read_text(encoding="utf-8")
    assert words.startswith("<svg") and "© 某局" in words and ">1</text>" in words
    assert "--picture" in run("park", "--p", "1", "--picture", "map.png", status=2)
    assert "--picture" in run("toilet", "--p", "1", "--picture", str(file), status=2), "there is no built-up area"


def test_each_district_has_an_answer_of_its_own(town, tmp_path):
    layer = tmp_path / "sites.geojson"
    told = json.loads(run("park", "--p", "1", "--each-district", "--json", "--out", str(layer)))
    assert [t["scope"]["district"] for t in told] == ["E", "W"]
    together = json.loads(layer.read_text(encoding="utf-8"))
    assert [f["properties"]["district"] for f in together["features"]] == ["E", "W"] and len(together["districts"]) == 2
    one = json.loads(run("park", "--p", "1", "--district", "E", "--json"))
    assert one["features"] == told[0]["features"]


def test_candidates_of_a_class_or_a_file_are_chosen_from_and_what_they_cannot_reach_is_named(town, tmp_path):
    planned = ("--candidates", "park", "--where", "build_status=planned")
    shown = run("park", "--all", *planned)
    assert "规划园1" in shown and "河东" in shown and "没有备选点够得着" in shown
    told = json.loads(run("park", *planned, "--cost", "green_area_m2", "--budget", "150", "--json"))
    assert [f["properties"]["candidate_name"] for f in told["features"]] == ["规划园1"]
    file = tmp_path / "x.geojson"
    place = {"type": "Feature", "properties": {"name": "甲"}, "geometry": {"type": "Point", "coordinates": [120.205, 30.001]}}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [place]}), encoding="utf-8")
    told = json.loads(run("park", "--p", "1", "--candidates", str(file), "--json"))
    assert told["features"][0]["properties"]["candidate_name"] == "甲" and told["candidates"]["source"] == "x.geojson"


@pytest.mark.parametrize(("words", "status"), [
    (("nope", "--p", "1"), 4), (("park",), 2), (("park", "--p", "0"), 2), (("park", "--p", "1", "--all"), 2),
    (("park", "--p", "1", "--district", "X"), 2), (("park", "--p", "1", "--candidates", "/nowhere.gpkg"), 3),
    (("park", "--p", "1", "--avoid", "/nowhere.gpkg"), 3), (("park", "--p", "1", "--curve", "x.jpg"), 2),
    (("park", "--p", "1", "--each-district", "--curve", "x.svg"), 2), (("park", "--p", "1", "--out", "/nowhere/x.geojson"), 3),
    (("park", "--p", "1", "--candidates", "park", "--where", "state"), 2)])
def test_what_cannot_be_answered_is_one_sentence_and_a_status(town, words, status):
    assert "Traceback" not in run(*words, status=status)
