"""How often one may ask: by token or address, never fewer than the setting says."""

from __future__ import annotations

import json

import pytest

MOST = 5


@pytest.fixture
def limited(served, monkeypatch):
    """Makes a fresh application with these settings and gives its client."""
    def make(**env: str):
        from api import create_app

        for name, value in env.items():
            monkeypatch.setenv(name, value)
        return create_app().test_client()
    return make


def statuses(client, times: int, address: str = "192.0.2.1", **headers: str) -> list[int]:
    return [client.get("/conformance", headers=headers, environ_overrides={"REMOTE_ADDR": address}).status_code
            for _ in range(times)]


def test_without_a_limit_nobody_is_counted(limited):
    client = limited()
    assert set(statuses(client, 50)) == {200}
    assert "RateLimit-Limit" not in client.get("/conformance").headers


def test_the_limit_is_told_and_kept(limited):
    client = limited(REGISTRY_RATE_LIMIT=str(MOST))
    answers = [client.get("/conformance") for _ in range(MOST + 2)]
    assert [a.status_code for a in answers] == [200] * MOST + [429] * 2
    assert [a.headers["RateLimit-Remaining"] for a in answers] == ["4", "3", "2", "1", "0", "0", "0"]
    assert {a.headers["RateLimit-Limit"] for a in answers} == {str(MOST)}
    refused = answers[-1]
    body = json.loads(refused.data)
    assert refused.mimetype == "application/problem+json" and body["code"] == "too_many_requests" and body["zh"]
    assert 1 <= int(refused.headers["Retry-After"]) == int(refused.headers["RateLimit-Reset"]) <= 60


def test_the_oldest_request_leaves_the_window(limited, monkeypatch):
    client = limited(REGISTRY_RATE_LIMIT=str(MOST))
    import time

    begin, now = time.time(), [0.0]
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: begin + now[0])
    for second in (0, 30):
        now[0] = second
        statuses(client, 3)  # of the last of these, one is too many
    now[0] = 59
    assert statuses(client, 1) == [429]
    now[0] = 61
    assert statuses(client, 4) == [200, 200, 200, 429]


@pytest.mark.parametrize("one, other, same", [
    ("192.0.2.1", "192.0.2.2", False), ("2001:db8::1", "2001:db8::2", True), ("2001:db8::1", "2001:db8:0:1::1", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False)])
def test_each_address_has_its_own_count_and_one_customer_of_ipv6_one(limited, one, other, same):
    client = limited(REGISTRY_RATE_LIMIT=str(MOST))
    assert statuses(client, MOST + 1, one)[-1] == 429
    assert statuses(client, 1, other) == [429 if same else 200]


def test_a_token_has_its_own_count_wherever_it_comes_from(limited, token):
    client = limited(REGISTRY_RATE_LIMIT=str(MOST))
    header = {"Authorization": f"Bearer {token}"}
    assert statuses(client, MOST + 1, "192.0.2.1", **header)[-2:] == [200, 429]
    assert statuses(client, 1, "192.0.2.2", **header) == [429]
    assert statuses(client, 1, "192.0.2.1") == [200]


def test_nobody_is_believed_about_where_he_comes_from(limited):
    client = limited(REGISTRY_RATE_LIMIT=str(MOST))
    for n in range(MOST):
        statuses(client, 1, **{"X-Forwarded-For": f"198.51.100.{n}", "X-Real-IP": f"198.51.100.{n}",
                               "Forwarded": f"for=198.51.100.{n}"})
    assert statuses(client, 1, **{"X-Forwarded-For": "198.51.100.99"}) == [429]


def test_our_own_proxies_are_believed_and_only_they(limited):
    client = limited(REGISTRY_RATE_LIMIT=str(MOST), REGISTRY_PROXIES="1")
    for n in range(MOST):  # what the client made up stands before what the proxy wrote
        statuses(client, 1, **{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.1"})
    assert statuses(client, 1, **{"X-Forwarded-For": "203.0.113.99, 198.51.100.1"}) == [429]
    assert statuses(client, 1, **{"X-Forwarded-For": "198.51.100.2"}) == [200]


@pytest.mark.parametrize("scheme", ["Bearer mar_wrong{}", "Basic d3Jvbmc6d3Jvbmc{}=", "Other x{}"])
def test_after_too_many_wrong_tokens_none_is_looked_at(limited, token, scheme, monkeypatch):
    client = limited(REGISTRY_FAILED_LIMIT="3")
    tries = [statuses(client, 1, Authorization=scheme.format(n))[0] for n in range(5)]
    assert tries == [401, 401, 401, 429, 429]
    looked: list[object] = []
    monkeypatch.setattr("registry.store.tokens.find", lambda *a: looked.append(a))
    answer = client.get("/conformance", headers={"Authorization": f"Bearer {token}"},
                        environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1 and not looked
    assert statuses(client, 1) == [200]  # who does not sign in is not concerned


def test_failures_elsewhere_do_not_lock_out_a_token(limited, token):
    client = limited(REGISTRY_FAILED_LIMIT="1")
    statuses(client, 3, "192.0.2.66", Authorization="Bearer wrong")
    assert statuses(client, 3, "192.0.2.1", Authorization=f"Bearer {token}") == [200] * 3


def test_files_of_ours_and_preflights_are_not_counted(limited):
    client = limited(REGISTRY_RATE_LIMIT="1")
    for _ in range(3):
        assert client.get("/static/registry.css").status_code == 200
        assert client.options("/collections/road/items", headers={
            "Origin": "https://a.example", "Access-Control-Request-Method": "POST"}).status_code == 204
    assert statuses(client, 2) == [200, 429]


@pytest.mark.parametrize("name, value", [("REGISTRY_RATE_LIMIT", "many"), ("REGISTRY_PROXIES", "-1"),
                                         ("REGISTRY_LOG", "xml"),
                                         ("REGISTRY_PAGE_MB", "0"), ("REGISTRY_MAX_BODY_MB", "1e9")])
def test_a_wrong_setting_is_told_at_the_start(limited, name, value):
    from registry.errors import BadValue

    with pytest.raises(BadValue, match=name):
        limited(**{name: value})
