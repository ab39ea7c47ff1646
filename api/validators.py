"""Validators: whether an answer would be the same again, told by the versions of the layers it is made of."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import g, request

from api import links
from api.formats import HTML
from registry import catalogue, history, settings
from registry.catalogue import Catalogue
from registry.kinds import FeatureKind
from registry.kinds.describe import fingerprint
from registry.scope import beside, eyes
from registry.store import layers
from registry.store.layers import Layer

if TYPE_CHECKING:
    from api.operations import Asked

def of(asked: Asked) -> str | None:
    """The validator of the answer to come, before any row is read; None where it hangs on more than layers.

    A page shows the cities as well. A layer that was never written has no version, and there may be no such city.
    """
    wanted = asked.operation.made_of
    if wanted is None or asked.format is HTML or not within(asked):
        return None
    kinds = list(wanted(asked))
    found = asked.layers = states(asked, kinds)
    if not any(found[k.key].version for k in kinds):
        return None
    return tag(mark(asked, kinds, found), request.path, asked.given, asked.format.content_type, g.lang, links.base())


def changed(asked: Asked) -> dt.datetime | None:
    """When the layers of an answer were written to last, for who sees the whole of them as it is now: to others it would tell of
    changes that they may not see."""
    whole = asked.principal.scope.unlimited and not asked.principal.masks and asked.sight.as_of is None
    return max((layer.at for layer in (asked.layers or {}).values() if layer.at), default=None) if whole else None


def tag(mark: str, path: str, given: Mapping[str, str], media: str, lang: str, base: str) -> str:
    """The validator of an answer to this question, as long as its layers have this mark."""
    return digest(mark, path, sorted(given.items()), media, lang, base)


def within(asked: Asked) -> bool:
    """Whether the city asked for is one that the principal may ask for."""
    return asked.principal.scope.city in (None, asked.city_key)


def states(asked: Asked, kinds: Iterable[FeatureKind]) -> dict[str, Layer]:
    """The layers of these kinds, and of the zones that decide what is seen of them, in the city asked for."""
    return layers.states(asked.conn, asked.city_key, [*(k.key for k in kinds), *beside(asked.sight)])


def mark(asked: Asked, kinds: Iterable[FeatureKind], found: Mapping[str, Layer]) -> str:
    """What these kinds look like to this principal: another mark whenever anything of it may look otherwise."""
    # Which rows of the past a principal may see is decided by those of today as well, unless it may see all.
    free = asked.principal.scope.unlimited and not asked.principal.masks
    moment = asked.sight.as_of if free else None
    return digest(asked.city_key, [(key, layer.seen(moment)) for key, layer in sorted(found.items())],
                  eyes(asked.sight, kinds), edition(), settings.get("REGISTRY_PAGE_MB"))


def edition() -> str:
    """This program and its declarations."""
    return _edition(catalogue.load())


@lru_cache(maxsize=4)
def _edition(known: Catalogue) -> str:
    return digest(history.code_version(), [fingerprint(k) for k in known.kinds])


def digest(*parts: Any) -> str:
    """A short name of all of it together."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
