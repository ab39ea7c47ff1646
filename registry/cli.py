"""The command group: finds its commands by entry points and turns every error into one sentence."""

from __future__ import annotations

import errno
import importlib.metadata
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from registry import __version__, settings
from registry.errors import RegistryError

GROUP = "registry.commands"
_ROOMS = ("registry", "etl", "api")
UNEXPECTED = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells count
USAGE = 2
FILE = 3
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
EPILOG = """\b
退出码 · Exit status:
  0 成功 ok            1 出错 error         2 用法 usage       3 文件 file
  4 找不到 not found   5 数据库 database    6 没有 PostGIS     7 端口占用 port taken
  8 拒绝写入 refused   9 无权 not allowed   70 内部错误 internal
  130 中断 interrupted"""


class Commands(click.Group):
    """A group whose commands are the tuples that entry points load, one at a time until found.

    A part that cannot be loaded (a broken module, a half-written one) takes only its own
    commands with it: the rest of the line works, and says which part is missing.
    """

    def __init__(self, **words: Any) -> None:
        super().__init__(**words)
        self._waiting: list[importlib.metadata.EntryPoint] | None = None
        self._broken: dict[str, str] = {}

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        while name not in self.commands and self._load_next(name):
            pass
        return super().get_command(ctx, name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        while self._load_next():
            pass
        self._mention_broken()
        return super().list_commands(ctx)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None,
                                                                            list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            self._mention_broken()
            raise

    def invoke(self, ctx: click.Context) -> None:
        """What a command returns is not an exit status."""
        super().invoke(ctx)

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None,
             complete_var: str | None = None, standalone_mode: bool = True, **words: Any) -> Any:
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **words)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a terminal of another encoding gets "?", not an error
                stream.reconfigure(errors="replace")
        sys.exit(self._guarded(args, prog_name, complete_var, **words))

    def _guarded(self, args: Sequence[str] | None, prog_name: str | None, complete_var: str | None,
                 **words: Any) -> int:
        """The exit status; whatever goes wrong becomes a sentence in Chinese and one in English."""
        try:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **words) or 0
        except RegistryError as error:
            _say(error.message("zh"), error.message("en"))
            for problem in error.more.get("errors", ()):
                _say(_problem(problem, "zh"), _problem(problem, "en"))
            _debug()
            return error.exit_code
        except click.UsageError as error:
            if type(error).__name__ == "NoArgsIsHelpError":  # click ≥ 8.2
                click.echo(error.format_message())
                return 0
            where = error.ctx.command_path if error.ctx else "registry"
            _say(f"{_usage_zh(error)}。见 {where} --help", f"{error.format_message()} See {where} --help")
            return USAGE
        except click.ClickException as error:
            _say(f"出错：{error.format_message()}", f"Error: {error.format_message()}")
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            _say("已中断", "Interrupted")
            return INTERRUPTED
        except BrokenPipeError:
            return _leave_quietly()
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                _say("文件名或路径太长", "A file's name or its path is too long")
                return FILE
            if error.errno not in NO_ROOM:
                return _unexpected(error)
            where = error.filename or "?"
            _say(f"磁盘满了或到了限额，写不了 {where}：{error.strerror}", f"No room on the disk, or a limit, for {where}: {error.strerror}")
            return FILE
        except UnicodeEncodeError as error:
            if "surrogates" not in error.reason or not any(_lone(a) for a in args or sys.argv[1:]):
                return _unexpected(error)
            _say("参数里有不是 UTF-8 的字符", "An argument is not in UTF-8")
            return USAGE
        except Exception as error:
            return _unexpected(error)

    def _load_next(self, wanted: str = "") -> bool:
        """Load one more part, that called as the wanted command before the others."""
        if self._waiting is None:
            self._waiting = list(_entry_points())
        if not self._waiting:
            return False
        point = next((p for p in self._waiting if p.name == wanted), self._waiting[0])
        self._waiting.remove(point)
        try:
            for command in point.load():
                self.add_command(command)
        except Exception as error:  # any error of a part must leave the others alone
            self._broken[point.name] = f"{type(error).__name__}: {error}"
            _record()
        return True

    def _mention_broken(self) -> None:
        for name, why in self._broken.items():
            _say(f"命令组 {name} 装载失败：{why}；详见 {_log_file()}",
                 f"The commands of {name} could not be loaded: {why}; see {_log_file()}")
        self._broken = {}


