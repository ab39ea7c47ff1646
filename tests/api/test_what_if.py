"""What-ifs over HTTP: answered in full, nothing written, bad bodies named in both languages, no place told that is not public."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from registry import db
from registry.catalogue import load
from registry.scope import Scope
from registry.store import cities, tokens
from registry.store.staging import put_many

PARK = {"type": "Polygon", "coordinates": [[[120.52, 30.02], [120.523, 30.02], [120.523, 30.023], [120.52, 30.023], [120.52, 30.02]]]}
ASK = "/coverage/park/what-if"


@pytest.fixture(scope="module")
def housing(served):
    with db.begin() as conn:
        put_many(conn, load().kind("residential"), cities.find(conn, "demo"), [
            {"code": "H1", "population": 900, "geom": shapely.box(120.524, 30.02, 120.53, 30.025)}], actor="t", reason="t")


def post(client, body, status=200, **more):
    answer = client.post(ASK, data=body if isinstance(body, str) else json.dumps(body), content_type="application/json", **more)
    assert answer.status_code == status, answer.text
    return answer.json


def test_a_park_that_is_thought_of_gains_land_and_people_and_nothing_is_written(client, housing):
    with db.connect() as conn:
        before = conn.execute(text("SELECT (SELECT count(*) FROM asset), (SELECT count(*) FROM batch)")).one()
    told = post(client, {"add": [{"geometry": PARK}]})
    assert told["gain_m2"] > 1000 and told["gain_people"] > 0
    assert told["after"]["numerator"] - told["before"]["numerator"] == pytest.approx(told["gain_m2"])
    assert {"rel": "self"}.items() <= told["links"][0].items()
    with db.connect() as conn:
        assert conn.execute(text("SELECT (SELECT count(*) FROM asset), (SELECT count(*) FROM batch)")).one() == before


@pytest.mark.parametrize("body", [
    [], {}, {"add": 1}, {"add": [], "remove": []}, {"remove": ["x"]}, {"remove": [True]}, {"remove": [999_999_999]}, {"plus": []},
    {"add": [PARK]}, {"add": [{"geometry": None}]}, {"add": [{"geometry": {"type": "Polygon", "coordinates": "no"}}]},
    {"add": [{"geometry": {"type": "Point", "coordinates": [120.52, 30.02]}}]}, {"add": [{"geometry": PARK, "properties": []}, 3]},
    {"add": [{"geometry": PARK, "properties": {"colour": "green"}}]}, {"add": [{"geometry": PARK, "properties": {"build_status": "?"}}]},
    {"add": [{"geometry": {"type": "Polygon", "coordinates": [[[10, 10], [11, 10], [11, 11], [10, 10]]]}}]},
    {"add": [{"geometry": PARK}] * 201}, {"remove": list(range(1, 1002))}, "{"])
def test_what_is_wrong_with_a_body_is_said_in_both_languages(client, served, body):
    zh = post(client, body, 400, headers={"Accept-Language": "zh"})["detail"]
    en = post(client, body, 400, headers={"Accept-Language": "en"})["detail"]
    assert zh != en and any("一" <= c <= "鿿" for c in zh)


def test_a_shape_whose_buffer_takes_too_long_is_given_up_in_time(client, served, monkeypatch):
    monkeypatch.setenv("REGISTRY_STATEMENT_TIMEOUT_S", "1")
    turns = np.linspace(0, 2 * np.pi, 4_000, endpoint=False)
    far = np.where(np.arange(4_000) % 2, 0.01, 0.003)
    star = shapely.Polygon(np.column_stack([120.52 + far * np.cos(turns), 30.02 + far * np.sin(turns)]))
    said = post(client, {"add": [{"geometry": json.loads(shapely.to_geojson(star))}]}, 503)
    assert "1 秒" in said["zh"] and "1 s" in said["en"]


def test_where_places_are_not_public_there_is_no_what_if(client, served, tmp_path, monkeypatch):
    (tmp_path / "public.toml").write_text("[classes.residential]\ncoarse_degrees = 0.01\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(tmp_path / "public.toml"))
    post(client, {"add": [{"geometry": PARK}]}, 401)


def test_a_scope_sees_the_gain_within_its_borders_only(client, housing):
    with db.begin() as conn:
        secret = tokens.create(conn, name="far", role="reader", reason="t", actor="t", scope=Scope(districts=("330603",)), figures=False)[1]
    told = post(client, {"add": [{"geometry": PARK}]}, headers={"Authorization": f"Bearer {secret}"})
    assert told["gain_m2"] == 0 and told["partial"] and [row["key"] for row in told["by"]] == ["330603"]
    assert told["after"]["denominator"] < post(client, {"add": [{"geometry": PARK}]})["after"]["denominator"]
