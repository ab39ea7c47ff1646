"""The order in which many rows are written: what lies together on the ground stands together in the table."""

from __future__ import annotations

import numpy as np
import shapely

MANY = 10_000  # a smaller batch keeps the order of the file: people look for its first row first
SIDE = 2**16 - 1  # cells of a side
# Each step leaves a gap beside each bit: of 16 bits in a row, every other one of 32.
_STEPS = ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555))


def order(shapes: np.ndarray) -> np.ndarray:
    """The positions of shapes along a Z curve (Morton 1966) over the box of all; those without a place come last.

    A box on the map then reads 50 pages of the table where it would read one for each row: files are written in the order of
    a survey, of a street register, or of nothing.
    """
    if len(shapes) < MANY:
        return np.arange(len(shapes))
    bounds = shapely.bounds(shapes)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    placed = np.isfinite(middle).all(axis=1)
    if not placed.any():
        return np.arange(len(shapes))
    low, high = middle[placed].min(axis=0), middle[placed].max(axis=0)
    cells = np.where(placed[:, None], (middle - low) / np.maximum(high - low, 1e-12) * SIDE, 0).astype(np.uint64)
    along = _spread(cells[:, 0]) | (_spread(cells[:, 1]) << np.uint64(1))
    return np.lexsort((along, ~placed))


def _spread(bits: np.ndarray) -> np.ndarray:
    for shift, mask in _STEPS:
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits
