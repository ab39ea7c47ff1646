"""Headers that keep a page from doing what we did not write: no inline script, no frame, no guessing of types."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response

from registry import settings


def install(app: Flask) -> None:
    """Send them with every answer."""
    app.after_request(_headers)


def _headers(response: Response) -> Response:
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if origins := settings.get("REGISTRY_CORS"):  # maps of other sites read us (/rec/core/cross-origin)
        response.headers.setdefault("Access-Control-Allow-Origin", origins)
        response.headers.setdefault("Access-Control-Expose-Headers", "Content-Crs, ETag, Link")
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", policy())
    return response


def policy() -> str:
    """Everything from here; MapLibre starts its worker from a blob, the base map comes from the setting's host."""
    outside = _origin(settings.get("REGISTRY_BASEMAP"))
    return ("default-src 'none'; script-src 'self'; style-src 'self'; worker-src blob:; child-src blob:; "
            f"img-src 'self' data: blob:{outside}; connect-src 'self'{outside}; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'")


def _origin(template: str) -> str:
    parts = urlsplit(template)
    # Braces, blanks and semicolons have no place in a policy.
    sound = parts.scheme in ("http", "https") and parts.netloc and not set(parts.netloc) & set("{};, '\"")
    return f" {parts.scheme}://{parts.netloc}" if sound else ""
