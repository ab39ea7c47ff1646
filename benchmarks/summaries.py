"""Summaries: the dashboard counted live, made of what is kept, and after a thousand edits, over millions of assets."""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

from sqlalchemy import Connection, create_engine, text

from benchmarks import made, scratch
from registry import console, db, history
from registry.indicators import refresh
from registry.plans.dashboard import dashboard
from registry.store import cities, tallies

EDITS = 1000
ALLOWED_S = 1.0
# What is answered from summaries: the first time after a refresh, again, after the edits, and after the next refresh.
KEPT = ("first", "kept", "edited", "refreshed")


def main(words: list[str]) -> None:
    """Print the seconds of each; exit status 1 where a kept dashboard takes longer than a second or tells another figure."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='summaries …'")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--classes", default="streetlight,manhole")
    told = parser.parse_args(words)
    with scratch.database() as url:
        fill(url, told.rows, told.classes.split(","))
        measure(url, told.rows)


def fill(url: str, rows: int, classes: list[str]) -> None:
    """The city, and so many assets in all of the classes."""
    engine = create_engine(url)
    with engine.begin() as conn:
        made.city(conn)
    for kind in classes:
        with engine.begin() as conn:
            made.assets(conn, kind, rows // len(classes))
    engine.dispose()


def measure(url: str, rows: int) -> None:
    """Live, refreshed, kept, kept after edits; the figures of each against those counted live at the end."""
    os.environ["REGISTRY_DATABASE_URL"] = url
    seconds: dict[str, float] = {}
    with db.begin() as conn:
        conn.execute(text("ANALYZE asset"))
        conn.execute(text("DELETE FROM tally"))
    first = _timed(seconds, "live")
    started = time.perf_counter()
    refresh.refresh(made.CITY)
    seconds["refresh"] = time.perf_counter() - started
    _timed(seconds, "first")
    kept = _timed(seconds, "kept")
    _edit()
    edited = _timed(seconds, "edited")
    refresh.refresh(made.CITY)
    again = _timed(seconds, "refreshed")
    with db.begin() as conn:
        conn.execute(text("DELETE FROM tally"))
    last = _timed(seconds, "again")
    console.table((f"一览按区，{rows:,} 项设施（秒）", f"Dashboard by district over {rows:,} assets (s)"),
                  [("现算", "Live"), ("刷新", "Refresh"), ("刷新后第一次", "First after it"), ("用汇总", "Kept"), (f"改 {EDITS} 项后用汇总", f"Kept after {EDITS} edits"),
                   ("再刷新后", "Refreshed again")],
                  [tuple(seconds[name] for name in ("live", "refresh", *KEPT))])
    if first != kept or not edited == again == last or first == last:
        raise SystemExit("a kept dashboard is not the live one, or the edits are not in it")
    if slow := {n: s for n, s in seconds.items() if n in KEPT and s > ALLOWED_S}:
        raise SystemExit(f"longer than {ALLOWED_S:g} s: {slow}")


# -- inside --------------------------------------------------------------------------------------
def _timed(seconds: dict[str, float], name: str) -> Any:
    """What the dashboard tells, without the moment."""
    with db.connect() as conn:
        city = cities.get(conn, made.CITY)
        started = time.perf_counter()
        told = dashboard(conn, city, by="district")
        seconds[name] = time.perf_counter() - started
    return json.loads(json.dumps({"rows": told["rows"], "untold": told["untold"]}, default=str))


def _edit() -> None:
    """A thousand changes of state through all the classes, one batch each hundred: as patrols are loaded through a day."""
    with db.begin() as conn:
        kinds = sorted(tallies.classes(conn, made.CITY))
        ids = [id_ for kind in kinds for id_ in conn.execute(
            text("SELECT id FROM asset WHERE class = :class AND city = :city AND state = 'intact' ORDER BY id LIMIT :n"),
            {"class": kind, "city": made.CITY, "n": EDITS // len(kinds)}).scalars()]
    for n in range(0, len(ids), 100):
        with db.begin() as conn:
            _damage(conn, ids[n:n + 100])


def _damage(conn: Connection, ids: list[int]) -> None:
    batch = history.open_batch(conn, city=made.CITY, kind="edit", actor="benchmark", reason="edit")
    conn.execute(text("UPDATE asset a SET state = 'damaged', row_hash = int8send(-a.id), version = a.version + 1, batch = :batch, sys_from = :at "
                      "WHERE a.id = ANY(:ids)"), {"batch": batch.id, "at": batch.at, "ids": ids})
    history.seal(conn, batch)
