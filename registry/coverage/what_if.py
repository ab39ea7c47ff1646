"""What the coverage would be with other facilities: some added, some removed, nothing written."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, text

from registry import geo, geometry
from registry.coverage import kept, straight
from registry.coverage import rows as coverage_rows
from registry.coverage.rules import DISTRICT, facility, find
from registry.coverage.straight import Run
from registry.db.columns import TABLES, quote
from registry.db.fragments import Fragment
from registry.errors import BadValue
from registry.kinds import AssetClass
from registry.kinds.check import Wrong, check
from registry.kinds.problems import sentence
from registry.scope import WHOLE, Sight
from registry.standards.figure import MEASURE_UNITS
from registry.standards.service import ServiceRule
from registry.store import divisions
from registry.store.cities import City

MOST_ADDED = 200
MOST_REMOVED = 1_000
MOST_VERTICES = 20_000  # of one geometry
_NOTHING: Mapping[str, Any] = dict.fromkeys(("area_m2", "covered_m2", "people", "people_covered"))


@dataclass(frozen=True)
class Added:
    """A facility that is thought of: a GeoJSON geometry in degrees (x = lon), and properties as an edit takes them.

    What decides whether and how far it serves is read as of a stored one: with the code of an existing facility it is
    a part of that one; the tier goes by the area of the geometry.
    """

    geometry: Any
    properties: Mapping[str, Any] = field(default_factory=dict)


def what_if(conn: Connection, rule: str | ServiceRule, city: City, *, add: Sequence[Added] = (), remove: Sequence[int] = (),
            edition: str | None = None, sight: Sight = WHOLE) -> dict[str, Any]:
    """The coverage before and after, and what is gained (m² in the working CRS, m of lines, people by area), in all and by district.

    The same as an edit of the rows and a full run would give, to 1e-9; area that a removed facility alone served is lost.
    Nothing but temporary tables is written. UnknownIndicator; BadValue for an edition, a geometry, a property, an id
    that is not seen among the facilities, or too many of them.
    """
    found = find(rule)
    cls = facility(found)
    _few("add", add, MOST_ADDED)
    rows = [_row(cls, city, n, one) for n, one in enumerate(add, 1)]
    gone = _known(conn, cls, city, sight, remove)
    run = Run(conn, found, found.edition(edition), city, sight, straight.serial(), {}, _assets(cls, city, sight, rows, gone))
    sums = kept.sums_if(run, rows, gone) if kept.answers(found, run.edition) else None
    before, after = _of_kept(sums) if sums is not None else _both_in_full(run, rows)
    return {
        "rule": found.code, "title": found.label.as_dict(), "edition": {"key": run.edition.key, "title": run.edition.label.as_dict()},
        "class": found.facility, "basis": found.basis, "unit": "%", "measure_unit": MEASURE_UNITS[found.basis].as_dict(), "on": run.today.isoformat(),
        "method": "straight_line_boundary", "added": len(rows), "removed": gone, **_compared(run, before.total, after.total),
        "by": [{"key": code, "title": title.as_dict(), **_compared(run, before.divisions.get(code, _NOTHING), after.divisions.get(code, _NOTHING))}
               for code, title in divisions.titles(conn, city.key, DISTRICT, sight).items()]}


# -- the figures ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Told:
    total: Mapping[str, Any]
    divisions: Mapping[str, Mapping[str, Any]]


def _of_kept(sums: list[Mapping[str, Any]]) -> tuple[_Told, _Told]:
    """Before and after, of sums that have both."""
    then = [{**s, "covered_m2": s["covered_m2_then"], "people_covered": s["people_covered_then"]} for s in sums]
    before, after = (_Told(next(s for s in each if s["whole"]), {s["code"]: s for s in each if not s["whole"]}) for each in (sums, then))
    return before, after


def _both_in_full(run: Run, rows: list[dict[str, Any]]) -> tuple[_Told, _Told]:
    """Before and after, each computed.

    A buffer of a thousand spikes takes minutes: it is made in the database first, where the time of a statement ends it.
    """
    radius_m = max(t.radius_m for t in run.edition.tiers)
    run.run("coverage_what_if_buffers", fragments={"quad_segs": str(straight.QUAD_SEGS)}, srid=run.city.srid, radius_m=radius_m,
            added=_json(rows))
    return _in_full(dataclasses.replace(run, serial=straight.serial(), assets=None)), _in_full(run)


def _in_full(run: Run) -> _Told:
    straight.fill(run)
    return _Told(run.total(), {r["code"]: r for r in run.divided(DISTRICT)})


def _compared(run: Run, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    known = before["people"] is not None
    return {"before": _figure(run, before), "after": _figure(run, after),
            "gain_m" if run.lines else "gain_m2": (after["covered_m2"] or 0.0) - (before["covered_m2"] or 0.0),
            "gain_people": (after["people_covered"] or 0.0) - (before["people_covered"] or 0.0) if known else None}


def _figure(run: Run, found: Mapping[str, Any]) -> dict[str, Any]:
    share = coverage_rows.share(run, found)
    return {"value": share.value, "numerator": share.numerator or 0.0, "denominator": share.denominator or 0.0, **coverage_rows.people(found)}


# -- the rows ------------------------------------------------------------------------------------
def _assets(cls: AssetClass, city: City, sight: Sight, rows: list[dict[str, Any]], gone: list[int]) -> Fragment:
    """The rows that are seen, without those that go and with those that come."""
    names = ", ".join(quote(c.name) for c in TABLES["asset"].columns)
    seen = sight.rows(cls)
    return Fragment(f"(SELECT {names} FROM {seen.sql} y WHERE y.class = «of_class» AND y.city = «of_city» "
                    f"AND y.id <> ALL(CAST(«removed» AS bigint[])) UNION ALL SELECT {names} "
                    "FROM jsonb_populate_recordset(CAST(NULL AS asset), CAST(«added» AS jsonb)) z)",
                    {**seen.values, "of_class": cls.key, "of_city": city.key, "removed": gone, "added": _json(rows)})


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, default=str)


def _few(name: str, given: Sequence[Any], most: int) -> None:
    if len(given) > most:
        raise _wrong(name, len(given), f"最多 {most} 个", f"at most {most}")


def _known(conn: Connection, cls: AssetClass, city: City, sight: Sight, remove: Sequence[int]) -> list[int]:
    """The ids, each once; all are facilities that are seen."""
    wanted = sorted(set(remove))
    _few("remove", wanted, MOST_REMOVED)
    if not wanted:
        return []
    seen = sight.rows(cls)
    there = set(conn.execute(text(f"SELECT a.id FROM {seen.text} a WHERE a.class = :class AND a.city = :city AND a.id = ANY(:ids)"),
                             {**seen.values, "class": cls.key, "city": city.key, "ids": wanted}).scalars())
    if missing := [i for i in wanted if i not in there]:
        raise _wrong("remove", missing[0], f"没有这个{cls.title.zh}", f"there is no such {cls.key}")
    return wanted


def _row(cls: AssetClass, city: City, number: int, one: Added) -> dict[str, Any]:
    """The row as it would be stored, as far as a coverage reads it; its id is one that no stored row has."""
    made = check(cls, one.properties)
    # That a stored row must have a code, say, does not matter to one that is thought of.
    wrong = [w for w in made.wrong if w.code not in ("required", "missing_code")]
    shape = _shape(cls, city, one.geometry, wrong)
    if wrong:
        raise _wrong(f"add[{number}].{wrong[0].field}", wrong[0].value, sentence(wrong[0].code, "zh", **wrong[0].facts),
                     sentence(wrong[0].code, "en", **wrong[0].facts))
    columns = {f.column: made.values[f.key] for f in cls.fields if f.column and f.key in made.values}
    attrs = {f.key: made.values[f.key] for f in cls.fields if not f.column and made.values.get(f.key) is not None}
    return columns | {
        "class": cls.key, "city": city.key, "id": -number, "code_scheme": "", "attrs": attrs, "row_hash": "\\x00", "version": 1,
        "batch": 0, "geom": shapely.to_wkb(shapely.set_srid(shape, geo.STORED), hex=True, include_srid=True),
        "length_surveyed": False, "area_surveyed": False, "sys_from": "-infinity"}


def _shape(cls: AssetClass, city: City, said: Any, wrong: list[Wrong]) -> Any:
    """The geometry as it would be stored; what is wrong with it is noted."""
    try:
        found, _ = geometry.from_geojson(said)
    except ValueError:
        wrong.append(Wrong("geometry", None, "not_geojson"))
        return None
    if (count := int(shapely.get_num_coordinates(found))) > MOST_VERTICES:
        raise _wrong("add", count, f"图形最多 {MOST_VERTICES:,} 个点", f"at most {MOST_VERTICES:,} vertices in a geometry")
    shapes = np.empty(1, object)
    shapes[0] = found
    ready = geometry.prepare(shapes, cls.geometry, extent=None if cls.worldwide else city.extent)
    wrong += [Wrong("geometry", None, f.code, f.facts) for f in ready.faults]
    return ready.shapes[0]


def _wrong(name: str, value: Any, zh: str, en: str) -> BadValue:
    return BadValue(name=name, value=value, why_zh=zh, why_en=en)
