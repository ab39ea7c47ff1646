"""Where a stored place is in the coordinates of a file: the file's way to EPSG:4490 walked back."""

from __future__ import annotations

import numpy as np

from etl.crs import Crs
from registry.errors import NeedsAnswer

_STEPS, _SMALL = 12, 1e-11  # degrees: well below the 1e-9 that is stored
_TRIES = ((500_000.0, 3_300_000.0), (3_300_000.0, 500_000.0))  # metres of China, east first and north first


def from_stored(place: Crs, lonlat: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Coordinates in the CRS of the file (n × 2) that `place` takes to these degrees of EPSG:4490.

    By Newton's method, since only the way forth is known of shifted and fitted coordinates. near: coordinates of the
    file, to start from. Raises NeedsAnswer where no way back is found.
    """
    sound = near[np.isfinite(near).all(axis=1)]
    starts = [np.median(sound, axis=0)] if len(sound) else [*map(np.array, _TRIES)]
    for start in (*starts, None):
        xy = lonlat.copy() if start is None else np.tile(start, (len(lonlat), 1))
        with np.errstate(all="ignore"):
            for _ in range(_STEPS):
                off = lonlat - place.to_stored(xy)
                if not np.isfinite(off).all():
                    break
                if np.abs(off).max() < _SMALL:
                    return xy
                xy = xy + _step(place, xy, off)
    raise NeedsAnswer(file=place.name, why_zh="台账里的端点换算不到本文件的坐标系", why_en="ends that the registry has cannot be "
                                                                          "converted to the CRS of the file")


def _step(place: Crs, xy: np.ndarray, off: np.ndarray) -> np.ndarray:
    """The correction by the local slope of the transformation."""
    small = np.maximum(np.abs(xy).max() * 1e-7, 1e-6)
    here = place.to_stored(xy)
    by_x, by_y = (place.to_stored(xy + np.array(d) * small) - here for d in ((1, 0), (0, 1)))
    turn = by_x[:, 0] * by_y[:, 1] - by_x[:, 1] * by_y[:, 0]
    dx = (off[:, 0] * by_y[:, 1] - off[:, 1] * by_y[:, 0]) / turn
    dy = (by_x[:, 0] * off[:, 1] - by_x[:, 1] * off[:, 0]) / turn
    return np.column_stack([dx, dy]) * small
