"""Judging: an inspection's measurements into scores and grade, what the sheet says otherwise kept and told; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from registry.errors import BadValue
from registry.standards import numbers, sheets
from registry.standards.numbers import Table
from registry.standards.sheets.sheet import Findings, Sheet

# What an inspection stores beside the measurements themselves.
ASSET, STATED = "asset", "stated"
OWN = (ASSET, STATED)
_TABLE = re.compile(r"(?P<family>\S+) (?P<edition>\S+)(?: own)? sha256:(?P<sha>[0-9a-f]{16})")
_NEARLY = 1e-9
Warning_ = tuple[str, str, str, str]  # field, code of PROBLEMS, and a sentence in Chinese and English


def judge(sheet: Sheet, values: dict[str, Any], asset: Mapping[str, Any]) -> list[Warning_]:
    """Put scores, grade, standard and tables into the values of an inspection; returns what is worth saying.

    values: as the table has them, `measurements` in the words of the sheet. asset: the facts that the sheet asks for.
    What the sheet says of grade and standard stays in the measurements as `stated`; where nothing can be computed its
    grade holds, and `table_edition` is empty. BadValue: a measurement is no such thing, or there is no such edition.
    """
    if sheet.judge is None:
        if values.get("standard") is None and (scheme := values["measurements"].get("grade_scheme")):
            values["standard"] = scheme[:100]
        return []
    said = dict(values["measurements"])
    found = sheet.judge(said, asset, edition(sheet, values.get("table_edition")))
    stated = {k: values[k] for k in ("grade", "standard") if values.get(k) is not None}
    if (override := values.get("override_grade")) is not None:
        values["override_grade"] = found.means(override)
        if values["override_grade"] is None:
            raise BadValue(name="override_grade", value=override, why_zh=f"这个设施的等级是 {_scale(found)}", why_en=f"its grades are {_scale(found)}")
    facts = {k: asset[k] for k in sheet.facts if asset.get(k) is not None}
    values["measurements"] = said | ({ASSET: facts} if facts else {}) | ({STATED: stated} if stated else {})
    values["scores"] = found.scores or None
    values["grade"] = (found.grade or found.means(stated.get("grade"))) if sheet.rates else None
    computed = bool(found.scores)
    values["table_edition"] = named(found) if computed else None
    values["standard"] = found.tables[0].standard if computed and found.tables and (found.grade or not stated.get("grade")) \
        else stated.get("standard")
    if found.part is not None and values.get("from_m") is None:
        values["from_m"], values["to_m"] = found.part
    return [*_differences(sheet, said, found, stated), *(("scores", "not_told", d.zh, d.en) for d in found.unknown)]


def again(sheet: Sheet, measurements: Mapping[str, Any], tables: str | None) -> Findings:
    """Judge what is stored by the tables that it names. BadValue where one of them is no longer there."""
    assert sheet.judge is not None
    said = {k: v for k, v in measurements.items() if k not in OWN}
    for part in filter(None, (tables or "").split("; ")):
        if held(part) is None:
            raise BadValue(name="table_edition", value=part, why_zh="没有这张表了，或已经改动", why_en="this table is gone, or was changed")
    return sheet.judge(said, measurements.get(ASSET) or {}, edition(sheet, tables))


def named(found: Findings) -> str | None:
    """The tables as an inspection stores them: family, edition, whether the bureau's own, beginning of the SHA-256."""
    return "; ".join(f"{t.family} {t.edition}{' own' if t.own else ''} sha256:{t.sha256[:16]}" for t in found.tables) or None


def held(part: str) -> Table | None:
    """The table that one stored name means, if it is still there, to the letter."""
    told = _TABLE.fullmatch(part)
    table = numbers.editions(told["family"]).get(told["edition"]) if told else None
    return table if table and told and table.sha256.startswith(told["sha"]) else None


def edition(sheet: Sheet, said: str | None) -> str | None:
    """The edition of the sheet's main table: what was said, as an edition or as a stored name of tables."""
    if not said or sheet.family is None:
        return None
    told = next((m for m in _TABLE.finditer(said) if m["family"] == sheet.family), None)
    return told["edition"] if told else None if _TABLE.search(said) else said.strip()


def explained(row: Mapping[str, Any]) -> dict[str, Any]:
    """How an inspection was judged: the sheet, the clause, the tables as they are named, and what could not be told.

    Empty where its form is no sheet of ours. A table that is gone is told by its stored name, with `held` false.
    """
    sheet = sheets.find(row["form"])
    if sheet is None:
        return {}
    made: dict[str, Any] = {"sheet": {"key": sheet.key, **sheet.title.as_dict()}}
    if sheet.judge is None:
        return made
    stored = [p for p in (row["table_edition"] or "").split("; ") if p]
    tables = [(t.as_dict() | {"held": True}) if (t := held(p)) else {"named": p, "held": False} for p in stored]
    found = again(sheet, row["measurements"], row["table_edition"]) if all(t["held"] for t in tables) else None
    return made | {"tables": tables, "clause": found.clause if found else None,
                   "unknown": [d.as_dict() for d in found.unknown] if found else [], "source_of_grade": _source(row, found)}


# -- inside --------------------------------------------------------------------------------------
def _source(row: Mapping[str, Any], found: Findings | None) -> str | None:
    """Who says the grade: `override`, `computed`, or `stated` by the sheet; None where there is none, or nobody can tell."""
    if row["override_grade"] is not None:
        return "override"
    if row["grade"] is None or found is None:
        return None
    return "computed" if found.grade == row["grade"] else "stated"


def _differences(sheet: Sheet, said: Mapping[str, Any], found: Findings, stated: Mapping[str, Any]) -> list[Warning_]:
    made: list[Warning_] = []
    for key, score in found.scores.items():
        told = said.get(key)
        if isinstance(told, int | float) and isinstance(score, int | float) and not _agree(float(told), float(score)):
            made.append((key, "otherwise", f"表中 {key.upper()} 为 {told:g}，按标准算得 {score:.4g}；两者都留下，以算得的为准",
                         f"the sheet says {key.upper()} {told:g}, the standard gives {score:.4g}; both are kept, the computed one counts"))
    told, meant = stated.get("grade"), found.means(stated.get("grade"))
    if told is not None and meant is None:
        made.append(("grade", "otherwise", f"表中等级 {told} 不是这个设施的等级（{_scale(found)}），不采用",
                     f"the grade {told} of the sheet is none of this asset ({_scale(found)}), and is not taken"))
    elif told is not None and found.grade is None and meant != told:
        made.append(("grade", "otherwise", f"表中等级 {told} 在这个设施是 {meant}", f"the grade {told} of the sheet is {meant} of this asset"))
    elif told is not None and found.grade is not None and meant != found.grade:
        made.append(("grade", "otherwise", f"表中等级为 {told}，按标准应为 {found.grade}；两者都留下，以算得的为准",
                     f"the sheet says grade {told}, the standard gives {found.grade}; both are kept, the computed one counts"))
    return made


def _scale(found: Findings) -> str:
    return "、".join(dict.fromkeys((found.scale or {}).values()))


def _agree(told: float, score: float) -> bool:
    """Whether what was told is the score, rounded to as many digits as it was told with."""
    digits = len(f"{told!r}".partition(".")[2]) if "e" not in f"{told!r}" and not told.is_integer() else 0
    return abs(told - score) <= 0.5 * 10 ** -digits + _NEARLY
