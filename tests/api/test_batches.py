"""The list of changes is for those who may see the history of the whole city."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from click.testing import CliRunner

from registry import db, moment
from registry.commands.audit import batches as listing
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


def test_a_change_without_lock_is_shown_wherever_batches_are_listed(client, get):
    with db.begin() as conn:
        loose = {"Authorization": "Bearer " + tokens.create(conn, name="QGIS", role="editor", reason="测试", actor="t", no_lock=True)[1]}
    item = "/collections/road/items/" + str(get("/collections/road/items?limit=1")["features"][0]["id"])
    version = get(item)["properties"]["version"]
    for number, headers in enumerate((loose, {**header("editor"), "If-Match": f'"{version + 1}"'})):
        assert client.patch(item, json={"properties": {"name": f"锁{number}"}}, headers=headers).status_code == 200
    auditor = header("auditor")
    assert [b["no_lock"] for b in client.get("/batches?limit=2", headers=auditor).json["batches"]] == [False, True]
    page = client.get("/batches?limit=2&f=html&lang=zh", headers=auditor).text
    assert page.count("未加锁") == 1
    told = CliRunner().invoke(listing, ["--city", "demo", "--json"])
    assert [b["no_lock"] for b in json.loads(told.stdout)][-2:] == [True, False]
    assert "未加锁" in CliRunner().invoke(listing, ["--city", "demo"], env={"REGISTRY_LANG": "zh", "COLUMNS": "200"}).stdout


@pytest.mark.parametrize("name, offset", [("Asia/Shanghai", "+08:00"), ("UTC", "+00:00")])
def test_people_read_times_in_the_zone_of_the_registry_and_programs_in_utc(client, get, monkeypatch, name, offset):
    monkeypatch.setenv("REGISTRY_TIMEZONE", name)
    auditor = header("auditor")
    at = dt.datetime.fromisoformat(client.get("/batches?limit=1", headers=auditor).json["batches"][0]["at"])
    assert at.utcoffset() == dt.timedelta(0)
    shown = moment.local(at)
    assert shown.endswith(offset) and dt.datetime.fromisoformat(shown) == at.replace(microsecond=0)
    assert shown in client.get("/batches?limit=1&f=html", headers=auditor).text
    assert shown in CliRunner().invoke(listing, ["--city", "demo"], env={"COLUMNS": "200"}).stdout
    feature = get("/collections/road/items?limit=1")["features"][0]
    updated = moment.local(dt.datetime.fromisoformat(feature["properties"]["updated_at"]))
    for address in (f"/collections/road/items/{feature['id']}", f"/collections/road/items/{feature['id']}/versions"):
        assert updated in client.get(f"{address}?f=html").text
    assert offset in client.get("/indicators/intact_rate?class=road&f=html").text.split("<details>")[0]
