"""Which tables are sheets of inspections: what a folder holds of them tells of assets and makes none."""

from __future__ import annotations

from etl.layer import Layer, Note
from registry import catalogue
from registry.kinds.codes import fold
from registry.kinds.records import INSPECTION
from registry.standards import sheets
from registry.standards.sheets.sheet import Sheet

ENOUGH = 3  # columns that only the sheet knows


def sheet_of(layer: Layer) -> Sheet | None:
    """The sheet that a table without shapes looks like: it has a day of inspection and columns that no asset of the class has."""
    if layer.geometry:
        return None
    names = {fold(c.name) for c in layer.columns}
    day = next(f for f in INSPECTION if f.key == "inspected_on")
    if not names & set(day.names):
        return None
    found = {s.key: len(_own(s, names)) for s in sheets.every().values() if s.judge is not None}
    best = max(found, key=lambda k: found[k], default=None)
    return sheets.find(best) if best is not None and found[best] >= ENOUGH else None


def left_out(sheet: Sheet) -> Note:
    """Why it is not loaded as assets."""
    return (f"是{sheet.title.zh}，用 --inspection {sheet.key} 导入", f"is a sheet of inspections; load it with --inspection {sheet.key}")


def _own(sheet: Sheet, names: set[str]) -> set[str]:
    kinds = [catalogue.load().classes[k] for k in sheet.classes if k in catalogue.load().classes]
    return {f.key for f in (*sheet.fields, *sheet.rows) if any(n in names and not any(k.field_named(n) for k in kinds) for n in f.names)}
