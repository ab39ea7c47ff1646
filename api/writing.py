"""What a request that writes records says beside its address and body: who, why, and the version it is based on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from api import components, etags, received
from api.editing import COMMON, CONDITIONS, IF_MATCH
from api.operations import Asked
from registry.errors import BadValue, VersionNeeded
from registry.kinds import FeatureKind
from registry.store import conflict
from registry.store.conflict import Versions
from registry.store.records import Writer

REASON = COMMON[:1]
LOCKED = (*CONDITIONS, *REASON)
REFUSED = (409, 415, 422)
STALE = (409, 412, 422, 428)


def form(name: str) -> Callable[[FeatureKind | None], dict[str, Any]]:
    """The body of an operation: a component by its name."""
    return lambda kind: components.ref(name)


def raw(kind: FeatureKind | None) -> dict[str, Any]:
    """The body of an operation that takes bytes."""
    return {"type": "string", "format": "binary"}


def writer(asked: Asked) -> Writer:
    """Who writes: the principal, for the reason of the request or else of its token."""
    present = IF_MATCH in asked.operation.headers
    return Writer(asked.principal.name, received.reason(request) or asked.principal.reason, "api", asked.sight,
                  present and conflict.unlocked(_named()), _ruled_out() if present else None)


def demand_reason() -> None:
    """BadValue unless the request itself says why: that of the token is no reason for this one change."""
    if not received.reason(request):
        raise BadValue(name="Registry-Reason", value="", why_zh="须在这个请求头里说明为什么", why_en="this header must say why")


def based_on(asked: Asked, what: str) -> Versions | None:
    """The versions that If-Match names; None or any, where the token may do without; else VersionNeeded."""
    found = _named()
    # Where any version is ruled out nothing is changed, so none needs to be named: what is there is refused by that.
    if conflict.unlocked(found) and not asked.principal.no_lock and _ruled_out() != conflict.ANY:
        raise VersionNeeded(what=what)
    return found


def _named() -> Versions | None:
    return etags.versions(request.headers.get("If-Match"))


def _ruled_out() -> Versions | None:
    return etags.versions(request.headers.get("If-None-Match"))
