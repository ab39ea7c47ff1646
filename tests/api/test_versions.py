"""What was stays readable: versions, deleted features, the feed of changes, everything as of a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import shapely
from sqlalchemy import text

from registry import db, history
from registry.catalogue import load
from registry.store import cities
from registry.store.cities import City
from registry.store.staging import put_many

TOWN = City("demo", "示范市", "Demo City", None, 4549)
LAMP = load().kind("streetlight")
WHO = {"actor": "张三", "reason": "普查"}


def lamp(code: str, state: str, x: float = 120.5, **more: object) -> dict[str, object]:
    return {"code": code, "state": state, **more, "geom": shapely.Point(x, 30)}


def put(*rows: dict[str, object]) -> None:
    with db.begin() as conn:
        put_many(conn, LAMP, TOWN, list(rows), **WHO)


def delete(code: str) -> None:
    with db.begin() as conn:
        batch = history.open_batch(conn, city="demo", kind="edit", actor="李四", reason="拆除")
        conn.execute(text("DELETE FROM asset WHERE code = :c"), {"c": code})
        history.seal(conn, batch)


def now() -> dt.datetime:
    with db.connect() as conn:
        return conn.execute(text("SELECT clock_timestamp()")).scalar_one()


@pytest.fixture(scope="module")
def moments(database: str) -> Iterator[list[dt.datetime]]:
    """Moments: before anything, after two lamps, after one broke, after the other was deleted."""
    with db.begin() as conn:
        cities.put(conn, TOWN)
    made = [now()]
    put(lamp("A", "intact"), lamp("B", "intact", 120.6))
    made.append(now())
    put(lamp("A", "damaged", 120.7))
    made.append(now())
    delete("B")
    made.append(now())
    yield made
    db.dispose()


@pytest.fixture
def client(moments):
    from api import create_app

    return create_app().test_client()


@pytest.fixture
def ids(client) -> dict[str, int]:
    answer = client.get("/collections/streetlight/changes").json
    return {c["feature"]["properties"]["code"]: c["id"] for c in answer["changes"] if c["feature"]}


def codes(client, path: str, **query: str) -> list[str]:
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.text
    return [f["properties"]["code"] for f in answer.json["features"]]


def test_items_as_of_a_moment_are_what_the_registry_held_then(client, moments):
    path = "/collections/streetlight/items"
    held = [codes(client, path, as_of=m.isoformat()) for m in moments]
    assert held == [[], ["A", "B"], ["A", "B"], ["A"]] and codes(client, path) == ["A"]
    # Space and filters are those of then, too.
    assert codes(client, path, as_of=moments[1].isoformat(), bbox="120.4,29,120.55,31") == ["A"]
    assert codes(client, path, as_of=moments[2].isoformat(), bbox="120.4,29,120.55,31") == []
    assert codes(client, path, as_of=moments[1].isoformat(), state="damaged") == []
    assert codes(client, path, as_of=moments[2].isoformat(), state="damaged") == ["A"]


def test_one_item_and_its_csv_are_of_the_moment_too(client, moments, ids):
    item = f"/collections/streetlight/items/{ids['A']}"
    assert client.get(item, query_string={"as_of": moments[1].isoformat()}).json["properties"]["state"] == "intact"
    assert client.get(item).json["properties"]["state"] == "damaged"
    table = client.get("/collections/streetlight/items", query_string={"as_of": moments[1].isoformat(), "f": "csv"}).text
    assert table.count("intact") == 2
    assert client.get(item, query_string={"as_of": moments[0].isoformat()}).status_code == 404


def test_figures_as_of_a_moment_are_what_they_would_have_been(client, moments):
    rates = [client.get("/indicators/intact_rate", query_string={"class": "streetlight", "as_of": m.isoformat()}).json
             for m in moments]
    assert [(r["numerator"], r["denominator"]) for r in rates] == [(0, 0), (2, 2), (1, 2), (0, 1)]
    assert rates[0]["value"] is None and rates[1]["as_of"] == moments[1].isoformat()
    counted = client.get("/inventory", query_string={"as_of": moments[1].isoformat()}).json["rows"]
    assert next(r["count"] for r in counted if r["class"] == "streetlight") == 2


@pytest.mark.parametrize("wrong", ["yesterday", "2999-01-01", "2025-01-01T00:00:00", "2025-13-01", "", "1"])
def test_a_moment_that_is_none_or_in_the_future_is_refused(client, moments, wrong):
    answer = client.get("/collections/streetlight/items", query_string={"as_of": wrong})
    assert answer.status_code == 400 and answer.json["errors"][0]["parameter"] == "as_of"


def test_today_is_now_and_a_day_is_meant_to_its_end(client, moments):
    today = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    assert codes(client, "/collections/streetlight/items", as_of=today.isoformat()) == ["A"]
    before = (today - dt.timedelta(days=1)).isoformat()
    assert codes(client, "/collections/streetlight/items", as_of=before) == []


def test_the_versions_of_a_feature_are_listed_with_what_changed_and_links(client, ids):
    answer = client.get(f"/collections/streetlight/items/{ids['A']}/versions").json
    newest, first = answer["versions"]
    assert (newest["version"], first["version"]) == (2, 1)
    assert set(newest["changed"]) == {"state", "geometry"} and first["changed"] == []
    assert first["until"] == newest["since"] and newest["until"] is None
    assert "batch" not in newest  # who and why is not for the public
    old = client.get(first["links"][0]["href"])
    assert old.json["properties"]["state"] == "intact" and old.headers["Memento-Datetime"].endswith("GMT")
    assert {"original", "successor-version"} <= {ln["rel"] for ln in old.json["links"]}
    assert client.get(f"/collections/streetlight/items/{ids['A']}/versions?f=html").status_code == 200


def test_a_deleted_feature_is_gone_with_the_way_to_its_last_version(client, ids):
    answer = client.get(f"/collections/streetlight/items/{ids['B']}")
    assert answer.status_code == 410 and answer.json["code"] == "gone"
    last = next(ln for ln in answer.json["links"] if ln["rel"] == "latest-version")
    assert client.get(last["href"]).json["properties"]["code"] == "B"
    assert client.get("/collections/streetlight/items/999999999").status_code == 404


def test_the_feed_tells_inserts_updates_and_deletions_in_order_and_can_be_resumed(client, ids):
    def page(**query: str) -> dict:
        return client.get("/collections/streetlight/changes", query_string=query).json

    whole = page()
    assert [c["op"] for c in whole["changes"]] == ["insert", "insert", "update", "delete"]
    assert whole["changes"][-1] == whole["changes"][-1] | {"id": ids["B"], "feature": None}
    assert not whole["more"] and page(since=whole["resume"])["changes"] == []
    steps, mark = [], "0"
    while True:
        one = page(since=mark, limit="1")
        if not one["changes"]:
            break
        steps += one["changes"]
        mark = one["resume"]
    assert steps == whole["changes"]
    put(lamp("C", "intact"))
    assert [c["feature"]["properties"]["code"] for c in page(since=whole["resume"])["changes"]] == ["C"]
    delete("C")


def test_replaying_the_feed_gives_what_is_there(client):
    held: dict[int, dict] = {}
    for c in client.get("/collections/streetlight/changes").json["changes"]:
        if c["op"] == "delete":
            del held[c["id"]]
        else:
            assert (c["id"] in held) == (c["op"] == "update")
            held[c["id"]] = c["feature"]
    live = client.get("/collections/streetlight/items?f=json").json["features"]
    assert sorted(held.values(), key=lambda f: f["id"]) == live
