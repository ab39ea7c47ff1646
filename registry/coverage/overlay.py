"""Overlays of very many shapes at once: who overlaps whom, the tiles of a large area, and what of each shape lies in which tile.

Shapes are arrays of shapely geometries of one metric CRS, all of one dimension: 2 (polygons, sizes in m²) or 1 (lines, m). A
large area is cut into tiles first, so that a shape meets few vertices; only what the edge of a tile crosses is overlaid at all. GEOS leaves
other threads running, so overlays are shared out to the processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import shapely

ALL = 1 - 1e-9    # within a billionth of all of it is all of it, so that full cover is 100 % and not 99.999999999998 %
_DEEPEST = 50     # halves of halves
BESIDE_M = 1e-6  # a thousandth of a millimetre: how near a line what is left of it lies
_MANY = 50  # tiles of one shape
_FEW = 500        # overlays that are not worth a second thread
_COLLECTION = int(shapely.GeometryType.GEOMETRYCOLLECTION)


def tiles(shape: shapely.Geometry | None, most: int, deep: int = 0) -> list[shapely.Geometry]:
    """The polygon in pieces of at most so many vertices. Seams are parallel to the axes and shared to the last bit."""
    if shape is None or shape.is_empty:
        return []
    if shapely.get_num_coordinates(shape) <= most or deep == _DEEPEST:
        return [shape]
    west, south, east, north = shape.bounds
    x, y = (west + east) / 2, (south + north) / 2
    halves = (((west, south, x, north), (x, south, east, north)) if east - west > north - south
              else ((west, south, east, y), (west, y, east, north)))
    return [tile for box in halves for tile in tiles(_clipped(shape, box), most, deep + 1)]


def measure(shapes: np.ndarray, dimension: int) -> np.ndarray:
    """How much there is of each; nothing of what is None."""
    found: np.ndarray = np.nan_to_num(shapely.area(shapes) if dimension == 2 else shapely.length(shapes))
    return found


def disjoint(shapes: np.ndarray, dimension: int) -> np.ndarray:
    """Each shape less what those before it have already.

    Neighbours share edges, hence only interiors that meet in an area (of lines: in a length) are an overlap.
    """
    of, other = shapely.STRtree(shapes).query(shapes)
    later = other < of
    of, other = of[later], other[later]
    over = _shared_out(partial(shapely.relate_pattern, pattern=f"{dimension}********"), shapes[other], shapes[of])
    made = shapes.copy()
    for n, before in _groups(of[over], shapes[other[over]]):
        made[n] = shapely.difference(shapes[n], before)
    return made


def within(shapes: np.ndarray, area: np.ndarray, dimension: int) -> np.ndarray:
    """What of each shape lies in an area that is given by its tiles; empty where nothing does."""
    of, tile, whole = _met(shapes, area)
    made = np.full(len(shapes), shapely.Point(), dtype=object)
    full = np.zeros(len(shapes), dtype=bool)
    full[of[whole]] = True
    made[full] = shapes[full]
    crossing = ~full[of]
    for n, near in _groups(of[crossing], area[tile[crossing]]):
        made[n] = shapely.intersection(shapes[n], near)
    return only(made, dimension)


def cover(shapes: np.ndarray, size: np.ndarray, area: np.ndarray, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """What of each shape lies in an area of tiles (by intersection), and the shape of what does
    not (by difference; None where nothing is left): two ways, so that their sum checks both."""
    of, tile, whole = _met(shapes, area)
    full = np.zeros(len(shapes), dtype=bool)
    full[of[whole]] = True
    covered, left = np.where(full, size, 0.0), shapes.copy()
    left[full] = None
    crossing = ~full[of]
    for now, part, rest in _rounds(shapes, of[crossing], area[tile[crossing]], dimension):
        covered[now] += part
        left[now] = rest
    all_of_it = covered >= size * ALL
    left[all_of_it] = None
    return np.where(all_of_it, size, covered), left


def divide(shapes: np.ndarray, size: np.ndarray, covered: np.ndarray, left: np.ndarray, area: np.ndarray,
           dimension: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Shapes by the tiles that they lie in: (shape number, tile number, size there, covered there) of each that meet.

    What lies in two tiles (a line along their border) belongs to the first. covered, left: as `cover` gives them.
    """
    of, tile, whole = _met(shapes, area)
    whole &= np.bincount(of, minlength=len(shapes))[of] == 1
    sizes, served = np.where(whole, size[of], 0.0), np.where(whole, covered[of], 0.0)
    crossing = np.flatnonzero(~whole)
    for now, part, lost in _parts(shapes, left, of[crossing], area[tile[crossing]], dimension):
        sizes[crossing[now]] = part
        served[crossing[now]] = np.where(lost >= part * ALL, 0.0, part - lost)
    return of, tile, sizes, served


