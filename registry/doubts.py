"""Shapes that are sound and yet look wrong: rounded degrees, lines that cross themselves, spikes."""

from __future__ import annotations

import numpy as np
import shapely

DECIMALS = 4        # of a degree: 11 m, while parts of class B lie within ±1.0 m (standards.md §1.6)
MOSTLY = 0.5        # from this share of a batch on roundness is no chance: 5 decimals end in 0 one time in 100
SPIKE_DEGREES = 1.0
_LINES = (1, 2, 5)  # shapely type ids
_MULTI_LINE = 5
_TINY = 1e-6        # of the last decimal: what a double adds


def rounded(xy: np.ndarray) -> np.ndarray | None:
    """Which points have degrees of four decimals or fewer as the file has them, or None where few or no degrees are."""
    if not len(xy) or not (np.abs(xy[:100]) <= 180).all() or not (np.abs(xy) <= 180).all():
        return None
    scaled = xy * 10.0 ** DECIMALS
    found = np.asarray((np.abs(scaled - np.rint(scaled)) <= _TINY).all(axis=1))
    return found if found.mean() >= MOSTLY else None


def crossing(shapes: np.ndarray) -> np.ndarray:
    """Which are lines that cross or touch themselves.

    A line that runs one way along an axis cannot: only the others are asked, which saves two thirds of the time.
    """
    found = np.zeros(len(shapes), bool)
    index = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _LINES))
    xy, line = shapely.get_coordinates(shapes[index], return_index=True)
    within = line[1:] == line[:-1]
    turning = np.ones(len(index), bool)
    for axis in range(2):
        step = np.diff(xy[:, axis])
        for against in (step >= 0, step <= 0):
            turning &= np.bincount(line[1:][within & against], minlength=len(index)) > 0
    index = index[turning | (shapely.get_type_id(shapes[index]) == _MULTI_LINE)]
    found[index] = ~shapely.is_simple(shapes[index])
    return found


def spiked(shapes: np.ndarray) -> np.ndarray:
    """Which turn back on themselves by an angle below SPIKE_DEGREES; measured in degrees, which keeps sharp angles."""
    found = np.zeros(len(shapes), bool)
    index = np.arange(len(shapes))
    kinds = shapely.get_type_id(shapes)
    many = np.isin(kinds, (5, 6))
    if many.any():
        parts, of = shapely.get_parts(shapes[many], return_index=True)
        shapes, index = np.concatenate((shapes[~many], parts)), np.concatenate((index[~many], index[many][of]))
        kinds = shapely.get_type_id(shapes)
    lines = np.isin(kinds, (1, 2))
    found[index[lines][_turns(shapes[lines], closed=False)]] = True
    if (kinds == 3).any():
        rings, of = shapely.get_rings(shapes[kinds == 3], return_index=True)
        found[index[kinds == 3][of[_turns(rings, closed=True)]]] = True
    return found


def _turns(lines: np.ndarray, *, closed: bool) -> np.ndarray:
    """Indices of the lines that have a vertex with a turn of nearly 180 degrees."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    x, y = np.diff(xy[:, 0]), np.diff(xy[:, 1])
    moved = (line[1:] == line[:-1]) & ((x != 0) | (y != 0))
    x, y, line = x[moved], y[moved], line[1:][moved]
    if len(x) < 2:
        return np.zeros(0, int)
    after = np.arange(1, len(x) + 1)
    after[-1] = 0
    if closed:  # the last side of a ring meets its first
        first = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
        after[np.r_[first[1:] - 1, len(x) - 1]] = first
    back = np.flatnonzero((x * x[after] + y * y[after] < 0) & (line[after] == line))
    then = after[back]
    turn = x[back] * x[then] + y[back] * y[then]
    size = np.hypot(x[back], y[back]) * np.hypot(x[then], y[then])
    return line[back[turn < -np.cos(np.radians(SPIKE_DEGREES)) * size]]
