"""Tiles that are kept are those that would be made: a write changes the tiles it touched and no other."""

from __future__ import annotations

import gzip
import itertools
import math
import random
import threading
from itertools import product

import mapbox_vector_tile
import pytest
import shapely
from editors import Writer, token
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from running import running

from api import tile_cache
from registry import db, history
from registry.catalogue import load
from registry.store import cities, layers, undo
from registry.store import tiles as store
from registry.store.staging import put_many

TILE = "/collections/{}/tiles/WebMercatorQuad/{}/{}/{}"
LEVELS = (4, 8, 11, 13)
numbers = itertools.count(1)
WHO = {"actor": "tester", "reason": "test"}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setattr(tile_cache, "CACHE", tile_cache.TileCache())


@pytest.fixture
def made(monkeypatch):
    """The tiles that were made, each time."""
    found: list[tuple[int, int, int]] = []
    original = store.layer

    def noted(conn, query, place, *more):
        found.append((place.level, place.row, place.column))
        return original(conn, query, place, *more)

    monkeypatch.setattr(store, "layer", noted)
    return found


@pytest.fixture(scope="module")
def secret(served):
    return token(no_lock=True)


@pytest.fixture
def editor(client, secret):
    return Writer(client, secret)


def tile_of(level: int, lon: float, lat: float) -> tuple[int, int, int]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return level, int(y * 2**level), int((lon + 180) / 360 * 2**level)


def around(*shapes) -> list[tuple[int, int, int]]:
    """The tiles of the levels that the boxes of the shapes lie in, and those next to them."""
    found = set()
    for level, shape in product(LEVELS, shapes):
        west, south, east, north = shape.bounds
        (_, top, left), (_, bottom, right) = tile_of(level, west, north), tile_of(level, east, south)
        found |= {(level, r, c) for r in range(top - 1, bottom + 2) for c in range(left - 1, right + 2)}
    return sorted(found)


def seen(client, kind, places) -> dict:
    """Tag and contents of each tile."""
    found = {p: client.get(TILE.format(kind, *p)) for p in places}
    return {p: (a.headers["ETag"], a.data) for p, a in found.items()}


def anew(client, kind, places) -> dict:
    """The same, as a process gives them that has kept nothing."""
    kept, tile_cache.CACHE = tile_cache.CACHE, tile_cache.TileCache()
    try:
        return seen(client, kind, places)
    finally:
        tile_cache.CACHE = kept


def shows(tile: bytes, id_: int) -> bool:
    return any(f.get("id") == id_ for layer in mapbox_vector_tile.decode(tile).values() for f in layer["features"])


