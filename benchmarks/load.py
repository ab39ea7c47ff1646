"""Two hundred clients at once for a minute, while others edit: what they were answered, how fast, and what memory it took."""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import files, scratch
from benchmarks.serving import peers
from benchmarks.serving.cases import BOX_DEG, CITY, CLASS
from benchmarks.serving.export import rss_mb
from benchmarks.traffic import Traffic, run
from registry import console, db
from registry.store import tokens

GROWTH = 1.15
EDITORS = 8


def main(words: list[str]) -> None:
    """Print a line for each kind of request; exit status 1 for an answer that none should be, or for memory that grows."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='load …'")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=60)
    told = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, scratch.database() as url:
        scratch.registry("load", str(files.lamps(Path(folder), told.rows)), "--city", CITY, "--yes", "--json")
        with db.begin() as conn:
            secret = tokens.create(conn, name="bench", role="editor", reason="bench", actor="bench")[1]
        with peers.ours(url, Path(folder)) as server:
            at = urlsplit(server.url)
            seen = run(at.hostname or "", at.port or 0, traffic(told.rows, secret), connections=told.connections,
                       seconds=told.seconds, memory_mb=lambda: rss_mb(server.pid))
    console.table((f"{told.connections} 个连接，{told.seconds} 秒", f"{told.connections} connections, {told.seconds} s"),
                  [("种类", "Kind"), ("次数", "Answers"), ("503", "503"), ("p50 毫秒", "p50 ms"), ("p95 毫秒", "p95 ms"),
                   ("p99 毫秒", "p99 ms")], seen.lines())
    console.say(f"内存 {seen.memory_mb[0]:.0f} → {max(seen.memory_mb):.0f} MB，比 {seen.growth:.2f}",
                f"Memory {seen.memory_mb[0]:.0f} → {max(seen.memory_mb):.0f} MB, ratio {seen.growth:.2f}")
    if seen.wrong or seen.unkind or seen.broken or seen.growth > GROWTH:
        raise SystemExit(f"{seen.wrong}, 503 without Retry-After: {seen.unkind}, broken: {dict(seen.broken)}, growth {seen.growth:.2f}")


def traffic(rows: int, secret: str) -> Traffic:
    """Pages, boxes, tiles, single features and a figure, in turn."""
    chance, layer = random.Random(9), f"/collections/{CLASS}"
    corners = [(chance.uniform(120.02, 120.38), chance.uniform(29.83, 30.13)) for _ in range(50)]
    return Traffic({
        "items": [f"{layer}/items?limit=100"] * 50,
        "bbox": [f"{layer}/items?limit=100&bbox={x:.5f},{y:.5f},{x + BOX_DEG:.5f},{y + BOX_DEG:.5f}" for x, y in corners],
        "tile": [f"{layer}/tiles/WebMercatorQuad/14/{6745 + n // 10}/{13655 + n % 10}" for n in range(50)],
        "item": [f"{layer}/items/{chance.randint(1, rows)}" for _ in range(50)],
        "indicator": [f"/indicators/intact_rate?class={CLASS}"],
    }, [f"{layer}/items/{n}" for n in range(1, EDITORS + 1)], secret)
