"""What the walk shows on a map, as GeoJSON features in EPSG:4490 (x = lon): what only the straight line serves, and the streets reached."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely.ops import substring
from sqlalchemy import Connection

from registry import geo
from registry.coverage.network import walk as walks
from registry.coverage.network.field import Places
from registry.coverage.network.graph import Network
from registry.coverage.rows import check_district
from registry.coverage.rules import DISTRICT, find
from registry.coverage.straight import SLIVER_M2
from registry.scope import WHOLE, Sight
from registry.standards.service import ServiceRule
from registry.store.cities import City

_STRETCH_M = 0.01  # a shorter piece of a street is none
_FRAGMENTS = {"stored": str(geo.STORED), "digits": str(geo.DIGITS)}


def difference(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None, district: str | None = None,
               sight: Sight = WHOLE) -> Iterator[bytes]:
    """Land that the straight line serves and the walk does not, one feature (UTF-8 GeoJSON) for each parcel.

    The geometry is what the straight line serves of it. Properties: lost_m2 (straight less walking area), lost_people,
    walking_percent of its access points, distance_m on foot from the nearest of them, district, the parcel. Parcels
    without a street are unknown and no difference. UnknownIndicator, BadValue (edition, district; a rule of lines).
    """
    walks.check_land(find(rule))
    run = walks.prepare(conn, rule, city, edition=edition, sight=sight).run
    if district is not None:
        check_district(run, district)
    tile = run.divisions(DISTRICT)
    for row in run.run("walking_difference", "land", "cover", "walk", fragments=_FRAGMENTS | {"division": run.table(tile)},
                       sliver_m2=SLIVER_M2, district=district).all():
        yield bytes(row.feature)


def reached(conn: Connection, rule: str | ServiceRule, city: City, *, edition: str | None = None,
            sight: Sight = WHOLE) -> Iterator[bytes]:
    """The stretches of street within the distance, one feature for each radius: for display, no land is counted by them."""
    walk = walks.prepare(conn, rule, city, edition=edition, sight=sight)
    there = geo.transformer(city.srid, geo.STORED)
    for n, (radius_m, field) in enumerate(walk.fields.items(), start=1):
        lines = stretches(walk.network, field, walk.entrances.places.where(walk.of_radius(radius_m)), radius_m)
        shape = shapely.transform(shapely.multilinestrings(lines), lambda c: geo.snap(np.column_stack(there.transform(*c.T))))
        told: dict[str, Any] = {"radius_m": radius_m, "length_m": float(shapely.length(lines).sum()), "stretches": len(lines)}
        yield json.dumps({"type": "Feature", "id": n, "geometry": json.loads(shapely.to_geojson(shape)), "properties": told}).encode()


def stretches(network: Network, field: np.ndarray, entrances: Places, limit_m: float) -> np.ndarray:
    """The parts of edges that lie within limit_m of an entrance: lines in the CRS of the network."""
    length = network.length_m
    ahead = np.clip(np.nan_to_num(limit_m - field[network.start], neginf=0), 0, length)
    behind = np.clip(np.nan_to_num(limit_m - field[network.end], neginf=0), 0, length)
    whole = ahead + behind >= length
    parts = [network.edges[whole]]
    rest = limit_m - entrances.leg_m
    within = (rest > 0) & ~whole[entrances.edge]
    pieces: dict[int, list[tuple[float, float]]] = {}
    for edge in np.flatnonzero(~whole & (ahead + behind > 0)):
        pieces[int(edge)] = [(0.0, float(ahead[edge])), (float(length[edge] - behind[edge]), float(length[edge]))]
    for edge, at, far in zip(entrances.edge[within], entrances.offset_m[within], rest[within], strict=True):
        pieces.setdefault(int(edge), []).append((max(0.0, at - far), min(float(length[edge]), at + far)))
    cut = [substring(network.edges[edge], low, high) for edge, all_ in pieces.items() for low, high in _united(all_)]
    return np.concatenate([*parts, np.array(cut, object)]) if cut else parts[0]


def _united(pieces: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches that overlap, as one; shorter ones than _STRETCH_M are left out."""
    found: list[tuple[float, float]] = []
    for low, high in sorted(p for p in pieces if p[1] - p[0] > _STRETCH_M):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found
