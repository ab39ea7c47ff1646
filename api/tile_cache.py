"""The tile cache: compressed tiles of this process, dropped exactly where a write touched, never older than their version."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from threading import Lock

from flask import Response, request

from api import answers, etags, validators
from api.answers import Answer
from api.lru import Lru
from api.operations import Asked, Header
from api.params import Param
from registry import settings
from registry.kinds import FeatureKind
from registry.scope import beside, eyes
from registry.store import layers
from registry.store.layers import Box, Layer

MEGABYTE = 2**20
YEAR_S = 31_536_000
# Of a tile's sides, beyond its edge: more than is drawn there, and than a cell of points that are drawn as one reaches.
AROUND = 1 / 8
LIGHT, BEST, LARGE = 1, 6, 200_000  # levels of gzip; from so many bytes on never more than the light one
V_PARAM = Param("v", "瓦片地址模板里的版本：与当前版本相符的回答可以一直缓存|The version that templates of tiles carry: an answer of the "
                "present one may be kept for good", {"type": "string", "maxLength": 64}, str)
THINNED = Header("Tile-Thinned", "放不下全部要素时：画出的个数 of 总数，多图层时前加图层名|Where a tile cannot hold all features: drawn "
                 "of how many, after the layer's name where there are several")


@dataclass(frozen=True)
class Tile:
    """A tile. data: compressed at this level of gzip, as it was made where that is 0. tag: of its contents, the same in
    every process. versions: of each layer it is made of, as of which it was good last. headers: what is told beside it."""

    data: bytes
    tag: str
    versions: Mapping[str, int]
    headers: Mapping[str, str] = field(default_factory=dict)
    level: int = 0

    @property
    def weight(self) -> int:
        return len(self.data) + 1_000  # what its key and the objects take, about

    @property
    def plain(self) -> bytes:
        return gzip.decompress(self.data) if self.level else self.data

    def packed(self, level: int) -> Tile:
        """The same, compressed as well as this level does; a large one would take too long at more than the light one."""
        if self.level >= level:
            return self
        plain = self.plain
        return replace(self, data=gzip.compress(plain, LIGHT if len(plain) > LARGE else level, mtime=0), level=level)


def made_of(body: bytes, headers: Mapping[str, str], versions: Mapping[str, int]) -> Tile:
    """A tile of these bytes."""
    made = hashlib.sha256(body)
    made.update(json.dumps(sorted(headers.items())).encode())
    return Tile(body, made.hexdigest()[:32], versions, headers)


class Touched:
    """What was touched of each layer since a version, read once for all tiles."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[tuple[str, str], tuple[int, int, list[tuple[int, Box]]]] = {}  # from, until, boxes

    def since(self, asked: Asked, key: str, version: int, now: Layer) -> list[Box] | None:
        """The boxes touched after a version up to that of `now`; None where that is not known any more."""
        if not now.floor <= version <= now.version:
            return None
        place = asked.city_key, key
        with self._lock:
            start, until, boxes = self._known.get(place, (version, version, []))
        if start > version:
            start, until, boxes = version, version, []
        if until < now.version:
            found = layers.touched(asked.conn, *place, until, now.version)
            if found is None or len(boxes) + len(found) > layers.MOST:
                start, boxes = now.version, []
            else:
                boxes = [*boxes, *found]
            with self._lock:
                self._known[place] = start, now.version, boxes
        return None if start > version else [box for at, box in boxes if at > version]


