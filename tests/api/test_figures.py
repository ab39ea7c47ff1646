"""Figures over the web: the form of the rooms below, links made whole, evidence that counts up."""

from __future__ import annotations

import csv
import io
from urllib.parse import parse_qs, urlsplit

import pytest


def path(href: str) -> str:
    assert href.startswith("http://localhost/")
    return href.removeprefix("http://localhost")


@pytest.mark.parametrize("which", ["counted", "failing", "unrated"])
@pytest.mark.parametrize("cls", ["road", "streetlight", "bridge"])
def test_the_evidence_of_a_figure_is_as_many_assets_as_it_counted(get, cls, which):
    figure = get(f"/indicators/intact_rate?class={cls}")
    body = get(path(figure["evidence"][which]))
    assert body["numberMatched"] == figure["counts"][which]
    assert all(f["geometry"] is None or f["properties"]["code"] for f in body["features"])


def test_evidence_is_paged_like_items(get, client):
    seen, address = [], "/indicators/intact_rate/evidence?class=road&set=counted&limit=4"
    while address:
        body = get(address)
        seen += [f["id"] for f in body["features"]]
        address = next((path(ln["href"]) for ln in body["links"] if ln["rel"] == "next"), "")
    assert len(seen) == len(set(seen)) == get("/indicators/intact_rate?class=road")["counts"]["counted"]
    table = client.get("/indicators/intact_rate/evidence?class=road&set=failing&f=csv")
    assert len(table.text.splitlines()) == 1 + get("/indicators/intact_rate?class=road")["counts"]["failing"]


def test_a_figure_has_the_common_form(get):
    body = get("/indicators/intact_rate?class=road&by=road_class")
    assert set(body) >= {"code", "title", "method", "basis", "unit", "value", "numerator", "denominator", "unrated",
                         "excluded", "bounds", "as_of", "scope", "standard", "zone_edition", "by", "target", "evidence"}
    assert body["basis"] == "length" and 0 <= body["bounds"]["low"] <= body["value"] <= body["bounds"]["high"] <= 100
    assert sum(r["denominator"] for r in body["by"]) == pytest.approx(body["denominator"])


def test_a_figure_as_a_table_has_the_whole_first_and_then_its_groups(client, get):
    body = get("/indicators/intact_rate?class=road&by=road_class")
    lines = list(csv.DictReader(io.StringIO(
        client.get("/indicators/intact_rate?class=road&by=road_class&f=csv").data.decode("utf-8-sig"))))
    assert [r["key"] for r in lines] == ["total", *(r["key"] for r in body["by"])]
    assert float(lines[0]["value"]) == body["value"] and lines[0]["title_zh"] == "合计"


def test_every_indicator_and_rule_is_listed_and_linked(get):
    for entry in get("/indicators")["indicators"]:
        assert get(path(entry["links"][0]["href"]))["code"] == entry["code"]
    for entry in get("/coverage")["rules"]:
        for link in entry["links"]:
            get(path(link["href"]))


def test_the_blind_spots_of_the_parks_add_up_to_what_is_not_covered(get):
    body = get("/coverage/park")
    gaps = get(path(body["gaps"]["href"]))
    assert gaps["type"] == "FeatureCollection" and gaps["numberReturned"] == body["gaps"]["count"] > 0
    assert sum(f["properties"]["area_m2"] for f in gaps["features"]) == pytest.approx(body["uncovered_m2"], rel=1e-6)
    first = gaps["features"][0]["properties"]
    assert {"area_m2", "population", "district", "nearest_id", "nearest_m"} <= set(first)
    assert {path(h).split("?")[0] for h in body["evidence"].values() if h} == {"/coverage/park/gaps", "/coverage/park/served"}
    assert get(path(body["evidence"]["counted"]))["features"]


