"""Inspections: dated facts of an asset, never changed; the state and grade of the asset follow them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from registry import catalogue, history, moment, sql
from registry.db.columns import content_columns, quote, row_hash
from registry.history import Batch
from registry.kinds import AssetClass, Label
from registry.kinds.form import Problems, flat, read, title
from registry.kinds.records import FORM, INSPECTION
from registry.scope import Right, Sight
from registry.standards import sheets
from registry.standards.sheets import judging
from registry.store import records, sheet_forms
from registry.store.records import Writer

# Columns of `asset` that follow the inspections, and what stands there when one once said it and none does now.
STATE_OF, GRADE_OF = ("state",), ("grade", "scores", "standard")
JUDGED = (*STATE_OF, *GRADE_OF, "rated_on")
TELLS = ("state",)  # who may not see the state of an asset may not read it out of its inspections
OBJECTS = ("measurements", "scores")


def check(kind: AssetClass, said: Any, problems: Problems, row: int | None = None, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """What was said of an inspection, as a row of the table. What is wrong goes to `problems`.

    Of a form that is a sheet, the measurements are read by its declaration; scores and grade are still to be judged.
    """
    values = read(INSPECTION, said, problems, row, also=(*OBJECTS, *also))
    values = settle({f.key: values.get(f.key) for f in INSPECTION})
    given = said if isinstance(said, Mapping) else {}
    sheet = sheets.find(values["form"])
    if sheet is not None:
        values["measurements"] = sheet_forms.measurements(sheet, kind, given.get("measurements"), problems, row)
        values["scores"] = None
        sheet_forms.stated(sheet, values, given, problems, row)
    else:
        values["measurements"] = flat("measurements", given.get("measurements"), problems, row) or {}
    if sheet is None or sheet.judge is None:
        values["scores"] = flat("scores", given.get("scores"), problems, row, numbers=True)
    for field, code, facts in faults(values):
        problems.add(field, code, row, value=values.get(field), **facts)
    return values


def faults(values: Mapping[str, Any], today: dt.date | None = None) -> list[tuple[str, str, dict[str, Label]]]:
    """What is wrong with values that are right one by one: (field, code of PROBLEMS, facts)."""
    found: list[tuple[str, str, dict[str, Label]]] = []
    day, start, end = values.get("inspected_on"), values.get("from_m"), values.get("to_m")
    if day is not None and day > (today or moment.today()):
        found.append(("inspected_on", "future", {}))
    if end is not None and start is None:
        found.append(("from_m", "needs", {"other": title(INSPECTION, "from_m")}))
    elif end is not None and start is not None and end < start:
        found.append(("to_m", "order", {"other": title(INSPECTION, "from_m")}))
    if values.get("override_grade") is not None and values.get("override_reason") is None:
        found.append(("override_reason", "needs", {"other": title(INSPECTION, "override_reason")}))
    return found


def settle(values: dict[str, Any]) -> dict[str, Any]:
    """The form by its stored name where it is one of those that are known."""
    if values.get("form"):
        known = FORM.find(values["form"])
        sheet = sheets.find(values["form"])
        values["form"] = known.value if known else sheet.key if sheet else values["form"]
    return values


def record(conn: Connection, city: str, kind: AssetClass, asset_id: int, said: Any, writer: Writer) -> dict[str, Any]:
    """Record one inspection in a batch of its own; the asset follows. Returns the inspection as `one` does.

    Invalid names every field that is wrong; NotFound when the asset is not seen by the writer. What is recorded
    already, by all that it says, is not recorded again: it is returned with `known`.
    """
    problems = Problems(Label(f"检查（{kind.title.zh} {asset_id}）", f"inspection of {kind.key}/{asset_id}"))
    values = check(kind, said, problems, also=("supersedes",))
    values["supersedes"] = _supersedes(said, problems)
    problems.refuse()
    history.lock(conn, city)
    asset = records.asset(conn, writer.sight, kind, city, asset_id, tells=TELLS)
    told: list[dict[str, Any]] = []
    if (sheet := sheets.find(values["form"])) is not None:
        told = sheet_forms.judge(sheet, values, sheet_forms.of_id(conn, sheet, kind, city, asset_id), problems)
        problems.refuse()
    before = _same(conn, city, {**values, "asset_id": asset_id})
    if before is not None and (known := one(conn, writer.sight, city, before)):
        return known | {"known": True}
    batch = writer.open(conn, city)
    if values["supersedes"] is not None:
        _correctable(conn, asset_id, values["supersedes"], problems)
        problems.refuse()
    id_ = records.insert(conn, "inspection", batch, {**values, "asset_id": asset_id})
    followed = follow(conn, batch, kind.key, [asset_id])
    history.seal(conn, batch, {"inspections": 1, "changed": followed})
    made = one(conn, writer.sight, city, id_)
    assert made is not None
    made["warnings"] = [*_warnings(values, asset.installed_on), *told]
    return made if made["warnings"] else {k: v for k, v in made.items() if k != "warnings"}


def follow(conn: Connection, batch: Batch, kind: str, ids: list[int]) -> int:
    """Let assets of a class say what their inspections say; returns how many changed."""
    return follow_those(conn, batch, kind, "SELECT unnest(CAST(:ids AS bigint[]))", {"ids": ids})


def follow_those(conn: Connection, batch: Batch, kind: str, ids: str, values: Mapping[str, Any]) -> int:
    """The same for the assets that a query of ours finds; it is a fragment, never what a user typed."""
    once = {"state": "once.state", "rated_on": "once.state OR once.grade"} | dict.fromkeys(GRADE_OF, "once.grade")
    said = {c: f"j.{c}" for c in JUDGED} | {"state": "coalesce(j.state, 'unknown')"}
    target = ", ".join(f"CASE WHEN {once[c]} THEN {said[c]} ELSE o.{c} END AS {c}" if c in JUDGED else f"o.{quote(c)}"
                       for c in ("id", *content_columns("asset")))
    return conn.execute(sql.statement("inspection_follow", target=target, ids=ids, **records.of_asset()), {
        "class": kind, "city": batch.city, "batch": batch.id, "at": batch.at, **values}).rowcount


def of_asset(conn: Connection, sight: Sight, city: str, kind: AssetClass, asset_id: int, *, limit: int,
             after: tuple[dt.date, int] | None = None) -> list[dict[str, Any]]:
    """The inspections of an asset, newest first, corrected ones among them; NotFound when it is not seen.

    after: date and id of the last one of the page before. A deleted asset is seen by who may see history.
    """
    records.asset(conn, sight, kind, city, asset_id, deleted=True, tells=TELLS)
    found = conn.execute(sql.statement("inspections", where="i.asset_id = :asset"), {
        "asset": asset_id, "city": city, "limit": limit, "as_of": sight.as_of,
        "day": after[0] if after else None, "id": after[1] if after else None})
    return [_shown(dict(r), sight, kind) for r in found.mappings()]


def one(conn: Connection, sight: Sight, city: str, id_: int) -> dict[str, Any] | None:
    """One inspection, if its asset is seen."""
    row = conn.execute(sql.statement("inspections", where="i.id = :one"), {
        "one": id_, "city": city, "limit": 1, "as_of": sight.as_of, "day": None, "id": None}).mappings().first()
    holder = records.holder(conn, sight, city, row["asset_id"], deleted=True, tells=TELLS) if row is not None else None
    if row is None or holder is None:
        return None
    return _shown(dict(row), sight, catalogue.load().classes[holder._mapping["class"]])


def strange_form(form: str) -> tuple[str, str] | None:
    """What to say of a form that is none of the known ones: an office's own, or a slip of the pen."""
    if form in FORM.values or form in sheets.every():
        return None
    zh, en = ("、".join([*(f"{c.title.zh} {c.value}" for c in FORM.codes), *sheets.every()]), ", ".join((*FORM.values, *sheets.every())))
    return (f"检查类型“{form}”不在表中，照写保留，不计入超期的推算；已知：{zh}",
            f"the form {form!r} is not in the table; kept as written, it serves no interval; known: {en}")


