"""A class as sheets of inspections tell of it: the code of the asset and the fields of the form, for files and templates alike."""

from __future__ import annotations

import dataclasses

from registry.kinds import AssetClass, FeatureKind, Field, Label
from registry.kinds.records import INSPECTION
from registry.standards.sheets.sheet import Sheet
from registry.store import sheet_forms

_ENDING = {"state": "状态", "grade": "等级"}
_GRADES = ("grade", "override_grade")


def plain(kind: FeatureKind) -> AssetClass:
    """The code of the asset, and what every inspection says."""
    fields = tuple(_called(f, kind) if f.key != "form" else dataclasses.replace(f, required=False) for f in INSPECTION)
    return AssetClass(kind.key, kind.label, kind.geometry, (kind.by_column["code"], *fields), common=False, names=kind.names)


def by_sheet(kind: AssetClass, sheet: Sheet) -> AssetClass:
    """The same with what the sheet measures; where two fields answer to one name, it is the sheet's."""
    left_out = {"form", "table_edition"} | (set() if sheet.rates else {"override_grade", "override_reason"})
    known = {f.key: f for f in plain(kind).fields if f.key not in left_out}
    if sheet.grades is not None:
        known |= {k: dataclasses.replace(known[k], type="code", codes=sheet.grades, max_length=None) for k in _GRADES if k in known}
        known["grade"] = dataclasses.replace(known["grade"], label=sheet.grades.title, aliases=(*known["grade"].aliases, "等级"))
    known |= {f.key: f for f in (*sheet_forms.fields(sheet, kind), *sheet.rows)}
    return AssetClass(kind.key, Label.of(sheet.label), kind.geometry, tuple(known.values()), common=False, names=kind.names)


def _called(field: Field, kind: FeatureKind) -> Field:
    """State and grade by the names that sheets of the class give them (路灯状态), unless these are a field of its own."""
    if field.key not in _ENDING:
        return field
    own = [title + _ENDING[field.key] for title in (kind.title.zh, *kind.names)]
    named = [n for n in own if (known := kind.field_named(n)) is None or known.key == field.key]
    others = kind.by_key[field.key].aliases if field.key in kind.by_key else ()
    return dataclasses.replace(field, aliases=tuple(dict.fromkeys((*field.aliases, *others, *named))))
