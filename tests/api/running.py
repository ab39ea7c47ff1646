"""The web service as a process of its own, and three addresses more: one gives back what it is sent, one is large, one slow."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START = """
import sys
from api import body, create_app, session, worker
from api.server import Server
app = create_app()
app.add_url_rule("/probe", "probe", lambda: {"found": body.read_json()}, methods=["POST"])
app.add_url_rule("/large", "large", lambda: b"x" * 20_000_000)
@app.get("/slow")
def slow():
    with session.reading() as conn:
        return {"slept": conn.exec_driver_sql("SELECT 1 FROM pg_sleep(6) /* slow */").scalar()}
body.SECONDS = worker.SEND_S = 1
worker.HEAD_S = 3
Server(app, "127.0.0.1", int(sys.argv[1]), int(sys.argv[2])).run()
"""


class Running:
    """A service under way: its port, and what it has said on standard error."""

    def __init__(self, port: int, said: Path, pid: int) -> None:
        self.port, self._said, self.pid = port, said, pid

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def connect(self, timeout_s: float = 20) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)

    def send(self, request: bytes, timeout_s: float = 20) -> tuple[int, bytes, bytes]:
        """Status, head and body of the answer to these bytes, to the end of the connection."""
        with self.connect(timeout_s) as raw:
            raw.sendall(request)
            return answer(raw)

    def get(self, path: str = "/conformance", headers: str = "") -> tuple[int, bytes, bytes]:
        return self.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n".encode())


def answer(raw: socket.socket) -> tuple[int, bytes, bytes]:
    """Everything that comes, taken apart."""
    got = b""
    try:
        while piece := raw.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    head, _, rest = got.partition(b"\r\n\r\n")
    return int(head[9:12] or 0), head, rest


@contextmanager
def running(folder: Path, workers: int = 1, **env: str) -> Iterator[Running]:
    """Start it and wait until it answers; it is gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = folder / "said.txt"
    with said.open("w") as file:
        process = subprocess.Popen([sys.executable, "-c", START, str(port), str(workers)], stderr=file,
                                   env={**os.environ, "PYTHONPATH": str(ROOT), **env})
    made = Running(port, said, process.pid)
    try:
        for _ in range(600):
            assert process.poll() is None, made.said
            try:
                if made.get("/static/registry.css")[0]:
                    break
            except ConnectionRefusedError:
                time.sleep(0.1)
        else:
            raise AssertionError(made.said)
        yield made
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
