"""Grades recomputed: each judged inspection once more, from what is stored of it and the tables that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.errors import BadValue
from registry.standards import sheets
from registry.standards.sheets import judging

FITS, DIFFERS, GONE = "fits", "differs", "table_gone"
_NEARLY = 1e-9


@dataclass(frozen=True)
class Regraded:
    """One inspection recomputed. outcome: it fits, it differs, or a table that it names is gone or was changed."""

    id: int
    asset_id: int
    form: str
    outcome: str
    stored: Mapping[str, Any]
    computed: Mapping[str, Any]


def every(conn: Connection, city: str) -> Iterator[Regraded]:
    """Recompute all judged inspections of a city, streamed."""
    forms = [s.key for s in sheets.every().values() if s.judge is not None]
    found = conn.execute(sql.statement("inspections_judged"), {"city": city, "forms": forms}, execution_options={"yield_per": 1000})
    for row in found.mappings():
        yield _again(dict(row))


def _again(row: Mapping[str, Any]) -> Regraded:
    sheet = sheets.find(row["form"])
    assert sheet is not None
    stored = {"scores": row["scores"] or {}, "grade": row["grade"]}
    try:
        found = judging.again(sheet, row["measurements"], row["table_edition"])
    except BadValue:
        return Regraded(row["id"], row["asset_id"], row["form"], GONE, stored, {})
    stated = row["measurements"].get(judging.STATED, {}).get("grade")
    computed = {"scores": found.scores, "grade": (found.grade or found.means(stated)) if sheet.rates else None}
    fits = stored["grade"] == computed["grade"] and _same(stored["scores"], found.scores)
    return Regraded(row["id"], row["asset_id"], row["form"], FITS if fits else DIFFERS, stored, computed)


def _same(stored: Mapping[str, Any], computed: Mapping[str, Any]) -> bool:
    return stored.keys() == computed.keys() and all(
        stored[k] == v if isinstance(v, str) or isinstance(stored[k], str) else abs(stored[k] - v) <= _NEARLY for k, v in computed.items())
