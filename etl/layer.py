"""What an opened file is made of: a layer, its columns, and batches of rows that are read once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from etl.encoding import Encoding
from registry.geometry import Fault

BATCH_ROWS = 16_384
Note = tuple[str, str]  # one sentence in Chinese and English


@dataclass(frozen=True)
class Column:
    """A column of a file. `numeric`: stored as a number. `cut`: the name fills its place and may be cut."""

    name: str
    numeric: bool = False
    cut: bool = False


@dataclass(frozen=True)
class Undecodable:
    """A text that is not in the file's encoding; shown as far as it can be read."""

    shown: str
    encoding: str

    def __str__(self) -> str:
        return self.shown


@dataclass(frozen=True)
class Cells:
    """One column of a batch: distinct values, and for each row the index of its value."""

    values: Sequence[Any]
    codes: np.ndarray
    cut: frozenset[int] = frozenset()  # indices of values of which half a character was cut off

    @classmethod
    def plain(cls, values: Sequence[Any]) -> Cells:
        """A column as it comes, where telling equal values apart costs more than it saves."""
        return cls(values, np.arange(len(values), dtype=np.int64))


@dataclass
class Batch:
    """Up to BATCH_ROWS rows. `rows`: their numbers in the file, from 1.

    shapes: shapely geometries (None where there is none), or None when the layer carries none.
    source_row: all column values of the i-th row, for the reject file.
    """

    rows: np.ndarray
    cells: dict[str, Cells]
    shapes: np.ndarray | None
    source_row: Callable[[int], list[Any]]
    faults: list[Fault] = field(default_factory=list)


class Layer(ABC):
    """One table of a file, with or without geometry."""

    file: Path
    name: str            # of the layer in its file; the file's stem where it has but one
    source: str          # `roads.shp`, `city.gpkg:roads`
    columns: tuple[Column, ...]
    geometry: bool       # whether rows have one
    family: str | None   # point, line or polygon where the file says so
    rows: int | None     # how many, where known beforehand
    wkt: str | None      # the CRS as the file tells it
    wkt_weak: bool       # the file format says so by itself (GeoJSON), nobody chose it
    encoding: Encoding
    notes: list[Note]
    told: Mapping[str, str] = MappingProxyType({})  # column → key of its field, as a file beside says
    within: str = ""            # folders and archives that its file lies in, below the path that was named
    room: object = None         # the work folder of an archive, which is kept as long as the layer is
    hint: Note = ("", "")       # what helps a person to tell its class

    def drawn_for(self, accepted: Sequence[str]) -> Layer:
        """The layer as a class with these kinds of geometry wants it drawn."""
        return self

    @property
    def heads(self) -> list[str]:
        """Names of the values that `source_row` gives; sheets have columns of coordinates besides."""
        return [c.name for c in self.columns]

    @property
    def opened(self) -> Layer:
        """The layer as its file has it, where this one shows it in another way."""
        return self

    @property
    def rejects_shape(self) -> bool:
        """Whether a reject file needs a column for the shape, since no column of the source has it."""
        return self.geometry and len(self.heads) == len(self.columns)

    def meet(self, conn: Any, city: str, place: Any) -> None:
        """Look at what the registry has before rows are read for good. `place`: the CRS chosen, or None."""
        return

    def line_of(self, row: int) -> int | None:
        """The line in which a person finds a row when the file is opened; None where it is the number of the row."""
        return None

    def some_shapes(self) -> Iterator[np.ndarray]:
        """Shapes from the start on, some at a time, for a look at where they lie."""
        return (batch.shapes for batch in self.batches((), True) if batch.shapes is not None)

    @abstractmethod
    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        """Read from the start; only the wanted columns are decoded."""

    @abstractmethod
    def parts(self) -> list[Path]:
        """The files that it is made of."""
