"""The output formats: the value of `f`, the media type that is sent, and those it also answers to."""

from __future__ import annotations

from dataclasses import dataclass

from registry.export import FORMATS as EXPORTS


@dataclass(frozen=True)
class Format:
    """One format of an answer. `also`: media types in `Accept` that it satisfies without being sent.

    binary: not text. dense: there is nothing left in it that gzip could press out. links: there is room for them in it.
    """

    key: str
    media: str
    title: str
    also: tuple[str, ...] = ()
    charset: bool = False
    binary: bool = False
    dense: bool = False
    links: bool = True
    schema: str | None = None  # component of its JSON where that is not the operation's own

    @property
    def content_type(self) -> str:
        return f"{self.media}; charset=utf-8" if self.charset else self.media

    @property
    def accepted(self) -> tuple[str, ...]:
        return (self.media, *self.also)


JSON = Format("json", "application/json", "JSON")
# A client that asks for plain JSON gets features as well, under their own media type (/req/geojson/definition).
GEOJSON = Format("json", "application/geo+json", "GeoJSON", ("application/vnd.geo+json", "application/json"))
HTML = Format("html", "text/html", "HTML", ("application/xhtml+xml",), charset=True)
# With a byte order mark, or Excel takes UTF-8 for the local code page. Formulas are not defused: this is data.
CSV = Format("csv", EXPORTS["csv"].media, "CSV", charset=True, links=False)
GEOJSON_SEQ = Format("geojsonseq", EXPORTS["geojsonseq"].media, "GeoJSON Text Sequence", links=False)
OPENAPI = Format("json", "application/vnd.oai.openapi+json;version=3.0", "OpenAPI 3.0",
                 ("application/vnd.oai.openapi+json", "application/openapi+json;version=3.0", "application/json"))
SCHEMA = Format("json", "application/schema+json", "JSON Schema", ("application/json",))
MVT = Format("mvt", "application/vnd.mapbox-vector-tile", "Mapbox Vector Tile", ("application/x-protobuf",), binary=True)
TILEJSON = Format("tilejson", "application/vnd.mapbox.tile+json", "TileJSON 3.0", schema="TileJson")
MAPBOX = Format("mapbox", "application/vnd.mapbox.style+json", "MapLibre style", ("application/json",), schema="MapStyle")
PROBLEM = Format("json", "application/problem+json", "Problem details (RFC 9457)", ("application/json",))

# Whatever an attachment is; its own media type is sent.
FILE = Format("file", "application/octet-stream", "File", ("image/*", "application/pdf", "text/plain"), binary=True, dense=True)
ZIP = Format("zip", "application/zip", "Zip", binary=True, dense=True)
# What a whole collection can be had as: every format that `registry export` writes. What never is one file comes packed.
DOWNLOADS = tuple(Format(f.key, ZIP.media if f.alone is False else f.media, f.title.en, (f.media,) if f.alone is False else (),
                         charset=f.media.startswith("text/"), binary=f.stream is None, dense=f.stream is None) for f in EXPORTS)

FORMATS = (JSON, GEOJSON, HTML, CSV, GEOJSON_SEQ, MVT, TILEJSON, MAPBOX, OPENAPI, SCHEMA, PROBLEM, FILE, *DOWNLOADS, ZIP)
