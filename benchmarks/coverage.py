"""What coverage costs: a full run against shapely and against the statement of textbooks; an edit answered again; a what-if."""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import statistics
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import shapely
from sqlalchemy import Engine, create_engine, text

from benchmarks import coverage_data, scratch
from benchmarks.coverage_data import CITY
from registry import console, coverage, geo
from registry.catalogue import load
from registry.coverage import Added, kept_state, straight
from registry.scope import EVERYTHING
from registry.store.edits import Editor, Given

SHAPELY, TEXTBOOK = 1.3, 100.0     # at most so many times the one, at least so many times quicker than the other
EDIT_MS, WHAT_IF_MS = 100.0, 50.0  # of 95 in 100
MEMORY_MB = 1_500.0
SAMPLE = 200
TRIES = 3
RADII = ((5_000.0, 500.0), (2_000.0, 300.0))
# Touching a historic district counts too, but this town has none.
EDITION = "2016"


def main(words: list[str]) -> None:
    """Print the table; exit status 1 when something is slower than allowed, or the answers differ."""
    parser = argparse.ArgumentParser(prog="make bench ARGS='coverage …'")
    parser.add_argument("--parks", type=int, default=2_000)
    parser.add_argument("--parcels", type=int, default=200_000)
    parser.add_argument("--edits", type=int, default=40)
    told = parser.parse_args(words)
    made = coverage_data.town(told.parks, told.parcels)
    with scratch.database() as url:
        engine = create_engine(url, connect_args={"options": "-c timezone=UTC -c jit=off"})
        with engine.begin() as conn:
            coverage_data.put(conn, made)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("ANALYZE asset, zone")
        found = measure(engine, made, told.edits)
        engine.dispose()
    console.table((f"覆盖率，{told.parks:,} 座公园 × {told.parcels:,} 个地块", f"Coverage, {told.parks:,} parks × {told.parcels:,} parcels"),
                  [("什么", "What"), ("值", "Value"), ("单位", "Unit"), ("要求", "Asked"), ("达到", "Met")],
                  [(f.what, f"{f.value:,.2f}", f.unit, f.asked, {None: "", True: "✓", False: "✗"}[f.met]) for f in found])
    if wrong := [f.what for f in found if f.met is False]:
        raise SystemExit("; ".join(wrong))


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of the table. most, least: what is asked (None: nothing)."""

    what: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None

    @property
    def asked(self) -> str:
        return f"≤ {self.most:g}" if self.most is not None else f"≥ {self.least:g}" if self.least is not None else ""

    @property
    def met(self) -> bool | None:
        if self.most is None and self.least is None:
            return None
        return (self.most is None or self.value <= self.most) and (self.least is None or self.value >= self.least)


def measure(engine: Engine, made: coverage_data.Town, edits: int) -> list[Line]:
    """Each is tried some times in turn with its peer, and the quickest counts, so that a busy moment hits neither alone."""
    seen: dict[str, Any] = {}
    full_s = [scratch.timed(lambda: seen.update(full=full(engine)))]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shapely_s = []
    for _ in range(TRIES):
        full_s.append(scratch.timed(lambda: seen.update(full=full(engine))))
        shapely_s.append(scratch.timed(lambda: seen.update(shapely=by_shapely(engine))))
    ours, theirs = min(full_s), min(shapely_s)
    textbook_s = by_textbook(engine, len(made.parcels))
    build_s = scratch.timed(lambda: seen.update(kept=ask(engine)))
    edit_ms = [1000 * t for t in edited(engine, edits)]
    what_if_ms = [1000 * t for t in thought_of(engine, edits)]
    kept_ms = statistics.median(1000 * scratch.timed(lambda: ask(engine)) for _ in range(5))
    after = abs(ask(engine)["numerator"] - full(engine)["numerator"]) / seen["full"]["denominator"]
    return [Line("full run, district rows and gap polygons", ours, "s"), Line("  most memory of the process by then", memory, "MB", MEMORY_MB),
            Line("shapely, tiles: the same", theirs, "s"), Line("  full run / shapely", ours / theirs, "×", SHAPELY),
            Line(f"ST_Intersection(parcel, ST_Union(buffers)), extrapolated from {SAMPLE} parcels", textbook_s, "s"),
            Line("  times quicker", textbook_s / ours, "×", least=TEXTBOOK),
            Line("greatest difference of the answers, relative", differing(seen), "", 1e-9),
            Line("full run and keeping it", build_s, "s"), Line("asked again", kept_ms, "ms"),
            Line("edit answered again p50", percentile(edit_ms, 50), "ms"), Line("edit answered again p95", percentile(edit_ms, 95), "ms", EDIT_MS),
            Line("after the edits: kept less a full run, relative", after, "", 1e-9),
            Line("what-if p50", percentile(what_if_ms, 50), "ms"), Line("what-if p95", percentile(what_if_ms, 95), "ms", WHAT_IF_MS)]


def differing(seen: dict[str, Any]) -> float:
    """How far the other answers are from the full run's at most: covered land, blind spots, districts."""
    told = [[a["numerator"], a["uncovered_m2"], *sorted(r["numerator"] for r in a["by"] if r["key"] != "unknown")]
            for a in (seen["full"], seen["kept"])]
    numbers = np.array([*told, list(seen["shapely"])])
    return float((np.abs(numbers - numbers[0]) / numbers[0]).max())


