"""Entity tags of features: the version of the row, which an edit names, and behind it what the answer says of it; and 304.

What is said of a version hangs on who asks, in which language, and on the declarations: `"17-4f…"` is of these very bytes. An
edit names the row, so there all that begins with 17 means version 17, whatever a proxy that compresses made of it on the way
(`"17-4f…-gzip"`, `"17-4f…:gzip"`, `W/"17-4f…"`). RFC 9110 §8.8.3 would have If-Match refuse weak ones; then no edit behind such a
proxy would ever be accepted, while what is compared there is the state of the row and nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from flask import Request, Response
from werkzeug.exceptions import PreconditionFailed

from registry.store.conflict import ANY, Versions

SWITCHES = 2_000  # bytes: to work out the hash of more at once, Python lets other threads run, and waits for its turn again
_TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s,"]+)')
_ENCODING = re.compile(r"[-:;](?:gzip|br|zstd|deflate)$")
_OURS = re.compile(r"([0-9]{1,18})(?:[-:;][A-Za-z0-9_.:;-]*)?", re.ASCII)


def versions(header: str | None) -> Versions | None:
    """The versions that a field of conditions names; `*` is ANY, no header None. What is not ours matches none."""
    if header is None:
        return None
    if header.strip() == "*":
        return ANY
    found = [quoted or bare for quoted, bare in _TAG.findall(header)]
    return frozenset(m[1] if (m := _OURS.fullmatch(tag)) else f"?{tag[:40]}" for tag in found) or frozenset({"?"})


def of_version(version: str, body: Iterable[bytes]) -> str:
    """The tag of an answer that tells of this version of a row. body: as it is before it is compressed, in pieces."""
    said = hashlib.sha256()
    for piece in body:
        for at in range(0, len(piece), SWITCHES):
            said.update(piece[at:at + SWITCHES])
    return f"{version}-{said.hexdigest()[:16]}"


def of_a_row(tag: str) -> bool:
    """Whether a tag tells of a version of a row."""
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


def conditional(made: Response, version: str, request: Request, *, again: bool = True) -> Response:
    """304 when the client has this very answer, PreconditionFailed when it wants another version (RFC 9110 §13.2.2).

    again: whether what the client has may be this answer again.
    """
    if request.method not in ("GET", "HEAD"):
        made.headers["ETag"] = f'"{version}"'
        return made
    tag = of_version(version, [made.get_data()])
    made.headers["ETag"] = f'"{tag}"'
    wanted, known = versions(request.headers.get("If-Match")), request.headers.get("If-None-Match")
    if wanted is not None and wanted != ANY and version not in wanted:
        raise PreconditionFailed
    if again and known is not None and names(known, tag):
        made.status_code = 304
        made.set_data(b"")
        for name in ("Content-Type", "Content-Length"):
            made.headers.pop(name, None)
    return made
