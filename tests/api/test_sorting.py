"""Sorting (Features Part 8, a draft): by any sortable, the same order on every page, whatever is written meanwhile."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import db, history
from registry.catalogue import load
from registry.store.cities import City
from registry.store.query import sortable
from registry.store.staging import put_many

ROADS = "/collections/road/items"
ROAD = load().kind("road")
TOWN = City("demo", "示范市", "Demo City", None, 4549)


def req(*names: str) -> Any:
    return pytest.mark.requirement(*(f"ogcapi-features-8/1.0/req/{n}" for n in names))


def walk(get, query: str, between=lambda page: None) -> list[dict]:
    """All features by next links; `between` is told of each page."""
    found, address = [], f"{ROADS}?{query}"
    while address:
        body = get(address)
        found += body["features"]
        between(len(found))
        address = next((ln["href"].removeprefix("http://localhost") for ln in body["links"] if ln["rel"] == "next"), None)
        assert len(found) < 500
    return found


def value(feature: dict, key: str) -> Any:
    return feature["id"] if key == "id" else feature["properties"][key]


def in_order(found: list[dict], key: str, down: bool) -> list[int]:
    known = sorted((f for f in found if value(f, key) is not None), key=lambda f: f["id"])
    known.sort(key=lambda f: value(f, key), reverse=down)
    return [f["id"] for f in known] + sorted(f["id"] for f in found if value(f, key) is None)


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("key", sortable(ROAD))
@req("features-sorting/response", "core/rc-sortby-response", "features-filter/filter-param")
def test_every_sortable_sorts_all_pages_with_empty_values_last_either_way(get, key, down):
    every = get(f"{ROADS}?limit=1000")["features"]
    found = walk(get, f"sortby={'-' if down else '%2B'}{key}&limit=7")
    assert [f["id"] for f in found] == in_order(every, key, down)


@pytest.mark.parametrize("shown", ["", "&properties=code&skipGeometry=true"])
@pytest.mark.parametrize("key", sortable(ROAD))
def test_pages_of_a_table_come_in_the_order_of_any_sortable_whether_it_is_shown_or_not(get, client, key, shown):
    found, address = [], f"{ROADS}?sortby=-{key}&limit=7&f=csv{shown}"
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        header, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
        assert {len(row) for row in rows} == {len(header)} and header[0] == "id"
        found += [int(row[0]) for row in rows]
        address = next((ln.partition(">")[0].strip(" <").removeprefix("http://localhost")
                        for ln in answer.headers["Link"].split(", <") if 'rel="next"' in ln), None)
    assert found == in_order(get(f"{ROADS}?limit=1000")["features"], key, True)


@req("sorting/sortby-definition", "sortables/defaultSortOrder-definition")
def test_the_parameter_and_the_default_order_are_told_as_the_standard_has_them(get):
    params = {p.get("name"): p for p in get("/api?f=json")["paths"][ROADS]["get"]["parameters"]}
    said = params["sortby"]
    assert (said["style"], said["explode"], said["required"], said["in"]) == ("form", False, False, "query")
    assert said["schema"]["type"] == "array" and said["schema"]["minItems"] == 1
    assert said["schema"]["items"] == {"type": "string", "pattern": r"[+\|-]?[A-Za-z_].*"}
    default = get("/collections/road")["defaultSortOrder"]
    assert default == ["id"] and set(default) <= get("/collections/road/sortables")["properties"].keys()
    ids = [f["id"] for f in get(f"{ROADS}?limit=1000")["features"]]
    assert ids == sorted(ids)


@pytest.mark.parametrize("sort", ["nothing", "geometry", "code,nothing", "code,code", "-", "", "length_surveyed", "id,code,name,state,owner"])
def test_what_is_no_sortable_is_refused_by_name(refused, sort):
    assert refused(f"{ROADS}?sortby={sort}")["errors"][0]["parameter"] == "sortby"


@pytest.mark.parametrize("key", ["updated_at", "length_m", "version"])
@pytest.mark.parametrize("wrong", ["x", True, [], {}, "2020-01-01", 1e400, "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00"])
def test_a_forged_cursor_is_refused(client, key, wrong):
    from api.cursor import encode, fingerprint

    mark = fingerprint(ROADS, "demo", {"sortby": key})
    assert client.get(ROADS, query_string={"sortby": key, "cursor": encode((wrong, 1), mark)}).status_code == 400


def write(new: list[str], gone: list[int]) -> None:
    with db.begin() as conn:
        if new:
            rows = [{"code": c, "name": c[-1], "road_class": "alley", "geom": shapely.LineString([(120.5, 30), (120.5, 30.001)])} for c in new]
            put_many(conn, ROAD, TOWN, rows, actor="t", reason="t")
        if gone:
            batch = history.open_batch(conn, city="demo", kind="edit", actor="t", reason="t")
            conn.execute(text("DELETE FROM asset WHERE class = 'road' AND id = ANY(:ids)"), {"ids": gone})
            history.seal(conn, batch)


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(sort=st.sampled_from(["id", "-id", "name", "-name,installed_on", "-length_m", "updated_at", "-updated_at,code", "state,-owner"]),
       limit=st.integers(1, 6), plan=st.lists(st.sampled_from(["new", "gone", "rest"]), min_size=2, max_size=6), serial=st.integers(0, 2**40))
def test_pages_neither_repeat_nor_miss_what_stays_while_others_come_and_go(get, sort, limit, plan, serial):
    write([f"X{serial}-{n}-{c}" for n, c in enumerate("解甲乙丁")], [])
    before = {f["id"]: f for f in get(f"{ROADS}?limit=1000")["features"]}
    passing = [i for i, f in before.items() if f["properties"]["code"].startswith("X")]
    stays = before.keys() - set(passing)
    steps = iter(plan)

    def meanwhile(so_far: int) -> None:
        step = next(steps, "rest")
        if step == "new":
            write([f"Y{serial}-{so_far}-{c}" for c in "丙解"], [])
        elif step == "gone" and passing:
            write([], [passing.pop(), *([passing.pop(0)] if passing else [])])

    try:
        seen = [f["id"] for f in walk(get, f"sortby={sort}&limit={limit}", meanwhile)]
        assert len(seen) == len(set(seen)) and stays <= set(seen)
        kept = [i for i in seen if i in stays]
        assert kept == [f["id"] for f in walk(get, f"sortby={sort}&limit=100") if f["id"] in stays]
    finally:
        write([], [f["id"] for f in get(f"{ROADS}?limit=1000")["features"] if f["properties"]["code"][0] in "XY"])
