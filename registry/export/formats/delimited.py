"""CSV for spreadsheets: a byte order mark, titles of fields and codes, WKT last, and no cell that runs as a formula."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from registry.errors import BadValue
from registry.export import beside
from registry.export.content import Content, text_of
from registry.export.format import Format
from registry.kinds import Label
from registry.kinds.cells import defused

# GB18030 writes every character and is GBK for those that GBK has.
CODECS = {"utf-8": "utf-8-sig", "gbk": "gb18030"}


def _write(content: Content, path: Path) -> None:
    with open(path, "wb") as out:
        out.writelines(_stream(content))
    if content.encoding != "utf-8":
        beside.encoding_of(path).write_text(CODECS[content.encoding], encoding="ascii")


def _stream(content: Content) -> Iterator[bytes]:
    """The lines, some thousands at a time; the byte order mark stands before the first only."""
    encoder = codecs.getincrementalencoder(CODECS[content.encoding])()
    for rows in _rows(content):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        yield encoder.encode(text.getvalue())


def _rows(content: Content) -> Iterator[Iterable[Sequence[Any]]]:
    if not content.crs.is_geographic and content.crs.to_epsg() is None:
        raise BadValue(name="--crs", value=content.crs.name, why_zh="CSV 只能写有 EPSG 号的坐标系", why_en="CSV takes a CRS with an EPSG number only")
    place = content.types != (None,)
    heads: list[Sequence[Any]] = [[*(defused(c.name) for c in content.columns), *(["WKT"] if place else [])]]
    for batch in content.batches():
        columns = [[cell(v) for v in values] if any(v is not None for v in values) else [""] * batch.rows for values in batch.values]
        if place:
            columns.append(text_of(batch.shapes, content.crs))
        yield itertools.chain(heads, zip(*columns, strict=True))
        heads = []
    if heads:
        yield heads


def cell(value: Any) -> Any:
    """A value as text that is read as the same again."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.date):
        return value.isoformat()
    return defused(value) if isinstance(value, str) else repr(value)


FORMAT = Format("csv", ".csv", "text/csv", Label("CSV", "CSV"), "title", words=True, write=_write, stream=_stream, encodings=("utf-8", "gbk"))
