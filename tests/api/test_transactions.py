"""Many edits at once: all or nothing in one batch, every problem listed, repeated without a second effect."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from editors import Writer, problem, road, token
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry import db, history
from registry.catalogue import load
from registry.scope import EVERYTHING
from registry.store import cities
from registry.store.edits import Editor, Given

ROADS = "/collections/road/items"
JSON = "application/json"


def req(*ids: str) -> pytest.MarkDecorator:
    """The requirements of the draft of Part 11 (26-018) that a test proves."""
    return pytest.mark.requirement(*(f"ogcapi-features-11/1.0{i}" for i in ids))


@pytest.fixture
def some(editor: Writer, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Three roads of the test's own."""
    name = abs(hash(request.node.nodeid))
    return [editor.made(ROADS, road(f"S{name}-{n}", name="旧")) for n in range(3)]


def send(editor: Writer, actions: list[Any], query: str = "", **headers: str) -> Any:
    return editor.post(f"/transactions{query}", {"transaction": actions}, media=JSON, **headers)


def update(feature: dict[str, Any], match: Any = "1", **properties: Any) -> dict[str, Any]:
    return {"action": "update", "collection": "road", "id": feature["id"], "ifMatch": match, "feature": {"properties": properties}}


def delete(feature: dict[str, Any], match: Any = "1") -> dict[str, Any]:
    return {"action": "delete", "collection": "road", "id": feature["id"], "ifMatch": match}


def insert(*features: Any) -> dict[str, Any]:
    return {"action": "insert", "collection": "road", "items": list(features)}


def state() -> tuple[Any, ...]:
    with db.connect() as conn:
        return tuple(conn.execute(text("SELECT (SELECT max(id) FROM batch), (SELECT count(*) FROM asset), (SELECT count(*) "
                                       "FROM asset_history), (SELECT max(version) FROM asset)")).one())


@req("/req/transactions/post-op", "/req/transactions/post-body", "/req/transactions/post-response",
     "/req/transactions/post-response-rid", "/req/transactions/atomic", "/req/json/transaction", "/req/json/response",
     "/req/features/geojson")
def test_all_edits_are_written_in_one_batch_and_counted(editor, some, get):
    code = f"TX-{some[0]['id']}"
    replaced = {**some[1], "properties": {"code": some[1]["properties"]["code"], "lanes": 2}}
    answer = send(editor, [
        insert(road(code + "a"), road(code + "b")), update(some[0], name="新", lanes=None), delete(some[2], 1),
        {"action": "replace", "collection": "road", "id": str(some[1]["id"]), "ifMatch": '"1"', "feature": replaced},
        {"action": "insert", "collection": "toilet", "feature": {
            "type": "Feature", "geometry": {"type": "Point", "coordinates": [120.5, 30]}, "properties": {"code": code}}}])
    assert answer.status_code == 200, answer.text
    body = json.loads(answer.data)
    assert body["semantic"] == "atomic" and body["summary"] == {
        "totalInserted": 3, "totalUpdated": 1, "totalReplaced": 1, "totalDeleted": 1, "totalUnchanged": 0}
    assert [(r["index"], r["action"], r["version"]) for r in body["results"]] == [
        (0, "insert", 1), (0, "insert", 1), (1, "update", 2), (2, "delete", None), (3, "replace", 2), (4, "insert", 1)]
    for address in (*body["insertResults"], *body["updateResults"], *body["replaceResults"]):
        assert get(address.removeprefix("http://localhost"))["id"]
    with db.connect() as conn:
        batch = conn.execute(text("SELECT * FROM batch ORDER BY id DESC LIMIT 1")).one()
        rows = conn.execute(text("SELECT count(*) FROM asset WHERE batch = :b"), {"b": batch.id}).scalar_one()
    assert (batch.id, rows, batch.counts) == (body["batch"], 5, {"new": 3, "changed": 2, "deleted": 1}) and batch.hash
    assert "http://www.opengis.net/spec/ogcapi-features-11/1.0/conf/atomic-transactions" in get("/conformance")["conformsTo"]


