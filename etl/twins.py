"""Shapes of one file that lie on each other within the tolerance of their class."""

from __future__ import annotations

import numpy as np
import shapely

from registry.geo import METRES_PER_DEGREE
from registry.kinds import AssetClass, FeatureKind

UNIT = 1e-7          # degrees, about 1 cm: to this the corners are kept, 8 bytes each
LOOKED_AT = 5_000_000  # rows; beyond, the rest of a file is not compared, and the report says so
_BESIDE = 16         # neighbours to the east that are compared: enough for rows of points north of each other
_LOW_BITS = (1 << 31) - 1
_ALIKE = 1e-3        # share by which the lengths of two lines or rings may differ


class Twins:
    """Corners of the shapes of a file, kept small, and the pairs among them that coincide."""

    def __init__(self, metres: float) -> None:
        self.metres = metres
        self.skipped = 0
        self._rows: list[np.ndarray] = []
        self._low: list[np.ndarray] = []
        self._high: list[np.ndarray] = []
        self._length: list[np.ndarray] = []
        self._count = 0

    @classmethod
    def of(cls, kind: FeatureKind) -> Twins | None:
        """For a class of assets that declares a tolerance; zones of two editions lie on each other by right."""
        return cls(kind.apart_m) if isinstance(kind, AssetClass) and kind.apart_m else None

    def add(self, rows: np.ndarray, shapes: np.ndarray) -> None:
        """Shapes in EPSG:4490 and the numbers of their rows."""
        here = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        room = LOOKED_AT - self._count
        rows, shapes = rows[here], shapes[here]
        self.skipped += max(0, len(rows) - room)
        rows, shapes = rows[:room], shapes[:room]
        self._rows.append(rows.astype(np.int32 if rows.max(initial=0) < 1 << 31 else np.int64))
        if (shapely.get_type_id(shapes) == 0).all():  # a point's other corner would double the memory of a million lamps
            xy = shapely.get_coordinates(shapes)
            self._low.append(_packed(xy[:, 0], xy[:, 1]))
            self._high.append(self._low[-1])
            self._length.append(np.broadcast_to(np.float32(0), len(rows)))
        else:
            bounds = shapely.bounds(shapes)
            self._low.append(_packed(bounds[:, 0], bounds[:, 1]))
            self._high.append(_packed(bounds[:, 2], bounds[:, 3]))
            self._length.append(shapely.length(shapes).astype(np.float32))
        self._count += len(rows)

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(row, an earlier row that it lies on), in the order of the rows."""
        low = np.concatenate([*self._low, np.zeros(0, np.int64)])
        ordered = np.sort(low)  # without their rows, which most shapes do not need: a third of the time
        near = [np.concatenate((ordered[a], ordered[b])) for a, b in self._beside(ordered)]
        if not near:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        some = np.flatnonzero(np.isin(low, np.unique(np.concatenate(near))))
        some = some[np.argsort(low[some])]
        low = low[some]
        high, length = np.concatenate(self._high)[some], np.concatenate(self._length)[some]
        rows, found = np.concatenate(self._rows)[some].astype(np.int64), []
        for first, second in self._beside(low):
            alike = self._close(high[first], high[second])
            alike &= np.abs(length[first] - length[second]) <= _ALIKE * length[first] + 4 * self._north * UNIT
            found.append(np.column_stack((rows[first[alike]], rows[second[alike]])))
        both = np.concatenate(found)
        later, earlier = both.max(axis=1, initial=0), both.min(axis=1, initial=2 ** 62)
        at = np.lexsort((earlier, later))
        later, earlier = later[at], earlier[at]
        once = np.diff(later, prepend=-1) != 0
        return later[once], earlier[once]

    # -- inside ----------------------------------------------------------------------------------
    @property
    def _north(self) -> float:
        """The tolerance in units to the north."""
        return self.metres / METRES_PER_DEGREE / UNIT

    def _east(self, corners: np.ndarray) -> float:
        """The tolerance in units to the east."""
        latitude = float(np.median(corners[:: max(1, len(corners) // 1000)] & _LOW_BITS)) * UNIT - 90
        return self._north / max(0.01, float(np.cos(np.radians(latitude))))

    def _close(self, some: np.ndarray, other: np.ndarray) -> np.ndarray:
        x1, y1 = _unpacked(some)
        x2, y2 = _unpacked(other)
        east = self._east(some) if len(some) else 0.0
        return (np.abs(x1 - x2) <= east) & (np.abs(y1 - y2) <= self._north)

    def _beside(self, ordered: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Indices of ordered corners that are near each other, by how many places they stand apart."""
        if len(ordered) < 2:
            return []
        x, y = _unpacked(ordered)
        east, near, found = self._east(ordered), np.arange(len(x)), []
        for step in range(1, _BESIDE + 1):  # what has no neighbour to the east at this step has none at the next
            near = near[:np.searchsorted(near, len(x) - step)]
            near = near[x[near + step] - x[near] <= east]
            if not len(near):
                break
            first = near[np.abs(y[near + step] - y[near]) <= self._north]
            if len(first):
                found.append((first, first + step))
        return found


def _packed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    east = np.rint((x + 180) / UNIT).astype(np.int64)
    north = np.rint((y + 90) / UNIT).astype(np.int64)
    return east << 31 | north


def _unpacked(corner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return corner >> 31, corner & _LOW_BITS