class Making:
    """What is being made at this moment: whoever wants the same waits until it is there, instead of making it as well."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[str, tuple[Lock, list[None]]] = {}  # and one for each that makes or waits

    @contextmanager
    def alone(self, key: str) -> Iterator[None]:
        """One after the other, of those that make the same."""
        with self._lock:
            own, wanted = self._under_way.setdefault(key, (Lock(), []))
            wanted.append(None)
        try:
            with own:
                yield
        finally:
            with self._lock:
                wanted.pop()
                if not wanted:
                    del self._under_way[key]


class TileCache(Lru[Tile]):
    """Tiles by what they show, what was touched since they were made, and which are being made."""

    def __init__(self) -> None:
        super().__init__()
        self.touched = Touched()
        self.making = Making()


CACHE = TileCache()


def serve(asked: Asked, kinds: Sequence[FeatureKind], place: Sequence[object], box: Box,
          make: Callable[[], tuple[bytes, Mapping[str, str]]]) -> Answer | Response:
    """The answer that is a tile of these kinds. make: its bytes, and headers to tell beside them.

    place: matrix set, level, row and column. box: its edges, west, south, east, north in degrees, without a margin.
    The versions are read before the rows are, so that what is kept is never older than what it is kept under.
    """
    packs = bool(request.accept_encodings["gzip"])
    found = validators.states(asked, kinds)
    return _answer(asked, of(asked, kinds, found, place, box, make, packs=packs), validators.mark(asked, kinds, found), packs=packs)


def of(asked: Asked, kinds: Sequence[FeatureKind], found: Mapping[str, Layer], place: Sequence[object], box: Box,
       make: Callable[[], tuple[bytes, Mapping[str, str]]], *, packs: bool) -> Tile:
    """The tile as of these layers. packs: whether it is sent compressed."""
    key = _key(shown(asked, kinds), place)
    around = _wider(asked, kinds, box)
    tile = _still_good(asked, kinds, key, found, around)
    if tile is None:
        with _alone(key):
            tile = _still_good(asked, kinds, key, found, around) or _new(kinds, key, found, make, packs=packs)
    elif packs and tile.level < BEST:  # most tiles of a look around are asked for once; this one is worth being made small
        tile = tile.packed(BEST)
        _keep(key, tile)
    return tile


def first(what: str, kind: FeatureKind, place: Sequence[object], make: Callable[[], tuple[bytes, Mapping[str, str], Layer]],
          *, packs: bool) -> tuple[Tile, Layer] | None:
    """A tile of which none is kept, with the state of what it is drawn from as `make` tells it: to ask for that before would be
    another question. None where one is kept, or the layer is nobody's.

    what: as `shown` has it, of a sight in which no zones decide as well.
    """
    key = _key(what, place)
    if CACHE.find(key) is not None:
        return None
    with _alone(key):
        if CACHE.find(key) is not None:
            return None
        body, headers, state = make()
        return (_made(key, body, headers, {kind.key: state}, packs=packs), state) if state.version else None


def _alone(key: str) -> AbstractContextManager[None]:
    return CACHE.making.alone(key) if settings.integer("REGISTRY_TILE_CACHE_MB") else nullcontext()


def _new(kinds: Sequence[FeatureKind], key: str, found: Mapping[str, Layer], make: Callable[[], tuple[bytes, Mapping[str, str]]],
         *, packs: bool) -> Tile:
    body, headers = make()
    return _made(key, body, headers, found, packs=packs, kept=all(found[k.key].version for k in kinds))


def _made(key: str, body: bytes, headers: Mapping[str, str], found: Mapping[str, Layer], *, packs: bool, kept: bool = True) -> Tile:
    """kept: not of a city that is not there, or it could fill the cache."""
    tile = made_of(body, headers, {k: layer.version for k, layer in found.items()})
    if packs:
        tile = tile.packed(LIGHT)
    if kept:
        _keep(key, tile)
    return tile


def _keep(key: str, tile: Tile) -> None:
    CACHE.keep(key, tile, settings.integer("REGISTRY_TILE_CACHE_MB") * MEGABYTE)


def versioned(asked: Asked, kinds: Sequence[FeatureKind]) -> dict[str, str]:
    """What a template of tiles of these kinds carries, so that what is fetched by it may be kept for good."""
    return {V_PARAM.name: validators.mark(asked, kinds, validators.states(asked, kinds))}


def shown(asked: Asked, kinds: Sequence[FeatureKind]) -> str:
    """All that decides on the tiles of these kinds, but for their places."""
    filters = sorted((k, v) for k, v in asked.given.items() if k not in (V_PARAM.name, "f", "lang", "city"))
    return validators.digest(asked.city_key, [k.key for k in kinds], filters, eyes(asked.sight, kinds), validators.edition())


def _key(what: str, place: Sequence[object]) -> str:
    return f"{what}/{'/'.join(map(str, place))}"


def _still_good(asked: Asked, kinds: Sequence[FeatureKind], key: str, found: Mapping[str, Layer], box: Box) -> Tile | None:
    tile = CACHE.find(key)
    if tile is None:
        return None
    now = {k: layer.version for k, layer in found.items()}
    if tile.versions == now:
        return tile
    # The past is seen by what is known today, and a zone decides of things that reach beyond it.
    exact = asked.sight.as_of is not None or any(tile.versions[k] != now[k] for k in beside(asked.sight))
    if exact or any(_touches(asked, k.key, tile.versions[k.key], found[k.key], box) for k in kinds):
        CACHE.drop(key)
        return None
    carried = replace(tile, versions=now)
    _keep(key, carried)
    return carried


def _touches(asked: Asked, key: str, version: int, now: Layer, box: Box) -> bool:
    if version == now.version:
        return False
    boxes = CACHE.touched.since(asked, key, version, now)
    west, south, east, north = box
    return boxes is None or any(w <= east and e >= west and s <= north and n >= south for w, s, e, n in boxes)


def _wider(asked: Asked, kinds: Sequence[FeatureKind], box: Box) -> Box:
    """With all that can show in it: what is drawn beyond the edge, and coarse places, which stand elsewhere in their cell."""
    west, south, east, north = box
    coarse = max((asked.principal.mask(k.key).coarse_degrees or 0.0 for k in kinds), default=0.0)
    wide, high = (east - west) * AROUND + coarse, (north - south) * AROUND + coarse
    return west - wide, south - high, east + wide, north + high


def _answer(asked: Asked, tile: Tile, current: str, *, packs: bool) -> Answer | Response:
    headers = dict(tile.headers)
    if asked.values.get(V_PARAM.name) == current:
        shared = "private" if asked.principal.token is not None else "public"
        headers["Cache-Control"] = f"{shared}, max-age={YEAR_S}, immutable"
    if etags.known(request, tile.tag):
        made = answers.unchanged(tile.tag)
        made.headers.update(headers)
        return made
    if packs:
        headers["Content-Encoding"] = "gzip"
    return Answer(body=tile.packed(LIGHT).data if packs else tile.plain, headers=headers, etag=tile.tag)
