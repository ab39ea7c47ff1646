"""What is to be served: the land or lines of a rule as they are drawn, without overlaps, within the bounding area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from registry.coverage import overlay
from registry.geometry import from_wkb


@dataclass(frozen=True)
class Drawn:
    """Zones or lines as they are stored, valid and in the working CRS, by id. size: m², of lines m; population: NaN where
    unknown; repaired: what was not valid."""

    ids: np.ndarray
    codes: list[str]
    names: list[str | None]
    population: np.ndarray
    shapes: np.ndarray
    size: np.ndarray
    repaired: np.ndarray


@dataclass(frozen=True)
class Land:
    """What of it counts. people: on each m² (NaN: unknown), spread evenly over what a parcel has of its own.
    disjoint: m² (m) of all that is drawn without overlaps."""

    ids: np.ndarray
    codes: list[str]
    names: list[str | None]
    people: np.ndarray
    shapes: np.ndarray
    size: np.ndarray
    disjoint: float


@dataclass(frozen=True)
class Cover:
    """What of each parcel is served (m², of lines m), and the shape of what is not (None: nothing)."""

    size: np.ndarray
    gaps: np.ndarray


def drawn(rows: Sequence[Any]) -> Drawn:
    """Of rows (id, code, name, population, shape, area_m2, repaired) by id."""
    ids, codes, names, people, shapes, size, repaired = zip(*rows, strict=True) if rows else ((),) * 7
    return Drawn(np.array(ids, dtype=np.int64), list(codes), list(names),
                 np.array([np.nan if p is None else p for p in people], dtype=float), from_wkb(shapes),
                 np.array(size, dtype=float), np.array(repaired, dtype=bool))


def land(given: Drawn, bound: np.ndarray | None, dimension: int) -> Land:
    """The land that counts, within the area of these tiles (None: everywhere)."""
    own = overlay.disjoint(given.shapes, dimension)
    own_size = _measured(own, given.shapes, given.size, dimension)
    shapes = own if bound is None else overlay.within(own, bound, dimension)
    size = _measured(shapes, own, own_size, dimension)
    there = np.flatnonzero(~shapely.is_empty(shapes))
    people = given.population / np.where(own_size > 0, own_size, np.nan)
    return Land(given.ids[there], [given.codes[n] for n in there], [given.names[n] for n in there], people[there],
                shapes[there], size[there], float(own_size.sum()))


def _measured(shapes: np.ndarray, before: np.ndarray, size: np.ndarray, dimension: int) -> np.ndarray:
    """The sizes, where shapes may be others than before."""
    other = np.fromiter((a is not b for a, b in zip(shapes, before, strict=True)), dtype=bool, count=len(shapes))
    made = size.copy()
    made[other] = overlay.measure(shapes[other], dimension)
    return made