@req("/req/transactions/post-content-type")
def test_the_media_type_of_the_draft_is_taken_and_others_are_not(editor):
    assert editor.post("/transactions", {"transaction": []}, media="application/ogc-tx+json").status_code == 200
    problem(editor.post("/transactions", {"transaction": []}, media="text/plain"), 415)


def test_the_actions_may_be_told_as_the_draft_tells_them(editor, some, get):
    moved = {"type": "LineString", "coordinates": [[120.51, 30], [120.51, 30.002]]}
    own = {"add": [{"name": "lanes", "value": 3}], "modify": [{"name": "geometry", "value": moved}], "delete": ["name"]}
    answer = send(editor, [{"action": "update", "collection": "road", "id": some[0]["id"], "ifMatch": "1", "properties": own},
                           {"action": "replace", "collection": "road", "id": some[1]["id"], "ifMatch": "1",
                            "properties": {"feature": {**some[1], "properties": {**some[1]["properties"], "lanes": 1}}}}])
    assert answer.status_code == 200, answer.text
    found = get(f"{ROADS}/{some[0]['id']}")
    assert (found["properties"]["lanes"], found["properties"]["name"], found["geometry"]) == (3, None, moved)


def test_nothing_is_written_when_one_is_wrong_and_every_problem_of_every_row_is_listed(client, editor, some):
    editor.patch(f"{ROADS}/{some[1]['id']}", {"properties": {"name": "别人"}}, 1)
    before = state()
    taken = some[0]["properties"]["code"]
    answer = send(editor, [
        update(some[0], name="好的"), update(some[1], name="迟了"), insert(road("OK-1"), road("", lanes="many"), road(taken), "x"),
        delete({"id": 999999999}, "1"), {**delete(some[2]), "ifMatch": None}, update(some[2], nothing=1, width_m=-1),
        {**delete(some[2]), "collection": "nothing"}, {"action": "delete", "collection": "road", "id": 10**30}, insert(road("OK-2"))])
    body = problem(answer, 422)
    told = [(e["index"], e.get("item"), e.get("field"), e["code"]) for e in body["errors"]]
    assert told == [(1, None, None, "stale"), (2, 1, "lanes", "type"), (2, 1, "code", "missing_code"), (2, 2, "code", "code_taken"),
                    (2, 3, None, "bad_body"), (3, None, None, "not_found"), (4, None, None, "version_needed"),
                    (5, None, "nothing", "unknown_field"), (5, None, "width_m", "range"), (6, None, None, "unknown_class"),
                    (7, None, None, "not_found")]
    assert all(e["zh"] and e["en"] and e["action"] for e in body["errors"])
    assert body["errors"][0]["differs"] == [{"field": "name", "yours": "迟了", "current": "别人"}]
    assert state() == before


def test_the_first_change_may_be_the_one_that_is_refused(editor, client, some):
    """The batch opened for a row that is refused goes with it; the next row opens its own."""
    west = Writer(client, token(districts=("330602",)))
    out = {"geometry": {"type": "LineString", "coordinates": [[120.7, 30], [120.7, 30.001]]}}
    actions = [{**update(some[0]), "feature": out}, update(some[1], name="x"), {**update(some[2]), "feature": out}]
    before = state()
    assert [(e["index"], e["code"]) for e in problem(send(west, actions), 422)["errors"]] == [(0, "forbidden"), (2, "forbidden")]
    assert state() == before
    assert send(west, [update(some[1], name="x")]).status_code == 200


def test_one_row_may_be_edited_twice_and_is_one_version(editor, some, get):
    answer = send(editor, [update(some[0], name="a"), update(some[0], "2", lanes=2), insert(road(f"TWICE-{some[0]['id']}"))])
    assert [r["version"] for r in json.loads(answer.data)["results"]] == [2, 2, 1]
    found = get(f"{ROADS}/{some[0]['id']}")["properties"]
    assert (found["name"], found["lanes"], found["version"]) == ("a", 2, 2)


def test_what_changes_nothing_opens_no_batch(editor, some):
    before = state()
    body = json.loads(send(editor, [update(f, name="旧") for f in some]).data)
    assert body["batch"] is None and body["summary"]["totalUnchanged"] == 3 and state() == before


