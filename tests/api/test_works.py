"""Works and observations on the web: entered, listed, corrected and taken back, each by whoever has the right."""

from __future__ import annotations

import csv
import io
import json

import pytest
from editors import Writer, problem, token

from registry import db
from registry.kinds.works import OBSERVATION, WORK
from registry.scope import ROLES, Right

JSON = "application/json"
WORK_SAID = {"kind": "维修", "class": "road", "title": "维修城市道路", "quantity": 12.5, "unit": "公里", "year": 2024, "status": "完成",
             "done_on": "2024-11-30", "investment_cny": 1500000, "source": "实事清单", "note": "内部", "attrs": {"road_class": "主干路"}}
FIGURE = {"code": "waste_harmless_treatment", "value": 99.5, "unit": "%", "year": 2023, "source": "统计年报"}
BOTH = [("/works", WORK_SAID, {"quantity": 13}), ("/observations", FIGURE, {"value": 99.7})]


@pytest.fixture
def editor(client, served):
    return Writer(client, token())


def test_a_work_is_entered_and_read_as_it_is(editor, get):
    made = editor.made("/works", WORK_SAID, media=JSON)
    assert (made["kind"], made["unit"], made["done_on"], made["attrs"], made["version"]) == \
        ("repair", "km", "2024-11-30", {"road_class": "arterial"}, 1)
    assert editor.last.headers["Location"].endswith(f"/works/{made['id']}") and editor.last.headers["ETag"] == '"1"'
    assert editor.get(f"/works/{made['id']}")["note"] == "内部"
    told = get(f"/works/{made['id']}")
    assert "note" not in told and told["class"] == "road" and {link["rel"] for link in told["links"]} >= {"self"}


@pytest.mark.parametrize(("path", "said", "change"), BOTH, ids=("works", "observations"))
def test_it_is_corrected_at_the_version_that_was_read_and_taken_back_with_a_reason(editor, client, path, said, change):
    made = editor.made(path, said, media=JSON)
    one = f"{path}/{made['id']}"
    problem(editor.patch(one, change), 428)
    answer = editor.patch(one, change, match=1)
    assert answer.status_code == 200 and answer.headers["ETag"] == '"2"' and answer.json | change == answer.json
    stale = problem(editor.patch(one, change, match=1), 412)
    assert stale["current"]["version"] == 2
    problem(editor.delete(one, match=2), 400)
    assert editor.delete(one, match=2, **{"Registry-Reason": "duplicate"}).status_code == 204
    gone = problem(client.get(one), 410)
    assert "last" not in gone
    assert problem(editor.send("GET", one), 410)["withdrawn"]["by"] == "张三"
    assert client.get(one, headers={"Authorization": f"Bearer {editor.secret}"}).status_code == 410


@pytest.mark.parametrize(("path", "said", "change"), BOTH, ids=("works", "observations"))
def test_who_may_write_is_who_may_edit_and_sees_the_whole_city(client, served, path, said, change):
    made = Writer(client, token()).made(path, said, media=JSON)
    for role, rights in ROLES.items():
        who = Writer(client, token(role, name=f"r-{role}"))
        status = who.post(path, said, media=JSON).status_code
        assert status == (201 if Right.EDIT in rights else 403), role
        assert who.get(f"{path}/{made['id']}")["id"] == made["id"]
    for limit in ({"districts": ("330602",)}, {"classes": ("road",)}):
        narrow = Writer(client, token(name=f"n-{limit}", **limit))
        problem(narrow.post(path, said, media=JSON), 403)
        problem(narrow.patch(f"{path}/{made['id']}", change, match=1), 403)
        problem(narrow.delete(f"{path}/{made['id']}", match=1, **{"Registry-Reason": "x"}), 403)
        assert narrow.get(path)["numberReturned"] > 0
    assert client.post(path, json=said).status_code == 401


@pytest.mark.parametrize(("path", "fields"), [("/works", WORK), ("/observations", OBSERVATION)])
def test_everything_that_is_wrong_is_named_in_both_languages(editor, path, fields):
    told = problem(editor.post(path, {"colour": "red"}, media=JSON), 422)
    assert {e["field"] for e in told["errors"]} == {"colour", *(f.key for f in fields if f.required)}
    for body in ([], "x", None, 1, {"quantity": {"a": 1}, "value": [1], "attrs": 5}, {"attrs": {"a": {"b": 1}}}):
        assert problem(editor.post(path, json.dumps(body), media=JSON), 422)["errors"]
    problem(editor.post(path, "{", media=JSON), 400)
    problem(editor.post(path, {}, media="text/plain"), 415)


