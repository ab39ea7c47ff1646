"""What a service does with each request beside answering it: it is counted and told in the log, by the short way as well."""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, current_app
from limits import RateLimitItemPerMinute

from api import limits, short_sent
from api.logs import log
from registry import settings

if TYPE_CHECKING:
    from api.operations import Asked

NOTED = "registry.noted"
Pieces = list[bytes]
# Through how many hands a request came decides on no answer, only on whom it is counted for.
_ADDRESSES = rb":[ \t]*([0-9a-f.:, ]{0,200})(?=\r\n)"
_HANDS = re.compile(rb"\r\nX-(?:Forwarded-For|Real-IP)" + _ADDRESSES, re.IGNORECASE)
_FORWARDED = re.compile(rb"\r\nX-Forwarded-For" + _ADDRESSES, re.IGNORECASE)
_NAMES = (b"x-forwarded-for", b"x-real-ip")


def without_hands(fields: bytes) -> bytes | None:
    """The header fields, each behind the end of a line, without those that differ from client to client behind one proxy. None
    where one of these is anything but addresses: whether that is to be refused, or how it is read, is for the ordinary way."""
    if b"x-" not in fields.lower():
        return fields
    rest = _HANDS.sub(b"", fields)
    return None if any(name in rest.lower() for name in _NAMES) else rest


def present() -> Noted | None:
    """That of the application of now; None where it does neither."""
    noted: Noted = current_app.extensions[NOTED]
    return noted if noted.something else None


class Noted:
    """How one application notes its requests."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._logs, self._most = bool(settings.get("REGISTRY_LOG")), settings.integer("REGISTRY_RATE_LIMIT")
        self._proxies = settings.integer("REGISTRY_PROXIES")

    @property
    def something(self) -> bool:
        """Whether there is anything to note."""
        return self._logs or bool(self._most)

    def through(self, head: bytes, client: socket.socket, asked: Asked, ask: Callable[[], Pieces | None]) -> Pieces | None:
        """What is answered, once it is counted and told; None where the ordinary way is to be gone, which does both then."""
        begun, address = time.perf_counter(), self._address(head, client)
        if address is None:
            return None
        limiter, item, key = self._app.extensions[limits.LIMITER], RateLimitItemPerMinute(self._most or 1), ("asked", limits.whose(address))
        if self._most and not limiter.test(item, *key):
            return None
        made = ask()
        if made is None:
            return None
        if self._most:
            if not limiter.hit(item, *key):
                return None
            made.insert(1, "".join(f"{k}: {v}\r\n" for k, v in limits.left(limiter, item, key).items()).encode("ascii"))
        if self._logs and log.isEnabledFor(logging.INFO):
            self._tell(head, asked, address, made, begun)
        return made

    def _address(self, head: bytes, client: socket.socket) -> str | None:
        """Where the request comes from, by as many proxies as are believed; None where they say it in an unusual way."""
        peer = client.getpeername()
        direct = str(peer[0]) if isinstance(peer, tuple) else ""
        said = _FORWARDED.findall(head)
        if not self._proxies or not said:
            return direct
        hands = [one.strip() for one in said[0].decode("ascii").split(",")]
        if len(said) > 1 or "" in hands:
            return None
        return hands[-self._proxies] if len(hands) >= self._proxies else direct

    def _tell(self, head: bytes, asked: Asked, address: str, made: Pieces, begun: float) -> None:
        method, target, _ = head.partition(b"\r\n")[0].decode("ascii").split(" ")
        path, status, length = target.partition("?")[0], short_sent.status_of(made), short_sent.length_of(made)
        log.info("%s %s %s", method, path, status, extra={"facts": {
            "request_id": short_sent.id_of(made), "method": method, "path": path, "status": status,
            "ms": round((time.perf_counter() - begun) * 1000, 1), "bytes": length, "route": asked.operation.rule,
            "city": asked.city_key, "principal": asked.principal.name, "address": address}})
