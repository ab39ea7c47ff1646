"""The command of service-radius coverage: the figure, its rows and its blind spots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from registry import console, db
from registry import coverage as service_areas
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.figures import SHOWN, TOTAL
from registry.commands.inventory import both, label
from registry.errors import BadFile, BadValue
from registry.scope import Sight
from registry.store.cities import City


@click.command()
@click.argument("rule")
@click.option("--edition", default=None, help="标准版本 · Edition of the standard.")
@click.option("--by", default="district", show_default=True, help="按哪种区域分行 · Kind of zone the rows stand for.")
@click.option("--gaps", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="把盲区写入 GeoJSON 文件 · Write the blind spots to a GeoJSON file.")
@click.option("--without", multiple=True, help="不计的设施：closed、poor、charged、alliance · Facilities to leave out.")
@click.option("--zone-edition", multiple=True, metavar="KIND:EDITION", help="用哪一版区域 · Edition of a kind of zone.")
@click.option("--audit", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="写审计包：冻结的图层和重算脚本 · Write a zip of frozen layers with a script that recomputes.")
@click.option("--compare", type=click.DateTime(["%Y-%m-%d"]), default=None, metavar="DATE",
              help="与这一天相比 · Compare with the coverage of this day.")
@city_option
@when_options
@json_option
def coverage(rule: str, edition: str | None, by: str, gaps: Path | None, without: tuple[str, ...], zone_edition: tuple[str, ...],
             audit: Path | None, compare: dt.datetime | None, city: str | None, sight: Sight, as_json: bool) -> None:
    """服务半径覆盖率与盲区 · Service-radius coverage and blind spots; RULE: park, toilet, greenway …"""
    ask: dict[str, Any] = {"edition": edition, "sight": sight, "without": without, "zone_edition": _editions(zone_edition)}
    with db.connect() as conn:
        found = chosen(conn, city)
        if compare:
            told = service_areas.compare(conn, rule, found, compare.date(), sight.today, by=by, **ask)
            console.print_json(told) if as_json else _show_comparison(told)
            return
        told = service_areas.freeze(conn, rule, found, audit, by=by, **ask) if audit else \
            service_areas.coverage(conn, rule, found, by=by, **ask)
        written = write(gaps, service_areas.gaps(conn, rule, found, **ask)) if gaps else None
    if as_json:
        console.print_json(told)
    else:
        _show_coverage(told, found)
    if gaps:
        console.say(f"盲区 {written} 块写入 {gaps}", f"{written} blind spots written to {gaps}", err=as_json)
    if audit:
        check = told["audit"]["check"]
        console.say(f"审计包写入 {audit}；独立栅格校验 {check['percent']:.4f} %，相差 {check['difference_points']:+.4f} 点",
                    f"The audit was written to {audit}; the independent raster check gives {check['percent']:.4f} %, "
                    f"{check['difference_points']:+.4f} points", err=as_json)


def _editions(given: tuple[str, ...]) -> dict[str, str]:
    made = dict(each.partition(":")[::2] for each in given)
    for kind, edition in made.items():
        if not kind or not edition:
            raise BadValue(name="--zone-edition", value=",".join(given), why_zh="写作 区域类型:版本，例如 built_up_area:2022",
                           why_en="write kind:edition, for example built_up_area:2022")
    return made


# -- inside --------------------------------------------------------------------------------------
def _show_coverage(told: dict[str, Any], city: City) -> None:
    per, unit = _unit(told)
    rows = [[label(r["title"]) if r is not told else TOTAL, r["value"], _amount(r["numerator"], per), _amount(r["denominator"], per),
             _whole(r["people_covered"]), _whole(r["people"])] for r in (*told["by"], told)]
    edition = told["edition"]
    console.table(f"{told['title']['zh']} · {told['title']['en']} — {city.zh} {city.en} — {edition['standard']}",
                  [both("区域", "Zone"), both("覆盖率 %", "Coverage %"), both(f"覆盖 {unit}", "Covered"), both(f"总计 {unit}", "All"),
                   both("覆盖人口", "People covered"), both("人口", "People")], rows)
    _show_facilities(told["facilities"])
    definition, gaps = told["denominator_definition"]["title"], told["gaps"]
    console.say(f"分母：{definition['zh']}；盲区 {gaps['count']:,} 块，{_uncovered(told)}；EPSG:{told['crs']['srid']}，"
                f"每四分之一圆 {told['quad_segs']} 段",
                f"Denominator: {definition['en']}; {gaps['count']:,} blind spots, {_uncovered(told)}; EPSG:{told['crs']['srid']}, "
                f"{told['quad_segs']} segments a quarter circle")
    for words in filter(None, (told["note"], told.get("reason"))):
        console.say(words["zh"], words["en"])
    for threshold in told["thresholds"]:
        met = _MET[threshold["met"]]
        console.say(f"{threshold['title']['zh']} {threshold['op']} {threshold['value']:g} %：{met[0]}"
                    f"（把握 {threshold['confidence']}）",
                    f"{threshold['title']['en']} {threshold['op']} {threshold['value']:g} %: {met[1]} "
                    f"(confidence {threshold['confidence']})")


_MET = {None: ("无法判断", "cannot be told"), True: ("达到", "met"), False: ("未达到", "not met")}


def _show_facilities(facilities: dict[str, Any]) -> None:
    area = SHOWN["area"][0]
    tiers = [[_tier(t), t["radius_m"], t["count"], t["area_m2"] / area] for t in facilities["by_tier"]]
    left = [[label(e["title"]), None, e["count"], (e["measure"] or 0) / area] for e in facilities["excluded"]]
    console.table("设施 · Facilities", [both("规模", "Size"), both("半径 m", "Radius m"), both("个数", "Count"),
                                      both("面积 万㎡", "Area 10⁴m²")], tiers + left)


def _unit(told: dict[str, Any]) -> tuple[float, str]:
    """How measures of the basis are printed: what they are divided by, and the unit then."""
    per, unit = SHOWN.get(told["basis"], (1, None))
    return per, unit or f"{told['measure_unit']['zh']} {told['measure_unit']['en']}"


def _uncovered(told: dict[str, Any]) -> str:
    """What is not covered is land, or lines, whatever the percentage is of."""
    per, unit = SHOWN["length" if "uncovered_m" in told else "area"]
    return f"{told.get('uncovered_m', told.get('uncovered_m2', 0.0)) / per:,.2f} {unit}"


def _show_comparison(told: dict[str, Any]) -> None:
    whole = {**{f"{n}_{side}": told[side][n] for n in ("value", "numerator") for side in ("from", "to")}, **told["difference"]}
    per, unit = _unit(told)
    rows = [[title, r["value_from"], r["value_to"], r["value"], _amount(r["numerator"], per)]
            for title, r in (*((label(r["title"]), r) for r in told["by"]), (TOTAL, whole))]
    console.table(f"{told['title']['zh']} · {told['title']['en']} — {told['from']['on']} → {told['to']['on']}",
                  [both("区域", "Zone"), both("前 %", "From %"), both("后 %", "To %"), both("变化 点", "Points"),
                   both(f"覆盖增加 {unit}", "Covered more")], rows)
    counts = told["facilities"]["counts"]
    console.say(f"设施：新增 {counts['came']}，减少 {counts['went']}，变化 {counts['changed']}",
                f"Facilities: {counts['came']} came, {counts['went']} went, {counts['changed']} changed")


def _tier(tier: dict[str, Any]) -> tuple[str, str]:
    upper = f" – {tier['max_m2']:,.0f}" if tier["max_m2"] is not None else ""
    size = " ".join(f"{name}: {', '.join(map(str, values))}" for name, values in tier["where"].items())
    if tier["min_m2"] or tier["max_m2"] is not None or not size:
        size = f"≥ {tier['min_m2']:,.0f}{upper} m² {size}".strip()
    return (f"{size}（历史街区）", f"{size} (historic district)") if tier["needs_historic"] else (size, size)


def _amount(value: float | None, per: float) -> float | None:
    return None if value is None else value / per


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def write(file: Path, features: Iterator[bytes]) -> int:
    """Write a FeatureCollection, one feature a line; the number of features."""
    count = 0
    try:
        with file.open("wb") as out:
            out.write(b'{"type":"FeatureCollection","features":[\n')
            for feature in features:
                out.write(b",\n" * bool(count) + feature)
                count += 1
            out.write(b"\n]}\n")
    except OSError as error:
        raise BadFile(file=file, why_zh=f"不能写入（{error.strerror}）",
                      why_en=f"cannot be written ({error.strerror})") from error
    return count


COMMANDS = (coverage,)
