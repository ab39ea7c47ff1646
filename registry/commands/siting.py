"""The command of siting: where the next facilities should stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from registry import catalogue, console, db
from registry.commands.city import chosen, city_option, when_options
from registry.commands.cluster import json_option
from registry.commands.figures import SHOWN, pairs
from registry.commands.inventory import both
from registry.coverage import picture as pictures
from registry.coverage import siting, straight
from registry.coverage.siting import Ask, curve
from registry.errors import BadFile, BadValue
from registry.scope import Sight

LIMIT_S = 60.0  # nobody else waits for a command
_STATUS = {"optimal": ("已证明最优", "proven optimal"), "time_limit": ("时间到，未证明最优", "out of time, not proven"),
           "greedy": ("只用贪心，未求证", "greedy only, not proven"), "infeasible": ("约束之下不能全部消除", "the constraints let nobody close all")}


@click.command()
@click.argument("rule")
@click.option("--p", type=int, default=None, help="再建几处 · How many sites.")
@click.option("--all", "close_all", is_flag=True, help="最少几处消除全部盲区 · The fewest that close every blind spot.")
@click.option("--edition", default=None, help="标准版本 · Edition of the standard.")
@click.option("--weight", type=click.Choice(siting.WEIGHTS), default=None, help="按面积、人口或线路长度，不给则按规则 · By area, people or length of lines; else as the rule has it.")
@click.option("--candidates", default=None, metavar="FILE|KIND", help="备选点：文件，或类别、区域类型；不给则在盲区周围生成 · Candidates: a "
              "file, a class or a zone kind; else generated around the blind spots.")
@click.option("--where", multiple=True, metavar="FIELD=VALUE,…", help="只要这些备选点 · Of these candidates only.")
@click.option("--fixed", default="", metavar="ID,…", help="必选的备选点 · Candidates that must be chosen.")
@click.option("--forbidden", default="", metavar="ID,…", help="不可选的备选点 · Candidates that must not be.")
@click.option("--avoid", default=None, metavar="FILE|KIND", help="其中不可建：面文件或区域类型 · Nothing may stand within: polygons of a file, "
              "or a zone kind.")
@click.option("--cost", default=None, metavar="FIELD", help="备选点的费用字段 · Field of the candidates' cost.")
@click.option("--budget", type=float, default=None, help="费用之和不超过 · Most of the costs' sum.")
@click.option("--spacing", "spacing_m", type=float, default=None, metavar="M", help="两处至少相距（米）· Least distance between two sites.")
@click.option("--radius", "radius_m", type=float, default=None, metavar="M", help="服务半径，不按规则 · Service radius, instead of the rule's.")
@click.option("--tier", type=int, default=None, metavar="N", help="新建设施属规则的第几档，从 1 数 · Tier of what is built, from 1.")
@click.option("--district", default=None, help="只要这个区 · Of this district only.")
@click.option("--each-district", is_flag=True, help="逐区各求一次 · One answer for each district.")
@click.option("--time-limit", "time_limit_s", type=float, default=LIMIT_S, show_default=True, metavar="S", help="求证的时间 · Seconds for the proof.")
@click.option("--curve", "curve_file", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="把增益曲线写入 svg、html 或 csv · Write the gain curve to svg, html or csv.")
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="把盲区和选址画成地图（svg）· Draw a map of blind spots and sites (svg).")
@click.option("--credit", default="", help="图上写明数据是谁的 · Whose data it is, on the picture.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="写入 GeoJSON · Write GeoJSON.")
@city_option
@when_options
@json_option
def site(rule: str, edition: str | None, city: str | None, sight: Sight, as_json: bool, each_district: bool, curve_file: Path | None,
         out: Path | None, picture: Path | None, credit: str, **asked: Any) -> None:
    """选址：再建几处能多覆盖多少 · Siting: where the next facilities cover most; RULE: park."""
    form = _form(curve_file, each_district) if curve_file else ""
    if picture and (each_district or picture.suffix.lower() != ".svg"):
        raise BadValue(name="--picture", value=str(picture), why_zh="一个答案的图，扩展名应为 svg", why_en="a picture is of one answer, and ends in svg")
    ask = _ask(asked)
    with db.connect() as conn:
        found = chosen(conn, city)
        told = (siting.by_district(conn, rule, found, ask, edition=edition, sight=sight) if each_district
                else [siting.sites(conn, rule, found, ask, edition=edition, sight=sight, shown=sight)])
        drawn = pictures.svg(straight.prepare(conn, rule, found, edition=edition, sight=sight), told[0]["features"], credit=credit) if picture else ""
    if as_json:
        console.print_json(told if each_district else told[0])
    else:
        for answer in told:
            _show(answer)
    if curve_file:
        _write(curve_file, curve.made(told[0], form), as_json)
    if picture and not drawn:
        raise BadValue(name="--picture", value=str(picture), why_zh="没有应服务的用地或线路，无图可画", why_en="there is nothing to be served, and so nothing to draw")
    if picture:
        _write(picture, drawn, as_json)
    if out:
        _write(out, json.dumps(told[0] if not each_district else _together(told), ensure_ascii=False), as_json)


# -- inside --------------------------------------------------------------------------------------
def _ask(asked: dict[str, Any]) -> Ask:
    known = {k.key for k in catalogue.load().kinds}
    candidates, avoid = asked.pop("candidates"), asked.pop("avoid")
    where = {name: values.split(",") for name, values in pairs("--where", asked.pop("where")).items()}
    fixed, forbidden = (tuple(filter(None, (v.strip() for v in asked.pop(name).split(",")))) for name in ("fixed", "forbidden"))
    return Ask(all=asked.pop("close_all"), candidates=candidates if candidates is None or candidates in known else _file(candidates),
               avoid=avoid if avoid in known else None, avoid_file=_file(avoid) if avoid and avoid not in known else None,
               where=where, fixed=fixed, forbidden=forbidden, **asked)


def _file(name: str) -> Path:
    if not (file := Path(name)).exists():
        raise BadFile(file=name, why_zh="没有这个文件，也没有这个类别", why_en="there is no such file, and no such class")
    return file


def _form(file: Path, each_district: bool) -> str:
    form = file.suffix.lstrip(".").lower()
    if form not in curve.FORMS or each_district:
        raise BadValue(name="--curve", value=str(file), why_zh=f"一个答案的曲线，扩展名应为 {', '.join(curve.FORMS)}",
                       why_en=f"a curve is of one answer, and ends in {', '.join(curve.FORMS)}")
    return form


def _together(told: list[dict[str, Any]]) -> dict[str, Any]:
    features = [f | {"id": n, "properties": f["properties"] | {"district": t["scope"]["district"]}}
                for n, (t, f) in enumerate(((t, f) for t in told for f in t["features"]), 1)]
    return {"type": "FeatureCollection", "features": features,
            "districts": [{k: v for k, v in t.items() if k not in ("type", "features")} for t in told]}


def _show(told: dict[str, Any]) -> None:
    lines, district = told["basis"] == "length", told["scope"]["district"]
    gain, (per, unit) = "gain_m" if lines else "gain_m2", SHOWN["length" if lines else "area"]
    where = f"{told['scope']['city']} {district or ''}".strip()
    rows = []
    for feature in told["features"]:
        p, (x, y) = feature["properties"], _place(feature["geometry"])
        rows.append([p["rank"], p["candidate_name"] or p["candidate_id"], f"{x:.6f}, {y:.6f}", p["radius_m"], p[gain] / per,
                     None if p["gain_people"] is None else round(p["gain_people"]), p["covered_percent"]])
    console.table(f"{told['title']['zh']} · {told['title']['en']} — {where} — {told['edition']['standard']}",
                  [both("次序", "Rank"), both("选址", "Site"), both("经度, 纬度", "Lon, lat"), both("半径 m", "Radius m"),
                   both(f"新增覆盖 {unit}", "Gain"), both("新增人口", "People"), both("覆盖率 %", "Coverage %")], rows)
    solver = told["solver"]
    status = _STATUS[solver["status"]]
    bound = f"{100 * solver['gap']:.2f} %"
    console.say(f"覆盖率 {_percent(told['before_percent'])} → {_percent(told['after_percent'])}；{told['method_title']['zh']}；{status[0]}"
                f"（与界相差 {bound}，{solver['seconds']:g} 秒）",
                f"Coverage {_percent(told['before_percent'])} → {_percent(told['after_percent'])}; {told['method_title']['en']}; {status[1]} "
                f"({bound} from the bound, {solver['seconds']:g} s)")
    if short := told["shortfall"]:
        console.say(short["zh"], short["en"])
    for left in told["candidates"]["left_out"]:
        console.say(f"除去 {left['count']} 个备选点：{left['title']['zh']}", f"{left['count']} candidates left out: {left['title']['en']}")
    if note := told["candidates"]["note"]:
        console.say(note["zh"], note["en"])
    if beyond := told.get("uncoverable_m", told.get("uncoverable_m2")):
        named = "、".join(u["land_name"] or u["land_code"] for u in told["uncoverable"][:10])
        console.say(f"{beyond / per:,.2f} {unit} 没有备选点够得着，需要另找：{named}",
                    f"{beyond / per:,.2f} {unit} are beyond every candidate and need others: {named}")


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f} %"


def _place(geometry: dict[str, Any]) -> tuple[float, float]:
    """A place to look for it: the point, or the first corner."""
    found: Any = geometry["coordinates"]
    while not isinstance(found[0], int | float):
        found = found[0]
    return found[0], found[1]


def _write(file: Path, words: str, quiet: bool) -> None:
    try:
        file.write_text(words, encoding="utf-8")
    except OSError as error:
        raise BadFile(file=str(file), why_zh=f"不能写入（{error.strerror}）", why_en=f"cannot be written ({error.strerror})") from error
    console.say(f"写入 {file}", f"Written to {file}", err=quiet)


COMMANDS = (site,)
