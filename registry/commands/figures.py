"""The command that prints rates and totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import click
from sqlalchemy import Connection

from registry import console, db
from registry import indicators as figures
from registry.commands import figure_words
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.inventory import both, label
from registry.errors import BadValue
from registry.scope import Sight
from registry.store import once
from registry.store.cities import City

# How measures are printed: the units that city plans use.
SHOWN = {"count": (1, None), "length": (1000, "公里 km"), "area": (10_000, "万㎡ 10⁴m²"), "volume": (1, None)}
TOTAL = ("合计", "Total")
_STANDS = {"below": ("不足", "below it"), "within": ("在范围内", "within it"), "above": ("高于", "above it")}


@click.command()
@click.argument("code", required=False)
@click.option("--class", "cls", default=None, help="设施类别 · Asset class.")
@click.option("--classes", default="", metavar="A,B", help="几类一起 · Several classes together.")
@click.option("--by", default=None, help="分组：class、district、street、owner、grid 或该类的代码字段 · Group by class, district, street, "
              "owner, grid or a code field of the class.")
@click.option("--where", multiple=True, metavar="FIELD=VALUE,…", help="只算这些设施，例如 road_class=arterial；unknown 为未填 · Of these "
              "assets only.")
@click.option("--option", multiple=True, metavar="NAME=VALUE", help="该指标的选项，例如 grades=ABC · What the indicator lets choose.")
@city_option
@when_options
@json_option
def indicators(code: str | None, cls: str | None, classes: str, by: str | None, where: tuple[str, ...], option: tuple[str, ...],
               city: str | None, sight: Sight, as_json: bool) -> None:
    """指标：完好率、亮灯率、密度、覆盖率 · Rates and totals; without CODE, all of them."""
    limits = {name: value.split(",") for name, value in pairs("--where", where).items()}
    asked: dict[str, Any] = {"cls": cls, "classes": tuple(filter(None, classes.split(","))), "by": by, "where": limits, "sight": sight,
             **pairs("--option", option)}
    with db.connect() as conn, once.held():
        found = chosen(conn, city)
        told = [figures.measure(conn, code, found, **asked)] if code else list(_every(conn, found, asked))
    if as_json:
        console.print_json(told[0] if code else told)
        return
    single = [f for f in told if not _has_rows(f)]
    for figure in told:
        if _has_rows(figure):
            _show(figure, found)
    if single:
        _table(f"指标 · Indicators — {found.zh} {found.en}", [("指标", "Indicator")],
               [([label(f["title"])], f, f) for f in single])
    if code:
        figure_words.say(told[0], words=bool(single))


# -- inside --------------------------------------------------------------------------------------
def pairs(name: str, said: tuple[str, ...]) -> dict[str, str]:
    """`FIELD=VALUE` as given on the command line; BadValue names what is not of that form."""
    for each in said:
        if not each.partition("=")[0] or "=" not in each:
            raise BadValue(name=name, value=each[:40], why_zh="写作 名称=值", why_en="write NAME=VALUE")
    return {key: value for key, _, value in (each.partition("=") for each in said)}


def _every(conn: Connection, city: City, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All indicators that the class and grouping fit; when none does, the last refusal."""
    refused: BadValue | None = None
    fitting = 0
    for indicator in figures.every():
        try:
            yield figures.measure(conn, indicator.code, city, **asked)
            fitting += 1
        except BadValue as error:
            refused = error
    if refused is not None and not fitting:
        raise refused


def _has_rows(figure: dict[str, Any]) -> bool:
    """Whether the figure gets a table of its own: coverage without a grouping asked for is one line."""
    return bool(figure["by"]) and "rule" not in figure


def _show(figure: dict[str, Any], city: City) -> None:
    title = f"{figure['title']['zh']} · {figure['title']['en']} — {city.zh} {city.en}"
    per_class = figure["basis"] is None
    heads = [("类别", "Class")]
    lines: list[tuple[list[Any], dict[str, Any], dict[str, Any]]] = []
    if per_class:
        nested = any("by" in row for row in figure["by"])
        heads += [("分组", "Group")] if nested else []
        for row in figure["by"]:
            lines.append(([label(row["title"]), *([TOTAL] if nested else [])], row, row))
            lines += [([label(row["title"]), label(r["title"])], r, row) for r in row.get("by", ())]
    else:
        heads = [("分组", "Group")]
        lines = [([label(r["title"])], r, figure) for r in figure["by"]] + [([TOTAL], figure, figure)]
    _table(title, heads, lines)
    for row in (r for r in figure["by"] if r.get("band")):
        band = row["band"]
        console.say(f"{row['title']['zh']}：标准 {band['low']:g}～{band['high']:g} {figure['unit']}，{_STANDS[band['stands']][0]}，还缺 {band['short']} 座",
                    f"{row['title']['en']}: the standard asks for {band['low']:g} to {band['high']:g}; {_STANDS[band['stands']][1]}, {band['short']} short")
    for words in filter(None, (figure["formula"], figure["note"])):
        console.say(words["zh"], words["en"])


def _table(title: str, heads: list[tuple[str, str]], lines: Iterable[tuple[list[Any], dict[str, Any],
                                                                            dict[str, Any]]]) -> None:
    """Lines of (leading cells, row, the figure whose basis and unit the row has)."""
    rows = []
    for first, row, owner in lines:
        per, unit = SHOWN.get(owner["basis"], (1, None)) if not owner["denominator_unit"] else (1, None)
        named = unit or _units(owner)
        excluded = sum(e["count"] or 0 for e in row["excluded"]) if "excluded" in row else None
        rows.append([*first, row["value"], owner.get("unit", "%"), _amount(row["numerator"], per), _amount(row["denominator"], per),
                     named, _range(row.get("bounds")), row["unrated"]["count"] if row["unrated"] else None, excluded])
    console.table(title, [*(both(*h) for h in heads), both("值", "Value"), both("单位", "Unit"), both("分子", "Numerator"),
                          both("分母", "Denominator"), both("计量", "Measured in"), both("上下限", "Bounds"),
                          both("未评（个）", "Unrated"), both("不计（个）", "Left out")], rows)


def _units(owner: dict[str, Any]) -> str | None:
    """What numerator and denominator are counted in; None where there is no figure over several classes."""
    said = [f"{u['zh']} {u['en']}" for u in (owner["measure_unit"], owner["denominator_unit"]) if u]
    return " / ".join(said) or None


def _amount(value: float | None, per: int) -> float | None:
    return value if value is None or per == 1 else value / per


def _range(bounds: dict[str, float | None] | None) -> str | None:
    if not bounds or bounds["low"] is None or bounds["high"] is None:
        return None
    return f"{bounds['low']:.2f} – {bounds['high']:.2f}"


COMMANDS = (indicators,)