def only(shapes: np.ndarray, dimension: int) -> np.ndarray:
    """The parts of that dimension; where shapes only touch, an overlay leaves lines and points as well."""
    made = shapes.copy()
    for n in np.flatnonzero((shapely.get_type_id(shapes) == _COLLECTION) | (shapely.get_dimensions(shapes) != dimension)):
        parts = shapely.get_parts(shapely.get_parts(shapes[n]))
        made[n] = shapely.union_all(parts[shapely.get_dimensions(parts) == dimension])
    return made


# -- inside --------------------------------------------------------------------------------------
def _clipped(shape: shapely.Geometry, box: tuple[float, ...]) -> shapely.Geometry:
    """What of a polygon lies in a box; the quick way may give what is not valid, then the slow one is taken."""
    found = shapely.clip_by_rect(shape, *box)
    return only(np.array([found if found.is_valid else shapely.intersection(shape, shapely.box(*box))], dtype=object), 2)[0]


def _met(shapes: np.ndarray, area: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(shape number, tile number, whether the tile covers the shape) of each two that meet, by shape, then by tile."""
    tile, of = shapely.STRtree(shapes).query(area, predicate="intersects")
    shapely.prepare(area)
    whole = shapely.covers(area[tile], shapes[of])
    order = np.lexsort((tile, of))
    return of[order], tile[order], whole[order]


def _turns(of: np.ndarray) -> Iterator[np.ndarray]:
    """Places in a sorted array, so that in each turn every number comes at most once: its first, its second …"""
    first = np.flatnonzero(np.diff(of, prepend=-1))
    turn = np.arange(len(of)) - np.repeat(first, np.diff(first, append=len(of)))
    for n in range(int(turn.max()) + 1 if len(turn) else 0):
        yield np.flatnonzero(turn == n)


def _rounds(shapes: np.ndarray, of: np.ndarray, area: np.ndarray, dimension: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Tile after tile taken from each shape: (shape numbers, what of each lies in the tile, what is left of it). Of a shape that meets many,
    all at once: one after another, each would be taken from a shape with the holes of all before."""
    many = (np.bincount(of, minlength=len(shapes)) > _MANY)[of]
    for n, near in _groups(of[many], area[many]):
        whole = shapes[n:n + 1]
        yield np.array([n]), measure(shapely.intersection(whole, near), dimension), shapely.difference(whole, near)
    left, of, area = shapes.copy(), of[~many], area[~many]
    for now in _turns(of):
        part = _shared_out(lambda a, b: measure(shapely.intersection(a, b), dimension), left[of[now]], area[now])
        rest = _shared_out(shapely.difference, left[of[now]], area[now])
        left[of[now]] = rest
        yield of[now], part, rest


def _parts(shapes: np.ndarray, left: np.ndarray, of: np.ndarray, area: np.ndarray,
           dimension: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The same: (places in `of`, what of each shape lies in the tile, what of that is in `left`).

    Two lines that lie on one another but for the last digits have nothing in common, so what is left of a line is taken as
    the strip beside it.
    """
    rest = shapes.copy()
    gone = left if dimension == 2 else shapely.buffer(left, BESIDE_M, cap_style="flat")
    for now in _turns(of):
        part = only(_shared_out(shapely.intersection, rest[of[now]], area[now]), dimension)
        rest[of[now]] = _shared_out(shapely.difference, rest[of[now]], area[now])
        lost = _shared_out(lambda a, b: measure(shapely.intersection(a, b), dimension), part, gone[of[now]])
        yield now, measure(part, dimension), lost


def _groups(of: np.ndarray, shapes: np.ndarray) -> Iterator[tuple[int, shapely.Geometry]]:
    """Each number with the union of its shapes."""
    order = np.argsort(of, kind="stable")
    each, first = np.unique(of[order], return_index=True)
    for n, some in zip(each.tolist(), np.split(shapes[order], first[1:]), strict=False):
        yield n, some[0] if len(some) == 1 else shapely.union_all(some)


def _shared_out(work: Callable[..., np.ndarray], *given: np.ndarray) -> np.ndarray:
    """The work on arrays, done in as many parts as there are processors."""
    count = min(os.cpu_count() or 1, len(given[0]) // _FEW)
    if count < 2:
        return work(*given)
    with ThreadPoolExecutor(count) as threads:
        parts: list[Any] = [np.array_split(g, count) for g in given]
        return np.concatenate(list(threads.map(work, *parts)))
