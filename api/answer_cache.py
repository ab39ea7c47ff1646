"""The answer cache: whole answers of this process, good for exactly as long as the layers they are made of stay the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from flask import Response, g, request
from werkzeug.datastructures import Headers

from api import answers, etags, links, validators
from api.formats import HTML
from api.lately import Lately
from api.lru import Lru
from registry import moment, settings
from registry.scope import Principal
from registry.store import layers
from registry.store.layers import Layer

if TYPE_CHECKING:
    from api.operations import Asked

MEGABYTE = 2**20
PUBLICS = 32
# What decides what an answer says, beside the request and the principal.
DECIDING = ("REGISTRY_CITY", "REGISTRY_LANG", "REGISTRY_PAGE_MB", "REGISTRY_TIMEZONE")
CONDITIONS = ("If-Match", "If-Unmodified-Since", "Range")  # rare, and not for a short way


@dataclass
class Whole:
    """An answer as it was before headers of the moment. of: the layers, as they were before any row was read. packed: its
    body compressed, made when it is first wanted."""

    city: str
    lang: str
    of: dict[str, Layer]
    body: bytes
    headers: list[tuple[str, str]]
    tag: str
    strong: bool
    packed: bytes | None = field(default=None, compare=False)

    @property
    def weight(self) -> int:
        return len(self.body) * 9 // 8 + 2_000  # its compressed form and what the objects take, about


CACHE: Lru[Whole] = Lru()
LATELY = Lately()  # what was asked for once is kept when it is asked for again
_publics: dict[int, tuple[Principal, int]] = {}
_numbers = count(1)


def key(asked: Asked) -> Hashable | None:
    """What an answer hangs on beside the layers; None where it is not one to be kept: the past of some moments is not
    settled, and what is asked under conditions is none of many."""
    if request.method not in ("GET", "HEAD") or b"as_of" in request.query_string or any(h in request.headers for h in CONDITIONS):
        return None
    told = request.headers
    return (request.path, request.query_string, told.get("Accept"), told.get("Accept-Language"), links.base(),
            who(asked.principal), *(settings.get(name) for name in DECIDING), validators.edition(),
            # The registry's day, and the database's: editions of zones turn with that one.
            moment.today(), dt.datetime.now(dt.UTC).date())


def who(principal: Principal) -> Hashable:
    """All of a principal that decides what it sees, and who it is: nothing is shared between two."""
    if not principal.masks:
        return principal.key, principal.role, principal.rights, principal.scope
    # That of the public is the same object until what it may see changes: a number that none other ever has.
    known, number = _publics.get(id(principal), (None, 0))
    if known is not principal:
        if len(_publics) >= PUBLICS:
            _publics.clear()
        number = next(_numbers)
        _publics[id(principal)] = principal, number
    return number


def find(asked: Asked, name: Hashable) -> Response | None:
    """The answer that was kept under this name, if no layer of it has changed; 304 where the client has it."""
    whole = CACHE.find(name)
    if whole is None:
        return None
    now = layers.states(asked.conn, whole.city, whole.of)
    # A restored database counts versions again, at other times.
    if any((now[k].version, now[k].at) != (of.version, of.at) for k, of in whole.of.items()):
        CACHE.drop(name)
        return None
    g.lang, g.city = whole.lang, whole.city
    if etags.known(request, whole.tag):
        return answers.unchanged(whole.tag, weak=not whole.strong)
    g.whole = whole
    made = Response(whole.body)
    made.headers = Headers(whole.headers)
    return made


def keep(asked: Asked, name: Hashable, made: Response) -> None:
    """Keep an answer whose layers were looked at before its rows were."""
    most = settings.integer("REGISTRY_ANSWER_CACHE_MB") * MEGABYTE
    if not most or made.status_code != 200 or asked.format is HTML or asked.kind is None or not asked.layers:
        return
    tag, weak = made.get_etag()
    if tag is None or not asked.layers[asked.kind.key].version:  # there may be no such city
        return
    headers = [(k, v) for k, v in made.headers if k != "Date"]
    CACHE.keep(name, Whole(asked.city_key, g.lang, asked.layers, made.get_data(), headers, tag, not weak), most)


def again(name: Hashable) -> bool:
    """Whether this was asked for before, not long ago: whoever asks for everything once fills no memory."""
    return LATELY.again(hash(name))
