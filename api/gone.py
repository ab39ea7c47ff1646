"""Clients that went away: what a request of theirs still asks of the database is cancelled."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import lru_cache
from threading import Condition, Lock, Thread
from typing import Any

import psycopg
from flask import request
from sqlalchemy import Connection

EVERY_S = 0.5  # how often running requests are looked at
CANCEL_S = 2.0  # how long a database may take to be told


class Watch:
    """A thread that looks, while requests that read are running, whether their clients are there still.

    A client that ends its side of the connection and goes on reading cannot be told from one that went away, and is
    taken for that; whoever speaks HTTP leaves it open. One that has sent its next request already is not looked at:
    its end stands behind that.
    """

    def __init__(self) -> None:
        self._running: dict[int, tuple[socket.socket, psycopg.Connection[Any]]] = {}
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._thread: Thread | None = None
        self._idle = False  # it waits to be told that something runs

    def over(self, client: socket.socket, conn: psycopg.Connection[Any]) -> _Over:
        """Cancel what this connection does if the client goes away meanwhile; afterwards it is nobody's any more."""
        return _Over(self, client, conn)

    def begin(self, client: socket.socket, conn: psycopg.Connection[Any]) -> None:
        """From now on this client waits for what this connection does."""
        with self._lock:
            self._running[id(conn)] = client, conn
            if self._thread is None:
                self._thread = Thread(target=self._look, name="gone", daemon=True)
                self._thread.start()
            if self._idle:  # else it looks soon anyway: to wake it for each request costs more than the request
                self._idle = False
                self._changed.notify()

    def end(self, conn: psycopg.Connection[Any]) -> None:
        """It is nobody's any more."""
        with self._lock:  # held while it is cancelled: the next one on this connection must not be
            self._running.pop(id(conn), None)

    def _look(self) -> None:
        while True:
            with self._changed:
                self._idle = not self._running
                if self._idle:
                    self._changed.wait()
            time.sleep(EVERY_S)
            with self._changed:
                for client, conn in list(self._running.values()):
                    if ended(client):
                        with suppress(psycopg.Error):
                            conn.cancel_safe(timeout=CANCEL_S)


def ended(client: socket.socket) -> bool:
    """Whether there is nobody at the other side; nothing is taken of what came."""
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except (BlockingIOError, InterruptedError):
        return False
    except OSError:
        return True


class _Over:
    """While a client waits for what a connection does; not a generator, which takes as long as all that it does here."""

    def __init__(self, watch: Watch, client: socket.socket, conn: psycopg.Connection[Any]) -> None:
        self._watch, self._client, self._conn = watch, client, conn

    def __enter__(self) -> None:
        self._watch.begin(self._client, self._conn)

    def __exit__(self, *_: object) -> None:
        self._watch.end(self._conn)


@lru_cache(maxsize=1)
def _watch(pid: int) -> Watch:
    return Watch()  # a thread does not cross a fork


@contextmanager
def watched(conn: Connection) -> Iterator[None]:
    """While the request of now reads by this connection."""
    client = request.environ.get("gunicorn.socket")
    with over(client, conn) if client is not None else nullcontext():
        yield


def over(client: socket.socket, conn: Connection) -> AbstractContextManager[None]:
    """While this client waits for what this connection does."""
    raw: Any = conn.connection.dbapi_connection  # with psycopg the driver's own, by a shorter way
    return _watch(os.getpid()).over(client, raw)
