"""Editing as people do it: wrong values are all named, nothing sent back is a change, a scope has a border."""

from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import quote

import pytest
import shapely
from editors import Writer, problem, road, token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import db
from registry.catalogue import load

ROADS = "/collections/road/items"
WEST, EAST = 120.5, 120.7  # districts 330602 and 330603 meet at 120.6


@pytest.fixture
def made(editor: Writer, request: pytest.FixtureRequest) -> dict[str, Any]:
    return editor.made(ROADS, road(f"T-{abs(hash(request.node.nodeid))}", WEST, name="旧名"))


def path(feature: dict[str, Any]) -> str:
    return f"{ROADS}/{feature['id']}"


def batches() -> list[Any]:
    with db.connect() as conn:
        return list(conn.execute(text("SELECT id, kind, actor, reason, mapping, counts FROM batch ORDER BY id")))


# -- what is sent --------------------------------------------------------------------------------
@pytest.mark.parametrize("body, place", [
    (b"", "line 1, column 1"), (b"{", "line 1, column 2"), (b'{"a":1,\n "b":}', "line 2, column 6"), (b"\xff{}", "byte 0"),
    (b'{"properties": {"name": NaN}}', "line 1, column 25"), (b'{"a": -Infinity}', "line 1, column 7"),
    (b'{"properties": {"name": "a",\n"name": "b"}}', "line 2, column 1"),
    (b'{"x": [{"name": 1}, {"name": 2}], "x": "\\"x\\": "}', "line 1, column 35"),
    (b'{"a": ' + b"9" * 5000 + b"}", "line 1, column 7"), (b"[" * 100_000, "32 levels"),
    (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", "32 levels")])
def test_what_is_not_json_is_refused_with_its_place(editor, made, body, place):
    assert place in problem(editor.patch(path(made), body, 1), 400)["en"]


@pytest.mark.parametrize("body", [[], "x", 1, None, {"type": "Point"}, {"properties": []}, {"properties": "x"},
                                  {"type": "FeatureCollection", "features": []}, {"type": "Feature", "crs": {"properties": 1}}])
def test_what_is_no_feature_is_refused(editor, made, body):
    problem(editor.post(ROADS, json.dumps(body)), 400)
    problem(editor.patch(path(made), json.dumps(body), 1), 400)


def test_many_features_at_once_are_shown_the_way_to_transactions(editor):
    body = {"type": "FeatureCollection", "features": [road("A"), road("B")]}
    assert "/transactions" in problem(editor.post(ROADS, body), 400)["detail"]


def test_every_wrong_field_is_named_with_value_and_reason_in_both_languages(editor, made):
    wrong = {"lanes": "many", "surface": "cheese", "installed_on": "2020-13-01", "width_m": -1, "nothing": 1, "is_key": 7,
             "name": "x" * 201, "owner": ["a"], "start_name": {"a": 1}, "end_name": True, "sweeping_per_day": 10**400}
    body = problem(editor.patch(path(made), {"properties": wrong, "geometry": {"type": "Point", "coordinates": [120.5, 30]}}, 1), 422)
    told = {e["field"]: e["code"] for e in body["errors"]}
    assert told == {"lanes": "type", "surface": "unknown_code", "installed_on": "date", "width_m": "range",
                    "nothing": "unknown_field", "is_key": "type", "name": "length", "owner": "type", "start_name": "type",
                    "end_name": "type", "sweeping_per_day": "range", "geometry": "geometry_type"}
    assert all(e["zh"] and e["en"] for e in body["errors"])
    assert editor.get(path(made))["properties"]["version"] == 1


@pytest.mark.parametrize("geometry, code", [
    (None, "empty_geometry"), ({}, "not_geojson"), ("x", "not_geojson"), ({"type": "LineString", "coordinates": []}, "empty_geometry"),
    ({"type": "LineString", "coordinates": [[120.5, 30]]}, "not_geojson"), ({"type": "LineString"}, "not_geojson"),
    ({"type": "LineString", "coordinates": [[120.5, "30"], [1, 2]]}, "not_geojson"),
    ({"type": "LineString", "coordinates": [[10**400, 30], [1, 2]]}, "not_geojson"),
    ({"type": "LineString", "coordinates": [[500000, 3300000], [500001, 3300001]]}, "bad_coordinates"),
    ({"type": "LineString", "coordinates": [[10, 30], [11, 30]]}, "outside_city"),
    ({"type": "LineString", "coordinates": [[120.5, 30], [120.5, 30]]}, "invalid_geometry")])
def test_a_geometry_is_judged_as_that_of_a_file(editor, geometry, code):
    body = road("G") | {"geometry": geometry}
    assert [(e["field"], e["code"]) for e in problem(editor.post(ROADS, body), 422)["errors"]] == [("geometry", code)]


def test_what_a_class_needs_is_demanded_of_new_features_and_cannot_be_taken_away(editor, made):
    assert {e["code"] for e in problem(editor.post(ROADS, road("")), 422)["errors"]} == {"missing_code"}
    assert problem(editor.post(ROADS, {"type": "Feature", "properties": None}), 422)["errors"][0]["code"] == "missing_code"
    for change in ({"code": None}, {"code": " "}):
        assert problem(editor.patch(path(made), {"properties": change}, 1), 422)["errors"][0]["code"] == "missing_code"
    without = {k: v for k, v in made.items() if k != "geometry"}
    assert problem(editor.put(path(made), without, 1), 422)["errors"][0]["code"] == "missing_geometry"


def test_values_are_read_as_those_of_a_file(editor, made):
    sent = {"surface": "沥青", "state": "破　损", "lanes": "4", "installed_on": "2020年5月1日", "is_key": "是", "name": " 解放路 ",
            "width_m": "12.5", "owner": "****"}
    found = json.loads(editor.patch(path(made), {"properties": sent}, 1).data)["properties"]
    assert [found[k] for k in ("surface", "state", "lanes", "installed_on", "is_key", "name", "width_m", "owner")] == [
        "asphalt", "damaged", 4, "2020-05-01", True, "解放路", 12.5, None]


def test_a_code_in_use_is_refused_with_the_one_that_has_it(editor, made):
    other = editor.made(ROADS, road(f"OTHER-{made['id']}"))
    taken = other["properties"]["code"]
    for answer in (editor.post(ROADS, road(taken)), editor.patch(path(made), {"properties": {"code": taken}}, 1),
                   editor.put(path(made), road(taken), 1)):
        body = problem(answer, 409)
        assert taken in body["detail"] and body["other"] == {"collection": "road", "id": other["id"]}
    east = Writer(editor.client, token(districts=("330603",)))
    body = problem(east.post(ROADS, road(taken, EAST)), 409)
    assert "other" not in body and str(other["id"]) not in body["detail"]  # what is not seen is not told


# -- nothing changes -----------------------------------------------------------------------------
SHAPES = {"point": shapely.Point(120.51, 30.01), "line": shapely.LineString([(120.51, 30.01), (120.513, 30.0123456789)]),
          "polygon": shapely.box(120.51, 30.01, 120.5123, 30.0145678912)}


@pytest.mark.parametrize("key", [k.key for k in load().kinds])
@pytest.mark.parametrize("filled", [False, True])
def test_a_feature_of_every_class_put_back_as_it_was_read_writes_nothing(editor, key, filled):
    kind = load().kind(key)
    sample = {"text": "值", "integer": 3, "number": 2.5, "boolean": True, "date": "2019-05-01"}
    needed = {f.key for f in kind.fields if f.required or f.column in ("code", "name")}
    properties = {f.key: f.codes.values[0] if f.codes else sample[f.type] for f in kind.fields
                  if (filled or f.key in needed) and not f.zone and f.column not in ("valid_to",)}
    properties |= {f.key: f.minimum for f in kind.fields if f.key in properties and f.minimum and f.type in ("integer", "number")}
    properties |= {f.key: f"NOOP{filled}" for f in kind.fields if f.column == "code"}
    for n, geometry in enumerate(kind.geometry):
        properties |= {f.key: f"NOOP{filled}{n}" for f in kind.fields if f.column == "code"}
        body = {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(SHAPES[geometry]))}
        found = editor.made(f"/collections/{key}/items", body)
        there, before = f"/collections/{key}/items/{found['id']}", len(batches())
        read = editor.get(there)
        answer = editor.put(there, read, 1)
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"'), answer.text[:500]
        high = [*read["geometry"]["coordinates"], 7.0] if geometry == "point" else read["geometry"]["coordinates"]
        again = editor.put(there, read | {"geometry": {**read["geometry"], "coordinates": high}}, 1)
        assert again.headers["ETag"] == '"1"' and editor.patch(there, read, 1).headers["ETag"] == '"1"'
        assert len(batches()) == before
        assert editor.delete(there, 1).status_code == 204


def test_a_derived_length_sent_back_with_a_moved_line_is_derived_anew(editor, made):
    length = made["properties"]["length_m"]
    longer = {**made, "geometry": {"type": "LineString", "coordinates": [[WEST, 30.0], [WEST, 30.008]]}}
    found = json.loads(editor.put(path(made), longer, 1).data)["properties"]
    assert found["length_m"] == pytest.approx(2 * length, rel=1e-5) and found["length_surveyed"] is False
    found = json.loads(editor.patch(path(made), {"properties": {"length_m": 900}}, 2).data)["properties"]
    assert (found["length_m"], found["length_surveyed"]) == (900, True)
    found = json.loads(editor.patch(path(made), {"geometry": made["geometry"]}, 3).data)["properties"]
    assert (found["length_m"], found["length_surveyed"]) == (900, True)  # a survey stays
    found = json.loads(editor.patch(path(made), {"properties": {"length_m": None}}, 4).data)["properties"]
    assert found["length_m"] == pytest.approx(length) and found["length_surveyed"] is False


def test_a_default_that_is_sent_back_is_not_stored(editor, made):
    assert made["properties"]["is_key"] is False
    editor.put(path(made), made, 1)
    editor.patch(path(made), {"properties": {"is_key": "否", "name": "x"}}, 1)
    with db.connect() as conn:
        assert conn.execute(text("SELECT attrs FROM asset WHERE id = :i"), {"i": made["id"]}).scalar_one() == {}


def test_a_dry_run_tells_what_would_be_and_writes_nothing(editor, made):
    before = batches()
    tried = editor.post(f"{ROADS}?dry-run=true", road(f"DRY-{made['id']}"))
    assert tried.status_code == 200 and "Location" not in tried.headers
    assert json.loads(tried.data)["properties"]["length_m"] > 400
    assert json.loads(editor.patch(f"{path(made)}?dry-run=true", {"properties": {"name": "x"}}, 1).data)["properties"]["name"] == "x"
    assert editor.delete(f"{path(made)}?dry-run=true", 1).status_code == 204
    problem(editor.post(f"{ROADS}?dry-run=true", road("")), 422)
    assert editor.get(path(made))["properties"]["version"] == 1 and batches() == before


# -- who and why ---------------------------------------------------------------------------------
@pytest.mark.parametrize("reason, kept", [
    (quote("修正路名"), "修正路名"), ("修正路名".encode().decode("latin-1"), "修正路名"), ("plain 100%", "plain 100%"), (None, "日常维护")])
def test_the_batch_says_who_and_why(editor, made, reason, kept):
    editor.patch(path(made), {"properties": {"name": f"n{kept}"}}, 1, **({"Registry-Reason": reason} if reason else {}))
    last = batches()[-1]
    assert (last.kind, last.actor, last.reason, last.mapping) == ("api", "张三", kept, None)
    assert last.counts["changed"] == 1


def test_without_lock_a_token_may_omit_the_version_and_its_batch_says_so(client, editor, made):
    loose = Writer(client, token(name="QGIS", no_lock=True))
    assert loose.patch(path(made), {"properties": {"name": "a"}}).status_code == 200
    assert batches()[-1].mapping == {"no_lock": True} and batches()[-1].actor == "QGIS"
    assert loose.patch(path(made), {"properties": {"name": "b"}}, 2).status_code == 200
    assert batches()[-1].mapping is None
    problem(loose.patch(path(made), {"properties": {"name": "c"}}, 1), 412)  # what is named must hold
    assert loose.patch(path(made), {"properties": {"name": "d"}}, "*").status_code == 200
    assert batches()[-1].mapping == {"no_lock": True}
    assert loose.delete(path(made)).status_code == 204


def test_any_version_is_only_for_tokens_without_lock(client, editor, made):
    for method, body in (("PUT", made), ("PATCH", {"properties": {"name": "a"}}), ("DELETE", None)):
        told = problem(editor.send(method, path(made), body, "application/json", "*"), 428)
        assert "--no-lock" in told["zh"] and "--no-lock" in told["en"]
    action = {"action": "update", "collection": "road", "id": made["id"], "ifMatch": "*", "feature": {"properties": {"name": "a"}}}
    sent = {"transaction": [action]}
    assert problem(editor.post("/transactions", sent, media="application/json"), 422)["errors"][0]["code"] == "version_needed"
    assert editor.get(path(made))["properties"]["version"] == 1
    loose = Writer(client, token(no_lock=True))
    assert loose.post("/transactions", sent, media="application/json").status_code == 200
    assert batches()[-1].mapping == {"no_lock": True}


def test_only_editors_write(client, made):
    for role in ("reader", "inspector", "auditor", "publisher"):
        problem(Writer(client, token(role)).patch(path(made), {"properties": {"name": "x"}}, 1), 403)
    problem(client.patch(path(made), data="{}", content_type="application/merge-patch+json"), 401)
    assert Writer(client, token("admin")).patch(path(made), {"properties": {"name": "x"}}, 1).status_code == 200


# -- the border of a scope -----------------------------------------------------------------------
def test_an_editor_of_one_district_neither_touches_another_nor_crosses_the_border(client, editor):
    west = Writer(client, token(districts=("330602",)))
    theirs = editor.made(ROADS, road("SCOPE-E", EAST))
    ours = west.made(ROADS, road("SCOPE-W", WEST))
    before = len(batches())
    for method in ("PUT", "PATCH", "DELETE"):
        body = None if method == "DELETE" else theirs
        assert problem(west.send(method, path(theirs), body, "application/json"), 404)
        status = 412 if method == "PUT" else 404
        for match in (1, "*"):
            told = [problem(west.send(method, address, body, "application/json", match), status)
                    for address in (path(theirs), f"{ROADS}/999999999")]
            assert told[0]["zh"].replace(str(theirs["id"]), "999999999") == told[1]["zh"]  # as of what never was
    crossed = problem(west.patch(path(ours), {"geometry": theirs["geometry"]}, 1), 403)
    assert "330602" in crossed["zh"] and "330602" in crossed["en"]
    problem(west.put(path(ours), {**ours, "geometry": theirs["geometry"]}, 1), 403)
    problem(west.patch(path(ours), {"geometry": None, "properties": {"district": "330603"}}, 1), 403)
    problem(west.post(ROADS, road("SCOPE-N", EAST)), 403)
    assert problem(west.patch(path(ours), {"properties": {"district": "柯桥区"}}, 1), 422)["errors"][0]["code"] == "outside_zone"
    assert problem(west.patch(path(ours), {"properties": {"district": "无此区"}}, 1), 422)["errors"][0]["code"] == "unknown_zone"
    assert len(batches()) == before and editor.get(path(ours)) == ours | {"links": editor.get(path(ours))["links"]}


def test_a_keeper_cannot_hand_an_asset_to_another(client, editor):
    kept = editor.made(ROADS, road("KEEP-1", keeper="甲公司"))
    firm = Writer(client, token(keepers=("甲公司",)))
    assert firm.patch(path(kept), {"properties": {"name": "x"}}, 1).status_code == 200
    problem(firm.patch(path(kept), {"properties": {"keeper": "乙公司"}}, 2), 403)
    problem(firm.put(path(kept), road("KEEP-1"), 2), 403)
    problem(firm.post(ROADS, road("KEEP-2", keeper="乙公司")), 403)
    assert firm.made(ROADS, road("KEEP-3", keeper="甲公司"))


def test_zones_are_changed_only_by_whoever_sees_the_whole_city(client, editor):
    west = Writer(client, token(districts=("330602",)))
    zones = "/collections/built_up_area/items"
    zone = editor.get(zones)["features"][0]
    problem(west.patch(f"{zones}/{zone['id']}", {"properties": {"name": "x"}}, 1), 403)
    problem(west.post(zones, zone), 403)
    assert editor.patch(f"{zones}/{zone['id']}", {"properties": {"name": "建成区二"}}, 1).status_code == 200
    backwards = {"valid_from": "2020-01-01", "valid_to": "2019-01-01"}
    assert problem(editor.patch(f"{zones}/{zone['id']}", {"properties": backwards}, 2), 422)["errors"][0]["code"] == "date_order"


def test_a_moved_district_takes_its_assets_along(client, editor, made):
    zones = "/collections/district/items"
    west, east = sorted(editor.get(zones)["features"], key=lambda z: z["properties"]["code"])
    smaller = json.loads(shapely.to_geojson(shapely.box(120.4, 29.9, 120.45, 30.2)))
    larger = json.loads(shapely.to_geojson(shapely.box(120.45, 29.9, 120.8, 30.2)))
    versions = [z["properties"]["version"] for z in (west, east)]
    actions = [{"action": "update", "collection": "district", "id": z["id"], "ifMatch": str(v), "feature": {"geometry": g}}
               for z, v, g in zip((west, east), versions, (smaller, larger), strict=True)]
    assert editor.post("/transactions", {"transaction": actions}, media="application/json").status_code == 200
    assert editor.get(path(made))["properties"]["district"] == "330603"
    actions = [{"action": "update", "collection": "district", "id": z["id"], "ifMatch": str(v + 1), "feature": {"geometry": z["geometry"]}}
               for z, v in zip((west, east), versions, strict=True)]
    assert editor.post("/transactions", {"transaction": actions}, media="application/json").status_code == 200
    assert editor.get(path(made))["properties"]["district"] == "330602"


# -- two at once ---------------------------------------------------------------------------------
def test_of_editors_at_once_exactly_one_wins_and_the_others_are_told_what_differs(app, made, secret):
    count = 6
    gate, answers = threading.Barrier(count), [None] * count

    def edit(n: int) -> None:
        writer = Writer(app.test_client(), secret)
        gate.wait()
        answers[n] = writer.patch(path(made), {"properties": {"name": f"编辑 {n}"}}, 1)

    threads = [threading.Thread(target=edit, args=(n,)) for n in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    won = [n for n, a in enumerate(answers) if a.status_code == 200]
    assert len(won) == 1
    for n, answer in enumerate(answers):
        if n not in won:
            late = problem(answer, 412)
            assert late["differs"] == [{"field": "name", "yours": f"编辑 {n}", "current": f"编辑 {won[0]}"}]
            assert late["current"]["properties"]["version"] == 2


def test_a_row_that_moves_to_another_class_meanwhile_is_404_and_never_500(app, made, secret):
    """Another writer, who does not take the lock of the city, moves the row between partitions: SQLSTATE 40001."""
    engine = db.engine()
    answers: list[Any] = []
    with engine.connect() as other, other.begin() as transaction:
        row = other.execute(text("INSERT INTO batch (city, at, kind, actor, reason, code_version) VALUES "
                                 "('demo', clock_timestamp() + interval '1 hour', 'edit', 't', 't', '-') RETURNING id, at")).one()
        other.execute(text("SELECT set_config('registry.batch', :b, true)"), {"b": str(row.id)})
        other.execute(text("UPDATE asset SET class = 'bridge', version = version + 1, batch = :b, sys_from = :at WHERE id = :i"),
                      {"b": row.id, "at": row.at, "i": made["id"]})
        thread = threading.Thread(target=lambda: answers.append(
            Writer(app.test_client(), secret).patch(path(made), {"properties": {"name": "x"}}, 1)))
        thread.start()
        _until_somebody_waits(made)
        transaction.commit()
    thread.join()
    assert problem(answers[0], 404)["code"] == "not_found"  # it is no road any more


def _until_somebody_waits(made: dict[str, Any]) -> None:
    """Until a writer waits for a lock that the test holds."""
    import time

    with db.engine().connect() as watcher:
        for _ in range(600):
            if watcher.execute(text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                                    "AND datname = current_database())")).scalar_one():
                return
            watcher.rollback()
            time.sleep(0.05)
    raise AssertionError("nobody waited")


# -- anything at all -----------------------------------------------------------------------------
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["Feature", "Point", "LineString", "2020-01-01", "T", 10**400, 1e308, "\ud800", "\x00", "road", "insert", "%s", ":x"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.text(max_size=5) | st.sampled_from(["type", "properties", "geometry", "coordinates", "geometries", "crs", "code", "name", "lanes",
                                               "district", "grid", "installed_on", "length_m", "transaction", "action", "collection",
                                               "items", "feature", "id", "ifMatch", "semantic", "modify"]), inner, max_size=5), max_leaves=12)
ACTIONS = st.fixed_dictionaries({"action": st.sampled_from(["insert", "replace", "update", "delete"]),
                                 "collection": st.sampled_from(["road", "district", "nothing"])},
                                optional=dict.fromkeys(("id", "ifMatch", "feature", "items", "properties"), ANYTHING))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.one_of(
    ANYTHING, st.fixed_dictionaries({"type": st.just("Feature"), "properties": ANYTHING, "geometry": ANYTHING}),
    st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from(sorted(load().kind("road").by_key)), ANYTHING, max_size=4)}),
    st.fixed_dictionaries({"transaction": st.lists(ACTIONS, max_size=4)})),
    where=st.sampled_from([("POST", ROADS), ("PUT", "item"), ("PATCH", "item"), ("POST", "/transactions"), ("POST", "/collections/district/items")]),
    headers=st.dictionaries(st.sampled_from(["Prefer", "Registry-Reason", "Content-Crs", "Idempotency-Key"]),
                            st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12), max_size=2))
def test_no_body_and_no_header_gives_a_server_error(editor, made, body, where, headers):
    method, address = where
    address = path(made) if address == "item" else address
    match = editor.get(address)["properties"]["version"] if method in ("PUT", "PATCH") else None
    answer = editor.send(method, address, json.dumps(body), "application/json", match, **headers)
    assert answer.status_code in (200, 201, 204, 400, 403, 404, 409, 412, 413, 415, 422, 428), (body, answer.text[:300])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(match=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=15))
def test_no_made_up_tag_gives_a_server_error_or_an_edit(editor, made, match):
    read = editor.get(path(made))
    answer = editor.patch(path(made), {"properties": {"name": f"x{read['properties']['version']}"}}, match)
    mine = f'"{read["properties"]["version"]}' in match or str(read["properties"]["version"]) in match
    assert answer.status_code == 412 or (answer.status_code == 428 and match.strip() == "*") or (answer.status_code == 200 and mine), (match, answer.text[:300])
