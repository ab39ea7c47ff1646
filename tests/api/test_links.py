"""Addresses in answers: from the setting where there is one, never from headers that anyone can send."""

from __future__ import annotations

import json


def test_the_public_address_of_the_setting_stands_in_every_link(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://gis.example.cn/registry/")
    for address in ("/", "/collections", "/collections/road/items?limit=1", "/indicators/intact_rate?class=road"):
        body = json.loads(client.get(address).data)
        assert all(ln["href"].startswith("https://gis.example.cn/registry/") for ln in body["links"])
    assert json.loads(client.get("/api?f=json").data)["servers"] == [{"url": "https://gis.example.cn/registry"}]


def test_forwarded_headers_are_not_believed(client):
    answer = client.get("/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
                                      "Forwarded": "host=evil.example", "X-Forwarded-Prefix": "/evil"})
    assert "evil" not in answer.text


def test_a_line_break_cannot_get_into_a_header(client):
    answer = client.get("/collections/road/items?q=a%0d%0aX-Evil:%201&limit=1")
    assert answer.status_code == 200 and "X-Evil" not in answer.headers
    assert "\n" not in answer.headers["Link"]
