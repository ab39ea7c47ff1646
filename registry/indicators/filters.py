"""Filters: a figure of some of the assets only, by the same fields that it may be told by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from registry.db.fragments import Fragment, every
from registry.errors import BadValue
from registry.indicators import grouping
from registry.kinds import AssetClass, Field, FieldProblem
from registry.kinds.problems import sentence
from registry.standards.figure import UNKNOWN

Where = Mapping[str, tuple[str, ...]]


def parsed(cls: AssetClass, where: Mapping[str, Iterable[Any]]) -> dict[str, tuple[str, ...]]:
    """Keys of rows by field, as a figure told by that field has them. BadValue names a field or value that is wrong.

    Code, title and alias of a code list are understood; `unknown` (or nothing) stands for assets without a value.
    """
    known = grouping.names(cls)
    for name in where:
        if name not in known:
            shown = ", ".join(known)
            raise BadValue(name="where", value=name[:40], why_zh=f"{cls.title.zh}没有可筛选的字段 {name[:40]}；可用：{shown}",
                           why_en=f"{cls.key} has no field {name[:40]} to filter by; known: {shown}")
    return {name: tuple(dict.fromkeys(_key(cls, name, v) for v in values)) for name, values in where.items()}


def fits(cls: AssetClass, where: Iterable[str]) -> bool:
    """Whether the class has all the fields."""
    return set(where) <= set(grouping.names(cls))


def condition(cls: AssetClass, where: Where) -> Fragment:
    """The condition over the row `a`; `true` without a filter."""
    return every([Fragment(f"{grouping.key_expression(cls, name)} = ANY(CAST(«where{n}» AS text[]))", {f"where{n}": list(keys)})
                  for n, (name, keys) in enumerate(where.items())])


def as_text(where: Where) -> str:
    """`road_class:arterial,secondary;owner:…`, the form that links carry; `:`, `,` and `;` of a value are percent-encoded."""
    return ";".join(f"{name}:{','.join(quote(v, safe=' ()/') if set(v) & set(',;:%') else v for v in keys)}"
                    for name, keys in where.items())


def from_text(raw: str) -> dict[str, list[str]]:
    """The reverse; BadValue where the form is wrong."""
    made: dict[str, list[str]] = {}
    for part in filter(None, raw.split(";")):
        name, colon, values = part.partition(":")
        if not colon or not name.strip() or name.strip() in made:
            raise BadValue(name="where", value=raw[:80], why_zh="写作 字段:值,值;字段:值，例如 road_class:arterial,secondary",
                           why_en="write field:value,value;field:value, for example road_class:arterial,secondary")
        made[name.strip()] = [unquote(v).strip() for v in values.split(",")]
    return made


def _key(cls: AssetClass, name: str, raw: Any) -> str:
    field = _field(cls, name)
    if raw in (None, "", UNKNOWN) or field is None:
        return raw or UNKNOWN
    try:
        value, _ = field.parse(raw)
    except FieldProblem as problem:
        known = f"：{'、'.join(field.codes.values)}" if field.codes else ""
        raise BadValue(name=name, value=str(raw)[:40], why_zh=sentence(problem.code, "zh", **problem.facts) + known,
                       why_en=sentence(problem.code, "en", **problem.facts) + known.replace("：", ": ").replace("、", ", ")) from None
    return UNKNOWN if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _field(cls: AssetClass, name: str) -> Field | None:
    return cls.by_column.get(name) or cls.by_key.get(name)
