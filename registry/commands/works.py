"""The commands about works (实事) and observations (entered figures)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from registry import console, db, moment, settings
from registry.commands.city import chosen, city_option
from registry.commands.cluster import json_option
from registry.commands.inventory import both
from registry.errors import BadValue
from registry.kinds.works import WORK_KIND, WORK_STATUS
from registry.scope import Sight
from registry.store import observations as of_observations
from registry.store import works as of_works
from registry.store.records import Writer

OptionLike = Callable[[Any], Any]
ID = click.argument("id_", metavar="ID", type=click.IntRange(1, 2 ** 63 - 1))


def writing(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--reason`, `--actor` and `--city` of a command that writes."""
    for option in (click.option("--reason", default=None, help="为什么，写入历史 · Why, for the history."),
                   click.option("--actor", default=None, help="谁，默认登录名 · Who."), city_option):
        command = option(command)
    return command


def _listing(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (click.option("--year", type=int, default=None, help="年度 · Year."),
                   click.option("--district", default=None, help="区（编码或名称） · District, by code or name."),
                   click.option("--as-of", default=None, metavar="TIME", help="登记簿当时的样子 · The registry as it was then."),
                   city_option, json_option):
        command = option(command)
    return command


def _options(*options: OptionLike) -> OptionLike:
    def all_of(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return all_of


def _writer(actor: str | None, reason: str | None, what: str) -> Writer:
    return Writer(actor or settings.actor(), reason or what)


def _given(said: dict[str, Any], attrs: tuple[str, ...] = ()) -> dict[str, Any]:
    """What was said on the command line, with KEY=VALUE pairs as attributes."""
    made = {k: v for k, v in said.items() if v is not None}
    pairs = {}
    for pair in attrs:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise BadValue(name="--attr", value=pair[:80], why_zh="应为 KEY=VALUE", why_en="KEY=VALUE is needed")
        pairs[key] = value
    return made | ({"attrs": pairs} if pairs else {})


def _sight(as_of: str | None) -> Sight:
    return Sight(as_of=moment.as_of(as_of) if as_of else None)


# -- works -----------------------------------------------------------------------------------------
@click.group()
def work() -> None:
    """实事：新建、改建、加固、改造、维修 · Works: what is built, rebuilt, strengthened, renovated, repaired."""


@work.command("add")
@click.argument("title")
@_options(
    click.option("--kind", required=True, help="类型：新建 build、改建 rebuild、加固 strengthen、改造 renovate、维修 repair · Kind."),
    click.option("--quantity", required=True, help="数量 · Quantity."),
    click.option("--unit", required=True, help="单位：km、m、m²、座、盏、处、个…… · Unit."),
    click.option("--year", required=True, help="年度 · Year."),
    click.option("--status", default="planned", show_default=True, help="计划 planned、在建 under_way、完成 done · Status."),
    click.option("--class", "class", default=None, help="设施类别 · Asset class."),
    click.option("--asset", "asset_code", default=None, help="设施编码 · Code of the asset."),
    click.option("--district", default=None, help="区（编码或名称） · District, by code or name."),
    click.option("--done-on", default=None, help="完成日期 · Day on which it was done."),
    click.option("--investment", "investment_cny", default=None, help="投资（元） · Investment in CNY."),
    click.option("--source", default=None, help="来源文件 · Document it is from."),
    click.option("--note", default=None, help="备注 · Note."),
    click.option("--attr", "attrs", multiple=True, metavar="KEY=VALUE", help="规划区分用的属性，如 medium=gas · What a plan tells it by."))
@writing
@json_option
def add_work(attrs: tuple[str, ...], city: str | None, actor: str | None, reason: str | None, as_json: bool, **said: Any) -> None:
    """登记一项实事 · Add a work."""
    with db.begin() as conn:
        made = of_works.add(conn, chosen(conn, city).key, _given(said, attrs),
                            _writer(actor, reason, f"registry work add {said['title']}"))
    if as_json:
        console.print_json(made)
        return
    console.say(f"已登记 {made['title']}（编号 {made['id']}）", f"added {made['title']} (id {made['id']})")


@work.command("list")
@_options(click.option("--kind", type=click.Choice(WORK_KIND.values), default=None, help="类型 · Kind of work."),
          click.option("--status", type=click.Choice(WORK_STATUS.values), default=None, help="状态 · Status."),
          click.option("--class", "cls", default=None, help="设施类别 · Asset class."))
@_listing
def list_works(kind: str | None, status: str | None, cls: str | None, year: int | None, district: str | None, as_of: str | None,
               city: str | None, as_json: bool) -> None:
    """列出实事 · List works."""
    with db.connect() as conn:
        rows = of_works.page(conn, chosen(conn, city).key, of_works.Wanted(kind, status, cls, district, year), sight=_sight(as_of))
    if as_json:
        console.print_json(rows)
        return
    console.table(("实事", "Works"), [both("编号", "Id"), both("事项", "Title"), both("类型", "Kind"), both("类别", "Class"),
                                    both("数量", "Quantity"), both("单位", "Unit"), both("年度", "Year"), both("状态", "Status"),
                                    both("完成日期", "Done on"), both("投资（元）", "Investment"), both("区", "District")],
                  [(str(r["id"]), r["title"], WORK_KIND.title_of(r["kind"]), r["class"], r["quantity"], r["unit"], str(r["year"]),
                    WORK_STATUS.title_of(r["status"]), r["done_on"], r["investment_cny"], r["district"]) for r in rows])


@work.command("done")
@ID
@click.option("--on", "done_on", default=None, metavar="DATE", help="完成日期 · Day on which it was done.")
@click.option("--quantity", default=None, help="实际数量 · Quantity that it came to.")
@writing
def done(id_: int, done_on: str | None, quantity: str | None, city: str | None, actor: str | None, reason: str | None) -> None:
    """一项实事完成了 · A work is done."""
    with db.begin() as conn:
        made = of_works.change(conn, chosen(conn, city).key, id_, None,
                               {"status": "done", **_given({"done_on": done_on, "quantity": quantity})},
                               _writer(actor, reason, f"registry work done {id_}"))
    console.say(f"{made['title']}：完成 {made['quantity']:g} {made['unit']}", f"{made['title']}: {made['quantity']:g} {made['unit']} done")


@work.command("withdraw")
@ID
@writing
def withdraw_work(id_: int, city: str | None, actor: str | None, reason: str | None) -> None:
    """撤销误登的实事，历史仍在 · Take back a work that was none; its history stays."""
    with db.begin() as conn:
        of_works.withdraw(conn, chosen(conn, city).key, id_, None, _writer(actor, reason, f"registry work withdraw {id_}"))
    console.say(f"已撤销实事 {id_}", f"took back work {id_}")


# -- observations ----------------------------------------------------------------------------------
@click.group()
def observation() -> None:
    """填报指标：算不出来、由单位填报的数，注明来源 · Figures that are entered with their source."""


@observation.command("add")
@click.argument("code")
@click.argument("value")
@_options(
    click.option("--unit", required=True, help="单位 · Unit."),
    click.option("--source", required=True, help="数据来源 · Where the figure is from."),
    click.option("--year", default=None, help="年度 · Year."),
    click.option("--on", "observed_on", default=None, metavar="DATE", help="日期 · Day it is of."),
    click.option("--district", default=None, help="区（编码或名称） · District, by code or name."),
    click.option("--method", default=None, help="统计口径 · How it was counted."),
    click.option("--note", default=None, help="备注 · Note."))
@writing
@json_option
def add_observation(city: str | None, actor: str | None, reason: str | None, as_json: bool, **said: Any) -> None:
    """填报一个数 · Enter a figure."""
    with db.begin() as conn:
        made = of_observations.add(conn, chosen(conn, city).key, _given(said),
                                   _writer(actor, reason, f"registry observation add {said['code']}"))
    if as_json:
        console.print_json(made)
        return
    console.say(f"已填报 {made['code']} = {made['value']:g} {made['unit']}（编号 {made['id']}）",
                f"entered {made['code']} = {made['value']:g} {made['unit']} (id {made['id']})")


@observation.command("list")
@click.option("--code", default=None, help="指标代码 · Code of the figure.")
@_listing
def list_observations(code: str | None, year: int | None, district: str | None, as_of: str | None, city: str | None,
                      as_json: bool) -> None:
    """列出填报的数 · List the figures that were entered."""
    with db.connect() as conn:
        rows = of_observations.page(conn, chosen(conn, city).key, of_observations.Wanted(code, year, district), sight=_sight(as_of))
    if as_json:
        console.print_json(rows)
        return
    console.table(("填报指标", "Observations"), [both("编号", "Id"), both("指标", "Code"), both("数值", "Value"), both("单位", "Unit"),
                                             both("时间", "When"), both("区", "District"), both("来源", "Source"), both("口径", "Method")],
                  [(str(r["id"]), r["code"], r["value"], r["unit"], r["observed_on"] or str(r["year"]), r["district"], r["source"],
                    r["method"]) for r in rows])


@observation.command("withdraw")
@ID
@writing
def withdraw_observation(id_: int, city: str | None, actor: str | None, reason: str | None) -> None:
    """撤销误填的数，历史仍在 · Take back a figure that was none; its history stays."""
    with db.begin() as conn:
        of_observations.withdraw(conn, chosen(conn, city).key, id_, None,
                                 _writer(actor, reason, f"registry observation withdraw {id_}"))
    console.say(f"已撤销填报 {id_}", f"took back observation {id_}")


COMMANDS = (work, observation)
