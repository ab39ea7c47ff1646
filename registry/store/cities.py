"""Cities: titles, extent and the CRS in which metres are measured."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import shapely
from sqlalchemy import Connection, text

from registry import geo
from registry.errors import BadValue, UnknownCity
from registry.kinds import Label

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")


@dataclass(frozen=True)
class City:
    """One city. `extent` is in EPSG:4490 (x = lon) or None; without it nothing is refused for its place.

    `srid` is the working CRS: the local CGCS2000 3-degree zone, a UTM zone abroad.
    """

    key: str
    zh: str
    en: str
    extent: Any = None
    srid: int = 4549

    @property
    def title(self) -> Label:
        return Label(self.zh, self.en)


def find(conn: Connection, key: str) -> City | None:
    """The city of this key, or None."""
    row = conn.execute(text("SELECT key, zh, en, ST_AsBinary(extent), srid FROM city WHERE key = :k"),
                       {"k": key}).one_or_none()
    return _city(row) if row else None


def get(conn: Connection, key: str) -> City:
    """The city of this key, or UnknownCity."""
    city = find(conn, key)
    if city is None:
        raise UnknownCity(key=key, known=", ".join(c.key for c in every(conn)) or "-")
    return city


def every(conn: Connection) -> list[City]:
    """All cities by key."""
    return [_city(r) for r in conn.execute(text("SELECT key, zh, en, ST_AsBinary(extent), srid FROM city ORDER BY key"))]


def put(conn: Connection, city: City) -> None:
    """Make or change a city. The working CRS must measure in metres; the key stands in addresses (BadValue)."""
    if not KEY.fullmatch(city.key):
        raise BadValue(name="city", value=city.key[:48], why_zh="城市代号只能用字母、数字、- 和 _，最长 48 个，例如 shaoxing",
                       why_en="a city key has letters, digits, - and _ only, at most 48, for example shaoxing")
    if not geo.is_projected(city.srid):
        raise BadValue(name="srid", value=city.srid, why_zh="工作坐标系须以米为单位",
                       why_en="the working CRS must measure in metres")
    wkb = shapely.to_wkb(city.extent) if city.extent is not None else None
    conn.execute(text("INSERT INTO city (key, zh, en, extent, srid) VALUES (:k, :zh, :en, "
                      "ST_GeomFromWKB(:e, 4490), :s) ON CONFLICT (key) DO UPDATE SET zh = :zh, en = :en, "
                      "extent = ST_GeomFromWKB(:e, 4490), srid = :s"),
                 {"k": city.key, "zh": city.zh, "en": city.en, "e": wkb, "s": city.srid})


def _city(row: Any) -> City:
    key, zh, en, extent, srid = row
    return City(key, zh, en, shapely.from_wkb(bytes(extent)) if extent is not None else None, srid)