def percentile(found: list[float], part: int) -> float:
    return float(np.percentile(found, part))


# -- ours ----------------------------------------------------------------------------------------
def ask(engine: Engine) -> dict[str, Any]:
    with engine.connect() as conn:
        return coverage.coverage(conn, "park", CITY, edition=EDITION)


def full(engine: Engine) -> dict[str, Any]:
    """The answer with nothing kept."""
    with mock.patch.object(kept_state, "whole", lambda *_: False):
        return ask(engine)


def edited(engine: Engine, count: int) -> list[float]:
    """Seconds from a committed edit of one park (moved, grown, deleted) to the answer."""
    chance, kind = np.random.default_rng(11), load().classes["park"]
    with engine.connect() as conn:
        parks = conn.execute(text("SELECT id, ST_AsGeoJSON(geom)::text FROM asset WHERE class = 'park' ORDER BY id")).all()
    found = []
    for n, at in enumerate(chance.permutation(len(parks))[:count]):
        with engine.begin() as conn:
            editor = Editor(conn, CITY, dataclasses.replace(EVERYTHING, no_lock=True), "bench", unlocked=True)
            if n % 5 == 4:
                editor.delete(kind, parks[at][0], None)
            else:
                shape = shapely.from_geojson(parks[at][1])
                moved = shapely.affinity.translate(shape, 0.002) if n % 2 else shapely.affinity.scale(shape, 1.5, 1.5)
                editor.update(kind, parks[at][0], Given(geometry=(_geojson(moved),)), None)
            editor.close()
        found.append(scratch.timed(lambda: ask(engine)))
    return found


def thought_of(engine: Engine, count: int) -> list[float]:
    """Seconds of what-ifs: one park added, every fourth time another one taken away."""
    chance = np.random.default_rng(12)
    with engine.connect() as conn:
        ids = list(conn.execute(text("SELECT id FROM asset WHERE class = 'park' ORDER BY id")).scalars())
    found = []
    for n in range(count):
        shape = coverage_data.stored([coverage_data.park(chance, *chance.uniform(0, 39_000, 2))])[0]
        add = [] if n % 4 == 3 else [Added(_geojson(shape))]
        with engine.connect() as conn:
            found.append(scratch.timed(_asking(conn, add, [int(chance.choice(ids))] if n % 4 == 3 else [])))
    return found


def _asking(conn: Any, add: list[Added], remove: list[int]) -> Callable[[], object]:
    return lambda: coverage.what_if(conn, "park", CITY, add=add, remove=remove, edition=EDITION)


def _geojson(shape: shapely.Geometry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shapely.to_geojson(shape))
    return found


