"""From what people type to what is stored: one parser per field type, each explaining a refusal."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from registry import moment
from registry.kinds.label import Label

NULLS = frozenset({"", "*", "null", "none", "nan", "n/a", "<null>", "-", "—", "/", "无数据"})
TRUE = frozenset({"是", "有", "y", "yes", "true", "t", "1", "1.0", "√", "已", "on"})
FALSE = frozenset({"否", "无", "n", "no", "false", "f", "0", "0.0", "×", "未", "off"})
_DATE = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?)?年?(?:[T ]\d{1,2}:\d{2}.*)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})?$")
_SERIAL = re.compile(r"^\d{5}(\.\d+)?$")
_FIRST_SERIAL, _LAST_SERIAL = 10_000, 73_050  # Excel's count of days: 1927-05-18 and 2099-12-31
_DAY_ZERO = dt.date(1899, 12, 30)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?\d*\s*([Zz]|[+-]\d{2}(?::?\d{2})?)?", re.ASCII)
_BETWEEN = re.compile(r"[;；、\n]")  # the texts of a list
_HIDDEN = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)  # beyond 2^53 a double is not exact
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")


class FieldProblem(ValueError):
    """A value that a field refuses: a code of `problems.PROBLEMS` and its facts."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def single(raw: Any, type_: str) -> None:
    """FieldProblem for JSON that is no value of a field of this type, whatever stands in it."""
    if isinstance(raw, bool) and type_ != "boolean":
        raise FieldProblem("type", expected=Label("数字" if type_ in ("integer", "number") else "文字或代码，不是 true、false",
                                                  "a number" if type_ in ("integer", "number") else "text or a code, not true or false"))
    if isinstance(raw, Mapping) or (isinstance(raw, list) and type_ != "list"):
        raise FieldProblem("type", expected=Label("单个值", "a single value"))


def is_null(raw: Any) -> bool:
    """Whether a raw value means "nothing": blank, NaN/NaT, or the ways files write it (`****`, NULL …)."""
    if raw is None:
        return True
    if isinstance(raw, float):
        return math.isnan(raw)
    if isinstance(raw, str):
        text = raw.strip()
        return text.casefold() in NULLS or set(text) == {"*"}
    return type(raw).__name__ in ("NaTType", "NAType")


def to_text(raw: Any) -> str:
    """Text without outer blanks; whole floats lose their `.0`, as spreadsheets add it to codes."""
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return str(raw).replace("\x00", "").strip()


def hidden_signs(text: str, *, code: bool = False) -> bool:
    """Whether a text has signs that do not show but change how it is read: controls, and those that turn its direction.

    A code has none that do not show at all, or two assets would look to have the same.
    """
    return _HIDDEN.search(text) is not None or code and not text.isprintable()


def to_number(raw: Any) -> float:
    """A finite number; thousands separators are understood, units are not."""
    if isinstance(raw, bool):
        raise FieldProblem("type", expected=Label("数字", "a number"))
    if isinstance(raw, int | float):
        value = float(raw)
    else:
        text = to_text(raw)
        text = text.replace(",", "") if _THOUSANDS.match(text) else text
        try:
            value = float(text)
        except ValueError:
            raise FieldProblem("type", expected=Label("数字", "a number")) from None
    if not math.isfinite(value):
        raise FieldProblem("type", expected=Label("数字", "a number"))
    return value


def to_integer(raw: Any) -> int:
    """A whole number, with every digit of it where it is written as one."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and _WHOLE.fullmatch(raw.strip()):
        return int(raw)
    value = to_number(raw)
    if not value.is_integer():
        raise FieldProblem("type", expected=Label("整数", "a whole number"))
    return int(value)


def to_boolean(raw: Any) -> bool:
    """是/否, 有/无, Y/N, 1/0, true/false."""
    if isinstance(raw, bool):
        return raw
    text = to_text(raw).casefold()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise FieldProblem("type", expected=Label("是/否", "yes or no"))


def to_date(raw: Any) -> tuple[dt.date | None, str | None]:
    """A date and a note: `date_precision` when only year or month was given, `excel_date` of a serial number.

    None for the ways in which programs write no date: 0, 00000000, 0000-00-00, and Excel's day 0.
    """
    if isinstance(raw, dt.datetime):
        raw = raw.date()
    if isinstance(raw, dt.date):
        return (None if raw in (_DAY_ZERO, dt.date(1899, 12, 31)) else raw), None
    text = to_text(raw)
    if not text.strip("0-/. :T"):
        return None, None
    if _SERIAL.match(text) and _FIRST_SERIAL <= float(text) < _LAST_SERIAL + 1:
        return _DAY_ZERO + dt.timedelta(int(float(text))), "excel_date"
    match = _COMPACT.match(text) or _DATE.match(text)
    if not match:
        raise FieldProblem("date")
    year, month, day = (int(g) if g else None for g in match.groups())
    try:
        value = dt.date(year or 0, month if month is not None else 1, day if day is not None else 1)
    except ValueError:
        raise FieldProblem("date") from None
    if not 1800 <= value.year <= 2200:
        raise FieldProblem("date")
    return value, None if day is not None else "date_precision"


def to_timestamp(raw: Any) -> str:
    """RFC 3339 in UTC; without an offset it is in the time zone of the registry (REGISTRY_TIMEZONE)."""
    if isinstance(raw, dt.datetime):
        raw = raw.isoformat()
    found = _TIME.fullmatch(to_text(raw).replace("/", "-"))
    if not found:
        raise FieldProblem("timestamp")
    day, minute, second, offset = found.groups()
    try:
        at = dt.datetime.fromisoformat(f"{day}T{minute}{second or ':00'}{(offset or '').upper().replace('Z', '+00:00')}")
        at = (at if at.tzinfo else at.replace(tzinfo=moment.zone())).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise FieldProblem("timestamp") from None
    return moment.written(at)


def to_list(raw: Any) -> list[Any]:
    """The texts of a list: a JSON array, or texts with `;` or `、` between them; blank ones are none."""
    if isinstance(raw, str) and raw.lstrip().startswith("["):
        try:
            raw = json.loads(raw)
        except ValueError:
            raise FieldProblem("type", expected=Label("列表", "a list")) from None
    items = list(raw) if isinstance(raw, list | tuple) else _BETWEEN.split(to_text(raw))
    if any(isinstance(i, dict | list | tuple | bool) for i in items):
        raise FieldProblem("type", expected=Label("文字的列表", "a list of texts"))
    return [i for i in items if not is_null(i)]
