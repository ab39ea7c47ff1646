"""Every refusal has one shape, both languages, and names what is wrong; nothing of the machine shows."""

from __future__ import annotations

import json

import psycopg
import pytest
import sqlalchemy.exc

from registry import errors
from registry.errors import RegistryError


def subclasses(cls: type) -> set[type]:
    return {s for c in cls.__subclasses__() for s in {c, *subclasses(c)}}


def test_every_error_of_ours_has_a_status(app):
    from api.errors import STATUS, TITLES

    ours = {c for c in subclasses(RegistryError) if c.__module__.split(".")[0] in ("registry", "api")}
    assert {c.__name__ for c in ours if not any(m in STATUS for m in c.__mro__)} == set()
    assert {s for s in STATUS.values() if s not in TITLES} == set()


@pytest.mark.parametrize("address, status", [("/nothing", 404), ("/collections/", 404), ("/collections//road", 404),
                                             ("/collections/nothing", 404), ("/collections/road/items/", 404),
                                             ("/indicators/nothing", 404), ("/coverage/nothing", 404),
                                             ("/coverage/park/nothing", 404), ("/api/x", 404), ("/static/nothing", 404),
                                             ("/static/../api/errors.py", 404), ("/static/%2e%2e/errors.py", 404),
                                             ("/collections/nothing/items?foo=1", 404)])
def test_what_is_not_there_is_a_problem(refused, address, status):
    body = refused(address, status)
    assert body["code"] in ("not_found", "unknown_class", "unknown_indicator")


