"""Tiles by the short way: of one collection as it stands now, made or kept as the ordinary way makes and keeps them."""

from __future__ import annotations

import dataclasses
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from flask import Response, g, request
from sqlalchemy import Connection

from api import etags, gone, matrix_sets, short_pages, short_sent, tile_cache, validators
from api.short_asked import MOST_BYTES, bare, holds, longest_s, plain, public_as
from api.short_noted import Noted, present, without_hands
from api.short_sent import Frame
from registry import db
from registry.kinds import FeatureKind
from registry.scope import Stamped
from registry.store.layers import Layer
from registry.store.query import Query
from registry.store.tiles import Place

if TYPE_CHECKING:
    from api.operations import Asked

Make = Callable[[Connection, Query, Place], tuple[bytes, Mapping[str, str], Layer]]
MOST = 500  # shapes of questions that are known
MOST_TAGS = 1_000  # bytes of them
LINE = re.compile(rb"GET /collections/([a-z][a-z0-9_]*)/tiles/(\w+)/%b/%b/%b(?:\?v=(\w{1,64}))? HTTP/1\.1"
                  % ((rb"(0|[1-9][0-9]{0,6})",) * 3))
NAMED = re.compile(rb"\r\nIf-None-Match: ([\t -~]{0,%d})(?=\r\n)" % MOST_TAGS, re.IGNORECASE)
OF_TAGS = b"if-none-match"
STATUS = {200: b"200 OK", 304: b"304 NOT MODIFIED"}
Shape = tuple[bytes, bool, bytes]  # collection, whether a version is named, the other header fields


@dataclass
class Recipe:
    """How a shape of questions is answered. frames: by status, and whether the version that was named is the present one."""

    asked: Asked
    kind: FeatureKind
    query: Query
    make: Make
    packs: bool
    seconds: int
    public: Stamped | None
    noted: Noted | None
    frames: dict[tuple[int, bool], Frame] = field(default_factory=dict)
    mark: short_pages.Mark = field(default_factory=short_pages.Mark)

    @cached_property
    def shown(self) -> str:
        """What decides on all tiles of this shape."""
        return tile_cache.shown(self.asked, [self.kind])

    @property
    def holds(self) -> bool:
        """Whether the public still is who it was, and asks for the city that it did."""
        return holds(self.public) and self.asked.city_key == self.query.city


_recipes: dict[Shape, Recipe] = {}


def way(line: bytes, fields: bytes, client: socket.socket) -> tuple[Recipe, Callable[[], list[bytes] | None]] | None:
    """How a tile is answered, and what answers it; None where the ordinary way is to be gone."""
    found = LINE.fullmatch(line)
    if found is None:
        return None
    collection, set_id, *where, version = found.groups()
    named = NAMED.search(fields)
    if fields.lower().count(OF_TAGS) > (1 if named else 0):  # several, or one that is not as it should be
        return None
    recipe = _recipes.get((collection, version is not None, _others(fields) if named else fields))
    if recipe is None:
        return None
    return recipe, partial(_tile, recipe, line, set_id.decode(), [int(n) for n in where], version, named and named[1], client)


def _tile(recipe: Recipe, line: bytes, set_id: str, where: list[int], version: bytes | None, named: bytes | None,
          client: socket.socket) -> list[bytes] | None:
    found, kinds = matrix_sets.find(set_id), [recipe.kind]
    if not found.has(*where):
        return None
    place = Place(found, *where)
    with db.at_hand(recipe.seconds) as conn, gone.over(client, conn):
        at = set_id, *where
        made = tile_cache.first(recipe.shown, recipe.kind, at, lambda: recipe.make(conn, recipe.query, place), packs=recipe.packs)
        if made is not None:
            tile, now = made[0], {recipe.kind.key: made[1]}
        else:
            asked = dataclasses.replace(recipe.asked, _conn=conn)
            now = validators.states(asked, kinds)
            if not now[recipe.kind.key].version:
                return None
            box = place.box
            tile = tile_cache.of(asked, kinds, now, at, (box.west, box.south, box.east, box.north),
                                 lambda: recipe.make(conn, recipe.query, place)[:2], packs=recipe.packs)
    fresh = version is not None and version.decode() == recipe.mark.of(recipe.asked, recipe.kind, now)
    status = 304 if named is not None and etags.names(named.decode("latin-1"), tile.tag) else 200
    frame = recipe.frames.get((status, fresh))
    if frame is None or not frame.fits(line) or tile.headers:
        return None
    body = [tile.packed(tile_cache.LIGHT).data if recipe.packs else tile.plain] if status == 200 else None
    return [short_sent.opened(STATUS[status]), *short_sent.headed(frame.head, f'W/"{tile.tag}"', body)]


def _others(fields: bytes) -> bytes:
    """The header fields without the tag of what the client has."""
    return NAMED.sub(b"", fields)


# -- learning ------------------------------------------------------------------------------------
def told(asked: Asked, query: Callable[[], Query], make: Make) -> None:
    """A tile of one collection is asked for. query: what is drawn in each of them, found now, as it may look whether the city is
    there, and to learn comes after the last look; make: how."""
    if "gunicorn.socket" in request.environ:
        g.tile_told = asked, query(), make


def learn(response: Response) -> Response:
    """Learn what stands around a tile from a complete answer."""
    seen = g.get("tile_told")
    if seen is None or response.status_code not in STATUS:
        return response
    asked, query, make = seen
    line, _, fields = request.environ["gunicorn.socket"].head.partition(b"\r\n")
    found = LINE.fullmatch(line)
    # The sight is that of the request: of the past nothing is learnt, nor with any other parameter.
    others = without_hands(_others(b"\r\n" + fields))
    if found is None or others is None or len(fields) > MOST_BYTES or not set(asked.given) <= {"v"} or not plain(asked, "if-none-match"):
        return response
    if tile_cache.THINNED.name in response.headers or (response.headers.get("Content-Encoding") == "gzip") != _packs(response):
        return response
    name = found[1], found[6] is not None, others
    recipe = _recipes.get(name)
    if recipe is None or not recipe.holds:
        recipe = _recipe(name, asked, query, make)
    fresh = "immutable" in response.headers.get("Cache-Control", "")
    made, known = Frame.of(response, b"", (), line), recipe.frames.get((response.status_code, fresh))
    recipe.frames[response.status_code, fresh] = known.after(made) if known else made
    return response


def _packs(response: Response) -> bool:
    return response.status_code == 200 and bool(request.accept_encodings["gzip"])


def _recipe(name: Shape, asked: Asked, query: Query, make: Make) -> Recipe:
    if len(_recipes) >= MOST:
        _recipes.clear()
    assert asked.kind is not None
    alike = bare(asked, {k: v for k, v in asked.values.items() if k != "v"})
    packs = bool(request.accept_encodings["gzip"])
    made = _recipes[name] = Recipe(alike, asked.kind, query, make, packs, longest_s(asked), public_as(asked), present())
    return made
