"""Places as surveys of other datums and grids have them, and the parameters that lead back, written as people do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from offices import projected
from pyproj import Transformer

SEVEN = {"dx": -112.5, "dy": 34.25, "dz": 61.75, "rx": -0.85, "ry": 1.2, "rz": 2.1, "s": -4.6}
# The same, as PROJ has it from a person: another way through its code than the one that is tested.
TOWGS84 = "+towgs84=" + ",".join(str(v) for v in SEVEN.values())
KRASSOVSKY = "+proj=tmerc +lon_0=120 +k=1 +x_0=500000 +ellps=krass"


def beijing(places: np.ndarray, prefix: int = 0) -> np.ndarray:
    """Places as a survey of the year 1990 has them: Beijing 1954, CM 120E."""
    made = Transformer.from_crs("EPSG:4326", f"{KRASSOVSKY} {TOWGS84}", always_xy=True)
    return np.column_stack(made.transform(places[:, 0], places[:, 1])) + [prefix * 1_000_000, 0]


def local(places: np.ndarray, turn_arcsec: float = 1200.0, ppm: float = 12.0) -> np.ndarray:
    """Places in a city's own grid: turned, stretched and moved against the zone."""
    east, north = (projected(4549, places) - [540_000, 3_310_000]).T
    scale, turn = 1 + ppm / 1e6, np.radians(turn_arcsec / 3600)
    return scale * np.column_stack([east * np.cos(turn) - north * np.sin(turn), east * np.sin(turn) + north * np.cos(turn)]) + [20_000, 30_000]


def toml(folder: Path, text: str) -> Path:
    """A file of parameters."""
    path = folder / "datum.toml"
    path.write_text(text, encoding="utf-8")
    return path


def seven(**more: Any) -> str:
    """Seven parameters and other keys as TOML; `helmert` changes some of them."""
    given = {**SEVEN, **more.pop("helmert", {})}
    return "\n".join([f"helmert = {{{', '.join(f'{k} = {v}' for k, v in given.items())}}}",
                      *(f'{k.replace("from_", "from")} = {v!r}'.replace("'", '"') for k, v in more.items())])


def table(folder: Path, source: np.ndarray, target: np.ndarray, encoding: str = "utf-8") -> Path:
    """A table of control points."""
    path = folder / "points.csv"
    rows = [f"点{n},{a!r},{b!r},{c!r},{d!r}" for n, ((a, b), (c, d)) in enumerate(zip(source.tolist(), target.tolist(), strict=True), 1)]
    path.write_text("\n".join(["name,from_x,from_y,to_x,to_y", *rows]), encoding=encoding)
    return path
