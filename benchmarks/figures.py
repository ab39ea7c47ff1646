"""What figures cost: every indicator of one class told by district, against one plain SQL statement over the same rows."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from benchmarks import files, scratch
from registry import console, indicators
from registry.scope import Sight
from registry.store import cities

ALLOWED_RATIO = 2.0
OPTIONS = {"old_pipe_share": {"older_than_years": 20}}
# What somebody would write by hand for the same figure: one pass, grouped by district, with the reasons to leave rows out.
BY_HAND = """
SELECT a.district, count(*) FILTER (WHERE {good}) AS good, count(*) FILTER (WHERE {known}) AS known, count(*)
FROM asset a WHERE a.class = 'streetlight' AND a.city = 'bench' AND (a.retired_on IS NULL OR a.retired_on > current_date)
  AND a.state IS DISTINCT FROM 'removed' AND a.state IS DISTINCT FROM 'abandoned'
  AND (a.installed_on IS NULL OR a.installed_on <= current_date) GROUP BY 1"""
HAND = {
    "intact_rate": ("a.state = 'intact'", "a.state IN ('intact', 'damaged', 'missing')"),
    "lighting_rate": ("a.attrs ->> 'lit' = 'lit'", "a.attrs ->> 'lit' IN ('lit', 'unlit') OR a.state = 'missing'"),
    "energy_saving_lamp_share": ("a.attrs ->> 'light_source' IN ('led', 'solar', 'induction', 'energy_saving')", "a.attrs ->> 'light_source' <> ''"),
    "led_share": ("a.attrs ->> 'light_source' = 'led'", "a.attrs ->> 'light_source' <> ''"),
    "single_lamp_control_share": ("(a.attrs ->> 'single_lamp_control')::boolean", "a.attrs ->> 'single_lamp_control' <> ''"),
    "contracted_share": ("a.attrs ->> 'contract_section' <> ''", "true"),
    "ownership_settled_rate": ("a.ownership_status = 'confirmed'", "a.ownership_status <> ''"),
    "record_completeness": ("a.code <> '' AND a.name <> '' AND a.supervisor <> '' AND a.grid <> '' AND a.state <> '' AND a.installed_on IS NOT NULL",
                            "true"),
    "grid_completeness": ("a.grid <> ''", "true")}


def main(words: list[str]) -> None:
    """Print the medians of interleaved pairs and their ratio; exit status 1 when one is above what is allowed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='figures …'")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=5)
    told = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder, scratch.database() as url:
        scratch.registry("load", str(files.lamps(Path(folder), told.rows)), "--city", "bench", "--yes", "--json")
        engine = create_engine(url)
        with engine.connect() as conn:
            conn.execute(text("ANALYZE asset"))
            rows = [(code, *_pair(conn, code, told.pairs)) for code in HAND]
        engine.dispose()
    console.table((f"指标按区，{told.rows:,} 行（中位数，毫秒）", f"Indicators by district over {told.rows:,} rows (medians, ms)"),
                  [("指标", "Indicator"), ("手写", "By hand"), ("登记簿", "Registry"), ("比", "Ratio")],
                  [(code, hand * 1000, ours * 1000, ours / hand) for code, hand, ours in rows])
    slow = {code: ours / hand for code, hand, ours in rows if ours / hand > ALLOWED_RATIO}
    if slow:
        raise SystemExit(f"more than {ALLOWED_RATIO:g} times the plain statement: {slow}")


def _pair(conn: Connection, code: str, pairs: int) -> tuple[float, float]:
    city = cities.get(conn, "bench")
    good, known = HAND[code]
    found: list[tuple[float, float]] = []
    for _ in range(pairs + 1):
        hand = scratch.timed(lambda: conn.execute(text(BY_HAND.format(good=good, known=known).replace("::", "\\:\\:"))).all())
        ours = scratch.timed(lambda: indicators.measure(conn, code, city, cls="streetlight", by="district", sight=Sight(),
                                                        **OPTIONS.get(code, {})))
        found.append((hand, ours))
    return statistics.median(h for h, _ in found[1:]), statistics.median(o for _, o in found[1:])
