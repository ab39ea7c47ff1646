"""The web service against tipg and pygeoapi on the same rows of the same PostGIS, and against the SQL alone.

All have 2 workers and the same 8 kept connections, are asked for no compression, and take turns; each figure is a median.
Cold cases, which are judged, ask for each address once; their warm likes ask for the same few. The
peers read a flat table with the columns of our features, so that none of them pays for how the registry keeps its rows.
CPU is that of the server's processes and of PostgreSQL for one request: it tells the same on a machine that others use.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import files, scratch
from benchmarks.serving import export, floor, peers, report
from benchmarks.serving.cases import CITY, Case, Server, cases
from benchmarks.serving.load import Taken, measure
from registry import settings

NEEDS = ("wrk", "pgbench")


def main(words: list[str]) -> None:
    """Print the table and what of the goals is met; the same as JSON and Markdown in the folder of benchmarks."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='serving …'")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--seconds", type=int, default=3, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="cases, separated by commas")
    parser.add_argument("--without", default="", help="peers to leave out, separated by commas")
    told = parser.parse_args(words)
    if missing := [n for n in NEEDS if shutil.which(n) is None]:
        raise SystemExit(f"needed: {', '.join(missing)} (apt install wrk postgresql-client)")
    with tempfile.TemporaryDirectory() as folder, scratch.database() as url, ExitStack() as stack:
        scratch.registry("load", str(files.lamps(Path(folder), told.rows)), "--city", CITY, "--yes", "--json")
        peers.flat_table(url)
        names = [n for n in peers.START if n not in told.without.split(",")]
        servers = [stack.enter_context(peers.START[n](url, Path(folder))) for n in names]
        bare = stack.enter_context(peers.ours(url, Path(folder), REGISTRY_TILE_CACHE_MB="0"))
        chosen = [c for c in cases(servers, told.rows) if not told.only or c.name in told.only.split(",")]
        found = _measured(chosen, servers, bare, told.rounds, told.seconds)
        found["floor"] = {c.name: t for c in chosen if c.floor and (t := floor.measure(url, c.floor, told.seconds))}
        exported = export.measure(servers[0], told.rows) if not told.only or "export" in told.only else None
    report.show(chosen, found, exported, settings.home() / "bench")


def _measured(chosen: list[Case], servers: list[Server], bare: Server, rounds: int, seconds: int) -> dict[str, dict[str, Any]]:
    """Server → case → medians over the rounds, in which the servers take turns. bare: ours that keeps no tile."""
    taken: dict[str, dict[str, list[Taken]]] = {s.name: {} for s in servers}
    for case in chosen:
        for n in range(rounds):
            for server in servers if n % 2 else reversed(servers):
                if paths := case.paths.get(server.name):
                    fresh, before = _turn(case, paths, n, rounds)
                    asked = bare if case.bare and server is servers[0] else server
                    one = measure(asked, fresh, seconds, case.headers.get(server.name, {}), before)
                    taken[server.name].setdefault(case.name, []).append(one)
    return {name: {case: {k: statistics.median(getattr(t, k) for t in found) for k in Taken._fields}
                   for case, found in of.items()} for name, of in taken.items()}


def _turn(case: Case, paths: list[str], n: int, rounds: int) -> tuple[list[str], list[str]]:
    """The addresses of a round and those that are asked before it: of a cold case no round has those of another."""
    if not case.cold or len(paths) < 2 * rounds:
        return paths, paths
    share = len(paths) // (2 * rounds)
    parts = [paths[at:at + share] for at in range(0, 2 * rounds * share, share)]
    return parts[2 * n], parts[2 * n + 1]
