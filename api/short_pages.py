"""Pages of items by the short way: `limit`, `bbox` and `cursor`, read as the ordinary way reads them."""

from __future__ import annotations

import datetime as dt
import re
import socket
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from api import answer_cache, crowded, crs, cursor, filters, gone, short_sent, validators
from api.answer_cache import Whole
from api.formats import GEOJSON
from api.short_sent import Patterns
from registry import db
from registry.kinds import FeatureKind
from registry.store import joined, layers
from registry.store.layers import Layer
from registry.store.query import Query

if TYPE_CHECKING:
    from api.operations import Asked
    from api.short import Recipe

SHAPES = frozenset({b"limit", b"bbox", b"limit&bbox", b"bbox&limit", b"limit&cursor", b"bbox&cursor", b"limit&bbox&cursor",
                    b"bbox&limit&cursor"})  # a cursor stands last, as in the links that give it
PARAMS = frozenset({"limit", "bbox", "cursor"})
START = b'{"type":"FeatureCollection","features":['
QUERY, CURSOR, NEXT = b"?\x00", b"\x01", b"\x02"  # where they stood
CURSOR_IS = b"&cursor="
_TAIL = re.compile(rb'\],"numberReturned":\d+(?:,"number(?:Matched|Estimated)":\d+)?,"timeStamp":"[^"]+",("links":\[.*\]\})', re.DOTALL)
_VALUE = re.compile(rb"=[^&]*")
_NEXT = re.compile(rb'&cursor=[\w-]+(?=[">])')


class Mark:
    """The mark of layers, as it was last: it takes longer to make than to see that they are the same."""

    def __init__(self) -> None:
        self._last: tuple[Mapping[str, Layer], str] | None = None

    def of(self, asked: Asked, kind: FeatureKind, now: Mapping[str, Layer]) -> str:
        last = self._last
        if last is None or last[0] != now:
            self._last = last = now, validators.mark(asked, [kind], now)
        return last[1]


def shape(query: bytes | None) -> bytes:
    """The names of the parameters in their order; empty for a single feature."""
    return b"" if query is None else _VALUE.sub(b"", query)


def learnt(body: bytes, features: int, query: bytes) -> tuple[bytes, bool, Patterns] | None:
    """The end of an answer that is the same for each such question, whether a page follows, and what differs in it."""
    found = _TAIL.fullmatch(body[features:])
    if found is None or shape(query) not in SHAPES:
        return None
    rest, _, given = query.partition(CURSOR_IS)
    marks = [(re.compile(re.escape(b"?" + rest) + rb'(?=[&">])'), QUERY)]
    if given:
        marks.append((re.compile(re.escape(CURSOR_IS + given) + rb'(?=[&">])'), CURSOR))
    return found[1], b'{"rel":"next",' in found[1], [*marks, (_NEXT, NEXT)]


def answer(recipe: Recipe, path: str, query: bytes, line: bytes, client: socket.socket) -> list[bytes] | None:
    """The page; None where something of it was not seen yet."""
    name, city, kind = (line, recipe.number), recipe.query.city, recipe.kind
    with db.at_hand(recipe.seconds) as conn, gone.over(client, conn):
        whole = answer_cache.CACHE.find(name)
        if whole is not None and whole.of == layers.states(conn, city, [kind.key]):
            return [short_sent.opened(), whole.body]
        given = dict([p.split("=") for p in query.decode().split("&")])
        mark = cursor.fingerprint(path, city, given)
        wanted = _query(recipe, given, mark)
        page = joined.page(conn, wanted, layered=True)
        if page.layer is None or not page.layer.version:
            return None
        matched = crowded.told(conn, recipe.who, wanted, page, mark)
    frame = recipe.frames.get(page.next is not None)
    if frame is None or not frame.fits(line) or not page.returned:
        return None
    said = f'],"numberReturned":{page.returned},' + "".join(f'"{name}":{n},' for name, n in matched.items()) + _moment(int(time.time()))
    rest, _, at = query.partition(CURSOR_IS)
    after = CURSOR_IS + cursor.encode(page.next, mark).encode() if page.next is not None else b""
    now = {kind.key: page.layer}
    tag = validators.tag(recipe.mark.of(recipe.asked, kind, now), path, given, GEOJSON.content_type, recipe.lang, recipe.base)
    made = frame.filled([START, *page.pieces], said.encode(), lambda _: f'W/"{tag}"', ((QUERY, b"?" + rest), (CURSOR, CURSOR_IS + at), (NEXT, after)))
    if answer_cache.again(name):
        answer_cache.CACHE.keep(name, Whole(city, recipe.lang, now, b"".join(made), [], tag, strong=False), recipe.cached_bytes)
    return [short_sent.opened(), *made]


@lru_cache(maxsize=2)
def _moment(second: int) -> str:
    return f'"timeStamp":"{dt.datetime.fromtimestamp(second, dt.UTC):%Y-%m-%dT%H:%M:%SZ}",'


def _query(recipe: Recipe, given: Mapping[str, str], mark: str) -> Query:
    """What is asked; an error of any kind where the ordinary way would refuse it."""
    made = recipe.query.but(bbox=crs.box_of(filters.bbox(given["bbox"])) if "bbox" in given else None,
                            limit=filters.limit(given["limit"]) if "limit" in given else filters.LIMIT)
    return made.but(after=cursor.decode(given["cursor"], made, mark)) if "cursor" in given else made
