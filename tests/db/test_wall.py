"""Database users see and write what their grant says, by row security: the second wall behind the program's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from registry import db
from registry.scope import Principal, Right, Scope, Sight
from registry.store import tokens, works
from registry.store.records import Writer

sys.path.append(str(Path(__file__).resolve().parents[1] / "api"))
from town import allowed, furnish

USER = "wall_of_tests"


@pytest.fixture(scope="module")
def things(database) -> Iterator[list]:
    with db.begin() as conn:
        made = furnish(conn)
    yield made
    with db.begin() as conn:
        conn.exec_driver_sql(f"DROP OWNED BY {USER}; DROP ROLE {USER}")
    db.dispose()


def grant(scope: Scope, role: str = "editor") -> tokens.Token:
    with db.begin() as conn:
        return tokens.create_for_role(conn, db_user=USER, name="测绘院", role=role, reason="测试", actor="t", scope=scope)[0]


def as_user(sentence: str, **binds: object) -> list:
    with db.begin() as conn:
        conn.exec_driver_sql(f"SET LOCAL SESSION AUTHORIZATION {USER}")
        found = conn.execute(text(sentence), binds)
        return list(found) if found.returns_rows else [found.rowcount]


def refused(sentence: str) -> tuple[str, str]:
    with pytest.raises(DBAPIError) as caught:
        as_user(sentence)
    return caught.value.orig.sqlstate, str(caught.value.orig)


SCOPES = [Scope(), Scope(city="demo"), Scope(city="nowhere"), Scope(districts=("D1",)), Scope(streets=("D1S", "D2N")),
          Scope(classes=("pipe",)), Scope(owners=("甲局",)), Scope(keepers=("丑公司",), districts=("D2",)),
          Scope(districts=("D1",), classes=("toilet", "park"), owners=("乙局",))]


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_row_security_lets_through_what_the_predicate_of_the_program_does(things, scope):
    if scope.city == "nowhere":
        with db.begin() as conn:
            conn.exec_driver_sql("INSERT INTO city (key, zh, en, srid) VALUES ('nowhere', 'n', 'n', 4549) ON CONFLICT DO NOTHING")
    grant(scope)
    with db.connect() as conn:
        live = set(conn.exec_driver_sql("SELECT name FROM asset").scalars())
    mine = {t.mark for t in things if t.mark in live and allowed(scope, t)}
    assert {r.name for r in as_user("SELECT name FROM asset")} == mine
    assert {r.name for r in as_user("SELECT name FROM layers.toilet")} == {m for m in mine if m in {
        t.mark for t in things if t.cls == "toilet"}}
    assert {r.name for r in as_user("SELECT name FROM asset_history")} <= {t.mark for t in things if allowed(scope, t)}
    sight = Sight(Principal("p", "editor", frozenset({Right.READ}), scope))
    with db.connect() as conn:
        from registry.catalogue import load

        of_program = set()
        for cls in load().classes.values():
            seen = sight.rows(cls)
            of_program |= set(conn.execute(text(f"SELECT name FROM {seen.text} a WHERE class = :c"), {**seen.values, "c": cls.key})
                              .scalars())
    assert of_program == mine


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_works_are_seen_as_the_program_shows_them_and_written_by_nobody(things, scope):
    said = {"kind": "build", "title": "t", "quantity": 1, "unit": "座", "year": 2024, "status": "planned", "note": "内部"}
    if scope.city == "nowhere":
        with db.begin() as conn:
            conn.exec_driver_sql("INSERT INTO city (key, zh, en, srid) VALUES ('nowhere', 'n', 'n', 4549) ON CONFLICT DO NOTHING")
    with db.begin() as conn:
        if not works.page(conn, "demo", works.Wanted()):
            for cls, id_ in conn.exec_driver_sql("SELECT class, id FROM asset WHERE city = 'demo'").all():
                works.add(conn, "demo", {**said, "asset_id": id_}, Writer("t", "t"))
                works.add(conn, "demo", {**said, "class": cls}, Writer("t", "t"))
            works.add(conn, "demo", said, Writer("t", "t"))
        city = scope.city or "demo"
        sight = Sight(Principal("p", "editor", frozenset({Right.READ}), scope))
        mine = {w["id"] for w in works.page(conn, city, works.Wanted(), sight=sight)}
        every = {w["id"] for w in works.page(conn, "demo", works.Wanted())}
    assert mine == every if scope.unlimited and city == "demo" else mine < every
    grant(scope)
    assert {r.id for r in as_user("SELECT id, note FROM work")} == mine
    assert refused("DELETE FROM work")[0] == "42501" == refused("UPDATE observation SET value = 1")[0]
    with db.begin() as conn:
        for t in tokens.every(conn):
            if t.db_user == USER and t.revoked_at is None:
                tokens.revoke(conn, t.id, actor="t", reason="end")
    grant(Scope(), "reader")
    assert refused("SELECT note FROM work")[0] == "42501" == refused("SELECT * FROM work_history")[0]
    assert {r.id for r in as_user("SELECT id FROM work")} == every


def test_an_editor_of_one_district_changes_nothing_of_another_and_moves_nothing_across(things):
    grant(Scope(districts=("D1",)))
    assert as_user("UPDATE layers.toilet SET note = 'x' WHERE district = 'D2'") == [0]
    assert as_user("DELETE FROM layers.toilet WHERE district = 'D2'") == [0]
    assert as_user("UPDATE layers.toilet SET note = 'x' WHERE district = 'D1'")[0] > 0
    state, said = refused("UPDATE layers.toilet SET geom = 'POINT(120.7 30)' WHERE district = 'D1'")
    assert state == "42501" and "无权写入" in said
    assert refused("INSERT INTO layers.toilet (code, city, geom) VALUES ('N1', 'demo', 'POINT(120.7 30)')")[0] == "42501"
    assert refused("UPDATE layers.district SET name = 'mine'")[0] == "42501"
    assert as_user("INSERT INTO layers.toilet (code, city, geom) VALUES ('N2', 'demo', 'POINT(120.5 30)')") == [1]


def test_a_reader_writes_nothing_and_base_tables_are_for_nobody(things):
    grant(Scope(), "reader")
    for sentence in ("UPDATE layers.toilet SET note = 'x'", "UPDATE asset SET note = 'x'", "DELETE FROM asset",
                     "SELECT * FROM token", "SELECT * FROM asset_toilet", "SELECT * FROM answered",
                     "SELECT registry_regrant()"):
        assert refused(sentence)[0] in ("42501", "42703"), sentence


def test_a_grant_that_was_revoked_shows_nothing(things):
    made = grant(Scope())
    with db.begin() as conn:
        for t in tokens.every(conn):
            if t.db_user == USER and t.revoked_at is None:
                tokens.revoke(conn, t.id, actor="t", reason="end")
    assert made.id
    assert refused("SELECT count(*) FROM asset")[0] == "42501"
    with db.begin() as conn:
        conn.exec_driver_sql(f"GRANT SELECT ON asset, zone TO {USER}")
    assert as_user("SELECT count(*) FROM asset") == [(0,)], "even with the right to read, no row passes the wall"
    with db.begin() as conn:
        conn.exec_driver_sql(f"REVOKE SELECT ON asset, zone FROM {USER}")


def test_rights_outlive_a_sync_that_makes_the_views_anew(things):
    grant(Scope(), "reader")
    with db.begin() as conn:
        db.migrate(conn)
        db.sync(conn)
    assert as_user("SELECT count(*) FROM layers.toilet")[0][0] > 0


def test_someone_who_logs_in_with_the_password_is_the_same(things, database):
    with db.begin() as conn:
        conn.exec_driver_sql(f"ALTER ROLE {USER} PASSWORD 'secret'")
    grant(Scope(districts=("D1",)))
    engine = create_engine(make_url(database).set(username=USER, password="secret"))
    try:
        with engine.connect() as conn:
            assert set(conn.exec_driver_sql("SELECT DISTINCT district FROM layers.streetlight").scalars()) == {"D1"}
    finally:
        engine.dispose()


def test_doctor_tells_when_spatial_search_is_slow_behind_the_wall(things):
    grant(Scope())
    with db.connect() as conn:
        found = {c.key: c for c in db.checks(conn)}["leakproof"]
        assert not found.ok and "ALTER FUNCTION" in found.detail
    with db.begin() as conn:
        conn.exec_driver_sql("ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF")
        assert {c.key: c for c in db.checks(conn)}["leakproof"].ok
        conn.exec_driver_sql("ALTER FUNCTION geometry_overlaps(geometry, geometry) NOT LEAKPROOF")
