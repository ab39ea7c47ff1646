"""The network of a survey: its points and lines as arrays, told apart by number, and where each row stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from etl import sizes
from etl.survey.forms import Table
from etl.survey.reading import NEEDED, NONE, Reader, batches
from registry.geo import METRES_PER_DEGREE
from registry.standards import pipe_survey

MISSING = -1             # of an end: no point has this number


@dataclass
class Points:
    """The points of all point tables in the order of their rows. x, y: as the file has them; metres: the same in
    metres, for lengths only. first: the first point of the same number. lines: how many lines end there, each once."""

    table: np.ndarray
    row: np.ndarray
    x: np.ndarray
    y: np.ndarray
    ground: np.ndarray
    feature: np.ndarray
    attachment: np.ndarray
    medium: np.ndarray
    number: list[str | None]
    first: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    lines: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    metres: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))

    def __len__(self) -> int:
        return len(self.row)

    @property
    def manhole(self) -> np.ndarray:
        """Which become manholes; the others become pipe nodes."""
        kinds = np.array([a.manhole for a in pipe_survey.table().attachments.values()] + [False, False])
        return kinds[self.attachment]


@dataclass
class Lines:
    """The lines of all line tables. a, b: index of the points, MISSING where none is known. size: mm, the root of the
    section's area where it has two sides. flow: 1 from a to b, -1 against, 0 unknown. drawn: ends as the file draws them."""

    table: np.ndarray
    row: np.ndarray
    a: np.ndarray
    b: np.ndarray
    depth: np.ndarray       # n × 2, start and end
    elevation: np.ndarray   # n × 2
    size: np.ndarray
    material: np.ndarray
    medium: np.ndarray
    flow: np.ndarray
    says: np.ndarray        # n × fields of NEEDED
    drawn: np.ndarray       # n × 4, NaN where nothing is drawn
    ends: dict[int, tuple[str | None, str | None]]  # the numbers of lines with a missing end

    def __len__(self) -> int:
        return len(self.row)


