"""Files that stand beside an export and keep what its format cannot: names of columns, whole values, rows without a place.

`路灯.shp` has `路灯.fields.csv` (which column is which field), `路灯.shp.values.jsonl` (values that did not fit) and
`路灯.nogeom.csv` (rows without geometry of a Shapefile or FlatGeobuf, a table of its own); `路灯.csv.cpg` names the encoding of a CSV in GBK. A load
finds them by these names.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from registry.kinds import Field

FIELDS, VALUES, NO_GEOMETRY, ENCODING = ".fields.csv", ".values.jsonl", ".nogeom.csv", ".cpg"
FIELD_HEADS = ("column", "field", "title_zh", "title_en", "type", "unit", "codes")


def fields_of(file: Path) -> Path:
    """Where the columns of a file are explained."""
    return file.with_name(file.stem + FIELDS)


def values_of(file: Path) -> Path:
    """Where values stand that a file could not hold."""
    return file.with_name(file.name + VALUES)


def encoding_of(file: Path) -> Path:
    """Where the encoding of a text file stands that has no byte order mark to tell it."""
    return file.with_name(file.name + ENCODING)


def no_geometry_of(file: Path) -> Path:
    """Where rows without geometry stand."""
    return file.with_name(file.stem + NO_GEOMETRY)


def explains(path: Path) -> bool:
    """Whether a file only explains another and holds no rows of its own."""
    return path.name.endswith((FIELDS, VALUES))


def write_fields(file: Path, columns: Sequence[tuple[str, Field]]) -> None:
    """Explain the columns of a file: name, field, titles, type, unit, and the code list as value=title."""
    with open(fields_of(file), "w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(FIELD_HEADS)
        for name, field in columns:
            codes = "；".join(f"{c.value}={c.title.zh}" for c in field.codes.codes) if field.codes else ""
            writer.writerow([name, field.key, field.title.zh, field.title.en, field.type, field.unit or "", codes])


class Values:
    """Writes the values that a file cannot hold, a line each; there is no sidecar where there is none.

    A value is found again by the code of its row, or by its number where it has none, and counts only while the file
    still holds what was written in its place: who corrects the cell has the last word.
    """

    def __init__(self, file: Path, key: str | None) -> None:
        self.path, self.key = values_of(file), key
        self.out: IO[str] | None = None

    def add(self, number: int, code: str | None, column: str, written: Any, value: Any) -> None:
        """Keep the value of one cell. `number`: of the row in the file, from 1; `code`: as it stands in the file."""
        if self.out is None:
            self.out = open(self.path, "w", encoding="utf-8")  # noqa: SIM115 - closed by close()
            self._line({"key": self.key})
        self._line({"at": f"#{number}" if code is None else code, "column": column, "written": written, "value": value})

    def close(self) -> None:
        if self.out is not None:
            self.out.close()

    def _line(self, said: dict[str, Any]) -> None:
        assert self.out is not None
        self.out.write(json.dumps(said, ensure_ascii=False) + "\n")
