"""Each request has an id and, where it is asked for, a line; nothing secret stands in any line."""

from __future__ import annotations

import json
import logging

import psycopg
import pytest
import sqlalchemy.exc

SECRET = "mar_Zm9vYmFyYmF6cXV4-hidden"
PLAIN = "Hidden.Value+42/x"


@pytest.fixture
def logged(served, monkeypatch, capsys):
    """Makes a fresh application that logs in this shape; gives its client and what was logged since."""
    def make(shape: str):
        from api import create_app
        from api.body import read_json

        monkeypatch.setenv("REGISTRY_LOG", shape)
        app = create_app()
        app.add_url_rule("/probe", "probe", lambda: {"found": read_json()}, methods=["POST"])
        app.add_url_rule("/broken", "broken", lambda: {"found": 1 / len(read_json()["empty"])}, methods=["POST"])
        capsys.readouterr()
        return app.test_client(), lambda: capsys.readouterr().err
    yield make
    logging.getLogger("registry.api").setLevel(logging.WARNING)


@pytest.mark.parametrize("given, kept", [("abc-1.2_X", True), ("x" * 64, True), ("x" * 65, False), ("a b", False),
                                         ("a\u00e9", False), ("", False), ("<script>", False), ("a;b", False)])
def test_an_id_is_kept_where_it_is_sane(client, given, kept):
    for address in ("/conformance", "/nothing"):
        answer = client.get(address, headers={"X-Request-Id": given.encode().decode("latin-1")})
        assert (answer.headers["X-Request-Id"] == given) == kept and len(answer.headers["X-Request-Id"]) >= 9


def test_a_problem_names_the_id_and_two_requests_never_share_one(client):
    answers = [client.get("/nothing") for _ in range(3)]
    ids = [json.loads(a.data)["request_id"] for a in answers]
    assert ids == [a.headers["X-Request-Id"] for a in answers] and len(set(ids)) == 3


def test_a_line_of_json_for_each_request(logged, token):
    client, said = logged("json")
    answer = client.get("/collections/road/items?limit=1&q=解放&city=demo", headers={
        "X-Request-Id": "r-1", "Authorization": f"Bearer {token}"})
    line = json.loads(said())
    assert line.pop("time").endswith("Z") and line.pop("ms") > 0
    assert line == {"level": "info", "request_id": "r-1", "method": "GET", "path": "/collections/road/items",
                    "status": 200, "bytes": len(answer.data), "route": "/collections/<collection>/items", "city": "demo",
                    "principal": "tester", "address": "127.0.0.1"}
    client.get("/no\nthing")
    assert json.loads(said())["route"] is None


def test_a_line_of_text_for_each_request(logged):
    client, said = logged("text")
    client.get("/collections?q=x", headers={"X-Request-Id": "r-1"})
    client.get("/a%0A2026 200 GET /forged")
    first, second = said().splitlines()
    assert " 400 GET /collections " in first and "request_id=r-1" in first and "q=" not in first
    assert "\\n2026" in second


def test_nothing_that_a_proxy_passes_on_can_add_to_a_line_of_text(logged, monkeypatch):
    monkeypatch.setenv("REGISTRY_PROXIES", "1")
    client, said = logged("text")
    client.get("/collections", headers={"X-Forwarded-For": "1.1.1.1 city=x principal=root"})
    assert " principal=root" not in (line := said()) and " city=x" not in line and line.count("\n") == 1


def test_by_default_only_what_is_wrong_is_said(logged):
    client, said = logged("")
    client.get("/collections")
    client.get("/nothing")
    assert said() == ""
    client.post("/broken", json={"empty": []})
    assert "ZeroDivisionError" in said()


def test_a_request_that_fails_is_logged_with_its_id(logged):
    client, said = logged("json")
    answer = client.post("/broken", json={"empty": []})
    error, line = map(json.loads, said().splitlines())
    found = json.loads(answer.data)["request_id"]
    assert error["request_id"] == line["request_id"] == found and line["status"] == 500
    assert error["level"] == "error" and "ZeroDivisionError" in error["message"]
    assert "test_abuse_logs.py" in error["message"]


@pytest.mark.parametrize("shape", ["json", "text", ""])
def test_no_secret_is_in_any_log(logged, shape, monkeypatch, caplog):
    """In header, query, path and body; in requests that go well, are refused, and fail in drivers and parsers."""
    client, said = logged(shape)

    def fail(error):
        def raise_(*args, **words):
            raise error
        monkeypatch.setattr("registry.store.features.page", raise_)

    def everything(value: str) -> None:
        for headers in ({"Authorization": f"Bearer {value}"}, {"X-Api-Key": value}, {"Cookie": f"token={value}"},
                        {"Authorization": f"{value}"}, {"Referer": f"https://a.example/?token={value}"}, {}):
            for address in ("/collections/road/items", "/collections/road/items/1", "/nothing"):
                client.get(address, query_string={"q": value, "token": value, "city": value}, headers=headers)
                client.get(address, query_string={"q": value}, headers=headers)
            client.post("/probe", data=json.dumps({"token": value}), headers=headers)
            client.post("/probe", data=f"{{{value}", headers=headers)
            client.post("/broken", data=json.dumps({"empty": [], "token": value}), headers=headers)
        client.get("/", auth=("user", value))

    for value in (SECRET, PLAIN):
        everything(value)
        for error in (RuntimeError(f"wrong value '{value}'"), KeyError(value),
                      psycopg.errors.UniqueViolation(f"duplicate\nDETAIL: Key (code)=({value}) already exists."),
                      sqlalchemy.exc.ProgrammingError("SELECT 1", {"q": value},
                                                          psycopg.errors.SyntaxError(f'near "{value}"'))):
            fail(error)
            client.get("/collections/road/items", query_string={"q": value, "limit": 7})  # no answer of this is kept
            monkeypatch.undo()
            monkeypatch.setenv("REGISTRY_LOG", shape)
    client.get(f"/collections/{SECRET}")
    err = said()
    assert "RuntimeError: wrong value" in err and "UniqueViolation" in err  # what is wrong is told nevertheless
    for hidden in (SECRET, PLAIN, SECRET[4:], "dXNlcjptYXJf"):
        assert hidden not in err
    for hidden in (PLAIN, "dXNlcjptYXJf"):
        assert hidden not in caplog.text


def test_values_of_a_statement_are_in_no_error_of_the_engine(served):
    from sqlalchemy import text

    from registry import db

    with pytest.raises(sqlalchemy.exc.DBAPIError) as raised, db.connect() as conn:
        conn.execute(text("SELECT nothing_of_this_name, CAST(:v AS text)"), {"v": PLAIN})
    assert PLAIN not in str(raised.value)
