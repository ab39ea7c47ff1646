"""The reject file: every refused row with what is wrong in both languages, to be corrected by the office."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from etl.validate import Problem
from registry import settings
from registry.errors import BadFile
from registry.kinds.problems import sentence

HEADS = ("file", "_row", "_field", "_value", "_code", "_message_zh", "_message_en")


def folder(given: Path | None) -> Path:
    """Where reject files go: as told, else with the run data; never beside the source."""
    return given if given is not None else settings.home() / "rejects"


class Rejects:
    """Writes `<name>.rejects.csv`; there is no file until there is a refusal, and no half one after a crash."""

    def __init__(self, where: Path, name: str, source: str, columns: Sequence[str]) -> None:
        self.path = where / f"{name}.rejects.csv"
        self.half = where / f".{name}.{os.getpid()}.rejects.csv"
        self.source, self.columns = source, list(columns)
        self.file: TextIO | None = None

    def write(self, problem: Problem, source_row: Sequence[Any]) -> None:
        """One line for one problem."""
        if self.file is None:
            try:
                self.half.parent.mkdir(parents=True, exist_ok=True)
                self.file = open(self.half, "w", encoding="utf-8-sig", newline="")  # noqa: SIM115
            except OSError as error:
                raise BadFile(file=str(self.path), why_zh=f"拒收文件写不了：{error.strerror}；用 --rejects 换个文件夹",
                              why_en=f"the reject file cannot be written: {error.strerror}; choose a "
                                     "folder with --rejects") from None
            self.lines = csv.writer(self.file)
            self.lines.writerow([*HEADS, *self.columns])
        self.lines.writerow([self.source, problem.row, problem.field or "", problem.value or "", problem.code,
                             sentence(problem.code, "zh", **problem.facts),
                             sentence(problem.code, "en", **problem.facts), *map(_cell, source_row)])

    def keep(self) -> Path | None:
        """Finish; the path, or None when nothing was refused."""
        if self.file is None:
            return None
        self.file.close()
        self.half.replace(self.path)
        self.file = None
        return self.path

    def drop(self) -> None:
        """Leave nothing behind."""
        if self.file is not None:
            self.file.close()
            self.half.unlink(missing_ok=True)
            self.file = None


def _cell(value: Any) -> Any:
    """A cell of the source, uncut."""
    return "" if value is None else value if isinstance(value, int | float) else str(value).strip()
