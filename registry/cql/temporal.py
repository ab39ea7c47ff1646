"""Time: dates, timestamps, intervals, and the fifteen functions that compare them (CQL2 table of OWL-Time relations)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from registry import moment
from registry.cql.terms import Context, Operator, Term, refused

Bound = Term | None
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
OPEN = ".."
# s and e: start and end of the first, S and E of the second; both ends belong to an interval.
EITHER = {
    "t_after": "{s} > {E}", "t_before": "{e} < {S}", "t_disjoint": "({s} > {E} OR {e} < {S})",
    "t_equals": "({s} = {S} AND {e} = {E})", "t_intersects": "({s} <= {E} AND {e} >= {S})",
}
INTERVALS = {
    "t_contains": "({s} < {S} AND {e} > {E})", "t_during": "({s} > {S} AND {e} < {E})",
    "t_finishedby": "({s} < {S} AND {e} = {E})", "t_finishes": "({s} > {S} AND {e} = {E})",
    "t_meets": "{e} = {S}", "t_metby": "{s} = {E}",
    "t_overlappedby": "({s} > {S} AND {s} < {E} AND {e} > {E})", "t_overlaps": "({s} < {S} AND {e} > {S} AND {e} < {E})",
    "t_startedby": "({s} = {S} AND {e} > {E})", "t_starts": "({s} = {S} AND {e} < {E})",
}


def date(ctx: Context, node: Any) -> Term:
    """`DATE('2020-01-31')`."""
    raw = node["date"]
    if not isinstance(raw, str) or not _DATE.fullmatch(raw):
        raise refused(str(raw), "日期应写作 2020-01-31", "a date is written 2020-01-31")
    return Term("CAST({} AS date)", "date", _possible(raw, dt.date.fromisoformat).isoformat())


def timestamp(ctx: Context, node: Any) -> Term:
    """`TIMESTAMP('2020-01-31T08:00:00Z')`, kept in UTC."""
    raw = node["timestamp"]
    if not isinstance(raw, str) or not _TIME.fullmatch(raw):
        raise refused(str(raw), "时间应写作 2020-01-31T08:00:00Z", "a time is written 2020-01-31T08:00:00Z")
    return Term("CAST({} AS timestamptz)", "timestamp", moment.written(_possible(raw, dt.datetime.fromisoformat)))


def _possible(raw: str, read: Any) -> Any:
    try:
        found = read(raw)
        return found.astimezone(dt.UTC) if isinstance(found, dt.datetime) else found
    except (ValueError, OverflowError):
        raise refused(raw, "没有这样的日期或时间", "there is no such date or time") from None


def interval(ctx: Context, node: Any) -> Term:
    """`INTERVAL(start, end)`: dates, times, properties, or `'..'` where it is open."""
    ends = node["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise refused("INTERVAL", "时段需要起点和终点", "an interval needs a start and an end")
    start, end = (_bound(ctx, end) for end in ends)
    if start and end and start.literal and end.literal and start.type == end.type and _moment(start) > _moment(end):
        raise refused(f"INTERVAL({start.value},{end.value})", "起点在终点之后", "the start is after the end")
    return Term("", "interval", bounds=(start, end))


def _moment(literal: Term) -> dt.datetime | dt.date:
    return (dt.date if literal.type == "date" else dt.datetime).fromisoformat(literal.value)


def _bound(ctx: Context, node: Any) -> Bound:
    if node == OPEN:
        return None
    if isinstance(node, str):
        return date(ctx, {"date": node}) if len(node) == 10 else timestamp(ctx, {"timestamp": node})
    return ctx.typed(node, "date", "timestamp")


def relate(ctx: Context, op: str, args: list[Any]) -> Term:
    """One of the fifteen.

    Two of dates are compared by days. Where one says the time of day, a day of the other is from its first to its last
    moment in UTC.
    """
    types = ("date", "timestamp", "interval") if op in EITHER else ("interval",)
    first, second = (_span(ctx.typed(a, *types)) for a in args)
    days = all(b is None or b.type == "date" for b in (*first, *second))
    parts = {name: _edge(ctx, bound, end, days) for name, bound, end in
             (("s", first[0], False), ("e", first[1], True), ("S", second[0], False), ("E", second[1], True))}
    return Term("(" + {**EITHER, **INTERVALS}[op].format(**parts) + ")", "boolean")


def _span(term: Term) -> tuple[Bound, Bound]:
    return term.bounds if term.bounds is not None else (term, term)


def _edge(ctx: Context, bound: Bound, end: bool, days: bool) -> str:
    """The first or last moment as SQL, of type date or timestamptz."""
    if bound is None:
        return f"CAST('{'' if end else '-'}infinity' AS {'date' if days else 'timestamptz'})"
    value = ctx.sql(bound)
    if days or bound.type == "timestamp":
        return value
    midnight = f"(CAST({value}{' + 1' if end else ''} AS timestamp) AT TIME ZONE 'UTC')"
    return f"({midnight} - interval '1 microsecond')" if end else midnight


LITERALS = {"date": date, "timestamp": timestamp, "interval": interval}
OPERATORS = {op: Operator(relate) for op in (*EITHER, *INTERVALS)}
