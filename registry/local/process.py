"""The running server of a cluster, told from a stale pid file, a reused number and a zombie."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PID_FILE = "postmaster.pid"


@dataclass(frozen=True)
class Postmaster:
    """What the server wrote of itself into postmaster.pid."""

    pid: int
    data: Path
    port: int
    socket_folder: Path

    def socket(self) -> Path:
        return self.socket_folder / f".s.PGSQL.{self.port}"


def read(data: Path) -> Postmaster | None:
    """The pid file of `data`, whether or not its server still lives."""
    try:
        lines = (data / PID_FILE).read_bytes().split(b"\n")
        return Postmaster(int(lines[0]), Path(os.fsdecode(lines[1])), int(lines[3]),
                          Path(os.fsdecode(lines[4])))
    except (OSError, ValueError, IndexError):
        return None


def running(data: Path) -> Postmaster | None:
    """The live server of `data`: its process exists and is the one that wrote the pid file.

    After kill -9 in a container the dead server may stay as a zombie, and after a reboot its
    number may be another program's; PostgreSQL would take both for a running server.
    """
    found = read(data)
    if found is None or not exists(found.pid):
        return None
    words = command_line(found.pid)
    is_server = bool(words) and os.path.basename(words[0]) in (b"postgres", b"postmaster")
    return found if is_server and os.fsencode(found.data) in words else None


def is_a_copy(data: Path, server: Postmaster) -> bool:
    """Is `server` that of another folder, from which `data` was copied while it ran?"""
    if not (server.data / PID_FILE).exists():
        return False  # not copied but moved under its running server
    return not os.path.samefile(server.data, data)


def children_linger(title: str) -> bool:
    """Do backends of a killed server still run? Their titles carry the cluster's name."""
    wanted = f"postgres: {title}:".encode()
    if not os.path.isdir("/proc/self"):
        return False  # elsewhere PostgreSQL's own look at shared memory has to do
    return any(b" ".join(command_line(int(n))).startswith(wanted) for n in os.listdir("/proc") if n.isdigit())


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid: int) -> list[bytes]:
    """The words of a process; empty for a zombie. Readable without the right to trace it."""
    if os.path.isdir("/proc/self"):
        try:
            text = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0")
        except OSError:
            return []
        return text.split(b"\0") if text else []
    told = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False)
    program, _, rest = told.stdout.strip().partition(b" -D ")
    return [program, rest] if rest else [program]
