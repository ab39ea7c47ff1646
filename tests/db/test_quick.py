"""Quick reads: no transaction, nothing written, an end in time, and a server that was away is found again."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy.exc

from registry import db


@pytest.fixture(autouse=True)
def closed(database: str) -> Iterator[None]:
    yield
    db.dispose()


def test_it_writes_nothing() -> None:
    with pytest.raises(sqlalchemy.exc.InternalError) as refused, db.quick(5) as conn:
        conn.exec_driver_sql("DELETE FROM city")
    assert isinstance(refused.value.orig, psycopg.errors.ReadOnlySqlTransaction)


def test_each_statement_sees_what_was_committed_before_it() -> None:
    with db.quick(5) as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM city").scalar_one() == 0
        with db.begin() as other:
            other.exec_driver_sql("INSERT INTO city (key, zh, en, srid) VALUES ('x', 'x', 'x', 4549)")
        assert conn.exec_driver_sql("SELECT count(*) FROM city").scalar_one() == 1


def test_a_connection_used_again_has_the_time_of_the_new_question() -> None:
    with db.quick(7) as conn:
        first = conn.exec_driver_sql("SELECT pg_backend_pid(), current_setting('statement_timeout')").one()
    with db.quick(3) as conn:
        second = conn.exec_driver_sql("SELECT pg_backend_pid(), current_setting('statement_timeout')").one()
    assert first[0] == second[0] and (first[1], second[1]) == ("7s", "3s")


def test_a_connection_that_the_server_ended_is_replaced_without_a_word() -> None:
    with db.quick(5) as conn:
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with db.begin() as other:
        assert other.exec_driver_sql("SELECT pg_terminate_backend(%s, 5000)", (pid,)).scalar_one()
    with db.quick(5) as conn:
        assert conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != pid
