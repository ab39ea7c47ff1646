"""The rows of a coverage: one a division, which add up to the whole; shares by the basis of the rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from registry.coverage.rules import DISTRICT
from registry.coverage.straight import Run
from registry.errors import BadValue
from registry.kinds import Label
from registry.standards.figure import UNKNOWN, UNKNOWN_TITLE, Share
from registry.store import divisions

# Land beyond every division below this is rounding on their edges and makes no row of its own.
NO_LAND = 0.01
_NONE = {"area_m2": 0.0, "covered_m2": 0.0, "people": None, "people_covered": None}


def share(run: Run, found: Any) -> Share:
    """Served out of all: m², m or people, as the rule has it."""
    if run.rule.basis == "population":
        people, covered = found["people"], found["people_covered"]
        return Share(covered if people is not None else None, people)
    return Share(found["covered_m2"], found["area_m2"])


def people(found: Any) -> dict[str, float | None]:
    """The areal share of the population; None where none is known."""
    return {"people": found["people"], "people_covered": found["people_covered"] if found["people"] is not None else None}


def by_division(run: Run, by: str, total: Any) -> list[dict[str, Any]]:
    """A row for each division, and one for what lies in none; they add up to the total."""
    found = {r["code"]: r for r in run.divided(by)}
    rows = [_row(run, code, title, found.get(code, _NONE))
            for code, title in divisions.titles(run.conn, run.city.key, by, run.sight).items()]
    if rest := undivided(total, found.values(), _NONE):
        rows.append(_row(run, UNKNOWN, UNKNOWN_TITLE, rest))
    return rows


def districts(run: Run) -> list[str]:
    """The districts that are seen, by code."""
    return list(divisions.titles(run.conn, run.city.key, DISTRICT, run.sight))


def check_district(run: Run, code: str) -> None:
    """BadValue where there is no such district: of one that is not there nothing is told, not even that it lacks nothing."""
    if code not in (known := districts(run)):
        shown = ", ".join(known[:50]) or "-"
        raise BadValue(name="district", value=code[:64], why_zh=f"没有这个区；已有：{shown}", why_en=f"there is no such district; known: {shown}")


def undivided(total: Any, found: Iterable[Any], none: Mapping[str, float | None]) -> dict[str, Any] | None:
    """What lies in no division: the total less the rows, of the amounts of `none`; None where that is no land."""
    rows = list(found)
    rest: dict[str, Any] = {key: (total[key] or 0) - sum(r[key] or 0 for r in rows) for key in none}
    if rest["area_m2"] <= NO_LAND:
        return None
    unknown = [key for key in rest if key.startswith("people")] if total["people"] is None else ()
    return rest | dict.fromkeys(unknown)


def _row(run: Run, key: str, title: Label, found: Any) -> dict[str, Any]:
    told = share(run, found)
    row = {"key": key, "title": title.as_dict(), **told.as_dict(), **people(found)}
    if told.value is None:
        # A division with land but no facility has 0; one without land has no rate at all.
        row["reason"] = no_value(run, found)
    return row


def no_value(run: Run, found: Any) -> dict[str, str]:
    """Why there is no percentage."""
    if run.lines:
        return {"zh": "没有应服务的线路", "en": "no lines to be served"}
    if run.rule.basis == "population" and found["area_m2"] > NO_LAND:
        return {"zh": "用地没有填写人口", "en": "the land says no population"}
    return {"zh": "没有应服务的用地", "en": "no land to be served"}
