"""The command of coverage on foot: both figures side by side, what only the straight line serves, and the streets reached."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from registry import console, db
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.coverage import write
from registry.commands.figures import TOTAL
from registry.commands.inventory import both, label
from registry.coverage import datum as guard
from registry.coverage import straight
from registry.coverage.network import answer, layers
from registry.scope import Sight

_FILE = click.Path(dir_okay=False, path_type=Path)
_EDITION = click.option("--edition", default=None, help="标准版本 · Edition of the standard.")


@click.command()
@click.argument("rule")
@_EDITION
@click.option("--by", default="district", show_default=True, help="按哪种区域分行 · Kind of zone the rows stand for.")
@click.option("--difference", type=_FILE, default=None,
              help="把直线可达而步行不可达的地块写入 GeoJSON · Write what only the straight line serves to a GeoJSON file.")
@click.option("--reached", type=_FILE, default=None, help="把步行可达的路段写入 GeoJSON · Write the streets reached to a GeoJSON file.")
@city_option
@when_options
@json_option
def walking(rule: str, edition: str | None, by: str, difference: Path | None, reached: Path | None, city: str | None, sight: Sight,
            as_json: bool) -> None:
    """步行可达，与直线覆盖率并列 · Coverage on foot, beside the straight line; RULE: park."""
    with db.connect() as conn:
        found = chosen(conn, city)
        told = answer.answer(conn, rule, found, edition=edition, by=by, sight=sight)
        for file, layer in ((difference, layers.difference), (reached, layers.reached)):
            if file:
                count = write(file, layer(conn, rule, found, edition=edition, sight=sight))
                console.say(f"{count} 个图形写入 {file}", f"{count} features written to {file}", err=as_json)
    if as_json:
        console.print_json(told)
    else:
        _show(told)


@click.command("datum-check")
@click.argument("rule")
@_EDITION
@city_option
@when_options
@json_option
def datum_check(rule: str, edition: str | None, city: str | None, sight: Sight, as_json: bool) -> None:
    """设施、用地与道路是否同一坐标基准 · Whether facilities, land and roads are of one datum; RULE: park.

    以道路为准，检查是否混入了 GCJ-02、BD-09；混入时退出码为 3 · Against the roads, for GCJ-02 and BD-09; exit status 3 where mixed.
    """
    with db.connect() as conn:
        finding = guard.check(straight.prepare(conn, rule, chosen(conn, city), edition=edition, sight=sight))
    told = finding.as_dict()
    if as_json:
        console.print_json(told)
    else:
        console.table(("坐标基准 · Datum", "Datum"), [both("图层", "Layer"), both("数量", "Count"), both("结论", "Verdict"), both("原因", "Why")],
                      [[label(one["title"]), one["count"], label(one["verdict_title"]), label(one["why"]) if one["why"] else one["looks_like"]]
                       for one in told["layers"]])
        for one in told["control"]["layers"]:
            console.say(f"{one['title']['zh']} {one['count']}：{one['verdict_title']['zh']}", f"{one['title']['en']} {one['count']}: {one['verdict_title']['en']}")
        if note := told["control"]["note"]:
            console.say(note["zh"], note["en"])
    finding.require()


# -- inside --------------------------------------------------------------------------------------
def _show(told: dict[str, Any]) -> None:
    rows = [[label(r["title"]) if r is not told else TOTAL, r["walking"]["percent"], r["straight_line"]["percent"], r["difference_points"],
             r["walking"]["land_m2"] / 1e4, r["walking"]["unknown_m2"] / 1e4] for r in (*told["by"], told)]
    console.table((told["title"]["zh"], told["title"]["en"]), [
        both("区域", "Zone"), both("步行 %", "On foot %"), both("直线 %", "Straight %"), both("相差", "Difference"),
        both("用地 万㎡", "Land 10⁴m²"), both("未知 万㎡", "Unknown 10⁴m²")], rows)
    network, ways_in, parcels = told["network"], told["entrances"], told["parcels"]
    console.say(f"路网 {network['edges']:,} 边、{network['length_m'] / 1000:,.1f} km、{network['components']} 个连通部分；入口："
                f"实测 {ways_in['surveyed']}，点 {ways_in['point']}，推定 {ways_in['inferred']}，离路太远 {ways_in['dropped_count']}；"
                f"地块：没有路 {parcels['unknown']}，走不到 {parcels['unreached']}",
                f"Network: {network['edges']:,} edges, {network['length_m'] / 1000:,.1f} km, {network['components']} components; entrances: "
                f"{ways_in['surveyed']} surveyed, {ways_in['point']} points, {ways_in['inferred']} inferred, {ways_in['dropped_count']} too "
                f"far; parcels: {parcels['unknown']} without a street, {parcels['unreached']} without a way")
    console.say(told["formula"]["zh"], told["formula"]["en"])
    console.say(f"坐标基准：{told['datum']['title']['zh']}", f"Datum: {told['datum']['title']['en']}")


COMMANDS = (walking, datum_check)
