"""A newcomer answers line by line: what is shown, what is kept, and what is loaded then."""

from __future__ import annotations

import re

import pytest
import shapely
from click.testing import CliRunner
from offices import lonlat, projected
from sqlalchemy import create_engine, text

from etl import mapping
from registry.cli import main

NAMES = ["LDBH", "路名称", "等级", "GYZL"]


@pytest.fixture
def lamps(office):
    def write(epsg=4490, stem="灯"):
        grades = ["主干路", "高速", "游步道", "主干路"]
        xy = lonlat(8) if epsg == 4490 else projected(4549, lonlat(8))
        return office(stem, NAMES, [[f"{stem}{n}", "人民路", grades[n % 4], "LED"] for n in range(8)], [shapely.Point(*p) for p in xy],
                      epsg=epsg if epsg == 4490 else None)

    return write


@pytest.fixture
def talk(database, tmp_path):
    def answer(path, *lines, words=()):
        call = ["load", "--interactive", str(path), "--rejects", str(tmp_path / "rejects"), *words]
        return CliRunner().invoke(main, call, input="\n".join([*lines, ""]))

    return answer


def grades(database, city):
    engine = create_engine(database)
    with engine.connect() as conn:
        found = conn.execute(text("SELECT code, attrs->>'road_class', name FROM asset WHERE city = :c ORDER BY code"), {"c": city}).all()
    engine.dispose()
    return [tuple(row) for row in found]


def start(city):
    """City with both titles, class by key, encoding as it is; then come three proposals, changes, CRS, two grades."""
    return city, "新城", "New Town", "streetlight", ""


def test_a_newcomer_is_led_from_the_file_to_the_loaded_rows(talk, lamps, database, mappings):
    result = talk(lamps(), *start("newtown"), "y", "n", "y", "", "", "快速路", "-", "y")
    assert result.exit_code == 0, result.output
    assert grades(database, "newtown")[:3] == [("灯0", "arterial", None), ("灯1", "expressway", None), ("灯2", None, None)]
    kept = mapping.read(mappings / "newtown" / "灯.shp.toml")
    layer, = kept.layers
    assert (layer.kind, layer.only, kept.city.zh) == ("streetlight", True, "新城")
    assert {"code": "LDBH", "road_class": "等级"}.items() <= dict(layer.fields).items()
    assert layer.values["road_class"] == {"高速": "expressway", "游步道": ""}


def test_what_is_shown_tells_evidence_samples_and_counts_within_a_hundred_columns(talk, lamps):
    result = talk(lamps(stem="灯B"), *start("btown"), "n", "n", "y", "", "", "", "", "n")
    shown = result.output
    for word in ("GBK", "灯B0、灯B1", "0.9", "EPSG:4490", "'高速'（2 行）", "road_class", "Chinese name", "写入？"):
        assert word in shown, (word, shown)
    lines = shown.split("灯B.shp → ")[0].splitlines()
    width = max(sum(2 if ord(c) > 0x2E80 else 1 for c in re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in lines
                if "/" not in line)  # a path of the machine is not broken
    assert width <= 100


def test_the_same_source_is_loaded_later_without_a_question(talk, lamps, database, tmp_path):
    talk(lamps(stem="灯C"), *start("ctown"), "y", "y", "y", "", "", "快速路", "-", "n")
    result = CliRunner().invoke(main, ["load", str(tmp_path / "灯C.shp"), "--city", "ctown", "--yes", "--rejects", str(tmp_path)])
    assert result.exit_code == 0 and "存下的映射" in result.output, result.output
    assert ("灯C1", "expressway", None) in grades(database, "ctown")


def test_columns_are_changed_by_number_or_name_and_nonsense_is_asked_again(talk, lamps, mappings):
    result = talk(lamps(stem="灯D"), *start("dtown"), "n", "n", "n", "99=name", "?", "2=名称", "LDBH=", "1=code", "", "", "", "", "n")
    assert "不明白 '99=name'" in result.output
    layer, = mapping.read(mappings / "dtown" / "灯D.shp.toml").layers
    assert dict(layer.fields) == {"name": "路名称", "code": "LDBH"}


def test_a_class_that_needs_a_code_asks_for_its_column_and_for_nothing_else(talk, lamps, mappings):
    result = talk(lamps(stem="灯H"), *start("htown"), "n", "n", "n", "LDBH=", "", "", "none", "1", "", "", "", "n")
    assert "哪一列是编码" in result.output and "不明白 'none'" in result.output, result.output
    layer, = mapping.read(mappings / "htown" / "灯H.shp.toml").layers
    assert layer.fields["code"] == "LDBH"


def test_a_file_without_a_crs_is_asked_for_it(talk, lamps, database):
    result = talk(lamps(4549, stem="灯E"), *start("crstown"), "n", "n", "n", "", "EPSG:99999", "EPSG:4549", "y")
    assert result.exit_code == 0 and "不明白 'EPSG:99999'" in result.output, result.output
    assert len(grades(database, "crstown")) == 8


def test_nobody_at_the_terminal_ends_it_and_writes_nothing(talk, lamps, database, mappings):
    result = talk(lamps(stem="灯F"), "quiettown", "静", "Quiet")
    assert result.exit_code != 0 and grades(database, "quiettown") == [] and not (mappings / "quiettown").exists()


def test_a_layer_may_be_left_out(talk, lamps, mappings):
    result = talk(lamps(stem="灯G"), "gtown", "", "", "s")
    assert result.exit_code == 3 and not (mappings / "gtown" / "灯G.shp.toml").exists()
