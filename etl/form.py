"""The reject file as a form: a workbook in which the wrong cells are coloured and every head says what is wanted."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from etl import reject_files
from etl.again import HEADS
from etl.crs import Crs
from etl.layer import Undecodable
from registry.export.beside import Values
from registry.export.form import LONGEST_CELL, Form, Head
from registry.geo import DIGITS

if TYPE_CHECKING:
    from etl.reject import Entries, Entry, Rejects

_NOTES = {"_file": "来源文件 source file", "_row": "源文件中的行号 row in the source", "_field": "有问题的字段 fields that are wrong",
          "_value": "原值 values", "_code": "问题代码 codes of the problems", "_message_zh": "说明：改正着色的格子，再导入本表",
          "_message_en": "Correct the coloured cells and load this workbook again"}
WKT = "WKT"


def write(rejects: Rejects, path: Path, entries: Entries, place: Crs | None) -> None:
    """Write the workbook; shapes as WKT in EPSG:4490, and what a cell cannot hold in the sidecar."""
    layer, own = rejects.layer, reject_files.columns(rejects.layer)
    fields = {column: rejects.kind.by_key[key] for key, column in rejects.matched.items() if key in rejects.kind.by_key}
    heads = [*(Head(h, note=_NOTES[h], told=True) for h in HEADS), *(Head(name, fields.get(name)) for _, name in own)]
    if rejects.shapes:
        heads.append(Head(WKT, note="图形 geometry：WKT，CGCS2000 经纬度 lon/lat"))
    at = {h.name: n for n, h in enumerate(heads)}
    beside = Values(path, None)
    try:
        with Form(path, layer.name, heads) as made:
            for number, entry in enumerate(entries(), 1):
                values = [*reject_files.told(layer, entry), *(_cell(entry.values[n]) for n, _ in own)]
                if rejects.shapes:
                    values.append(text(entry.wkb, place))
                for n, value in enumerate(values):
                    if isinstance(value, str) and len(value) > LONGEST_CELL:
                        values[n] = f"→ {beside.path.name}"
                        beside.add(number, None, heads[n].name, values[n], value)
                made.write(values, _wrong(entry, at))
    finally:
        beside.close()


def text(wkb: bytes | None, place: Crs | None) -> str:
    """A shape as a person can load it again: WKT in EPSG:4490; nothing where it has no place there."""
    if wkb is None or place is None:
        return ""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        shape = shapely.from_wkb(wkb)
        placed = place.to_stored(shapely.get_coordinates(shape))
        if shape.is_empty or not (np.isfinite(placed).all() and (np.abs(placed) <= (180, 90)).all()):
            return ""
        made = shapely.set_coordinates(shapely.force_2d(np.array([shape], object)), placed)[0]
    return str(shapely.to_wkt(made, rounding_precision=DIGITS))


def _wrong(entry: Entry, at: dict[str, int]) -> set[int]:
    """Columns to be coloured; what is wrong with no column is wrong with the place."""
    return {at[name] for column, *_ in entry.problems if (name := column or WKT) in at}


def _cell(value: Any) -> Any:
    if isinstance(value, Undecodable):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** 15:
        return str(value)
    return value.strip() if isinstance(value, str) else value
