"""The whole layer at once: features a second, when the first byte comes, what memory it takes."""

from __future__ import annotations

import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.serving.cases import Server
from benchmarks.serving.load import family

BLOCK = 262_144
MARK = b'"type":"Feature",'


def measure(server: Server, rows: int) -> dict[str, Any]:
    """Of two downloads the second; SystemExit when features are missing."""
    for _ in range(2):
        found = _download(server, rows)
    return found


def _download(server: Server, rows: int) -> dict[str, Any]:
    before, peak, over = rss_mb(server.pid), [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            peak[0] = max(peak[0], rss_mb(server.pid))

    watching = threading.Thread(target=watch)
    watching.start()
    started, count, rest = time.perf_counter(), 0, b""
    asked = urllib.request.Request(f"{server.url}{server.layer}/download?f=geojson", headers={"Accept-Encoding": "identity"})
    with urllib.request.urlopen(asked, timeout=600) as answer:
        rest = answer.read(1)
        first_s = time.perf_counter() - started
        while block := answer.read(BLOCK):
            seen = rest + block
            count += seen.count(MARK)
            rest = seen[1 - len(MARK):]  # too short to be counted twice
    seconds = time.perf_counter() - started
    over.set()
    watching.join()
    if count != rows:
        raise SystemExit(f"the export has {count} of {rows} features")
    return {"per_second": rows / seconds, "first_byte_s": first_s, "rss_before_mb": before, "rss_growth_mb": max(0.0, peak[0] - before)}


def rss_mb(root: int) -> float:
    """Memory of a process and those that came from it."""
    pages = 0
    for pid in family(root):
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, IndexError):
            continue
    return pages * 4096 / 2**20
