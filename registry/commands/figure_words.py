"""What stands below a figure in the terminal: the clause and table that it goes by, what is left out and unrated and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from registry import console

Said = tuple[str, str]


def say(figure: Mapping[str, Any], *, words: bool) -> None:
    """Print it in both languages. words: the formula and the note too, where they were not printed with a table."""
    for zh, en in _lines(figure, words):
        console.say(zh, en)


def _lines(figure: Mapping[str, Any], words: bool) -> Iterator[Said]:
    for label in filter(None, (figure["formula"], figure["note"]) if words else ()):
        yield label["zh"], label["en"]
    if figure.get("reason"):
        yield f"没有数：{figure['reason']['zh']}", f"No figure: {figure['reason']['en']}"
    yield from _rows("未评", "Unrated", figure.get("unrated_reasons"))
    yield from _rows("不计", "Left out", figure["excluded"])
    standard = figure["standard"]
    by = " ".join(filter(None, (standard["code"].strip("-"), standard["clause"])))
    yield f"依据：{by}", f"By: {by}"
    if figure.get("table") or standard["table"]:
        yield _table(figure.get("table"), standard["table"])
    of = {**(figure["zone_edition"] or {}), **(figure["scope"].get("options") or {})}
    if of:
        said = "; ".join(f"{name}={'—' if value in (None, '') else value}" for name, value in of.items())
        yield f"取用：{said}", f"With: {said}"
    yield f"截至 {figure['as_of']}", f"As of {figure['as_of']}"


def _rows(zh: str, en: str, rows: Sequence[Mapping[str, Any]] | None) -> Iterator[Said]:
    """What was not counted, by reason and number."""
    if rows:
        both = [", ".join(f"{r['title'][lang]} {_much(r)}" for r in rows) for lang in ("zh", "en")]
        yield f"{zh}：{both[0].replace(', ', '、')}", f"{en}: {both[1]}"


def _much(row: Mapping[str, Any]) -> str:
    """Assets, or the measure of what is no asset."""
    return f"{row['count']:,}" if row["count"] is not None else f"{row['measure']:,.2f}"


def _table(table: Mapping[str, Any] | None, file: str | None) -> Said:
    """The table in use, a bureau's own named as such, or that there is none."""
    if table is None or table.get("table") is None and not table.get("absent"):
        return f"表：{file}", f"Table: {file}"
    if (absent := table.get("absent")) is not None:
        name = absent["family"]
        return f"表：{name}，没有公开来源，由单位提供", f"Table: {name}, which no public source has: the bureau's own is needed"
    own = ("，本单位的表", ", the bureau's own") if table.get("own") else ("", "")
    facts = f"{table['table']} {table['edition']}"
    return (f"表：{facts}{own[0]}（把握 {table.get('confidence')}）", f"Table: {facts}{own[1]} (confidence {table.get('confidence')})")