@pytest.mark.parametrize("how", ["query", "prefer"])
def test_a_dry_run_checks_everything_and_writes_nothing(editor, some, how):
    before = state()
    way = {"query": ("?dry-run=true", {}), "prefer": ("", {"Prefer": "dry-run"})}[how]
    good = [insert(road(f"DRY{some[0]['id']}")), update(some[0], name="x"), delete(some[1])]
    answer = send(editor, good, way[0], **way[1])
    body = json.loads(answer.data)
    assert answer.status_code == 200 and body["dryRun"] is True and body["batch"] is None
    assert body["summary"]["totalInserted"] == body["summary"]["totalDeleted"] == 1
    assert len(problem(send(editor, [*good, insert(road(""), road(""))], way[0], **way[1]), 422)["errors"]) == 2
    assert state() == before


def test_a_dry_run_waits_for_no_writer_and_keeps_none_waiting(editor, some):
    trial = [update(some[0], name="试"), insert(road(f"LOCK{some[0]['id']}")), delete(some[1])]
    with db.begin() as writer:
        history.lock(writer, "demo")
        assert send(editor, trial, "?dry-run=true").status_code == 200
        assert editor.patch(f"{ROADS}/{some[0]['id']}?dry-run=true", {"properties": {"name": "x"}}, 1).status_code == 200
    with db.engine().connect() as trying:
        found = next(c for c in cities.every(trying) if c.key == "demo")
        dry = Editor(trying, found, EVERYTHING, "试", dry=True)
        dry.update(load().kind("road"), some[0]["id"], Given({"name": "试"}), frozenset({"1"}))
        assert editor.patch(f"{ROADS}/{some[1]['id']}", {"properties": {"name": "真"}}, 1).status_code == 200
        # Where it has the row itself another dry run gives up, rather than wait.
        assert problem(send(editor, [update(some[0], name="又")], "?dry-run=true"), 503)["code"] == "busy"


def test_a_dry_run_cannot_be_committed(editor, some):
    before = state()
    with pytest.raises(DBAPIError, match="dry run"), db.engine().begin() as trying:
        found = next(c for c in cities.every(trying) if c.key == "demo")
        dry = Editor(trying, found, EVERYTHING, "试", dry=True)
        dry.update(load().kind("road"), some[0]["id"], Given({"name": "试"}), frozenset({"1"}))
        dry.close()
    assert state() == before


@pytest.mark.parametrize("body, word", [
    ([], "transaction"), ({}, "transaction"), ({"transaction": {}}, "transaction"), ({"transaction": [1]}, "action 0"),
    ({"transaction": [], "semantic": "batch"}, "atomic"), ({"transaction": [{"action": "upsert", "collection": "road"}]}, "insert"),
    ({"transaction": [{"action": ["x"], "collection": "road"}]}, "insert"), ({"transaction": [{"action": "delete", "id": 1}]}, "collection"),
    ({"transaction": [{"action": "delete", "collection": "road"}]}, "id"), ({"transaction": [{"action": "insert", "collection": "road"}]}, "items"),
    ({"transaction": [{"action": "delete", "collection": "road", "id": True}]}, "id"),
    ({"transaction": [{"action": "delete", "collection": "road", "id": 1, "ifMatch": []}]}, "ifMatch"),
    ({"transaction": [{"action": "update", "collection": "road", "id": 1}]}, "feature"),
    ({"transaction": [{"action": "update", "collection": "road", "id": 1, "properties": {"modify": [1]}}]}, "modify")])
def test_what_is_no_transaction_is_refused(editor, body, word):
    assert word in problem(editor.post("/transactions", json.dumps(body), media=JSON), 400)["en"]


def test_an_insert_of_no_feature_into_a_collection_that_is_not_there_is_refused_as_one_of_some(editor):
    before = state()
    for items in ([], [road("NOPE")]):
        body = problem(send(editor, [{"action": "insert", "collection": "nope", "items": items}]), 422)
        told, = body["errors"]
        assert (told["index"], told["action"], told["collection"], told["code"]) == (0, "insert", "nope", "unknown_class")
    assert state() == before


