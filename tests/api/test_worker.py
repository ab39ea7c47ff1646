"""The worker sends an answer whole, however little the kernel has room for and however slowly it is taken."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from types import SimpleNamespace

import pytest

from api import short
from api.worker import Client, Worker

HEAD = b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("pieces", [[b"a" * 100, b"b" * 3_000_000, b"", b"c" * 70_000], [b"a", b""], [b"h" * 900_000, b"i" * 900_000]])
def test_an_answer_goes_out_whole_by_a_socket_that_was_with_the_poller(monkeypatch, pieces):
    ours, theirs = socket.socketpair()
    client, came = Client(fileno=ours.detach()), bytearray()
    client.setblocking(False)  # as the poller leaves it
    theirs.sendall(HEAD)

    def take():
        time.sleep(0.05)
        while piece := theirs.recv(65_536):
            came.extend(piece)

    reader = threading.Thread(target=take, daemon=True)
    reader.start()
    monkeypatch.setattr(short, "answer", lambda head, _: pieces if head == HEAD else None)
    worker = object.__new__(Worker)
    worker.__dict__.update(alive=True, nr=0, max_requests=9, max_keepalived=9, keepalived_conns=deque(), _hand_over=lambda _: None)
    conn = SimpleNamespace(sock=client, init=lambda: None)
    worker._arrived(conn, HEAD)
    assert worker._shortly(conn) is True
    client.close()
    reader.join()
    theirs.close()
    assert bytes(came) == b"".join(pieces)
