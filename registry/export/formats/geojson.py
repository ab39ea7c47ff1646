"""GeoJSON (RFC 7946) and GeoJSON text sequences (RFC 8142): features as text from the database, written as they come."""

from __future__ import annotations

from collections.abc import Iterator

from registry.export.content import Content
from registry.export.format import Format
from registry.kinds import Label

HEAD = b'{"type":"FeatureCollection","features":['
SEPARATOR = b"\x1e"


def _collection(content: Content) -> Iterator[bytes]:
    before = HEAD  # not sent until a first feature is there: what fails till then can still be told
    for lines in content.features():
        yield before + b"\n" + b",".join(lines)[:-1]
        before = b","
    yield (b"" if before == b"," else before) + b"\n]}\n"


def _sequence(content: Content) -> Iterator[bytes]:
    for lines in content.features():
        yield SEPARATOR + SEPARATOR.join(lines)


GEOJSON = Format("geojson", ".geojson", "application/geo+json", Label("GeoJSON", "GeoJSON"), "key", stream=_collection, degrees=True)
SEQUENCE = Format("geojsonseq", ".geojsons", "application/geo+json-seq", Label("GeoJSON 序列", "GeoJSON text sequence"), "key",
                  stream=_sequence, degrees=True)
