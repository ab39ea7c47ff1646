"""The short way says what the ordinary way would, of the same rows, and is gone only where nothing else decides."""

from __future__ import annotations

import gzip
import io
import json
import re
import time

import pytest
from editors import Writer, road, token
from running import running

from api import answer_cache, short, short_pages
from api.lru import Lru
from registry import db

ITEMS = "/collections/road/items"
OF_THE_MOMENT = ("date", "x-request-id", "server", "connection")
PAGES = [f"{ITEMS}?limit={n}&bbox=120.4,29.9,120.8{m},30.2" for n, m in ((3, ""), (4, "1"), (5, "2"))]
FIELDS = ["Host: here:8000", "Host: here:8000\r\nAccept-Encoding: gzip", "Host: here:8000\r\nAccept-Language: en\r\nAccept: */*"]


class Client:
    """The socket of a client whose request came alone."""

    def __init__(self, head: bytes) -> None:
        self.head = head

    def recv(self, size: int, flags: int = 0) -> bytes:
        raise BlockingIOError

    def getpeername(self) -> tuple[str, int]:
        return "127.0.0.1", 50_000


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(short, "_recipes", {})
    monkeypatch.setattr(answer_cache, "CACHE", Lru())
    monkeypatch.setattr(answer_cache, "LATELY", answer_cache.Lately())


@pytest.fixture
def ordinary(app):
    return asking(app)


def asking(app):
    """Gives fields and body of the answer of the ordinary way."""
    def ask(path, fields=FIELDS[0]):
        address, _, query = path.partition("?")
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": address, "QUERY_STRING": query, "SERVER_NAME": "x", "SERVER_PORT": "80",
                   "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(),
                   "wsgi.errors": io.StringIO(), "gunicorn.socket": Client(head(path, fields))}
        for line in fields.split("\r\n"):
            name, _, value = line.partition(": ")
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        told: list = []
        pieces = app.wsgi_app(environ, lambda status, fields, *_: told.append(fields))
        body = b"".join(pieces)
        pieces.close()
        return taken({k.lower(): v for k, v in told[0]}, body)
    return ask


def head(path, fields=FIELDS[0]):
    return f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode()


def shortly(path, fields=FIELDS[0]):
    """The same of the short way; None where it is not gone."""
    made = short.answer(head(path, fields), Client(b""))
    if made is None:
        return None
    lines, _, body = b"".join(made).partition(b"\r\n\r\n")
    assert lines.startswith(b"HTTP/1.1 200 OK\r\n")
    fields = dict(line.split(": ", 1) for line in lines.decode("latin-1").split("\r\n")[1:])
    assert int(fields["Content-Length"]) == len(body)
    return taken({k.lower(): v for k, v in fields.items()}, body)


def taken(fields, body):
    """Without what is of the moment."""
    packed = fields.get("content-encoding") == "gzip"
    fields.pop("content-length", None)
    body = gzip.decompress(body) if packed else body
    return {k: v for k, v in fields.items() if k not in OF_THE_MOMENT}, re.sub(rb'"timeStamp":"[^"]+"', b"", body)


def ids(ordinary):
    return [f["id"] for f in json.loads(re.sub(rb',,', b',', ordinary(ITEMS + "?limit=10")[1]))["features"]]


def follow(page):
    return json.loads(re.sub(rb",,", b",", page))["links"][-1]["href"].partition(":8000")[2]


@pytest.mark.parametrize("fields", FIELDS)
def test_a_feature_is_told_in_the_same_words(ordinary, fields):
    first, second, *others = (f"{ITEMS}/{n}" for n in ids(ordinary))
    ordinary(first, fields), ordinary(first, fields)
    assert shortly(second, fields) is None  # one question does not tell what differs
    ordinary(second, fields)
    for path in (*others, first):
        assert shortly(path, fields) == ordinary(path, fields)


@pytest.mark.parametrize("fields", FIELDS)
def test_a_page_is_told_in_the_same_words_and_so_is_the_next(ordinary, fields):
    for path in PAGES[:2]:
        ordinary(path, fields)
    first = ordinary(PAGES[2], fields)
    assert shortly(PAGES[2], fields) == first and b'"rel":"next"' in first[1]
    for path in PAGES[:2]:
        ordinary(follow(ordinary(path, fields)[1]), fields)
    after = follow(first[1])
    found = shortly(after, fields)
    assert found == ordinary(after, fields) and b'"numberReturned":5' in found[1]


