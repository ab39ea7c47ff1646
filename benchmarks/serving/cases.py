"""What is asked of each server: the same features of the same places, by the addresses that each has for them."""

from __future__ import annotations

import json
import math
import random
import urllib.request
from dataclasses import dataclass, field
from typing import Any

CLASS, CITY = "streetlight", "bench"
DEEP = 4_000  # pages of 100
BOX_DEG = 0.01  # some hundred lamps
PAGES, IDS = 12_000, 60_000  # addresses of a cold case: more than are asked for, so that none comes twice
FEW = 20  # addresses of a warm one


@dataclass(frozen=True)
class Server:
    """A server under way: its address without the slash, the path of the layer, its first process."""

    name: str
    url: str
    layer: str
    pid: int
    postmaster: int | None

    def get(self, path: str, **headers: str) -> tuple[dict[str, str], bytes]:
        """Headers and body of an answer that must be 200."""
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=120) as answer:
            return dict(answer.headers), answer.read()

    def json(self, path: str) -> Any:
        return json.loads(self.get(path, Accept="application/geo+json, application/json")[1])


@dataclass
class Case:
    """One line of the table.

    paths: server → what is asked, in turn. cold: each address is asked for once. bare: of ours that keeps no tile. goal, least: × tipg. of_floor: × pgbench with the same SQL. floor: its SQL.
    """

    name: str
    title: tuple[str, str]
    paths: dict[str, list[str]]
    goal: float | None = None
    least: float | None = None
    of_floor: float | None = None
    floor: str | None = None
    cold: bool = False
    bare: bool = False
    against: str | None = None  # the case of tipg that it is compared with, where it is not this one
    headers: dict[str, dict[str, str]] = field(default_factory=dict)


