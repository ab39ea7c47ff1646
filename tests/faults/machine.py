"""A private PostGIS that syncs to disk, whose processes may be killed, and the databases in it."""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from registry import db
from registry.catalogue import load
from registry.local import Cluster, place, process
from registry.store import cities
from registry.store.staging import put_many

ROOT = Path(__file__).resolve().parents[2]
DEMO = cities.City("demo", "示范市", "Demo City", shapely.box(119, 29, 122, 31), 4549)
LIMIT_BYTES = 17 << 20  # above a WAL segment of 16 MiB, below the tables of a large load
_serial = itertools.count(1)


class Machine:
    """One durable cluster and what a fault does to it."""

    def __init__(self, home: Path) -> None:
        self.last = ""
        self.cluster = Cluster.at(home, database="registry", durable=True)
        self.cluster.start()
        run(self.cluster.url(), "CREATE DATABASE template_of_faults")
        self._fill(self._url("template_of_faults"))

    def database(self, where: str = "") -> str:
        """URL of a database with a city, a district and 600 lamps of an earlier batch, `where`: TABLESPACE …

        The database given before is dropped.
        """
        if self.last:  # recovery syncs every file there is
            run(self.cluster.url(), f"DROP DATABASE IF EXISTS {self.last} WITH (FORCE)")
        name = self.last = f"faults_{next(_serial)}"
        run(self.cluster.url(), f"CREATE DATABASE {name} TEMPLATE template_of_faults {where}")
        return self._url(name)

    def pid(self) -> int:
        return int(self.cluster.status()["pid"])

    def kill_server(self) -> None:
        """As when the power goes: no process of the server says goodbye, and it comes up again by recovery."""
        os.kill(self.pid(), signal.SIGKILL)
        self.cluster.start()

    def kill_backend(self, application: str, how: signal.Signals | None) -> bool:
        """End the backends of a program: by a signal, or (None) as an administrator drops a connection."""
        engine = create_engine(self.cluster.url(), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as conn:
            pids = conn.exec_driver_sql("SELECT pid FROM pg_stat_activity WHERE application_name = %s", (application,)).scalars().all()
            for pid in pids:
                if how is None:
                    conn.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
                else:
                    with suppress(ProcessLookupError):  # it ended by itself meanwhile
                        os.kill(pid, how)
        while any(process.exists(pid) for pid in pids):  # until then the server knows of nothing and answers
            time.sleep(0.005)
        self.wait()
        return bool(pids)

    def destroy(self) -> None:
        """Delete it, without the time of a proper end."""
        if pid := self.cluster.status()["pid"]:
            os.kill(pid, signal.SIGKILL)
        self.cluster.destroy()

    def wait(self) -> None:
        """Until the server answers: it starts anew by itself after one of its processes was killed."""
        for _ in range(600):
            try:
                run(self.cluster.url(), "SELECT 1")
                return
            except OperationalError:
                time.sleep(0.05)
        raise AssertionError("the server does not come back")

    def gone(self, application: str) -> None:
        """Until no backend of a program is left: a killed client's statement runs on for a while."""
        for _ in range(600):
            if not rows(self.cluster.url(), f"SELECT FROM pg_stat_activity WHERE application_name = '{application}'"):
                return
            time.sleep(0.02)
        raise AssertionError(f"a backend of {application} stays")

    def limit_files(self, size: int | str) -> None:
        """No process of the server that starts from now on can make a file larger than this many bytes."""
        # As the server's own user: root in a container may not do this to the processes of others.
        owner = place.owner_of(self.cluster.data)
        subprocess.run(["prlimit", "--pid", str(self.pid()), f"--fsize={size}:"], check=True, **owner.subprocess())

    def _url(self, name: str) -> str:
        return make_url(self.cluster.url()).set(database=name).render_as_string(hide_password=False)

    @staticmethod
    def _fill(url: str) -> None:
        engine = create_engine(url, poolclass=NullPool)
        kinds = load()
        with engine.begin() as conn:
            db.migrate(conn)
            db.sync(conn)
            cities.put(conn, DEMO)
            put_many(conn, kinds.kind("district"), DEMO, [
                {"code": "330601", "name": "西区", "geom": shapely.box(119.5, 29.5, 121.5, 30.5)}], actor="t", reason="t")
            lamps = [{"code": f"L{n}", "name": f"旧 {n}", "geom": shapely.Point(120 + n / 1e4, 30)} for n in range(600)]
            put_many(conn, kinds.kind("streetlight"), DEMO, lamps, actor="t", reason="t", source="survey")


def run(url: str, *sentences: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as conn:
        for sentence in sentences:
            conn.exec_driver_sql(sentence)


def rows(url: str, sentence: str) -> list[tuple[Any, ...]]:
    with create_engine(url, poolclass=NullPool).connect() as conn:
        return [tuple(r) for r in conn.exec_driver_sql(sentence)]


def start(url: str, *words: str, name: str = "faults", file_limit: int | None = None, **env: str) -> subprocess.Popen[str]:
    """A Python process on a database, known to the server by its name; with a limit no file may grow above."""
    def limited() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    whole = {**os.environ, "REGISTRY_DATABASE_URL": url, "PGAPPNAME": name, "PYTHONPATH": str(ROOT), **env}
    return subprocess.Popen([sys.executable, *words], env=whole, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, preexec_fn=limited)


@lru_cache(maxsize=1)
def may_mount() -> bool:
    """May we mount a small disk? Containers mostly may not: then the limits on file size stand for it alone."""
    try:
        with small_disk(1 << 20):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def small_disk(size: int) -> Iterator[tuple[Path, Callable[[int], None]]]:
    """A file system of so many bytes, and what makes it larger."""
    folder = Path(tempfile.mkdtemp(prefix="faults-disk-"))
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True, capture_output=True)
        folder.chmod(0o755)
        try:
            yield folder, lambda larger: subprocess.run(["mount", "-o", f"remount,size={larger}", str(folder)], check=True) and None
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