def test_the_one_page_that_everybody_asks_for_is_known_when_it_came_twice(ordinary):
    ordinary(PAGES[0])
    assert shortly(PAGES[0]) is None
    again = ordinary(PAGES[0])
    assert shortly(PAGES[0]) == again and shortly(PAGES[1]) is None


def test_the_last_page_is_one_of_its_own_kind(ordinary):
    for path in PAGES:
        ordinary(path)
    whole = [f"{ITEMS}?limit={n}&bbox=120.4,29.9,120.8,30.2" for n in (50, 60, 70)]
    assert shortly(whole[0]) is None
    for path in whole[:2]:
        ordinary(path)
    assert shortly(whole[2]) == ordinary(whole[2])


def test_an_edit_is_seen_at_once_however_often_a_page_was_asked_for(ordinary, client):
    editor = Writer(client, token())
    made = editor.made(ITEMS, road("SHORT", 120.5555))
    one, box = f"{ITEMS}/{made['id']}", "&bbox=120.5554,29.9,120.5556,30.2"
    for path in (*(f"{ITEMS}/{n}" for n in ids(ordinary)[:2]), *(f"{ITEMS}?limit={n}{box}" for n in (30, 31))):
        ordinary(path)
    page = f"{ITEMS}?limit=32{box}"
    assert all(shortly(page) == ordinary(page) for _ in range(4)) and len(answer_cache.CACHE)
    before = shortly(one), shortly(page)
    editor.patch(one, {"properties": {"name": "新名"}}, 1)
    after = shortly(one), shortly(page)
    assert after == (ordinary(one), ordinary(page))
    assert all(b[0]["etag"] != a[0]["etag"] and "新名".encode() in a[1] for b, a in zip(before, after, strict=True))


def test_what_is_not_plain_goes_the_ordinary_way(ordinary, served):
    known = ids(ordinary)
    for path in (*(f"{ITEMS}/{n}" for n in known[:2]), *PAGES):
        ordinary(path)
    one, page = f"{ITEMS}/{known[2]}", PAGES[0]
    assert shortly(one) and shortly(page)
    for path in (f"{one}?lang=en", f"{page}&f=html", f"{page}&owner=", f"{ITEMS}/999999", f"{ITEMS}?limit=0&bbox=120,29,121,31",
                 f"{ITEMS}?limit=3&bbox=1,2,3", f"{ITEMS}?limit=3&bbox=120,95,121,96", f"{page}&limit=4", f"{ITEMS}?limit=3&cursor=x"):
        assert shortly(path) is None, path
    for field in (f"Authorization: Bearer {token()}", 'If-None-Match: "1"', "Range: bytes=0-1", "Connection: close", "X-Request-Id: a",
                  "Expect: 100-continue", "Content-Length: 2"):
        fields = f"{FIELDS[0]}\r\n{field}"
        for path in (*(f"{ITEMS}/{n}" for n in known[:3]), *PAGES):
            ordinary(path, fields)
        assert shortly(one, fields) is None and shortly(page, fields) is None, field
    assert short.answer(head(one) + head(one), Client(b"")) is None  # two at once
    assert short.answer(head(one).replace(b"GET", b"HEAD"), Client(b"")) is None


def test_what_the_public_may_no_longer_see_is_not_told(ordinary, tmp_path, monkeypatch):
    known = [f"{ITEMS}/{n}" for n in ids(ordinary)]
    for path in known[:2]:
        ordinary(path)
    assert b'"width_m"' in shortly(known[2])[1]
    file = tmp_path / "public.toml"
    file.write_text('[classes.road]\nhide = ["width_m"]\n', encoding="utf-8")
    monkeypatch.setenv("REGISTRY_PUBLIC", str(file))
    assert shortly(known[2]) is None
    for path in known[:2]:
        ordinary(path)
    assert shortly(known[2]) == ordinary(known[2]) and b'"width_m"' not in shortly(known[2])[1]


