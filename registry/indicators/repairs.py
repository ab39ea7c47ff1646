"""修复清单: drains in the order in which they need repair (RI) or cleaning (MI), with what was never inspected told beside."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Connection

from registry import sql
from registry.catalogue import load
from registry.db.columns import read
from registry.db.fragments import for_text
from registry.indicators import staleness
from registry.indicators.lines import no_drain
from registry.kinds import AssetClass
from registry.scope import Sight
from registry.standards import drain
from registry.store import counted, records

KIND = "pipe"
INDICES = {"ri": "mi", "mi": "ri"}  # each with the other one, which is told beside it
_CONDITION = {"ri": "f", "mi": "g"}
TELLS = ("state", "medium")  # who may not see these of a pipe may not read them out of the list
SHOWN = ("name", "keeper", "owner", "medium", "material", "diameter_mm", "laid_year", "road_name")
COLUMNS = ("id", "class", "code", "name", "level", "ri", "mi", "condition", "length_m", "district", *SHOWN[1:], "inspected_on", "standard", "geometry")


@dataclass(frozen=True)
class Asked:
    """by: `ri` (structure, CJJ 181 repair) or `mi` (function, upkeep). least: the lowest level listed; district: code or name."""

    by: str = "ri"
    least: str = "II"
    district: str | None = None


def page(conn: Connection, sight: Sight, city: str, asked: Asked, *, limit: int, after: tuple[int, int] | None = None) -> list[dict[str, Any]]:
    """Drains in service whose level is `least` or graver, the worst first; empty for who may not see pipes.

    Each with `ri` and `mi`, the `level` by the one asked for, the class of the condition (F or G), when it was inspected and the place
    (`geometry`: GeoJSON text), under COLUMNS. after: `mark` of the last row of the page before.
    """
    cls, seen, values = _seen(conn, sight, city, asked)
    if cls is None:
        return []
    known = sight.seen(cls).by_key
    columns = ", ".join(f"{read(known[key])} AS {key}" if key in known else f"NULL AS {key}" for key in SHOWN)
    found = conn.execute(sql.statement(
        "repairs", assets=seen, columns=for_text(columns), index=for_text(_index(asked.by)), other=for_text(_index(INDICES[asked.by])),
        condition=_CONDITION[asked.by], out=for_text(_out(cls)), day=for_text(_day(asked.by))),
        {**values, "above": _above(asked.least), "limit": limit, "after": after[1] if after else None, "millionths": after[0] if after else None})
    return [{name: row[name] for name in COLUMNS} for row in (_row(dict(r), asked.by) for r in found.mappings())]


def counts(conn: Connection, sight: Sight, city: str, asked: Asked) -> dict[str, Any]:
    """Number and length (m) of drains by level, and of those without an index: never inspected, which is not level I."""
    cls, seen, values = _seen(conn, sight, city, asked)
    upper = drain.table().data["repair"]["upper"]
    index = _index(asked.by)
    level = "CASE " + " ".join(f"WHEN {index} <= {float(u)!r} THEN '{name}'" for u, name in zip(upper, drain.LEVELS, strict=False)) + f" ELSE '{drain.LEVELS[-1]}' END"
    found = {r.level: r for r in conn.execute(sql.statement(
        "repairs_count", assets=seen, index=for_text(index), level=for_text(level), out=for_text(_out(cls))), values)} if cls else {}
    told = {name: {"count": r.count if r else 0, "length_m": float(r.length_m or 0) if r else 0.0, "unmeasured": r.unmeasured if r else 0}
            for name, r in ((n, found.get(n)) for n in (*drain.LEVELS, None))}
    return {"levels": {n: told[n] for n in drain.LEVELS}, "uninspected": told[None],
            "listed": sum(told[n]["count"] for n in drain.LEVELS[drain.LEVELS.index(asked.least):])}


def mark(row: dict[str, Any], by: str) -> tuple[int, int]:
    """What tells a row's place in the list by an index."""
    return int(Decimal(repr(row[by])).scaleb(6).quantize(Decimal(1), ROUND_HALF_UP)), row["id"]


# -- inside --------------------------------------------------------------------------------------
def _seen(conn: Connection, sight: Sight, city: str, asked: Asked) -> tuple[AssetClass | None, str, dict[str, Any]]:
    cls = load().classes[KIND]
    if cls not in records.classes(sight, None, TELLS):
        return None, "", {}
    rows = sight.rows(cls)
    return cls, rows.text, {"class": cls.key, "city": city, "today": sight.today, "as_of": sight.as_of,
                            "district": records.district(conn, sight, city, asked.district), **rows.values}


def _index(name: str) -> str:
    return f"CAST(coalesce(a.scores ->> '{name}', a.scores ->> '{name.upper()}') AS double precision)"


def _day(name: str) -> str:
    return staleness.last(f"coalesce(i.scores ->> '{name}', i.scores ->> '{name.upper()}') IS NOT NULL")


def _out(cls: AssetClass) -> str:
    """What counts in no figure of drains is in no list of them either."""
    return counted.any_of([*counted.not_counting(cls), *no_drain(cls, {})])


def _above(least: str) -> float:
    upper = drain.table().data["repair"]["upper"]
    number = drain.LEVELS.index(least)
    return float(upper[number - 1]) if number else -1.0


def _row(row: dict[str, Any], by: str) -> dict[str, Any]:
    return row | {"level": drain.repair_level(row["index"]), by: row["index"], INDICES[by]: row["other"]}
