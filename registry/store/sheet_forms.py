"""Inspections by a sheet: what was sent read by its declaration, and judged with what the registry knows of the asset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, text

from registry.db.columns import read as read_column
from registry.errors import BadValue
from registry.kinds import AssetClass, Field, Label
from registry.kinds.form import Problems, read
from registry.standards.sheets import judging
from registry.standards.sheets.sheet import Sheet

MOST_ROWS = 10_000  # members of one inspection
Facts = Mapping[str, Any]


def fields(sheet: Sheet, kind: AssetClass) -> tuple[Field, ...]:
    """What is measured once for each inspection: the sheet's own fields, and those whose words it borrows from the class."""
    return (*sheet.fields, *(kind.by_key[k] for k in sheet.borrows if k in kind.by_key))


def measurements(sheet: Sheet, kind: AssetClass, said: Any, problems: Problems, row: int | None = None) -> dict[str, Any]:
    """The measurements that were sent, in the words of the sheet; what is wrong is named by its place."""
    given = dict(said) if isinstance(said, Mapping) else {}
    if not sheet.suits(kind.key):
        problems.add("form", "wrong_class", row, value=sheet.key, known=", ".join(sheet.classes))
        return {}
    if said is not None and not isinstance(said, Mapping):
        problems.add("measurements", "type", row, value=said, expected=Label("对象", "an object"))
    listed = given.pop(sheet.rows_key, None) if sheet.rows_key else None
    made = {k: v for k, v in _read(fields(sheet, kind), given, problems, row, "measurements").items() if v is not None}
    if listed is None:
        return made
    if not isinstance(listed, list) or len(listed) > MOST_ROWS:
        problems.add(f"measurements.{sheet.rows_key}", "type", row, value=listed,
                     expected=Label(f"至多 {MOST_ROWS} 项的列表", f"a list of at most {MOST_ROWS}"))
        return made
    made[sheet.rows_key] = [_member(sheet, entry, problems, row, f"measurements.{sheet.rows_key}[{n}]") for n, entry in enumerate(listed)]
    return made


def stated(sheet: Sheet, values: dict[str, Any], said: Mapping[str, Any], problems: Problems, row: int | None = None) -> None:
    """The grades that were sent, in the words of the sheet; scores are computed and not sent."""
    if said.get("scores") is not None and sheet.judge is not None:
        problems.add("scores", "computed", row, value=said["scores"])
    for key in ("grade", "override_grade"):
        if values[key] is None:
            continue
        if key == "override_grade" and not sheet.rates:
            problems.add(key, "not_rated", row, value=values[key])
        elif sheet.grades is not None:
            code = sheet.grades.find(values[key])
            if code is None:
                problems.add(key, "unknown_code", row, value=values[key], codes=sheet.grades.title, allowed=sheet.grades.codes)
            else:
                values[key] = code.value


def of_codes(conn: Connection, sheet: Sheet, kind: AssetClass, city: str, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """code → what the registry knows of the asset that the sheet's rule needs."""
    return {r["code"]: _known(sheet, r) for r in _facts(conn, sheet, kind, city, "a.code = ANY(:which)", list(codes))}


def of_id(conn: Connection, sheet: Sheet, kind: AssetClass, city: str, id_: int) -> dict[str, Any]:
    """The same of one asset."""
    return next((_known(sheet, r) for r in _facts(conn, sheet, kind, city, "a.id = ANY(:which)", [id_])), {})


def judge(sheet: Sheet, values: dict[str, Any], facts: Facts, problems: Problems, row: int | None = None) -> list[dict[str, Any]]:
    """Judge an inspection in place; returns warnings, each with the row where there are several."""
    try:
        told = judging.judge(sheet, values, facts)
    except BadValue as error:
        name = error.facts["name"]
        problems.add(name if name == "override_grade" else f"measurements.{name}", "against_standard", row, value=error.facts["value"],
                     why=Label(str(error.facts["why_zh"]), str(error.facts["why_en"])))
        return []
    return [({} if row is None else {"row": row}) | {"field": field, "code": code, "zh": zh, "en": en} for field, code, zh, en in told]


# -- inside --------------------------------------------------------------------------------------
def _read(known: tuple[Field, ...], said: Any, problems: Problems, row: int | None, where: str) -> dict[str, Any]:
    """Read fields; problems are told under the place where they stand."""
    own = Problems(problems.what)
    values = read(known, said, own)
    problems.found += [({} if row is None else {"row": row}) | p | {"field": f"{where}.{p['field']}".rstrip(".")} for p in own.found]
    return values


def _member(sheet: Sheet, entry: Any, problems: Problems, row: int | None, where: str) -> dict[str, Any]:
    before = len(problems.found)
    values = {k: v for k, v in _read(sheet.rows, entry, problems, row, where).items() if v is not None}
    if len(problems.found) > before or sheet.settle is None:
        return values
    try:
        return sheet.settle(values)
    except BadValue as error:
        problems.add(f"{where}.{error.facts['name']}", "against_standard", row, value=error.facts["value"],
                     why=Label(str(error.facts["why_zh"]), str(error.facts["why_en"])))
        return values


def _facts(conn: Connection, sheet: Sheet, kind: AssetClass, city: str, where: str, which: list[Any]) -> list[dict[str, Any]]:
    """Read from the table itself: a grade does not depend on who enters the sheet. Whether they see the asset is asked elsewhere."""
    wanted = [kind.by_key[k] for k in sheet.facts if k in kind.by_key]
    columns = "".join(f", {read_column(f)} AS {f.key}" for f in wanted)
    found = conn.execute(text(f"SELECT a.id, a.code{columns} FROM asset a WHERE a.class = :class AND a.city = :city AND {where}"),
                         {"class": kind.key, "city": city, "which": which})
    return [dict(r) for r in found.mappings()]


def _known(sheet: Sheet, row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: row[k] for k in sheet.facts if row.get(k) is not None}
