"""What is kept is made in a transaction of its own, by whoever may write; everybody else computes for themselves."""

from __future__ import annotations

import json

import pytest
import shapely
from sqlalchemy import text

from registry import coverage, db
from registry.catalogue import load
from registry.coverage import kept, straight
from registry.scope import Scope
from registry.store import cities, tokens
from registry.store.staging import put_many

LAND = [{"code": f"H{n}", "geom": shapely.box(120 + n * 0.002, 30.003, 120.001 + n * 0.002, 30.008)} for n in range(5)]


@pytest.fixture(scope="module")
def city(database):
    made = cities.City("demo", "示范市", "Demo City", None, 4549)
    with db.begin() as conn:
        cities.put(conn, made)
        put_many(conn, load().kind("residential"), made, LAND, actor="t", reason="t")
    put(made, "P1", 120)
    return made


def put(city, code, lon):
    with db.begin() as conn:
        put_many(conn, load().kind("park"), city, [{"code": code, "geom": shapely.box(lon, 30, lon + 0.001, 30.001)}], actor="t", reason="t")


def ask(city):
    with db.connect() as conn:
        return coverage.coverage(conn, "park", city)["numerator"]


def heads():
    with db.connect() as conn:
        return conn.execute(text("SELECT id, revision FROM coverage_kept")).all()


def test_a_small_city_is_computed_in_full_and_nothing_is_kept(city):
    assert ask(city) > 0 and heads() == []


def test_who_asks_first_keeps_it_and_the_next_needs_no_full_run(city, monkeypatch):
    monkeypatch.setattr(kept, "WORTH_PARCELS", 1)
    first = ask(city)
    made = heads()
    assert len(made) == 1
    monkeypatch.setattr(straight, "fill", lambda run: pytest.fail("computed in full"))
    assert ask(city) == pytest.approx(first, rel=1e-12) and heads() == made
    put(city, "P2", 120.006)
    assert ask(city) > first * 1.1, "the edit is answered at once"
    assert [h.id for h in heads()] == [h.id for h in made], "and only what it touched was computed again"
    assert [h.revision for h in heads()] == [h.revision + 1 for h in made]


def test_while_somebody_else_is_at_it_the_answer_is_a_full_run(city, monkeypatch):
    monkeypatch.setattr(kept, "WORTH_PARCELS", 1)
    before = ask(city)
    put(city, "P3", 120.009)
    with db.begin() as other:
        assert kept.refresh(other, "park", city)
        assert ask(city) > before, "the other one's changes are not committed, ours is right all the same"


def test_a_reader_who_may_not_see_what_is_kept_gets_the_same_answer(city, monkeypatch):
    monkeypatch.setattr(kept, "WORTH_PARCELS", 1)
    expected = ask(city)
    with db.connect() as conn:
        conn.exec_driver_sql("CREATE ROLE only_asks")
        tokens.create_for_role(conn, db_user="only_asks", name="r", role="reader", reason="r", actor="r", scope=Scope())
        conn.exec_driver_sql("SET LOCAL SESSION AUTHORIZATION only_asks")
        told = coverage.coverage(conn, "park", city)
        conn.exec_driver_sql("RESET SESSION AUTHORIZATION")
    assert told["numerator"] == pytest.approx(expected, rel=1e-9)


def test_what_is_kept_is_no_content_of_the_registry(city, monkeypatch):
    from registry.db import ours

    monkeypatch.setattr(kept, "WORTH_PARCELS", 1)
    ask(city)
    with db.connect() as conn:
        assert not [t for t in ours.rows(conn) if t.startswith("coverage_kept")]
        found = conn.execute(text("SELECT json_agg(relpersistence) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'coverage\\_kept%'")).scalar_one()
    assert set(found if isinstance(found, list) else json.loads(found)) == {"u"}
