"""The command of service-radius coverage: the figure, its rows and its blind spots."""

from __future__ import annotations

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
from registry.errors import BadFile
from registry.scope import Sight
from registry.store.cities import City


@click.command()
@click.argument("rule")
@click.option("--edition", default=None, help="标准版本 · Edition of the standard.")
@click.option("--by", default="district", show_default=True, help="按哪种区域分行 · Kind of zone the rows stand for.")
@click.option("--gaps", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="把盲区写入 GeoJSON 文件 · Write the blind spots to a GeoJSON file.")
@city_option
@when_options
@json_option
def coverage(rule: str, edition: str | None, by: str, gaps: Path | None, city: str | None, sight: Sight,
             as_json: bool) -> None:
    """服务半径覆盖率与盲区 · Service-radius coverage and blind spots; RULE: park."""
    with db.connect() as conn:
        found = chosen(conn, city)
        told = service_areas.coverage(conn, rule, found, edition=edition, by=by, sight=sight)
        written = write(gaps, service_areas.gaps(conn, rule, found, edition=edition, sight=sight)) if gaps else None
    if as_json:
        console.print_json(told)
    else:
        _show_coverage(told, found)
    if gaps:
        console.say(f"盲区 {written} 块写入 {gaps}", f"{written} blind spots written to {gaps}", err=as_json)


# -- inside --------------------------------------------------------------------------------------
def _show_coverage(told: dict[str, Any], city: City) -> None:
    area = SHOWN["area"][0]
    rows = [[label(r["title"]) if r is not told else TOTAL, r["value"], r["numerator"] / area,
             r["denominator"] / area, _whole(r["people_covered"]), _whole(r["people"])] for r in (*told["by"], told)]
    edition = told["edition"]
    console.table(f"{told['title']['zh']} · {told['title']['en']} — {city.zh} {city.en} — {edition['standard']}",
                  [both("区域", "Zone"), both("覆盖率 %", "Coverage %"), both("覆盖 万㎡", "Covered 10⁴m²"),
                   both("总计 万㎡", "Land 10⁴m²"), both("覆盖人口", "People covered"), both("人口", "People")], rows)
    facilities = told["facilities"]
    tiers = [[_tier(t), t["radius_m"], t["count"], t["area_m2"] / area] for t in facilities["by_tier"]]
    left = [[label(e["title"]), None, e["count"], (e["measure"] or 0) / area] for e in facilities["excluded"]]
    console.table("设施 · Facilities", [both("规模", "Size"), both("半径 m", "Radius m"), both("个数", "Count"),
                                      both("面积 万㎡", "Area 10⁴m²")], tiers + left)
    definition, gaps = told["denominator_definition"]["title"], told["gaps"]
    console.say(f"分母：{definition['zh']}；盲区 {gaps['count']:,} 块，{told['uncovered_m2'] / area:,.2f} 万㎡；"
                f"EPSG:{told['crs']['srid']}，每四分之一圆 {told['quad_segs']} 段",
                f"Denominator: {definition['en']}; {gaps['count']:,} blind spots, {told['uncovered_m2'] / area:,.2f} "
                f"x 10⁴ m²; EPSG:{told['crs']['srid']}, {told['quad_segs']} segments a quarter circle")
    for threshold in edition["thresholds"]:
        met = _met(told["value"], threshold)
        console.say(f"{threshold['title']['zh']} {threshold['op']} {threshold['value']:g} %：{met[0]}"
                    f"（把握 {threshold['confidence']}）",
                    f"{threshold['title']['en']} {threshold['op']} {threshold['value']:g} %: {met[1]} "
                    f"(confidence {threshold['confidence']})")


def _met(value: float | None, threshold: dict[str, Any]) -> tuple[str, str]:
    if value is None:
        return "无法判断", "cannot be told"
    good = value > threshold["value"] if threshold["op"] == ">" else value >= threshold["value"]
    return ("达到", "met") if good else ("未达到", "not met")


def _tier(tier: dict[str, Any]) -> tuple[str, str]:
    upper = f" – {tier['max_m2']:,.0f}" if tier["max_m2"] is not None else ""
    size = f"≥ {tier['min_m2']:,.0f}{upper} m²"
    return (f"{size}（历史街区）", f"{size} (historic district)") if tier["needs_historic"] else (size, size)


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
