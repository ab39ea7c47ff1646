"""Loading shapefiles, everything included, against peers that validate nothing and keep no history."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import create_engine, make_url

from benchmarks import files, scratch
from registry import console

ALLOWED = 2.0        # × ogr2ogr; 1.0 is the goal
AGAIN_ALLOWED = 0.6  # × the first load
RSS_ALLOWED_MB = 500
CITY = "bench"
_MEASURE = """import os, subprocess, sys
_, status, used = os.wait4(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL).pid, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))"""


class Taken(NamedTuple):
    """Wall seconds, and the peak of memory of our process (None: of others)."""

    seconds: float
    rss_mb: int | None = None


def main(words: list[str]) -> None:
    """Print seconds, rows a second, memory and the ratios; exit status 1 when one is above what is allowed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='loading …'")
    parser.add_argument("--rows", type=int, default=1_000_000, help="points")
    parser.add_argument("--lines", type=int, default=300_000, help="lines of 12 vertices")
    told = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        wrong = _points(Path(folder), told.rows) + _lines(Path(folder), told.lines)
    if wrong:
        raise SystemExit("\n".join(wrong))


def _points(folder: Path, rows: int) -> list[str]:
    file = files.lamps(folder, rows)
    with scratch.database() as url:
        ours = {("首次导入", "first load"): _load(file), ("同一文件再来", "the same file again"): _load(file)}
        files.lamps(folder, rows, changed=True)
        ours["改了 1 %", "1 % changed"] = _load(file)
        peers = _peers(file, url)
    first, again, changed = ours.values()
    _print(f"{rows:,} 个点", f"{rows:,} points", rows, ours, peers)
    wrong = _judge("points", first, peers)
    if again.seconds > AGAIN_ALLOWED * first.seconds:
        wrong.append(f"the same file again takes {again.seconds / first.seconds:.2f} of the first load, allowed is {AGAIN_ALLOWED}")
    console.say(f"改了 1 % 的文件比没改的多 {changed.seconds - again.seconds:.1f} 秒",
                f"1 % changed costs {changed.seconds - again.seconds:.1f} s more than none")
    return wrong


def _lines(folder: Path, rows: int) -> list[str]:
    if not rows:
        return []
    file = files.roads(folder, rows)
    with scratch.database() as url:
        ours = {("首次导入", "first load"): _load(file), ("同一文件再来", "the same file again"): _load(file)}
        peers = _peers(file, url)
    _print(f"{rows:,} 条线，各 12 个点", f"{rows:,} lines of 12 vertices", rows, ours, peers)
    return _judge("lines", next(iter(ours.values())), peers)


def _judge(what: str, first: Taken, peers: dict[str, Taken]) -> list[str]:
    wrong = []
    peer = next((taken for name, taken in peers.items() if name.startswith("ogr2ogr")), None)
    if peer and first.seconds > ALLOWED * peer.seconds:
        wrong.append(f"{what}: {first.seconds / peer.seconds:.2f} × ogr2ogr, allowed is {ALLOWED}")
    if first.rss_mb and first.rss_mb > RSS_ALLOWED_MB:
        wrong.append(f"{what}: {first.rss_mb} MB, allowed are {RSS_ALLOWED_MB}")
    return wrong


def _print(zh: str, en: str, rows: int, ours: dict[tuple[str, str], Taken], peers: dict[str, Taken]) -> None:
    named = [*ours.items(), *(((name, name), taken) for name, taken in peers.items())]
    console.table((f"导入 {zh}", f"Loading {en}"),
                  [("方法", "Way"), ("秒", "Seconds"), ("行/秒", "Rows/s"), ("内存 MB", "Peak MB"),
                   *((f"比 {n}", f"Ratio {n}") for n in peers)],
                  [(name, t.seconds, round(rows / t.seconds), t.rss_mb, *(t.seconds / p.seconds for p in peers.values()))
                   for name, t in named])


# -- ways ----------------------------------------------------------------------------------------
def _load(file: Path) -> Taken:
    """`registry load --yes` as a process of its own."""
    return _measured([sys.executable, "-m", "registry", "load", str(file), "--city", CITY, "--yes", "--json"])


def _peers(file: Path, url: str) -> dict[str, Taken]:
    """Those that are installed, each into a table of its own with a spatial index."""
    ways: dict[str, tuple[str | None, Callable[[Path, str], None]]] = {
        "ogr2ogr PG_USE_COPY + GiST": ("ogr2ogr", _ogr2ogr), "shp2pgsql -D | psql": ("shp2pgsql", _shp2pgsql),
        "geopandas to_postgis": (None, _geopandas)}
    found = {}
    for name, (program, way) in ways.items():
        if program is None or shutil.which(program):
            found[name] = Taken(scratch.timed(lambda way=way: way(file, url)))  # type: ignore[misc]
        else:
            console.say(f"没有 {program}，不比", f"{program} is not installed and left out")
    return found


def _measured(command: list[str]) -> Taken:
    # Started by a small process: of a child's memory the system tells no less than its parent had when it was born.
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _MEASURE, *command], stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {done.returncode}")
    return Taken(seconds, int(done.stdout) // 1024)


@contextmanager
def _server(url: str) -> Iterator[str]:
    """PG* variables for programs, and the words of a connection for GDAL."""
    parsed = make_url(url)
    known = {"PGHOST": parsed.query["host"], "PGPORT": parsed.query["port"], "PGUSER": parsed.username, "PGDATABASE": parsed.database}
    os.environ.update({k: str(v) for k, v in known.items()})
    try:
        yield f"PG:dbname={parsed.database}"
    finally:
        for name in known:
            del os.environ[name]


def _ogr2ogr(file: Path, url: str) -> None:
    with _server(url) as place:
        subprocess.run(["ogr2ogr", "-f", "PostgreSQL", place, str(file), "-nln", "peer_ogr", "-t_srs", "EPSG:4490", "--config",
                        "PG_USE_COPY", "YES", "-oo", "ENCODING=GBK", "-lco", "SPATIAL_INDEX=GIST"], check=True)


def _shp2pgsql(file: Path, url: str) -> None:
    with _server(url):
        made = subprocess.Popen(["shp2pgsql", "-D", "-I", "-W", "GBK", "-s", "4549:4490", str(file), "peer_shp"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1"], stdin=made.stdout, stdout=subprocess.DEVNULL, check=True)
        if made.wait():
            raise SystemExit("shp2pgsql failed")


def _geopandas(file: Path, url: str) -> None:
    """In a process of its own, whose memory goes with it."""
    work = multiprocessing.get_context("spawn").Process(target=_to_postgis, args=(file, url))
    work.start()
    work.join()
    if work.exitcode:
        raise SystemExit("geopandas failed")


def _to_postgis(file: Path, url: str) -> None:
    import geopandas

    frame = geopandas.read_file(file, encoding="GBK", use_arrow=True).to_crs(4490)
    frame.to_postgis("peer_geopandas", create_engine(url), if_exists="replace")
