"""Compression: answers that gzip makes smaller, for the clients that ask for it, streams included.

Level 1: 100 features take 0.2 ms and become 1/18, 1,000 take 2.6 ms and become 1/21; level 6 takes twice as long or more
for a quarter less, which pays on no network that a city has.
zstd and br are not offered: nothing that is kept here has them. A strong entity tag names bytes, so the compressed
form of a feature has its own, `"17-gzip"`, which `etags` reads as version 17; tags that no edit names become weak.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterable

from flask import Flask, Response, g, request

from api import etags
from api.formats import FORMATS

LEVEL = 1
LEAST_BYTES = 1024  # below, the head of the answer is most of it
_GZIP = 31  # window bits that mean a gzip frame
PRESSED = {f.media.partition(";")[0] for f in FORMATS if not f.dense} | {
    "text/css", "text/javascript", "application/javascript", "image/svg+xml"}


def install(app: Flask) -> None:
    """Compress what is worth it, after everything that reads or changes the body."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.status_code == 304 and _wanted():
        _named(response)
    if response.mimetype not in PRESSED or response.status_code in (204, 206, 304) or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if not _wanted():
        return response
    if response.is_streamed and not response.direct_passthrough:
        if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
            return response  # there only its length tells whether all of it came
        _stream(response)
    elif not _whole(response):
        return response
    response.headers["Content-Encoding"] = "gzip"
    _tag(response)
    return response


def _named(response: Response) -> None:
    """Of what the client has compressed, the tag that it has it by (RFC 9110 §15.4.5)."""
    tag, weak = response.get_etag()
    if tag is not None and not weak and etags.of_a_row(tag) and f'"{tag}-gzip"' in request.headers.get("If-None-Match", ""):
        response.set_etag(f"{tag}-gzip")


def _wanted() -> bool:
    """Whether the client takes gzip, and no less gladly than the plain form."""
    taken = request.accept_encodings
    return taken["gzip"] > 0 and taken["gzip"] >= taken["identity"]


def _whole(response: Response) -> bool:
    """Compress a body that is there; False where it is too small."""
    response.direct_passthrough = False  # a file of ours
    body = response.get_data()
    if len(body) < LEAST_BYTES:
        return False
    whole = g.get("whole")  # an answer that was kept is compressed once
    packed = whole.packed if whole else None
    if packed is None:
        packed = press(body)
        if whole:
            whole.packed = packed
    response.set_data(packed)
    return True


def press(body: bytes) -> bytes:
    """A body as gzip."""
    made = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    return made.compress(body) + made.flush()


def _stream(response: Response) -> None:
    response.response = pressed(response.response)  # type: ignore[arg-type]
    response.headers.pop("Content-Length", None)


def pressed(pieces: Iterable[bytes]) -> Generator[bytes]:
    """A gzip stream of the pieces; what is there of the first one goes out at once."""
    stream = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
    first = True
    for piece in pieces:
        made = stream.compress(piece)
        if first:
            made += stream.flush(zlib.Z_SYNC_FLUSH)
            first = False
        if made:
            yield made
    yield stream.flush()


def _tag(response: Response) -> None:
    """The entity tag of the compressed form: strong where an edit will name it, else that of either form."""
    tag, weak = response.get_etag()
    if tag is not None and not weak:
        response.set_etag(f"{tag}-gzip" if etags.of_a_row(tag) else tag, weak=not etags.of_a_row(tag))
