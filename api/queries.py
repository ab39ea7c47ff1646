"""Queries: what stands behind the question mark of an address is UTF-8, percent-encoded (RFC 3986 §2.5), or it is refused."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from flask import Flask

_PRINTABLE = "".join(chr(c) for c in range(0x21, 0x7F))


def install(app: Flask) -> None:
    """Let no byte beyond ASCII stand in a query as it is: some clients send them, and Werkzeug stumbles over other than UTF-8."""
    app.wsgi_app = partial(_encoded, app.wsgi_app)  # type: ignore[method-assign]


def _encoded(inner: Any, environ: dict[str, Any], start_response: Any) -> Any:
    query = environ.get("QUERY_STRING", "")
    if not query.isascii():
        environ = {**environ, "QUERY_STRING": quote_from_bytes(query.encode("latin-1"), safe=_PRINTABLE)}
    return inner(environ, start_response)


def garbled(query: bytes) -> frozenset[str]:
    """The names of the parameters that are not UTF-8 by name or value: of these `request.args` keeps the percent signs."""
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return frozenset(_name(part) for part in query.split(b"&") if not _is_text(part))
    return frozenset()


def _is_text(part: bytes) -> bool:
    try:
        unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        return False
    return True


def _name(part: bytes) -> str:
    return unquote_to_bytes(part.partition(b"=")[0].replace(b"+", b" ")).decode(errors="werkzeug.url_quote")
