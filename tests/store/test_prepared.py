"""What is asked again by a prepared statement gets the rows that a cursor would get."""

from __future__ import annotations

import datetime as dt
import gc
import weakref
from typing import Any

import psycopg
import pytest

from registry import db
from registry.errors import DatabaseUnreachable
from registry.store import prepared
from registry.store.rows import fetch

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def conn(database: str) -> Any:
    with db.reading(30) as found:
        yield found


def names(conn: Any) -> set[str]:
    return set(conn.exec_driver_sql("SELECT name FROM pg_prepared_statements WHERE name LIKE 'registry%%'").scalars())


def often(conn: Any, statement: str, params: dict[str, Any]) -> list[list[Any]]:
    return [fetch(conn, statement, params) for _ in range(prepared.AGAIN + 3)]


@pytest.mark.parametrize(("sql", "value"), [
    ("CAST(%(x)s AS float8)", 120.123456789), ("CAST(%(x)s AS bigint)", 2**40), ("CAST(%(x)s AS bigint)", 3), ("CAST(%(x)s AS text)", "路\"灯\n\\"),
    ("CAST(%(x)s AS text[])", ["a", "b,\"c"]), ("CAST(%(x)s AS timestamptz)", NOON), ("CAST(%(x)s AS date)", NOON.date()),
    ("CAST(%(x)s AS bytea)", b"\0\xff"), ("CAST(%(x)s AS boolean)", True), ("CAST(%(x)s AS text)", None), ("CAST(%(x)s AS jsonb)", '{"a": [1, null]}')])
def test_values_come_back_as_they_do_by_a_cursor(conn: Any, sql: str, value: Any) -> None:
    statement, params = f"SELECT {sql}, %(x)s IS NULL, '100%%', 7 %% 4, %(other)s || '' FROM generate_series(1, 2)", {"x": value, "other": "乙", "spare": 1}
    found = often(conn, statement, params)
    assert names(conn) and all(rows == found[0] for rows in found) and len(found[0]) == 2
    assert found[-1][0][1:] == (value is None, "100%", 3, "乙")


def test_the_same_statement_takes_values_of_other_types(conn: Any) -> None:
    for value in (1, 2**20, 2**40, None, 3, 2**62):
        assert often(conn, "SELECT CAST(%(n)s AS bigint) + 1", {"n": value})[-1] == [(None if value is None else value + 1,)]


def test_a_statement_that_fails_says_why_and_can_be_asked_again(conn: Any) -> None:
    ask = "SELECT 10 / CAST(%(n)s AS integer)"
    assert often(conn, ask, {"n": 5})[-1] == [(2,)]
    with pytest.raises(psycopg.errors.DivisionByZero):
        fetch(conn, ask, {"n": 0})
    assert fetch(conn, ask, {"n": 2}) == [(5,)]


def test_no_more_statements_are_remembered_than_are_used(conn: Any) -> None:
    for n in range(prepared.MOST + 20):
        assert often(conn, f"SELECT {n}", {})[-1] == [(n,)]
    assert len(names(conn)) <= prepared.MOST
    assert often(conn, "SELECT 0", {})[-1] == [(0,)]


def test_a_connection_that_was_lost_is_told_as_such(database: str) -> None:
    with pytest.raises(DatabaseUnreachable), db.reading(30) as conn:
        often(conn, "SELECT 1", {})
        with db.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({fetch(conn, 'SELECT pg_backend_pid()', {})[0][0]})")
        fetch(conn, "SELECT 1", {})


def test_a_connection_goes_with_its_pool_whatever_it_was_asked(database: str) -> None:
    with db.reading(31) as conn:
        often(conn, "SELECT 1", {})
        kept = weakref.ref(conn.connection.driver_connection)
    assert kept() is not None
    del conn
    db.dispose()
    gc.collect()
    assert kept() is None


def test_within_a_transaction_nothing_is_asked_past_it(database: str) -> None:
    with db.begin() as conn:
        assert often(conn, "SELECT 1", {})[-1] == [(1,)] and not names(conn)
        assert conn.connection.driver_connection.info.transaction_status.name == "INTRANS"
