"""Inspections, defects and claims over HTTP: who may write, with which version, what is answered and what is not told."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import quote

import pytest
from editors import version
from sqlalchemy import text

from registry import audit, db
from registry.scope import Scope
from registry.store import tokens

INSPECTION = {"form": "patrol", "inspected_on": "2025-05-01", "state": "破损", "measurements": {"iri": 3.1}}


def make(role: str = "inspector", scope: Scope = Scope(), **more: Any) -> dict[str, str]:
    with db.begin() as conn:
        secret = tokens.create(conn, name="巡查员", role=role, reason="日常巡查", actor="t", scope=scope, **more)[1]
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def inspector(served: str) -> dict[str, str]:
    return make()


@pytest.fixture
def road(get) -> str:
    """The address of a road nobody has inspected yet."""
    return f"/collections/road/items/{get('/collections/road/items?code=R001')['features'][0]['id']}"


def state(get, road: str) -> str:
    return get(road)["properties"]["state"]


def test_an_inspection_is_created_and_the_asset_follows_with_the_reason_of_the_request(client, get, road, inspector):
    headers = {**inspector, "Registry-Reason": quote("五月巡查")}
    made = client.post(f"{road}/inspections", json=INSPECTION, headers=headers)
    assert made.status_code == 201 and made.json["measurements"] == {"iri": 3.1}
    assert made.headers["Location"].endswith(f"/inspections/{made.json['id']}")
    assert state(get, road) == "damaged"
    with db.connect() as conn:
        batch = conn.execute(text("SELECT kind, actor, reason FROM batch WHERE id = :b"), {"b": made.json["batch"]}).one()
        assert tuple(batch) == ("api", "巡查员", "五月巡查")
        assert not any(b.fault for b in audit.chain(conn, "demo"))
        assert made.json["batch"] not in [r.batch for r in audit.tampered(conn, "demo")]
    assert get(f"{road}/inspections")["inspections"][0]["id"] == made.json["id"]
    assert get(f"/inspections/{made.json['id']}")["state"] == "damaged"


def test_without_a_reason_that_of_the_token_stands(client, road, inspector):
    made = client.post(f"{road}/inspections", json={**INSPECTION, "inspected_on": "2020-01-01"}, headers=inspector)
    with db.connect() as conn:
        assert conn.execute(text("SELECT reason FROM batch WHERE id = :b"), {"b": made.json["batch"]}).scalar_one() == "日常巡查"


def test_who_inspected_is_not_told_to_the_public(client, get, road, inspector):
    made = client.post(f"{road}/inspections", json={**INSPECTION, "inspector": "张三", "note": "门牌 3 号"}, headers=inspector).json
    address = f"/inspections/{made['id']}"
    assert not {"inspector", "note", "recorded_by"} & set(get(address))
    assert client.get(address, headers=inspector).json["inspector"] == "张三"
    assert "张三" not in client.get(f"{road}/inspections").text


@pytest.mark.parametrize("address", ["inspections", "defects", "claims"])
def test_the_public_and_readers_write_nothing(client, road, address):
    assert client.post(f"{road}/{address}", json={}).status_code == 401
    assert client.post(f"{road}/{address}", json={}, headers=make("reader")).status_code == 403
    assert client.post(f"{road}/{address}", json={}, headers=make("auditor")).status_code == 403


def test_outside_the_scope_there_is_nothing_to_write_to(client, road):
    other = make(scope=Scope(districts=("330603",)))
    for address, body in (("inspections", INSPECTION), ("defects", {"kind": "坑槽"}),
                          ("claims", {"kind": "border", "claimant": "甲", "role": "owner"})):
        assert client.post(f"{road}/{address}", json=body, headers=other).status_code == 404
        assert client.get(f"{road}/inspections", headers=other).status_code == 404


def test_every_wrong_field_is_named_with_422(client, road, inspector):
    body = client.post(f"{road}/inspections", json={"state": "粉红", "colour": 1}, headers=inspector).json
    assert body["status"] == 422 and body["code"] == "invalid"
    assert {e["field"] for e in body["errors"]} == {"form", "inspected_on", "state", "colour"}
    assert all(e["zh"] and e["en"] for e in body["errors"])
    told = {e["field"]: e for e in body["errors"]}
    assert told["state"]["value"] == "粉红" and {"value": "intact", "zh": "完好", "en": "Intact"} in told["state"]["allowed"]
    assert body["zh"].startswith("检查（道路 ") and told["colour"]["value"] == "1"


@pytest.mark.parametrize("data, status", [(b"", 400), (b"{", 400), (b"\xff", 400), (b"[1]", 422), (b"null", 422), (b'"x"', 422),
                                          (b'{"form": NaN}', 400), (b'{"form": "\\u0000"}', 400), (b'{"form": "\\ud800"}', 400),
                                          (b'{"form": {"a": 1}, "inspected_on": []}', 422), (b"[" * 100_000, 400),
                                          (b'{"form": "x", "inspected_on": "2025-01-01", "from_m": 1e999}', 422),
                                          (b'{"form": "x", "inspected_on": "2025-01-01", "supersedes": 99999999999999999999}', 422),
                                          (b'{"form": "x", "inspected_on": "2025-01-01", "measurements": {"a": {"b": 1}}}', 422)])
def test_whatever_is_sent_is_refused_with_a_sentence(client, road, inspector, data, status):
    answer = client.post(f"{road}/inspections", data=data, headers=inspector, content_type="application/json")
    assert answer.status_code == status, answer.text[:200]
    assert answer.json["zh"] and answer.json["en"]


def test_another_media_type_is_415(client, road, inspector):
    assert client.post(f"{road}/inspections", data="x", headers=inspector, content_type="text/plain").status_code == 415


def test_zones_have_no_inspections(client, get, inspector):
    zone = get("/collections/district/items?limit=1")["features"][0]["id"]
    assert client.post(f"/collections/district/items/{zone}/inspections", json=INSPECTION, headers=inspector).status_code == 404
    paths = get("/api?f=json")["paths"]
    assert "/collections/road/items/{featureId}/inspections" in paths
    assert "/collections/district/items/{featureId}/inspections" not in paths


def test_what_may_be_done_is_told_by_rights(client, road, inspector):
    assert "POST" not in client.options(f"{road}/inspections").headers["Allow"]
    assert "POST" in client.options(f"{road}/inspections", headers=inspector).headers["Allow"]


def test_a_list_is_recorded_whole_or_not_at_all_and_once(client, get, inspector):
    one = {**INSPECTION, "code": "R004"}
    wrong = client.post("/collections/road/inspections", json=[one, {**one, "code": "?"}], headers=inspector)
    assert wrong.status_code == 422 and wrong.json["errors"][0]["row"] == 2
    assert client.post("/collections/road/inspections", json=[one], headers=inspector).json["recorded"] == 1
    again = client.post("/collections/road/inspections", json=[one], headers=inspector).json
    assert (again["recorded"], again["same"]) == (0, 1)
    assert client.post("/collections/road/inspections", json=one, headers=inspector).status_code == 400


def test_pages_of_inspections_are_whole_and_newest_first(client, get, inspector):
    road = f"/collections/road/items/{get('/collections/road/items?code=R005')['features'][0]['id']}"
    for n, day in enumerate((3, 1, 2, 2, 5)):
        client.post(f"{road}/inspections", json={**INSPECTION, "inspected_on": f"2025-05-0{day}", "note": f"{n}"}, headers=inspector)
    address, days = f"{road}/inspections?limit=2", []
    while address:
        page = get(address)
        days += [i["inspected_on"] for i in page["inspections"]]
        address = next((ln["href"].removeprefix("http://localhost") for ln in page["links"] if ln["rel"] == "next"), None)
    assert days == [f"2025-05-0{d}" for d in (5, 3, 2, 2, 1)]


def test_overdue_inspections_are_listed_with_their_clause_and_counted(client, get):
    body = get("/inspections/overdue?class=road&on=2026-01-01&limit=5")
    first = body["features"][0]["properties"]
    assert first["interval"]["standard"] == "CJJ 36-2016" and first["interval"]["clause"]
    assert body["numberMatched"] == sum(body["counts"].values()) and any(ln["rel"] == "next" for ln in body["links"])
    assert get("/inspections/overdue?class=toilet")["no_interval"] == ["toilet"]
    elsewhere = client.get("/inspections/overdue?class=road", headers=make("reader", Scope(districts=("330603",), owners=("谁也不是",)))).json
    assert elsewhere["numberMatched"] == 0 and elsewhere["features"] == []


def test_the_same_inspection_sent_again_is_recorded_once(client, road, inspector):
    one = {**INSPECTION, "inspected_on": "2025-04-01", "inspector": "李四", "scores": {"pci": 91.5}, "from_m": 10}
    made, again = (client.post(f"{road}/inspections", json=one, headers=inspector) for _ in range(2))
    assert (made.status_code, again.status_code) == (201, 200) and again.json["id"] == made.json["id"]
    assert "known" not in again.json and "warnings" not in made.json
    other = client.post(f"{road}/inspections", json={**one, "form": "partol"}, headers=inspector)
    assert other.status_code == 201 and "partol" in other.json["warnings"][0]["zh"] and "patrol" in other.json["warnings"][0]["en"]


# -- defects -------------------------------------------------------------------------------------
@pytest.fixture
def defect(client, road, inspector) -> dict[str, Any]:
    body = {"kind": "坑槽", "risk_level": "high", "responsible": "一队", "found_on": "2025-01-01", "due_on": "2025-02-01"}
    made = client.post(f"{road}/defects", json=body, headers=inspector)
    assert made.status_code == 201 and made.headers["ETag"] == '"1"'
    return made.json


def test_a_change_must_name_the_version_it_is_based_on(client, defect, inspector):
    address, body = f"/defects/{defect['id']}", {"status": "assigned", "on": "2025-01-02"}
    assert client.patch(address, json=body, headers=inspector).status_code == 428
    stale = client.patch(address, json={"responsible": "二队"}, headers={**inspector, "If-Match": '"7"'})
    assert stale.status_code == 412 and stale.json["current"]["responsible"] == "一队"
    assert stale.json["differs"] == [{"field": "responsible", "yours": "二队", "current": "一队"}]
    done = client.patch(address, json=body, headers={**inspector, "If-Match": '"1:gzip"'})
    assert done.status_code == 200 and done.headers["ETag"] == '"2"' and done.json["assigned_on"] == "2025-01-02"
    assert version(client.get(address)) == 2
    assert client.patch(address, json={"note": "w"}, headers={**inspector, "If-Match": "*"}).status_code == 428
    assert client.delete(address, headers={**make("editor"), "If-Match": "*", "Registry-Reason": "x"}).status_code == 428
    for note, match in (("x", {}), ("y", {"If-Match": "*"})):
        assert client.patch(address, json={"note": note}, headers=make(no_lock=True) | match).status_code == 200
        with db.connect() as conn:
            assert conn.execute(text("SELECT mapping FROM batch ORDER BY id DESC LIMIT 1")).scalar() == {"no_lock": True}


def test_of_two_at_once_one_wins(client, defect, inspector):
    address, headers = f"/defects/{defect['id']}", {**inspector, "If-Match": '"1"'}
    answers = [client.patch(address, json={"responsible": who}, headers=headers).status_code for who in ("甲", "乙")]
    assert answers == [200, 412]


def test_a_defect_that_was_none_is_taken_back_and_counts_no_more(client, get, defect, inspector):
    before = get("/defects/summary")
    address, headers = f"/defects/{defect['id']}", {"If-Match": '"1"', "Registry-Reason": quote("误报")}
    assert client.delete(address, headers={**inspector, **headers}).status_code == 403
    editor = make("editor")
    unsaid = client.delete(address, headers={**editor, "If-Match": '"1"'})
    assert unsaid.status_code == 400 and unsaid.json["errors"][0]["parameter"] == "Registry-Reason"
    gone = client.delete(address, headers={**editor, **headers})
    assert gone.status_code == 204 and gone.data == b""
    told = client.get(address)
    assert told.status_code == 410 and "last" not in told.json
    assert client.get(address, headers=editor).json["withdrawn"]["reason"] == "误报"
    after = get("/defects/summary")
    assert (after["denominator"], after["withdrawn"]) == (before["denominator"] - 1, before["withdrawn"] + 1)


def test_defects_are_features_at_their_asset_filtered_and_within_the_scope(client, get, road, defect):
    body = get("/defects?status=found&overdue=true&risk_level=high&class=road&responsible=一队")
    mine = next(f for f in body["features"] if f["id"] == defect["id"])
    assert mine["geometry"]["type"] == "LineString" and mine["properties"]["overdue"] is True
    assert get("/defects?status=closed")["numberMatched"] == 0
    assert get(f"{road}/defects")["numberMatched"] >= 1
    lost = make("reader", Scope(districts=("330603",)))
    assert client.get("/defects", headers=lost).json["numberMatched"] == 0
    assert client.get("/defects/summary", headers=lost).json["denominator"] == 0
    assert client.get(f"/defects/{defect['id']}", headers=lost).status_code == 404


# -- ownership -----------------------------------------------------------------------------------
def test_a_claim_is_disputed_then_accepted_by_an_editor(client, get, road, inspector):
    body = {"kind": "border", "claimant": "柯桥市政", "role": "owner", "basis": "移交清单"}
    made = client.post(f"{road}/claims", json=body, headers=inspector)
    assert made.status_code == 201 and get(road)["properties"]["ownership_status"] == "disputed"
    address = f"/claims/{made.json['id']}"
    assert made.json["id"] in [f["id"] for f in client.get("/claims?kind=border", headers=inspector).json["features"]]
    for closed in ("/claims", address, f"{road}/ownership"):
        assert client.get(closed).status_code == 401 and client.get(closed, headers=make("reader")).status_code == 403
    outcome = {"status": "accepted", "resolution": "会议纪要〔2025〕3 号"}
    assert client.patch(address, json=outcome, headers={**inspector, "If-Match": '"1"'}).status_code == 403
    editor = make("editor")
    assert client.patch(address, json=outcome, headers=editor).status_code == 428
    assert client.patch(address, json=outcome, headers={**editor, "If-Match": '"1"'}).status_code == 200
    own = get(road)["properties"]
    assert (own["owner"], own["ownership_status"]) == ("柯桥市政", "confirmed")
    told = client.get(f"{road}/ownership", headers=inspector).json
    assert told["timeline"][-1]["owner"] == "柯桥市政" and told["claims"][0]["resolution"]
    assert client.get(f"{road}/ownership").status_code == 401


def test_what_nobody_owns_is_listed(client, get):
    body = get("/ownerless?class=road&limit=3")
    assert set(body["counts"]) == {"ownerless", "pending", "disputed", "unsaid"} and body["counts"]["ownerless"] == body["numberMatched"]
    assert body["numberMatched"] > 3 and all(f["properties"]["owner"] is None for f in body["features"])
    assert client.get("/ownerless", headers=make("reader", Scope(districts=("330603",), owners=("谁也不是",)))).json["numberMatched"] == 0


def test_a_field_that_the_public_may_not_see_is_not_told_by_records_either(client, get, road, defect, tmp_path, monkeypatch):
    file = tmp_path / "public.toml"
    file.write_text('[classes.road]\nhide = ["state", "owner"]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert client.get(f"{road}/inspections").status_code == 404
    assert client.get(f"/defects/{defect['id']}").status_code == 404
    assert get("/defects?class=road")["numberMatched"] == 0 and get("/ownerless?class=road")["numberMatched"] == 0
    assert get("/inspections/overdue?class=road")["numberMatched"] == 0


def test_the_record_as_it_was_on_a_day(client, get, road, inspector):
    before = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    made = client.post(f"{road}/inspections", json={**INSPECTION, "inspected_on": "2025-05-09"}, headers=inspector).json
    assert made["id"] not in [i["id"] for i in get(f"{road}/inspections?as_of={before}")["inspections"]]
    assert client.get(f"/inspections/{made['id']}?as_of={before}").status_code == 404
    assert json.loads(client.get(f"{road}/inspections").data)["inspections"]


# -- as pages ------------------------------------------------------------------------------------
def test_pages_of_records_have_titles_and_plain_ids_that_lead_to_what_they_name(client, get, road, defect, inspector):
    with db.begin() as conn:
        conn.execute(text("SELECT setval('feature_id_seq', greatest(20000, nextval('feature_id_seq')))"))  # ids of five digits
    body = {"kind": "坑槽", "found_on": "2025-01-01", "responsible": "<b>队</b>"}
    made = client.post(f"{road}/defects", json=body, headers=inspector).json
    number = made["id"]
    assert number >= 10_000
    for address in ("/defects", f"{road}/defects"):
        page = client.get(f"{address}?f=html&lang=zh&limit=1000").text
        assert f'<a href="http://localhost/defects/{number}?lang=zh">{number}</a>' in page and f"{number:,}" not in page
        assert '<th scope="col" title="found_on">发现日期</th>' in page and "<b>队" not in page
    one = client.get(f"/defects/{number}?f=html&lang=zh").text
    assert f'href="http://localhost{road}?lang=zh">{made["asset_id"]}</a>' in one and "发现日期" in one and f"{number:,}" not in one
    checked = client.post(f"{road}/inspections", json=INSPECTION, headers=inspector).json["id"]
    listed = client.get(f"{road}/inspections?f=html&lang=zh").text
    assert f'<a href="http://localhost/inspections/{checked}?lang=zh">{checked}</a>' in listed and "检查日期" in listed
    for address in ("/ownerless", "/claims", "/inspections/overdue", "/organisations", f"{road}/attachments"):
        assert client.get(f"{address}?f=html&lang=en", headers=inspector).status_code == 200
    assert '/collections/road/items/' in client.get("/ownerless?f=html&class=road").text


def test_a_form_with_measurements_is_judged_and_says_by_which_clause_and_table(client, get, road, inspector):
    body = {"form": "road_test", "inspected_on": "2025-05-01", "measurements": {"rqi": 3.8, "pci": 82, "pqi": 12}}
    made = client.post(f"{road}/inspections", json=body, headers=inspector)
    assert made.status_code == 201 and [w["field"] for w in made.json["warnings"]][:1] == ["pqi"]
    told = get(f"/inspections/{made.json['id']}")
    assert told["scores"]["rqi"] == 3.8 and told["measurements"]["pqi"] == 12 and told["form"] == "road_test"
    assert told["clause"].startswith("PQI") and told["tables"][0]["table"] == "road_cjj36_2016.toml" and told["sheet"]["zh"] == "道路检测表"
    page = client.get(f"/inspections/{made.json['id']}", headers={"Accept": "text/html"}).text
    assert "road_cjj36_2016.toml" in page
    wrong = client.post(f"{road}/inspections", json={**body, "measurements": {"iri": "粗糙"}, "scores": {"pqi": 99}}, headers=inspector)
    assert wrong.status_code in (400, 422) and {e["field"] for e in wrong.json["errors"]} == {"measurements.iri", "scores"}


def test_a_list_by_a_form_is_judged_like_a_file(client, inspector):
    said = [{"code": "R001", "form": "road_test", "inspected_on": "2025-05-02", "measurements": {"stretches": [
        {"from_m": 0, "to_m": 100, "iri": 3.0, "pci": 80}]}}]
    first = client.post("/collections/road/inspections", json=said, headers=inspector)
    assert first.status_code == 200 and first.json["recorded"] == 1
    assert client.post("/collections/road/inspections", json=said, headers=inspector).json["same"] == 1
    said[0]["measurements"]["stretches"][0]["to_m"] = "x"
    wrong = client.post("/collections/road/inspections", json=said, headers=inspector)
    assert [(e["row"], e["field"]) for e in wrong.json["errors"]] == [(1, "measurements.stretches[0].to_m")]
