"""How often a client may ask: requests a minute by token or address, and failed sign-ins by address."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time

from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.middleware.proxy_fix import ProxyFix

from api.errors import TooManyRequests
from registry import settings

LIMITER = "registry.limiter"
FIELDS = LIMIT, REMAINING, RESET = "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"
# Files of ours that a page brings along; they ask nothing of the database.
FREE = frozenset({"static"})


def install(app: Flask) -> None:
    """Count every request before it is read; believe as many proxies as the setting says.

    The counts stand in the memory of one process. Each process allows the whole limit, since the kernel does not
    share connections evenly: a client within the limit is never refused, one beyond it is refused at the latest
    after processes × limit.
    """
    app.extensions[LIMITER] = MovingWindowRateLimiter(MemoryStorage())
    if proxies := settings.integer("REGISTRY_PROXIES"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=0)  # type: ignore[method-assign]
    app.before_request(_count)
    app.after_request(_headers)


def note_failure() -> None:
    """Count a failed sign-in for the address of the request under way."""
    if most := settings.integer("REGISTRY_FAILED_LIMIT"):
        _limiter().hit(RateLimitItemPerMinute(most), "failed", address())


def address() -> str:
    """Whom an anonymous request is counted for."""
    return whose(request.remote_addr or "")


def whose(address: str) -> str:
    """Whom requests from an address are counted for: it; in IPv6 the /64 that one customer has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket has none
        return address or "-"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _limiter() -> MovingWindowRateLimiter:
    found: MovingWindowRateLimiter = current_app.extensions[LIMITER]
    return found


def _count() -> None:
    """Refuse who failed too often before the token is looked at, then who asks too often."""
    if request.endpoint in FREE:
        return
    credential = request.headers.get("Authorization")
    if credential and (most := settings.integer("REGISTRY_FAILED_LIMIT")):
        item = RateLimitItemPerMinute(most)
        if not _limiter().test(item, "failed", address()):
            raise _refusal(item, ("failed", address()), "登录失败次数太多", "too many failed sign-ins")
    if most := settings.integer("REGISTRY_RATE_LIMIT"):
        item, key = g.counted = RateLimitItemPerMinute(most), ("asked", _client(credential))
        if not _limiter().hit(item, *key):
            raise _refusal(item, key, f"每分钟最多 {most} 次请求", f"at most {most} requests a minute")


def _client(credential: str | None) -> str:
    """The key to count for. The credential itself is not kept, not even in memory."""
    return hashlib.sha256(credential.encode()).hexdigest() if credential else address()


def _refusal(item: RateLimitItem, key: tuple[str, str], zh: str, en: str) -> TooManyRequests:
    return TooManyRequests(why_zh=zh, why_en=en, retry_s=int(left(_limiter(), item, key)[RESET]))


def left(limiter: MovingWindowRateLimiter, item: RateLimitItem, key: tuple[str, str]) -> dict[str, str]:
    """What is left, in the three fields that clients know (draft-ietf-httpapi-ratelimit-headers, version 05). It is full again
    when the oldest request leaves the window."""
    stats = limiter.get_window_stats(item, *key)
    return {LIMIT: str(item.amount), REMAINING: str(stats.remaining),
            RESET: str(max(1, math.ceil(stats.reset_time - time.time())))}


def _headers(response: Response) -> Response:
    if counted := g.get("counted"):
        item, key = counted
        response.headers.update(left(_limiter(), item, key))
    return response
