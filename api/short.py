"""The short way: plain reads by the public, in the words of what the ordinary way was seen to answer.

A small answer costs less than all that stands around it: request and response objects, routing, parameters, links. So what
stands around is learnt, once two different questions of a shape got the same but for their id or query, and used again for
requests whose header fields are the very same bytes. Whatever is not known, or goes wrong, goes the ordinary way.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from api import answer_cache, etags, filters, links, short_pages, short_sent, short_tiles
from api.formats import GEOJSON
from api.short_asked import MOST_BYTES, bare, holds, longest_s, plain, public_as
from api.short_noted import NOTED, Noted, present, without_hands
from api.short_sent import Frame
from registry import db, settings
from registry.kinds import FeatureKind
from registry.scope import Stamped
from registry.store import features
from registry.store.query import Query
from registry.store.rows import fetch

if TYPE_CHECKING:
    from api.operations import Asked

MOST = 500  # shapes of questions that are known
ID_DIGITS = 18  # of the longest id that a path may name
LINE = re.compile(rb"GET (/collections/([a-z][a-z0-9_]*)/items)(?:/([1-9][0-9]{0,%d})|\?([\w.,=&-]+)) HTTP/1\.1" % (ID_DIGITS - 1))
END = b"\r\n\r\n"
ITEM = b"/items/\x00"  # where the id of the feature stood
_numbers = count()


@dataclass
class Recipe:
    """How a shape of questions is answered. asked: such a question without what differs. frames: by whether a page follows."""

    asked: Asked
    kind: FeatureKind
    base: str
    lang: str
    seconds: int
    public: Stamped | None
    noted: Noted | None
    frames: dict[bool, Frame] = field(default_factory=dict)
    mark: short_pages.Mark = field(default_factory=short_pages.Mark)
    number: int = field(default_factory=_numbers.__next__)

    @cached_property
    def query(self) -> Query:
        """The page that is asked for, but for what differs: worked out once, as all else here that does not."""
        return Query(self.kind, self.asked.city_key, sight=self.asked.sight, limit=filters.LIMIT,
                     most_bytes=settings.integer("REGISTRY_PAGE_MB") * answer_cache.MEGABYTE)

    @cached_property
    def who(self) -> Hashable:
        """All of the public that decides what it sees."""
        return answer_cache.who(self.asked.principal)

    @cached_property
    def cached_bytes(self) -> int:
        """Most that the cache of answers holds."""
        return settings.integer("REGISTRY_ANSWER_CACHE_MB") * answer_cache.MEGABYTE

    @property
    def holds(self) -> bool:
        """Whether the public still is who it was."""
        return holds(self.public)

    @cached_property
    def one(self) -> tuple[str, dict[str, Any]]:
        """The statement of a feature, and its values but for the id."""
        return features.one_statement(self.kind, self.asked.city_key, 0, self.asked.sight)


@dataclass(frozen=True)
class Told:
    """What the ordinary way answers: the body before it is compressed, and how much of it is features; of one, its id."""

    asked: Asked
    body: bytes
    features: int
    id: int | None


_recipes: dict[tuple[bytes, bytes, bytes], Recipe] = {}


def install(app: Flask) -> None:
    """Learn from complete answers. The first of all `install`s."""
    app.extensions[NOTED] = Noted(app)
    app.after_request(_learn)
    app.after_request(short_tiles.learn)


def answer(head: bytes, client: socket.socket) -> list[bytes] | None:
    """The whole answer to the head of a request, in pieces; None where the ordinary way is to be gone."""
    way = _way(head, client)
    if way is None:
        return None
    recipe, ask = way
    try:
        if not recipe.holds:
            return None
        return ask() if recipe.noted is None else recipe.noted.through(head, client, recipe.asked, ask)
    except Exception:  # whatever it is, the ordinary way meets it again and tells it
        return None


def _way(head: bytes, client: socket.socket) -> tuple[Recipe | short_tiles.Recipe, Callable[[], list[bytes] | None]] | None:
    """How a question of a known shape is answered, and what answers it."""
    line, _, fields = head.partition(b"\r\n")
    if head.find(END) != len(head) - len(END) or len(head) > MOST_BYTES:
        return None
    others, found = without_hands(b"\r\n" + fields), LINE.fullmatch(line)
    if others is None:
        return None
    if found is None:
        return short_tiles.way(line, others, client)
    path, collection, id_, query = found.groups()
    recipe = _recipes.get((collection, short_pages.shape(query), others))
    if recipe is None:
        return None
    if id_:
        return recipe, partial(_item, recipe, line, int(id_))
    return recipe, partial(short_pages.answer, recipe, path.decode(), query, line, client)


def _item(recipe: Recipe, line: bytes, id_: int) -> list[bytes] | None:
    """One row by its key: read before anybody could look whether the client is there still."""
    frame = recipe.frames.get(False)
    if frame is None or not frame.fits(line):
        return None
    with db.at_hand(recipe.seconds) as conn:
        found = fetch(conn, recipe.one[0], {**recipe.one[1], "id": id_})
    if not found:
        return None
    text, version = found[0]
    end = '-gzip"' if frame.packed else '"'
    return [short_sent.opened(), *frame.filled([text[:-1]], b"", lambda body: f'"{etags.of_version(str(version), body)}{end}',
                                               ((ITEM, b"/items/%d" % id_),))]


# -- learning ------------------------------------------------------------------------------------
def told(asked: Asked, body: bytes, features: int, id_: int | None = None) -> None:
    """This is what a question is answered. Whether it is one to learn from is looked at when the answer is complete."""
    if "gunicorn.socket" in request.environ:
        g.told = Told(asked, body, features, id_)


def _learn(response: Response) -> Response:
    seen: Told | None = g.get("told")
    if seen is None or response.status_code != 200 or not _plain(seen):
        return response
    line, _, fields = request.environ["gunicorn.socket"].head.partition(b"\r\n")
    found, others = LINE.fullmatch(line), without_hands(b"\r\n" + fields)
    if found is None or others is None or len(line) > short_sent.LONGEST or len(fields) > MOST_BYTES:
        return response
    _, collection, id_, query = found.groups()
    if not short_sent.roomy(response, ID_DIGITS if id_ else short_sent.LONGEST - len(line)):
        return response
    learnt: tuple[bytes, bool, short_sent.Patterns] | None
    if id_:
        learnt = seen.body[seen.features:], False, [(re.compile(rb"/items/%d(?![0-9])" % int(id_)), ITEM)]
    else:
        learnt = short_pages.learnt(seen.body, seen.features, query)
    if learnt:
        tail, more, marks = learnt
        frames = _recipe((collection, short_pages.shape(query), others), seen.asked).frames
        made = Frame.of(response, tail, marks, line)
        frames[more] = frames[more].after(made) if more in frames else made
    return response


def _plain(seen: Told) -> bool:
    """Whether nothing but the path and these parameters decides on it."""
    if seen.asked.format is not GEOJSON or not plain(seen.asked):
        return False
    if seen.id is not None:
        return not seen.asked.given
    return seen.asked.validator is not None and set(seen.asked.given) <= short_pages.PARAMS


def _recipe(name: tuple[bytes, bytes, bytes], asked: Asked) -> Recipe:
    known = _recipes.get(name)
    if known is not None and known.holds:
        return known
    if len(_recipes) >= MOST:
        _recipes.clear()
    assert asked.kind is not None
    made = _recipes[name] = Recipe(bare(asked, {}), asked.kind, links.base(), g.lang, longest_s(asked), public_as(asked), present())
    return made
