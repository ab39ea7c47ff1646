"""Coverage for auditors over the web: the bundle, two days compared, what may be left out, and who may have it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from registry import db
from registry.scope import Scope
from registry.store import tokens


def token(scope, **more):
    """The header of a new token."""
    with db.begin() as conn:
        return {"Authorization": "Bearer " + tokens.create(conn, name="n", role="reader", reason="r", actor="a", scope=scope, **more)[1]}


def test_the_bundle_is_a_zip_of_the_figure_that_is_told(client, get):
    answer = client.get("/coverage/park/audit?edition=2021")
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    assert 'filename="demo-park-audit.zip"' in answer.headers["Content-Disposition"]
    packed = zipfile.ZipFile(io.BytesIO(answer.data))
    figure = json.loads(packed.read("figure.json"))
    told = get("/coverage/park?edition=2021&audit=true")
    assert figure["value"] == told["value"] and figure["audit"]["inputs"] == told["audit"]["inputs"]
    assert told["audit"]["check"]["passed"] and get("/coverage/park?edition=2021")["audit"]["file"].endswith("edition=2021&city=demo")


def test_where_there_is_no_figure_the_bundle_is_refused_without_a_place_of_the_server(refused):
    said = refused("/coverage/park/audit?as_of=1900-01-01T00:00:00Z", 422)
    assert "用地" in said["zh"] and "no land" in said["en"] and "/tmp" not in json.dumps(said)


@pytest.mark.parametrize("said, status", [("[classes.park]\nhide = ['name']", 401), ("[classes.residential]\nread = false", 401),
                                          ("figures = false", 401), ("", 200)])
def test_the_bundle_is_not_for_those_from_whom_something_of_it_is_kept(client, tmp_path, monkeypatch, said, status):
    file = tmp_path / "public.toml"
    file.write_text(said, encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert client.get("/coverage/park/audit").status_code == status


def test_the_bundle_is_not_for_a_part_of_the_city(client, get):
    code = get("/collections/district/items?limit=1")["features"][0]["properties"]["code"]
    for more in ({}, {"figures": True}):
        assert client.get("/coverage/park/audit", headers=token(Scope(districts=(code,)), **more)).status_code == 403
    assert client.get("/coverage/park/audit", headers=token(Scope(city="demo"), figures=True)).status_code == 200


def test_two_days_are_told_side_by_side(get, refused):
    body = get("/coverage/park/compare?from=2010-01-01&to=2026-01-01")
    assert body["from"]["on"] == "2010-01-01" and body["to"]["denominator"] == get("/coverage/park?datetime=2026-01-01")["denominator"]
    assert set(body["facilities"]["counts"]) == {"came", "went", "changed"}
    for wrong, name in (("from=2020-01-01&to=2010-01-01", "to"), ("from=yesterday&to=2020-01-01", "from"), ("to=2020-01-01", "from")):
        assert refused(f"/coverage/park/compare?{wrong}")["errors"][0]["parameter"] == name


def test_what_may_be_left_out_is_asked_of_the_class(get, refused):
    assert get("/coverage/park?without=closed,poor")["facilities"]["without"] == ["closed", "poor"]
    assert refused("/coverage/toilet?without=closed")["errors"][0]["parameter"] == "without"
    assert refused("/coverage/park?zone_edition=built_up_area")["errors"][0]["parameter"] == "zone_edition"
    rules = {r["rule"]: r for r in get("/coverage")["rules"]}
    assert rules["park"]["without"] == ["closed", "poor", "charged"] and rules["toilet_roads"]["basis"] == "length"


def test_a_field_that_is_kept_back_is_no_choice(client, tmp_path, monkeypatch):
    file = tmp_path / "public.toml"
    file.write_text("[classes.park]\nhide = ['open_to_public']", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    for path in ("/coverage/park", "/coverage/park/served", "/coverage/park/gaps"):
        assert client.get(f"{path}?without=closed").status_code == 400
        assert client.get(path).status_code == 200
