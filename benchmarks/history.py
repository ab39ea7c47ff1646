"""What the history costs: an UPDATE of many rows with its triggers against the same without, and as-of against live."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine

from benchmarks import files, scratch
from registry import console, history
from registry.db.columns import row_hash

ALLOWED_RATIO = 1.30
# As every writer of the registry does it: with the row's hash.
CHANGE = ("UPDATE asset a SET name = %s, version = version + 1, batch = %s, sys_from = %s, "
          f"row_hash = {row_hash('asset', 'a').replace('%', '%%')} WHERE class = 'streetlight' AND city = 'bench'")
COLUMNS = "id, code, name, state, attrs, ST_AsBinary(geom)"
HERE = "class = 'streetlight' AND city = 'bench'"
LIVE = f"SELECT {COLUMNS} FROM asset WHERE {HERE} ORDER BY id LIMIT 1000"
# The limit stands in each part: around the union alone, all of the history would be read and sorted for a page.
AS_OF = (f"(SELECT {COLUMNS} FROM asset WHERE {HERE} AND sys_from <= %(at)s ORDER BY id LIMIT 1000) UNION ALL "
         f"(SELECT {COLUMNS} FROM asset_history WHERE {HERE} AND sys_from <= %(at)s AND sys_to > %(at)s ORDER BY id LIMIT 1000) "
         "ORDER BY id LIMIT 1000")


def main(words: list[str]) -> None:
    """Print the medians of interleaved pairs and their ratio; exit status 1 when it is above what is allowed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='history …'")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=9)
    told = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, scratch.database() as url:
        file = files.lamps(Path(folder), told.rows)
        scratch.registry("load", str(file), "--city", "bench", "--yes", "--json")
        engine = create_engine(url)
        with_history, without = _pairs(engine, told.pairs)
        live, as_of = _pages(engine)
        engine.dispose()
    ratio = statistics.median(w / o for w, o in zip(with_history, without, strict=True))
    console.table((f"更新 {told.rows:,} 行（{told.pairs} 对的中位数）", f"Updating {told.rows:,} rows (medians of {told.pairs} pairs)"),
                  [("方法", "Way"), ("秒", "Seconds"), ("比", "Ratio")],
                  [(("无历史", "without history"), statistics.median(without), 1.0),
                   (("有历史", "with history"), statistics.median(with_history), ratio)])
    console.table(("一页 1,000 行", "A page of 1,000 rows"), [("方法", "Way"), ("毫秒", "Milliseconds"), ("比", "Ratio")],
                  [(("现在", "live"), live * 1000, 1.0), (("某日 as_of", "as of a day"), as_of * 1000, as_of / live)])
    if ratio > ALLOWED_RATIO:
        raise SystemExit(f"history costs {ratio:.2f}, allowed is {ALLOWED_RATIO:.2f}")


def _pairs(engine: Engine, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds with and without; who goes first alternates, each begins on a vacuumed table."""
    found: dict[bool, list[float]] = {True: [], False: []}
    _change(engine, "warm", keeps=True)
    for number in range(pairs):
        for keeps in (True, False) if number % 2 else (False, True):
            found[keeps].append(_change(engine, f"{number}{keeps}", keeps=keeps))
    return found[True], found[False]


def _change(engine: Engine, name: str, *, keeps: bool) -> float:
    """Seconds of one UPDATE of every row, its commit included; the history is empty when it begins."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql(f"ALTER TABLE asset {'ENABLE' if keeps else 'DISABLE'} TRIGGER USER")
        conn.exec_driver_sql("SET session_replication_role = replica")
        conn.exec_driver_sql("TRUNCATE asset_history")
        conn.exec_driver_sql("RESET session_replication_role")
        conn.exec_driver_sql("VACUUM asset")
    with engine.connect() as conn:
        batch = history.open_batch(conn, city="bench", kind="edit", actor="bench", reason="bench")

        changing = scratch.timed(lambda: conn.exec_driver_sql(CHANGE, (name, batch.id, batch.at)))
        history.seal(conn, batch)  # the same with and without
        return changing + scratch.timed(conn.commit)


def _pages(engine: Engine) -> tuple[float, float]:
    """Seconds of a page of now, and of one before the last change; medians of 21 interleaved."""
    _change(engine, "kept", keeps=True)
    with engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE asset, asset_history")
        at = conn.exec_driver_sql("SELECT max(at) - interval '1 microsecond' FROM batch").scalar_one()
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(21):
            taken[0].append(scratch.timed(lambda: _read(conn, LIVE)))
            taken[1].append(scratch.timed(lambda: _read(conn, AS_OF, at=at)))
    return statistics.median(taken[0]), statistics.median(taken[1])


def _read(conn: Connection, sentence: str, **values: object) -> None:
    assert len(conn.exec_driver_sql(sentence, values).all()) == 1000
