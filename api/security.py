"""Headers that keep a page from doing what we did not write: no inline script, no frame, no guessing of types."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response

from registry import settings

YEAR_S = 31_536_000
# Who opens the bare data in a tab gets data: nothing in it runs, loads or is framed.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",  # for browsers older than frame-ancestors
    "Cross-Origin-Opener-Policy": "same-origin",
    # Against being embedded without asking. What CORS permits is not touched by it (Fetch standard, 3.7).
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",  # where the answer itself says nothing
}


def install(app: Flask) -> None:
    """Send them with every answer."""
    app.after_request(_headers)


def _headers(response: Response) -> Response:
    told = {name.lower() for name, _ in response.headers}  # each setdefault would look through all of them
    for name, value in ALWAYS.items():
        if name.lower() not in told:
            response.headers.add(name, value)
    if settings.get("REGISTRY_PUBLIC_URL").startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
    response.headers.setdefault("Content-Security-Policy",
                                policy() if response.mimetype == "text/html" else DATA_POLICY)
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
