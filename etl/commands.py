"""The command that loads files: `registry load`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.progress import TaskID

from etl import report
from etl.load import Options
from etl.load import load as load_file
from etl.mapping import told_fields
from etl.report import LoadReport
from registry import console
from registry.errors import BadFile, BadValue


class NeedsYes(BadValue):
    """Nobody is there to be asked."""

    zh = "没有终端可以询问；确认写入请加 --yes，只看结果请加 --dry-run"
    en = "There is no terminal to ask at; add --yes to write, or --dry-run to look only"
    exit_code = 2


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--class", "kind", default=None, metavar="KEY", help="设施类别或区划种类；默认看文件名和列名 · Class or zone kind.")
@click.option("--mapping", type=click.Path(path_type=Path), default=None, metavar="TOML", help="映射文件 · Mapping file.")
@click.option("--crs", default=None, metavar="EPSG:…", help="坐标系；默认看 .prj 和坐标大小 · CRS of the file.")
@click.option("--encoding", default=None, metavar="NAME", help="文字编码；默认自动判断 · Text encoding.")
@click.option("--city", default=None, metavar="KEY", help="城市；没有时新建 · City; made when it is not there.")
@click.option("--reason", default=None, metavar="TEXT", help="为什么导入，写入历史 · Why, for the history.")
@click.option("--actor", default=None, metavar="NAME", help="谁导入，默认登录名 · Who, for the history.")
@click.option("--source", default=None, metavar="NAME", help="来源名；默认文件名 · Name of the source.")
@click.option("--inspection", default=None, metavar="FORM", help="文件是检查记录：patrol、regular、structural、special、survey 或自己的表名 · "
              "The rows are inspections of this form.")
@click.option("--field", "fields", multiple=True, metavar="KEY=COLUMN", help="列是哪个字段，可重复；采用提示的“可能是” · "
              "Which column a field is; accepts a proposal.")
@click.option("--save-mapping", type=click.Path(path_type=Path), default=None, metavar="TOML",
              help="把这次的对应写成映射文件，同名来源再来时自动使用 · Write the mapping down; used again for this source.")
@click.option("--interactive", is_flag=True, help="逐步询问：城市、类别、编码、坐标系、列、代码，并存下映射 · Ask step by "
              "step, and keep the mapping.")
@click.option("--dry-run", is_flag=True, help="只比对，不写入 · Compare, write nothing.")
@click.option("--yes", is_flag=True, help="不询问，直接写入 · Write without asking.")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")
@click.option("--brief", is_flag=True, help="每个图层只印一行 · One line a layer.")
@click.option("--rejects", type=click.Path(path_type=Path), default=None, metavar="DIR",
              help="拒收文件的文件夹；默认 .registry/rejects · Folder of the reject files.")
@click.pass_context
def load(context: click.Context, file: Path, kind: str | None, mapping: Path | None, crs: str | None,
         encoding: str | None, city: str | None, reason: str | None, actor: str | None, source: str | None,
         inspection: str | None, fields: tuple[str, ...], save_mapping: Path | None, interactive: bool, dry_run: bool,
         yes: bool, as_json: bool, brief: bool, rejects: Path | None) -> None:
    """导入文件 · Load a file: .shp .geojson .gpkg .csv .xlsx, or a folder of them.

    类别、编码、坐标系、列名自动识别并说明依据；不合格的行写入拒收文件并说明原因，其余入库。
    同一文件再导入一次，什么也不变。

    Class, encoding, CRS and columns are recognised and the evidence is shown. Rows that are refused go to
    a reject file with the reasons, the others are loaded. Loading the same file again changes nothing.

    \b
    退出码 · Exit status: 0 成功 ok  2 用法 usage  3 文件有问题或需要回答 bad file, question
                          4 没有此类别或城市 unknown class or city  5 数据库 database
    """
    if not file.exists():
        raise BadFile(file=str(file), why_zh="没有这个文件", why_en="there is no such file")
    if not (dry_run or yes or interactive) and (as_json or not _at_a_terminal()):
        raise NeedsYes(name="--yes", value="", why_zh="", why_en="")
    shown: list[LoadReport] = []

    def confirm(made: LoadReport) -> bool:
        if yes:
            return True
        shown.append(made)
        report.details(made)
        report.totals([made])
        return click.confirm(console.pick("写入？", "Write?"), default=False)

    with _Bars(quiet=as_json or not (yes or dry_run) or interactive) as progress:
        options = Options(kind, mapping, crs, encoding, city, reason, actor, source, inspection, dry_run, rejects, confirm,
                          progress, told_fields(fields), save_mapping)
        if interactive:
            from etl.interactive import walk  # its questions are wanted seldom

            options = walk(file, options)
        reports = load_file(file, options)
    if as_json:
        console.print_json([made.as_dict() for made in reports])
    else:
        _print(reports, shown, brief)
    failed = [made for made in reports if made.error is not None]
    if failed:
        if as_json or not brief:
            for made in failed:
                assert made.error is not None
                click.echo(made.error.message("zh"), err=True)
                click.echo(made.error.message("en"), err=True)
        context.exit(max(made.error.exit_code for made in failed if made.error))


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


class _Bars:
    """Progress bars on stderr, one a layer; none where they would stand in the way of a question."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Callable[[str, int, int | None], None]:
        self.bars = None if self.quiet else console.progress()
        if self.bars is not None:
            self.bars.start()
        return self.tick

    def tick(self, name: str, done: int, total: int | None) -> None:
        """`done` of `total` rows of a layer are read."""
        if self.bars is None:
            return
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=total)
        self.bars.update(self.tasks[name], completed=done, total=total if total is not None else max(done, 1))

    def __exit__(self, *_: object) -> None:
        if self.bars is not None:
            self.bars.stop()


COMMANDS = (load,)
