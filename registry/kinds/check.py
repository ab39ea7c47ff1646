"""One row against its declaration, whoever sends it: the values to be stored, and everything that is wrong."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.kinds.feature import FeatureKind
from registry.kinds.fields import Field
from registry.kinds.parse import FieldProblem, single
from registry.kinds.problems import line

# What an answer shows of a row beside its declared fields: sent back, it says nothing.
READ_ONLY = frozenset({"id", "version", "updated_at", "length_m", "area_m2", "length_surveyed", "area_surveyed", "links"})
_INT8 = 2 ** 63
_EXACT = 1e15       # a double keeps 15 digits of any number
SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+?\d{2}")  # what a spreadsheet makes of a long code in CSV
_SHOWN = 200        # characters of a wrong value that are told


@dataclass(frozen=True)
class Wrong:
    """One thing wrong with one field, or worth saying of it: a code of PROBLEMS and its facts."""

    field: str | None
    value: str | None
    code: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return line(self.field, self.value, self.code, self.facts)


@dataclass
class Checked:
    """Values of the fields that change, by key; None clears. `notes` are no reason to refuse."""

    values: dict[str, Any] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    notes: list[Wrong] = field(default_factory=list)


def read(said: Field, raw: Any, *, is_code: bool) -> tuple[Any, str | None]:
    """The value to be stored and a note or None; FieldProblem where it is refused. `is_code`: the business key."""
    if said.type == "text":
        if isinstance(raw, float) and abs(raw) >= _EXACT:
            raise FieldProblem("numeric_code")
        if is_code and isinstance(raw, str) and SCIENTIFIC.fullmatch(raw.strip()):
            raise FieldProblem("numeric_code")
    try:
        value, note = said.parse(raw)
    except OverflowError:  # a whole number of more digits than any double has
        raise _too_large() from None
    if isinstance(value, int) and not -_INT8 <= value < _INT8:
        raise _too_large()
    return value, note


def check(kind: FeatureKind, properties: Mapping[str, Any], shown: Mapping[str, Any] | None = None, *,
          whole: bool = False, lenient: bool = False) -> Checked:
    """Read the properties that somebody sends for a row.

    shown: the properties of the row as answers show it now (None: there is no row yet). A value sent back as it was
    shown is no change, be it derived, a default, or what the rules would no longer take.
    whole: what is absent is cleared. lenient: unknown names are passed over.
    """
    made = Checked()
    for key, raw in properties.items():
        if key in kind.by_key:
            _take(kind, kind.by_key[key], raw, shown, made)
        elif key not in READ_ONLY and not lenient:
            made.wrong.append(Wrong(key[:_SHOWN], told(raw), "unknown_field"))
    if whole:
        now = shown or {}
        made.values |= {f.key: None for f in kind.fields if f.key not in properties and now.get(f.key) is not None}
    _require(kind, shown, made)
    return made


def told(raw: Any) -> str | None:
    """A value as a problem shows it."""
    if raw is None:
        return None
    text = "[…]" if isinstance(raw, list) else "{…}" if isinstance(raw, dict) else str(raw).replace("\0", " ").strip()
    return text if len(text) <= _SHOWN else text[:_SHOWN - 1] + "…"


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


# -- inside --------------------------------------------------------------------------------------
def _too_large() -> FieldProblem:
    return FieldProblem("range", low=f"{-_INT8}", high=f"{_INT8 - 1}")


def _take(kind: FeatureKind, said: Field, raw: Any, shown: Mapping[str, Any] | None, made: Checked) -> None:
    known = shown is not None and said.key in shown
    if known and same(raw, shown[said.key]):  # type: ignore[index]
        return
    try:
        single(raw, said.type)
        value, note = read(said, raw, is_code=said is kind.by_column.get("code"))
    except FieldProblem as problem:
        made.wrong.append(Wrong(said.key, told(raw), problem.code, problem.facts))
        return
    if note:
        made.notes.append(Wrong(said.key, told(raw), note))
    plain = value.isoformat() if isinstance(value, dt.date) else value
    if not (known and same(plain, shown[said.key])):  # type: ignore[index]
        made.values[said.key] = value


def _require(kind: FeatureKind, shown: Mapping[str, Any] | None, made: Checked) -> None:
    """Required fields of a new row, and those that a change would clear."""
    code = kind.by_column.get("code") if kind.code_required else None
    faulty = {w.field for w in made.wrong}
    for said in kind.fields:
        if (said.required or said is code) and said.key not in faulty \
                and made.values.get(said.key) is None and (shown is None or said.key in made.values):
            made.wrong.append(Wrong(said.key, None, "missing_code" if said is code else "required"))
