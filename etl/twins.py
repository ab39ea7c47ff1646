"""Shapes of one file that lie on each other within the tolerance of their class."""

from __future__ import annotations

import numpy as np
import shapely

from registry.kinds import AssetClass, FeatureKind

UNIT = 1e-7          # degrees, about 1 cm: to this the corners are kept, 8 bytes each
LOOKED_AT = 5_000_000  # rows; beyond, the rest of a file is not compared, and the report says so
_METRES = 111_320.0  # of a degree of latitude
_BESIDE = 16         # neighbours to the east that are compared: enough for rows of points north of each other
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
        bounds = shapely.bounds(shapes)
        self._rows.append(rows.astype(np.int64))
        self._low.append(_packed(bounds[:, 0], bounds[:, 1]))
        # Points have one corner; keeping the other would double the memory of a million lamps.
        flat = bool((bounds[:, :2] == bounds[:, 2:]).all())
        self._high.append(self._low[-1] if flat else _packed(bounds[:, 2], bounds[:, 3]))
        self._length.append(np.zeros(len(rows), np.float32) if flat else shapely.length(shapes).astype(np.float32))
        self._count += len(rows)

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """(row, an earlier row that it lies on), in the order of the rows."""
        if self._count < 2:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        low, high = np.concatenate(self._low), np.concatenate(self._high)
        order = np.argsort(low)
        low, high = low[order], high[order]
        rows, length = np.concatenate(self._rows)[order], np.concatenate(self._length)[order]
        x, y = _unpacked(low)
        reach_y = self.metres / _METRES / UNIT
        reach_x = reach_y / max(0.01, float(np.cos(np.radians(np.median(y) * UNIT - 90))))
        found: list[np.ndarray] = []
        for step in range(1, min(_BESIDE, len(x) - 1) + 1):
            near = x[step:] - x[:-step] <= reach_x
            if not near.any():
                break
            near &= np.abs(y[step:] - y[:-step]) <= reach_y
            first = np.flatnonzero(near)
            second = first + step
            x1, y1 = _unpacked(high[first])
            x2, y2 = _unpacked(high[second])
            alike = (np.abs(x1 - x2) <= reach_x) & (np.abs(y1 - y2) <= reach_y)
            alike &= np.abs(length[first] - length[second]) <= _ALIKE * length[first] + 4 * reach_y * UNIT
            found.append(np.column_stack((rows[first[alike]], rows[second[alike]])))
        both = np.concatenate(found) if found else np.zeros((0, 2), np.int64)
        later, earlier = both.max(axis=1, initial=0), both.min(axis=1, initial=2 ** 62)
        at = np.lexsort((earlier, later))
        later, earlier = later[at], earlier[at]
        once = np.r_[True, later[1:] != later[:-1]] if len(later) else np.zeros(0, bool)
        return later[once], earlier[once]


def _packed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    east = np.rint((x + 180) / UNIT).astype(np.int64)
    north = np.rint((y + 90) / UNIT).astype(np.int64)
    return east << 31 | north


def _unpacked(corner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return corner >> 31, corner & (1 << 31) - 1
