"""Which requests go the short way: those of the public whose header fields say nothing that decides on an answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from flask import request

from registry import settings
from registry.scope import Stamped, beside, public, stamped

if TYPE_CHECKING:
    from api.operations import Asked

MOST_BYTES = 4_000  # of a head: browsers send a quarter of that, and it is part of what is remembered
# Whatever another field says, it may change the answer or how it is framed. These are part of what names a shape.
PLAIN_FIELDS = frozenset({"host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "referer", "dnt", "origin",
                          "cache-control", "pragma", "priority", "upgrade-insecure-requests",
                          "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip"})
OF_BROWSERS = "sec-"  # how a page came to ask, and which browser it is


def plain(asked: Asked, *more: str) -> bool:
    """Whether the request says nothing in its fields, but for these, that another of the public would not; what is asked for
    stands in its path."""
    said = {k.lower() for k, _ in request.headers if not k.lower().startswith(OF_BROWSERS)}
    return (said <= PLAIN_FIELDS.union(more) and request.headers.get("Connection", "keep-alive").lower() == "keep-alive"
            and asked.principal.token is None and not beside(asked.sight))


def bare(asked: Asked, values: Mapping[str, Any]) -> Asked:
    """The request without what is its own: these values, no connection, nothing looked up."""
    return dataclasses.replace(asked, values=dict(values), given={}, _stack=ExitStack(), _conn=None, validator=None, layers=None)


def public_as(asked: Asked) -> Stamped | None:
    """As of what the public is who asks here; None where that has changed since."""
    now = stamped()
    return now if public() is asked.principal else None


def holds(was: Stamped | None) -> bool:
    """Whether the public still is who it was as of that: the file that says what it may see can change."""
    return was is not None and was == stamped()


def longest_s(asked: Asked) -> int:
    """Seconds that a statement of such a request may take."""
    return min(asked.operation.seconds, settings.integer("REGISTRY_STATEMENT_TIMEOUT_S"))
