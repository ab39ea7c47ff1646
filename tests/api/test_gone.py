"""What a client that went away had asked for is cancelled in the database; who waits is served."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from running import answer, running
from sqlalchemy import create_engine

from api import gone
from registry import db


@pytest.fixture(scope="module")
def service(served, tmp_path_factory):
    with running(tmp_path_factory.mktemp("service")) as made:
        yield made


def slow(database: str) -> int:
    """How many of the slow statements run."""
    engine = create_engine(database)
    with engine.connect() as conn:
        found = conn.exec_driver_sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%%/* slow */' "
                                     "AND query NOT LIKE '%%pg_stat_activity%%'").scalar_one()
    engine.dispose()
    return int(found)


def wait(wanted: int, database: str, most_s: float = 10) -> bool:
    until = time.monotonic() + most_s
    while time.monotonic() < until:
        if slow(database) == wanted:
            return True
        time.sleep(0.1)
    return False


def ask(service) -> socket.socket:
    raw = service.connect()
    raw.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    return raw


def test_a_query_ends_when_its_client_goes_away_and_the_connection_serves_the_next(service, database):
    clients = [ask(service) for _ in range(3)]
    assert wait(3, database)
    clients.pop().close()
    assert wait(2, database)  # its own, and no other
    for one in clients:
        one.close()
    assert wait(0, database)
    assert service.get("/collections/road/items")[0] == 200


def test_a_client_that_has_sent_its_next_request_is_there_still(service, database):
    with ask(service) as raw:
        assert wait(1, database)
        raw.sendall(b"GET /conformance HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        time.sleep(3 * gone.EVERY_S)
        assert slow(database) == 1
    assert wait(0, database)


def test_nothing_is_taken_of_what_a_client_sent():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not gone.ended(ours)
        theirs.sendall(b"GET")
        assert not gone.ended(ours) and ours.recv(3) == b"GET" and not gone.ended(ours)
        theirs.close()
        assert gone.ended(ours)


def test_what_is_over_is_never_cancelled(served):
    """A connection that another request has by now is not touched, however its last client ended."""
    ours, theirs = socket.socketpair()
    watch = gone.Watch()
    with ours, db.connect() as conn:
        theirs.close()
        raw = conn.connection.driver_connection
        with watch.over(ours, raw):
            pass
        assert conn.exec_driver_sql(f"SELECT 1 FROM pg_sleep({2 * gone.EVERY_S})").scalar_one() == 1


def test_answers_go_on_while_others_are_watched(service):
    """The watch holds nobody up."""
    with ask(service) as _, service.connect() as raw:
        told: list[int] = []
        thread = threading.Thread(target=lambda: told.append(service.get("/collections/road/items?limit=5")[0]))
        thread.start()
        thread.join(10)
        raw.sendall(b"GET /conformance HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert told == [200] and answer(raw)[0] == 200
