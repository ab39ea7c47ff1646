"""XLSX: the form of the class, filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registry.errors import BadValue
from registry.export.content import Content, text_of
from registry.export.form import LONGEST_CELL, MOST_ROWS, Form, Head, held
from registry.export.format import Format
from registry.kinds import Field, Label

FULL = "→ {}"  # stands in the place of a geometry that a cell cannot hold, and says where it is


def _fit(field: Field, value: Any, encoding: str) -> Any:
    return held(value)


def _write(content: Content, path: Path) -> None:
    if not content.crs.is_geographic and content.crs.to_epsg() is None:
        raise BadValue(name="--crs", value=content.crs.name, why_zh="XLSX 只能写有 EPSG 号的坐标系", why_en="XLSX takes a CRS with an EPSG number only")
    heads = [Head(c.name, c.field) for c in content.columns]
    with Form(path, content.kind.title.zh, [*heads, Head("WKT")]) as form:
        for batch in content.batches():
            texts = text_of(batch.shapes, content.crs)
            for i, (place, *values) in enumerate(zip(texts, *batch.values, strict=True)):
                if len(place) > LONGEST_CELL:
                    written = FULL.format(content.more.path.name) if content.more else ""
                    content.keep(batch.first + i, "WKT", written, place, content.code_at(batch, i))
                    place = written
                form.write([*values, place])


FORMAT = Format("xlsx", ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Label("Excel 工作簿", "Excel workbook"),
                "title", words=True, write=_write, fit=_fit, most_rows=MOST_ROWS)
