"""If-None-Match on what changes something that is there (RFC 9110 §13.1.2): the version that it names is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from editors import Writer, problem, road, token

ROADS = "/collections/road/items"


@pytest.fixture
def made(editor: Writer, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A road of the test's own."""
    return editor.made(ROADS, road(f"T-{abs(hash(request.node.nodeid))}", name="旧名"))


@pytest.fixture
def defect(client: Any, made: dict[str, Any]) -> dict[str, Any]:
    """A defect of it."""
    answer = client.post(f"{path(made)}/defects", json={"kind": "坑槽", "found_on": "2025-01-01"}, headers=signed("inspector"))
    assert answer.status_code == 201
    return dict(json.loads(answer.data))


def path(feature: dict[str, Any]) -> str:
    return f"{ROADS}/{feature['id']}"


def signed(role: str, **more: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(role, **more)}"}


def writes(editor: Writer, made: dict[str, Any], match: Any, unless: str) -> list[Any]:
    """The answers of a PUT, a PATCH and a DELETE under both conditions."""
    sent = (("PUT", made | {"properties": made["properties"] | {"name": "a"}}), ("PATCH", {"properties": {"name": "b"}}), ("DELETE", None))
    return [editor.send(method, path(made), body, "application/json", match, If_None_Match=unless) for method, body in sent]


@pytest.mark.parametrize("unless", ["*", '"1"', 'W/"1"', '"1-gzip"', '"1-0a1b2c"', '"7", "1"'])
@pytest.mark.parametrize("match", [1, None])
def test_a_version_that_if_none_match_rules_out_is_412_and_stays(editor, made, unless, match):
    for answer in writes(editor, made, match, unless):
        told = problem(answer, 412)
        assert told["code"] == "version_excluded" and told["current"]["properties"]["version"] == 1
    for answer in writes(Writer(editor.client, token(no_lock=True)), made, match, unless):
        problem(answer, 412)
    assert editor.get(path(made)) == made | {"links": editor.get(path(made))["links"]}


@pytest.mark.parametrize("unless", ['"77"', '"11"', '"x"', "", '"77", W/"78"'])
def test_a_version_that_if_none_match_does_not_name_is_changed(editor, made, unless):
    for n, (method, body) in enumerate((("PUT", road(made["properties"]["code"])), ("PATCH", {"properties": {"name": "b"}}), ("DELETE", None)), 1):
        answer = editor.send(method, path(made), body, "application/json", n, If_None_Match=unless)
        assert answer.status_code == (204 if method == "DELETE" else 200), answer.text


def test_of_two_conditions_both_must_hold(editor, made):
    for match, unless in ((7, '"2"'), (7, '"1"'), (1, '"1"'), (7, "*")):
        for answer in writes(editor, made, match, unless):
            problem(answer, 412)
    for answer in writes(editor, made, None, '"2"'):
        problem(answer, 428)  # it names no version that is changed
    assert editor.get(path(made))["properties"]["version"] == 1


def test_whatever_if_none_match_says_what_is_not_there_is_not_made(editor):
    problem(editor.put(f"{ROADS}/999999999", road("N"), If_None_Match="*"), 404)
    assert editor.post(ROADS, road("INM"), If_None_Match="*").status_code == 201  # what is created is not what is asked there


@pytest.mark.parametrize("unless", ["*", '"1"', '"1:gzip"'])
def test_a_record_at_a_version_that_is_ruled_out_is_not_changed(client, defect, unless):
    inspector = signed("inspector")
    address, headers = f"/defects/{defect['id']}", {"If-Match": '"1"', "If-None-Match": unless, "Registry-Reason": "x"}
    for refused in (client.patch(address, json={"note": "w"}, headers={**inspector, **headers}),
                    client.delete(address, headers={**signed("editor"), **headers}),
                    client.patch(address, json={"note": "w"}, headers={**signed("inspector", no_lock=True), "If-None-Match": unless})):
        assert refused.status_code == 412 and refused.json["code"] == "version_excluded" and refused.json["current"]["version"] == 1
    alone = client.patch(address, json={"note": "w"}, headers={**inspector, "If-None-Match": unless})
    assert alone.status_code == (412 if unless == "*" else 428)
    changed = client.patch(address, json={"note": "w"}, headers={**inspector, "If-Match": '"1"', "If-None-Match": '"2"'})
    assert changed.status_code == 200 and changed.headers["ETag"] == '"2"'