def test_a_kept_connection_is_answered_in_order_whichever_way_is_gone(served, tmp_path, ordinary):
    known = ids(ordinary)
    with running(tmp_path) as service, service.connect() as raw, raw.makefile("rb") as came:
        for n in known * 3:
            raw.sendall(head(f"{ITEMS}/{n}"))
            fields, body = received(came)
            assert json.loads(body)["id"] == n and fields["ETag"].startswith(f'"{json.loads(body)["properties"]["version"]}-')
        raw.sendall(head(f"{ITEMS}/{known[0]}") + head(f"{ITEMS}/{known[1]}"))  # sent ahead
        assert [json.loads(received(came)[1])["id"] for _ in range(2)] == known[:2]
        raw.sendall(head(f"{ITEMS}/{known[2]}")[:30])
        raw.sendall(head(f"{ITEMS}/{known[2]}")[30:])
        assert json.loads(received(came)[1])["id"] == known[2]


def test_a_question_so_long_that_its_links_fit_no_field_is_no_model_for_others(ordinary):
    for n in (3_000, 3_001, 3_002):
        ordinary(f"{ITEMS}?limit={'0' * n}3")
    for n in (3, 4):
        ordinary(f"{ITEMS}?limit={n}")
    fields, _ = shortly(f"{ITEMS}?limit=5")
    assert 'rel="next"' in fields["link"] and fields == ordinary(f"{ITEMS}?limit=5")[0]
    assert shortly(f"{ITEMS}?limit={'0' * 600}5") is None


def test_a_head_of_thousands_of_bytes_goes_the_ordinary_way(ordinary):
    fields = f"{FIELDS[0]}\r\nReferer: http://here/{'x' * 5_000}"
    for path in PAGES:
        ordinary(path, fields)
    assert short._recipes == {} and shortly(PAGES[0], fields) is None


def test_connections_that_the_database_ended_a_moment_ago_are_nobodys_trouble(served, tmp_path, ordinary):
    known = ids(ordinary)
    with running(tmp_path) as service, service.connect() as raw, raw.makefile("rb") as came, db.connect() as other:
        for n in known * 3:
            raw.sendall(head(f"{ITEMS}/{n}"))
            received(came)
        ended = other.exec_driver_sql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
                                      "WHERE datname = current_database() AND pid <> pg_backend_pid()").scalar_one()
        assert ended
        for n in known:
            raw.sendall(head(f"{ITEMS}/{n}"))
            assert json.loads(received(came)[1])["id"] == n


def test_a_head_that_is_too_long_is_refused_however_soon_it_follows_an_answer(served, tmp_path, ordinary):
    known = ids(ordinary)
    many = b"".join(b"X-%d: %b\r\n" % (n, b"y" * 4_000) for n in range(10))
    with running(tmp_path) as service:
        for _ in range(3):
            with service.connect() as raw, raw.makefile("rb") as came:
                for n in known[:4]:
                    raw.sendall(head(f"{ITEMS}/{n}"))
                    received(came)
                raw.sendall(b"GET /conformance HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n")
                assert came.readline().split()[1] == b"431"


def test_a_client_that_goes_away_ends_what_the_short_way_asks(served, ordinary, monkeypatch):
    for path in PAGES:
        ordinary(path)
    assert shortly(f"{ITEMS}?limit=6&bbox=120.4,29.9,120.83,30.2")
    gone_away = Client(b"")
    gone_away.recv = lambda size, flags=0: b""
    monkeypatch.setattr(short_pages.layers, "states", lambda *_: None)
    monkeypatch.setattr(short_pages.joined, "page", lambda conn, *_, **__: conn.exec_driver_sql("SELECT pg_sleep(30)"))
    begun = time.monotonic()
    assert short.answer(head(f"{ITEMS}?limit=6&bbox=120.4,29.9,120.84,30.2"), gone_away) is None
    assert time.monotonic() - begun < 25


def received(came):
    assert came.readline() == b"HTTP/1.1 200 OK\r\n"
    fields = {}
    while (line := came.readline().decode("latin-1").strip()):
        name, _, value = line.partition(": ")
        fields[name] = value
    return fields, came.read(int(fields["Content-Length"]))
