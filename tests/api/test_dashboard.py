"""The dashboard: the numbers of /indicators, from summaries or not, for whoever asks."""

from __future__ import annotations

import dataclasses

import pytest
from town import furnish

from registry import db
from registry.indicators import refresh
from registry.scope import Scope
from registry.store import tokens

SAME = ("value", "numerator", "denominator", "unrated", "bounds", "unit", "basis", "zone_edition")


@pytest.fixture(scope="module")
def client(database):
    from api import create_app

    with db.begin() as conn:
        furnish(conn)
    refresh.refresh("demo")
    yield create_app().test_client()
    db.dispose()


def make(scope=Scope(), role="reader", **more):
    with db.begin() as conn:
        return {"Authorization": "Bearer " + tokens.create(conn, name="某人", role=role, reason="测试", actor="t", scope=scope, **more)[1]}


WHO = {"public": None, "auditor": (Scope(), "auditor"), "of the city": (Scope(city="demo"), "auditor"),
       "of a district": (Scope(districts=("D1",)), "reader"), "of a class": (Scope(classes=("streetlight",)), "reader")}


def headers(who):
    return make(WHO[who][0], WHO[who][1]) if WHO[who] else {}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("by", [None, "district"])
def test_each_row_is_the_figure_of_the_indicator_itself(client, who, by):
    sent = headers(who)
    told = client.get("/dashboard" + (f"?by={by}" if by else ""), headers=sent)
    assert told.status_code == 200, told.text[:400]
    assert told.json["rows"]
    for row in told.json["rows"][::5]:
        answer = client.get(row["href"].removeprefix("http://localhost"), headers=sent)
        assert answer.status_code == 200, answer.text[:300]
        figure = answer.json
        assert {k: row[k] for k in SAME} == {k: figure[k] for k in SAME}, row["code"]
        assert row["partial"] == figure.get("partial", False)
        assert not by or row["by"] == figure["by"] or "rule" in figure
    for row in told.json["untold"][::15]:
        answer = client.get(row["href"].removeprefix("http://localhost"), headers=sent)
        assert answer.json.get("value") is None and row["reason"]["zh"] and row["reason"]["en"]


def test_who_sees_a_part_is_told_of_that_part_only_and_it_says_so(client):
    part = client.get("/dashboard?by=district", headers=headers("of a district")).json["rows"]
    whole = client.get("/dashboard?by=district", headers=headers("auditor")).json["rows"]
    lamps = [next(r for r in rows if (r["code"], r["class"]) == ("record_completeness", "streetlight")) for rows in (part, whole)]
    assert lamps[0]["partial"] and not lamps[1]["partial"] and lamps[0]["denominator"] < lamps[1]["denominator"]
    assert {r["class"] for r in client.get("/dashboard", headers=headers("of a class")).json["rows"]} <= {"streetlight", None}
    assert {r["key"] for r in lamps[0]["by"]} <= {"D1", "unknown"}


def test_the_targets_of_a_plan_stand_beside_what_they_are_about(client):
    told = client.get("/dashboard?plan=shaoxing_14").json
    card = {r["key"]: r for r in client.get("/plans/shaoxing_14/scorecard").json["rows"]}
    found = [(row, t) for row in told["rows"] for t in row["targets"]]
    assert found and len(found) + len(told["elsewhere"]) == sum(r["answered_by"] == "indicator" for r in card.values())
    for row, target in found:
        assert (target["value"], target["verdict"]) == (card[target["key"]]["value"], card[target["key"]]["verdict"])
        assert card[target["key"]]["answer"]["code"] == row["code"]


def test_a_page_of_it_is_chinese_first_and_names_what_cannot_be_told(client):
    page = client.get("/dashboard?f=html&plan=shaoxing_14&by=district").text
    assert "一览" in page and "不能说明的" in page
    assert "What cannot be told" in client.get("/dashboard?f=html&lang=en").text


@pytest.mark.parametrize(("address", "status"), [("/dashboard?by=owner", 400), ("/dashboard?plan=nowhere", 404), ("/dashboard?city=nowhere", 404)])
def test_what_it_does_not_know_is_refused(client, address, status):
    assert client.get(address).status_code == status


def test_a_field_kept_from_the_public_is_no_grouping_here_either(client, monkeypatch):
    from api import principal
    from registry.scope import Mask, public

    hidden = dataclasses.replace(public(), masks={**public().masks, "road": Mask(fields=frozenset({"district"}))})
    monkeypatch.setattr(principal, "public", lambda: hidden)
    told = client.get("/dashboard?by=district").json["rows"]
    assert all(not r["by"] for r in told if r["class"] == "road") and any(r["by"] for r in told if r["class"] == "streetlight")
