"""Headers of every answer, pages of other sites (CORS), and writes that they would forge."""

from __future__ import annotations

import pytest

A, B = "https://a.example", "https://b.example:8443"
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,if-match"}


def test_every_answer_has_its_headers(client, resource):
    for address in (resource, f"{resource}{'&' if '?' in resource else '?'}f=html", "/nothing", "/static/map.js"):
        headers = client.get(address).headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"] and headers["Cache-Control"]
        assert "Strict-Transport-Security" not in headers  # over plain HTTP it means nothing


def test_https_is_demanded_only_where_it_is_ours(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://assets.example")
    assert client.get("/").headers["Strict-Transport-Security"] == "max-age=31536000"
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "http://assets.example")
    assert "Strict-Transport-Security" not in client.get("/").headers


def test_anybodys_map_may_read_by_default(client):
    for address in ("/collections/road/items", "/nothing"):
        headers = client.get(address, headers={"Origin": A}).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in headers
        for name in ("ETag", "Link", "Location", "Content-Crs", "Retry-After", "RateLimit-Remaining", "X-Request-Id"):
            assert name in headers["Access-Control-Expose-Headers"].split(", ")


def test_of_several_sites_the_one_that_asks_is_named(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_CORS", f"{A} {B}/")
    for origin, allowed in ((A, True), (B, True), ("https://c.example", False), ("null", False),
                            (A + ".evil.example", False),
                            ("http://a.example", False), (None, False)):
        headers = client.get("/collections", headers={"Origin": origin} if origin else {}).headers
        assert headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert "Origin" in headers["Vary"] and "Accept-Language" in headers["Vary"]


def test_nobody_is_a_setting_as_well(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_CORS", "none")
    assert "Access-Control-Allow-Origin" not in client.get("/", headers={"Origin": A}).headers


def test_a_preflight_tells_methods_headers_and_for_how_long(client):
    answer = client.options("/collections/road/items", headers={"Origin": A, **PREFLIGHT})
    assert answer.status_code == 204 and not answer.data
    assert "GET" in answer.headers["Access-Control-Allow-Methods"].split(", ")
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "If-Match", "If-None-Match", "Prefer", "Registry-Reason",
            "Idempotency-Key", "X-Request-Id", "Content-Crs"} <= set(allowed)
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_preflight_tells_every_method_of_the_address(app, client):
    for rule in app.url_map.iter_rules():
        if "static" in rule.rule:
            continue
        address = rule.rule.replace("<collection>", "road").replace("<", "").replace(">", "")
        told = client.options(address, headers={"Origin": A, **PREFLIGHT}).headers["Access-Control-Allow-Methods"]
        assert set(rule.methods) <= set(told.split(", ")), rule


def test_a_plain_options_and_an_address_that_is_not_there_are_no_preflight(client):
    assert "Access-Control-Allow-Methods" not in client.options("/collections").headers
    assert client.options("/nothing", headers={"Origin": A, **PREFLIGHT}).status_code == 404


@pytest.fixture
def writable(served):
    """A client of an application with an address that takes a POST."""
    from api import create_app

    app = create_app()
    app.add_url_rule("/probe", "probe", lambda: "done", methods=["POST", "GET"])
    return app.test_client()


BASIC = {"Authorization": "Basic dTpw"}


@pytest.mark.parametrize("headers, status", [
    ({"Origin": A, **BASIC}, 403), ({"Origin": "null", **BASIC}, 403),
    ({"Origin": "http://localhost.evil.example", **BASIC}, 403),
    ({"Origin": "http://localhost", **BASIC}, 200), ({"Origin": "https://assets.example", **BASIC}, 200), (BASIC, 200),
    ({"Origin": B, **BASIC}, 200), ({"Origin": A, "Authorization": "Bearer x"}, 200), ({"Origin": A}, 200)])
def test_a_page_elsewhere_cannot_write_with_a_password_of_the_browser(writable, monkeypatch, headers, status):
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://assets.example")
    monkeypatch.setenv("REGISTRY_CORS", f"{B} *")
    assert writable.post("/probe", headers=headers).status_code == status
    assert writable.get("/probe", headers=headers).status_code == 200