def test_lists_are_paged_filtered_and_come_as_a_table(editor, client, get):
    ids = [editor.made("/works", {**WORK_SAID, "year": 2031, "title": f"路 {n}", "district": "越城区" if n else None}, media=JSON)["id"]
           for n in range(3)]
    first = get("/works?year=2031&limit=2")
    assert [w["id"] for w in first["works"]] == ids[:2]
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    assert [w["id"] for w in get(following.partition("localhost")[2])["works"]] == ids[2:]
    assert [w["id"] for w in get("/works?year=2031&district=330602")["works"]] == ids[1:]
    assert get("/works?year=2031&status=planned")["works"] == [] == get("/works?year=2031&class=bridge")["works"]
    rows = list(csv.DictReader(io.StringIO(client.get("/works?year=2031&f=csv").data.decode("utf-8-sig"))))
    assert [r["title"] for r in rows] == ["路 0", "路 1", "路 2"] and rows[1]["district"] == "330602" and "note" not in rows[0]
    page = client.get("/works?year=2031&f=html&lang=zh").text
    assert "维修" in page and "事项" in page and f"/works/{ids[0]}" in page
    assert get("/observations?code=sewage_treatment")["observations"] == []


def test_the_evidence_of_a_figure_of_entered_volumes_opens_these_and_no_others(editor, client, get):
    made = [editor.made("/observations", {"code": code, "value": value, "unit": "万m³", "year": year, "source": "水务年报"}, media=JSON)["id"]
            for code, value, year in (("water_supplied_m3", 12_000, 2024), ("water_billed_m3", 10_620, 2024), ("water_supplied_m3", 11_000, 2023))]
    told = get("/indicators/water_loss_rate")
    opened = get(told["evidence"]["counted"].removeprefix("http://localhost"))["observations"]
    assert told["value"] == 11.5 and [o["id"] for o in opened] == made[:2] and len(opened) == told["counts"]["counted"]
    assert told["evidence"]["counted"].replace("&", "&amp;") in client.get("/indicators/water_loss_rate?f=html").text
    assert told["evidence"]["counted"] in client.get("/indicators/water_loss_rate?f=csv").text


def test_a_parameter_that_is_no_year_no_status_or_no_district_is_refused(refused):
    for query in ("year=x", "year=0", "status=x", "kind=x", "class=x", "district=没有", "asset_id=-1", "cursor=x"):
        refused(f"/works?{query}")
    refused("/works/0", 404)
    refused("/works/abc", 404)
    refused("/observations/999999999", 404)


def test_works_of_classes_that_are_not_public_are_not_told_to_the_public(editor, client, get):
    from registry.catalogue import load
    from registry.scope import Sight, public
    from registry.scope import public as nobody

    sight = Sight(public())
    hidden = [k.key for k in load().classes.values() if not sight.sees(k)]
    kept = [(k.key, f, v[0]) for k in load().classes.values() for f, v in nobody().mask(k.key).values.items() if v]
    assert hidden or kept
    for key, attrs in [*((k, {}) for k in hidden), *((k, {f: v}) for k, f, v in kept)]:
        made = editor.made("/works", {**WORK_SAID, "class": key, "year": 2044, "attrs": attrs}, media=JSON)
        assert client.get(f"/works/{made['id']}").status_code == 404 and editor.get(f"/works/{made['id']}")
    assert get("/works?year=2044")["works"] == []
    for f in ("csv", "html"):
        assert "维修城市道路" not in client.get(f"/works?year=2044&f={f}").text


def test_as_of_a_moment_the_list_is_what_it_was(editor, get):
    made = editor.made("/observations", {**FIGURE, "code": "as_of_test"}, media=JSON)
    with db.connect() as conn:
        then = conn.exec_driver_sql("SELECT max(at) FROM batch").scalar_one().isoformat()
    editor.patch(f"/observations/{made['id']}", {"value": 1}, match=1)
    at = then.replace("+00:00", "Z")
    assert get(f"/observations?code=as_of_test&as_of={at}")["observations"][0]["value"] == 99.5
    assert get("/observations?code=as_of_test")["observations"][0]["value"] == 1


def test_the_landing_page_leads_to_them_and_the_definition_knows_them(get):
    related = {link["href"].partition("localhost")[2].partition("?")[0] for link in get("/")["links"]}
    assert {"/works", "/observations"} <= related
    told = get("/api")
    assert {"get", "post"} <= set(told["paths"]["/works"]) and {"get", "patch", "delete"} <= set(told["paths"]["/observations/{observationId}"])
    assert set(told["components"]["schemas"]["WorkForm"]["required"]) == {f.key for f in WORK if f.required}