def cases(servers: list[Server], rows: int) -> list[Case]:
    """Every case; SystemExit when a peer does not answer the same."""
    ours, *others = servers
    chance = random.Random(5)
    same(ours, others)

    def each(ask: Any, only: tuple[str, ...] = ()) -> dict[str, list[str]]:
        return {s.name: ask(s) for s in servers if not only or s.name in only}

    west, south, east, north = _extent(ours)
    corners = [(chance.uniform(west, east - BOX_DEG), chance.uniform(south, north - BOX_DEG)) for _ in range(PAGES)]
    ids = chance.sample(range(1, rows + 1), min(rows, IDS))
    starts = [chance.randint(1, max(2, rows - 1_000)) for _ in range(PAGES)]
    after = _cursor(ours, rows)
    made = [
        Case("items100", ("items，100 个", "items, 100"), each(lambda s: [_page(s, 100, n) for n in starts]), 25, 15, 0.35, "items100", cold=True),
        Case("items1000", ("items，1000 个", "items, 1000"), each(lambda s: [_page(s, 1000, n) for n in starts]), 14, 10, 0.5, "items1000", cold=True),
        Case("bbox", ("小范围，100 个", "small bbox, 100"), each(lambda s: [
            f"{s.layer}/items?limit=100&bbox={x:.6f},{y:.6f},{x + BOX_DEG:.6f},{y + BOX_DEG:.6f}{_j(s)}" for x, y in corners]),
            10, 7, None, "bbox", cold=True),
        Case("deep", (f"第 {DEEP} 页", f"page {DEEP:,}"), each(lambda s: [
            f"{s.layer}/items?limit=100&" + (f"cursor={after}" if s is ours else f"offset={min(rows - 100, DEEP * 100)}") + _j(s)])),
        Case("one", ("一个要素", "single feature"), each(lambda s: [f"{s.layer}/items/{n}{_j(s, '?')}" for n in ids]), 10, 5, None, "one", cold=True),
    ]
    first_pages = {n: each(lambda s, n=n: [f"{s.layer}/items?limit={n}{_j(s)}"]) for n in (100, 1000)}
    tiles = {z: _tiles(z, west, south, east, north) for z in (12, 14)}
    shown = _tile_properties(ours, tiles[14][len(tiles[14]) // 2])
    both = tuple(s.name for s in servers if s is ours or s.name == "tipg")
    for z, found in tiles.items():
        made.append(Case(f"tile{z}", (f"瓦片 z{z}，未缓存", f"tile z{z}, uncached"),
                         each(lambda s, f=found: [_tile(s, t, shown) for t in f], both), 3, 2, bare=True))
    made += [_warm(c, first_pages.get(int(c.name.removeprefix("items") or 0)) if c.name.startswith("items") else None)
             for c in made if c.cold or c.bare]
    first = tiles[14][:20]
    tag = next((v for k, v in ours.get(_tile(ours, first[0], shown))[0].items() if k.lower() == "etag"), "")
    made += [
        Case("cached", ("瓦片 z14，已缓存", "tile z14, cached"), {ours.name: [_tile(ours, t, shown) for t in first]}, 10, 5, against="tile14"),
        Case("304", ("瓦片 z14，304", "tile z14, 304"), {ours.name: [_tile(ours, first[0], shown)]}, 10, 5, against="tile14",
             headers={ours.name: {"If-None-Match": tag}})]
    return made


def _warm(case: Case, paths: dict[str, list[str]] | None) -> Case:
    """The same by the same few addresses over and over, told beside it; pages are the first ones, which everybody asks for."""
    few = paths or {name: found[:FEW] for name, found in case.paths.items()}
    return Case(f"{case.name}-warm", (f"{case.title[0]}，重复", f"{case.title[1]}, again"), few)


def _page(server: Server, limit: int, after: int) -> str:
    """The page behind an id by the quickest way that a server has: an offset would make a peer read all before it."""
    behind = f"cursor={_cursor_after(server, after)}" if server.name == "ours" else f"filter=id%3E{after}"
    return f"{server.layer}/items?limit={limit}&{behind}{_j(server)}"


def same(ours: Server, others: list[Server]) -> None:
    """SystemExit unless each gives as many features with the same properties; its own key may stand among them."""
    wanted = ours.json(f"{ours.layer}/items?limit=100")["features"]
    for other in others:
        found = other.json(f"{other.layer}/items?limit=100{_j(other)}")["features"]
        names = [set(f[0]["properties"]) - {"id"} for f in (wanted, found)]
        if len(found) != len(wanted) or names[0] != names[1]:
            raise SystemExit(f"{other.name} answers {len(found)} features, {sorted(names[0] ^ names[1])} differ")


def _j(server: Server, mark: str = "&") -> str:
    """pygeoapi answers a page unless it is asked for JSON."""
    return f"{mark}f=json" if server.name == "pygeoapi" else ""


def _extent(ours: Server) -> tuple[float, float, float, float]:
    west, south, east, north = ours.json(ours.layer)["extent"]["spatial"]["bbox"][0]
    return west, south, east, north


def _cursor(ours: Server, rows: int) -> str:
    """The cursor of a page far away: pages of 10,000 are followed to it."""
    path = f"{ours.layer}/items?limit=10000&skipGeometry=true&properties=version"
    page: dict[str, Any] = {}
    for _ in range(min(DEEP * 100, rows - 100) // 10_000):
        page = ours.json(path)
        path = next(ln["href"] for ln in page["links"] if ln["rel"] == "next").removeprefix(ours.url)
    return _cursor_after(ours, page["features"][-1]["id"])


def _cursor_after(ours: Server, id_: int) -> str:
    from api import cursor

    return cursor.encode((id_,), cursor.fingerprint(f"{ours.layer}/items", CITY, {}))


def _tiles(z: int, west: float, south: float, east: float, north: float) -> list[tuple[int, int, int]]:
    """The tiles of WebMercatorQuad within a box, as (z, column, row), in no order."""
    (left, top), (right, bottom) = _at(z, west, north), _at(z, east, south)
    found = [(z, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
    random.Random(z).shuffle(found)
    return found


def _at(z: int, lon: float, lat: float) -> tuple[int, int]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**z), int(y * 2**z)


def _tile(server: Server, tile: tuple[int, int, int], shown: list[str]) -> str:
    z, x, y = tile
    if server.name == "tipg":
        return f"{server.layer}/tiles/WebMercatorQuad/{z}/{x}/{y}?properties={','.join(shown)}"
    return f"{server.layer}/tiles/WebMercatorQuad/{z}/{y}/{x}"


def _tile_properties(ours: Server, tile: tuple[int, int, int]) -> list[str]:
    """The properties that our tiles show, so that the peer shows the same."""
    import mapbox_vector_tile

    layers = mapbox_vector_tile.decode(ours.get(_tile(ours, tile, []))[1])
    return sorted({k for layer in layers.values() for f in layer["features"] for k in f["properties"]})
