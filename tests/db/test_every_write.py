"""Every write of any path leaves the previous version: the parent table, the views, and whatever order of edits."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import audit, history
from registry.catalogue import load
from registry.db.columns import content_columns, row_hash
from registry.store.staging import put_many

ROAD = load().kind("road")
CONTENT = ", ".join(f'"{c}"' for c in content_columns("asset"))
STAMP = "batch = b.id, sys_from = b.at, version = a.version + 1"


@pytest.fixture
def roads(conn, city):
    put_many(conn, ROAD, city, [{"code": f"R{n}", "geom": shapely.LineString([(120, 30), (120.1, 30 + n / 100)])}
                                for n in range(3)], actor="t", reason="t")
    return conn


def opened(conn):
    """An open batch, for writes of the owner past the views."""
    return history.open_batch(conn, city="demo", kind="edit", actor="t", reason="t")


def past(conn):
    return [tuple(r) for r in conn.execute(text("SELECT code, version, op FROM asset_history ORDER BY code, version"))]


def sound(conn, batch):
    conn.exec_driver_sql(f"UPDATE asset a SET row_hash = {row_hash('asset', 'a')} WHERE batch = {batch.id}")
    history.seal(conn, batch)
    assert [b.fault for b in audit.chain(conn, "demo") if b.fault] == [] and audit.tampered(conn, "demo") == []


def test_an_update_of_many_rows_through_a_view(roads):
    assert roads.exec_driver_sql("UPDATE layers.road SET note = 'x'").rowcount == 3
    assert past(roads) == [("R0", 1, "U"), ("R1", 1, "U"), ("R2", 1, "U")]


def test_an_update_of_the_parent(roads):
    batch = opened(roads)
    roads.exec_driver_sql(f"UPDATE asset a SET name = 'x', {STAMP} FROM batch b WHERE b.id = {batch.id}")
    assert past(roads) == [("R0", 1, "U"), ("R1", 1, "U"), ("R2", 1, "U")]
    sound(roads, batch)


def test_an_update_that_moves_rows_to_another_class(roads):
    batch = opened(roads)
    roads.exec_driver_sql(f"UPDATE asset a SET class = 'pipe', {STAMP} FROM batch b WHERE b.id = {batch.id} AND code <> 'R0'")
    assert past(roads) == [("R1", 1, "U"), ("R2", 1, "U")]
    assert roads.exec_driver_sql("SELECT count(*) FROM asset_history WHERE class = 'road'").scalar_one() == 2
    assert roads.exec_driver_sql("SELECT count(*) FROM layers.pipe").scalar_one() == 2
    sound(roads, batch)


def test_a_merge_that_inserts_updates_and_deletes(roads):
    batch = opened(roads)
    roads.exec_driver_sql(f"""
        MERGE INTO asset a USING (SELECT b.*, s.code FROM batch b, (VALUES ('R0'), ('R1'), ('R9')) s(code) WHERE b.id = {batch.id}) b
        ON a.class = 'road' AND a.city = 'demo' AND a.code = b.code
        WHEN MATCHED AND a.code = 'R0' THEN DELETE
        WHEN MATCHED THEN UPDATE SET name = 'x', {STAMP}
        WHEN NOT MATCHED THEN INSERT (class, city, id, code_scheme, code, length_surveyed, area_surveyed, attrs, row_hash, version,
            batch, sys_from) VALUES ('road', 'demo', nextval('feature_id_seq'), 'bureau', b.code, false, false, '{{}}', '', 1, b.id, b.at)""")
    assert past(roads) == [("R0", 1, "D"), ("R1", 1, "U")]
    sound(roads, batch)


def test_an_insert_on_conflict(roads):
    batch = opened(roads)
    roads.exec_driver_sql(f"""
        INSERT INTO asset AS a (class, city, id, code_scheme, code, length_surveyed, area_surveyed, attrs, row_hash, version, batch, sys_from)
        SELECT 'road', 'demo', nextval('feature_id_seq'), 'bureau', s.code, false, false, '{{}}', '', 1, b.id, b.at
        FROM batch b, (VALUES ('R0'), ('R9')) s(code) WHERE b.id = {batch.id}
        ON CONFLICT (class, city, code_scheme, code) DO UPDATE
        SET name = 'x', version = a.version + 1, batch = excluded.batch, sys_from = excluded.sys_from""")
    assert past(roads) == [("R0", 1, "U")]
    sound(roads, batch)


def test_a_copy_into_the_parent_and_into_a_view(roads):
    from sqlalchemy.exc import DBAPIError

    raw = roads.connection.driver_connection
    row = "road\tdemo\t{}\tbureau\tC{}\tf\tf\t{{}}\t\\\\x\t1\t{}\t{}\n"
    names = "class, city, id, code_scheme, code, length_surveyed, area_surveyed, attrs, row_hash, version, batch, sys_from"

    def copy(target, line):
        with raw.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as made:
            made.write(line)

    import psycopg

    with pytest.raises(psycopg.Error) as caught, raw.transaction():
        copy(f"asset ({names})", row.format(999, 1, 1, "2020-01-01"))
    assert caught.value.sqlstate == "RG001"
    batch = opened(roads)
    copy(f"asset ({names})", row.format(999, 1, batch.id, batch.at.isoformat()))
    copy("layers.road (code, geom)", "C2\tLINESTRING(120 30, 120.1 30)\n")
    roads.exec_driver_sql("DELETE FROM layers.road WHERE code = 'C1'")
    assert past(roads) == [], "what came and went in one batch never was"
    with pytest.raises(DBAPIError), roads.begin_nested():
        roads.exec_driver_sql("TRUNCATE layers.road")
    sound(roads, batch)


# -- any order of edits --------------------------------------------------------------------------
EDITS = st.lists(st.tuples(st.sampled_from(["insert", "name", "width", "move", "survey", "delete", "all", "seal", "undone"]),
                           st.integers(0, 5)), min_size=1, max_size=25)


def edit(conn, what, n):
    code, where = f"'P{n}'", f"WHERE code = 'P{n}'"
    shape = f"'LINESTRING(120 30, 120.{n + 1} 30)'"
    free = conn.exec_driver_sql(f"SELECT count(*) FROM layers.road {where}").scalar_one() == 0
    if what == "insert" and free:
        conn.exec_driver_sql(f"INSERT INTO layers.road (code, geom) VALUES ({code}, {shape})")
    elif what == "undone":
        nested = conn.begin_nested()
        conn.exec_driver_sql("DELETE FROM layers.road")
        nested.rollback()
    elif what == "seal":  # as a commit does; the next edit opens a batch of its own
        conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    elif what not in ("insert", "seal"):
        conn.exec_driver_sql({"name": f"UPDATE layers.road SET name = nullif('n{n % 3}', 'n0') {where}",
                              "width": f"UPDATE layers.road SET width_m = nullif({n % 3}, 0) {where}",
                              "move": f"UPDATE layers.road SET geom = ST_Translate(geom, 0, 0.01) {where}",
                              "survey": f"UPDATE layers.road SET length_m = nullif({n % 2}, 0) * 10 {where}",
                              "all": f"UPDATE layers.road SET note = 'n{n}'",
                              "delete": f"DELETE FROM layers.road {where}"}[what])


def held(conn, at):
    """What the registry held at a moment of system time: live rows and history together."""
    moment = "sys_from <= :t"
    rows = conn.execute(text(
        f"SELECT id, version, {CONTENT} FROM asset WHERE {moment} UNION ALL "
        f"SELECT id, version, {CONTENT} FROM asset_history WHERE {moment} AND sys_to > :t ORDER BY 1, 2"), {"t": at})
    return [tuple(map(str, r)) for r in rows]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS)
def test_any_order_of_edits_keeps_versions_contiguous_and_every_past_state(conn, city, edits):
    nested = conn.begin_nested()
    states = {}
    for what, n in edits:
        edit(conn, what, n)
        last = conn.exec_driver_sql("SELECT at FROM batch ORDER BY at DESC LIMIT 1").scalar()
        if last is not None:
            states[last] = held(conn, last)  # of a batch only its end counts
            live = conn.exec_driver_sql(f"SELECT id, version, {CONTENT} FROM asset ORDER BY 1, 2").all()
            assert states[last] == [tuple(map(str, r)) for r in live]
    conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    for at, state in states.items():
        assert held(conn, at) == state
    spans = conn.exec_driver_sql(
        "SELECT id, version, sys_from, sys_to, op FROM asset_history UNION ALL SELECT id, version, sys_from, NULL, 'live' FROM asset "
        "ORDER BY 1, 2").all()
    for before, after in zip(spans, spans[1:], strict=False):
        if before.id == after.id:
            assert (after.version, after.sys_from, before.op) == (before.version + 1, before.sys_to, "U")
        else:
            assert before.op in ("D", "live") and after.version == 1
    assert not spans or spans[-1].op in ("D", "live")
    assert [b.fault for b in audit.chain(conn, "demo") if b.fault] == [] and audit.tampered(conn, "demo") == []
    nested.rollback()
