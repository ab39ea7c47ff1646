"""Indicators: every one by district over a million assets, ours against the statement that somebody would write by hand for it."""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, create_engine, text

from benchmarks import made, scratch
from benchmarks.by_hand import HAND, OPTIONS, fuller, sentence
from registry import console, indicators
from registry.indicators.shares import ShareOfAssets
from registry.store import cities, counted, once

ALLOWED_RATIO = 2.0
# Ratios of milliseconds are noise: what is quicker than this either way is not compared.
NOISE_S = 0.01
# Of classes that are counted quicker than this, what lies elsewhere is most of the rows: by hand these are left out by an index, and the
# statement that says how many they are is the one to compare with.
SMALL_S = 0.02
# Of each class its part in a thousand.
SPREAD = {"streetlight": 450, "manhole": 200, "pipe": 150, "road": 100, "green": 40, "pipe_node": 40, "bridge": 8, "park": 5, "toilet": 5,
          "tunnel": 1, "transfer_station": 0.5, "utility_tunnel": 0.5}
# What sheets say of every asset of a class: form, measurements, scores.
SHEETS = (("road", "road_damage", "jsonb_build_object('carriageway_amount', 900, 'damages', jsonb_build_array(jsonb_build_object('facility', 'carriageway', "
           "'damage', 'pothole', 'amount', a.id % 50, 'factor', CASE WHEN a.id % 11 > 0 THEN 0.5 END)))", "NULL"),
          ("road", "sidewalk", "'{}'", "jsonb_build_object('fci_grade', chr(CAST(65 + a.id % 4 AS integer)))"),
          ("streetlight", "lamp_patrol", "jsonb_build_object('lit', (ARRAY['lit', 'lit', 'unlit', 'not_due'])[1 + a.id % 4])", "NULL"))


