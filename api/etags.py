"""Entity tags of features: the version of the row, strong, and the same whatever the answer is written in; and 304.

A proxy that compresses changes our tag on the way (`"17-gzip"`, `"17:gzip"`, `W/"17"`); all of them mean version 17.
RFC 9110 §8.8.3 would have each encoding have its own and If-Match refuse weak ones; then no edit behind such a proxy
would ever be accepted, while what is compared here is the state of the row and nothing else.
"""

from __future__ import annotations

import re

from flask import Request, Response
from werkzeug.exceptions import PreconditionFailed

from registry.store.conflict import ANY, Versions

_TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')
_ENCODING = re.compile(r"[-:;](?:gzip|br|zstd|deflate)$")
_OURS = re.compile(r"([0-9]{1,18})(?:[-:;][A-Za-z0-9_.-]*)?", re.ASCII)


def versions(header: str | None) -> Versions | None:
    """The versions that If-Match or If-None-Match names; `*` is ANY, no header None. What is not ours matches none."""
    if header is None:
        return None
    if header.strip() == "*":
        return ANY
    found = [quoted or bare for quoted, bare in _TAG.findall(header)]
    return frozenset(m[1] if (m := _OURS.fullmatch(tag)) else f"?{tag[:40]}" for tag in found) or frozenset({"?"})


def of_a_row(tag: str) -> bool:
    """Whether a tag is the version of a row."""
    return _OURS.fullmatch(tag) is not None


def known(request: Request, tag: str) -> bool:
    """Whether a client that reads has what this tag is of, in whatever encoding (If-None-Match, RFC 9110 §13.1.2)."""
    given = request.headers.get("If-None-Match")
    if given is None or request.method not in ("GET", "HEAD") or request.headers.get("If-Match"):
        return False
    return names(given, tag)


def names(given: str, tag: str) -> bool:
    """Whether If-None-Match says this tag, in whatever encoding, or any."""
    return given.strip() == "*" or any(_ENCODING.sub("", quoted or bare) == tag for quoted, bare in _TAG.findall(given))


def conditional(made: Response, version: str, request: Request) -> Response:
    """304 when the client has this version, PreconditionFailed when it wants another (RFC 9110 §13.2.2)."""
    made.headers["ETag"] = f'"{version}"'
    if request.method not in ("GET", "HEAD"):
        return made
    wanted, known = versions(request.headers.get("If-Match")), versions(request.headers.get("If-None-Match"))
    if wanted is not None and wanted != ANY and version not in wanted:
        raise PreconditionFailed
    if known is not None and (known == ANY or version in known):
        made.status_code = 304
        made.set_data(b"")
        for name in ("Content-Type", "Content-Length"):
            made.headers.pop(name, None)
    return made
