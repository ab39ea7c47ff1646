"""One rule of a geometry that is null: what is new has a place, and null takes away the one that is there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from editors import problem, road
from jsonschema import Draft202012Validator

ROADS = "/collections/road/items"


def nowhere(code: str) -> dict[str, Any]:
    return road(code) | {"geometry": None}


def unsaid(code: str) -> dict[str, Any]:
    return {k: v for k, v in road(code).items() if k != "geometry"}


def wrong(answer: Any) -> list[tuple[str, str]]:
    return [(e["field"], e["code"]) for e in problem(answer, 422)["errors"]]


def test_what_is_new_has_a_place(editor):
    assert wrong(editor.post(ROADS, nowhere("NEW"))) == [("geometry", "empty_geometry")]
    assert wrong(editor.post(ROADS, unsaid("NEW"))) == [("geometry", "missing_geometry")]
    for body, code in ((nowhere("NEW"), "empty_geometry"), (unsaid("NEW"), "missing_geometry")):
        many = {"transaction": [{"action": "insert", "collection": "road", "items": [body]}]}
        assert wrong(editor.post("/transactions", many, media="application/json")) == [("geometry", code)]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_null_takes_away_the_place_that_is_there_and_a_replacement_says_so_or_has_one(editor, method):
    made = editor.made(ROADS, road(f"LOSE-{method}"))
    path = f"{ROADS}/{made['id']}"
    assert wrong(editor.put(path, unsaid(f"LOSE-{method}"), 1)) == [("geometry", "missing_geometry")]
    taken = editor.send(method, path, nowhere(f"LOSE-{method}") if method == "PUT" else {"geometry": None}, "application/json", 1)
    assert taken.status_code == 200 and taken.json["geometry"] is None
    again = editor.send(method, path, taken.json, "application/json", 2)
    assert again.status_code == 200 and again.json["properties"]["version"] == 2


def test_the_advice_of_the_refusal_is_true_of_what_is_new_and_of_what_is_there(editor):
    made = editor.made(ROADS, road("ADVICE"))
    for answer in (editor.post(ROADS, unsaid("N")), editor.put(f"{ROADS}/{made['id']}", unsaid("ADVICE"), 1)):
        said, = problem(answer, 422)["errors"]
        assert "what is new has one" in said["en"] and "新增须有图形" in said["zh"]


@pytest.mark.parametrize("use", ["create", "replace", "update"])
def test_the_schema_of_what_is_received_says_the_same(client, use):
    check = Draft202012Validator(json.loads(client.get(f"/collections/road/schema?type={use}").data))
    assert check.is_valid(road("S")) and check.is_valid(nowhere("S")) == (use != "create")
    assert check.is_valid(unsaid("S")) == (use == "update")
