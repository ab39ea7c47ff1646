"""A town that is served by a process of its own, for clients that nobody here wrote."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shapely
import town
from sqlalchemy import text

from registry import db
from registry.catalogue import load
from registry.store import tokens
from registry.store.staging import put_many

ROOT = Path(__file__).resolve().parents[2]
ROADS = 23


@pytest.fixture(scope="module")
def served(database: str) -> Iterator[str]:
    """The database with the town and some roads with Chinese names in it."""
    with db.begin() as conn:
        town.furnish(conn)
        told = put_many(conn, load().kind("road"), town.TOWN, [
            {"code": f"R{n:02}", "name": f"解放路{n}", "state": "damaged" if n % 3 else "intact",
             "installed_on": dt.date(2000 + n % 5, 5, 1), "geom": shapely.LineString([(120.5 + n * 0.005, 30.0), (120.5 + n * 0.005, 30.004)])}
            for n in range(ROADS)], **town.WHO)
        assert told.new == ROADS
        conn.execute(text("ANALYZE asset"))
    yield database
    db.dispose()


@pytest.fixture(scope="module")
def counts(served: str) -> dict[str, int]:
    """How many there are of each kind, as the registry knows."""
    with db.connect() as conn:
        rows = conn.execute(text("SELECT class, count(*) FROM asset GROUP BY class UNION ALL "
                                 "SELECT kind, count(*) FROM zone GROUP BY kind")).all()
    return {k.key: 0 for k in load().kinds} | dict(rows)


@pytest.fixture(scope="module")
def reader(served: str) -> str:
    """The secret of a token that may read everything."""
    return _token("reader")


@pytest.fixture(scope="module")
def writer(served: str) -> str:
    """The secret of a token that may edit without naming a version, for clients that cannot."""
    return _token("editor", no_lock=True)


def _token(role: str, **more: bool) -> str:
    with db.begin() as conn:
        return tokens.create(conn, name=f"client {role}", role=role, reason="试用", actor="tester", **more)[1]


@pytest.fixture(scope="module")
def site(served: str) -> Iterator[str]:
    """The address of the service, in a process of its own: GDAL keeps Python's lock while it waits for an answer."""
    os.unsetenv("GDAL_HTTP_PROXY")  # the loader, imported by other tests, cuts GDAL off the network
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "registry", "serve", "--port", str(port), "--workers", "1"],
                               cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        os.putenv("GDAL_HTTP_PROXY", "127.0.0.1:0")


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """The path of a program of this machine; a skip would not be a pass under REGISTRY_CI."""
    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            if os.environ.get("REGISTRY_CI"):
                pytest.fail(f"{name} is not here: python -m registry.local.install --programs --clients")
            pytest.skip(f"{name} is not here")
        return found
    return find
