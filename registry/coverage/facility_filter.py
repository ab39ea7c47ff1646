"""What the fields of a facility say of its service: whether it serves, by which tier, and how well its place is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from registry.db.columns import literal, read
from registry.db.fragments import Fragment, every
from registry.errors import BadDeclaration, BadValue
from registry.kinds import AssetClass, FieldProblem, Label
from registry.kinds.problems import sentence
from registry.standards.figure import UNKNOWN
from registry.standards.service import Where

# What may be left out on demand: the field that says so and its values. A class without the field has no such choice.
LEAVABLE: Mapping[str, tuple[str, tuple[str, ...], Label]] = {
    "closed": ("open_to_public", ("false",), Label("不对外开放", "Closed to the public")),
    "poor": ("state", ("damaged", "missing"), Label("破损或丢失", "Damaged or missing")),
    "charged": ("fee", ("true",), Label("收费", "Charged")),
    "alliance": ("alliance", ("true",), Label("社会公厕（开放联盟）", "Of the open alliance")),
}

POSITION = "position_class"
# GB/T 30428.2 定位精度, read in a deployed schema that quotes it.
ERRORS_M = {"A": 0.5, "B": 1.0, "C": 10.0}


def choices(cls: AssetClass) -> dict[str, str]:
    """What of this class may be left out on demand, with the field that tells it."""
    return {name: field for name, (field, _, _) in LEAVABLE.items() if field in cls.by_key}


def check_without(cls: AssetClass, without: Iterable[str]) -> tuple[str, ...]:
    """The choices, each once; BadValue names what the class has."""
    known, asked = choices(cls), tuple(dict.fromkeys(without))
    for name in asked:
        if name not in known:
            shown = ", ".join(known) or "-"
            raise BadValue(name="without", value=name[:40], why_zh=f"{cls.title.zh}可用：{shown}", why_en=f"{cls.key} has: {shown}")
    return asked


def left_out(cls: AssetClass, without: Iterable[str]) -> list[tuple[str, str]]:
    """Reason and condition over a row `a` for each choice."""
    made = []
    for name in without:
        field, values, _ = LEAVABLE[name]
        listed = ", ".join(literal(v) for v in values)
        made.append((name, f"({read(cls.by_key[field])})::text IN ({listed})"))
    return made


def check(cls: AssetClass, where: Where, file: str, place: str) -> None:
    """BadDeclaration with file, key and value unless the class has the fields and they can have the values."""
    for name, values in where.items():
        if name not in cls.by_key:
            known = ", ".join(cls.by_key)
            raise BadDeclaration(where=file, why_zh=f"{place}：{cls.key} 没有字段 {name!r}；可用：{known}",
                                 why_en=f"{place}: {cls.key} has no field {name!r}; known: {known}")
        for value in values:
            try:
                _key(cls, name, value)
            except FieldProblem as problem:
                codes = cls.by_key[name].codes
                known = f" ({', '.join(codes.values)})" if codes else ""
                raise BadDeclaration(where=file, why_zh=f"{place}.{name} = {value!r}：{sentence(problem.code, 'zh', **problem.facts)}{known}",
                                     why_en=f"{place}.{name} = {value!r}: {sentence(problem.code, 'en', **problem.facts)}{known}") from None


def condition(cls: AssetClass, where: Where, prefix: str) -> Fragment:
    """The condition over a row `a` that every field has one of its values; `unknown` stands for no value. Never null."""
    parts = []
    for n, (name, values) in enumerate(where.items()):
        bind = f"{prefix}{n}"
        told = f"coalesce(nullif(({read(cls.by_key[name])})::text, ''), '{UNKNOWN}')"
        parts.append(Fragment(f"{told} = ANY(CAST(«{bind}» AS text[]))", {bind: [_key(cls, name, v) for v in values]}))
    return every(parts)


def _key(cls: AssetClass, name: str, raw: Any) -> str:
    """A value as the database writes it as text."""
    if raw == UNKNOWN:
        return UNKNOWN
    value, _ = cls.by_key[name].parse(raw)
    return UNKNOWN if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def position_error(cls: AssetClass) -> str:
    """The expression of a row's positional error in metres; null where nobody said the class of accuracy."""
    if POSITION not in cls.by_key:
        return "CAST(NULL AS float8)"
    cases = "".join(f" WHEN {literal(k)} THEN {m}" for k, m in ERRORS_M.items())
    return f"CAST(CASE {read(cls.by_key[POSITION])}{cases} END AS float8)"
