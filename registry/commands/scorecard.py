"""The command that prints where a city stands against a plan."""

from __future__ import annotations

from typing import Any

import click

from registry import console, db, plans
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.inventory import both, label
from registry.plans.scorecard import scorecard as stand
from registry.plans.verdict import VERDICTS
from registry.plans.why import number
from registry.scope import Sight

# Colours of verdicts on a terminal; in a pipe only the words are printed.
STYLES = {"met": "green", "not_met": "bold red", "cannot_tell": "yellow", "no_figure": "dim"}


@click.command()
@click.argument("plan", required=False)
@click.option("--list", "listed", is_flag=True, help="列出规划 · List the plans.")
@click.option("--only", type=click.Choice(list(VERDICTS)), default=None, help="只要这种判定的 · Only rows of this verdict.")
@city_option
@when_options
@json_option
def scorecard(plan: str | None, listed: bool, only: str | None, city: str | None, sight: Sight, as_json: bool) -> None:
    """规划记分卡：目标、现值、判定、差距、缺什么 · Where the city stands against the targets of PLAN."""
    if plan is None or listed:
        _list(as_json)
        return
    found = plans.find(plan)
    with db.connect() as conn:
        told = stand(conn, found, chosen(conn, city), sight)
    told["rows"] = [r for r in told["rows"] if only in (None, r["verdict"])]
    if as_json:
        console.print_json(told)
        return
    _show(told)


def _list(as_json: bool) -> None:
    known = [p.as_dict() for p in plans.every()]
    if as_json:
        console.print_json(known)
        return
    console.table(("规划", "Plans"), [both("代号", "Key"), both("名称", "Title"), both("地方", "Place"), both("年份", "Years"),
                                    both("目标", "Targets"), both("矛盾", "Contradictions")],
                  [[p["key"], label(p["title"]), label(p["place"]), f"{p['years'][0]}–{p['years'][1]}", p["targets"], p["contradictions"]]
                   for p in known])


def _show(told: dict[str, Any]) -> None:
    heading, place = told["plan"]["title"], told["city"]["title"]
    console.table((f"{heading['zh']} — {place['zh']}，{told['on']}", f"{heading['en']} — {place['en']}, {told['on']}"),
                  [both("指标", "Target"), both("目标", "Goal"), both("现值", "Now"), both("区间", "Range"), both("判定", "Verdict"),
                   both("差距", "Gap"), both("责任部门", "Answerable"), both("缺什么", "Missing")],
                  [[_name(r), goal(r), number(r["value"], r["wanted"]), _range(r), label(r["verdict_title"]), _gap(r), _department(r), _missing(r)]
                   for r in told["rows"]], styles=[STYLES[r["verdict"]] for r in told["rows"]])
    counts = told["summary"]["targets"]
    console.say("；".join(f"{zh} {counts[v]}" for v, (zh, _) in VERDICTS.items()) + f"；共 {counts['all']} 项目标",
                "; ".join(f"{en} {counts[v]}" for v, (_, en) in VERDICTS.items()) + f"; {counts['all']} targets")
    if told["stocks"]:
        console.table(("底数：文件与台账", "Stocks: document and registry"), [both("文件", "Document"), both("类别", "Class"), both("项", "Figure"),
                      both("文件数", "Document"), both("台账数", "Registry"), both("差", "Difference")],
                      [[s["text"], label(s["class_title"]), b["figure"], b["document"], b["registry"], b["difference"]]
                       for s in told["stocks"] for b in s["beside"]])
    if told["contradictions"]:
        console.table(("文件中的矛盾", "Contradictions of the document"), [both("内容", "What"), both("算出", "Worked out"), both("矛盾", "Contradicts")],
                      [[label(c["title"]), worked_out(c), c["computed"]["contradicts"]] for c in told["contradictions"]])


def _name(row: dict[str, Any]) -> str:
    more = [console.pick(row["class_title"]["zh"], row["class_title"]["en"])] if row["class_title"] and row["key"] != row["id"] else []
    more += [row["reading"]] if row["reading"] else []
    return row["name"] + (f"（{'，'.join(more)}）" if more else "")


def goal(row: dict[str, Any]) -> str:
    """The goal in short: comparator, number, unit and year; the verb where there is no number."""
    if row["wanted"] is None and not row["target"]:
        return row["verb"] or "—"
    said, year = row["target"] or {}, row["timing"]["year"]
    value = said.get("value", row["wanted"])
    when = console.pick(f"（{year}）", f" ({year})") if year else ""
    return f"{row['comparator']} {number(value)} {row['unit']}{when}" if value is not None else f"{row['verb'] or '—'}{when}"


def _range(row: dict[str, Any]) -> str | None:
    bounds = row["bounds"]
    if not bounds or bounds["low"] == bounds["high"]:
        return None
    return f"{number(bounds['low'], row['wanted'])} – {number(bounds['high'], row['wanted']) if bounds['high'] is not None else '∞'}"


def _gap(row: dict[str, Any]) -> str | None:
    found = row["gap"]
    if not found:
        return None
    amount = found["assets"] if found["assets"] is not None else found["measure"]
    more = f" = {number(amount)} {console.pick(**found['measure_unit'])}" if amount and found["measure_unit"] else ""
    return f"{number(found['value'])} {found['unit']}{more}"


def _missing(row: dict[str, Any]) -> str | None:
    return console.pick("；", "; ").join(console.pick(**m["title"]) for m in row["missing"]) or None


def _department(row: dict[str, Any]) -> str | None:
    """Whom the text names; where it has the heading and no name, that it is blank."""
    said = row["department"]
    return None if said is None else said["name"] or console.pick("原文留空", "left blank")


def worked_out(said: dict[str, Any]) -> str:
    """What follows from the figures of a contradiction, in short."""
    return ", ".join(f"{name} {_plain(value)}" for name, value in said["computed"].items() if name != "contradicts")


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " / ".join(_plain(v) for v in value)
    return number(float(value)) if isinstance(value, int | float) else str(value)


COMMANDS = (scorecard,)
