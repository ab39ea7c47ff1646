"""Curves of WKB as lines: circular arcs in steps, since shapely and the table know straight sides only."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import shapely

STEP_DEGREES = 90 / 32  # of an arc, as PostGIS does: the line leaves it by 0.03 % of the radius
_CURVES = range(8, 13)  # CircularString, CompoundCurve, CurvePolygon, MultiCurve, MultiSurface
_Z, _M = 0x80000000, 0x40000000  # flags of the older form of WKB; the newer one adds 1000, 2000, 3000


def read(wkb: bytes | None) -> Any:
    """A geometry of any kind, its arcs as lines in two dimensions; None where it cannot be read."""
    if wkb is None or not _is_curve(wkb):
        return shapely.from_wkb(wkb, on_invalid="ignore")
    try:
        return _Reader(wkb).geometry()
    except (ValueError, IndexError, struct.error, shapely.errors.ShapelyError):
        return None


def _is_curve(wkb: bytes) -> bool:
    return len(wkb) >= 5 and _Reader(wkb).head()[0] in _CURVES


class _Reader:
    """Reads one WKB from its start."""

    def __init__(self, wkb: bytes) -> None:
        self.wkb, self.at = wkb, 0

    def head(self) -> tuple[int, int, str]:
        """(type without dimensions, numbers a position, byte order)."""
        order = "<" if self.wkb[self.at] == 1 else ">"
        code, = struct.unpack_from(order + "I", self.wkb, self.at + 1)
        self.at += 5
        plain = code & 0x0FFFFFFF
        size = 2 + bool(code & _Z) + bool(code & _M) + (0, 1, 1, 2)[min(3, plain // 1000)]
        return plain % 1000, size, order

    def geometry(self) -> Any:
        kind, size, order = self.head()
        if kind in (2, 8):
            return shapely.LineString(self.line(kind, size, order))
        if kind == 3:
            plain = [self.points(size, order) for _ in range(self.count(order))]
            return shapely.Polygon(plain[0], plain[1:])
        if kind not in (5, 6, 9, 10, 11, 12):
            raise ValueError(f"WKB type {kind}")
        parts = [self.geometry() for _ in range(self.count(order))]
        if kind == 9:
            return shapely.LineString(np.concatenate([shapely.get_coordinates(p) for p in parts]))
        if kind == 10:
            rings = [shapely.get_coordinates(p) for p in parts]
            return shapely.Polygon(rings[0], rings[1:])
        return shapely.multilinestrings(parts) if kind in (5, 11) else shapely.multipolygons(parts)

    def count(self, order: str) -> int:
        number, = struct.unpack_from(order + "I", self.wkb, self.at)
        self.at += 4
        return int(number)

    def points(self, size: int, order: str) -> np.ndarray:
        number = self.count(order)
        found = np.frombuffer(self.wkb, order + "f8", number * size, self.at).reshape(-1, size)
        self.at += number * size * 8
        return found[:, :2].astype(float)

    def line(self, kind: int, size: int, order: str) -> np.ndarray:
        points = self.points(size, order)
        if kind == 2:
            return points
        arcs = [_arc(*points[i:i + 3]) for i in range(0, len(points) - 2, 2)]
        return np.concatenate([points[:1], *arcs])


def _arc(start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Points of the arc after its start; of equal ends a whole circle whose diameter is start to middle."""
    if (start == end).all():
        centre = (start + middle) / 2
        sweep = 2 * np.pi
    else:
        (ax, ay), (bx, by) = middle - start, end - start
        turn = 2 * (ax * by - ay * bx)
        if abs(turn) <= 1e-12 * (bx * bx + by * by):  # three points in a line
            return np.array([middle, end])
        offset = np.array([by * (ax * ax + ay * ay) - ay * (bx * bx + by * by),
                           ax * (bx * bx + by * by) - bx * (ax * ax + ay * ay)]) / turn
        centre = start + offset
        angles = [np.arctan2(p[1] - centre[1], p[0] - centre[0]) for p in (start, end)]
        sweep = (angles[1] - angles[0]) % (2 * np.pi)
        if turn < 0:  # clockwise
            sweep -= 2 * np.pi
    steps = max(2, int(np.ceil(abs(np.degrees(sweep)) / STEP_DEGREES)))
    first = np.arctan2(start[1] - centre[1], start[0] - centre[0])
    radius = np.hypot(*(start - centre))
    angle = first + sweep * np.arange(1, steps + 1) / steps
    made = centre + radius * np.column_stack((np.cos(angle), np.sin(angle)))
    made[-1] = end
    return made
