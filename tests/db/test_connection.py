"""A database that cannot be reached, or goes away, is one sentence that names it without its password."""

from __future__ import annotations

import pytest

from registry import db
from registry.errors import BadValue, DatabaseUnreachable, Stale, WriteRefused
from registry.store import cities


@pytest.mark.parametrize("url", ["postgresql://u:secret@127.0.0.1:1/x", "postgresql://u:secret@no.such.host.invalid/x"])
def test_an_unreachable_database_is_named_without_its_password(monkeypatch, url):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    with pytest.raises(DatabaseUnreachable) as caught, db.connect():
        pass
    assert "secret" not in caught.value.message("zh") and "x" in caught.value.message("en")


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense"])
def test_a_url_of_another_kind_is_a_wrong_value(monkeypatch, url):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    with pytest.raises(BadValue), db.connect():
        pass


def test_a_connection_lost_in_the_middle_is_told_as_such(database):
    with pytest.raises(DatabaseUnreachable), db.begin() as conn:
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with db.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        conn.exec_driver_sql("SELECT 1")


def test_a_connection_lost_during_a_copy_is_told_as_such(database):
    from registry.catalogue import load
    from registry.store.staging import Stage

    def rows(conn, pid):
        yield (1, "L1")
        with db.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        for n in range(2, 200_000):
            yield (n, f"L{n}")

    with pytest.raises(DatabaseUnreachable), db.begin() as conn:
        city = cities.City("demo", "示范市", "Demo City", None, 4549)
        cities.put(conn, city)
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        Stage(conn, load().kind("streetlight"), city, ["code"], False, "x").add(rows(conn, pid))


def test_what_the_database_refuses_is_told_in_both_languages(database):
    with db.begin() as conn:
        cities.put(conn, cities.City("demo", "示范市", "Demo City", None, 4549))
    with pytest.raises(WriteRefused) as caught, db.begin() as conn:
        conn.exec_driver_sql("TRUNCATE asset_road")
    assert "不能直接写" in caught.value.message("zh") and "cannot be written" in caught.value.message("en")


@pytest.mark.parametrize("state, error", [("40001", Stale), ("23505", WriteRefused), ("23514", WriteRefused)])
def test_what_another_writer_or_a_rule_does_to_a_write_is_told_as_such(database, state, error):
    with pytest.raises(error), db.begin() as conn:
        conn.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")


def test_a_read_by_an_index_starts_no_helpers_and_no_compiler(database):
    with db.reading(5) as conn:
        assert [conn.exec_driver_sql(f"SHOW {name}").scalar_one() for name in ("max_parallel_workers_per_gather", "jit")] == ["0", "off"]


def pid(conn):
    return conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()


def test_a_thread_reads_by_the_same_connection_each_time(database):
    with db.at_hand(30) as conn:
        first = pid(conn)
    with db.at_hand(30) as conn:
        assert pid(conn) == first
        with db.at_hand(30) as other:
            second = pid(other)
            assert second != first
    with db.at_hand(30) as conn:
        assert pid(conn) in (first, second)
    with db.at_hand(20) as conn:
        assert pid(conn) not in (first, second) and conn.exec_driver_sql("SHOW statement_timeout").scalar_one() == "20s"


def test_a_connection_that_ended_or_failed_is_not_kept_by_its_thread(database, monkeypatch):
    monkeypatch.setattr(db.connection, "FRESH_S", 0.0)
    with db.at_hand(30) as conn:
        first = pid(conn)
    with db.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({first}, 5000)")
    with db.at_hand(30) as conn:
        second = pid(conn)
        assert second != first
    with pytest.raises(KeyError), db.at_hand(30) as conn:
        raise KeyError
    with pytest.raises(DatabaseUnreachable), db.at_hand(30) as conn:
        third = pid(conn)
        with db.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({third})")
        conn.exec_driver_sql("SELECT 1")
    with db.at_hand(30) as conn:
        assert pid(conn) != third


def test_a_connection_of_use_a_moment_ago_is_found_to_have_ended_by_the_first_who_asks(database, monkeypatch, caplog):
    monkeypatch.setattr(db.connection, "FRESH_S", 60.0)
    with db.at_hand(30) as conn:
        first = pid(conn)
    with db.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({first}, 5000)")
    with pytest.raises(DatabaseUnreachable), db.at_hand(30) as conn:
        pid(conn)
    with db.at_hand(30) as conn:
        assert pid(conn) != first
    assert not caplog.records  # the pool has nothing to say of it
