"""The private cluster: a PostgreSQL of the checkout's own that touches nothing of the system's."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import settings
from registry.errors import ClusterFailed, PostgisMissing
from registry.local import place, process, tuning
from registry.local.programs import Programs, find_programs

ROLE = "registry"
LOG_KEPT_BYTES = 20 << 20
START_TIMEOUT_S = 300  # crash recovery after a large load takes minutes, not seconds
STOP_TIMEOUT_S = 60
LINGER_TIMEOUT_S = 30
CANNOT_CONNECT = 2  # psql's exit status


@dataclass(frozen=True)
class Cluster:
    """One private cluster, named by its home folder; `durable=False` trades safety for speed."""

    home: Path
    database: str = "registry"
    port: int = 5432  # names the socket file only: the server has no TCP
    durable: bool = True

    @classmethod
    def at(cls, home: Path, *, database: str = "registry", port: int = 5432,
           durable: bool = True) -> Cluster:
        """The cluster of `home`, whether or not it exists yet."""
        return cls(Path(os.path.realpath(home)), database, port, durable)

    @property
    def log(self) -> Path:
        return self.home / "pg.log"

    @property
    def data(self) -> Path:
        return place.locate(self.home)

    def start(self) -> None:
        """Make what is missing, start what is stopped; a second call costs a tenth of a second."""
        with self._sentences(), self._alone() as lock:
            # Twice: a server killed a moment ago may still look alive, and refuse.
            for last in (False, True):
                programs = self._programs(self.data)
                if self._server() is None:
                    self._bring_up(programs, lock)
                answer = self._open_database(programs, lock)
                if answer.returncode == 0:
                    return
                if last or answer.returncode != CANNOT_CONNECT:
                    raise self._failed(" ".join(answer.stderr.split()) or "?")
                time.sleep(0.5)

    def stop(self) -> None:
        """Stop the server; nothing happens when it does not run."""
        with self._sentences():
            if not process.read(self.data):
                return
            with self._alone():
                self._stop()

    def destroy(self) -> None:
        """Stop the server and delete its data, its socket folder and its log."""
        with self._sentences():
            if not self.home.is_dir():
                return
            with self._alone():
                self._stop()
                data = self.data
                shutil.rmtree(place.socket_folder(data, place.owner_of(data)), ignore_errors=True)
                place.remove(self.home, data)
                for file in (self.log, self.log.with_suffix(".log.1")):
                    file.unlink(missing_ok=True)

    def status(self) -> dict[str, Any]:
        """What there is, as plain values; starts and changes nothing."""
        data = self.data
        server = process.running(data)
        exists = (data / "PG_VERSION").is_file() if os.access(data, os.X_OK) else data.is_dir()
        return {
            "state": "running" if server else "stopped" if exists else "absent",
            "major": self._major(data),
            "pid": server.pid if server else None,
            "owner": place.owner_of(data).name,
            "database": self.database,
            "url": self.url(),
            "data": str(data),
            "socket": str(self._socket_folder()),
            "log": str(self.log),
        }

    def url(self) -> str:
        """The SQLAlchemy URL, of the running server or of the one that `start` would start."""
        words = {"host": str(self._socket_folder()), "port": str(self.port)}
        query = urllib.parse.urlencode(words, safe="/")
        return f"postgresql+psycopg://{ROLE}@/{urllib.parse.quote(self.database)}?{query}"

    # -- steps ----------------------------------------------------------------------------------
    def _bring_up(self, programs: Programs, lock: int) -> None:
        data = place.prepare(self.home)
        owner = place.owner_of(data)
        if not (data / "PG_VERSION").is_file():
            self._initialise(data, owner, programs, lock)
        self._launch(data, owner, programs)

    def _initialise(self, data: Path, owner: place.Owner, programs: Programs, lock: int) -> None:
        """initdb beside the final folder, so that an interrupted one is never taken for whole."""
        fresh = data.with_name("pg.new")
        place.create(fresh, owner)
        # The encoding is named, since an empty environment would give SQL_ASCII. Collation is by
        # code point: the order of C.UTF-8, but faster, and no libc upgrade can break an index.
        for locale in ("C.UTF-8", "C"):
            command = [programs.path("initdb"), "-D", str(fresh), "-U", ROLE, "-A", "trust", "-E", "UTF8",
                       f"--locale={locale}", "--lc-collate=C", "--lc-messages=C",
                       "--data-checksums" if self.durable else "--no-sync"]
            done = self._run(command, owner, lock)
            if done.returncode == 0:
                break
        if done.returncode:
            raise self._failed(_last_line(done.stderr))
        with open(fresh / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"\n{tuning.INCLUDE}\n")
        (fresh / "pg_hba.conf").write_text(tuning.HBA, encoding="utf-8")
        fresh.rename(data)

    def _launch(self, data: Path, owner: place.Owner, programs: Programs) -> None:
        data.chmod(0o700)  # PostgreSQL refuses what a plain copy leaves
        socket_folder = place.socket_folder(data, owner)
        place.make_socket_folder(socket_folder, owner)
        title = f"mreg-{place.short_name(data)}"
        self._clear_remains(data, socket_folder, title)
        text = tuning.configuration(socket_folder, self.port, title, self.durable)
        (data / "registry.conf").write_text(text, encoding="utf-8")
        if self.log.is_file() and self.log.stat().st_size > LOG_KEPT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        # Not by -l: the log is opened here, by a user who may enter the home folder.
        with open(self.log, "ab") as log:
            begin = log.tell()
            told = (f"{name}={value}" for name, value in tuning.ENVIRONMENT.items())
            command = ["env", *told, programs.path("pg_ctl"), "start", "-w", "-t", str(START_TIMEOUT_S), "-D", str(data)]
            code = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   **owner.subprocess())
        if code:
            raise self._failed(self._reason(begin))

    def _clear_remains(self, data: Path, socket_folder: Path, title: str) -> None:
        """What a killed server left: its last backends, and files naming a number now another's."""
        deadline = time.monotonic() + LINGER_TIMEOUT_S
        while process.children_linger(title):
            if time.monotonic() > deadline:
                raise self._failed(f"被杀数据库的进程仍在 / backends of a killed server still run ({title})")
            time.sleep(0.1)
        stale = process.read(data)
        if stale and process.exists(stale.pid):
            (data / process.PID_FILE).unlink()
        for file in socket_folder.glob(".s.PGSQL.*"):
            file.unlink()

    def _open_database(self, programs: Programs, lock: int) -> subprocess.CompletedProcess[str]:
        """The database with PostGIS in it."""
        answer = self._psql(programs, lock, "CREATE EXTENSION IF NOT EXISTS postgis")
        if answer.returncode and "does not exist" in answer.stderr:
            self._client(programs, lock, "createdb", "-E", "UTF8", "-T", "template0", self.database)
            answer = self._psql(programs, lock, "CREATE EXTENSION IF NOT EXISTS postgis")
        return answer

    def _stop(self) -> None:
        """A fast shutdown by its signal, which needs no programs: they may be uninstalled by now."""
        server = process.running(self.data)
        if server is None or process.is_a_copy(self.data, server):
            return
        os.kill(server.pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while process.running(self.data):
            if time.monotonic() > deadline:
                raise self._failed(f"{STOP_TIMEOUT_S} s 内没有停下 / did not stop (pid {server.pid})")
            time.sleep(0.02)
        with contextlib.suppress(OSError):
            server.socket_folder.rmdir()  # no more than an empty folder, should someone have set /tmp

    # -- helps ----------------------------------------------------------------------------------
    def _server(self) -> process.Postmaster | None:
        """The running server, if it can be reached and knows where its data are; else it is stopped.

        A server whose folder was moved answers for a while, then fails at its next checkpoint, since
        pg_control is opened by its full path; what was committed is in the log and recovered.
        """
        server = process.running(self.data)
        if server is None:
            return None
        if process.is_a_copy(self.data, server):
            raise self._failed(f"{self.data} 是在数据库运行时从 {server.data} 拷来的，请删除后重新导入，或先 "
                               "registry down 再拷 / it was copied from a running database: delete it and "
                               "load again, or copy anew after registry down")
        if server.socket().exists() and server.data.exists():
            return server
        self._stop()
        return None

    def _socket_folder(self) -> Path:
        server = process.running(self.data)
        if server and server.socket_folder.name:
            return server.socket_folder
        return place.socket_folder(self.data, place.owner_of(self.data))

    def _major(self, data: Path) -> int | None:
        """The major version that wrote the data: another one cannot read them."""
        try:
            return int((data / "PG_VERSION").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _programs(self, data: Path) -> Programs:
        """The programs that can read `data`."""
        major = self._major(data)
        try:
            return find_programs(major)
        except PostgisMissing:
            present = find_programs()  # none at all: the error that says what to install
            raise self._failed(
                f"{data} 由 PostgreSQL {major} 写成，本机只有 {present.version}；"
                f"请装回 {major}，或删除数据后重新导入 / "
                f"it was written by PostgreSQL {major}, here is only {present.version}: "
                f"install {major} again, or delete the data and load anew") from None

    def _psql(self, programs: Programs, lock: int, sentence: str) -> subprocess.CompletedProcess[str]:
        return self._client(programs, lock, "psql", "-X", "-q", "-At", "-d", self.database, "-c", sentence)

    def _client(self, programs: Programs, lock: int, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        where = ["-h", str(self._socket_folder()), "-p", str(self.port), "-U", ROLE]
        return self._run([programs.path(name), *where, *words], place.owner_of(self.data), lock)

    def _run(self, command: list[str], owner: place.Owner, lock: int) -> subprocess.CompletedProcess[str]:
        """A program that ends. It holds our lock too: when we are killed it runs on, and the next start waits for it."""
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              text=True, errors="replace", pass_fds=(lock,), **owner.subprocess())

    def _reason(self, begin: int) -> str:
        """The first FATAL line that this start wrote to the log, else the last line."""
        with open(self.log, "rb") as log:
            log.seek(begin)
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
        fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
        return (fatal or lines[-1:] or ["?"])[0]

    def _failed(self, why: str) -> ClusterFailed:
        return ClusterFailed(why=why, log=self.log)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[int]:
        """One start or stop at a time; the lock goes with the process, however it ends. Gives its descriptor."""
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / "pg.lock", "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file.fileno()

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        """Refusals of the system become one sentence."""
        try:
            yield
        except PermissionError as error:
            raise self._failed(f"无权访问 {error.filename}，请换用其属主或 root / not permitted: use its "
                               "owner or root") from error
        except (place.Unfit, OSError, subprocess.SubprocessError) as error:
            raise self._failed(str(error)) from error


def default_cluster() -> Cluster:
    """The cluster of this checkout."""
    return Cluster.at(settings.home())


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["?"])[-1]
