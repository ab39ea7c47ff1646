"""The ground plan: a slightly bent lattice of about 125 m that every street, block and border follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from shapely import set_precision
from shapely.geometry import LineString, Polygon

CENTRE = (555945.7, 3323580.7)  # EPSG:4549 of 120.58 E, 30.03 N
STEP = 125.0                    # m between lattice lines: one cell is about a 万米 grid
ROTATION = np.radians(5.0)      # no real city lies exactly north
MILLIMETRE = 0.001


@dataclass
class Lattice:
    """Lattice numbers (u eastward, v northward) to metres of EPSG:4549."""

    nx: int
    ny: int
    river: int          # the river runs between the rows `river` and `river + 2`
    dx: np.ndarray
    dy: np.ndarray
    factor: float = 1.0  # stretches the city so that the road length is the planned one

    @classmethod
    def make(cls, rng: np.random.Generator, scale: float) -> Lattice:
        """A lattice with room for `scale` cities; whole numbers of 8 keep the street hierarchy aligned."""
        side = np.sqrt(scale)
        nx, ny = (max(16, 8 * round(n * side / 8)) for n in (64, 56))
        river = 8 * max(1, round(ny * 0.57 / 8))
        dx, dy = rng.uniform(-14, 14, nx + 1), rng.uniform(-14, 14, ny + 1)
        return cls(nx, ny, river, dx, dy)

    def at(self, u: np.ndarray | float, v: np.ndarray | float) -> np.ndarray:
        """Metres of any place of the lattice, whole or between the lines; shape (…, 2)."""
        u, v = np.asarray(u, float), np.asarray(v, float)
        x = (u - self.nx / 2) * STEP + np.interp(u, np.arange(self.nx + 1), self.dx)
        y = (v - self.ny / 2) * STEP + np.interp(v, np.arange(self.ny + 1), self.dy)
        from_river = y - (self.river + 1 - self.ny / 2) * STEP
        east = x + 55 * np.sin(2 * np.pi * y / 5200 + 0.6) + 22 * np.sin(2 * np.pi * y / 1900)
        # The rows near the river bend with it, so that the bank roads keep their distance.
        north = (y + 270 * np.exp(-((from_river / 1000) ** 2)) * np.sin(2 * np.pi * x / 4300 + 0.9)
                 + 30 * np.sin(2 * np.pi * x / 2700))
        e = east * np.cos(ROTATION) - north * np.sin(ROTATION)
        n = east * np.sin(ROTATION) + north * np.cos(ROTATION)
        return np.round(np.stack([CENTRE[0] + self.factor * e, CENTRE[1] + self.factor * n], -1), 3)

    def line(self, us: np.ndarray, vs: np.ndarray) -> LineString:
        return LineString(self.at(us, vs))

    def cell(self, i: int, j: int) -> Polygon:
        """The cell east of column `i` and north of row `j`, its shape going through the lattice points."""
        return Polygon(self.at(np.array([i, i + 1, i + 1, i]), np.array([j, j, j + 1, j + 1])))

    def patch(self, u0: float, v0: float, u1: float, v1: float) -> Polygon:
        """A small four-sided piece between lattice numbers."""
        return Polygon(self.at(np.array([u0, u1, u1, u0]), np.array([v0, v0, v1, v1])))

    def radius(self, u: np.ndarray | float, v: np.ndarray | float) -> np.ndarray:
        """Distance from the middle: 0 in the centre, 1 at the edge of the core."""
        du, dv = np.asarray(u) - self.nx / 2, np.asarray(v) - self.ny / 2
        return np.hypot(du / (0.36 * self.nx), dv / (0.36 * self.ny))


def snap(geometry):
    """To whole millimetres, as surveyed files have them."""
    return set_precision(geometry, MILLIMETRE)


@dataclass(frozen=True)
class Water:
    """A river or canal by its middle line and width."""

    name: str
    line: LineString
    width: float
    main: bool = False

    @property
    def surface(self) -> Polygon:
        return self.line.buffer(self.width / 2, cap_style="flat", quad_segs=4)


CANALS = ("青荇河", "白洋河", "石湖港", "柳浦", "菱塘港", "东溇", "西溇", "梅泾", "鹭江泾", "稻香河", "长圩港", "芦荻港", "钟堰河", "磨坊溇",
          "秋水港", "月牙浜")


def waters(lattice: Lattice, rng: np.random.Generator) -> list[Water]:
    """One river from west to east, and canals between the lattice lines of a water town."""
    ts = np.arange(-1, lattice.nx + 1.25, 0.25)
    result = [Water("澄江", lattice.line(ts, np.full_like(ts, lattice.river + 1.0)), 146.0, True)]
    for i, base in enumerate(range(4, lattice.nx, 9)):
        ts = np.arange(-0.5, lattice.ny + 0.75, 0.25)
        us = base + 0.5 + 0.22 * np.sin(ts / 4.7 + i)
        width = float(rng.choice([18, 24, 32]))
        result.append(Water(_canal(i, 0), lattice.line(us, ts), width))
    for i, base in enumerate(b for b in range(5, lattice.ny, 9) if abs(b - lattice.river) > 2):
        ts = np.arange(-0.5, lattice.nx + 0.75, 0.25)
        vs = base + 0.5 + 0.22 * np.sin(ts / 5.3 + 2 * i)
        width = float(rng.choice([14, 18, 22]))
        result.append(Water(_canal(i, 1), lattice.line(ts, vs), width))
    return result


def _canal(i: int, side: int) -> str:
    n = 2 * i + side
    return CANALS[n % len(CANALS)] + ("" if n < len(CANALS) else f"{n // len(CANALS) + 1}号")
