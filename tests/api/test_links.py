"""Addresses in answers: from the setting where there is one, never from headers that anyone can send."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from registry import db


@pytest.mark.requirement("ets-ogcapi-features10/req/rules/public-url")
def test_the_public_address_of_the_setting_stands_in_every_link(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://gis.example.cn/registry/")
    for address in ("/", "/collections", "/collections/road/items?limit=1", "/indicators/intact_rate?class=road"):
        body = json.loads(client.get(address).data)
        assert all(ln["href"].startswith("https://gis.example.cn/registry/") for ln in body["links"])
    assert json.loads(client.get("/api?f=json").data)["servers"] == [{"url": "https://gis.example.cn/registry"}]


@pytest.mark.requirement("ets-ogcapi-features10/req/rules/public-url")
def test_forwarded_headers_are_not_believed(client):
    answer = client.get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
                                      "Forwarded": "host=evil.example", "X-Forwarded-Prefix": "/evil"})
    assert "evil" not in answer.text


def test_a_line_break_cannot_get_into_a_header(client):
    answer = client.get("/collections/road/items?q=a%0d%0aX-Evil:%201&limit=1")
    assert answer.status_code == 200 and "X-Evil" not in answer.headers
    assert "\n" not in answer.headers["Link"]


def test_a_page_that_can_tell_of_the_next_one_in_a_field_alone_does_however_long_the_question(client):
    many = f"id IN ({','.join(map(str, range(1, 900)))})"
    for f in ("csv", "geojsonseq"):
        answer = client.get("/collections/road/items", query_string={"f": f, "limit": "2", "filter": many})
        assert answer.status_code == 200 and 'rel="next"' in answer.headers["Link"]
        after = client.get(answer.headers["Link"].partition("<")[2].partition(">")[0])
        assert after.status_code == 200 and after.data != answer.data
    answer = client.get("/collections/road/items", query_string={"limit": "2", "filter": many})
    assert "Link" not in answer.headers and any(ln["rel"] == "next" for ln in answer.json["links"])


# -- every link leads somewhere ------------------------------------------------------------------
def hrefs(value: Any) -> list[str]:
    """Every address in an answer."""
    if isinstance(value, dict):
        own = [value["href"]] if isinstance(value.get("href"), str) else []
        return own + [h for k, v in value.items() if k != "href" for h in hrefs(v)]
    return [h for v in value for h in hrefs(v)] if isinstance(value, list) else []


@pytest.mark.parametrize("parts", [4, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])
@pytest.mark.parametrize("role", ["public", "admin"])
@pytest.mark.parametrize("moment", ["", "as_of=2026-01-01"])
@pytest.mark.parametrize("address", ["/", "/collections", "/collections/road", "/collections/road/items?limit=1", "/collections/district/items?limit=1",
                                     "item", "/indicators", "/coverage", "/indicators/intact_rate?class=road", "/coverage/park", "/claims", "/ownerless?limit=1"])
def test_every_link_leads_somewhere_and_keeps_the_moment(client, get, admin, address, moment, role, parts):
    """Where there are hundreds, another part of them is followed by each role at each moment."""
    headers = {"Authorization": f"Bearer {admin}"} if role == "admin" else {}
    if address == "item":
        address = "/collections/road/items/" + str(get("/collections/road/items?limit=1")["features"][0]["id"])
        moment = moment and "as_of=" + get(address)["properties"]["updated_at"].replace("+", "%2B")
    answer = client.get(f"{address}{'&' if '?' in address else '?'}{moment}" if moment else address, headers=headers)
    if address == "/":  # it has no past
        assert answer.status_code == (400 if moment else 200)
        answer = client.get("/", headers=headers)
    if address == "/claims" and role == "public":
        assert answer.status_code == 401
        return
    assert answer.status_code == 200
    links = sorted(set(hrefs(answer.json)))
    for href in links[2 * bool(moment) + (role == "admin")::parts] if parts > 1 and len(links) > 100 else links:
        if "{" in href:
            href = re.sub(r"{\w+}", "0", href)
        found = client.get(href.removeprefix("http://localhost"), headers=headers)
        assert found.status_code == 200, (href, found.text[:300])
        if moment and address != "/" and any(p in href for p in ("/items", "/indicators/", "/coverage/")) and "/attachments" not in href \
                and "/ownership" not in href:
            assert "as_of" in parse_qs(urlsplit(href).query), href


def test_a_page_of_the_past_leads_to_pages_that_open(client):
    page = client.get("/indicators/intact_rate?class=road&as_of=2026-01-01&f=html").text
    found = {h.replace("&amp;", "&") for h in re.findall(r'href="(/[^"]*|http://localhost/[^"]*)"', page)}
    assert len(found) > 10
    for href in found:
        answer = client.get(href.removeprefix("http://localhost"), headers={"Accept": "text/html"})
        assert answer.status_code == 200, (href, answer.text[:200])


def test_an_asset_leads_to_its_records_and_a_collection_to_its_tiles(client, get, admin):
    item = "/collections/road/items/" + str(get("/collections/road/items?limit=1")["features"][0]["id"])
    chief = client.get(item, headers={"Authorization": f"Bearer {admin}"}).json

    def related(body: dict[str, Any]) -> set[str]:
        return {ln["href"].rpartition("/")[2] for ln in body["links"] if ln["rel"] == "related"}

    assert related(chief) == {"inspections", "defects", "attachments", "ownership"}
    assert related(get(item)) == {"inspections", "defects"}  # photos are for tokens, whose it was is history
    zone = get("/collections/district/items?limit=1")["features"][0]
    assert related(get(f"/collections/district/items/{zone['id']}")) == set()
    tiles = [ln for ln in get("/collections/road")["links"] if ln.get("templated")]
    assert [ln["href"] for ln in tiles] == [
        "http://localhost/collections/road/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"]
    assert "{" not in client.get("/collections/road").headers["Link"]
    assert "/batches" in str(client.get("/", headers={"Authorization": f"Bearer {admin}"}).json["links"])
    first = {urlsplit(h).path for h in hrefs(get("/"))}
    assert {"/organisations", "/ownerless", "/defects", "/inspections/overdue"} <= first and "/claims" not in first


def test_claims_are_told_as_they_were(client, get, admin):
    headers = {"Authorization": f"Bearer {admin}"}
    item = "/collections/road/items/" + str(get("/collections/road/items?limit=1")["features"][0]["id"])
    made = client.post(f"{item}/claims", json={"kind": "unclear", "claimant": "甲", "role": "owner"}, headers=headers).json
    with db.connect() as conn:
        then = conn.execute(text("SELECT clock_timestamp()")).scalar_one().isoformat().replace("+", "%2B")
    done = client.patch(f"/claims/{made['id']}", json={"status": "rejected", "resolution": "无据"}, headers={**headers, "If-Match": '"1"'})
    assert done.status_code == 200, done.text

    def told(path: str) -> dict[str, Any]:
        return client.get(path, headers=headers).json

    assert [f["id"] for f in told(f"/claims?as_of={then}")["features"]] == [made["id"]] and told("/claims")["features"] == []
    assert told(f"/claims/{made['id']}?as_of={then}")["status"] == "open"
    assert told("/claims?as_of=2026-01-01")["features"] == []


def test_a_long_question_leaves_a_header_that_a_proxy_takes_with_the_next_link_in_it(client):
    said = " OR ".join(["name LIKE '解放路%'"] * 60)
    answer = client.get("/collections/road/items", query_string={"filter": said, "limit": 2})
    assert answer.status_code == 200 and sum(len(k) + len(v) + 4 for k, v in answer.headers) < 4_096
    short = client.get("/collections/road/items", query_string={"filter": " OR ".join(["name LIKE '解放路%'"] * 8), "limit": 2})
    assert '; rel="next"' in short.headers["Link"] and len(short.headers["Link"]) < 2_600
    assert len([ln for ln in short.json["links"] if f'<{ln["href"]}>' in short.headers["Link"]]) < len(short.json["links"])
