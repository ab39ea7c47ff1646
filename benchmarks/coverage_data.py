"""The pretend city of the coverage benchmark: parks, parcels and districts drawn in metres, stored as the registry stores them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy import Connection, text

from registry import geo, history
from registry.catalogue import load
from registry.store import cities
from registry.store.cities import City
from registry.store.staging import put_many

CITY = City("bench", "测试市", "Bench City", None, 4549)
EAST, NORTH = 480_000.0, 3_300_000.0
PITCH_M = 89.0   # of the grid that the parcels stand on, none meeting another
_ZONES = """INSERT INTO zone (kind, city, id, edition, code, name, population, area_surveyed, attrs, geom, row_hash, version, batch, sys_from)
SELECT :kind, :city, nextval('feature_id_seq'), '', :kind || n, n::text, CASE WHEN :kind = 'residential' AND n % 5 > 0 THEN n % 400 END, false, '{}',
       ST_GeomFromWKB(g, 4490), sha256(g), 1, :batch, :at FROM unnest(CAST(:shapes AS bytea[])) WITH ORDINALITY s(g, n)"""


@dataclass(frozen=True)
class Town:
    """Shapes in metres of the working CRS."""

    parks: list[shapely.Polygon]
    parcels: np.ndarray
    districts: list[shapely.Polygon]


def town(parks: int = 2_000, parcels: int = 200_000, seed: int = 7) -> Town:
    """The same for the same numbers: on a square that has 125 parcels to the km² and 16 districts of wiggly borders."""
    chance = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(parcels)))
    span = side * PITCH_M
    return Town([park(chance, *chance.uniform(0, span, 2)) for _ in range(parks)], _parcels(chance, side, parcels), _districts(chance, span))


def park(chance: np.random.Generator, x: float, y: float) -> shapely.Polygon:
    """A round shape of 24 to 160 vertices; seven of ten have 5,000 m² or more."""
    count = int(chance.integers(24, 161))
    radius = 45 * chance.lognormal(0, 0.35) * (1 + 0.15 * np.sin(np.linspace(0, 6 * np.pi, count, endpoint=False) + chance.uniform(0, 6)))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return shapely.Polygon(np.column_stack([EAST + x + radius * np.cos(angle), NORTH + y + radius * np.sin(angle)]))


def stored(shapes: list[shapely.Geometry] | np.ndarray) -> np.ndarray:
    """In degrees, snapped as a load does."""
    there = geo.transformer(CITY.srid, geo.STORED)
    return shapely.transform(np.asarray(shapes), lambda c: geo.snap(np.column_stack(there.transform(c[:, 0], c[:, 1]))))


def put(conn: Connection, made: Town) -> None:
    """Write it, in three batches."""
    cities.put(conn, CITY)
    for kind, shapes in (("district", made.districts), ("residential", made.parcels)):
        batch = history.open_batch(conn, city=CITY.key, kind="import", actor="bench", reason="bench")
        conn.execute(text(_ZONES), {"kind": kind, "city": CITY.key, "batch": batch.id, "at": batch.at,
                                    "shapes": shapely.to_wkb(stored(shapes)).tolist()})
        history.seal(conn, batch)
    put_many(conn, load().classes["park"], CITY, [{"code": f"P{n}", "geom": g} for n, g in enumerate(stored(made.parks))],
             actor="bench", reason="bench")


def _parcels(chance: np.random.Generator, side: int, count: int) -> np.ndarray:
    place = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)[:count] * PITCH_M + PITCH_M / 2
    half = chance.uniform(16, 30, (count, 2))
    turn = chance.uniform(0, np.pi, count)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])[None] * half[:, None]
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x = corners[..., 0] * cos - corners[..., 1] * sin + place[:, :1] + EAST
    y = corners[..., 0] * sin + corners[..., 1] * cos + place[:, 1:] + NORTH
    return shapely.polygons(np.stack([x, y], -1))


def _districts(chance: np.random.Generator, span: float) -> list[shapely.Polygon]:
    along = np.linspace(-0.01 * span, 1.01 * span, 300)
    lines = [shapely.box(EAST, NORTH, EAST + span, NORTH + span).exterior]
    for n in (1, 2, 3):
        for turned in (False, True):
            across = n * span / 4 + 0.02 * span * np.sin(along / span * 20 + chance.uniform(0, 6))
            xy = np.column_stack([across, along] if turned else [along, across]) + (EAST, NORTH)
            lines.append(shapely.LineString(xy))
    return list(shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.node(shapely.GeometryCollection(lines))))))
