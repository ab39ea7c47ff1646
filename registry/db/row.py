"""What every row has beside its declared fields, each declared as they are: answers, schemas, filters and orders read this list."""

from __future__ import annotations

from registry.db.columns import MEASURES
from registry.kinds import FeatureKind, Field

_EVERY = (
    (Field("id", "编号|Id", "integer"), "a.id"),
    (Field("length_m", "长度|Length", "number", column="length_m", unit="m"), "a.length_m"),
    (Field("area_m2", "面积|Area", "number", column="area_m2", unit="m²"), "a.area_m2"),
    (Field("length_surveyed", "长度为实测|Length was surveyed", "boolean"), "a.length_surveyed"),
    (Field("area_surveyed", "面积为实测|Area was surveyed", "boolean"), "a.area_surveyed"),
    (Field("version", "版本|Version", "integer"), "a.version"),
    (Field("updated_at", "更新时间|Updated at", "timestamp"), "a.sys_from"),
)
_OF_ASSETS = ("length_m", "length_surveyed", "area_surveyed")


def of_row(kind: FeatureKind) -> dict[str, tuple[Field, str]]:
    """Name → how it would be declared, and the SQL that reads it from the row `a`; without what the kind declares itself."""
    return {f.key: (f, sql) for f, sql in _EVERY if f.key not in kind.by_key and (kind.table == "asset" or f.key not in _OF_ASSETS)}


def beside(kind: FeatureKind) -> dict[str, tuple[Field, str]]:
    """The same without the id, which a feature has outside its properties."""
    return {name: one for name, one in of_row(kind).items() if name != "id"}


def measures(kind: FeatureKind) -> list[str]:
    """Lengths and areas that no field of the kind shows already."""
    return [name for name in of_row(kind) if name in MEASURES]
