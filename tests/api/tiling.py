"""What tests of tiles share: tiles decoded, and which tiles there are around a place."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile

from registry.store.matrices import MATRIX_SETS

EXTENT = 4096


def decoded(answer: Any) -> dict[str, list[dict[str, Any]]]:
    """The features of each layer, with coordinates as they are in the tile (down is more)."""
    assert answer.status_code == 200 and answer.mimetype == "application/vnd.mapbox-vector-tile", answer.text[:300]
    made = mapbox_vector_tile.decode(answer.data, default_options={"y_coord_down": True})
    return {name: layer["features"] for name, layer in made.items()}


def around(west: float, south: float, east: float, north: float, level: int, set_: str = "WebMercatorQuad") -> list[str]:
    """`level/row/column` of all tiles that a box of degrees touches."""
    found = MATRIX_SETS[set_]
    columns, rows = found.matrix(level)
    wide = range(int((west + 180) / 360 * columns), min(int((east + 180) / 360 * columns), columns - 1) + 1)
    return [f"{level}/{r}/{c}" for r in _rows(found, level, south, north, rows) for c in wide]


def _rows(found: Any, level: int, south: float, north: float, rows: int) -> list[int]:
    def row(latitude: float) -> int:
        low, high = 0, rows - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if found.box(level, middle, 0).north > latitude else (low, middle - 1)
        return low
    return list(range(row(north), row(south) + 1))


def degrees(set_: str, tile: str, x: float, y: float) -> tuple[float, float]:
    """Where a place of a tile lies, by equal degrees within the tile."""
    box = MATRIX_SETS[set_].box(*map(int, tile.split("/")))
    return box.west + x / EXTENT * (box.east - box.west), box.north - y / EXTENT * (box.north - box.south)