def main(words: list[str]) -> None:
    """Print the medians of interleaved pairs and their ratio; exit status 1 when one is above what is allowed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='figures …'")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", default="", metavar="CODE,CODE")
    told = parser.parse_args(words)
    with scratch.database() as url:
        fill(url, told.rows)
        measure(url, told.rows, told.pairs, told.only)


def fill(url: str, rows: int) -> None:
    """The city with assets of every class, and inspections of what is graded."""
    engine = create_engine(url)
    with engine.begin() as conn:
        made.city(conn)
    for kind, share in SPREAD.items():
        with engine.begin() as conn:
            made.assets(conn, kind, max(10, round(rows * share / 1000)))
    for kind in ("road", "bridge", "tunnel", "utility_tunnel"):
        with engine.begin() as conn:
            made.inspections(conn, kind)
    for kind, form, measurements, scores in SHEETS:
        with engine.begin() as conn:
            made.sheets(conn, kind, form, measurements, scores)
    with engine.begin() as conn:
        conn.execute(text("ANALYZE"))
    engine.dispose()


@dataclass
class Line:
    """Seconds of an indicator, median of several: by hand, by hand with what does not count, ours by itself, ours among all the others."""

    code: str
    cls: str
    hand: float
    fuller: float
    alone: float
    together: float = 0.0

    @property
    def allowed(self) -> float:
        """Seconds that ours may take."""
        return max(ALLOWED_RATIO * (self.hand if self.hand > SMALL_S else self.fuller), NOISE_S + self.hand)

    @property
    def cells(self) -> tuple[Any, ...]:
        """In milliseconds, and as ratios to the statement by hand."""
        return (self.code, self.cls, self.hand * 1000, self.fuller * 1000, self.alone * 1000, self.alone / self.hand,
                self.together * 1000, self.together / self.hand)


def measure(url: str, rows: int, pairs: int, only: str = "") -> None:
    """One table of all that are kept by district. Those without a statement by hand are named."""
    engine = create_engine(url)
    wanted = [i.code for i in indicators.every() if isinstance(i, ShareOfAssets) and only in ("", i.code) or i.code in only.split(",")]
    with engine.connect() as conn:
        conn.execute(text("DELETE FROM tally"))
        found = [_pair(conn, code, pairs) for code in wanted if code in HAND]
        _together(conn, found, pairs)
    engine.dispose()
    console.table((f"指标按区，{rows:,} 项设施（中位数，毫秒）", f"Indicators by district over {rows:,} assets (medians, ms)"),
                  [("指标", "Indicator"), ("类别", "Class"), ("手写", "By hand"), ("手写，含不计入的个数", "By hand, and what does not count"),
                   ("单问", "Asked alone"), ("比", "Ratio"), ("全部一起问", "Asked among all"), ("比", "Ratio")], [line.cells for line in found])
    console.say("合计 {:.2f} 秒（手写）、{:.2f} 秒（单问）、{:.2f} 秒（一起问）".format(*_sums(found)),
                "together {:.2f} s by hand, {:.2f} s each alone, {:.2f} s in one run".format(*_sums(found)))
    if missing := [code for code in wanted if code not in HAND]:
        console.say(f"没有手写语句：{'、'.join(missing)}", f"without a statement by hand: {', '.join(missing)}")
    slow = {line.code: round(line.alone / line.hand, 2) for line in found if line.alone > line.allowed}
    if slow:
        raise SystemExit(f"more than {ALLOWED_RATIO:g} times the plain statement: {slow}")


def _sums(found: list[Line]) -> tuple[float, float, float]:
    return sum(line.hand for line in found), sum(line.alone for line in found), sum(line.together for line in found)


def _pair(conn: Connection, code: str, pairs: int) -> Line:
    city = cities.get(conn, made.CITY)
    hand, found = HAND[code], []
    values: Any = {}
    for _ in range(pairs + 1):
        found.append((scratch.timed(lambda: values.update(hand=conn.execute(text(sentence(hand))).all())),
                      scratch.timed(lambda: conn.execute(text(fuller(hand))).all()),
                      scratch.timed(lambda: values.update(ours=_ours(conn, city, code)))))
    _same(code, values["hand"], values["ours"])
    return Line(code, hand.cls, *(statistics.median(column) for column in zip(*found[1:], strict=True)))


def _together(conn: Connection, found: list[Line], pairs: int) -> None:
    """All of them one after another in one answer, which looks up once what several of them ask: as a dashboard does."""
    city = cities.get(conn, made.CITY)
    seconds: dict[str, list[float]] = {line.code: [] for line in found}
    for _ in range(pairs):
        with once.held():
            for line in found:
                seconds[line.code].append(scratch.timed(partial(_ours, conn, city, line.code)))
    for line in found:
        line.together = statistics.median(seconds[line.code])


def _ours(conn: Connection, city: cities.City, code: str) -> dict[str, Any]:
    return indicators.measure(conn, code, city, cls=HAND[code].cls, by="district", **OPTIONS.get(code, {}))


def _same(code: str, by_hand: list[Any], ours: dict[str, Any]) -> None:
    """Two statements that count different things are not compared: numerator and denominator of every district must be the same, and
    what is left out for a reason of the figure's own."""
    told = {row["key"]: row for row in ours["by"]}
    for found in (r for r in by_hand if r.counts):
        row, over = told[found.district or "unknown"], found.known if found.below is None else found.below
        _equal(code, found.district, found.good, row["numerator"])
        if row["denominator"] is not None:
            _equal(code, found.district, over, row["denominator"])
    if out := [r for r in by_hand if not r.counts]:
        own = [e for e in ours["excluded"] if e["reason"] not in counted.REASONS]
        _equal(code, "excluded", sum(r.rows for r in out), sum(e["count"] for e in own))
        _equal(code, "excluded", sum(r.measure for r in out), sum(e["measure"] for e in own))
    if sum(float(r.good or 0) for r in by_hand) <= 0:
        console.say(f"{code}：没有可比的，行数太少", f"{code}: nothing is counted, so nothing is compared: too few rows")


def _equal(code: str, where: str | None, by_hand: Any, ours: Any) -> None:
    if abs(float(by_hand or 0) - (ours or 0)) > 1e-6 * max(1.0, float(by_hand or 0)):
        raise SystemExit(f"{code} in {where}: by hand {by_hand}, ours {ours}")
