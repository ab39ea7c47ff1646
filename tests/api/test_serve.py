"""`registry serve`: looks first, says where it is, ends cleanly."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.commands import serve
from registry import errors
from registry.db.connection import pin
from registry.local.port import check_port

ROOT = Path(__file__).resolve().parents[2]
START = "from api.commands import serve; from registry.cli import main; main.add_command(serve); main()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_said_before_anything_is_started(taken):
    with pytest.raises(errors.PortTaken):
        check_port("127.0.0.1", taken)


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host", "a" * 80])
def test_an_address_that_is_not_ours_is_refused(host):
    with pytest.raises(errors.BadValue):
        check_port(host, 0)


@pytest.fixture
def unpinned() -> Iterator[None]:
    yield
    pin(None)


def test_an_unreachable_database_is_said_before_the_port_is_bound(monkeypatch, unpinned):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://registry@127.0.0.1:1/none")
    outcome = CliRunner().invoke(serve, ["--port", str(free_port())])
    assert isinstance(outcome.exception, errors.DatabaseUnreachable)


def test_an_empty_database_is_said_before_the_port_is_bound(monkeypatch, unpinned, server):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", server)
    outcome = CliRunner().invoke(serve, ["--port", str(free_port())])
    assert isinstance(outcome.exception, errors.NotMigrated)


@pytest.mark.parametrize("args", [["--port", "0"], ["--port", "70000"], ["--workers", "0"], ["--port", "x"]])
def test_a_wrong_option_is_a_matter_of_usage(args):
    assert CliRunner().invoke(serve, args).exit_code == 2


@pytest.mark.requirement("ets-ogcapi-features10/req/rules/http-1-1", "ogcapi-features-1/1.0/req/core/http")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_over_http_1_1_and_ends_cleanly(served, how):
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", START, "serve", "--port", str(port), "--workers", "2"],
                               stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        body = wait_for(f"http://127.0.0.1:{port}/collections/road/items?limit=1", process)
        assert body["features"] and body["links"][0]["href"].startswith(f"http://127.0.0.1:{port}/")
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"GET /conformance HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 200")
        process.send_signal(how)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert f"http://127.0.0.1:{port}" in said and "网页" in said and "Web" in said
    assert "Traceback" not in said and len(said.splitlines()) <= 4, said


def wait_for(address: str, process: subprocess.Popen) -> dict:
    for _ in range(150):
        assert process.poll() is None, process.communicate()[1]
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("it did not start")
