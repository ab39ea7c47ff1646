"""Writes `scorecards.md`: the five plans over the pretend city, from the registry that `registry demo --no-serve` has built.

`python docs/scorecards.py [CITY] [DAY]`; the day is the end of the plans, 2025-12-31, unless another is given.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

from registry import db, plans
from registry.plans.scorecard import scorecard
from registry.scope import Sight
from registry.store import cities

HEAD = """# 五份规划在示范市的记分卡 · Scorecards of the five plans over the pretend city

由 `registry demo --no-serve && python docs/scorecards.py` 写出，请勿手改；数据是虚构的示范市，判定按 {day}。
Written by these commands; do not edit. The data are those of the pretend city, judged as of {day}.

“不能判定”逐项写明缺什么：没有公开来源的表、没有填报的数、没有检测的设施。示范市有意留着几项没有填，看记分卡怎样指出。
What cannot be told says what is missing: tables that are not public, figures that nobody entered, assets that nobody inspected. Some
are left out of the pretend city on purpose. 没有的表见 [tables.md](tables.md) absent tables.
"""


def page(city: str, day: dt.date) -> str:
    """All scorecards."""
    lines = [HEAD.format(day=day)]
    with db.connect() as conn:
        found = cities.get(conn, city)
        for plan in plans.every():
            card = scorecard(conn, plan, found, Sight(), day)
            told = card["summary"]["targets"]
            title = card["plan"]["title"]
            lines += [f"\n## `{plan.key}` {title['zh']} · {title['en']}\n",
                      f"目标 targets {told['all']}：达到 met {told['met']}，未达到 not met {told['not_met']}，不能判定 cannot be told {told['cannot_tell']}，"
                      f"文件没有数值 no figure {told['no_figure']}\n",
                      "| 目标 target | 类 class | 现值 value | 下限～上限 bounds | 目标值 wanted | 判定 verdict | 差距 gap | 缺什么 missing | 责任部门 answerable |",
                      "|---" * 9 + "|",
                      *(_row(row) for row in card["rows"])]
    return "\n".join(lines) + "\n"


def _row(row: dict[str, Any]) -> str:
    name = row["name"] + (f"（{row['reading']}）" if row["reading"] else "")
    bounds, gap = row["bounds"], row["gap"]
    wanted = f"{row['comparator']} {_number(row['wanted'])} {row['unit']}" if row["wanted"] is not None else "—"
    cells = [name, row["class_title"]["zh"] if row["class_title"] else "—", f"{_number(row['value'])} {row['unit']}" if row["value"] is not None else "—",
             f"{_number(bounds['low'])}～{_number(bounds['high'])}" if bounds else "—", wanted,
             f"{row['verdict_title']['zh']} {row['verdict_title']['en']}", f"{_number(gap['value'])} {gap['unit']}" if gap else "—",
             "；".join(m["title"]["zh"] for m in row["missing"]) or "—", _department(row["department"])]
    return "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |"


def _department(said: dict[str, Any] | None) -> str:
    return "—" if said is None else f"{said['name'] or '原文留空 left blank'}（{said['section']}）"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    asked = [*sys.argv[1:], *("demo", "2025-12-31")[len(sys.argv) - 1:]]
    (Path(__file__).parent / "scorecards.md").write_text(page(asked[0], dt.date.fromisoformat(asked[1])), encoding="utf-8")