# -- inside --------------------------------------------------------------------------------------
def _same(conn: Connection, city: str, row: Mapping[str, Any]) -> int | None:
    """The id of the inspection that says all the same of the same asset."""
    said = json.dumps({**row, "city": city}, ensure_ascii=False, default=str)
    return conn.execute(text(
        f"SELECT e.id FROM jsonb_populate_record(CAST(NULL AS inspection), CAST(:row AS jsonb)) d JOIN inspection e "
        f"ON e.asset_id = d.asset_id AND e.inspected_on = d.inspected_on AND e.row_hash = {row_hash('inspection', 'd')} "
        "AND NOT registry_withdrawn(e.id) "
        "ORDER BY e.id LIMIT 1"), {"row": said}).scalar()


def _warnings(values: Mapping[str, Any], installed: dt.date | None) -> list[dict[str, str]]:
    """What is odd and no reason to refuse."""
    found = []
    if installed is not None and values["inspected_on"] < installed:
        found.append(("inspected_on", f"早于建成日期 {installed}", f"before the asset was installed on {installed}"))
    if (strange := strange_form(values["form"])) is not None:
        found.append(("form", *strange))
    return [{"field": f, "zh": zh, "en": en} for f, zh, en in found]


def _supersedes(said: Any, problems: Problems) -> int | None:
    value = said.get("supersedes") if isinstance(said, Mapping) else None
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63):
        problems.add("supersedes", "type", value=value, expected=Label("编号", "an id"))
        return None
    return value


def _correctable(conn: Connection, asset_id: int, id_: int, problems: Problems) -> None:
    """What is corrected must be of the same asset and not be corrected yet."""
    row = conn.execute(text("SELECT i.asset_id, EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id) AS gone "
                            "FROM inspection i WHERE i.id = :id"), {"id": id_}).first()
    if row is None or row.asset_id != asset_id:
        problems.add("supersedes", "not_this_asset", value=id_)
    elif row.gone:
        problems.add("supersedes", "superseded", value=id_)


def _shown(shown: dict[str, Any], sight: Sight, kind: AssetClass) -> dict[str, Any]:
    """Who inspected, and what was noted beside, is for those who may see who did what.

    What was judged says by which clause and tables. Facts of the asset are told to those who see them in the asset, and
    so are the reasons that speak of them.
    """
    shown |= judging.explained(shown)
    sheet, seen = sheets.find(shown["form"]), sight.seen(kind).by_key
    if sheet is not None and any(k in kind.by_key and k not in seen for k in sheet.facts):
        shown.pop("unknown", None)
        facts = shown["measurements"].get(judging.ASSET, {})
        shown["measurements"] = shown["measurements"] | {judging.ASSET: {k: v for k, v in facts.items() if k in seen}}
    if not sight.principal.may(Right.HISTORY):
        for key in ("inspector", "note", "recorded_by"):
            shown.pop(key)
    return shown
