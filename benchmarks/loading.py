"""Loading a shapefile: ours with validation, history and indexes, against ogr2ogr and geopandas without."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

import geopandas
from sqlalchemy import create_engine, make_url

from benchmarks import scratch
from registry import console


def main(words: list[str]) -> None:
    """Print seconds, rows a second, and the ratio to the peer."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='loading …'")
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args(words).rows
    with tempfile.TemporaryDirectory() as folder, scratch.database() as url:
        file = scratch.lamps(Path(folder), rows)
        first = scratch.timed(lambda: scratch.registry("load", str(file), "--city", "bench", "--yes", "--json"))
        again = scratch.timed(lambda: scratch.registry("load", str(file), "--city", "bench", "--yes", "--json"))
        results = [("registry load", first), ("registry load（同一文件再来 again）", again)]
        peers = [("geopandas to_postgis", scratch.timed(lambda: _geopandas(file, url)))]
        if shutil.which("ogr2ogr"):
            peers.append(("ogr2ogr PG_USE_COPY + GiST", scratch.timed(lambda: _ogr2ogr(file, url))))
    console.table((f"导入 {rows:,} 个点", f"Loading {rows:,} points"),
                  [("方法", "Way"), ("秒", "Seconds"), ("行/秒", "Rows/s"), *((("比", "Ratio")[0] + " " + n, f"Ratio {n}") for n, _ in peers)],
                  [(name, s, round(rows / s), *(s / p for _, p in peers)) for name, s in (*results, *peers)])


def _geopandas(file: Path, url: str) -> None:
    frame = geopandas.read_file(file, encoding="GBK", use_arrow=True).to_crs(4490)
    frame.to_postgis("peer_geopandas", create_engine(url), if_exists="replace")


def _ogr2ogr(file: Path, url: str) -> None:
    parsed = make_url(url)
    dsn = f"PG:dbname={parsed.database} user={parsed.username} host={parsed.query['host']} port={parsed.query['port']}"
    subprocess.run(["ogr2ogr", "-f", "PostgreSQL", dsn, str(file), "-nln", "peer_ogr", "-t_srs", "EPSG:4490", "--config", "PG_USE_COPY",
                    "YES", "-oo", "ENCODING=GBK", "-lco", "SPATIAL_INDEX=GIST"], check=True)