def test_an_insert_of_no_feature_is_an_edit_of_none(editor):
    before = state()
    body = json.loads(send(editor, [insert()]).data)
    assert body["batch"] is None and not any(body["summary"].values()) and body["results"] == body["insertResults"] == []
    assert state() == before


def test_more_than_two_thousand_features_are_413(editor):
    assert "2000" in problem(send(editor, [insert(*[1] * 1001), insert(*[1] * 1000)]), 413)["en"]
    assert problem(send(editor, [insert(*[1] * 1000), insert(*[1] * 1000)]), 422)["errors"]


def test_minimal_answers_tell_counts_only(editor, some):
    answer = send(editor, [update(some[0], name="x")], Prefer="return=minimal")
    assert set(json.loads(answer.data)) == {"semantic", "summary", "batch"}
    assert answer.headers["Preference-Applied"] == "return=minimal"


# -- once ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("where", ["items", "transactions"])
def test_a_request_sent_again_with_its_key_gets_the_same_answer_and_no_second_effect(client, editor, some, where):
    key, code = f"key-{where}-{some[0]['id']}", f"ONCE-{some[0]['id']}"

    def again(code: str, who: Writer = editor, **headers: str) -> Any:
        sent = {"Idempotency-Key": key, **headers}
        return who.post(ROADS, road(code), **sent) if where == "items" else send(who, [insert(road(code))], **sent)

    first = again(code)
    assert first.status_code in (200, 201) and "Idempotency-Replayed" not in first.headers
    after = state()
    second = again(code)
    assert (second.status_code, second.data) == (first.status_code, first.data) and state() == after
    assert second.headers["Idempotency-Replayed"] == "true"
    for name in ("Location", "ETag", "Content-Type", "Content-Crs"):
        assert second.headers.get(name) == first.headers.get(name)
    problem(again(code + "x"), 422)
    problem(again(code, Prefer="return=minimal"), 422)
    other = again(code + "y", Writer(client, token(name="李四")))  # the key is each one's own
    assert other.status_code in (200, 201) and "Idempotency-Replayed" not in other.headers


def test_what_was_refused_may_be_sent_again_with_its_key(editor, some):
    taken = some[0]["properties"]["code"]
    problem(editor.post(ROADS, road(taken), Idempotency_Key=f"again-{taken}"), 409)
    editor.delete(f"{ROADS}/{some[0]['id']}", 1)
    assert editor.post(ROADS, road(taken), Idempotency_Key=f"again-{taken}").status_code == 201


@pytest.mark.parametrize("key", ["", "a\tb", "x" * 201, "中"])
def test_a_key_that_cannot_be_one_is_refused(editor, key):
    problem(editor.post(ROADS, road("KEY"), Idempotency_Key=key.encode().decode("latin-1")), 400)
    problem(editor.post(f"{ROADS}?dry-run=true", road("KEY"), Idempotency_Key="a"), 400)


def test_an_answer_older_than_a_day_is_forgotten(editor, some):
    key, codes = f"old-{some[0]['id']}", [f"OLD{n}-{some[0]['id']}" for n in range(2)]
    assert editor.post(ROADS, road(codes[0]), Idempotency_Key=key).status_code == 201
    with db.begin() as conn:
        conn.execute(text("UPDATE answered SET at = at - interval '25 hours' WHERE key = :k"), {"k": key})
    assert editor.post(ROADS, road(codes[1]), Idempotency_Key=key).status_code == 201


def test_requests_with_one_key_at_the_same_time_are_carried_out_once(app, secret, some):
    count, answers = 5, []
    gate = threading.Barrier(count)

    def go() -> None:
        writer = Writer(app.test_client(), secret)
        gate.wait()
        answers.append(writer.post(ROADS, road(f"SAME-{some[0]['id']}"), Idempotency_Key=f"same-{some[0]['id']}"))

    threads = [threading.Thread(target=go) for _ in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert {a.status_code for a in answers} == {201} and len({a.data for a in answers}) == 1
    assert sum("Idempotency-Replayed" in a.headers for a in answers) == count - 1
