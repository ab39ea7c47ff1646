"""Questions at a terminal, in Chinese and English side by side, each answered by a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.prompt import Prompt
from rich.table import Table
from rich.text import Text

from etl.layer import Note
from registry import geo
from registry.errors import BadValue
from registry.kinds.codes import CodeList

WIDTH = 100
SKIP, NULL = "s", "-"
Read = Callable[[str], str | None]   # what an answer means, or None: to be asked again
Writer = Callable[[Path], None]


class Terminal:
    """Where questions are asked; steps are numbered."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(width=min(WIDTH, Console().width), highlight=False)
        self._step = 0

    def step(self, title: Note) -> None:
        """The head of the next step."""
        self._step += 1
        self.console.print(f"\n[bold]{self._step}. {escape(title[0])}[/bold]  [dim]{escape(title[1])}[/dim]")

    def say(self, sentence: Note) -> None:
        """A sentence in both languages; one that is the same in both is said once."""
        self._print(escape(sentence[0]))
        if sentence[1] != sentence[0]:
            self._print(f"[dim]{escape(sentence[1])}[/dim]")

    def table(self, heads: Sequence[Note], rows: Sequence[Sequence[Any]]) -> None:
        """A table, or nothing where it has no rows."""
        if not rows:
            return
        made = Table(box=None, padding=(0, 2, 0, 3), show_edge=False)
        for zh, en in heads:
            made.add_column(f"{escape(zh)} [dim]{escape(en)}[/dim]" if zh else "", overflow="fold")
        for row in rows:
            made.add_row(*(Text(_cell(value)) for value in row))
        self.console.print(made)

    def ask(self, question: Note, default: str | None = None, read: Read = lambda text: text) -> str:
        """The answer as `read` understands it; Enter takes the default. Raises click.Abort when nobody answers."""
        while True:
            self._print(f"{escape(question[0])}  [dim]{escape(question[1])}[/dim]")
            said = self._line(default)
            answer = read(said.strip())
            if answer is not None:
                return answer
            self._print(f"不明白 {escape(repr(said))}，请再答一次  [dim]not understood, once more[/dim]")

    def confirm(self, question: Note, default: bool) -> bool:
        """Yes or no: y/是, n/否."""
        known = {"y": "y", "yes": "y", "是": "y", "n": "n", "no": "n", "否": "n"}
        return self.ask((f"{question[0]} y/n", question[1]), "y" if default else "n",
                        lambda text: known.get(text.casefold())) == "y"

    def _print(self, text: str) -> None:
        self.console.print(Padding(text, (0, 0, 0, 3)))

    def _line(self, default: str | None) -> str:
        try:
            answer = Prompt.ask("   >", console=self.console, default=default, show_default=bool(default))
        except EOFError:
            raise click.Abort from None
        return answer or ""


def crs(text: str) -> str | None:
    """A CRS as it is written, if there is one of this name."""
    try:
        if text:
            geo.crs(text)
    except BadValue:
        return None
    return text


def code(text: str, codes: CodeList) -> str | None:
    """The code that is meant, `-` for none, or an empty text."""
    if text in ("", NULL):
        return text
    found = codes.find(text)
    return found.value if found else None


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return f"{value[0]} {value[1]}"
    if hasattr(value, "zh"):
        return value.zh if value.zh == value.en else f"{value.zh} {value.en}"
    return str(value)
