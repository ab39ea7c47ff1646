"""Lines that cross at one height without a common point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from etl.survey.findings import Finding, found
from etl.survey.network import Network
from registry.standards import pipe_survey

_AT_ONCE = 20_000  # lines looked at together: bounds the pairs held


def crossings(network: Network) -> Iterator[Finding]:
    """Each line that crosses another at its height, told once with the first such."""
    q = network.lines
    start, end = network.at_ends(network.metres, 0), network.at_ends(network.metres, 1)
    z = network.heights
    here = np.flatnonzero(np.isfinite(np.column_stack([start, end, z])).all(axis=1) & (q.a != q.b))
    if len(here) < 2:
        return
    shapes = shapely.linestrings(np.stack([start[here], end[here]], axis=1))
    tree = shapely.STRtree(shapes)
    other, off = np.full(len(q), -1), np.full(len(q), np.nan)
    limit = pipe_survey.table().limit("crossing_m")
    for first in range(0, len(here), _AT_ONCE):
        one, two = tree.query(shapes[first:first + _AT_ONCE], predicate="crosses")
        i, j = here[one + first], here[two]
        # Each pair once, at its later row.
        keep = (i > j) & (q.a[i] != q.a[j]) & (q.a[i] != q.b[j]) & (q.b[i] != q.a[j]) & (q.b[i] != q.b[j])
        i, j = i[keep], j[keep]
        apart = np.abs(_height_at(start, end, z, i, j) - _height_at(start, end, z, j, i))
        for n in np.flatnonzero(apart < limit).tolist()[::-1]:
            other[i[n]], off[i[n]] = j[n], apart[n]
    yield from found("survey_crossing", other >= 0, None, other=lambda i: network.where(False, other[i]), off=off)


def _height_at(start: np.ndarray, end: np.ndarray, z: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Height of the lines i where the lines j cross them."""
    along, across = end[i] - start[i], end[j] - start[j]
    apart = start[j] - start[i]
    turn = along[:, 0] * across[:, 1] - along[:, 1] * across[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (apart[:, 0] * across[:, 1] - apart[:, 1] * across[:, 0]) / turn
    return z[i, 0] + part * (z[i, 1] - z[i, 0])
