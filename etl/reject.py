"""The reject file: every refused row with what is wrong in both languages, in the format of its source and as a form."""

from __future__ import annotations

import glob
import hashlib
import heapq
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import shapely

from etl import form, gdal, reject_files
from etl.badfile import short
from etl.crs import Crs
from etl.layer import Layer
from etl.validate import Problem
from registry import settings
from registry.errors import BadFile
from registry.kinds import FeatureKind
from registry.kinds.problems import sentence
from registry.local import process

FORM = ".rejects.xlsx"


@dataclass(frozen=True)
class Entry:
    """A refused row. problems: (column or None, field, value, code, zh, en) each; wkb: its shape as the source has it."""

    row: int
    problems: tuple[tuple[str | None, str, str, str, str, str], ...]
    values: list[Any]
    wkb: bytes | None

    @property
    def told(self) -> list[str]:
        """Row, field, value, code and both sentences, as their columns have them."""
        return [str(self.row), *("；".join(t for t in some if t) for some in list(zip(*self.problems, strict=True))[1:])]


Entries = Callable[[], Iterator[Entry]]


def folder(given: Path | None) -> Path:
    """Where reject files go: as told, else with the run data; never beside the source."""
    return given if given is not None else settings.home() / "rejects"


def named(city: str, name: str, origin: Path) -> str:
    """What the reject file of a job is called: files of one name at two origins (folder, suffix) have two."""
    return f"{short(f'{city}.{name}')}.{hashlib.sha256(os.fsencode(origin.absolute())).hexdigest()[:6]}"


class Rejects:
    """Keeps the refused rows on disk, in the order of the rows, and makes of them `<name>.rejects.<suffix>` in the
    format of the source and `<name>.rejects.xlsx`, the form. No file is there until there is a refusal, and no half
    one after a crash.

    matched: field key → column. shapes: the source keeps its shapes apart from its columns.
    """

    def __init__(self, where: Path, name: str, layer: Layer, kind: FeatureKind, matched: Mapping[str, str]) -> None:
        self.where, self.name, self.layer, self.kind, self.matched = where, name, layer, kind, matched
        self.shapes = layer.rejects_shape
        self.work = where / f".{name}.{os.getpid()}.rejects"
        self.journal: IO[bytes] | None = None
        self.late: list[Entry] = []

    @property
    def path(self) -> Path:
        """What stands beside its files is named after this one."""
        return self.where / f"{self.name}.rejects.csv"

    def write(self, problems: Sequence[Problem], source_row: Sequence[Any], shape: Any = None) -> None:
        """A refused row, in the order of the rows, with everything that is wrong with it."""
        if self.journal is None:
            self._clear_remains()
            with self._room():
                self.work.mkdir(parents=True, exist_ok=True)
                self.journal = open(self.work / "journal", "w+b")  # noqa: SIM115 - closed by keep() and drop()
        with self._room():
            pickle.dump(self._entry(problems, source_row, shape), self.journal)

    def write_late(self, problems: Sequence[Problem], source_row: Sequence[Any], shape: Any = None) -> None:
        """A row between those written already; it is put in its place at the end."""
        self.late.append(self._entry(problems, source_row, shape))

    def keep(self, place: Crs | None = None) -> Path | None:
        """Make the files; that in the format of the source, or None when nothing was refused: then older ones of this
        name are out of date."""
        if self.journal is None and not self.late:
            self._remove(())
            return None
        with self._room():
            self.work.mkdir(parents=True, exist_ok=True)
            made = self.work / "made"
            made.mkdir(exist_ok=True)
            main = reject_files.write(self.layer, made / f"{self.name}.rejects", self._entries, place)
            form.write(self, made / f"{self.name}{FORM}", self._entries, place)
            files = sorted(made.iterdir())
            for file in files:
                file.replace(self.where / file.name)
            self._remove([f.name for f in files])
        self.drop()
        return self.where / (main.name if main is not None else f"{self.name}{FORM}")

    def drop(self) -> None:
        """Leave nothing behind."""
        if self.journal is not None:
            with suppress(OSError):  # what found no room is not wanted any more
                self.journal.close()
        if self.journal is not None or self.late:
            shutil.rmtree(self.work, ignore_errors=True)
        self.journal, self.late = None, []

    # -- inside ----------------------------------------------------------------------------------
    def _entry(self, problems: Sequence[Problem], source_row: Sequence[Any], shape: Any) -> Entry:
        told = tuple((p.column or self.matched.get(p.field or ""), p.field or "", p.value or "", p.code,
                      sentence(p.code, "zh", **p.facts), sentence(p.code, "en", **p.facts)) for p in problems)
        drawn = shape is not None and shape is not gdal.UNREADABLE
        return Entry(problems[0].row, told, list(source_row), shapely.to_wkb(shape) if drawn else None)

    def _entries(self) -> Iterator[Entry]:
        """All entries in the order of the rows."""
        yield from heapq.merge(self._written(), sorted(self.late, key=_number), key=_number)

    def _written(self) -> Iterator[Entry]:
        if self.journal is None:
            return
        self.journal.flush()
        with open(self.work / "journal", "rb") as file:
            while True:
                try:
                    yield pickle.load(file)
                except EOFError:
                    return

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except (OSError, *gdal.FAILURES) as error:
            why = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
            raise BadFile(file=str(self.where / self.name), why_zh=f"拒收文件写不了：{why}；用 --rejects 换个文件夹",
                          why_en=f"the reject file cannot be written: {why}; choose a folder with --rejects") from None

    def _remove(self, kept: Sequence[str]) -> None:
        """Files of this name that an earlier load left."""
        for old in self.where.glob(f"{glob.escape(self.name)}.rejects.*"):
            if old.name not in kept and old.is_file():
                old.unlink(missing_ok=True)

    def _clear_remains(self) -> None:
        """Half-made files of this name that killed loads left."""
        for left in self.where.glob(f".{glob.escape(self.name)}.*.rejects"):
            number = left.name.removeprefix(f".{self.name}.").partition(".")[0]
            if number.isdigit() and not process.exists(int(number)):
                shutil.rmtree(left, ignore_errors=True)


def _number(entry: Entry) -> int:
    return entry.row