# -- the others ----------------------------------------------------------------------------------
def by_shapely(engine: Engine) -> list[float]:
    """The same by hand: read, transform, buffer, unite, cut into tiles, overlay; by district and with gap polygons.

    Covered land, land of the gaps, covered land of each district."""
    parks, land, districts = _read(engine, "asset", "park"), _read(engine, "zone", "residential"), _read(engine, "zone", "district")
    areas = shapely.area(parks) + shapely.length(parks) * 1e-4
    radii = np.select([areas >= least for least, _ in RADII], [radius for _, radius in RADII], 0.0)
    served = shapely.union_all(shapely.buffer(parks[radii > 0], radii[radii > 0], quad_segs=straight.QUAD_SEGS))
    covered, near = overlaid(np.array(tiles(served)), land)
    gaps = land.copy()
    partly = np.flatnonzero([n is not None for n in near])
    gaps[partly] = shapely.difference(land[partly], shapely.union_all(_table([near[i] for i in partly]), axis=1))
    gaps[covered >= shapely.area(land)] = None
    rows = []
    for district in districts:
        shapely.prepare(district)
        inside = shapely.covers(district, land)
        border = np.flatnonzero(shapely.intersects(district, land) & ~inside)
        parts = shapely.intersection(land[border], district)
        lost = shapely.area(shapely.intersection(gaps[border], district))
        rows.append(float(covered[inside].sum() + (shapely.area(parts) - np.nan_to_num(lost)).sum()))
    return [float(covered.sum()), float(np.nansum(shapely.area(gaps))), *sorted(rows)]


def overlaid(cut: np.ndarray, land: np.ndarray) -> tuple[np.ndarray, list[list[shapely.Geometry] | None]]:
    """Covered m² of each parcel, and the tiles near it where it is covered in part (None: wholly or not at all)."""
    tile, parcel = shapely.STRtree(land).query(cut, predicate="intersects")
    shapely.prepare(cut)
    whole = shapely.covers(cut[tile], land[parcel])
    covered = np.zeros(len(land))
    covered[parcel[whole]] = shapely.area(land[parcel[whole]])
    some = np.flatnonzero(~whole)
    np.add.at(covered, parcel[some], shapely.area(shapely.intersection(land[parcel[some]], cut[tile[some]])))
    near: list[list[shapely.Geometry] | None] = [None] * len(land)
    for t, p in zip(tile[some], parcel[some], strict=True):
        near[p] = [*(near[p] or []), cut[t]]
    return covered, near


def tiles(shape: shapely.Geometry, most: int = 256) -> list[shapely.Geometry]:
    """Halves of halves, until none has more vertices."""
    if shape.is_empty:
        return []
    if shapely.get_num_coordinates(shape) <= most:
        return [shape]
    west, south, east, north = shape.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    halves = ((west, south, middle[0], north), (middle[0], south, east, north)) if east - west > north - south else \
        ((west, south, east, middle[1]), (west, middle[1], east, north))
    return [t for half in halves for t in tiles(shapely.clip_by_rect(shape, *half), most)]


def _table(rows: list[list[shapely.Geometry] | None]) -> np.ndarray:
    longest = max((len(r or ()) for r in rows), default=1)
    return np.array([[*(r or ()), *[None] * (longest - len(r or ()))] for r in rows], object).reshape(len(rows), longest)


def _read(engine: Engine, table: str, kind: str) -> np.ndarray:
    column = "class" if table == "asset" else "kind"
    with engine.connect() as conn:
        found = conn.execute(text(f"SELECT ST_AsBinary(geom) FROM {table} WHERE {column} = :kind ORDER BY id"), {"kind": kind}).scalars().all()
    there = geo.transformer(geo.STORED, CITY.srid)
    return shapely.transform(shapely.from_wkb([bytes(f) for f in found]), lambda c: np.column_stack(there.transform(c[:, 0], c[:, 1])))


def by_textbook(engine: Engine, parcels: int) -> float:
    """Seconds of `ST_Intersection(parcel, ST_Union(buffers))` over all parcels, by a random sample of them; the union itself not counted."""
    with engine.connect() as conn:
        run = straight.prepare(conn, "park", CITY, edition=EDITION)
        one = text(f"SELECT sum(ST_Area(ST_Intersection(l.geom, s.geom))) FROM (SELECT geom FROM {run.table('land')} "
                   f"ORDER BY md5(id::text) LIMIT {SAMPLE}) l, {run.table('served')} s")
        return scratch.timed(lambda: conn.execute(one).all()) * parcels / SAMPLE
