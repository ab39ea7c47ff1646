"""What tools like sqlmap send, in every parameter of every operation: nothing of it reaches SQL as SQL."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import text

from registry import db

LOCK = 424242  # taken for the session, so that even a transaction rolled back leaves it behind
BREAKS = ("'", '"', "\\", "')", "'))--", "%27", "/**/", "%", "%s", "%(key)s", ":key", "$1", "{0}", "{}", "--", "#", ";",
          "`", "$$", "E'\\047'", "a'||'b", "1/0", "null", "(select 1)", "*/", "\\' or 1=1 --")
ATTACKS = ("' OR 1=1 --", "' OR '1'='1", "1 OR 1=1", "1) OR (1=1", "' UNION SELECT null,null,null --",
           "1 UNION ALL SELECT version()", "'; DELETE FROM asset; --", "1; DROP TABLE asset CASCADE",
           "'; UPDATE asset SET name='owned' --", f"' || pg_advisory_lock({LOCK}) || '",
           f"1 AND pg_advisory_lock({LOCK}) IS NULL",
           f"'; SELECT pg_advisory_lock({LOCK}) --", f"(SELECT pg_advisory_lock({LOCK}))",
           f"id,(select pg_advisory_lock({LOCK}))",
           f"code desc, pg_advisory_lock({LOCK})", "' AND extractvalue(1,concat(0x7e,version())) --",
           "1' AND '1'='1")
ODD = ("%00", "\x00", "\ud800", "9" * 400, "-" + "9" * 30, "1e999", "NaN", "0x10", "١", "1" * 5000, "," * 2000,
       "[" * 3000, '{"a":' * 500, "../../etc/passwd", "${jndi:ldap://x}", "\r\nSet-Cookie: a=b", "\u202e", "")
# Bytes that are no UTF-8, already written as an address has them.
RAW = ("%c0%a7", "%c0%ae%c0%ae%c0%af", "%e0%80%a7", "%ff%fe", "%ed%a0%80", "%f8%80%80%80%a7", "%u0027", "%",
       "%zz", "%2527")
TOLD = re.compile(r"syntax error|psycopg|sqlalchemy|sqlstate|unterminated|(relation|column|function) \S+ does not exist|"
                  r"invalid input syntax|operator does not exist|Traceback|at or near|PostgreSQL \d", re.IGNORECASE)
GIVEN = {"class": "road"}  # for those that need it, when it is another's turn
WHOLE = ("road", "district")  # a class and a zone kind stand for all: their statements are made in one place
PATHS = {"featureId": "1", "code": "intact_rate", "rule": "park"}


def encoded() -> list[str]:
    return [quote(v.encode("utf-8", "surrogatepass"), safe="") for v in (*BREAKS, *ATTACKS, *ODD)] + list(RAW)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
    """Path, method, operation and its parameters, references followed."""
    shared = document["components"]["parameters"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield path, method, operation, [shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p
                                                for p in operation.get("parameters", ())]


def attacked(path: str, parameters: list[dict[str, Any]], name: str, value: str) -> str:
    """The address of an operation where one parameter has this value and the others only what they must."""
    for p in parameters:
        if p["in"] == "path":
            path = path.replace(f"{{{p['name']}}}", value if p["name"] == name else PATHS.get(p["name"], "1"))
    query = [(p["name"], value if p["name"] == name else GIVEN.get(p["name"], "1")) for p in parameters
             if p["in"] == "query" and (p["name"] == name or p.get("required"))]
    if "class" not in dict(query) and any(p["name"] == "class" for p in parameters):
        query.append(("class", GIVEN["class"]))
    return path + ("?" + "&".join(f"{k}={v}" for k, v in query) if query else "")


def body(document: dict[str, Any], schema: dict[str, Any], value: Any, depth: int = 6) -> Any:
    """A body by its schema with the attack wherever a text, a number or anything may stand."""
    if "$ref" in schema:
        return body(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], value, depth)
    if depth == 0 or schema.get("type") not in (None, "object", "array"):
        return schema.get("enum", [value])[0]
    if schema.get("type") == "array":
        return [body(document, schema.get("items", {}), value, depth - 1)]
    made: dict[str, Any] = {}
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ())[:1], *schema.get("anyOf", ())[:1]):
        inner = body(document, part, value, depth - 1)
        made |= inner if isinstance(inner, dict) else {}
    made |= {k: body(document, s, value, depth - 1) for k, s in schema.get("properties", {}).items()}
    return made or value


def count() -> int:
    with db.connect() as conn:
        return int(conn.execute(text("SELECT count(*) FROM asset")).scalar_one())


def locked() -> int:
    with db.connect() as conn:
        return int(conn.execute(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock"),
                                {"lock": LOCK}).scalar_one())


def send(client, method: str, address: str, **words: Any) -> Any:
    """The answer, looked at: no error of ours, nothing that a database says."""
    answer = client.open(address, method=method.upper(), **words)
    assert answer.status_code < 500, (method, address[:300], answer.text[:500])
    assert not TOLD.search(answer.text) or answer.status_code == 200, (method, address[:300], answer.text[:500])
    assert "Set-Cookie" not in answer.headers
    return answer


@pytest.mark.parametrize("step", [61, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])
def test_no_parameter_is_read_as_sql(client, document, admin, step):
    """Each parameter of each operation meets every 61st attack, others at each turn: all are used.

    Of the operations that every collection has, those of a class and of a zone kind, and every sixth of the others.
    """
    before, values, turn, sent = count(), encoded(), 0, 0
    headers = {"Authorization": f"Bearer {admin}"}
    for path, method, _, parameters in operations(document):
        for p in parameters:
            turn += 1
            if step > 1 and turn % 6 and path.startswith("/collections/") and path.split("/")[2] not in WHOLE:
                continue
            for value in values[turn % step::step]:
                answer = send(client, method, attacked(path, parameters, p["name"], value),
                              headers=headers if method == "get" else {})
                assert method == "get" or answer.status_code >= 400  # nobody writes without a token
                sent += 1
    assert count() == before and locked() == 0 and sent > 1000


def test_no_header_is_read_as_sql(client):
    before = count()
    for value in (*BREAKS, *ATTACKS, "é" * 50, "9" * 4000):
        for name in ("Accept", "Accept-Language", "Authorization", "If-None-Match", "If-Match", "Prefer",
                     "Registry-Reason",
                     "Idempotency-Key", "X-Request-Id", "Content-Crs", "Origin", "Host", "X-Forwarded-For", "Range"):
            send(client, "get", "/collections/road/items?limit=1", headers={name: value})
        send(client, "get", "/collections/road/items?limit=1", auth=("x", value))
    assert count() == before and locked() == 0


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.long)], ids=["some", "all"])
def test_no_body_is_read_as_sql(client, document, admin, step):
    """Every operation that takes one, by an administrator, so that the attack comes as far as it can; each meets every third."""
    headers = {"Authorization": f"Bearer {admin}", "If-Match": '"1"', "Registry-Reason": "test"}
    deep: list[Any] = []
    for _ in range(25):
        deep = [deep]
    values = (*ATTACKS, *BREAKS, 10**30, -1, 1e308, True, None, deep, {"a": deep}, "\u202e")
    for turn, (path, method, operation, parameters) in enumerate(operations(document)):
        if path.startswith("/collections/") and path.split("/")[2] not in WHOLE:
            continue
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            address = attacked(path, parameters, "", "")
            for value in values[turn % step::step]:
                made = json.dumps(body(document, content.get("schema", {}), value))
                send(client, method, address, data=made, content_type=media, headers=headers)
            for data in (b"", b"\xff", b"[" * 99_999, b"null", b"[]", b'"\\u0000"', b"{}"):
                answer = send(client, method, address, data=data, content_type=media, headers=headers)
                if method == "patch" and data == b"{}":  # a patch of nothing is one, and changes nothing (RFC 7396)
                    assert answer.status_code != 200 or answer.headers["ETag"] == '"1"'
                else:
                    assert answer.status_code >= 400, (method, address, data[:20])
    assert locked() == 0
    with db.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM asset WHERE name = 'owned'")).scalar_one() == 0


def test_no_parameter_makes_the_database_sleep(client, document):
    """An attacked request takes as long as one that is not, or the attack works: in this run, on this machine."""
    def seconds(address: str) -> float:
        begin = time.perf_counter()
        send(client, "get", address)
        return time.perf_counter() - begin

    for path, method, _, parameters in operations(document):
        if method != "get" or not any(k in path for k in ("/road", "indicators", "coverage", "inventory")):
            continue
        for p in parameters:
            for attack in ("' || pg_sleep(3) || '", "1;SELECT pg_sleep(3)--", "(select 1 from pg_sleep(3))"):
                slow, plain = (attacked(path, parameters, p["name"], quote(v)) for v in (attack, "x"))
                # Three tries: a machine that was busy once is not an attack that worked.
                assert any(seconds(slow) < 20 * max(seconds(plain), 0.005) for _ in range(3)), slow


def test_the_lock_would_be_seen(served):
    """A check that cannot fail is a defect: what the attacks call does leave its trace."""
    with db.connect() as conn:
        conn.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        conn.rollback()
        assert locked() == 1
        conn.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
    assert locked() == 0
