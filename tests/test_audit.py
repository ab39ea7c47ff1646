"""The audit chain fits an honest history and names the first batch of a dishonest one."""

from __future__ import annotations

import pytest
import shapely
from sqlalchemy import text

from registry import audit, history
from registry.catalogue import load
from registry.store.staging import put_many


def put(conn, city, name, n=3):
    rows = [{"code": f"L{i}", "name": name, "geom": shapely.Point(120 + i / 100, 30)} for i in range(n)]
    put_many(conn, load().kind("streetlight"), city, rows, actor="张三", reason="it's 普查")


@pytest.fixture
def told(conn, city):
    for name in ("a", "b", "c"):
        put(conn, city, name)
    history.open_batch(conn, city="demo", kind="edit", actor="x", reason="y")
    batch = conn.execute(text("SELECT max(id) FROM batch")).scalar_one()
    conn.exec_driver_sql("DELETE FROM asset WHERE code = 'L0'")
    at = conn.execute(text("SELECT at FROM batch WHERE id = :b"), {"b": batch}).scalar_one()
    history.seal(conn, history.Batch(batch, "demo", at))
    conn.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")  # what a commit would do
    return conn


def faults(conn):
    return [b.fault for b in audit.chain(conn, "demo")]


def without_guards(conn, sentence):
    """What somebody with the owner's rights could do."""
    conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
    conn.exec_driver_sql(sentence)
    conn.exec_driver_sql("SET LOCAL session_replication_role = origin")


def test_an_honest_history_fits(told):
    assert faults(told) == [None] * 4 and audit.tampered(told, "demo") == []


@pytest.mark.parametrize(("sentence", "position", "fault"), [
    ("UPDATE asset SET row_hash = '\\x00' WHERE code = 'L1'", 2, audit.CHANGED),
    ("DELETE FROM asset_history WHERE name = 'a' AND code = 'L1'", 0, audit.CHANGED),
    ("DELETE FROM asset_history WHERE op = 'D'", 2, audit.CHANGED),
    ("UPDATE batch SET reason = 'other' WHERE id = (SELECT min(id) FROM batch)", 0, audit.CHANGED),
    ("DELETE FROM batch WHERE id = (SELECT min(id) + 1 FROM batch)", 1, audit.BROKEN_LINK),
    ("UPDATE batch SET hash = NULL WHERE id = (SELECT max(id) FROM batch)", 3, audit.UNSEALED),
])
def test_what_was_changed_afterwards_is_named(told, sentence, position, fault):
    without_guards(told, sentence)
    found = faults(told)
    assert found[position] == fault and not any(found[:position])


def test_a_row_whose_content_was_changed_is_named(told):
    without_guards(told, "UPDATE asset SET name = 'z' WHERE code = 'L2'")
    assert [(r.table, r.version) for r in audit.tampered(told, "demo")] == [("asset", 3)]


@pytest.mark.parametrize("sentence", [
    "UPDATE asset_history SET sys_to = sys_from + interval '1 microsecond' WHERE version = 1 AND code = 'L1'",
    "UPDATE asset_history SET sys_from = sys_from - interval '1 day' WHERE version = 1 AND code = 'L1'",
    "UPDATE asset SET sys_from = sys_from - interval '1 day' WHERE code = 'L1'",
    "UPDATE asset_history SET end_batch = (SELECT max(id) FROM batch) WHERE version = 1 AND code = 'L1'"])
def test_a_version_whose_time_was_moved_is_named(told, sentence):
    without_guards(told, sentence)
    assert audit.tampered(told, "demo") != []


def test_rows_whose_batches_were_deleted_are_named(told):
    without_guards(told, "DELETE FROM batch")
    assert audit.chain(told, "demo") == [] and len(audit.tampered(told, "demo")) > 0


@pytest.mark.parametrize("sentence", [
    "UPDATE batch SET reason = 'x'", "DELETE FROM batch", "TRUNCATE batch CASCADE",
    "INSERT INTO inspection (city, asset_id, form, inspected_on, measurements, batch, row_hash) "
    "SELECT 'demo', 1, 'f', '2025-01-01', '{}', min(id), '' FROM batch",
    "INSERT INTO alias (city, asset_id, code_scheme, code, batch) SELECT 'demo', 1, 's', 'c', min(id) FROM batch"])
def test_batches_and_facts_are_guarded_by_the_database(told, sentence):
    from sqlalchemy.exc import DBAPIError

    with pytest.raises(DBAPIError) as caught, told.begin_nested():
        told.exec_driver_sql(sentence)
    assert caught.value.orig.sqlstate == "RG001"


def test_an_inspection_is_never_changed(told):
    from sqlalchemy.exc import DBAPIError

    batch = history.open_batch(told, city="demo", kind="edit", actor="x", reason="y")
    told.execute(text("INSERT INTO inspection (city, asset_id, form, inspected_on, measurements, batch, row_hash) "
                      "VALUES ('demo', 1, 'f', '2025-01-01', '{}', :b, '')"), {"b": batch.id})
    for sentence in ("UPDATE inspection SET grade = 'A'", "DELETE FROM inspection"):
        with pytest.raises(DBAPIError, match="inspection"), told.begin_nested():
            told.exec_driver_sql(sentence)
