"""Each polygon of any answer runs by the right-hand rule (RFC 7946 §3.1.6), though every one is stored the other way round."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import shapely
from addresses import with_
from editors import Writer, token
from sqlalchemy import text

from registry import db, history
from registry.catalogue import load
from registry.store import cities, defects, ownership
from registry.store.records import Writer as Recorder
from registry.store.staging import put_many

PARKS = "/collections/park/items"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SWAPPED = (f"{EPSG}4326", f"{EPSG}4490", f"{EPSG}4549", f"{EPSG}4528")
# Answers that have polygons, of every sort of resource that gives any.
AREAS = (PARKS, f"{PARKS}?zoom-level=16", f"{PARKS}?f=geojsonseq", f"{PARKS}?as_of={{now}}", f"{PARKS}?bbox=120,29,121,31",
         f"{PARKS}/{{park}}", f"{PARKS}/{{park}}/versions/2", "/collections/park/changes?since=0", "/collections/park/download?f=geojson",
         "/collections/district/items", "/collections/built_up_area/items", "/collections/residential/items",
         "/collections/bridge/items", "/coverage/park/gaps", "/coverage/park/served", "/coverage/park/sites", "/inspections/overdue?class=bridge",
         "/defects", "/claims", "/ownerless", "/indicators/intact_rate/evidence?class=bridge&set=unrated")


@pytest.fixture(scope="module", autouse=True)
def turned(known_ids: dict[str, int]) -> Iterator[int]:
    """Every outer ring is stored clockwise; a park, whose id it is, has records of its own."""
    with db.begin() as conn:
        put_many(conn, load().kind("bridge"), cities.get(conn, "demo"), [{"code": "B3", "installed_on": dt.date(2001, 5, 1), "geom": shapely.box(120.57, 30, 120.571, 30.001)}],
                 actor="t", reason="t")
        batch = history.open_batch(conn, city="demo", kind="edit", actor="t", reason="t")
        for table in ("asset", "zone"):
            conn.execute(text(f"UPDATE {table} SET geom = ST_ForcePolygonCW(geom), version = version + 1, batch = :b, sys_from = :at "
                              "WHERE city = 'demo' AND ST_Dimension(geom) = 2"), {"b": batch.id, "at": batch.at})
        history.seal(conn, batch)
        park = conn.execute(text("SELECT id FROM asset WHERE class = 'park' AND ST_IsPolygonCW(geom)")).scalar_one()
        here, writer = (conn, "demo", load().classes["park"], park), Recorder("t", "t")
        defects.report(*here, {"kind": "破损", "found_on": "2025-05-01"}, writer)
        ownership.claim(*here, {"kind": "unclear", "claimant": "乙局", "role": "owner", "basis": "旧图"}, writer)
    yield park


@pytest.fixture(scope="module")
def chief(admin: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {admin}"}


def polygons(said: Any) -> Iterator[list[Any]]:
    """The rings of every polygon in an answer, at whatever depth."""
    if isinstance(said, dict):
        if said.get("type") in ("Polygon", "MultiPolygon") and "coordinates" in said:
            yield from [said["coordinates"]] if said["type"] == "Polygon" else said["coordinates"]
        for value in said.values():
            yield from polygons(value)
    elif isinstance(said, list):
        for value in said:
            yield from polygons(value)


def shown(answer: Any, swap: bool = False) -> int:
    """How many polygons an answer has, of which each runs as it should, seen with x = east."""
    texts = answer.text.split("\x1e")[1:] if "seq" in answer.mimetype else [answer.text]
    found = [rings for one in texts for rings in polygons(json.loads(one))]
    for rings in found:
        for n, ring in enumerate(rings):
            assert shapely.LinearRing([p[::-1] for p in ring] if swap else ring).is_ccw == (n == 0), ring
    return len(found)


def test_whatever_can_be_read_as_json_has_no_ring_the_wrong_way_round(client, readable, chief):
    answer = client.get(readable, headers={**chief, "Accept": "application/geo+json, application/json"})
    if answer.status_code == 200 and "json" in answer.mimetype:
        shown(answer)


@pytest.mark.parametrize("address", AREAS)
def test_areas_run_counterclockwise_wherever_they_are_answered(client, turned, chief, address):
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = client.get(address.format(park=turned, now=now), headers=chief)
    assert answer.status_code == 200 and shown(answer), answer.text[:500]


@pytest.mark.parametrize("crs", [*SWAPPED, f"{EPSG}3857", "GCJ-02", "BD-09"])
@pytest.mark.parametrize("address", [PARKS, f"{PARKS}?zoom-level=16", f"{PARKS}/{{park}}", f"{PARKS}/{{park}}/versions/2", "/coverage/park/gaps",
                                     "/coverage/park/sites", "/defects"])
def test_they_run_counterclockwise_on_the_map_in_every_crs(client, turned, chief, address, crs):
    answer = client.get(with_(address.format(park=turned), crs=crs), headers=chief)
    assert answer.status_code == 200 and shown(answer, swap=crs in SWAPPED), answer.text[:500]


def test_what_an_edit_answers_runs_counterclockwise_and_sent_back_changes_nothing(client, turned):
    editor = Writer(client, token())
    clockwise = json.loads(shapely.to_geojson(shapely.box(120.51, 30.02, 120.512, 30.022, ccw=False)))
    made = editor.made(PARKS, {"type": "Feature", "properties": {"code": "CW"}, "geometry": clockwise})
    assert shown(editor.last) == 1 and shapely.from_geojson(json.dumps(made["geometry"])).equals(shapely.from_geojson(json.dumps(clockwise)))
    path = f"{PARKS}/{made['id']}"
    for crs in (None, SWAPPED[2]):
        more = {"Content_Crs": f"<{crs}>"} if crs else {}
        same = editor.put(path, editor.get(f"{path}?crs={crs}" if crs else path), 1, **more)
        assert same.status_code == 200 and same.headers["ETag"].startswith('"1') and shown(same, swap=bool(crs)) == 1
    late = editor.patch(path, {"geometry": clockwise}, 7)
    assert late.status_code == 412 and list(polygons(late.json["current"])) == [made["geometry"]["coordinates"]]