class Network:
    """Points and lines of the tables of one path; what else their lines end at is found in the registry later.

    refused: by point, whether it is not loaded, so that no line can end there.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tables
        self.offset: dict[int, int] = {}
        self.by_number: dict[str, int] = {}
        self.points = self._read_points()
        self.lines = self._read_lines()
        counted = (self.first_lines() == np.arange(len(self.lines))) & (self.lines.a != self.lines.b)
        ends = np.concatenate([self.lines.a[counted], self.lines.b[counted]])
        self.points.lines = np.bincount(ends[ends != MISSING], minlength=len(self.points))
        self.refused = np.zeros(len(self.points), bool)
        self.join({}, np.zeros((0, 2)), np.zeros(0))

    @property
    def has_lines(self) -> bool:
        return any(not t.of_points for t in self.tables)

    def where(self, points: bool, index: Any) -> str:
        """A row as problems name it: table and number."""
        some = self.points if points else self.lines
        return f"{self.tables[int(some.table[index])].layer.source} #{int(some.row[index])}"

    def numbers(self, index: int) -> str | None:
        """The number of a point, of the survey or of the registry."""
        own = len(self.points)
        return self.points.number[index] if index < own else self._joined[index - own]

    def ends_of(self, line: int) -> tuple[str | None, str | None]:
        """The numbers at the start and the end of a line, as far as they are told."""
        a, b = int(self.lines.a[line]), int(self.lines.b[line])
        told = self.lines.ends.get(line, (None, None))
        return self.numbers(a) if a != MISSING else told[0], self.numbers(b) if b != MISSING else told[1]

    def join(self, found: dict[str, int], xy: np.ndarray, ground: np.ndarray) -> None:
        """Take points of the registry as ends: number → row of `xy` (as in the file's CRS) and `ground`."""
        p, q, own = self.points, self.lines, len(self.points)
        self._joined = list(found)
        order = list(found.values())
        self.xy = np.concatenate([np.column_stack([p.x, p.y]), xy[order]])
        self.metres = in_metres(self.xy)
        p.metres = self.metres[:own]
        self.ground = np.concatenate([p.ground, ground[order]])
        self.medium = np.concatenate([p.medium, np.full(len(order), NONE, np.int16)])
        self.refused = np.concatenate([self.refused[:own], np.zeros(len(order), bool)])
        place = {number: own + n for n, number in enumerate(found)}
        for i, (start, end) in q.ends.items():
            q.a[i] = place.get(start or "", q.a[i])
            q.b[i] = place.get(end or "", q.b[i])

    def first_lines(self) -> np.ndarray:
        """For each line the first between the same points and of the same medium, in whichever direction."""
        q = self.lines
        first = np.arange(len(q))
        here = np.flatnonzero((q.a != MISSING) & (q.b != MISSING) & (q.a != q.b))
        key = np.column_stack([np.minimum(q.a[here], q.b[here]), np.maximum(q.a[here], q.b[here]), q.medium[here]])
        _, at, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
        first[here] = here[at][group.ravel()]
        return first

    def at_ends(self, values: np.ndarray, side: int, absent: float = np.nan) -> np.ndarray:
        """What points have at the start (0) or end (1) of each line; `absent` where that is missing."""
        index = (self.lines.a, self.lines.b)[side]
        return np.concatenate([values, np.full((1, *values.shape[1:]), absent)])[index]  # MISSING is the last

    @property
    def heights(self) -> np.ndarray:
        """Elevation of each line at its ends (n × 2): as told, else ground less depth."""
        q = self.lines
        ground = np.column_stack([self.at_ends(self.ground, 0), self.at_ends(self.ground, 1)])
        return np.where(np.isfinite(q.elevation), q.elevation, ground - q.depth)

    @property
    def scale(self) -> np.ndarray:
        """Metres for one unit of the file's coordinates, along each axis."""
        return per_unit(self.xy)

    # -- points ----------------------------------------------------------------------------------
    def _read_points(self) -> Points:
        parts: list[dict[str, Any]] = []
        number: list[str | None] = []
        for n, table in enumerate(self.tables):
            if not table.of_points:
                continue
            self.offset[n] = len(number)
            for batch in batches(table, ("number", "x", "y", "ground_elevation_m", "feature", "attachment", "medium")):
                read = Reader(table, batch)
                said = read.texts("number", is_code=True)
                number.extend(said)
                x, y = read.coordinates()
                parts.append({"table": np.full(read.count, n, np.int16), "row": batch.rows.astype(np.int64), "x": x, "y": y,
                              "ground": read.floats("ground_elevation_m"), "feature": read.codes("feature"),
                              "attachment": read.codes("attachment"), "medium": read.media(said)})
        joined = {k: np.concatenate([p[k] for p in parts]) if parts else np.zeros(0, t) for k, t in (
            ("table", np.int16), ("row", np.int64), ("x", float), ("y", float), ("ground", float), ("feature", np.int16),
            ("attachment", np.int16), ("medium", np.int16))}
        made = Points(**joined, number=number)
        made.first = np.fromiter((self.by_number.setdefault(name, i) if name is not None else i
                                  for i, name in enumerate(number)), np.int64, len(number))
        return made

    # -- lines -----------------------------------------------------------------------------------
    def _read_lines(self) -> Lines:
        parts: list[dict[str, Any]] = []
        ends: dict[int, tuple[str | None, str | None]] = {}
        done = 0
        keys = ("start_node", "end_node", "start_depth_m", "end_depth_m", "start_elevation_m", "end_elevation_m",
                "diameter_mm", "section", "material", "medium", "flow_direction", *NEEDED)
        for n, table in enumerate(self.tables):
            if table.of_points:
                continue
            self.offset[n] = done
            for batch in batches(table, keys):
                read = Reader(table, batch)
                start, end = read.texts("start_node"), read.texts("end_node")
                a, b = (np.fromiter((self.by_number.get(t, MISSING) if t else MISSING for t in some), np.int64, read.count)
                        for some in (start, end))
                ends |= {done + int(i): (start[i], end[i]) for i in np.flatnonzero((a == MISSING) | (b == MISSING))}
                parts.append({
                    "table": np.full(read.count, n, np.int16), "row": batch.rows.astype(np.int64), "a": a, "b": b,
                    "depth": np.column_stack([read.floats("start_depth_m"), read.floats("end_depth_m")]),
                    "elevation": np.column_stack([read.floats("start_elevation_m"), read.floats("end_elevation_m")]),
                    "size": read.sizes(), "material": read.codes("material"), "medium": read.media(start),
                    "flow": read.flows(), "says": read.says(), "drawn": read.drawn()})
                done += read.count
        joined = {k: np.concatenate([p[k] for p in parts]) if parts else empty for k, empty in (
            ("table", np.zeros(0, np.int16)), ("row", np.zeros(0, np.int64)), ("a", np.zeros(0, np.int64)),
            ("b", np.zeros(0, np.int64)), ("depth", np.zeros((0, 2))), ("elevation", np.zeros((0, 2))), ("size", np.zeros(0)),
            ("material", np.zeros(0, np.int16)), ("medium", np.zeros(0, np.int16)), ("flow", np.zeros(0, np.int8)),
            ("says", np.zeros((0, len(NEEDED)), bool)), ("drawn", np.zeros((0, 4))))}
        return Lines(**joined, ends=ends)


def in_metres(xy: np.ndarray) -> np.ndarray:
    """Coordinates in metres, for lengths only: degrees are taken flat about their middle."""
    return xy * per_unit(xy)


def per_unit(xy: np.ndarray) -> np.ndarray:
    """Metres for one unit of coordinates along each axis: 1 where they are metres, else those of a degree here."""
    sound = xy[np.isfinite(xy).all(axis=1)]
    if not len(sound) or not sizes.degrees(sound):
        return np.ones(2)
    turned = sizes.turned_degrees(sound)
    middle = np.cos(np.radians(np.median(sound[:, 0 if turned else 1])))
    along = np.array([middle, 1.0]) * METRES_PER_DEGREE
    return along[::-1] if turned else along
