"""Edits over HTTP: what was answered with success is there, whatever of the service or its database is killed."""

from __future__ import annotations

import http.client
import json
import random
import signal
import socket
import subprocess
import threading
import time
from typing import Any

import pytest
from ledger import Ledger
from machine import Machine, rows, run, start
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from state import assert_honest

from registry.store import tokens

ITEM = "/collections/streetlight/items/{}"


def serve(url: str) -> tuple[subprocess.Popen[str], int]:
    """The web service as its command starts it, on a free port, answering."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(url, "-m", "registry", "serve", "--port", str(port), "--workers", "1", name="faults web")
    for _ in range(400):
        try:
            if call(port, "GET", "/healthz")[0] == 200:
                return process, port
        except OSError:
            time.sleep(0.05)
    raise AssertionError(process.communicate()[1])


def call(port: int, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None,
                           {"Content-Type": "application/merge-patch+json", **headers} if body is not None else headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, dict(answer.headers), json.loads(text) if text else None
    finally:
        connection.close()


def key(url: str) -> str:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as conn:
        return "Bearer " + tokens.create(conn, name="编辑", role="editor", reason="试", actor="t")[1]


def lamp(url: str) -> int:
    return rows(url, "SELECT id FROM asset WHERE code = 'L1'")[0][0]


class Editor(threading.Thread):
    """Writes 1, 2, 3 … into the name of one lamp, each time by the version it got; counts what was answered."""

    def __init__(self, port: int, secret: str, item: int) -> None:
        super().__init__()
        self.port, self.secret, self.path = port, secret, ITEM.format(item)
        self.answered, self.tag = 0, '"1"'
        self.enough = threading.Event()

    def run(self) -> None:
        for n in range(1, 100_000):
            if self.enough.is_set():
                return
            try:
                status, headers, body = call(self.port, "PATCH", self.path, {"properties": {"name": f"web-{n}"}},
                                             Authorization=self.secret, **{"If-Match": self.tag})
            except (OSError, http.client.HTTPException):
                return
            if status >= 500:  # a sentence, not a broken page
                assert status == 503 and body["zh"]
                return
            assert status in (200, 204), (status, body)
            self.answered, self.tag = n, headers["ETag"]


@pytest.mark.parametrize("what", ["service", "database", "backend", "connection"])
def test_what_the_web_answered_is_there(machine: Machine, ledger: Ledger, chance: random.Random, tries, what):
    for _ in tries:
        url = machine.database()
        process, port = serve(url)
        try:
            editor = Editor(port, key(url), lamp(url))
            editor.start()
            time.sleep(chance.uniform(0.1, 1.0))
            if what == "service":
                subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
                process.kill()
            elif what == "database":
                machine.kill_server()
            else:
                machine.kill_backend("faults web", signal.SIGKILL if what == "backend" else None)
            time.sleep(0.2)  # a connection that was dropped between two edits is made anew, and nobody notices
            editor.enough.set()
            editor.join(timeout=60)
            assert not editor.is_alive()
            machine.wait()
        finally:
            subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
            process.kill()
            _, complaint = process.communicate()
        assert "Traceback" not in complaint, complaint
        machine.gone("faults web")
        told = [name for (name,) in rows(url, "SELECT name FROM asset_history WHERE code = 'L1' UNION ALL SELECT name FROM asset "
                                              "WHERE code = 'L1' ORDER BY 1") if name.startswith("web-")]
        # At most the one whose answer was lost on the way is there beside.
        ledger.note(f"web edits, {what} killed", lost=len({f"web-{n}" for n in range(1, editor.answered + 1)} - set(told)),
                    half=int(len(told) not in (editor.answered, editor.answered + 1)))
        assert_honest(url)


def test_the_service_serves_again_when_its_database_is_back(machine: Machine, ledger: Ledger):
    url = machine.database()
    process, port = serve(url)
    try:
        machine.kill_server()
        statuses = {call(port, "GET", "/collections")[0] for _ in range(5)}
        assert statuses <= {200, 503} and call(port, "GET", "/collections")[0] == 200
    finally:
        subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
        process.kill()
        process.communicate()


def test_of_two_editors_at_once_exactly_one_wins_and_the_other_is_told_what_differs(machine: Machine, ledger: Ledger, tries):
    url = machine.database()
    process, port = serve(url)
    try:
        secret, item = key(url), lamp(url)
        for n in tries:
            tag = call(port, "GET", ITEM.format(item))[1]["ETag"]
            gate, got = threading.Barrier(2), []

            def edit(who: str, tag: str = tag, gate: threading.Barrier = gate, got: list = got) -> None:
                gate.wait()
                got.append((who, *call(port, "PATCH", ITEM.format(item), {"properties": {"note": who}},
                                       Authorization=secret, **{"If-Match": tag})))

            pair = [threading.Thread(target=edit, args=(f"{who} {n}",)) for who in ("甲", "乙")]
            for one in pair:
                one.start()
            for one in pair:
                one.join()
            winner = next(g for g in got if g[1] in (200, 204))
            loser = next(g for g in got if g[1] == 412)
            assert loser[3]["differs"] == [{"field": "note", "yours": loser[0], "current": winner[0]}]
            ledger.note("two editors at once")
    finally:
        subprocess.run(["pkill", "-KILL", "-P", str(process.pid)], check=False)
        process.kill()
        process.communicate()
    run(url, "SELECT 1")
    assert_honest(url)
