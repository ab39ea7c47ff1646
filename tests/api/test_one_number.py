"""One number everywhere: the same indicator is the same by library, JSON, table, page and command line."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from registry import db, indicators
from registry.cli import main
from registry.scope import Sight
from registry.store import cities

EVERY = [(i.code, i.classes()[0].key if i.classes() else None) for i in indicators.every()]
OPTIONS = {"old_pipe_share": {"older_than_years": "20"}, "zone_layer_share": {"layer": "sponge_city"},
           "utility_tunnel_good_rate": {"good_grades": "A"}, "transfer_capacity_met": {"kg_per_person_day": "1.1"}}


def said(code, cls):
    return {**({"class": cls} if cls else {}), **OPTIONS.get(code, {})}


def library(code, cls, **ask):
    with db.connect() as conn:
        return indicators.measure(conn, code, cities.get(conn, "demo"), cls=cls, sight=Sight(), **OPTIONS.get(code, {}), **ask)


@pytest.mark.parametrize(("code", "cls"), EVERY, ids=lambda v: v)
def test_an_indicator_is_the_same_number_everywhere(client, get, code, cls):
    expected = library(code, cls)
    address = f"/indicators/{code}?{urlencode(said(code, cls))}"
    body = get(address)
    table = list(csv.DictReader(io.StringIO(client.get(f"{address}&f=csv").data.decode("utf-8-sig"))))[0]
    for name in ("value", "numerator", "denominator"):
        assert body[name] == expected[name]
        assert (float(table[name]) if table[name] else None) == expected[name]
    low, high = (expected["bounds"] or {}).get("low"), (expected["bounds"] or {}).get("high")
    assert [table["unit"], table["method"], table["standard"]] == [expected["unit"], expected["method"], expected["standard"]["code"]]
    assert [float(table[n]) if table[n] else None for n in ("bounds_low", "bounds_high")] == [low, high]
    assert table["evidence_counted"] == (body["evidence"]["counted"] or "")
    page = client.get(f"{address}&f=html")
    assert page.status_code == 200
    if expected["value"] is not None:
        assert f'<span class="value">{expected["value"]:.2f} {expected["unit"]}' in page.text
    words = [w for k, v in said(code, cls).items() for w in (("--class", v) if k == "class" else ("--option", f"{k}={v}"))]
    told = CliRunner().invoke(main, ["indicators", code, *words, "--json"])
    assert told.exit_code == 0, told.output
    shown = CliRunner().invoke(main, ["indicators", code, *words], env={"COLUMNS": "400"})
    assert shown.exit_code == 0, shown.output
    assert expected["value"] is None or f"{expected['value']:,.2f}" in shown.output
    assert (expected["standard"]["clause"] or "") in shown.output, "the terminal names the clause"
    assert all(r["title"]["zh"] in shown.output for r in (*expected["excluded"], *expected.get("unrated_reasons", ())))
    assert {k: json.loads(told.output)[k] for k in ("value", "numerator", "denominator", "bounds")} == {
        k: expected[k] for k in ("value", "numerator", "denominator", "bounds")}


@pytest.mark.parametrize(("code", "cls"), [(c, k) for c, k in EVERY if k], ids=lambda v: v)
def test_the_rows_of_a_grouping_are_the_same_as_a_table_and_add_up(client, get, code, cls):
    address = f"/indicators/{code}?{urlencode(said(code, cls) | {'by': 'class' if code == 'defects_closed_rate' else 'district'})}"
    body = get(address)
    table = list(csv.DictReader(io.StringIO(client.get(f"{address}&f=csv").data.decode("utf-8-sig"))))
    for row, line in zip((body, *body["by"]), table, strict=True):
        assert {n: float(line[n]) if line[n] else None for n in ("value", "numerator", "denominator")} == {
            n: row[n] for n in ("value", "numerator", "denominator")}
    if code != "park_coverage":  # land on a border of districts is told apart by the engine of coverage, and tested there
        assert sum(r["numerator"] or 0 for r in body["by"]) == pytest.approx(body["numerator"] or 0, rel=1e-9, abs=1e-6)


def test_a_table_of_all_classes_by_a_group_has_each_class_with_its_groups(client, get):
    body = get("/indicators/intact_rate?by=district")
    lines = list(csv.DictReader(io.StringIO(client.get("/indicators/intact_rate?by=district&f=csv").data.decode("utf-8-sig"))))
    told = [(r["key"], n["key"], n["value"]) for r in body["by"] for n in r["by"]]
    assert told and told == [(x["class"], x["key"], float(x["value"]) if x["value"] else None) for x in lines[1:] if x["key"] != x["class"]]


def test_filter_and_options_are_the_same_by_web_and_command_line_and_in_the_evidence(get):
    figure = get("/indicators/intact_rate?class=road&where=road_class:arterial,alley")
    assert figure["scope"]["where"] == {"road_class": ["arterial", "alley"]} and figure["value"] == library(
        "intact_rate", "road", where={"road_class": ["arterial", "alley"]})["value"]
    told = CliRunner().invoke(main, ["indicators", "intact_rate", "--class", "road", "--where", "road_class=arterial,alley", "--json"])
    assert json.loads(told.output)["value"] == figure["value"]
    for which, href in figure["evidence"].items():
        assert get(href.removeprefix("http://localhost"))["numberMatched"] == figure["counts"][which]
    graded = get("/indicators/road_graded_rate?class=road&stale=count&basis=length")
    href = graded["evidence"]["unrated"].removeprefix("http://localhost")
    assert "basis=length" in href and get(href)["numberMatched"] == graded["counts"]["unrated"]


def test_several_classes_are_asked_for_together(get):
    told = get("/indicators/bridge_qualified_rate?classes=bridge,tunnel")
    assert told["scope"]["classes"] == ["bridge", "tunnel"] and [r["key"] for r in told["by"]] == ["bridge", "tunnel"]


@pytest.mark.parametrize(("address", "name"), [
    ("/indicators/intact_rate?class=road&where=colour:red", "where"), ("/indicators/intact_rate?class=road&where=road_class", "where"),
    ("/indicators/intact_rate?class=road&where=road_class:motorway", "road_class"), ("/indicators/intact_rate?class=road&grades=AB", "grades"),
    ("/indicators/road_graded_rate?class=road&grades=E", "grades"), ("/indicators/bridge_good_rate?classes=bridge,road", "class"),
    ("/indicators/zone_layer_share?where=name:x", "where"), ("/indicators/road_graded_rate?class=road&stale_after_years=soon", "stale_after_years"),
    ("/indicators/road_density/evidence?class=road&where=colour:red", "where")])
def test_a_wrong_filter_or_option_is_refused_and_named(refused, address, name):
    assert refused(address)["errors"][0]["parameter"] == name


@pytest.mark.parametrize("words", [("--where", "road_class"), ("--where", "colour=red"), ("--option", "grades=E"), ("--option", "x")])
def test_the_command_line_refuses_them_in_one_sentence(client, words):
    told = CliRunner().invoke(main, ["indicators", "road_graded_rate", *words])
    assert told.exit_code == 2 and "Traceback" not in told.output
