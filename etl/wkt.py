"""Shapes as text: WKT, with the EPSG number in front where PostGIS wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from etl import gdal, nesting
from registry import geo
from registry.errors import BadValue

TEXT = re.compile(r"\s*(SRID=\d+;)?\s*(MULTI)?(POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)", re.IGNORECASE)
_SRID = re.compile(r"\s*SRID=(\d{4,6});", re.IGNORECASE)


def read(texts: Sequence[Any]) -> np.ndarray:
    """Shapes of a column of texts; None where there is none, a broken marker where it is no WKT."""
    made = np.full(len(texts), None, object)
    for i, text in enumerate(texts):
        text = "" if text is None else str(text).strip()
        if text:
            shape = None if nesting.deep_text(text) else shapely.from_wkt(_SRID.sub("", text), on_invalid="ignore")
            made[i] = gdal.UNREADABLE if shape is None else shape
    return made


def crs(texts: Iterable[Any]) -> str | None:
    """The CRS that the first text names (`SRID=4549;POINT (…)`), as WKT."""
    found = _SRID.match(next((str(t) for t in texts if t not in (None, "")), ""))
    try:
        return geo.crs(int(found.group(1))).to_wkt() if found else None
    except BadValue:
        return None
