"""Shapes that are sound and yet look wrong: rounded degrees, lines that cross themselves, spikes."""

from __future__ import annotations

import numpy as np
import shapely

DECIMALS = 4        # of a degree: 11 m, while parts of class B lie within ±1.0 m (standards.md §1.6)
MOSTLY = 0.5        # from this share of a batch on roundness is no chance: 5 decimals end in 0 one time in 100
SPIKE_DEGREES = 1.0
_LINES = (1, 2, 5)  # shapely type ids
_TINY = 1e-6        # of the last decimal: what a double adds


def rounded(xy: np.ndarray) -> np.ndarray | None:
    """Which points have degrees of four decimals or fewer as the file has them, or None where few or no degrees are."""
    if not len(xy) or not (np.abs(xy[:100]) <= 180).all() or not (np.abs(xy) <= 180).all():
        return None
    scaled = xy * 10.0 ** DECIMALS
    found = (np.abs(scaled - np.rint(scaled)) <= _TINY).all(axis=1)
    return found if found.mean() >= MOSTLY else None


def crossing(shapes: np.ndarray) -> np.ndarray:
    """Which are lines that cross or touch themselves."""
    lines = np.isin(shapely.get_type_id(shapes), _LINES)
    found = np.zeros(len(shapes), bool)
    found[lines] = ~shapely.is_simple(shapes[lines])
    return found


def spiked(shapes: np.ndarray) -> np.ndarray:
    """Which turn back on themselves by an angle below SPIKE_DEGREES; measured in degrees, which keeps sharp angles."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    found = np.zeros(len(shapes), bool)
    for lines, of, closed in ((rings, part_of[ring_of] if len(rings) else part_of[:0], True),
                              (parts, part_of, False)):
        if not closed:
            plain = np.isin(shapely.get_type_id(lines), (1, 2))
            lines, of = lines[plain], of[plain]
        if len(lines):
            found[of[_turns(lines, closed)]] = True
    return found


def _turns(lines: np.ndarray, closed: bool) -> np.ndarray:
    """Indices of the lines that have a vertex with a turn of nearly 180 degrees."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    step = np.diff(xy, axis=0)
    moved = (step != 0).any(axis=1) & (line[1:] == line[:-1])
    step, line = step[moved], line[1:][moved]
    if len(step) < 2:
        return np.zeros(0, int)
    first = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    following = np.arange(1, len(step) + 1)
    if closed:  # the last side of a ring meets its first
        following[np.r_[first[1:] - 1, len(step) - 1]] = first
    else:
        following = np.minimum(following, len(step) - 1)
    after, same = step[following], line[following] == line
    turn = np.einsum("ij,ij->i", step, after)
    sharp = np.flatnonzero((turn < 0) & same & (following != np.arange(len(step))))
    here, there = step[sharp], after[sharp]
    size = np.sqrt((here ** 2).sum(axis=1) * (there ** 2).sum(axis=1))
    return line[sharp[turn[sharp] < -np.cos(np.radians(SPIKE_DEGREES)) * size]]
