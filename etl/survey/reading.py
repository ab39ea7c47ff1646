"""The cells of survey tables as arrays, each distinct value read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from etl.layer import Batch, Cells, Undecodable
from etl.survey.forms import Table, medium_of_number
from registry.catalogue.pipe_codes import MEDIUM
from registry.kinds import Field, FieldProblem, check
from registry.kinds.codes import fold
from registry.standards import pipe_survey

NONE, UNKNOWN = -1, -2   # of a code: nothing is said; said and not in the list
NEEDED = tuple(dict.fromkeys(n for f in pipe_survey.table().families for n in f.needs))
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")


class Reader:
    """The cells of one batch as arrays; what cannot be read is nothing here and told by the validator."""

    def __init__(self, table: Table, batch: Batch) -> None:
        self.table, self.batch, self.count = table, batch, len(batch.rows)

    def _each(self, key: str, made: Callable[[Field, Any], Any], absent: Any, kind: type) -> np.ndarray:
        """One value a row, worked out once for each distinct cell."""
        column = self.table.columns.get(key)
        if column is None:
            return np.full(self.count, absent, kind)
        cells: Cells = self.batch.cells[column]
        said = self.table.form.by_key[key]
        told = self.table.entry.values.get(key) if self.table.entry else None
        values: np.ndarray = np.empty(len(cells.values), kind)
        for i, raw in enumerate(cells.values):
            if told is not None:
                raw = told.get(fold("" if raw is None else str(raw)), told.get("*", raw) if raw not in (None, "") else raw)
            values[i] = made(said, raw)
        return values[cells.codes]

    def texts(self, key: str, *, is_code: bool = False) -> list[str | None]:
        return self._each(key, lambda f, raw: _read(f, raw, is_code=is_code), None, object).tolist()

    def floats(self, key: str) -> np.ndarray:
        return self._each(key, _float, np.nan, float)

    def codes(self, key: str) -> np.ndarray:
        def number(said: Field, raw: Any) -> int:
            value = _read(said, raw, UNKNOWN)
            assert said.codes is not None
            return NONE if value is None else value if value == UNKNOWN else said.codes.values.index(value)

        return self._each(key, number, NONE, np.int16)

    def media(self, numbers: Sequence[str | None]) -> np.ndarray:
        """By the column, else by the name of the table, else by the letters in front of the number."""
        found = self.codes("medium")
        if self.table.medium is not None:
            found[found == NONE] = MEDIUM.values.index(self.table.medium)
        known: dict[str, int] = {}
        for i in np.flatnonzero(found == NONE).tolist():
            letters = (numbers[i] or "")[:2]
            if letters not in known:
                medium = medium_of_number(letters)
                known[letters] = NONE if medium is None else MEDIUM.values.index(medium)
            found[i] = known[letters]
        return found

    def sizes(self) -> np.ndarray:
        made = self.floats("diameter_mm")
        return np.where(np.isnan(made), self._each("section", _size, np.nan, float), made)

    def flows(self) -> np.ndarray:
        survey = pipe_survey.table()
        return self._each("flow_direction", lambda f, raw: survey.flow(_read(f, raw) or ""), 0, np.int8)

    def says(self) -> np.ndarray:
        """Which of the needed fields each row fills; one that the tables have no column for counts as empty."""
        return np.column_stack([self._each(k, lambda f, raw: _read(f, raw, raw) is not None, False, bool) for k in NEEDED])

    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        if self.batch.shapes is None:
            return self.floats("x"), self.floats("y")
        xy = np.full((self.count, 2), np.nan)
        points = shapely.get_type_id(self.batch.shapes) == 0
        xy[points] = np.column_stack([shapely.get_x(self.batch.shapes[points]), shapely.get_y(self.batch.shapes[points])])
        return xy[:, 0], xy[:, 1]

    def drawn(self) -> np.ndarray:
        made = np.full((self.count, 4), np.nan)
        if self.batch.shapes is not None:
            for i, shape in enumerate(self.batch.shapes):
                xy = shapely.get_coordinates(shape)
                if len(xy) >= 2:
                    made[i] = (*xy[0], *xy[-1])
        return made


def batches(table: Table, keys: Sequence[str]) -> Iterator[Batch]:
    """A table batch by batch, with the columns of some keys of its form."""
    wanted = list(dict.fromkeys(table.columns[k] for k in keys if k in table.columns))
    return table.layer.batches(wanted, table.layer.geometry)


def _read(said: Field, raw: Any, wrong: Any = None, is_code: bool = False) -> Any:
    """The value of a cell, None where there is none, `wrong` where it cannot be read."""
    if isinstance(raw, Undecodable):
        return wrong
    try:
        return check.read(said, raw, is_code=is_code)[0]
    except FieldProblem:
        return wrong


def _float(said: Field, raw: Any) -> float:
    value = _read(said, raw)
    return np.nan if value is None else float(value)


def _size(said: Field, raw: Any) -> float:
    """800X600 → the root of its area, DN400 → 400."""
    numbers = [float(n) for n in _NUMBERS.findall(str(_read(said, raw) or ""))[:2]]
    return float(np.sqrt(numbers[0] * numbers[-1])) if numbers and min(numbers) > 0 else np.nan
