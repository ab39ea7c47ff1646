"""The commands of the dashboard, and of keeping its summaries up to date."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import click

from registry import console, db, moment, plans
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.inventory import both, label
from registry.indicators.refresh import refresh as bring_up_to_date
from registry.plans.dashboard import BY
from registry.plans.dashboard import dashboard as look
from registry.plans.scorecard import of_indicators
from registry.scope import Sight


@click.command()
@click.option("--plan", default=None, help="也列出这份规划的目标 · With the targets of this plan.")
@click.option("--by", type=click.Choice(BY), default=None, help="按区 · By district.")
@city_option
@when_options
@json_option
def dashboard(plan: str | None, by: str | None, city: str | None, sight: Sight, as_json: bool) -> None:
    """一览：能说明的各项指标，与规划目标 · Every indicator that can be told, beside the targets of a plan."""
    with db.connect() as conn:
        told = look(conn, chosen(conn, city), by=by, plan=plans.find(plan) if plan else None, sight=sight)
    if as_json:
        console.print_json(told)
        return
    place = told["city"]["title"]
    rows = [line for row in told["rows"] for line in _lines(row)]
    console.table((f"一览 — {place['zh']}，{told['on']}", f"Dashboard — {place['en']}, {told['on']}"),
                  [both("指标", "Indicator"), both("类别", "Class"), both("分组", "Group"), both("值", "Value"), both("单位", "Unit"),
                   both("上下限", "Bounds"), both("未评（个）", "Unrated"), both("过期（个）", "Stale"), both("目标", "Targets")], rows)
    console.say(f"另有 {len(told['untold'])} 项不能说明，见 --json", f"{len(told['untold'])} more cannot be told: see --json")


@click.command()
@click.option("--plan", "named", multiple=True, help="也备好这份规划的记分卡 · What the scorecard of this plan asks, too.")
@click.option("--by", "by", multiple=True, metavar="FIELD", help="也按这个字段 · By this field, too.")
@click.option("--tomorrow", is_flag=True, help="为明天备好（停用、建成日期到期） · For tomorrow, when dates will have come.")
@click.option("--anew", is_flag=True, help="全部重新计数 · Count all of it again.")
@city_option
@json_option
def refresh(named: tuple[str, ...], by: tuple[str, ...], tomorrow: bool, anew: bool, city: str | None, as_json: bool) -> None:
    """更新指标汇总，千万设施也立即作答 · Keep the tallies of the indicators, so that millions of assets are told at once."""
    with db.connect() as conn:
        key = chosen(conn, city).key
    also = [partial(of_indicators_of, plan=plans.find(name)) for name in named]
    day = moment.today() + dt.timedelta(days=int(tomorrow))
    done = bring_up_to_date(key, day=day, by=by, also=also, anew=anew)
    if as_json:
        console.print_json({"city": done.city, "batch": done.batch, "day": done.day.isoformat(), "tallies": done.tallies})
        return
    console.say(f"{done.city}：{done.day} 的 {done.tallies} 项汇总，截至批次 {done.batch or '—'}",
                f"{done.city}: {done.tallies} tallies for {done.day}, up to batch {done.batch or '-'}")


# -- inside --------------------------------------------------------------------------------------
def of_indicators_of(conn: Any, city: Any, *, plan: plans.Plan) -> object:
    """What the scorecard of a plan asks of indicators."""
    return of_indicators(conn, plan, city, Sight())


def _lines(row: dict[str, Any]) -> list[list[Any]]:
    """The whole, then its groups."""
    low, high = (row["bounds"] or {}).get("low"), (row["bounds"] or {}).get("high")
    bounds = f"{low:.2f} – {high:.2f}" if low is not None and high is not None and low != high else None
    targets = "；".join(f"{t['comparator']} {t['wanted']:g} {label(t['verdict_title'])}" for t in row["targets"] if t["wanted"] is not None)
    kind = label(row["class_title"]) if row["class_title"] else None
    unrated = row["unrated"]["count"] if row["unrated"] else None
    return [[label(row["title"]), kind, None, row["value"], row["unit"], bounds, unrated, row["stale"]["count"], targets or None],
            *([None, None, label(r["title"]), r["value"], row["unit"], None, r["unrated"]["count"] if r.get("unrated") else None, None, None]
              for r in row["by"])]


COMMANDS = (dashboard, refresh)
