"""GDAL behind glass: its warnings stay inside, its failures come out as one sentence."""

from __future__ import annotations

import csv
import logging
import os
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FieldError, GeometryError

from etl import curves, nesting
from etl.badfile import bad
from etl.layer import Note
from registry.errors import BadFile

# Without a handler of its own Python prints a library's warnings on the terminal.
for _name in ("fiona", "pyogrio"):
    logging.getLogger(_name).addHandler(logging.NullHandler())

# What a file names (the CRS of a GeoJSON by its address, the schema of an XML) GDAL would fetch from the network. Both
# GDALs, of fiona and of pyogrio, ask the environment; port 0 is no computer's.
for _name in ("GDAL_HTTP_PROXY", "GDAL_HTTPS_PROXY"):
    os.putenv(_name, "127.0.0.1:0")

FAILURES = (DataSourceError, DataLayerError, FieldError, GeometryError, shapely.errors.ShapelyError,
            pa.ArrowException, RuntimeError, ValueError, OSError, AttributeError, LookupError, TypeError, ArithmeticError, SyntaxError,
            EOFError, csv.Error, zlib.error,
            zipfile.BadZipFile)

STRAIGHTENED: Note = ("弧线已化为折线（每 90° 32 段）", "arcs were made into lines, 32 steps to 90°")


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Whatever GDAL, Arrow or shapely say of a file becomes a BadFile; their warnings are kept quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except _failures() as error:
            if isinstance(error, BadFile):
                raise
            what = " ".join(str(error).replace(str(file), file.name).split())[:200] or type(error).__name__
            raise bad(file, f"读不了：{what}", f"cannot be read: {what}") from error


def _failures() -> tuple[type[BaseException], ...]:
    """fiona's too, where it is in use: to import it takes 0.15 s, and few files are opened by it."""
    fiona = sys.modules.get("fiona.errors")
    return (*FAILURES, fiona.FionaError) if fiona else FAILURES


@contextmanager
def muted() -> Iterator[None]:
    """fiona decodes GDAL's messages, which quote damaged bytes, where it cannot raise; Python would print that."""
    hooks = sys.excepthook, sys.unraisablehook
    sys.excepthook, sys.unraisablehook = lambda *_: None, lambda _: None
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = hooks


def shapes(wkb: pa.Array, notes: list[Note] | None = None) -> np.ndarray:
    """Shapely geometries of a WKB column. What cannot be read becomes a broken marker, so that it is not
    taken for a missing one. `notes`: gets a sentence where arcs were made into lines."""
    plain = _points(wkb)
    if plain is not None:
        return plain
    raw = wkb.to_numpy(zero_copy_only=False)
    if not all(readable := np.array([not nesting.deep(w) for w in raw], bool)):
        made = np.full(len(raw), UNREADABLE, object)
        made[readable] = shapes(wkb.filter(pa.array(readable)), notes)
        return made
    try:
        made = shapely.from_wkb(raw, on_invalid="ignore")
    except NotImplementedError:  # one curve refuses all
        made = np.array([curves.read(w) for w in raw], object)
        if notes is not None and STRAIGHTENED not in notes:
            notes.append(STRAIGHTENED)
    for i in np.flatnonzero(shapely.is_missing(made)):
        if raw[i] is not None:
            made[i] = UNREADABLE
    return made


def _points(wkb: pa.Array) -> np.ndarray | None:
    """Points without GEOS's parser, where all are plain 2D ones: 0.3 s instead of 1.5 s for a million."""
    if not pa.types.is_binary(wkb.type) or wkb.null_count or not len(wkb):
        return None
    offsets = np.frombuffer(wkb.buffers()[1], np.int32)[wkb.offset:wkb.offset + len(wkb) + 1]
    if offsets[-1] - offsets[0] != 21 * len(wkb) or not (np.diff(offsets) == 21).all():
        return None
    raw = np.frombuffer(wkb.buffers()[2], np.uint8)[offsets[0]:offsets[-1]].reshape(-1, 21)
    if not (raw[:, :5] == (1, 1, 0, 0, 0)).all():
        return None
    xy = np.ascontiguousarray(raw[:, 5:]).view("<f8")
    return shapely.points(xy) if not np.isnan(xy).any() else None


# A point that no file holds: geometry.py tells it as bad coordinates.
UNREADABLE = shapely.Point(float("nan"), float("inf"))
