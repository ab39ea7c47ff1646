"""Lines that cross at one height without a common point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from etl.survey.findings import Finding, found
from etl.survey.network import Network
from registry.standards import pipe_survey

_AT_ONCE = 10_000  # lines looked at together, from west to east: bounds the shapes and pairs held


def crossings(network: Network) -> Iterator[Finding]:
    """Each line that crosses another at its height, told once with the first such."""
    q = network.lines
    start, end = network.at_ends(network.metres, 0), network.at_ends(network.metres, 1)
    z = network.heights
    here = np.flatnonzero(np.isfinite(np.column_stack([start, end, z])).all(axis=1) & (q.a != q.b))
    if len(here) < 2:
        return
    west, east = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    here = here[np.argsort(west[here], kind="stable")]
    other, off = np.full(len(q), -1), np.full(len(q), np.nan)
    limit = pipe_survey.table().limit("crossing_m")
    for first in range(0, len(here), _AT_ONCE):
        some = here[first:first + _AT_ONCE]
        near = here[(west[here] <= east[some].max()) & (east[here] >= west[some[0]])]
        lines, beside = (shapely.linestrings(np.stack([start[n], end[n]], axis=1)) for n in (some, near))
        one, two = shapely.STRtree(beside).query(lines, predicate="crosses")
        i, j = some[one], near[two]
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
