"""Pages of other sites (CORS): which may read, what a preflight is told, and that none writes unseen."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request

from api import hosts
from api.errors import CrossSite
from registry import settings

ALLOWED = ("Authorization, Content-Type, If-Match, If-None-Match, Prefer, Registry-Reason, Idempotency-Key, "
           "X-Request-Id, Content-Crs")
EXPOSED = ("ETag, Link, Tile-Thinned, Location, Allow, Content-Crs, Registry-Derived, Retry-After, RateLimit-Limit, RateLimit-Remaining, "
           "RateLimit-Reset, X-Request-Id, Content-Disposition, Preference-Applied, Idempotency-Replayed")
MAX_AGE_S = 7200  # what the browsers allow at most
NOBODY = "none"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask) -> None:
    """Answer preflights, refuse forged writes, mark every answer."""
    app.before_request(_preflight)
    app.before_request(_refuse_forged)
    app.after_request(_headers)


def origins() -> list[str]:
    """The sites of the setting; `*` is everyone, `none` nobody."""
    return [o.rstrip("/") for o in settings.get("REGISTRY_CORS").split() if o != NOBODY]


def _preflight() -> Response | None:
    """204 with the methods of the address; a plain OPTIONS and an address that is not there go their own way."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    methods = current_app.make_default_options_response().allow
    if not methods:
        return None
    made = Response(status=204)
    made.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(methods))
    made.headers["Access-Control-Allow-Headers"] = ALLOWED
    made.headers["Access-Control-Max-Age"] = str(MAX_AGE_S)
    made.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
    return made


def _refuse_forged() -> None:
    """A form of another site sends the Basic password that the browser keeps; a Bearer token it does not have."""
    origin = request.headers.get("Origin")
    if request.method in SAFE or origin is None or origin in origins():
        return
    own = {hosts.here(), urlsplit(hosts.root()).netloc}
    basic = request.headers.get("Authorization", "").lower().startswith("basic")
    if basic and urlsplit(origin).netloc not in own:
        raise CrossSite(origin=origin[:100])


def _headers(response: Response) -> Response:
    allowed = origins()
    if "*" in allowed:
        response.headers["Access-Control-Allow-Origin"] = "*"
    elif allowed:
        response.vary.add("Origin")  # also where it does not match: a cache must not mix the two
        if (origin := request.headers.get("Origin")) in allowed:
            response.headers["Access-Control-Allow-Origin"] = str(origin)
    if "Access-Control-Allow-Origin" in response.headers:
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return response
