"""Which tables are sheets of inspections or records of the city: what a folder holds of them makes no assets."""

from __future__ import annotations

from etl import record_kinds
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


def no_assets(layer: Layer) -> Note | None:
    """Why a table is not loaded as assets; None where it may be."""
    if (sheet := sheet_of(layer)) is not None:
        return _why(sheet)
    name = next((n for n in record_kinds.BOOKS if not layer.geometry and _is_record(layer, n)), None)
    return (f"是{record_kinds.kind(name).title.zh}，用 --{name} 导入", f"is of records; load it with --{name}") if name else None


def _is_record(layer: Layer, name: str) -> bool:
    """Whether every column is one of such records, and none that they need is missing."""
    kind = record_kinds.kind(name)
    found = [kind.field_named(c.name) for c in layer.columns]
    return all(f is not None for f in found) and {f.key for f in kind.fields if f.required} <= {f.key for f in found if f is not None}


def _why(sheet: Sheet) -> Note:
    return (f"是{sheet.title.zh}，用 --inspection {sheet.key} 导入", f"is a sheet of inspections; load it with --inspection {sheet.key}")


def _own(sheet: Sheet, names: set[str]) -> set[str]:
    kinds = [catalogue.load().classes[k] for k in sheet.classes if k in catalogue.load().classes]
    return {f.key for f in (*sheet.fields, *sheet.rows) if any(n in names and not any(k.field_named(n) for k in kinds) for n in f.names)}
