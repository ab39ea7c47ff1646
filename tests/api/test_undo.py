"""The undo of a batch over HTTP: with a reason, within the scope, and tried without writing when asked."""

from __future__ import annotations

import pytest

from registry import db
from registry.scope import Scope
from registry.store import tokens


def header(role: str = "editor", reason: str = "改错了", **scope: tuple[str, ...]) -> dict[str, str]:
    with db.begin() as conn:
        secret = tokens.create(conn, name="某人", role=role, reason="测试", actor="t", no_lock=True, scope=Scope(**scope))[1]
    return {"Authorization": f"Bearer {secret}"} | ({"Registry-Reason": "%E6%94%B9"} if reason else {})


@pytest.fixture
def renamed(client, get):
    """A road that was renamed: (address of it, its name before, number of the batch)."""
    item = "/collections/road/items/" + str(get("/collections/road/items?limit=1")["features"][0]["id"])
    before = get(item)["properties"]["name"]
    assert client.patch(item, json={"properties": {"name": "改错的名字"}}, headers=header()).status_code == 200
    return item, before, client.get("/batches?limit=1", headers=header("auditor")).json["batches"][0]["id"]


def test_a_batch_is_undone_and_the_list_of_batches_says_so(client, get, renamed):
    item, before, number = renamed
    tried = client.post(f"/batches/{number}/undo?dry-run=true", headers=header())
    assert tried.json["dryRun"] and tried.json["batch"] is None and get(item)["properties"]["name"] == "改错的名字"
    done = client.post(f"/batches/{number}/undo", headers=header())
    assert done.status_code == 200 and done.json["counts"]["changed"] == 1 and get(item)["properties"]["name"] == before
    by, of = client.get("/batches?limit=2", headers=header("auditor")).json["batches"]
    assert (by["id"], by["kind"], by["undoes"], by["reason"], of["undone_by"]) == (done.json["batch"], "undo", number, "改", by["id"])
    page = client.get("/batches?limit=2&f=html&lang=zh", headers=header("auditor")).text
    assert f"撤销 {number}" in page and f"被撤销于 {by['id']}" in page


def test_conflicts_are_listed_and_refuse_all_when_asked(client, get, renamed):
    item, _, number = renamed
    assert client.patch(item, json={"properties": {"name": "又改"}}, headers=header()).status_code == 200
    refused = client.post(f"/batches/{number}/undo?whole=true", headers=header())
    assert refused.status_code == 409 and refused.json["code"] == "undo_conflicts"
    told = client.post(f"/batches/{number}/undo", headers=header()).json
    assert (told["batch"], told["conflicts"], told["listed"][0]["fields"]) == (None, 1, ["name"])
    assert get(item)["properties"]["name"] == "又改"


def test_it_takes_a_reason_a_right_and_a_scope_that_holds_all_of_the_batch(client, get, renamed):
    item, _, number = renamed
    address = f"/batches/{number}/undo"
    assert client.post(address, headers=header(reason="")).status_code == 400
    assert client.post(address).status_code == 401 and client.post(address, headers=header("publisher")).status_code == 403
    assert client.post(address, headers=header(classes=("bridge",))).status_code == 403
    assert client.post("/batches/999999/undo", headers=header()).status_code == 404
    assert client.post(f"{address}?city=far", headers=header()).status_code == 404
    assert get(item)["properties"]["name"] == "改错的名字"
    assert client.post(address, headers=header(classes=("road",))).status_code == 200
