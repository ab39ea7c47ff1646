"""底数表: how much of everything there is, in 条, 公里, 万㎡, 座 and 盏, and how much of it is not yet known."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from registry import sql
from registry.catalogue import load
from registry.db.columns import read
from registry.db.fragments import for_text
from registry.errors import BadValue
from registry.indicators import grouping
from registry.indicators.grouping import Grouping
from registry.indicators.kinds import Ask
from registry.kinds import AssetClass, Label
from registry.scope import WHOLE, Sight
from registry.standards.figure import percent
from registry.store import counted
from registry.store.cities import City

BY = ("district", "owner", "group")
RULE = Label("计所有在册设施：已停用（停用日期已到）和已移除的不计，废弃、规划、在建的计入，未投用的另列；"
             "“条”“座”按道路、公园编号去重，没有编号的一行算一个，跨组的在各组都算",
             "all assets on the books: retired (date reached) and removed ones are left out; abandoned, planned and "
             "unfinished ones are in, those not in service told beside; roads and parks are counted once by their "
             "code, a row without one is one, and what lies in several groups counts in each")
_MILLIONTHS = 1_000_000


UNGROUPED = {"key": None, "title": {"zh": "不分组", "en": "Not grouped"}}


def inventory(conn: Connection, city: City, by: str | None = None, *,
              sight: Sight = WHOLE) -> dict[str, Any]:
    """One row for each class, or for each class and group (by `district`, `owner` or the class's own `group`).

    length_m and area_m2 as stored (surveyed wins over geodesic); unknown_* and not_in_service are percent and
    rows. A class without an asset has a row of zeros. BadValue names `by`.
    """
    if by is not None and by not in BY:
        raise BadValue(name="by", value=by, why_zh=f"可用：{', '.join(BY)}", why_en=f"known: {', '.join(BY)}")
    ask = Ask(city, by=by, sight=sight)
    rows: list[dict[str, Any]] = []
    edition = None
    for cls in filter(sight.sees, load().classes.values()):
        name = cls.group_by if by == "group" else by
        group = grouping.of(conn, cls, name, ask) if name else None
        edition = (group.edition if group else None) or edition
        rows += _rows(conn, ask, cls, group)
    return {"city": city.key, "title": {"zh": "底数表", "en": "Inventory"}, "by": by, "rule": RULE.as_dict(),
            "as_of": (sight.as_of or conn.execute(select(func.now())).scalar_one()).isoformat(), "zone_edition": edition, "rows": rows}


def _rows(conn: Connection, ask: Ask, cls: AssetClass, group: Grouping | None) -> list[dict[str, Any]]:
    thing = f"coalesce({read(cls.by_key[cls.count_by])}, '#' || a.id)" if cls.count_by else "NULL"
    waiting = ("not_yet_installed", "not_in_service", "service_unknown")
    idle = [condition for condition in counted.not_counting(cls) if condition[0] in waiting]
    seen = ask.sight.rows(cls)
    found = conn.execute(sql.statement(
        "inventory", assets=seen.text, key=for_text(group.expression) if group else "''", thing=for_text(thing),
        idle=for_text(counted.any_of(idle)), gone=for_text(counted.any_of(counted.gone()))),
        {"class": cls.key, "city": ask.city.key, "today": ask.today, **seen.values}).all()
    rows = {r.key: r for r in found}
    if not group:  # not grouped at all, or by the class's own grouping where it has none
        return [_row(cls, rows.get(""), UNGROUPED if ask.by else None)]
    return [_row(cls, rows[key], {"key": key, "title": group.title(key).as_dict()})
            for key in sorted(rows, key=group.order)]


def _row(cls: AssetClass, found: Any, group: dict[str, Any] | None = None) -> dict[str, Any]:
    count = found.count if found else 0
    length = None if found is None or found.length is None else int(found.length) / _MILLIONTHS
    area = None if found is None or found.area is None else int(found.area) / _MILLIONTHS
    things = (found.things if found else 0) if cls.count_by else None
    return {
        "class": cls.key, "title": cls.title.as_dict(), **({"group": group} if group else {}), "count": count,
        "unit": Label.of(cls.unit).as_dict(), "things": things,
        "things_unit": Label.of(cls.count_unit).as_dict() if cls.count_by else None,
        "length_m": length, "length_km": None if length is None else length / 1000,
        "area_m2": area, "area_wan_m2": None if area is None else area / 10_000,
        "unknown_owner": percent(found.no_owner if found else 0, count),
        "unknown_state": percent(found.no_state if found else 0, count),
        "unknown_date": percent(found.no_date if found else 0, count),
        "not_in_service": found.idle if found else 0}
