"""Cursors: where the next page starts, opaque to clients and bound to the query they belong to."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from registry.errors import BadValue
from registry.kinds import FeatureKind, Field
from registry.store.query import Query

INT64 = 2**63
EARLIEST, LATEST = 1900, 9000  # years of a change, with room for any time zone
_MEASURE = Field("measure", "量算|Measured", "number")
# They may change from page to page without changing which features come in which order.
FREE = frozenset({"cursor", "limit", "f", "lang", "crs", "properties", "zoom-level", "skipGeometry"})


def fingerprint(path: str, city: str, given: Mapping[str, str]) -> str:
    """What the query is, apart from where its page starts."""
    text = json.dumps([path, city, sorted((k, v) for k, v in given.items() if k not in FREE and k != "city")])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def encode(after: tuple[Any, ...], mark: str) -> str:
    """The cursor after a row: its sort values and id."""
    values = [v.isoformat() if isinstance(v, dt.date) else v for v in after]
    return base64.urlsafe_b64encode(json.dumps([mark, values]).encode()).decode().rstrip("=")


def decode(text: str, query: Query, mark: str) -> tuple[Any, ...]:
    """The values of a cursor; BadValue unless it was made for this query.

    The values come back from outside, hence each is checked against the field it is compared with.
    """
    keys = [key for key, _ in query.sort] + ["id"]
    return _opened(text, mark, lambda values: tuple(_value(query.kind, k, v) for k, v in zip(keys, values, strict=True)))


def integers(text: str, mark: str, count: int) -> tuple[int, ...]:
    """The values of a cursor over numbers alone; BadValue unless it was made for this query."""
    return _opened(text, mark, lambda values: tuple(_integer(v) for v, _ in zip(values, range(count), strict=True)))


def _opened(text: str, mark: str, check: Callable[[Any], tuple[Any, ...]]) -> tuple[Any, ...]:
    try:
        found, values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        checked = check(values)
    except (ValueError, TypeError, KeyError, OverflowError, binascii.Error, RecursionError):
        raise BadValue(name="cursor", value=text[:40], why_zh="不是本服务给出的游标",
                       why_en="not a cursor this service gave") from None
    if found != mark:
        raise BadValue(name="cursor", value=text[:40], why_zh="属于另一个查询；请从第一页开始，或沿用 next 链接",
                       why_en="it belongs to another query; start at the first page or follow the next links")
    return checked


def _value(kind: FeatureKind, key: str, value: Any) -> Any:
    if key in ("id", "version") and key not in kind.by_key:
        return _integer(value)
    if value is None:
        return None
    if key == "updated_at" and key not in kind.by_key:
        return _moment(value)
    field = kind.by_key.get(key, _MEASURE)
    if field.type == "integer":
        return _integer(value)
    if field.type == "number" and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if field.type == "boolean" and isinstance(value, bool):
        return value
    if field.type in ("text", "code", "date", "timestamp") and isinstance(value, str) and "\x00" not in value:
        value.encode()  # ValueError for half a surrogate pair, which no text of the database is
        # A date kept in attrs is compared as the text that it is there.
        return dt.date.fromisoformat(value) if field.type == "date" and field.column else value
    raise TypeError


def _moment(value: Any) -> dt.datetime:
    found = dt.datetime.fromisoformat(value)
    if found.tzinfo is None or not EARLIEST <= found.year <= LATEST:
        raise ValueError
    return found


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -INT64 <= value < INT64:
        raise TypeError
    return value
