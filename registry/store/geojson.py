"""A row as a GeoJSON feature: text made in SQL, so that no feature passes through objects of Python."""

from __future__ import annotations

from registry.db.columns import quote, read
from registry.geo import DIGITS
from registry.kinds import FeatureKind


def feature_sql(kind: FeatureKind) -> str:
    """A row as GeoJSON text in UTF-8, from the row `a` and its properties `p`."""
    return ("convert_to('{\"type\":\"Feature\",\"id\":' || a.id || ',\"geometry\":' || "
            f"coalesce(ST_AsGeoJSON(a.geom, {DIGITS}, 0), 'null') || ',\"properties\":' || row_to_json(p) || '}}', "
            "'UTF8')")


def properties_sql(kind: FeatureKind) -> str:
    """The join that names the properties `p` of a row `a`, whatever the declaration calls them."""
    columns = [f"{read(f)} AS {quote(f.key)}" for f in kind.fields]
    columns += [f"a.{m}" for m in measures(kind)]
    if kind.table == "asset":
        columns += [f"a.{flag}" for flag in ("length_surveyed", "area_surveyed")]
    columns += ["a.version", "a.sys_from AS updated_at"]
    return f"CROSS JOIN LATERAL (SELECT {', '.join(columns)}) p"


def measures(kind: FeatureKind) -> list[str]:
    """Measure columns that no field of the class shows already."""
    names = ["length_m", "area_m2"] if kind.table == "asset" else ["area_m2"]
    return [n for n in names if n not in kind.by_key]