@pytest.mark.parametrize("address, name", [
    ("/indicators/intact_rate?by=nothing&class=road", "by"), ("/indicators/intact_rate?class=nothing", "class"),
    ("/indicators/intact_rate?class=district", "class"), ("/indicators/lighting_rate?class=road", "class"),
    ("/indicators/intact_rate/evidence", "class"), ("/indicators/intact_rate/evidence?class=road&set=all", "set"),
    ("/inventory?by=colour", "by"), ("/coverage/park?edition=1999", "edition"), ("/coverage/park?by=colour", "by"),
    ("/coverage/park/gaps?edition=1999", "edition"), ("/coverage/park/gaps?district=nowhere", "district")])
def test_a_wrong_choice_is_refused_and_named(refused, address, name):
    assert refused(address)["errors"][0]["parameter"] == name


@pytest.mark.parametrize("by", ["", "?by=district", "?by=owner", "?by=group"])
def test_the_inventory_is_the_same_in_json_and_in_the_table(client, get, by):
    body = get(f"/inventory{by}")
    raw = client.get(f"/inventory{by}{'&' if by else '?'}f=csv").data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(raw)))
    assert [(r["class"], int(r["count"])) for r in lines] == [(r["class"], r["count"]) for r in body["rows"]]
    assert sum(int(r["count"]) for r in lines if r["class"] == "road") == 23


def test_a_figure_leaves_nothing_behind_in_the_database(get):
    from sqlalchemy import text

    from registry import db

    get("/coverage/park")
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM pg_class WHERE relname LIKE 'coverage%' AND relname NOT LIKE 'coverage\\_kept%'")).scalar_one() == 0


MOMENTS = ("datetime=2010-01-01", "as_of=2020-01-01T00:00:00%2B08:00", "datetime=2010-01-01&as_of=2026-01-01")


@pytest.mark.parametrize("when", MOMENTS)
def test_a_past_figure_leads_to_the_evidence_of_that_moment(get, when):
    figure = get(f"/indicators/intact_rate?class=road&{when}")
    for which, href in figure["evidence"].items():
        said = parse_qs(urlsplit(href).query)
        assert said.get("datetime") == (["2010-01-01"] if "datetime" in when else None)
        assert ("as_of" in said) == ("as_of" in when)
        body = get(path(href))
        assert body["numberMatched"] == figure["counts"][which]
        up = next(ln["href"] for ln in body["links"] if ln["rel"] == "up")
        assert get(path(up))["counts"] == figure["counts"]


def test_a_moment_that_differs_from_today_has_other_evidence(get):
    then, now = (get(path(get(f"/indicators/intact_rate?class=road{when}")["evidence"]["unrated"]))["numberMatched"]
                 for when in ("&datetime=2001-01-01", ""))
    assert then != now


@pytest.mark.parametrize("when", MOMENTS)
def test_past_coverage_leads_to_the_areas_of_that_moment(get, when):
    figure = get(f"/coverage/park?{when}")
    for href in filter(None, (*figure["evidence"].values(), figure["gaps"]["href"])):
        said = parse_qs(urlsplit(href).query)
        assert ("datetime" in said, "as_of" in said) == ("datetime" in when, "as_of" in when)
        back = next(ln["href"] for ln in get(path(href))["links"] if ln["rel"] == "collection")
        assert get(path(back))["denominator"] == figure["denominator"]


@pytest.mark.parametrize("area", ["gaps", "served"])
def test_areas_without_the_right_to_figures_say_that_they_are_partial(client, get, token, area):
    answer = client.get(f"/coverage/park/{area}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200 and answer.json["partial"] is True
    assert "partial" not in get(f"/coverage/park/{area}")


def test_a_figure_of_all_says_that_its_evidence_is_of_what_may_be_seen(get):
    """Gas pipes count in the figures of the city and are shown to nobody without a token."""
    pipes, lamps = get("/indicators/intact_rate?class=pipe"), get("/indicators/intact_rate?class=streetlight")
    assert "counts" in pipes["evidence_note"]["en"] and "partial" not in pipes and "evidence_note" not in lamps
    assert "evidence_note" in get("/indicators/intact_rate")
