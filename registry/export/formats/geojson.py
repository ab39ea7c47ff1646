"""GeoJSON (RFC 7946) and GeoJSON text sequences (RFC 8142): features as text, written as they come."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import shapely

from registry.export.content import Content
from registry.export.format import Format
from registry.kinds import Label


def features(content: Content) -> Iterator[str]:
    """Features, one a text; outer rings counterclockwise (RFC 7946 §3.1.6), coordinates on the grid of 1e-9°."""
    names = [c.name for c in content.columns]
    for batch in content.batches():
        shapes = shapely.to_geojson(shapely.orient_polygons(batch.shapes))
        for shape, *values in zip(shapes, *batch.values, strict=True):
            told = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, default=_plain)
            yield f'{{"type":"Feature","geometry":{shape or "null"},"properties":{told}}}'


def _collection(content: Content, out: BinaryIO) -> None:
    out.write(b'{"type":"FeatureCollection","features":[')
    between = "\n"
    for feature in features(content):
        out.write((between + feature).encode())
        between = ",\n"
    out.write(b"\n]}\n")


def _sequence(content: Content, out: BinaryIO) -> None:
    for feature in features(content):
        out.write(f"\x1e{feature}\n".encode())


def _plain(value: Any) -> str:
    assert isinstance(value, dt.date)
    return value.isoformat()


GEOJSON = Format("geojson", ".geojson", "application/geo+json", Label("GeoJSON", "GeoJSON"), "key", stream=_collection, degrees=True)
SEQUENCE = Format("geojsonseq", ".geojsons", "application/geo+json-seq", Label("GeoJSON 序列", "GeoJSON text sequence"), "key",
                  stream=_sequence, degrees=True)
