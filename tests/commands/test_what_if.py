"""`registry what-if`: the same figures as a table and as JSON; a bad file is one sentence."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner

from registry import db
from registry.catalogue import load
from registry.commands.what_if import what_if
from registry.errors import BadFile, BadValue
from registry.store import cities
from registry.store.staging import put_many


@pytest.fixture(scope="module")
def town(database):
    with db.begin() as conn:
        city = cities.City("demo", "示范市", "Demo City", None, 4549)
        cities.put(conn, city)
        put_many(conn, load().kind("residential"), city, [{"code": "R", "population": 100, "geom": shapely.box(120.002, 30, 120.01, 30.002)}],
                 actor="t", reason="t")


def test_a_file_of_parks_is_added_in_thought(town, tmp_path):
    file = tmp_path / "new.geojson"
    file.write_text(shapely.to_geojson(shapely.box(120, 30, 120.002, 30.002)), encoding="utf-8")
    told = CliRunner().invoke(what_if, ["park", str(file), "--json"], catch_exceptions=False)
    found = json.loads(told.output)
    assert found["added"] == 1 and found["gain_m2"] > 1000 and found["before"]["numerator"] == 0
    assert "what" not in CliRunner().invoke(what_if, ["park", str(file)], catch_exceptions=False).output


@pytest.mark.parametrize(("words", "content", "error"), [
    (["park"], None, BadValue), (["park", "FILE"], None, BadFile), (["park", "FILE"], "no", BadFile),
    (["park", "FILE"], '{"type": "FeatureCollection", "features": []}', BadFile), (["park", "--remove", "17"], None, BadValue),
    (["park", "FILE"], '{"type": "Point", "coordinates": [120, 30]}', BadValue)])
def test_what_cannot_be_thought_of_is_said(town, tmp_path, words, content, error):
    file = tmp_path / "new.geojson"
    if content:
        file.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(what_if, [str(file) if w == "FILE" else w for w in words])
    assert isinstance(result.exception, error)
