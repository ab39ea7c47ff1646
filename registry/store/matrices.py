"""Tile matrix sets: the squares into which the world is cut at each level, and where a tile lies in degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

from registry.geo import CRS84

OGC = "http://www.opengis.net/def"
DEEPEST = 22  # level of tiles that are made; the definitions go on beyond it
_PIXEL_M = 0.00028  # of the standard's screen (OGC 17-083r4, 6.1.1.1)
_RADIUS_M = 6378137.0
_DEGREE_M = math.pi * _RADIUS_M / 180
SIZE = 256  # cells of a tile by the definitions; vectors are finer
HALF_M = math.pi * _RADIUS_M  # half the side of the square of Web Mercator


@dataclass(frozen=True)
class Box:
    """Degrees of longitude and latitude; neighbours share their edges to the last digit."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class MatrixSet:
    """One tile matrix set registered with OGC (17-083r4, annex D).

    title: as registered. columns: of level 0, beside one row. levels: how many are defined. cell: size of a cell of
    level 0 in units of the CRS. metres: of such a unit. corner: the top left of the world.
    """

    id: str
    title: str
    crs: str
    axes: tuple[str, str]
    scales: str
    columns: int
    levels: int
    cell: float
    metres: float
    corner: tuple[float, float]

    @property
    def uri(self) -> str:
        return f"{OGC}/tilematrixset/OGC/1.0/{self.id}"

    @property
    def in_degrees(self) -> bool:
        return self.crs == CRS84

    def matrix(self, level: int) -> tuple[int, int]:
        """Columns and rows of a level."""
        return self.columns * 2**level, 2**level

    def has(self, level: int, row: int, column: int) -> bool:
        """Whether it is a tile that is made here."""
        if not 0 <= level <= DEEPEST:
            return False
        columns, rows = self.matrix(level)
        return 0 <= row < rows and 0 <= column < columns

    def box(self, level: int, row: int, column: int) -> Box:
        """Where a tile lies; the edges of neighbours are the same numbers."""
        columns, _ = self.matrix(level)
        west, east = (360.0 * c / columns - 180.0 for c in (column, column + 1))
        north, south = (self._latitude(level, r) for r in (row, row + 1))
        return Box(west, south, east, north)

    def bend(self, level: int, row: int) -> float:
        """How far, as a part of a tile's height, places lie from where equal degrees of latitude would put them."""
        if self.in_degrees:
            return 0.0
        north, south = self._latitude(level, row), self._latitude(level, row + 1)
        return max(abs(self._mercator(north + (south - north) * part, level) - row - part) for part in (0.25, 0.5, 0.75))

    def document(self) -> dict[str, object]:
        """The definition as JSON by the standard."""
        matrices = []
        for level in range(self.levels):
            columns, rows = self.matrix(level)
            cell = self.cell / 2**level
            matrices.append({
                "id": str(level), "scaleDenominator": cell * self.metres / _PIXEL_M, "cellSize": cell,
                "cornerOfOrigin": "topLeft", "pointOfOrigin": list(self.corner), "tileWidth": SIZE, "tileHeight": SIZE,
                "matrixWidth": columns, "matrixHeight": rows})
        return {"id": self.id, "title": self.title, "uri": self.uri, "crs": self.crs, "orderedAxes": list(self.axes),
                "wellKnownScaleSet": f"{OGC}/wkss/OGC/1.0/{self.scales}", "tileMatrices": matrices}

    def _latitude(self, level: int, row: int) -> float:
        if self.in_degrees:
            return 90.0 - 180.0 * row / 2**level
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**level))))

    def _mercator(self, latitude: float, level: int) -> float:
        return 2.0**level * (0.5 - math.asinh(math.tan(math.radians(latitude))) / (2 * math.pi))


MATRIX_SETS = {s.id: s for s in (
    MatrixSet("WebMercatorQuad", "Google Maps Compatible for the World", f"{OGC}/crs/EPSG/0/3857", ("X", "Y"),
              "GoogleMapsCompatible", 1, 25, 2 * HALF_M / SIZE, 1.0, (-HALF_M, HALF_M)),
    MatrixSet("WorldCRS84Quad", "CRS84 for the World", CRS84, ("Lon", "Lat"),
              "GoogleCRS84Quad", 2, 24, 180 / SIZE, _DEGREE_M, (-180.0, 90.0)))}
WEB = MATRIX_SETS["WebMercatorQuad"]
