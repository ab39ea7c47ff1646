"""A form that somebody filled in: declared fields read and checked, everything that is wrong named at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import Invalid
from registry.kinds.check import told
from registry.kinds.fields import Field
from registry.kinds.label import Label
from registry.kinds.parse import FieldProblem, single
from registry.kinds.problems import line

MOST_KEYS, LONGEST_KEY, LONGEST_TEXT = 200, 100, 1000


class Problems:
    """What is wrong with a form, collected before anything is refused."""

    def __init__(self, what: Label) -> None:
        self.what = what
        self.found: list[dict[str, Any]] = []

    def add(self, field: str, code: str, row: int | None = None, *, value: Any = None, **facts: object) -> None:
        """One more; `row` counts the entries of a list from 1, `value` is what was said."""
        told_of = line(field, told(value), code, facts)
        self.found.append(told_of if row is None else {"row": row, **told_of})

    def refuse(self) -> None:
        """Raise Invalid with all of them, unless there are none."""
        if self.found:
            error = Invalid(what=self.what, count=len(self.found))
            error.more["errors"] = self.found
            raise error


def read(fields: Sequence[Field], said: Any, problems: Problems, row: int | None = None,
         also: Sequence[str] = ()) -> dict[str, Any]:
    """The values of the fields that were given; null stands for "nothing". `also`: keys that others read."""
    if not isinstance(said, Mapping):
        problems.add("", "type", row, value=said, expected=Label("对象", "an object"))
        return {}
    known = {f.key: f for f in fields}
    values: dict[str, Any] = {}
    for key, raw in said.items():
        if key in known:
            try:
                values[key] = _value(known[key], raw)
            except FieldProblem as problem:
                problems.add(key, problem.code, row, value=raw, **problem.facts)
        elif key not in also:
            problems.add(str(key)[:LONGEST_KEY], "unknown_field", row, value=raw)
    for field in fields:
        if field.required and values.get(field.key) is None and not _told(problems, field.key, row):
            problems.add(field.key, "required", row)
    return values


def title(fields: Sequence[Field], key: str) -> Label:
    """What the field of this key is called."""
    return next(f.title for f in fields if f.key == key)


def flat(key: str, said: Any, problems: Problems, row: int | None = None, *, numbers: bool = False) -> dict[str, Any] | None:
    """An object of plain values (numbers: of numbers only); None when nothing was given."""
    if said is None:
        return None
    if not isinstance(said, Mapping) or len(said) > MOST_KEYS:
        problems.add(key, "type", row, value=said, expected=Label(f"至多 {MOST_KEYS} 项的对象", f"an object of at most {MOST_KEYS}"))
        return None
    for name, value in said.items():
        plain = _number(value) or (not numbers and (value is None or isinstance(value, bool | str)))
        if not plain or len(name) > LONGEST_KEY or (isinstance(value, str) and len(value) > LONGEST_TEXT):
            problems.add(f"{key}.{name[:LONGEST_KEY]}", "type", row, value=value,
                         expected=Label("数字", "a number") if numbers else Label("数字或文字", "a number or text"))
    return dict(said)


def _value(field: Field, raw: Any) -> Any:
    single(raw, field.type)
    value, _ = field.parse(raw)
    return value


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e300


def _told(problems: Problems, key: str, row: int | None) -> bool:
    return any(p["field"] == key and p.get("row") == row for p in problems.found)
