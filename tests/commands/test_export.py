"""`registry export` and `registry template`, as they are typed."""

from __future__ import annotations

import json

import openpyxl
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
    with db.begin() as conn:
        made = cities.City("demo", "示范市", "Demo City", None, 4549)
        cities.put(conn, made)
        put_many(conn, load().kind("toilet"), made, [{"code": "T1", "name": "解放路公厕", "geom": shapely.Point(120.5, 30)}],
                 actor="t", reason="t")


@pytest.fixture
def run(town, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, [*map(str, words)])


def test_the_format_follows_the_name_of_the_file(run, tmp_path):
    made = run("export", "toilet", "-o", "公厕.shp", "--city", "demo", "--crs", "working", "--encoding", "gbk")
    assert made.exit_code == 0, made.output
    assert {p.name for p in tmp_path.iterdir()} == {f"公厕{e}" for e in (".shp", ".shx", ".dbf", ".prj", ".cpg", ".fields.csv")}
    assert "CGCS2000_3_Degree_GK_CM_120E" in (tmp_path / "公厕.prj").read_text()
    assert run("export", "toilet", "--city", "demo").exit_code == 0 and (tmp_path / "toilet.gpkg").is_file()


def test_standard_output_carries_the_rows_and_nothing_else(run):
    made = run("export", "toilet", "--format", "geojson", "-o", "-", "--city", "demo")
    assert made.exit_code == 0 and json.loads(made.stdout)["features"][0]["properties"]["code"] == "T1"


@pytest.mark.parametrize(("words", "status", "said"), [
    (("toilet", "-o", "公厕.doc"), 2, "gpkg"), (("nothing",), 4, "toilet"), (("toilet", "-o", "-", "--format", "gpkg"), 2, "-o"),
    (("toilet", "--crs", "EPSG:1"), 2, "crs"), (("toilet", "-o", "no/such/folder/x.csv"), 3, "x.csv")])
def test_what_cannot_be_is_one_sentence_in_both_languages(run, words, status, said):
    made = run("export", *words, "--city", "demo")
    lines = made.output.strip().splitlines()
    assert made.exit_code == status and said in made.output and len(lines) == 2, made.output


def test_the_template_has_every_field_and_loads_when_filled_in(run, tmp_path):
    assert run("template", "toilet", "-o", "表.xlsx").exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "表.xlsx")
    form = book.worksheets[0]
    heads = [c.value for c in form[1]]
    assert len(heads) == len(load().kind("toilet").fields) + 2
    for name, value in (("编码", "T2"), ("名称", "人民路公厕"), ("公厕类别", "一类"), ("经度", 120.6), ("纬度", 30.1)):
        form.cell(2, heads.index(name) + 1, value)
    book.save(tmp_path / "公厕.xlsx")
    made = run("load", "公厕.xlsx", "--yes", "--city", "demo", "--json", "--reason", "t")
    assert made.exit_code == 0 and json.loads(made.stdout)[0]["new"] == 1
    again = run("template", "toilet", "-o", "表.xlsx")
    assert again.exit_code == 3 and "--force" in again.output
