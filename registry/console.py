"""What the terminal shows: tables, progress and sentences, readable in a pipe as on a screen."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

import click
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from registry import settings

WIDTH_OF_A_PIPE = 160
NOTHING = "—"


class Bilingual(Protocol):
    """Anything with a Chinese and an English side, such as a Label."""

    zh: str
    en: str


Text = str | tuple[str, str] | Bilingual


def pick(zh: str, en: str) -> str:
    """The side that REGISTRY_LANG asks for."""
    return en if settings.lang() == "en" else zh


def say(zh: str, en: str, *, err: bool = False) -> None:
    """One sentence in the language of the settings."""
    click.echo(pick(zh, en), err=err)


def warn(zh: str, en: str) -> None:
    """One sentence in both languages on stderr: Chinese, then English."""
    click.echo(zh, err=True)
    click.echo(en, err=True)


def table(title: Text, columns: Sequence[Text], rows: Iterable[Sequence[Any]], styles: Sequence[str] = ()) -> None:
    """A table on stdout. Numbers stand right; no value is cut, in a pipe none is broken either. styles: one for each row."""
    console = _console()
    lines = [list(row) for row in rows]
    made = Table(title=_side(title), box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        values = [row[number] for row in lines if row[number] is not None]
        numeric = bool(values) and all(_is_number(v) for v in values)
        made.add_column(_side(column), justify="right" if numeric else "left", overflow="fold",
                        no_wrap=not console.is_terminal)
    for row, style in zip_longest(lines, styles):
        made.add_row(*(_cell(value) for value in row), style=style)
    if console.is_terminal:
        console.print(made)
        return
    widest = Measurement.get(console, console.options.update(width=100_000), made).maximum
    console.width = max(WIDTH_OF_A_PIPE, widest)
    with console.capture() as captured:
        console.print(made)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def progress() -> Progress:
    """Progress bars on stderr, to be used with `with`; in a pipe only their end is printed."""
    console = _console(stderr=True)
    return Progress(TextColumn("{task.description}", markup=False), BarColumn(bar_width=30),
                    MofNCompleteColumn(), TimeElapsedColumn(), console=console)


def print_json(value: Any) -> None:
    """One JSON document on stdout, and nothing else."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _console(*, stderr: bool = False) -> Console:
    """Made anew for each use: tests and pipes exchange the streams."""
    stream = sys.stderr if stderr else sys.stdout
    is_terminal = stream.isatty()
    return Console(file=stream, highlight=False, soft_wrap=False, force_terminal=is_terminal,
                   no_color=not is_terminal, width=None if is_terminal else WIDTH_OF_A_PIPE)


def _side(text: Text) -> str:
    if isinstance(text, str):
        return text
    return pick(*text) if isinstance(text, tuple) else pick(text.zh, text.en)


def _cell(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return pick("是", "yes") if value else pick("否", "no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (float, Decimal)):
        return f"{value:,.2f}"
    if isinstance(value, tuple) or hasattr(value, "zh"):
        value = _side(value)
    return str(value).replace("[", r"\[")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    """JSON for what the json module does not know."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):  # datetime is a date
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    return str(value)
