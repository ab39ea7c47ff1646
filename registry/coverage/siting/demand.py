"""The demand of siting: the blind spots of a coverage run, land or lines, cut into pieces that a point can stand for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from shapely.ops import substring

from registry.coverage.rows import check_district
from registry.coverage.rules import DISTRICT
from registry.coverage.straight import Run
from registry.geometry import from_wkb

CELLS = 10  # of a radius: a piece is at most this part of it wide
PIECES = 30_000  # about as many pieces at most: larger ones where there is more land than that


@dataclass(frozen=True)
class Demand:
    """Uncovered land or lines of a scope, in the working CRS, and what is covered of it already.

    pieces: polygons, or lines; people_per_m2: of each (NaN: unknown); land: number of the parcel (or line) of each in
    `parcels` (id, code, name). whole: (size, covered, people, people covered) of the scope before, people None where none
    is known. within: the district, None for the city. cell_m: width of the working grid. lines: what is served are lines;
    sizes are metres then, and m² of land.
    """

    pieces: np.ndarray
    people_per_m2: np.ndarray
    land: np.ndarray
    parcels: list[tuple[int, str, str | None]]
    whole: tuple[float, float, float | None, float | None]
    within: shapely.Geometry | None
    cell_m: float
    lines: bool = False

    def measured(self, shapes: np.ndarray) -> np.ndarray:
        """The size of what lies in shapes: m² of land, m of lines."""
        found: np.ndarray = shapely.length(shapes) if self.lines else shapely.area(shapes)
        return found

    @cached_property
    def size(self) -> np.ndarray:
        """Of each piece, in m² or m."""
        return self.measured(self.pieces)

    @property
    def people(self) -> np.ndarray:
        """Of each piece; unknown counts as nobody in a choice, and is told."""
        return np.nan_to_num(self.people_per_m2 * self.size)

    def weight(self, by: str) -> np.ndarray:
        return self.people if by == "people" else self.size

    @cached_property
    def points(self) -> np.ndarray:
        """Where each piece is taken to be: the middle of a line, the centre of land or a point on it."""
        if self.lines:
            middles: np.ndarray = shapely.line_interpolate_point(self.pieces, 0.5, normalized=True)
            return middles
        centres = shapely.centroid(self.pieces)
        return np.where(shapely.intersects(self.pieces, centres), centres, shapely.point_on_surface(self.pieces))


def prepared(run: Run) -> None:
    """What every demand of a run needs: divisions, and an index on what is uncovered."""
    run.divisions(DISTRICT)


def read(run: Run, radius_m: float, district: str | None) -> Demand:
    """The demand of the city, or of one district (BadValue where there is no such)."""
    tile = run.table(f"{DISTRICT}_tile")
    if district is not None:
        check_district(run, district)
    of = "coverage_site_gaps_of_lines" if run.lines else "coverage_site_gaps_of"
    found = (run.run("coverage_site_gaps", "cover", "land") if district is None else
             run.run(of, "cover", "land", fragments={"division": tile}, code=district)).all()
    parcels = {r.id: (r.id, r.code, r.name) for r in found}
    number = {id_: n for n, id_ in enumerate(parcels)}
    shapes = np.asarray(from_wkb(r.shape for r in found), dtype=object)
    whole_m = shapely.length(shapes).sum() / PIECES if run.lines else np.sqrt(shapely.area(shapes).sum() / PIECES)
    cell_m = max(radius_m / CELLS, float(whole_m))
    pieces, source = divided(shapes, cell_m) if run.lines else cut(shapes, cell_m)
    density = np.array([np.nan if r.people_per_m2 is None else r.people_per_m2 for r in found], dtype=float)
    land = np.array([number[r.id] for r in found], dtype=np.int64)
    return Demand(pieces, density[source], land[source], list(parcels.values()), _whole(run, district),
                  _within(run, tile, district), cell_m, run.lines)


def _whole(run: Run, district: str | None) -> tuple[float, float, float | None, float | None]:
    if district is None:
        row: Any = run.total()
    else:
        row = next((r for r in run.divided(DISTRICT) if r["code"] == district), None)
    if row is None:
        return 0.0, 0.0, None, None
    return row["area_m2"], row["covered_m2"], row["people"], row["people_covered"] if row["people"] is not None else None


def _within(run: Run, tile: str, district: str | None) -> shapely.Geometry | None:
    if district is None:
        return None
    shape = run.run("coverage_site_shape", fragments={"table": tile, "where": "s.code = :code"}, code=district).scalar()
    return None if shape is None else shapely.from_wkb(bytes(shape))


def cut(shapes: np.ndarray, cell_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Polygons cut along the lines of a grid until none is wider than a cell; (pieces, which shape each is of).

    Halved again and again, all at once, so that a large one is not met by thousands of cells.
    """
    of = np.arange(len(shapes))
    done: list[tuple[np.ndarray, np.ndarray]] = []
    while len(shapes):
        box = shapely.bounds(shapes)
        size = box[:, 2:] - box[:, :2]
        axis = (size[:, 1] > size[:, 0]).astype(np.int64)
        line = np.round((box[:, :2] + box[:, 2:]) / 2 / cell_m)[np.arange(len(shapes)), axis] * cell_m
        low, high = (box[np.arange(len(shapes)), axis + n] for n in (0, 2))
        large = (size.max(axis=1) > cell_m) & (low < line) & (line < high)
        done.append((shapes[~large], of[~large]))
        shapes, of = _halves(shapes[large], of[large], box[large], axis[large], line[large])
    pieces = np.concatenate([d[0] for d in done]) if done else np.empty(0, dtype=object)
    source = np.concatenate([d[1] for d in done]) if done else np.empty(0, dtype=np.int64)
    order = np.argsort(source, kind="stable")
    return pieces[order], source[order]


def divided(lines: np.ndarray, cell_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Lines divided into equal stretches of at most a cell; (pieces, which line each is of)."""
    many = np.maximum(np.ceil(shapely.length(lines) / cell_m), 1).astype(np.int64)
    made = [line if count == 1 else substring(line, n / count, (n + 1) / count, normalized=True)
            for line, count in zip(lines, many, strict=True) for n in range(count)]
    pieces = np.empty(len(made), dtype=object)
    pieces[:] = made
    return pieces, np.repeat(np.arange(len(lines)), many)


def _halves(shapes: np.ndarray, of: np.ndarray, box: np.ndarray, axis: np.ndarray,
            line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = box.copy(), box.copy()
    first[np.arange(len(box)), axis + 2] = line
    second[np.arange(len(box)), axis] = line
    boxes = shapely.box(*np.concatenate([first, second]).T)
    # What fills its own box, as all do inside of large land, is halved without an overlay, which costs a hundred times that.
    size = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
    cut_ = np.tile(shapely.area(shapes) < size * (1 - 1e-12), 2)
    made = boxes.copy()
    made[cut_] = shapely.intersection(np.tile(shapes, 2)[cut_], boxes[cut_])
    parts, which = shapely.get_parts(made, return_index=True)
    # A boundary that runs along the line leaves lines and points beside the polygons, which are no land.
    land = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)
    return parts[land], np.tile(of, 2)[which[land]]
