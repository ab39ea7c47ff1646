"""The commands print what the rooms answer: as tables, as JSON and as a file of blind spots."""

from __future__ import annotations

import json
import zipfile

import pytest
import shapely
from click.testing import CliRunner

from registry import db
from registry.catalogue import load
from registry.cli import main
from registry.indicators import every
from registry.store import cities
from registry.store.staging import put_many


@pytest.fixture(scope="module")
def town(database):
    """A park, the housing beside it, a district and two lamps, committed."""
    park, land = shapely.box(120, 30, 120.002, 30.002), shapely.box(120.002, 30, 120.01, 30.002)
    with db.begin() as conn:
        city = cities.City("demo", "示范市", "Demo City", None, 4549)
        cities.put(conn, city)
        for kind, rows in (("district", [{"code": "330601", "name": "西区", "geom": shapely.box(119.9, 29.9, 120.1, 30.1)}]),
                           ("park", [{"code": "P", "geom": park}]), ("residential", [{"code": "R", "population": 100, "geom": land}]),
                           ("streetlight", [{"code": f"L{n}", "lit": lit, "state": "intact", "road_class": "arterial",
                                             "geom": shapely.Point(120.001, 30)} for n, lit in enumerate(("lit", "unlit"))])):
            assert put_many(conn, load().kind(kind), city, rows, actor="t", reason="t").new == len(rows)
    return database


def run(*words, status=0):
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


def test_the_inventory_is_a_table_and_json_of_the_same(town):
    assert "公里" in run("inventory") and "路灯" in run("inventory")
    told = json.loads(run("inventory", "--by", "district", "--json"))
    assert {r["class"]: r["count"] for r in told["rows"]} == {"park": 1, "streetlight": 2}


def test_indicators_without_a_code_tell_all_of_them(town):
    shown = run("indicators")
    for words in ("完好率", "亮灯率", "公园绿地服务半径覆盖率", "100.00", "50.00"):
        assert words in shown
    assert [f["code"] for f in json.loads(run("indicators", "--json"))] == [i.code for i in every()]


def test_an_indicator_by_a_group_is_the_same_by_table_and_json(town):
    told = json.loads(run("indicators", "lighting_rate", "--by", "road_class", "--json"))
    assert told["by"][0]["key"] == "arterial" and told["value"] == 50
    assert "主干路" in run("indicators", "lighting_rate", "--by", "road_class")
    assert "西区" in run("indicators", "intact_rate", "--class", "streetlight", "--by", "district")
    assert "合计" in run("indicators", "intact_rate", "--by", "district")


def test_coverage_prints_its_rows_and_writes_the_blind_spots(town, tmp_path):
    file = tmp_path / "gaps.geojson"
    shown = run("coverage", "park", "--gaps", str(file))
    assert "西区" in shown and "没有建成区" in shown
    collection = json.loads(file.read_text(encoding="utf-8"))
    told = json.loads(run("coverage", "park", "--json"))
    assert collection["type"] == "FeatureCollection" and len(collection["features"]) == told["gaps"]["count"] == 1
    assert sum(f["properties"]["area_m2"] for f in collection["features"]) == pytest.approx(told["uncovered_m2"])
    assert json.loads(run("coverage", "park", "--edition", "2010", "--json"))["edition"]["key"] == "2010"


def test_coverage_is_audited_into_a_zip_and_compared_with_another_day(town, tmp_path):
    file = tmp_path / "audit.zip"
    shown = run("coverage", "park", "--audit", str(file))
    assert "audit.zip" in shown and "MANIFEST.json" in zipfile.ZipFile(file).namelist()
    assert "新增 0" in run("coverage", "park", "--compare", "2020-01-01")
    told = json.loads(run("coverage", "park", "--compare", "2020-01-01", "--json"))
    assert told["from"]["on"] == "2020-01-01" and told["difference"]["value"] == 0
    assert json.loads(run("coverage", "park", "--without", "closed", "--json"))["facilities"]["without"] == ["closed"]
    run("coverage", "toilet")
    run("coverage", "toilet_roads")


@pytest.mark.parametrize(("words", "status"), [
    (("coverage", "park", "--without", "tall"), 2), (("coverage", "park", "--zone-edition", "built_up_area"), 2),
    (("coverage", "toilet", "--audit", "/nowhere/x.zip"), 3), (("indicators", "nope"), 4), (("indicators", "intact_rate", "--class", "nope"), 4),
    (("indicators", "intact_rate", "--by", "nope"), 2), (("indicators", "--by", "nope"), 2), (("coverage", "nope"), 4),
    (("coverage", "park", "--edition", "1999"), 2), (("coverage", "park", "--by", "park"), 2),
    (("inventory", "--city", "nope"), 4), (("coverage", "park", "--gaps", "/nowhere/x.geojson"), 3)])
def test_what_cannot_be_answered_is_one_sentence_and_a_status(town, words, status):
    assert "Traceback" not in run(*words, status=status)