def feature(code: str, shape, **properties) -> dict:
    return {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": {"code": code, **properties}}


def near_by(old, new) -> bool:
    """Whether two shapes may be drawn alike: a unit of a tile of level 13 is some 0.00001°."""
    return old.hausdorff_distance(new) < 0.0001


def put(key: str, rows) -> None:
    with db.begin() as conn:
        put_many(conn, load().kind(key), cities.get(conn, "demo"), rows, **WHO)


def test_a_tile_that_is_kept_is_told_unchanged_without_a_look_at_any_row(client, statements):
    url = TILE.format("road", *tile_of(8, 120.5, 30.0))
    first = client.get(url)
    assert first.status_code == 200 and first.data and any("ST_AsMVT" in s for s in statements)
    statements.clear()
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    assert {h: again.headers[h] for h in ("ETag", "Vary", "Cache-Control")} == {
        h: first.headers[h] for h in ("ETag", "Vary", "Cache-Control")}
    assert sum("FROM layer " in s for s in statements) == 1
    assert not [s for s in statements if "asset" in s or "zone" in s or "ST_" in s]


def test_gzip_is_for_who_asks_for_it(client):
    url = TILE.format("road", *tile_of(8, 120.5, 30.0))
    plain, packed = client.get(url), client.get(url, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data and packed.headers["ETag"] == plain.headers["ETag"]


@settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_moving_an_asset_changes_the_tiles_that_show_it_and_no_other(client, editor, data):
    lon, lat = st.floats(120.45, 120.75), st.floats(29.95, 30.15)
    near = st.floats(-0.02, 0.02)

    def line():
        x, y = data.draw(lon), data.draw(lat)
        return shapely.LineString([(x, y), (x + data.draw(near) + 0.021, y + data.draw(near))])

    old, new = line(), line()
    code = f"M{next(numbers)}"
    made = editor.made("/collections/road/items", feature(code, old, road_class="branch"))
    places = around(old, new)
    before = seen(client, "road", places)
    path = f"/collections/road/items/{made['id']}"
    assert editor.patch(path, {"geometry": shapely.geometry.mapping(new)}, 1).status_code in (200, 204), editor.last.text
    after = seen(client, "road", places)
    assert after == anew(client, "road", places)  # what was kept is what another process makes
    changed = {p for p in places if before[p][0] != after[p][0]}
    assert changed == {p for p in places if before[p][1] != after[p][1]}
    shown = {p for p in places if shows(before[p][1], made["id"]) or shows(after[p][1], made["id"])}
    assert changed <= shown  # what shows it neither before nor after has the tag it had
    assert {p for p in shown if p[0] == 13} <= changed and changed or near_by(old, new)
    assert editor.delete(path, "*").status_code in (200, 204), editor.last.text


@pytest.mark.parametrize("level", [13, 14, 16])
def test_a_value_that_none_had_before_changes_no_tile_that_does_not_show_it(client, editor, level):
    here, there = shapely.Point(120.51, 30.011), shapely.Point(120.75, 30.15)
    editor.made("/collections/manhole/items", feature(f"H{level}", here))
    far = editor.made("/collections/manhole/items", feature(f"T{level}", there))
    place = [tile_of(level, here.x, here.y)]
    before = seen(client, "manhole", place)
    said = {13: {"name": "井"}, 14: {"owner": "水务"}, 16: {"has_net": True}}[level]
    assert editor.patch(f"/collections/manhole/items/{far['id']}", {"properties": said}, 1).status_code in (200, 204), editor.last.text
    assert seen(client, "manhole", place) == anew(client, "manhole", place) == before


def test_what_comes_beside_a_tile_does_not_change_the_order_in_it(client):
    rng = random.Random(3)

    def lamps(name, count, west):
        put("streetlight", [{"code": f"{name}{n}", "geom": shapely.Point(west + rng.uniform(0, 0.02), 30.06 + rng.uniform(0, 0.02))} for n in range(count)])

    lamps("IN", 3000, 120.60)
    places = [tile_of(level, 120.6001, 30.0601) for level in (14, 15)]
    before = anew(client, "streetlight", places)
    lamps("BESIDE", 3000, 120.625)  # the pages of the index are divided
    assert anew(client, "streetlight", places) == before


def test_only_the_tiles_that_were_touched_are_made_again(client, editor, made):
    old, new = shapely.Point(120.5104, 30.0003), shapely.Point(120.5904, 30.0503)
    lamp = editor.made("/collections/streetlight/items", feature("MOVED", old))
    places = around(old, new)
    seen(client, "streetlight", places)
    made.clear()
    assert seen(client, "streetlight", places) and made == []
    editor.patch(f"/collections/streetlight/items/{lamp['id']}", {"geometry": shapely.geometry.mapping(new)}, 1)
    made.clear()
    seen(client, "streetlight", places)
    for level in LEVELS:
        assert {p for p in made if p[0] == level} >= {tile_of(level, old.x, old.y), tile_of(level, new.x, new.y)}
    assert len([p for p in made if p[0] == 13]) <= 8 < len([p for p in places if p[0] == 13])  # two, or at a corner eight
    assert editor.delete(f"/collections/streetlight/items/{lamp['id']}", 2).status_code in (200, 204)


def test_an_edit_of_one_class_leaves_the_tiles_of_another_as_they_were(client, editor, made):
    at = shapely.Point(120.52, 30.01)
    places = around(at)
    seen(client, "road", places)
    editor.made("/collections/toilet/items", feature("T-1", at))
    made.clear()
    seen(client, "road", places)
    assert made == []


def test_a_load_of_many_and_its_undo_are_seen_at_once(client):
    places = around(shapely.box(120.60, 30.00, 120.66, 30.06))
    empty = seen(client, "manhole", places)
    put("manhole", [{"code": f"B{n}", "geom": shapely.Point(120.60 + n % 50 / 1000, 30.00 + n // 50 / 1000)} for n in range(2_500)])
    full = seen(client, "manhole", places)
    assert full == anew(client, "manhole", places) and full != empty
    with db.begin() as conn:
        last = conn.exec_driver_sql("SELECT max(id) FROM batch").scalar_one()
        undo.carry_out(conn, undo.examine(conn, last), **WHO)
    assert seen(client, "manhole", places) == empty


def test_an_edit_that_is_rolled_back_changes_nothing(client, editor, made):
    at = shapely.Point(120.53, 30.02)
    places = around(at)
    before = seen(client, "streetlight", places)
    with pytest.raises(ZeroDivisionError), db.begin() as conn:
        put_many(conn, load().kind("streetlight"), cities.get(conn, "demo"), [{"code": "NO", "geom": at}], **WHO)
        raise ZeroDivisionError
    made.clear()
    assert seen(client, "streetlight", places) == before and made == []


@pytest.mark.parametrize("when", ["before the rows are read", "after the rows are read"])
def test_what_is_read_beside_a_writer_is_never_kept_for_newer_than_it_is(client, monkeypatch, when):
    at = shapely.Point(120.54, 30.03)
    place = tile_of(14, at.x, at.y)
    original = store.layer
    code = f"W{len(when)}"

    def beside(*told):
        if when.startswith("before"):
            put("streetlight", [{"code": code, "geom": at}])
        found = original(*told)
        if when.startswith("after"):
            put("streetlight", [{"code": code, "geom": at}])
        return found

    monkeypatch.setattr(store, "layer", beside)
    client.get(TILE.format("streetlight", *place))
    monkeypatch.setattr(store, "layer", original)
    assert code.encode() in client.get(TILE.format("streetlight", *place)).data


def test_an_edit_through_a_view_is_seen(client):
    at = shapely.Point(120.5, 30)
    places = around(at)
    before = seen(client, "streetlight", places)
    with db.begin() as conn:
        conn.exec_driver_sql("UPDATE layers.streetlight SET geom = ST_SetSRID(ST_Point(120.5102, 30.0101), 4490) WHERE code = 'L0'")
    after = seen(client, "streetlight", places)
    assert after != before and after == anew(client, "streetlight", places)


def test_what_is_restored_is_of_no_version_that_was(client, made):
    places = around(shapely.Point(120.5, 30))
    before = seen(client, "road", places)
    with db.begin() as conn:
        held = layers.states(conn, "demo", ["road", "bridge"])
        conn.exec_driver_sql("SELECT registry_renew_layers()")
        now = layers.states(conn, "demo", ["road"])["road"]
    assert now.born == now.version == now.floor > held["road"].version
    made.clear()
    assert seen(client, "road", places) == before and set(made) == set(places)


def test_eyes_do_not_share_what_is_kept(client, served):
    """A token of one district and the public have tiles of their own; two tokens of one scope share them."""
    place = TILE.format("road", *tile_of(12, 120.6, 30.0))
    one, other = (Writer(client, token("reader", name, districts=("330602",))) for name in ("甲", "乙"))
    public, limited = client.get(place), one.send("GET", place)
    assert limited.data != public.data and limited.headers["ETag"] != public.headers["ETag"]
    assert "private" in limited.headers["Cache-Control"] and "private" not in public.headers["Cache-Control"]
    kept = len(tile_cache.CACHE)
    assert other.send("GET", place).data == limited.data and len(tile_cache.CACHE) == kept
    assert client.get(place).data == public.data


def test_a_filter_and_a_moment_have_tiles_of_their_own(client):
    place = TILE.format("road", *tile_of(12, 120.5, 30.0))
    every = {client.get(place + more).headers["ETag"] for more in ("", "?state=damaged", "?as_of=2001-01-01", "?q=R001")}
    assert len(every) == 4


def test_a_tile_of_the_present_version_may_be_kept_for_good(app, client, editor):
    from flask import g

    def version() -> str:
        with app.test_request_context("/collections/road"):
            from contextlib import ExitStack

            from api import operations

            with ExitStack() as stack:
                declared = operations.OPERATIONS["collection"]
                g.lang = "zh"
                asked = operations.Asked(declared, declared.formats[0], {}, {}, stack)
                operations._read(asked, {"collection": "road"})
                return tile_cache.versioned(asked, [asked.kind])["v"]

    place = TILE.format("road", *tile_of(14, 120.5, 30.0))
    v = version()
    kept = client.get(f"{place}?v={v}")
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(f"{place}?v=old").headers["Cache-Control"] == "no-cache"
    again = client.get(f"{place}?v={v}", headers={"If-None-Match": kept.headers["ETag"]})
    assert again.status_code == 304 and "immutable" in again.headers["Cache-Control"]
    editor.made("/collections/road/items", feature("V-1", shapely.LineString([(120.5, 30), (120.6, 30)]), road_class="branch"))
    assert version() != v
    late = client.get(f"{place}?v={v}")
    assert late.headers["Cache-Control"] == "no-cache" and b"V-1" in late.data
    private = editor.send("GET", f"{place}?v={v}").headers["Cache-Control"]
    assert "public" not in private


def test_a_tile_that_many_want_at_once_is_made_once(app, made, monkeypatch):
    slow, original = threading.Event(), store.layer
    monkeypatch.setattr(store, "layer", lambda *given: slow.wait(0.5) or original(*given))
    path = TILE.format("road", *tile_of(11, 120.5, 30.0))
    told: list[bytes] = []
    asking = [threading.Thread(target=lambda: told.append(app.test_client().get(path).data)) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(told) == 4 and len(set(told)) == 1 and len(made) == 1


def test_a_tile_that_could_not_be_made_is_made_for_the_next_who_waits(client, monkeypatch):
    path, original = TILE.format("road", *tile_of(11, 120.5, 30.0)), store.layer
    monkeypatch.setattr(store, "layer", lambda *_: 1 / 0)
    assert client.get(path).status_code == 500
    monkeypatch.setattr(store, "layer", original)
    assert client.get(path).status_code == 200 and not tile_cache.CACHE.making._under_way


def test_the_cache_keeps_to_its_bytes():
    cache = tile_cache.TileCache()
    for n in range(100):
        cache.keep(str(n), tile_cache.made_of(bytes(n), {}, {"road": 1}), 20_000)
        assert cache.bytes <= 20_000
    assert cache.find("99") and cache.find("0") is None and 10 < len(cache) < 20
    cache.keep("large", tile_cache.Tile(bytes(10_000), "t", {}), 20_000)
    assert cache.find("large") is None and cache.find("99")
    for n in range(100):
        cache.drop(str(n))
    assert cache.bytes == 0 == len(cache)


def test_coarse_places_are_followed_as_far_as_they_are_moved(client, editor, tmp_path, monkeypatch):
    """A public that sees cells of 0.05° is shown the point in the middle of the cell, tiles away from where it is."""
    file = tmp_path / "public.toml"
    file.write_text("[classes.streetlight]\ncoarse_degrees = 0.05\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    at, to = shapely.Point(120.701, 30.101), shapely.Point(120.749, 30.149)
    places = around(shapely.box(120.69, 30.09, 120.76, 30.16))
    lamp = editor.made("/collections/streetlight/items", feature("COARSE", at))
    before = seen(client, "streetlight", places)
    editor.patch(f"/collections/streetlight/items/{lamp['id']}", {"geometry": shapely.geometry.mapping(shapely.Point(120.76, 30.16))}, 1)
    after = seen(client, "streetlight", places)
    assert after == anew(client, "streetlight", places) and after != before
    editor.patch(f"/collections/streetlight/items/{lamp['id']}", {"geometry": shapely.geometry.mapping(to)}, 2)
    assert seen(client, "streetlight", places) == anew(client, "streetlight", places)


def test_a_batch_left_open_in_a_dry_run_keeps_no_writer_waiting(served):
    with db.connect() as conn:
        batch = history.open_batch(conn, city="demo", kind="edit", **WHO, mapping={"dry_run": True})
        conn.exec_driver_sql(f"UPDATE asset SET version = version + 1, batch = {batch.id}, sys_from = '{batch.at.isoformat()}' "
                             "WHERE class = 'streetlight' AND code = 'L1'")
        assert conn.exec_driver_sql(f"SELECT count(*) FROM layer WHERE batch = {batch.id}").scalar_one() == 0
        conn.rollback()


def test_two_processes_agree_before_and_after_an_edit(served, secret, tmp_path):
    place = TILE.format("streetlight", *tile_of(13, 120.5004, 30.0004))

    def tags(service) -> set[bytes]:
        answers = [service.get(place, "Accept-Encoding: gzip\r\n") for _ in range(12)]
        assert {a[0] for a in answers} == {200}
        return {line for a in answers for line in a[1].split(b"\r\n") if line.lower().startswith(b"etag:")}

    with running(tmp_path, workers=2) as service:
        before = tags(service)
        put("streetlight", [{"code": "TWO", "geom": shapely.Point(120.5004, 30.0004)}])
        after = tags(service)
    assert len(before) == len(after) == 1 and before != after
