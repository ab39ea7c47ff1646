"""Which requests go the short way: those of the public whose header fields say nothing that decides on an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from registry.scope import beside

if TYPE_CHECKING:
    from api.operations import Asked

# Whatever another field says, it may change the answer or how it is framed. These are part of what names a shape.
PLAIN_FIELDS = frozenset({"host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "referer", "dnt", "origin",
                          "cache-control", "pragma", "priority", "upgrade-insecure-requests"})
OF_BROWSERS = "sec-"  # how a page came to ask, and which browser it is


def plain(asked: Asked, *more: str) -> bool:
    """Whether the request says nothing in its fields, but for these, that another of the public would not; what is asked for
    stands in its path."""
    said = {k.lower() for k, _ in request.headers if not k.lower().startswith(OF_BROWSERS)}
    return (said <= PLAIN_FIELDS.union(more) and request.headers.get("Connection", "keep-alive").lower() == "keep-alive"
            and asked.principal.token is None and not beside(asked.sight))
