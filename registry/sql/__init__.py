"""Every long statement, one file each; generated fragments are put in by name, values never."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from string import Template

from sqlalchemy import TextClause, text

HERE = Path(__file__).parent


@lru_cache(maxsize=512)
def statement(name: str, **fragments: str) -> TextClause:
    """The statement of `<name>.sql` with `$fragment` places filled; `:name` are bind parameters.

    Fragments are SQL made from declarations (quoted identifiers), never from what a user typed.
    """
    return text(script(name, **fragments))


def script(name: str, **fragments: str) -> str:
    """The same without bind parameters, as plain text: for definitions, which take none."""
    return _template(name).substitute(fragments)


@lru_cache(maxsize=512)
def _template(name: str) -> Template:
    return Template((HERE / f"{name}.sql").read_text(encoding="utf-8"))


def query(name: str, **fragments: str) -> str:
    """What a statement that makes a temporary table (`CREATE TEMP TABLE … ON COMMIT DROP AS`) would put into it."""
    return script(name, **fragments).split("ON COMMIT DROP AS", 1)[1]


def after() -> list[tuple[str, str]]:
    """Functions and triggers that are dropped and replayed on each migrate: (name, script) in order."""
    return [(p.name, p.read_text(encoding="utf-8")) for p in sorted((HERE / "after").glob("*.sql"))]
