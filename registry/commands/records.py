"""The commands about what is recorded of assets: defects, overdue inspections, organisations, what nobody owns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import click

from registry import console, db, settings
from registry.commands import works
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.inventory import both
from registry.kinds.records import DEFECT_STEP
from registry.scope import Sight
from registry.standards import interval
from registry.store import defects as of_defects
from registry.store import organisations, overdue, ownership
from registry.store.defects import Wanted
from registry.store.records import Writer

PAGE = 1000
class_option = click.option("--class", "kind", default=None, help="设施类别 · Asset class.")
district_option = click.option("--district", default=None, help="区（编码或名称） · District, by code or name.")
limit_option = click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True,
                            help="至多列出几行 · Most rows listed.")


@click.command()
@click.option("--by", type=click.Choice(tuple(of_defects.BY)), default=None, help="按此分组给出销号率 · The closing rate by group.")
@click.option("--overdue", "late", is_flag=True, help="只要超期的 · Only those overdue.")
@class_option
@district_option
@limit_option
@city_option
@when_options
@json_option
def defects(by: str | None, late: bool, kind: str | None, district: str | None, limit: int, city: str | None,
            sight: Sight, as_json: bool) -> None:
    """隐患与销号率 · Defects, and the share of them that is closed."""
    wanted = Wanted(kind, district=district, overdue=late)
    with db.connect() as conn:
        key = chosen(conn, city).key
        told = of_defects.summary(conn, key, by or "responsible", wanted, sight=sight, on=sight.today)
        rows = [] if by else _all(limit, lambda n, after: of_defects.page(conn, sight, key, wanted, limit=n, after=after,
                                                                          on=sight.today))
    if as_json:
        console.print_json(told | ({} if by else {"defects": [_plain(r) for r in rows]}))
        return
    counts = [both("销号率 %", "Closed %"), both("已销号", "Closed"), both("已发现", "Found"), both("未销号", "Open"), both("超期", "Overdue"),
              both("已撤销", "Withdrawn")]
    lines = [("合计", "Total"), *([(r["key"] or "—",) for r in told["by"]] if by else [])]
    values = [told, *(told["by"] if by else [])]
    console.table(("隐患销号率", "Share of defects closed"), [both("分组", "Group"), *counts],
                  [(line if len(line) == 2 else line[0], v["value"], v["numerator"], v["denominator"], v["open"], v["overdue"],
                    v["withdrawn"])
                   for line, v in zip(lines, values, strict=True)])
    if rows:
        console.table(("隐患", "Defects"), [both("编号", "Id"), both("类别", "Class"), both("设施", "Asset"), both("隐患", "Kind"),
                                          both("环节", "Step"), both("责任单位", "Responsible"), both("期限", "Due on")],
                      [(str(r["id"]), r["class"], r["asset_code"], r["kind"], DEFECT_STEP.title_of(r["status"]), r["responsible"],
                        r["due_on"]) for r in rows])


@click.command("overdue")
@click.option("--form", type=click.Choice(interval.FORMS), default="regular", show_default=True, help="检查类型 · Form of inspection.")
@class_option
@district_option
@limit_option
@city_option
@when_options
@json_option
def overdue_(form: str, kind: str | None, district: str | None, limit: int, city: str | None, sight: Sight, as_json: bool) -> None:
    """超期未检的设施 · Assets whose inspection is overdue, or of which nobody can say."""
    asked = overdue.Asked(sight.today, form, kind, district)
    with db.connect() as conn:
        key = chosen(conn, city).key
        counts = overdue.counts(conn, sight, key, asked)
        rows = _all(limit, lambda n, after: overdue.page(conn, sight, key, asked, limit=n, after=after))
    missing = overdue.without_interval(sight, asked)
    if as_json:
        console.print_json({"on": asked.on.isoformat(), "form": form, "counts": counts, "no_interval": missing,
                            "assets": [_plain(r) for r in rows]})
        return
    console.table(("超期未检", "Overdue inspections"),
                  [both("类别", "Class"), both("编码", "Code"), both("名称", "Name"), both("上次检查", "Last inspected"),
                   both("应检日期", "Due on"), both("超期天数", "Days overdue"), both("依据", "Clause")],
                  [(r["class"], r["code"], r["name"], r["last_inspected_on"], r["due_on"], r["days_overdue"],
                    r["interval"]["clause"] if r["interval"] else None) for r in rows])
    console.say(f"{asked.on}：超期 {counts['overdue']}，说不清 {counts['unknown']}；没有周期依据的类别：{'、'.join(missing) or '无'}",
                f"{asked.on}: {counts['overdue']} overdue, {counts['unknown']} unknown; classes without a known interval: "
                f"{', '.join(missing) or 'none'}")


@click.command()
@class_option
@district_option
@limit_option
@city_option
@when_options
@json_option
def ownerless(kind: str | None, district: str | None, limit: int, city: str | None, sight: Sight, as_json: bool) -> None:
    """无主设施：没有权属单位或未确权 · Assets without an owner, or not confirmed."""
    with db.connect() as conn:
        key = chosen(conn, city).key
        counts = ownership.count_ownerless(conn, sight, key, kind=kind, district=district)
        rows = _all(limit, lambda n, after: ownership.ownerless(conn, sight, key, kind=kind, district=district, limit=n, after=after))
    if as_json:
        console.print_json({"count": counts["ownerless"], "counts": counts, "assets": [_plain(r) for r in rows]})
        return
    console.table(("无主设施", "Assets without an owner"),
                  [both("类别", "Class"), both("编码", "Code"), both("名称", "Name"), both("区", "District"), both("权属单位", "Owner"),
                   both("确权状态", "Status")],
                  [(r["class"], r["code"], r["name"], r["district"], r["owner"], r["ownership_status"]) for r in rows])
    unsure = counts["pending"] + counts["disputed"] + counts["unsaid"]
    console.say(f"共 {counts['ownerless']} 个，列出 {len(rows)} 个；另有 {unsure} 个有权属单位而说不清：确权中 {counts['pending']}，"
                f"有争议 {counts['disputed']}，没有说 {counts['unsaid']}",
                f"{counts['ownerless']} in all, {len(rows)} listed; of {unsure} more with an owner nobody can say: "
                f"{counts['pending']} pending, {counts['disputed']} disputed, {counts['unsaid']} unsaid")


@click.group()
def organisation() -> None:
    """单位：权属、养护、主管 · Organisations that own, keep and supervise."""


@organisation.command()
@click.argument("name")
@click.option("--code", default=None, help="统一社会信用代码（校验末位）或平台代码 · Unified social credit code (its check digit is "
              "verified), or a code of the platform.")
@click.option("--reason", default=None, help="为什么，写入历史 · Why, for the history.")
@click.option("--actor", default=None, help="谁，默认登录名 · Who.")
@city_option
def add(name: str, code: str | None, reason: str | None, actor: str | None, city: str | None) -> None:
    """新增单位 · Add an organisation."""
    with db.begin() as conn:
        made = organisations.add(conn, chosen(conn, city).key, {"name": name, "code": code},
                                 Writer(actor or settings.actor(), reason or f"registry organisation add {name}"))
    console.say(f"已新增 {made['name']}（编号 {made['id']}）", f"added {made['name']} (id {made['id']})")


@organisation.command("list")
@city_option
@json_option
def list_(city: str | None, as_json: bool) -> None:
    """列出单位 · List the organisations."""
    with db.connect() as conn:
        found = organisations.every(conn, chosen(conn, city).key)
    if as_json:
        console.print_json(found)
        return
    console.table(("单位", "Organisations"), [("编号", "Id"), ("名称", "Name"), ("代码", "Code")],
                  [(str(o["id"]), o["name"], o["code"]) for o in found])


def _all(limit: int, read: Callable[[int, int | None], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The first rows, read a page at a time."""
    def pages() -> Iterator[dict[str, Any]]:
        after, left = None, limit
        while left > 0:
            rows = read(min(PAGE, left), after)
            yield from rows
            if len(rows) < min(PAGE, left):
                return
            after, left = rows[-1]["id"], left - len(rows)

    return list(pages())


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: json.loads(v) if k == "geometry" and v else v.isoformat() if isinstance(v, dt.date) else v for k, v in row.items()}


COMMANDS = (defects, overdue_, ownerless, organisation, *works.COMMANDS)
