"""The command that lists the drains to be repaired or cleaned, as a table, as JSON or as a CSV that a spreadsheet opens."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import click

from registry import console, db
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.inventory import both
from registry.commands.records import district_option, limit_option
from registry.indicators import repairs as lists
from registry.scope import Sight
from registry.standards import drain

_PAGE = 1000
_HEADS = {"code": ("编码", "Code"), "level": ("等级", "Level"), "ri": ("RI", "RI"), "mi": ("MI", "MI"), "length_m": ("长度 m", "Length m"),
          "district": ("区", "District"), "medium": ("介质", "Medium"), "diameter_mm": ("管径 mm", "Diameter mm"), "road_name": ("道路", "Road"),
          "keeper": ("养护单位", "Keeper"), "inspected_on": ("检测日期", "Inspected on")}


@click.command()
@click.option("--by", type=click.Choice(tuple(lists.INDICES)), default="ri", show_default=True,
              help="按修复指数 RI，还是养护指数 MI · By the repair index or the maintenance index.")
@click.option("--level", type=click.Choice(drain.LEVELS), default="II", show_default=True, help="最轻列到哪一级 · The lowest level that is listed.")
@click.option("--csv", "file", type=click.Path(path_type=Path, dir_okay=False), default=None, help="写入 CSV 文件 · Write a CSV file.")
@district_option
@limit_option
@city_option
@when_options
@json_option
def repairs(by: str, level: str, file: Path | None, district: str | None, limit: int, city: str | None, sight: Sight, as_json: bool) -> None:
    """排水管道修复清单，按 RI 或 MI 从高到低 · Drains to be repaired or cleaned, the worst first."""
    asked = lists.Asked(by, level, district)
    rows: list[dict[str, Any]] = []
    with db.connect() as conn:
        key = chosen(conn, city).key
        counts = lists.counts(conn, sight, key, asked)
        while len(rows) < limit:
            found = lists.page(conn, sight, key, asked, limit=min(_PAGE, limit - len(rows)), after=lists.mark(rows[-1], by) if rows else None)
            rows += found
            if not found:
                break
    if file is not None:
        heads = [k for k in lists.COLUMNS if k != "geometry"]
        with open(file, "w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out).writerows([heads, *([r[k] for k in heads] for r in rows)])
        console.say(f"已写出 {len(rows)} 行：{file}", f"wrote {len(rows)} rows: {file}")
        return
    if as_json:
        console.print_json({"by": by, **counts, "drains": [{k: v for k, v in r.items() if k != "geometry"} for r in rows]})
        return
    console.table(("排水管道修复清单", "Drains to be repaired"), [both(*head) for head in _HEADS.values()], [[r[k] for k in _HEADS] for r in rows])
    levels, missing = counts["levels"], counts["uninspected"]
    console.say("；".join(f"{n} 级 {t['count']} 段 {t['length_m']:.0f} m" for n, t in levels.items())
                + f"；未检测 {missing['count']} 段 {missing['length_m']:.0f} m，不在清单里",
                "; ".join(f"level {n}: {t['count']}, {t['length_m']:.0f} m" for n, t in levels.items())
                + f"; not inspected and not listed: {missing['count']}, {missing['length_m']:.0f} m")


COMMANDS = (repairs,)
