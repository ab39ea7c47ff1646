"""The shifted coordinates of public web maps, GCJ-02 and BD-09: declared here once, to them and back.

They are no CRS and PROJ does not know them: China's public maps shift WGS 84 by 100–700 m, by a rule that is not
published; what is here is the widely used reconstruction of it (standards.md §12.4). Degrees, x = longitude.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# The reconstruction shifts nothing outside this box; what lies there is given back as it came.
WEST, SOUTH, EAST, NORTH = 72.004, 0.8293, 137.8347, 55.8271
_AXIS_M, _ECCENTRICITY2 = 6378245.0, 0.00669342162296594323  # Krassovsky's ellipsoid
_BAIDU_PI = np.pi * 3000 / 180
_DONE_DEG, _ROUNDS = 1e-10, 20  # the next round would be a four-hundredth of the last
Convert = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Shifted:
    """A way of shifting. `shift` and `back` take and give n × 2 degrees; EPSG:4490 and WGS 84 count as one.

    accuracy_m: how far what comes back may lie from the truth, since services shift by tables of their own.
    """

    key: str
    zh: str
    en: str
    names: tuple[str, ...]
    shift: Convert
    back: Convert
    accuracy_m: float


def find(text: str) -> Shifted | None:
    """The shift that a name means (`GCJ-02`, `gcj02`, `BD09`, 火星坐标), or None."""
    word = re.sub(r"[\s_\-]", "", text).casefold()
    return next((s for s in SHIFTED if word in s.names), None)


def to_gcj02(xy: np.ndarray) -> np.ndarray:
    """Degrees of CGCS2000 to GCJ-02."""
    return np.where(_inside(xy), xy + _gcj_offset(xy), xy)


def from_gcj02(xy: np.ndarray) -> np.ndarray:
    """GCJ-02 to degrees of CGCS2000, by iteration: 1e-12° against `to_gcj02`."""
    return np.where(_inside(xy), _solved(xy, _gcj_offset), xy)


def to_bd09(xy: np.ndarray) -> np.ndarray:
    """Degrees of CGCS2000 to BD-09, which shifts GCJ-02 once more."""
    gcj = to_gcj02(xy)
    return np.where(_inside(xy), gcj + _baidu_offset(gcj), xy)


def from_bd09(xy: np.ndarray) -> np.ndarray:
    """BD-09 to degrees of CGCS2000, by iteration."""
    return np.where(_inside(xy), _solved(_solved(xy, _baidu_offset), _gcj_offset), xy)


def _inside(xy: np.ndarray) -> np.ndarray:
    x, y = xy[:, :1], xy[:, 1:2]
    return (x >= WEST) & (x <= EAST) & (y >= SOUTH) & (y <= NORTH)


def _solved(xy: np.ndarray, offset: Convert) -> np.ndarray:
    """Where `offset` leads to xy from: it changes by a four-hundredth of the way, so each round gains two digits."""
    found = xy - offset(xy)
    for _ in range(_ROUNDS):
        better = xy - offset(found)
        with np.errstate(invalid="ignore"):
            done = not (np.abs(better - found) > _DONE_DEG).any()
        found = better
        if done:
            break
    return found


def _gcj_offset(xy: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        x, y = xy[:, 0] - 105.0, xy[:, 1] - 35.0
        root, waves = np.sqrt(np.abs(x)), 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
        north_m = (-100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + 2 / 3 * (
            waves + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)
            + 160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)))
        east_m = (300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + 2 / 3 * (
            waves + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)
            + 150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)))
        latitude = np.radians(xy[:, 1])
        flat = 1 - _ECCENTRICITY2 * np.sin(latitude) ** 2
        meridian_m = _AXIS_M * (1 - _ECCENTRICITY2) / (flat * np.sqrt(flat))
        parallel_m = _AXIS_M / np.sqrt(flat) * np.cos(latitude)
        return np.column_stack([np.degrees(east_m / parallel_m), np.degrees(north_m / meridian_m)])


def _baidu_offset(xy: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        x, y = xy[:, 0], xy[:, 1]
        radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU_PI)
        angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU_PI)
        return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006]) - xy


SHIFTED = (Shifted("GCJ-02", "GCJ-02（火星坐标：高德、腾讯）", "GCJ-02 (AMap, Tencent)", ("gcj02", "gcj", "火星坐标", "火星坐标系"),
                   to_gcj02, from_gcj02, 1.0),
           Shifted("BD-09", "BD-09（百度坐标）", "BD-09 (Baidu)", ("bd09", "bd", "bd09ll", "百度坐标", "百度坐标系"),
                   to_bd09, from_bd09, 1.5))
