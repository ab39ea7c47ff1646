"""The commands that give data away as files: export a class, and the empty form of one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
from rich.progress import TaskID

from registry import catalogue, console, db, export, moment
from registry.commands.city import chosen, city_option
from registry.errors import BadFile, BadValue, NotFound
from registry.export import FORMATS, Order, Written
from registry.export.form import inspection_template
from registry.export.form import template as write_template
from registry.kinds import AssetClass, FeatureKind
from registry.kinds.records import FORM
from registry.scope import Sight
from registry.standards import sheets
from registry.store import sheet_class
from registry.store.exported import one_moment

WORKING = "working"


@click.command("export")
@click.argument("kind", metavar="CLASS")
@click.option("--format", "wanted", type=click.Choice([f.key for f in FORMATS]), default=None, help="格式；默认看 -o 的后缀，没有则 "
              "gpkg · Format; default: by the suffix of -o, else gpkg.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, metavar="FILE", help="文件；- 为标准输出；默认 类别.后缀 · "
              "File; - is standard output; default CLASS.suffix.")
@click.option("--crs", default=None, metavar="EPSG:…", help="坐标系，默认 EPSG:4490；working 为城市的工作坐标系 · CRS; `working` is that "
              "of the city.")
@click.option("--encoding", type=click.Choice(["utf-8", "gbk"]), default=None, help="Shapefile 和 CSV 的文字编码 · Of Shapefile and CSV.")
@click.option("--as-of", default=None, metavar="TIME", help="登记簿当时的样子 · The registry as it was then.")
@click.option("--force", is_flag=True, help="覆盖已有的文件 · Replace an existing file.")
@city_option
def export_(kind: str, wanted: str | None, output: Path | None, crs: str | None, encoding: str | None, as_of: str | None,
            force: bool, city: str | None) -> None:
    """导出一类设施或区划 · Export a class or a kind of zone.

    导出的文件再导入，什么也不变：格式装不下的（长文本，shp、fgb 中没有图形的行……）写在旁边的文件里，导入时自动取回。

    Loading an exported file changes nothing: what the format cannot hold (long texts, of shp and fgb rows without geometry …)
    stands in files beside it, from which a load takes it back.
    """
    declared = catalogue.load().kind(kind)
    to_stdout = output is not None and str(output) == "-"
    form = FORMATS["gpkg"] if wanted is None and output is None else export.chosen(wanted, None if to_stdout else output)
    file = output or Path(f"{declared.key}{form.suffix}")
    sight = Sight(as_of=moment.as_of(as_of) if as_of else None)
    if not sight.sees(declared):
        raise NotFound(what=declared.key)
    with db.connect() as conn, _Bar(declared.title.zh, quiet=to_stdout) as progress:
        one_moment(conn)
        found = chosen(conn, city)
        order = Order(declared, found.key, form, found.srid if crs == WORKING else crs, encoding, sight, progress)
        if to_stdout:
            made = export.to_stream(conn, order, sys.stdout.buffer)
        else:
            made = export.to_file(conn, order, file, force=force)
    _tell(made, to_stdout)


@click.command()
@click.argument("kind", metavar="CLASS")
@click.option("--inspection", default=None, metavar="FORM", help=f"这类设施的检查表：{'、'.join(sheets.every())}，或 regular 等 · "
              "The form of its inspections.")
@click.option("-o", "--output", type=click.Path(path_type=Path), default=None, metavar="FILE", help="文件，默认 类别.xlsx · File.")
@click.option("--force", is_flag=True, help="覆盖已有的文件 · Replace an existing file.")
def template(kind: str, inspection: str | None, output: Path | None, force: bool) -> None:
    """一类的空白填报表（XLSX），带代码表下拉 · The empty form of a class (XLSX) with its code lists."""
    declared = catalogue.load().kind(kind)
    form = _inspected(declared, inspection) if inspection is not None else None
    file = output or Path(f"{declared.key}.xlsx" if form is None else f"{declared.key}.{inspection}.xlsx")
    if file.exists() and not force:
        raise BadFile(file=str(file), why_zh="已经有这个文件；要覆盖请加 --force", why_en="exists already; add --force to replace it")
    try:
        if form is None:
            write_template(declared, file)
        else:
            inspection_template(form, file)
    except OSError as error:
        raise BadFile(file=str(file), why_zh=f"写不了：{error.strerror}", why_en=f"cannot be written: {error.strerror}") from None
    title = (form or declared).title
    console.say(f"{title.zh}的填报表：{file}", f"The form of {title.en}: {file}")


def _inspected(kind: FeatureKind, form: str) -> FeatureKind:
    """The class as inspections of a form tell of it; BadValue where the form is none of ours, or not for the class."""
    sheet = sheets.find(form)
    if not isinstance(kind, AssetClass) or (sheet is not None and not sheet.suits(kind.key)) or (sheet is None and FORM.find(form) is None):
        known = ", ".join((*(s.key for s in sheets.every().values() if s.suits(kind.key)), *FORM.values))
        raise BadValue(name="--inspection", value=form[:40], why_zh=f"{kind.title.zh}可用：{known}", why_en=f"known for {kind.key}: {known}")
    return sheet_class.by_sheet(kind, sheet) if sheet is not None else sheet_class.plain(kind)


def _tell(made: Written, to_stdout: bool) -> None:
    if to_stdout:
        return
    for file in made.files:
        console.say(f"{file}（{file.stat().st_size:,} 字节）", f"{file} ({file.stat().st_size:,} bytes)")
    console.say(f"共 {made.rows} 行，其中没有图形 {made.without_geometry} 行", f"{made.rows} rows, {made.without_geometry} of them without "
                "geometry")


class _Bar:
    """The progress bar on stderr; none where the rows themselves go to the terminal."""

    def __init__(self, title: str, quiet: bool) -> None:
        self.title, self.bars, self.task = title, None if quiet else console.progress(), TaskID(0)

    def __enter__(self) -> Callable[[int, int], None]:
        return self.tick

    def tick(self, done: int, rows: int) -> None:
        if self.bars is None:
            return
        if not self.bars.tasks:  # what is refused at once has no bar
            self.bars.start()
            self.task = self.bars.add_task(self.title, total=rows)
        self.bars.update(self.task, completed=done, total=max(rows, done))

    def __exit__(self, *_: object) -> None:
        if self.bars is not None:
            self.bars.stop()


COMMANDS = (export_, template)
