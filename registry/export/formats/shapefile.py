"""Shapefile: names and texts as short as a DBF has them, one file for each type of geometry, everything else beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registry.export.content import Content
from registry.export.format import Format
from registry.kinds import Field, Label

TEXT_BYTES = 254
_LDID = {"gbk": 0x4D}  # CP936; UTF-8 has none, the .cpg tells it
_LDID_AT = 29
# A number stands in 24 characters, 15 of them behind the point (N 24.15).
_DECIMALS, _LARGEST = 15, 1e8


def _fit(field: Field, value: Any, encoding: str) -> Any:
    if isinstance(value, str):
        raw = value.encode(encoding, "replace")
        return (raw if len(raw) <= TEXT_BYTES else raw[:TEXT_BYTES]).decode(encoding, "ignore").strip() or None
    if isinstance(value, float):
        return float(f"{value:.{_DECIMALS}f}") if abs(value) < _LARGEST else None
    return value


def _write(content: Content, path: Path) -> None:
    from registry.export import arrow

    kind = arrow.types(content)[0]  # lines and polygons of a shapefile are multi or not
    arrow.write(content, path, "ESRI Shapefile", kind=kind if kind == "MultiPoint" else kind.removeprefix("Multi"), widths=_widths(content), encoding=content.encoding.upper())
    if (mark := _LDID.get(content.encoding)) is not None:
        with open(path.with_suffix(".dbf"), "r+b") as table:
            table.seek(_LDID_AT)
            table.write(bytes([mark]))


def _widths(content: Content) -> dict[str, int]:
    """Bytes of the columns of text: as long as the longest, since every row takes them."""
    found = {}
    for column in content.columns:
        longest = content.survey.longest.get(column.field.key)
        if column.field.codes is not None:
            longest = max((len(c.title.zh.encode()) for c in column.field.codes.codes), default=1)
        if longest is not None:
            found[column.name] = min(TEXT_BYTES, max(1, longest))
    return found


FORMAT = Format("shp", ".shp", "application/vnd.shp", Label("Shapefile", "Shapefile"), "short", words=True, write=_write, fit=_fit,
                families=(("point", ("POINT",)), ("multipoint", ("MULTIPOINT",)), ("line", ("LINESTRING", "MULTILINESTRING")),
                          ("polygon", ("POLYGON", "MULTIPOLYGON"))), encodings=("utf-8", "gbk"), placeless=False)
