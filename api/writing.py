"""What a request that writes says beside its address and body: the reason, the version that it is based on."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote

from flask import request

from api.operations import Asked
from registry.errors import VersionNeeded
from registry.store.records import Writer

LONGEST_REASON = 500
# Our own tag, strong or weakened on the way, with what compression adds to it.
_TAG = re.compile(r'(?:W/)?"([0-9]{1,9})(?:[:;-][a-z]+)?"', re.ASCII)


def writer(asked: Asked) -> Writer:
    """Who writes: the principal, for the reason of the request or else of its token."""
    return Writer(asked.principal.name, reason() or asked.principal.reason, "api", asked.sight)


def reason() -> str:
    """The header Registry-Reason: UTF-8 as it is, or percent-encoded by clients that send ASCII only."""
    given = request.headers.get("Registry-Reason", "").strip()
    with suppress(UnicodeError):
        given = given.encode("latin-1").decode("utf-8")  # headers arrive as latin-1
    return unquote(given).replace("\x00", "").strip()[:LONGEST_REASON]


def based_on(asked: Asked, what: str) -> int | None:
    """The version that If-Match names; VersionNeeded without one, unless the token may do without. `*`: whatever it is."""
    given = request.headers.get("If-Match", "").strip()
    if given == "*" or (not given and asked.principal.no_lock):
        return None
    if not given:
        raise VersionNeeded(what=what)
    found = _TAG.fullmatch(given)
    return int(found[1]) if found else -1  # a tag that we never gave matches nothing
