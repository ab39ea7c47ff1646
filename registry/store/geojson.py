"""A row as a GeoJSON feature: text made in SQL, so that no feature passes through objects of Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from registry.db.columns import quote, read
from registry.db.row import beside
from registry.kinds import FeatureKind, Field
from registry.served_crs import DEFAULT, Served
from registry.store import members
from registry.store.filled import ANY, Filled
from registry.store.members import Member

_SHAPE = b'"geometry":"'  # before WKB in hexadecimal, which only a form that SQL cannot finish has


@dataclass(frozen=True)
class Form:
    """How features are shown.

    properties: the names of those that are shown, None for all. geometry: whether it is shown; else it is null.
    also: name → SQL over the row `a` of what stands behind them; it binds what the query binds.
    tolerance: lines and outlines are simplified by so many degrees of longitude (less of latitude, as on a Mercator map).
    """

    crs: Served = DEFAULT
    properties: tuple[str, ...] | None = None
    geometry: bool = True
    tolerance: float | None = None
    also: tuple[tuple[str, str], ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """What its SQL binds."""
        return {} if self.tolerance is None else {"tolerance": self.tolerance}

    def shows(self, name: str) -> bool:
        """Whether a property of this name is shown."""
        return self.properties is None or name in self.properties


PLAIN = Form()


def feature_sql(kind: FeatureKind, form: Form = PLAIN, filled: Filled = ANY) -> str:
    """A row `a` as GeoJSON text in UTF-8, the encoding of the connection; `finished` completes it. Binds `form.values`.

    filled: what no row has a value of stands there as null, unread, behind what some have.
    """
    return members.sql(*_feature(kind, form, filled))


def parted_sql(kind: FeatureKind, form: Form, filled: Filled) -> tuple[str, str]:
    """The same but for its end, and that: the text that ends each feature of the layer."""
    return members.parted(*_feature(kind, form, filled))


def _feature(kind: FeatureKind, form: Form, filled: Filled) -> tuple[list[Member], str, str]:
    """The properties of a feature, the SQL of what stands before them, the text behind."""
    shown = [*(Member.of(name, *one) if not filled.nothing(*one) else Member(name, None)
               for name, one in _fields(kind).items() if form.shows(name)),
             *(Member(name, f"CAST(to_json({expression}) AS text)") for name, expression in form.also)]
    geometry = f"coalesce({_geometry_sql(kind, form)}, 'null')" if form.geometry else "'null'"
    return shown, f"'{{\"type\":\"Feature\",\"id\":' || a.id || ',\"geometry\":' || {geometry} || ',\"properties\":'", "}"


def finished(features: Sequence[bytes], form: Form = PLAIN) -> list[bytes]:
    """The features of `feature_sql` as they are answered: shifted coordinates are none of SQL's, and quick here."""
    if form.crs.shift is None or not form.geometry:
        return list(features)
    parts = [_cut(f) for f in features]
    placed = [n for n, (_, shape, _) in enumerate(parts) if shape]
    shown = shapely.to_geojson(form.crs.shapes(shapely.from_wkb([parts[n][1] for n in placed])))
    made = list(features)
    for n, text in zip(placed, shown, strict=True):
        made[n] = parts[n][0] + text.encode() + parts[n][2]
    return made


def wkt_sql(form: Form = PLAIN) -> str:
    """The geometry of a row `a` as WKT in the CRS and the axes of the form; `finished_wkt` completes it."""
    if form.crs.shift is not None:
        return f"encode(ST_AsBinary({shape_sql(form)}), 'hex')"
    return f"ST_AsText({shape_sql(form)}, {form.crs.digits})"


def finished_wkt(said: str | None, form: Form = PLAIN) -> str | None:
    """The WKT of `wkt_sql` as it is answered."""
    if form.crs.shift is None or said is None:
        return said
    return str(shapely.to_wkt(shapely.transform(shapely.from_wkb(said), form.crs.from_stored), form.crs.digits))


def shape_sql(form: Form = PLAIN, *, east_first: bool = False) -> str:
    """The geometry of a row `a` in the CRS of the form and the order of its axes, or x = east whatever it is.

    Derived coordinates are not reached in SQL: of those it is the stored geometry.
    """
    made = "a.geom"
    if form.tolerance is not None:
        # A degree of longitude is cos φ as wide, so a pixel is so many degrees of latitude less.
        made = f"ST_SimplifyPreserveTopology({made}, CAST(«tolerance» AS float8) * cosd(ST_YMax({made})))"
    if not form.crs.in_degrees and form.crs.shift is None:
        made = f"ST_Transform({made}, {form.crs.srid})"
    return made if east_first else _flipped(made, form)


def wound_sql(kind: FeatureKind | None = None, shape: str = "a.geom") -> str:
    """A shape of a row `a` with x = east, its outer rings counterclockwise and its holes clockwise (RFC 7946 §3.1.6).

    kind: of the row, None of any: of one without polygons it is the shape itself. ST_ForcePolygonCCW turns lines round, so
    where there may be lines only polygons go through it; points it leaves as they are.
    """
    if kind is not None and "polygon" not in kind.geometry:
        return shape
    made = f"ST_ForcePolygonCCW({shape})"
    if kind is not None and "line" not in kind.geometry:
        return made
    return f"CASE WHEN ST_Dimension(a.geom) = 2 THEN {made} ELSE {shape} END"


def properties_sql(kind: FeatureKind) -> str:
    """The join that names the properties `p` of a row `a`, whatever the declaration calls them."""
    shown = (f"{expression} AS {quote(name)}" for name, (_, expression) in _fields(kind).items())
    return f"CROSS JOIN LATERAL (SELECT {', '.join(shown)}) p"


def properties(kind: FeatureKind) -> list[str]:
    """The names of all properties of a feature, in their order."""
    return list(_fields(kind))


def _fields(kind: FeatureKind) -> dict[str, tuple[Field, str]]:
    """Name → how it is declared, and the expression that reads it."""
    return {f.key: (f, read(f)) for f in kind.fields} | beside(kind)


def _geometry_sql(kind: FeatureKind, form: Form) -> str:
    """The geometry of a row `a` as GeoJSON, or as WKB in hexadecimal where SQL cannot finish it.

    Rings run counterclockwise as a map shows them, with x = east, also where the axes of the CRS are north and east: whoever
    draws such an answer puts the axes back first, and has what CRS84 gives. Worked out of the pairs as they stand, with
    north for x, the same rings seem to run clockwise.
    """
    shape = _flipped(wound_sql(kind, shape_sql(form, east_first=True)), form)
    if form.crs.shift is not None:
        return f"'\"' || encode(ST_AsBinary({shape}), 'hex') || '\"'"
    return f"ST_AsGeoJSON({shape}, {form.crs.digits}, 0)"


def _flipped(shape: str, form: Form) -> str:
    """A shape with x = east in the order of axes of the form."""
    return f"ST_FlipCoordinates({shape})" if form.crs.swap else shape


def _cut(feature: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the shape, the shape, what stands behind it; no shape of what has no place."""
    start = feature.find(_SHAPE, 0, 64)
    if start < 0:
        return feature, b"", b""
    head, tail = start + len(_SHAPE), feature.index(b'"', start + len(_SHAPE))
    return feature[:head - 1], feature[head:tail], feature[tail + 1:]