def _entry_points() -> Iterator[importlib.metadata.EntryPoint]:
    """`up` and `down` first, which must work when all else is broken; etl and api, slow to load, last."""
    points = importlib.metadata.entry_points(group=GROUP)
    yield from sorted(points, key=lambda p: (p.name != "cluster", _ROOMS.index(p.value.split(".")[0]), p.name))


def _lone(text: str) -> bool:
    """Whether a text has lone surrogates, which stand for bytes that are no UTF-8."""
    return any("\ud800" <= c <= "\udfff" for c in text)


def _usage_zh(error: click.UsageError) -> str:
    """The Chinese of click's own sentences; their English is click's."""
    if isinstance(error, click.NoSuchOption):
        hint = "，是不是 " + "、".join(error.possibilities) if error.possibilities else ""
        return f"没有选项 {error.option_name}{hint}"
    if isinstance(error, click.MissingParameter):
        return f"缺少参数 {_hint(error)}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name} 用法不对"
    if isinstance(error, click.BadParameter):
        return f"参数 {_hint(error)} 的值不对"
    if "No such command" in error.message:
        return "没有这个命令" + error.message.removeprefix("No such command").rstrip(".")
    return "用法不对"


def _hint(error: click.BadParameter) -> str:
    if error.param is not None:
        return error.param.get_error_hint(error.ctx)
    return str(error.param_hint or "")


def _problem(problem: Mapping[str, Any], lang: str) -> str:
    """One of the things wrong with what was sent: row, field, value, reason, and what would be right."""
    row = problem.get("row")
    at = "" if row is None else f"第 {row} 条 " if lang == "zh" else f"entry {row} "
    value = f"={problem['value']!r}" if problem.get("value") is not None else ""
    known = ("、" if lang == "zh" else ", ").join(f"{c[lang]} {c['value']}" for c in problem.get("allowed", ()))
    may = "" if not known else f"；可用：{known}" if lang == "zh" else f"; known: {known}"
    return f"  {at}{problem['field'] or ''}{value} {problem[lang]}{may}"


def _unexpected(error: Exception) -> int:
    recorded = _record()
    zh = f"详情已记入 {recorded}" if recorded else "设 REGISTRY_DEBUG=1 再运行可看详情"
    en = f"details are in {recorded}" if recorded else "run again with REGISTRY_DEBUG=1 for details"
    # SQLAlchemy adds the statement and its values: these are for the log.
    what = " ".join(f"{type(error).__name__}: {str(error).partition('[SQL:')[0]}".split())[:300]
    _say(f"程序内部出错（{what}）；{zh}", f"Internal error ({what}); {en}")
    _debug()
    return UNEXPECTED


def _record() -> Path | None:
    """The traceback under way, appended to the log of errors; None where that cannot be written."""
    try:
        file = _log_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(file, "a", encoding="utf-8", errors="replace") as log:
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            log.write(f"-- {now} registry {__version__}: {' '.join(sys.argv)}\n{traceback.format_exc()}\n")
    except OSError:
        return None
    return file


def _log_file() -> Path:
    return settings.home() / "errors.log"


def _debug() -> None:
    if settings.get("REGISTRY_DEBUG"):
        traceback.print_exc()


def _leave_quietly() -> int:
    """The reader of our output has gone, as with `| head`; Python must not flush into the void."""
    sys.stdout = open("/dev/null", "w")  # noqa: SIM115
    return 0


def _say(zh: str, en: str) -> None:
    click.echo(zh, err=True)
    click.echo(en, err=True)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
             epilog=EPILOG)
@click.version_option(__version__, message="registry %(version)s")
def main() -> None:
    """市政设施台账：资产入库、完好率、公园绿地服务半径覆盖。

    The municipal asset registry: assets in, intact rates and park coverage out.
    """
