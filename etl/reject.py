"""The reject file: every refused row with what is wrong in both languages, to be corrected by the office."""

from __future__ import annotations

import csv
import glob
import heapq
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import shapely

from etl.crs import Crs
from etl.validate import Problem
from registry import settings
from registry.errors import BadFile
from registry.kinds.problems import sentence
from registry.local import process

HEADS = ("file", "_row", "_field", "_value", "_code", "_message_zh", "_message_en")


def folder(given: Path | None) -> Path:
    """Where reject files go: as told, else with the run data; never beside the source."""
    return given if given is not None else settings.home() / "rejects"


class Rejects:
    """Writes `<name>.rejects.csv`, a line a row; there is no file until there is a refusal, and no half one after a
    crash. `shapes`: the source's geometry goes along as WKT (EPSG:4490), since no column of the source has it."""

    def __init__(self, where: Path, name: str, source: str, columns: Sequence[str], shapes: bool = False) -> None:
        self.name = name
        self.path = where / f"{name}.rejects.csv"
        self.half = where / f".{name}.{os.getpid()}.rejects.csv"
        self.whole = self.half.with_name(f"{self.half.name}.whole")
        self.source, self.columns, self.shapes = source, list(columns), shapes
        self.file: TextIO | None = None
        self.late: list[list[str]] = []

    def write(self, problems: Sequence[Problem], source_row: Sequence[Any], wkt: str = "") -> None:
        """One line for one row, in the order of the rows, with everything that is wrong with it."""
        if self.file is None:
            self.file = self._open()
            self._clear_remains()
            csv.writer(self.file).writerow([*HEADS, *(["WKT"] if self.shapes else []), *self.columns])
        with self._room():
            csv.writer(self.file).writerow(self._line(problems, source_row, wkt))

    def write_late(self, problems: Sequence[Problem], source_row: Sequence[Any], wkt: str = "") -> None:
        """A row between those written already; it is put in its place at the end."""
        self.late.append(self._line(problems, source_row, wkt))

    def keep(self) -> Path | None:
        """Finish; the path, or None when nothing was refused: then an older file of this name is out of date."""
        if self.file is None and not self.late:
            self.path.unlink(missing_ok=True)
            return None
        with self._room():
            if self.file is not None:
                self.file.close()
            if self.late:
                if self.file is None:
                    self._open().close()
                self._merge()
            self.half.replace(self.path)
        self.file, self.late = None, []
        return self.path

    def drop(self) -> None:
        """Leave nothing behind."""
        if self.file is not None or self.late:
            for left in (self.half, self.whole):
                left.unlink(missing_ok=True)
        if self.file is not None:
            with suppress(OSError):  # what found no room is not wanted any more
                self.file.close()
            self.file = None

    # -- inside ----------------------------------------------------------------------------------
    def _open(self) -> TextIO:
        with self._room():
            self.half.parent.mkdir(parents=True, exist_ok=True)
            return open(self.half, "w", encoding="utf-8-sig", newline="")

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BadFile(file=str(self.path), why_zh=f"拒收文件写不了：{error.strerror}；用 --rejects 换个文件夹",
                          why_en=f"the reject file cannot be written: {error.strerror}; choose a "
                                 "folder with --rejects") from None

    def _clear_remains(self) -> None:
        """Half files of this name that killed loads left."""
        for left in self.half.parent.glob(f".{glob.escape(self.name)}.*.rejects.csv*"):
            number = left.name.removeprefix(f".{self.name}.").partition(".")[0]
            if number.isdigit() and not process.exists(int(number)):
                left.unlink(missing_ok=True)

    def _line(self, problems: Sequence[Problem], source_row: Sequence[Any], wkt: str) -> list[str]:
        told = zip(*((p.field or "", p.value or "", p.code, sentence(p.code, "zh", **p.facts),
                      sentence(p.code, "en", **p.facts)) for p in problems), strict=True)
        return [self.source, str(problems[0].row), *("；".join(t for t in some if t) for some in told),
                *([wkt] if self.shapes else []), *(str(_cell(v)) for v in source_row)]

    def _merge(self) -> None:
        """Write the file anew with the late rows in their places."""
        with ExitStack() as stack:
            out = csv.writer(stack.enter_context(open(self.whole, "w", encoding="utf-8-sig", newline="")))
            out.writerow([*HEADS, *(["WKT"] if self.shapes else []), *self.columns])
            early: Iterator[list[str]] = iter(())
            if self.half.exists():
                early = csv.reader(stack.enter_context(open(self.half, encoding="utf-8-sig", newline="")))
                next(early, None)
            out.writerows(heapq.merge(early, sorted(self.late, key=_number), key=_number))
        self.whole.replace(self.half)


def wkt(shape: Any, place: Crs) -> str:
    """A shape as a person can load it again: WKT in EPSG:4490; nothing where it has no place there."""
    if shape is None or shape.is_empty:
        return ""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        placed = place.to_stored(shapely.get_coordinates(shape))
        if not (np.isfinite(placed).all() and (np.abs(placed) <= (180, 90)).all()):
            return ""
        made = shapely.set_coordinates(shapely.force_2d(np.array([shape], object)), placed)[0]
    return str(shapely.to_wkt(made, rounding_precision=9))


def _number(line: Any) -> int:
    return int(line[1])


def _cell(value: Any) -> Any:
    """A cell of the source, uncut."""
    return "" if value is None else value if isinstance(value, int | float) else str(value).strip()
