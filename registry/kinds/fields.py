"""Field: one attribute of a class, able to read and check a value."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from registry.kinds import parse, uscc
from registry.kinds.codes import CodeList, fold
from registry.kinds.label import Label
from registry.kinds.parse import FieldProblem

TYPES = ("text", "integer", "number", "boolean", "date", "timestamp", "code", "list")


@dataclass(frozen=True)
class Field:
    """One attribute.

    key: name outside and in `attrs`; kept as written (case too).
    label: `中文|English`.
    type: one of TYPES; `code` needs `codes`. A `timestamp` is kept as RFC 3339 in UTC, a `list` as a JSON array of texts.
    column: the typed core column of `asset`/`zone` that keeps the value; None: `attrs`.
    unit: as printed (`m`, `m²`, `t/d`); numbers are stored in it.
    aliases: other column names seen in files; the key, both titles and these are all recognised.
    filter: has an expression index and a query parameter of its own.
    default: what a missing key means at read.
    zone: the kind of zone whose code the value is.
    restricted: kept from the public unless a bureau opens it.
    check: `uscc`: a value of 18 characters is a 统一社会信用代码 and its check digit must fit; shorter ones are codes
        of the platform and stay as they are.
    """

    key: str
    label: Label | str
    type: str = "text"
    codes: CodeList | None = None
    column: str | None = None
    unit: str | None = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    pattern: str | None = None
    aliases: tuple[str, ...] = ()
    filter: bool = False
    default: Any = None
    zone: str | None = None
    restricted: bool = False
    check: str | None = None

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(f"field {self.key}: type {self.type!r} is not one of {TYPES}")
        if (self.type == "code") != (self.codes is not None):
            raise ValueError(f"field {self.key}: a code field, and only that, needs codes")
        if self.type in ("timestamp", "list") and self.column:
            raise ValueError(f"field {self.key}: a {self.type} stands in attrs, not in a column")
        if self.type == "list" and (self.filter or self.default is not None):
            raise ValueError(f"field {self.key}: a list has no filter and no default")

    @property
    def title(self) -> Label:
        return Label.of(self.label)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which a file may carry this field, folded for comparison."""
        title = self.title
        return tuple(dict.fromkeys(fold(n) for n in (self.key, title.zh, title.en, *self.aliases)))

    def parse(self, raw: Any) -> tuple[Any, str | None]:
        """The stored value and a note (a warning code) or None.

        Nothing (blank, NaN, `****`) gives None. Raises FieldProblem with a code of PROBLEMS.
        `required` is not judged here: whether the file carries the column at all decides that.
        """
        if parse.is_null(raw):
            return None, None
        note = None
        value: Any
        if self.type == "text":
            value = self._text(raw)
        elif self.type == "code":
            value = self._code(raw)
        elif self.type == "date":
            value, note = parse.to_date(raw)
        elif self.type == "timestamp":
            value = parse.to_timestamp(raw)
        elif self.type == "list":
            value = [self._text(item) for item in parse.to_list(raw)] or None
        elif self.type == "boolean":
            value = parse.to_boolean(raw)
        else:
            value = parse.to_integer(raw) if self.type == "integer" else parse.to_number(raw)
            self._check_range(value)
        return value, note

    def _text(self, raw: Any) -> str:
        if isinstance(raw, dt.datetime | dt.date):
            raw = raw.isoformat()
        if isinstance(raw, float) and abs(raw) >= 1e15:
            raise FieldProblem("numeric_code")
        text = parse.to_text(raw)
        if parse.hidden_signs(text, code=self.column == "code"):
            raise FieldProblem("hidden_signs")
        if self.max_length is not None and len(text) > self.max_length:
            raise FieldProblem("length", limit=self.max_length)
        if self.pattern is not None and not re.fullmatch(self.pattern, text):
            raise FieldProblem("pattern", pattern=self.pattern)
        if self.check == "uscc" and not uscc.fits(text):
            raise FieldProblem("check_digit")
        return text

    def _code(self, raw: Any) -> str:
        assert self.codes is not None
        code = self.codes.find(parse.to_text(raw))
        if code is None:
            raise FieldProblem("unknown_code", codes=self.codes.title, allowed=self.codes.codes)
        return code.value

    def _check_range(self, value: float) -> None:
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            raise FieldProblem("range", low="-∞" if low is None else f"{low:g}",
                               high="∞" if high is None else f"{high:g}")
