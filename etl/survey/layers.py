"""The tables of a survey as layers of classes: manholes, pipe nodes, and pipes drawn between their ends."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import shapely
from pyproj import CRS

from etl.layer import Batch, Cells, Column, Layer
from etl.mapping import LayerMapping
from etl.survey.network import MISSING
from etl.survey.reading import NONE
from etl.survey.survey import Survey
from etl.tables import points
from registry import geo
from registry.catalogue.pipe_codes import ATTACHMENT, MEDIUM, PURPOSE
from registry.kinds import FeatureKind
from registry.standards import pipe_survey

DERIVED = {"medium": "介质（推定）", "purpose": "用途（推定）", "code": "起点-终点"}


class _OfSurvey(Layer):
    """A table of a survey seen as rows of one class."""

    wkt_weak = False
    family: str | None

    def __init__(self, survey: Survey, number: int) -> None:
        self.survey, self.number, self.table = survey, number, survey.tables[number]
        inner = self.inner = self.table.layer
        self.file, self.name, self.source, self.encoding = inner.file, inner.name, inner.source, inner.encoding
        self.notes, self.geometry, self.rows = inner.notes, True, inner.rows
        self.within, self.room, self.hint = inner.within, inner.room, inner.hint
        self.derived: list[str] = []

    @property
    def heads(self) -> list[str]:
        return self.inner.heads

    @property
    def opened(self) -> Layer:
        return self.inner.opened

    @property
    def rejects_shape(self) -> bool:
        return self.inner.rejects_shape

    def parts(self) -> list[Any]:
        return self.inner.parts()

    def _take(self, wanted: Sequence[str], also: Sequence[str] = ()) -> list[str]:
        names = {c.name for c in self.inner.columns}
        return list(dict.fromkeys(n for n in (*wanted, *also) if n in names))

    def _add(self, key: str) -> str:
        """A column that the table does not have, made from what else it says."""
        self.derived.append(DERIVED[key])
        return DERIVED[key]

    def _entry(self, kind: FeatureKind, fields: dict[str, str], only: bool) -> LayerMapping:
        said = self.table.entry
        told = {k: v for k, v in said.fields.items() if k in kind.by_key} if said else {}
        values = {k: v for k, v in said.values.items() if k in kind.by_key} if said else {}
        return LayerMapping("*", kind.key, crs=self._crs(), only=only or bool(said and said.only), fields={**fields, **told}, values=values)

    def _crs(self) -> str | None:
        """The CRS that the mapping tells: of this table, else of the points that its lines end at."""
        told = [self.table, *(t for t in self.survey.tables if t.of_points)]
        return next((t.entry.crs for t in told if t.entry is not None and t.entry.crs), None)


class PointLayer(_OfSurvey):
    """The points of a table that become manholes, or those that become pipe nodes."""

    family = "point"

    def __init__(self, survey: Survey, number: int, kind: FeatureKind) -> None:
        super().__init__(survey, number)
        self.kind, self.wkt, self.wkt_weak = kind, self.inner.wkt, self.inner.wkt_weak
        own = survey.network.points.table == number
        self.mine = survey.network.points.manhole[own] == (kind.key == "manhole")
        self.rows = int(self.mine.sum())
        said = self.table.columns
        fields: dict[str, str] = {k: said[k] for k in ("feature", "attachment", "ground_elevation_m", "medium") if k in said and k in kind.by_key}
        fields |= {"code": said["number"], "node_code": said["number"]}
        made = "purpose" if kind.key == "manhole" else "medium"
        if made not in fields:
            fields[made] = self._add(made)
        apart = () if self.inner.geometry else (said["x"], said["y"])
        self.columns = (*(c for c in self.inner.columns if c.name not in apart), *map(Column, self.derived))
        self.entry = self._entry(kind, fields, only=False)

    def meet(self, conn: Any, city: str, place: Any) -> None:
        self.survey.meet_points(conn, city, place)

    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        first = low = self.survey.network.offset[self.number]
        xy = () if self.inner.geometry else (self.table.columns["x"], self.table.columns["y"])
        for batch in self.inner.batches(self._take(wanted, xy if geometry else ()), geometry and self.inner.geometry):
            high = low + len(batch.rows)
            mine = self.mine[low - first:high - first]
            keep = np.flatnonzero(mine)
            place = np.cumsum(mine) - 1
            faults = [dataclasses.replace(f, at=int(place[f.at])) for f in (
                *batch.faults, *self.survey.faults(self.survey.points, low, high)) if mine[f.at]]
            cells = {n: _some(batch.cells[n], keep) for n in wanted if n in batch.cells}
            cells |= {n: self._derived(n, low + keep) for n in self.derived if n in wanted}
            shapes = self._shapes(batch, xy)[keep] if geometry else None
            low = high
            if len(keep):
                yield Batch(batch.rows[keep], cells, shapes, partial(_row, batch, keep), faults)

    @staticmethod
    def _shapes(batch: Batch, xy: Sequence[str]) -> Any:
        if batch.shapes is not None:
            return batch.shapes
        x, y = ([cells.values[i] for i in cells.codes] for cells in (batch.cells[n] for n in xy))
        return points(x, y)

    def _derived(self, name: str, index: np.ndarray) -> Cells:
        p = self.survey.network.points
        if name == DERIVED["medium"]:
            return _codes(MEDIUM.values, p.medium[index])
        pairs, codes = np.unique(np.column_stack([p.attachment[index], p.medium[index]]), axis=0, return_inverse=True)
        return Cells([_purpose(a, m) for a, m in pairs.tolist()], codes.ravel())


class LineLayer(_OfSurvey):
    """The lines of a table: drawn from end to end, unless the table draws them itself."""

    family = "line"

    def __init__(self, survey: Survey, number: int, kind: FeatureKind) -> None:
        super().__init__(survey, number)
        fields = dict(self.table.columns)
        for key in ("code", "medium"):
            if key not in fields:
                fields[key] = self._add(key)
        self.columns = (*self.inner.columns, *map(Column, self.derived))
        self.entry = self._entry(kind, fields, only=True)
        points_of = [t.layer for t in survey.tables if t.of_points]
        drawn_by = self.inner if self.inner.geometry else points_of[0] if points_of else None
        # Without points of its own it is drawn between points of the registry, which are in degrees.
        self.wkt = drawn_by.wkt if drawn_by is not None else CRS.from_epsg(geo.STORED).to_wkt()
        self.wkt_weak = drawn_by.wkt_weak if drawn_by is not None else False

    def meet(self, conn: Any, city: str, place: Any) -> None:
        self.survey.meet(conn, city, place)

    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        low = self.survey.network.offset[self.number]
        drawn = geometry and self.inner.geometry
        for batch in self.inner.batches(self._take(wanted), drawn):
            high = low + len(batch.rows)
            found = self.survey.faults(self.survey.lines, low, high)
            cells = {n: batch.cells[n] for n in wanted if n in batch.cells}
            cells |= {n: self._derived(n, low, high) for n in self.derived if n in wanted}
            shapes = (batch.shapes if drawn else self._between(low, high)) if geometry else None
            yield Batch(batch.rows, cells, shapes, batch.source_row, [*batch.faults, *found])
            low = high

    def _between(self, low: int, high: int) -> np.ndarray:
        """Straight lines from end to end; None where an end is not known."""
        network, q = self.survey.network, self.survey.network.lines
        a, b = q.a[low:high], q.b[low:high]
        made = np.full(high - low, None, object)
        here = np.flatnonzero((a != MISSING) & (b != MISSING))
        xy = np.stack([network.xy[a[here]], network.xy[b[here]]], axis=1)
        sound = np.isfinite(xy).all(axis=(1, 2))
        made[here[sound]] = shapely.linestrings(xy[sound])
        return made

    def _derived(self, name: str, low: int, high: int) -> Cells:
        if name == DERIVED["medium"]:
            return _codes(MEDIUM.values, self.survey.network.lines.medium[low:high])
        ends = (self.survey.network.ends_of(i) for i in range(low, high))
        return Cells.plain([None if a is None or b is None else f"{a}-{b}" for a, b in ends])


def _some(cells: Cells, keep: np.ndarray) -> Cells:
    return Cells(cells.values, cells.codes[keep], cells.cut)


def _row(batch: Batch, keep: np.ndarray, i: int) -> list[Any]:
    return batch.source_row(int(keep[i]))


def _codes(values: Sequence[str], index: np.ndarray) -> Cells:
    return Cells([*values, None], np.where(index < 0, len(values), index).astype(np.int64))


def _purpose(attachment: int, medium: int) -> str | None:
    """What a manhole is for: as its name tells, else by the medium of its pipes."""
    survey = pipe_survey.table()
    said = survey.attachments[ATTACHMENT.values[attachment]].purpose if attachment > NONE else None
    if said or medium <= NONE:
        return said
    by_medium, family = PURPOSE.find(MEDIUM.values[medium]), survey.family_of(MEDIUM.values[medium])
    return by_medium.value if by_medium else family.purpose if family else None
