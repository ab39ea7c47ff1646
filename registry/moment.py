"""Moments that people name: a day or a time at which to look at the registry."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from registry import settings
from registry.errors import BadValue

SKEW = dt.timedelta(minutes=5)  # clocks of two machines differ by seconds, not by more
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# A plus in an address may arrive as the blank that it is decoded to.
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)\d*([Zz]|[+ -]\d{2}:\d{2})", re.ASCII)


def zone() -> ZoneInfo:
    """The time zone that days are meant in."""
    name = settings.get("REGISTRY_TIMEZONE")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadValue(name="REGISTRY_TIMEZONE", value=name[:40], why_zh="没有这个时区，例如 Asia/Shanghai",
                       why_en="there is no such time zone, for example Asia/Shanghai") from None


def today() -> dt.date:
    """The day that it is in the registry's time zone, wherever the machine's clock stands."""
    return day(dt.datetime.now(dt.UTC))


def day(at: dt.datetime) -> dt.date:
    """The day of a moment in the registry's time zone."""
    return at.astimezone(zone()).date()


def local(at: dt.datetime) -> str:
    """A moment as people read it: to the second, in the registry's time zone, with the offset."""
    return at.astimezone(zone()).isoformat(sep=" ", timespec="seconds")


def written(at: dt.datetime) -> str:
    """A moment as it is stored and compared as text: RFC 3339 in UTC, a fraction of a second only where there is one."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def as_of(text: str) -> dt.datetime:
    """The moment of an RFC 3339 time, or the end of a day in the registry's time zone (today: now).

    BadValue: not a time, or in the future, of which the registry holds nothing.
    """
    now = dt.datetime.now(dt.UTC)
    try:
        if _DAY.fullmatch(text):
            day = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), zone())
            end = day + dt.timedelta(days=1) - dt.timedelta(microseconds=1)
            found = now if day <= now < end else end
        elif match := _TIME.fullmatch(text):
            offset = match[3].upper().replace("Z", "+00:00").replace(" ", "+")
            found = dt.datetime.fromisoformat(f"{match[1]}T{match[2]}{offset}")
        else:
            raise ValueError
        found = found.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise BadValue(name="as_of", value=text[:40], why_zh="应为日期或带时区的 RFC 3339 时间，例如 2026-11-01 或 2026-11-01T08:00:00+08:00",
                       why_en="a date or an RFC 3339 time with its offset is needed, for example 2026-11-01 or "
                              "2026-11-01T08:00:00+08:00") from None
    if found > now + SKEW:
        raise BadValue(name="as_of", value=text[:40], why_zh="在未来；登记簿不知道将来的样子",
                       why_en="it is in the future, of which the registry holds nothing")
    return found
