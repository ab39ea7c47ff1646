"""Answers that are kept whole: asked for a third time they cost one look-up, and never say what is not so any more."""

from __future__ import annotations

import gzip
import json

import pytest
from editors import Writer, road, token

from api import answer_cache
from api.lru import Lru
from registry import db

ITEMS = "/collections/road/items"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(answer_cache, "CACHE", Lru())
    monkeypatch.setattr(answer_cache, "LATELY", answer_cache.Lately())


def often(client, path, **headers):
    """The answer when it is asked for so often that it is kept."""
    for _ in range(3):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
    return answer


def without_time(answer):
    return {k: v for k, v in answer.json.items() if k != "timeStamp"}


@pytest.fixture
def one(client):
    return f"{ITEMS}/{client.get(ITEMS + '?limit=1').json['features'][0]['id']}"


def test_what_is_kept_is_what_was_answered_and_costs_one_look_up(client, one, statements):
    for path in (ITEMS, ITEMS + "?limit=2", ITEMS + "?bbox=120,29,121,31&state=damaged", ITEMS + "?f=csv", one, one + "?lang=en"):
        first = client.get(path)
        often(client, path)
        statements.clear()
        kept = client.get(path)
        assert len(statements) == 1 and "FROM layer" in statements[0]
        assert {k: v for k, v in kept.headers if k not in ("Date", "X-Request-Id")} == {
            k: v for k, v in first.headers if k not in ("Date", "X-Request-Id")}
        assert kept.data == first.data if first.json is None else without_time(kept) == without_time(first)


def test_what_was_asked_for_once_is_not_kept(client):
    client.get(ITEMS)
    assert len(answer_cache.CACHE) == 0


def test_an_edit_shows_at_once(client, editor, one):
    made = editor.made(ITEMS, road("KEPT", 120.51))
    path = f"{ITEMS}/{made['id']}"
    pages = [often(client, p).data for p in (ITEMS + "?q=KEPT", path)]
    assert editor.patch(path, {"properties": {"name": "改过的路"}}, 1).status_code in (200, 204)
    for before, after in zip(pages, (client.get(ITEMS + "?q=KEPT"), client.get(path)), strict=True):
        assert after.data != before and "改过的路" in after.text
    often(client, path)
    assert editor.delete(path, 2).status_code in (200, 204)
    assert client.get(path).status_code == 410
    assert client.get(ITEMS + "?q=KEPT").json["numberMatched"] == 0


def test_nothing_is_shared_between_principals(client, editor, tmp_path, monkeypatch):
    one, other = (Writer(client, token("reader", name, districts=(d,))) for name, d in (("甲", "330602"), ("乙", "330603")))
    seen = []
    for who in (one, other, editor):
        for _ in range(3):
            answer = who.send("GET", ITEMS)
        seen.append(without_time(answer))
    public = often(client, ITEMS)
    assert len({json.dumps(s["features"]) for s in seen}) == 3
    assert public.headers["Cache-Control"] == "no-cache" and answer.headers["Cache-Control"].startswith("private")
    file = tmp_path / "public.toml"
    file.write_text('[classes.road]\nhide = ["owner"]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert all("owner" not in f["properties"] for f in client.get(ITEMS).json["features"])
    file.write_text("[classes.road]\nread = false\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", f"{file.parent}/./{file.name}")  # read again though it is of the same second
    assert client.get(ITEMS).status_code == 404


def test_a_token_that_was_revoked_has_no_kept_answers(client):
    secret = token("reader", "丁")
    often(client, ITEMS, Authorization=f"Bearer {secret}")
    with db.begin() as conn:
        conn.exec_driver_sql("UPDATE token SET revoked_at = now(), revoked_by = 'x', revoked_reason = 'x' WHERE name = '丁'")
    assert client.get(ITEMS, headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_language_host_and_format_have_answers_of_their_own(client, monkeypatch):
    often(client, ITEMS)
    assert client.get(ITEMS, headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"
    assert "other.example" in client.get(ITEMS, base_url="http://other.example").text
    assert client.get(ITEMS, headers={"Accept": "text/html"}).mimetype == "text/html"
    monkeypatch.setenv("REGISTRY_PUBLIC_URL", "https://public.example")
    assert "https://public.example" in client.get(ITEMS).text


def test_pages_are_followed_as_ever(client):
    path, ids = ITEMS + "?limit=2", []
    while path:
        page = often(client, path).json
        ids += [f["id"] for f in page["features"]]
        path = next((ln["href"] for ln in page["links"] if ln["rel"] == "next"), None)
    assert ids == sorted(set(ids)) and len(ids) == client.get(ITEMS).json["numberMatched"]


def test_conditions_head_and_compression_hold_for_what_is_kept(client, one):
    for path in (ITEMS, one):
        kept = often(client, path, **{"Accept-Encoding": "identity"})
        tag = kept.headers["ETag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert again.status_code == 304 and not again.data and again.headers["ETag"] == tag
        head = client.head(path, headers={"Accept-Encoding": "identity"})
        assert not head.data and head.headers["Content-Length"] == str(len(kept.data)) and head.headers["ETag"] == tag
        for _ in range(2):
            packed = client.get(path, headers={"Accept-Encoding": "gzip"})
            assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.data) == kept.data
        assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "identity"}).headers
    assert client.get(one, headers={"If-Match": '"99"'}).status_code == 412


def test_the_past_and_errors_are_not_kept(client):
    for path in (ITEMS + "?as_of=2001-01-01", ITEMS + "?limit=none", ITEMS + "/987654", ITEMS + "?city=nowhere"):
        for _ in range(3):
            client.get(path)
    assert len(answer_cache.CACHE) == 0


def test_the_setting_turns_it_off_and_bounds_it(client, monkeypatch):
    monkeypatch.setenv("REGISTRY_ANSWER_CACHE_MB", "0")
    often(client, ITEMS)
    assert len(answer_cache.CACHE) == 0
