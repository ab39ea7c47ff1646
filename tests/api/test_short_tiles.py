"""Tiles by the short way are those of the ordinary way, in the same words, and never older."""

from __future__ import annotations

import pytest
from editors import Writer, road, token
from test_short import FIELDS, Client, head, nothing_known, ordinary, taken  # noqa: F401  (fixtures)

from api import session, short, short_tiles, tile_cache

LAYER = "/collections/road/tiles/WebMercatorQuad"
TILES = [f"{LAYER}/12/{row}/{column}" for row in (1688, 1689, 1690) for column in (3418, 3419, 3420)]


@pytest.fixture(autouse=True)
def no_tile_known(monkeypatch):
    monkeypatch.setattr(short_tiles, "_recipes", {})
    monkeypatch.setattr(tile_cache, "CACHE", tile_cache.TileCache())


def shortly(path, fields=FIELDS[0]):
    """Status, fields and body of the short way; None where it is not gone."""
    made = short.answer(head(path, fields), Client(b""))
    if made is None:
        return None
    lines, _, body = b"".join(made).partition(b"\r\n\r\n")
    first, *said = lines.decode("latin-1").split("\r\n")
    found = {k.lower(): v for k, v in (line.split(": ", 1) for line in said)}
    assert found.get("content-length") == (str(len(body)) if first.split()[1] == "200" else None)
    return first.split()[1], *taken(found, body)


@pytest.mark.parametrize("fields", [*FIELDS, FIELDS[0] + "\r\nSec-Fetch-Mode: cors\r\nOrigin: http://there"])
def test_a_tile_is_told_in_the_same_words_kept_or_not(ordinary, fields):  # noqa: F811
    ordinary(TILES[0], fields)
    assert shortly(TILES[1], fields) is None  # one question does not tell what differs
    ordinary(TILES[1], fields)
    for path in TILES:
        assert shortly(path, fields) == ("200", *ordinary(path, fields)) == shortly(path, fields)


def test_a_kept_tile_is_learnt_from_where_nobody_remembers_that_the_city_is_there(ordinary, client):  # noqa: F811
    before = ordinary(TILES[4])
    short_tiles._recipes.clear()
    client.application.extensions[session.CITIES].clear()
    assert ordinary(TILES[4]) == before  # it was a 500: what is asked for when the connection is closed is not told


def test_a_client_that_has_the_tile_is_told_so_and_one_that_has_another_gets_it(ordinary):  # noqa: F811
    tag = ordinary(TILES[4])[0]["etag"]
    mine, anothers = (f"{FIELDS[0]}\r\nIf-None-Match: {t}" for t in (tag, 'W/"0123"'))
    other = ordinary(TILES[0])[0]["etag"]
    ordinary(TILES[4], mine), ordinary(TILES[0], f"{FIELDS[0]}\r\nIf-None-Match: {other}")
    status, fields, body = shortly(TILES[4], mine)
    assert (status, fields, body) == ("304", *ordinary(TILES[4], mine)) and body == b""
    assert shortly(TILES[4], anothers) == ("200", *ordinary(TILES[4], anothers))


@pytest.mark.parametrize("more", ['If-None-Match: "a\0"', 'If-None-Match: "a"\nAuthorization: Bearer x', 'If-None-Match: "a"\nContent-Length: 30',
                                  f'If-None-Match: "{"a" * 9_000}"', 'If-None-Match: "a"\r\nIf-None-Match: "b"', 'If-None-Match:"a"'])
def test_what_a_server_must_refuse_or_read_otherwise_is_left_to_the_ordinary_way(ordinary, more):  # noqa: F811
    for path in TILES[:2]:
        ordinary(path, f'{FIELDS[0]}\r\nIf-None-Match: "0123"')
    assert shortly(TILES[4], f'{FIELDS[0]}\r\nIf-None-Match: "4567"')
    assert shortly(TILES[4], f"{FIELDS[0]}\r\n{more}") is None


def test_a_tile_that_was_written_to_is_made_anew(ordinary, client):  # noqa: F811
    for path in TILES:
        ordinary(path)
    before = {path: shortly(path) for path in TILES}
    Writer(client, token()).made("/collections/road/items", road("SHORT-T", 120.5555))
    after = {path: shortly(path) for path in TILES}
    assert after == {path: ("200", *ordinary(path)) for path in TILES}
    assert any(after[path][2] != before[path][2] for path in TILES) and any(after[path] == before[path] for path in TILES)


def test_only_the_present_version_may_be_kept_for_good(ordinary, client):  # noqa: F811
    def current():
        return client.get(f"{LAYER}?f=tilejson").get_json()["tiles"][0].partition("?")[2]

    version = current()
    for path in TILES[:2]:
        ordinary(f"{path}?{version}"), ordinary(f"{path}?v=0")
    for mark in (version, "v=0", "v=1"):
        path = f"{TILES[3]}?{mark}"
        assert shortly(path) == ("200", *ordinary(path)) and ("immutable" in shortly(path)[1]["cache-control"]) == (mark == version)
    Writer(client, token()).made("/collections/road/items", road("SHORT-V", 120.5556))
    path = f"{TILES[3]}?{version}"
    assert shortly(path) == ("200", *ordinary(path)) and current() != version and "immutable" not in shortly(path)[1]["cache-control"]


@pytest.mark.parametrize("path", [f"{LAYER}/12/01687/3418", f"{LAYER}/12/9999999/3418", f"{LAYER}/99/0/0", f"{TILES[0]}?v=x&datetime=2020-01-01",
                                  f"{TILES[0]}?lang=en", "/collections/nothing/tiles/WebMercatorQuad/12/1687/3418", TILES[0] + "?v="])
def test_what_is_not_plainly_a_tile_goes_the_ordinary_way(ordinary, path):  # noqa: F811
    for known in TILES:
        ordinary(known)
    assert shortly(path) is None
