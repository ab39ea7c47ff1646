"""Extents are asked once of each version of a layer that somebody sees, and are those of that version and those eyes."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from registry import db
from registry.catalogue import load as catalogue
from registry.scope import Scope
from registry.store import features, tokens
from registry.store.cities import City
from registry.store.staging import put_many

TOWN = City("demo", "示范市", "Demo City", None, 4549)
PAGES = ("/collections/toilet", "/collections/toilet/tiles/WebMercatorQuad", "/collections/toilet/tiles/WebMercatorQuad?f=tilejson",
         "/tiles/WebMercatorQuad?f=tilejson&collections=toilet")


def put(code: str, x: float, y: float) -> None:
    with db.begin() as conn:
        put_many(conn, catalogue().kind("toilet"), TOWN, [{"code": code, "geom": shapely.Point(x, y)}], actor="t", reason="t")


@pytest.fixture(scope="module", autouse=True)
def toilets(served):
    put("A", 120.5, 30.0)
    put("B", 120.7, 30.1)


def boxes(client, headers=None) -> list[list[float] | None]:
    """What each of the pages tells."""
    found = [client.get(page, headers=headers).get_json(force=True) for page in PAGES]
    return [found[0]["extent"].get("spatial", {}).get("bbox", [None])[0],
            [*found[1]["boundingBox"]["lowerLeft"], *found[1]["boundingBox"]["upperRight"]] if "boundingBox" in found[1] else None,
            found[2].get("bounds"), found[3].get("bounds")]


def test_all_of_them_tell_the_same_and_rows_are_read_once(client, monkeypatch):
    whole = [120.5, 30.0, 120.7, 30.1]
    assert boxes(client) == [whole] * 4
    monkeypatch.setattr(features, "extent", lambda *_: 1 / 0)
    assert boxes(client) == [whole] * 4


def test_a_write_is_seen_at_once_outward_and_inward(client):
    put("A", 120.45, 30.0)
    assert boxes(client) == [[120.45, 30.0, 120.7, 30.1]] * 4
    put("A", 120.5, 30.0)
    assert boxes(client) == [[120.5, 30.0, 120.7, 30.1]] * 4


def test_each_principal_is_told_what_it_sees_and_nobody_elses(client, monkeypatch, tmp_path):
    with db.begin() as conn:
        secret = tokens.create(conn, name="west", role="reader", scope=Scope(districts=("330602",)), reason="t", actor="t")[1]
    west, coarse = {"Authorization": f"Bearer {secret}"}, tmp_path / "public.toml"
    coarse.write_text("[classes.toilet]\ncoarse_degrees = 0.15\n", encoding="utf-8")
    for _ in range(2):
        mine = boxes(client, west)
        assert mine == [mine[0]] * 4 and mine[0] != [120.5, 30.0, 120.7, 30.1]
        assert boxes(client) == [[120.5, 30.0, 120.7, 30.1]] * 4
        with monkeypatch.context() as rough:
            rough.setenv("REGISTRY_PUBLIC", str(coarse))
            cells = boxes(client)
            assert cells == [cells[0]] * 4 and 120.5 not in cells[0] and 120.7 not in cells[0]


def test_the_past_has_its_own_and_a_restored_database_as_well(client, monkeypatch):
    with db.connect() as conn:
        before = conn.execute(text("SELECT min(sys_from) FROM asset WHERE class = 'toilet' AND code = 'B'")).scalar_one()
    past = f"/collections/toilet?as_of={before.isoformat().replace('+', '%2B')}"
    put("C", 120.79, 30.19)
    assert boxes(client) == [[120.5, 30.0, 120.79, 30.19]] * 4
    assert client.get(past).json["extent"]["spatial"]["bbox"][0] == [120.5, 30.0, 120.7, 30.1]
    monkeypatch.setattr(features, "extent", lambda *_: ([1.0, 2.0, 3.0, 4.0], None))
    assert boxes(client) == [[120.5, 30.0, 120.79, 30.19]] * 4
    with db.begin() as conn:  # the same version of other rows, which is of another time
        conn.execute(text("UPDATE layer SET at = at - interval '1 second' WHERE city = 'demo' AND key = 'toilet'"))
    assert boxes(client) == [[1.0, 2.0, 3.0, 4.0]] * 4
