"""Hosts: by which name a client reaches us, as far as it is one; where no setting says it, links begin with it."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache, partial
from typing import Any

from flask import Flask, request
from werkzeug.urls import iri_to_uri

from api.errors import BadHost
from registry import settings

# Registered names with the underscores that containers have, IPv4; IPv6 in brackets; the port may be empty (RFC 3986 §3.2).
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|\[([0-9a-f:.]+)\])(?::([0-9]{0,5}))?", re.ASCII)
BAD = "registry.bad_host"
_USUAL = {"http": "80", "https": "443"}


def install(app: Flask) -> None:
    """Refuse a request whose Host is no name of a host: 400, as RFC 9112 §3.2 wants it."""
    app.wsgi_app = partial(_aside, app.wsgi_app)  # type: ignore[method-assign]
    app.before_request(_refuse)


def root() -> str:
    """What all our addresses begin with, in ASCII, without the slash at its end.

    Behind a proxy it is set; X-Forwarded headers are not believed, since anyone can send them.
    """
    told = settings.get("REGISTRY_PUBLIC_URL")
    return (_ascii(told) if told else f"{request.scheme}://{here()}{iri_to_uri(request.root_path)}").rstrip("/")


def here() -> str:
    """The host of this request, and its port where that is not the usual one, as a browser would write it."""
    given = request.environ.get("HTTP_HOST")
    if given:
        return _known(given, request.scheme)
    name, port = (request.environ[k] for k in ("SERVER_NAME", "SERVER_PORT"))  # HTTP/1.0 needs no Host
    return _known(f"[{name}]:{port}" if ":" in name else f"{name}:{port}", request.scheme)


def _aside(inner: Any, environ: dict[str, Any], start_response: Any) -> Any:
    """Take what is no host out of a request, or Werkzeug stumbles over it before anybody can say so."""
    given = environ.get("HTTP_HOST", "" if environ.get("SERVER_PROTOCOL") == "HTTP/1.0" else None)
    try:
        if given is None:
            raise BadHost(given="-")
        _known(given or "-", environ["wsgi.url_scheme"])
    except BadHost as error:
        environ = {**environ, "HTTP_HOST": "", BAD: error}
    return inner(environ, start_response)


def _refuse() -> None:
    if error := request.environ.get(BAD):
        raise error


@lru_cache(maxsize=256)
def _known(given: str, scheme: str) -> str:
    """The host in lower case; BadHost for what is none."""
    host = given.lower()
    found = _HOST.fullmatch(host)
    if found is None or int(found[2] or 0) > 65_535 or (found[1] is not None and not _is_address(found[1])):
        raise BadHost(given=given[:80])
    bare = host.rpartition(":")[0] if found[2] is not None else host
    return host if found[2] and found[2] != _USUAL.get(scheme) else bare


def _is_address(given: str) -> bool:
    try:
        ipaddress.IPv6Address(given)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4)
def _ascii(address: str) -> str:
    """An address with a Chinese domain as header fields take it."""
    return iri_to_uri(address)
