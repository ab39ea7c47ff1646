"""wrk against one server, and the CPU that the server and PostgreSQL took for it."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.serving.cases import Server

CONNECTIONS, THREADS = 8, 2
WARM_S = 1
TICKS = os.sysconf("SC_CLK_TCK")
SCRIPT = """
local paths, threads = {}, 0
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
function setup(thread) thread:set("first", threads * math.floor(#paths / 2)); threads = threads + 1 end
function init(_) at = first end
function request() at = at % #paths + 1; return wrk.format("GET", paths[at]) end
"""


class Taken(NamedTuple):
    """Requests a second; CPU milliseconds of server and PostgreSQL for one; bytes of an answer; what was no answer."""

    per_second: float
    server_ms: float
    postgres_ms: float
    answer_bytes: float
    failed: float


def measure(server: Server, paths: list[str], seconds: int, headers: dict[str, str], before: list[str] | None = None) -> Taken:
    """One run over these paths, in turn, by connections that are kept; before: what is asked to wake the server up, else the same."""
    _wrk(server, before or paths, WARM_S, headers)
    start = cpu_s(server.pid), cpu_s(server.postmaster)
    said = _wrk(server, paths, seconds, headers)
    spent = cpu_s(server.pid) - start[0], cpu_s(server.postmaster) - start[1]
    count = max(1, int(_found(r"(\d+) requests in", said)))
    size = _bytes(_found(r"requests in [\d.]+\w+, ([\d.]+\w+) read", said))
    return Taken(float(_found(r"Requests/sec:\s+([\d.]+)", said)), spent[0] / count * 1000, spent[1] / count * 1000,
                 size / count, float(_found(r"Non-2xx or 3xx responses: (\d+)", said, "0")))


def _wrk(server: Server, paths: list[str], seconds: int, headers: dict[str, str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder) / "paths.txt", Path(folder) / "paths.lua"
        listed.write_text("\n".join(paths), encoding="utf-8")
        script.write_text(SCRIPT, encoding="utf-8")
        said = [w for k, v in {"Accept-Encoding": "identity", **headers}.items() for w in ("-H", f"{k}: {v}")]
        return subprocess.run(["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "60s", *said, "-s",
                               str(script), server.url], check=True, capture_output=True, text=True,
                              env={**os.environ, "BENCH_PATHS": str(listed)}).stdout


def _found(pattern: str, said: str, default: str | None = None) -> str:
    found = re.search(pattern, said)
    if found is None and default is None:
        raise SystemExit(f"wrk said: {said}")
    return found[1] if found else str(default)


def _bytes(said: str) -> float:
    unit = {"KB": 2**10, "MB": 2**20, "GB": 2**30}.get(said[-2:], 1)
    return float(said.rstrip("KMGB")) * unit


def cpu_s(root: int | None) -> float:
    """CPU seconds of a process, those that came from it, and those of them that ended; 0 where there is none."""
    if root is None:
        return 0.0
    known = _processes()
    return sum(known[p][1] for p in family(root, known)) + (known[root][2] if root in known else 0.0)


def family(root: int, known: dict[int, tuple[int, float, float]] | None = None) -> set[int]:
    """A process and those that came from it."""
    known = known or _processes()
    found, grown = {root} & set(known), {root} & set(known)
    while grown:
        grown = {p for p, (parent, _, _) in known.items() if parent in found} - found
        found |= grown
    return found


def _processes() -> dict[int, tuple[int, float, float]]:
    """Process → its parent, its CPU seconds, those of its children that ended."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                said = Path("/proc", name, "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            parts = said[said.rindex(")") + 2:].split()
            found[int(name)] = int(parts[1]), sum(map(int, parts[11:13])) / TICKS, sum(map(int, parts[13:15])) / TICKS
    return found
