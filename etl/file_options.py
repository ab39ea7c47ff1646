"""What `registry load` and `registry plan` are told about a file, and how they show that they are at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.progress import TaskID

from etl.jobs import Options
from etl.report import LoadReport
from registry import console
from registry.errors import BadFile

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--class", "kind", default=None, metavar="KEY", help="设施类别或区划种类；默认看文件名和列名 · Class or zone kind."),
    click.option("--mapping", type=click.Path(path_type=Path), default=None, metavar="TOML", help="映射文件 · Mapping file."),
    click.option("--crs", default=None, metavar="EPSG:…",
                 help="坐标系，也可以是 GCJ-02、BD-09、local；默认看 .prj 和坐标大小 · CRS of the file."),
    click.option("--datum", type=click.Path(path_type=Path), default=None, metavar="FILE",
                 help="到 CGCS2000 的当地参数：.toml（七参数、PROJ 管线、控制点）或控制点 .csv · Local parameters to CGCS2000."),
    click.option("--encoding", default=None, metavar="NAME", help="文字编码；默认自动判断 · Text encoding."),
    click.option("--city", default=None, metavar="KEY", help="城市；没有时新建 · City; made when it is not there."),
    click.option("--reason", default=None, metavar="TEXT", help="为什么导入，写入历史 · Why, for the history."),
    click.option("--actor", default=None, metavar="NAME", help="谁导入，默认登录名 · Who, for the history."),
    click.option("--source", default=None, metavar="NAME", help="来源名；默认文件名 · Name of the source."),
    click.option("--take", type=click.Choice(["registry", "file"]), default="registry", show_default=True,
                 help="文件和别人都改过的字段以谁为准 · Who wins where both the file and somebody else changed a field."),
    click.option("--delete-missing", is_flag=True, help="本来源已有而文件里没有的行，删除 · Delete rows of this source that the file lacks."),
    click.option("--delete-at-most", type=click.FloatRange(0, 100), default=10.0, show_default=True, metavar="PERCENT",
                 help="最多删除本来源的百分之几，超过则拒绝 · Refuse to delete more than this share of the source's rows."),
    click.option("--rejects", type=click.Path(path_type=Path), default=None, metavar="DIR",
                 help="拒收文件和冲突清单的文件夹；默认 .registry/rejects · Folder of the reject files and lists of conflicts."),
)


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument FILE and the options that say how it is read and compared."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def existing(file: Path) -> Path:
    """The file, or BadFile."""
    if not file.exists():
        raise BadFile(file=str(file), why_zh="没有这个文件", why_en="there is no such file")
    return file


def options(said: dict[str, Any], **more: Any) -> Options:
    """What was told, as `load` takes it."""
    take, delete, most = said.pop("take"), said.pop("delete_missing"), said.pop("delete_at_most")
    return Options(**said, take_file=take == "file", delete_missing=most if delete else None, **more)


def report_failures(context: click.Context, made: Sequence[LoadReport], quiet: bool) -> None:
    """Say what failed in both languages, and end with the status of the worst."""
    failed = [m.error for m in made if m.error is not None]
    for error in failed if not quiet else ():
        click.echo(error.message("zh"), err=True)
        click.echo(error.message("en"), err=True)
    if failed:
        context.exit(max(error.exit_code for error in failed))


class Bars:
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