def test_an_unknown_class_or_city_names_the_known_ones(refused):
    assert "road" in refused("/collections/nothing", 404)["detail"]
    for address in ("/", "/conformance", "/collections", "/collections/road/items", "/map", "/inventory", "/healthz"):
        body = refused(f"{address}?city=nothing", 404)
        assert body["code"] == "unknown_city" and "demo, far" in body["en"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_another_method_is_refused_with_those_allowed(client, method):
    answer = getattr(client, method)("/collections/road")
    assert answer.status_code == 405 and answer.mimetype == "application/problem+json"
    assert "GET" in answer.headers["Allow"]


def test_a_media_type_that_is_not_there_is_406(refused):
    assert refused("/collections", 406, Accept="application/xml")["status"] == 406
    assert refused("/collections/road/items", 406, Accept="image/png")["zh"]


def test_all_wrong_parameters_are_named_at_once(refused):
    body = refused("/collections/road/items?limit=x&bbox=1&foo=1&state=zzz&limit=2")
    assert {e["parameter"] for e in body["errors"]} == {"limit", "bbox", "foo", "state"}
    assert all(e["zh"] and e["en"] for e in body["errors"])


@pytest.mark.parametrize("query", ["limit=1&limit=2", "state=intact&state=damaged", "f=json&f=html", "lang=zh&lang=en"])
def test_a_parameter_given_twice_is_refused(refused, query):
    assert refused(f"/collections/road/items?{query}")["errors"][0]["parameter"] == query.split("=")[0]


@pytest.mark.parametrize("query", ["q=a%00b", "code=%00", "name=%00", "cursor=%00", "by=%00"])
def test_a_null_character_is_refused(refused, query):
    base = "/inventory" if query.startswith("by") else "/collections/road/items"
    refused(f"{base}?{query}")


@pytest.mark.parametrize("query", ["q=%ff", "q=a%C0%AFb", "state=%BD%E2", "limit=%ff", "cursor=%ED%A0%80", "f=%80", "lang=%ff", "city=%ff",
                                   "filter=name%3D'%ff'", "bbox=%ff", "datetime=%ff", "crs=%ff", "q=\xff", "code=\xbd\xe2"])
def test_what_is_not_utf_8_is_refused_by_name_whatever_parameter_it_is(client, query):
    """`%BD%E2` and the bytes themselves are 解 in GBK."""
    answer = client.get("/collections/road/items", environ_overrides={"QUERY_STRING": f"{query}&sortby=name"})
    body = json.loads(answer.data)
    assert answer.status_code == 400 and body["zh"] and body["en"]
    (told,) = body["errors"]
    assert told["parameter"] == query.split("=")[0] and "UTF-8" in told["zh"] and "UTF-8" in told["en"]


def test_every_parameter_that_is_not_utf_8_is_named_and_a_name_that_is_not_is_unknown(client):
    answer = client.get("/collections/road/items?%ff=1&q=%ff&state=%80")
    told = {e["parameter"]: e["code"] for e in json.loads(answer.data)["errors"]}
    assert told == {"%FF": "unknown_parameter", "q": "bad_value", "state": "bad_value"}


def test_utf_8_that_is_not_percent_encoded_and_percent_signs_that_are_are_taken(client):
    for query in ("q=解放路".encode().decode("latin-1"), "q=%25ff", "q=%25"):
        assert client.get("/collections/road/items", environ_overrides={"QUERY_STRING": query}).status_code == 200


def test_a_browser_gets_the_problem_as_a_page(client):
    for address, headers in (("/nothing", {"Accept": "text/html,*/*;q=0.8"}), ("/collections/road/items?x=1&f=html", {})):
        answer = client.get(address, headers=headers)
        assert answer.status_code in (404, 400) and answer.mimetype == "text/html"


def test_what_was_asked_is_escaped_in_the_page_of_a_problem(client):
    answer = client.get("/collections/<script>x?f=html")
    assert "<script>x" not in answer.text
    assert "<script>x" not in client.get("/collections/road/items?%3Cscript%3Ex=1&f=html").text


@pytest.fixture
def broken(app, monkeypatch):
    """A client whose read path raises what is given."""
    def make(error: Exception):
        def fail(*args, **words):
            raise error
        monkeypatch.setattr("registry.store.features.page", fail)
        return app.test_client().get("/collections/road/items")
    return make


def test_an_unexpected_error_says_nothing_of_itself(broken, caplog):
    answer = broken(RuntimeError("secret of the machine"))
    assert answer.status_code == 500 and answer.mimetype == "application/problem+json"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert "secret of the machine" in caplog.text  # but the log does


@pytest.mark.parametrize("error", [
    psycopg.errors.QueryCanceled("canceling statement due to statement timeout"),
    sqlalchemy.exc.OperationalError("SELECT", {}, psycopg.errors.QueryCanceled("timeout")),
    sqlalchemy.exc.TimeoutError("QueuePool limit"), psycopg.OperationalError("the connection is lost"),
    errors.DatabaseUnreachable(url="postgresql://secret", why="refused"), errors.NotMigrated(found="-", wanted="1")])
def test_a_database_that_cannot_answer_now_is_503_with_retry_after(broken, error):
    answer = broken(error)
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    body = json.loads(answer.data)
    assert body["zh"] and body["en"] and "secret" not in answer.text


def test_a_statement_ends_after_the_time_of_the_setting(app, monkeypatch):
    from sqlalchemy import func, select

    from api.session import reading

    monkeypatch.setenv("REGISTRY_STATEMENT_TIMEOUT_S", "1")
    with app.test_request_context("/"), pytest.raises(sqlalchemy.exc.OperationalError) as raised, reading() as conn:
        conn.execute(select(func.pg_sleep(5)))
    assert isinstance(raised.value.orig, psycopg.errors.QueryCanceled)


def test_a_request_cannot_write(app):
    from sqlalchemy import text

    from api.session import reading

    with app.test_request_context("/"), pytest.raises(sqlalchemy.exc.InternalError), reading() as conn:
        conn.execute(text("DELETE FROM alias"))


def test_an_unreachable_database_is_503_everywhere(monkeypatch, served):
    from api import create_app

    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://registry:secret@127.0.0.1:1/none")
    client = create_app().test_client()
    for address in ("/", "/healthz", "/readyz", "/collections/road/items", "/map?f=html"):
        answer = client.get(address)
        assert answer.status_code == 503 and "secret" not in answer.text and "Retry-After" in answer.headers


@pytest.mark.parametrize("accept, media", [
    ("application/json; charset=utf-8", "application/geo+json"), ("application/geo+json;charset=utf-8, text/html;q=0.1", "application/geo+json"),
    ("text/html;level=1", "text/html"), ("*", "application/geo+json"), ("text/html, image/gif, *; q=.2, */*; q=.2", "text/html"),
    ("application/geo+json;q=0", None), ("application/json; charset=utf-8; q=0", None), ("application/xml; charset=utf-8", None), (";;", None)])
def test_parameters_of_a_media_type_do_not_keep_anybody_from_it(client, accept, media):
    answer = client.get("/collections/road/items?limit=1", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == ((200, media) if media else (406, "application/problem+json"))


def test_a_precondition_that_fails_is_a_problem_and_nothing_else(client):
    for address in ("/collections/road/items?limit=1", "/collections", "/conformance"):
        failed = client.get(address, headers={"If-Match": '"x"'})
        assert failed.status_code == 412 and failed.json["code"] == "precondition_failed" and "features" not in failed.json
        assert client.get(address, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
def test_an_empty_crs_is_none_that_is_served(refused, name):
    assert refused(f"/collections/road/items?limit=1&{name}=")["errors"][0]["parameter"] == name
