"""Which of an operation's formats a request gets: `f` wins, else the Accept header."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable

from api.formats import Format


def by_key(formats: Sequence[Format], key: str) -> Format | None:
    """The format of this value of `f`, or None."""
    return next((f for f in formats if f.key == key), None)


def by_accept(formats: Sequence[Format], request: Request, *, strict: bool = True) -> Format:
    """The best format for the Accept header, the first one when it does not matter; NotAcceptable when none is.

    Not strict: the first one when none is acceptable.
    """
    if not request.accept_mimetypes:
        return formats[0]
    offered = {media: f for f in reversed(formats) for media in f.accepted}
    # In the order of the formats, so that `*/*` means the first.
    ordered = [media for f in formats for media in f.accepted if offered[media] is f]
    best = _read(request.accept_mimetypes).best_match(ordered)
    if best is None and strict:
        raise NotAcceptable
    if best is None:
        return formats[0]
    return offered[best]


def _read(accepted: MIMEAccept) -> MIMEAccept:
    """What is accepted, without its parameters as well: many clients want `application/json; charset=utf-8`, and some just `*`."""
    bare = [("*/*" if media == "*" else media.partition(";")[0].strip(), quality) for media, quality in accepted
            if ";" in media or media == "*"]
    return MIMEAccept([*accepted, *bare]) if bare else accepted
