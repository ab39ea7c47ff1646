"""The Host of a request: whatever it says, no 500, no broken link, and nothing of it in another's answer."""

from __future__ import annotations

import json

import pytest
from test_links import hrefs

PAGES = ("/", "/collections", "/collections/road/items?limit=1", "/styles/city", "/tiles/WebMercatorQuad?f=tilejson", "/api?f=json",
         "/conformance?f=html")
NONE = ["a b", 'a"b', "a/b", "a?b", "user@x", "x,y", "<script>", "::1", "[::1", "[::zz]", "[::1%eth0]", "x:abc", "x:70000", "..", ".x",
        "a\\b", "%0d", "x;y", "x y:80", "市政", "a" * 64]


@pytest.mark.parametrize("host", NONE)
def test_what_is_no_host_is_refused_in_both_languages_and_is_in_no_link(client, host):
    for page in PAGES:
        answer = client.get(page, headers={"Host": host.encode().decode("latin-1")})
        assert answer.status_code == 400 and "Link" not in answer.headers
        if "html" not in page:
            assert json.loads(answer.data)["code"] == "bad_host" and {"zh", "en"} <= set(json.loads(answer.data))
    assert "<script>" not in answer.text


@pytest.mark.parametrize("host, told", [
    ("gis.example.cn", "gis.example.cn"), ("GIS.Example.CN:80", "gis.example.cn"), ("gis.example.cn:8080", "gis.example.cn:8080"),
    ("gis:", "gis"), ("registry_web:8000", "registry_web:8000"), ("[::1]:8000", "[::1]:8000"), ("[2001:DB8::1]", "[2001:db8::1]"),
    ("10.0.0.7:443", "10.0.0.7:443"), ("gis.example.cn.", "gis.example.cn."), ("xn--fiqs8s:81", "xn--fiqs8s:81"), ("", "localhost")])
def test_links_begin_with_the_host_as_a_browser_writes_it(client, host, told):
    for page in ("/", "/collections/road/items?limit=1", "/tiles/WebMercatorQuad?f=json"):
        answer = client.get(page, headers={"Host": host})
        assert answer.status_code == 200 and answer.headers.get("Link", "").isascii()
        assert {h.split("/")[2] for h in hrefs(answer.json)} == {told}, page


def test_a_chinese_domain_in_the_setting_stands_in_links_as_header_fields_take_it(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://市政.中国/台账/")
    answer = client.get("/collections/road/items?limit=1")
    assert answer.headers["Link"].isascii() and "台账" not in answer.text
    assert all(h.startswith("https://xn--7st04n.xn--fiqs8s/%E5%8F%B0%E8%B4%A6/") for h in hrefs(answer.json))


def test_what_was_kept_for_one_host_is_not_given_to_another(client):
    for _ in range(3):  # the third is one that is kept
        for host in ("a.example", "b.example"):
            found = client.get("/collections/road/items?limit=2", headers={"Host": host})
            assert {h.split("/")[2] for h in hrefs(found.json)} == {host}
    tag = found.headers["ETag"]
    assert client.get("/collections/road/items?limit=2", headers={"Host": "a.example", "If-None-Match": tag}).status_code == 200


def test_a_page_without_an_origin_of_its_own_cannot_write_with_a_password_of_the_browser(client):
    answer = client.post("/collections/road/items", headers={"Origin": "null", "Authorization": "Basic dTpw"}, json={})
    assert answer.status_code == 403 and answer.json["code"] == "cross_site"
