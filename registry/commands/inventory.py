"""The command that prints the 底数表."""

from __future__ import annotations

import click

from registry import console, db
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.indicators.inventory import BY
from registry.indicators.inventory import inventory as measure
from registry.kinds import Label
from registry.scope import Sight


def both(zh: str, en: str) -> str:
    """A heading in Chinese with English under it."""
    return f"{zh}\n{en}"


def label(title: dict[str, str] | None) -> Label | None:
    """A title of an answer as the tables take it."""
    return Label(title["zh"], title["en"]) if title else None


@click.command()
@click.option("--by", type=click.Choice(BY), default=None, help="按区、权属单位或各类自己的分组 · By district, owner or the "
              "class's own grouping.")
@city_option
@when_options
@json_option
def inventory(by: str | None, city: str | None, sight: Sight, as_json: bool) -> None:
    """底数表 · How much of everything there is."""
    with db.connect() as conn:
        told = measure(conn, found := chosen(conn, city), by, sight=sight)
    if as_json:
        console.print_json(told)
        return
    headings = [both("类别", "Class"), *([both("分组", "Group")] if by else []), both("行数", "Rows"),
                both("单位", "Unit"), both("条／座", "Things"), both("单位", "Unit"), both("公里", "km"),
                both("万㎡", "10⁴ m²"), both("权属未知 %", "Owner unknown %"), both("状态未知 %", "State unknown %"),
                both("日期未知 %", "Date unknown %"), both("未投用", "Not in service")]
    rows = [[label(r["title"]), *([label(r["group"]["title"]) if r.get("group") else None] if by else []), r["count"],
             label(r["unit"]), r["things"], label(r["things_unit"]), r["length_km"], r["area_wan_m2"],
             r["unknown_owner"], r["unknown_state"], r["unknown_date"], r["not_in_service"]] for r in told["rows"]]
    console.table(f"底数表 · Inventory — {found.zh} {found.en}", headings, rows)
    console.say(told["rule"]["zh"], told["rule"]["en"])


COMMANDS = (inventory,)
