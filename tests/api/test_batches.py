"""The list of changes is for those who may see the history of the whole city."""

from __future__ import annotations

import pytest

from registry import db
from registry.scope import ROLES, Right, Scope
from registry.store import tokens


def header(role: str, **scope: tuple[str, ...]) -> dict[str, str]:
    with db.begin() as conn:
        return {"Authorization": "Bearer " + tokens.create(conn, name="某人", role=role, reason="测试", actor="t",
                                                           scope=Scope(**scope))[1]}


@pytest.mark.parametrize("role", ROLES)
def test_roles_with_the_right_to_history_see_them(client, role):
    assert client.get("/batches", headers=header(role)).status_code == (200 if Right.HISTORY in ROLES[role] else 403)


def test_the_public_and_a_limited_scope_do_not(client):
    assert client.get("/batches").status_code == 401
    assert client.get("/batches", headers=header("editor", districts=("330602",))).status_code == 403


def test_they_are_paged_from_the_newest_with_who_why_and_hash(client):
    auditor = header("auditor")
    whole = client.get("/batches?limit=1000", headers=auditor).json["batches"]
    assert {"actor", "reason", "hash", "prev_hash", "counts"} <= set(whole[0]) and whole[0]["prev_hash"] == whole[1]["hash"]
    first = client.get("/batches?limit=2", headers=auditor).json
    then = client.get(next(ln["href"] for ln in first["links"] if ln["rel"] == "next"), headers=auditor).json
    assert [b["id"] for b in first["batches"] + then["batches"]] == [b["id"] for b in whole[:4]]
    assert client.get("/batches?f=html", headers=auditor).status_code == 200
    assert client.get("/batches?f=csv", headers=auditor).text.count("\r\n") > 2
