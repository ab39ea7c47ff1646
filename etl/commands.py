"""The command that loads files: `registry load`; those of plans stand beside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from etl import plan_commands, report
from etl.file_options import Bars, existing, file_options, options, report_failures
from etl.load import load as load_file
from etl.report import LoadReport
from registry import console
from registry.errors import NeedsYes


@click.command()
@file_options
@click.option("--inspection", default=None, metavar="FORM", help="文件是检查记录：patrol、regular、structural、special、survey 或自己的表名 · "
              "The rows are inspections of this form.")
@click.option("--works", "records", flag_value="works", default=None, help="每行一项实事 · The rows are works.")
@click.option("--observations", "records", flag_value="observations", default=None, help="每行一个填报的数 · The rows are figures that "
              "were entered.")
@click.option("--interactive", is_flag=True, help="逐步询问：城市、类别、编码、坐标系、列、代码，并存下映射 · Ask step by "
              "step, and keep the mapping.")
@click.option("--dry-run", is_flag=True, help="只比对，不写入 · Compare, write nothing.")
@click.option("--yes", is_flag=True, help="不询问，直接写入 · Write without asking.")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")
@click.option("--brief", is_flag=True, help="每个图层只印一行 · One line a layer.")
@click.pass_context
def load(context: click.Context, file: Path, interactive: bool, dry_run: bool, yes: bool, as_json: bool, brief: bool,
         **said: Any) -> None:
    """导入文件 · Load a file: .shp .gpkg .gdb .geojson .geojsons .csv .xlsx .dxf .fgb .parquet, a .zip or a folder of them.

    类别、编码、坐标系、列名自动识别并说明依据；不合格的行写入拒收文件并说明原因，其余入库。
    同一文件再导入一次，什么也不变。

    Class, encoding, CRS and columns are recognised and the evidence is shown. Rows that are refused go to
    a reject file with the reasons, the others are loaded. Loading the same file again changes nothing.

    \b
    退出码 · Exit status: 0 成功 ok  2 用法 usage  3 文件有问题或需要回答 bad file, question
                          4 没有此类别或城市 unknown class or city  5 数据库 database
                          8 数据已变或删除太多 data moved, too much to delete
    """
    existing(file)
    if not (dry_run or yes or interactive) and (as_json or not _at_a_terminal()):
        raise NeedsYes(name="--yes", value="", why_zh="", why_en="")
    shown: list[LoadReport] = []

    def ask(made: LoadReport) -> bool:
        shown.append(made)
        report.details(made)
        report.totals([made])
        return click.confirm(console.pick("写入？", "Write?"), default=False)

    with Bars(quiet=as_json or not (yes or dry_run) or interactive) as tick:
        told = options(said, dry_run=dry_run, confirm=None if yes or dry_run else ask, progress=tick)
        if interactive:
            from etl.interactive import walk  # it is a loader itself

            told = walk(file, told)
        reports = load_file(file, told)
    if as_json:
        console.print_json([made.as_dict() for made in reports])
    else:
        _print(reports, shown, brief)
    report_failures(context, reports, quiet=brief and not as_json)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _print(reports: list[LoadReport], shown: list[LoadReport], brief: bool) -> None:
    if brief:
        for made in reports:
            report.line(made)
        return
    for made in reports:
        if made.status == report.LEFT_OUT:
            report.line(made)
        elif made.error is None and made not in shown:
            report.details(made)
    report.totals(reports)
    console.say("", "")


COMMANDS = (load, *plan_commands.COMMANDS)
