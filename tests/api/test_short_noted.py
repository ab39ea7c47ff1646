"""Whichever way an answer goes: it is counted for who asks, and told in the log."""

from __future__ import annotations

import json
import logging

import pytest
from test_short import FIELDS, ITEMS, Client, asking, head, nothing_known  # noqa: F401  (a fixture)

from api import create_app, short

LIMIT = 1_000


@pytest.fixture
def noting(served, monkeypatch, capsys):
    """An application behind one proxy that logs and counts; gives its ordinary way and the lines of its log since."""
    for name, value in {"REGISTRY_LOG": "json", "REGISTRY_RATE_LIMIT": str(LIMIT), "REGISTRY_PROXIES": "1"}.items():
        monkeypatch.setenv(name, value)
    ask = asking(create_app())
    capsys.readouterr()
    yield ask, lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.getLogger("registry.api").setLevel(logging.WARNING)


def behind(*hands: str) -> str:
    return f"{FIELDS[0]}\r\nX-Forwarded-For: {', '.join(hands)}\r\nX-Forwarded-Proto: https"


def shortly(path, fields):
    """Fields of the short way; None where it is not gone."""
    made = short.answer(head(path, fields), Client(b""))
    return made and dict(line.split(": ", 1) for line in b"".join(made).partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:])


@pytest.fixture
def known(noting, get):
    ask, said = noting
    paths = [f"{ITEMS}/{f['id']}" for f in get(f"{ITEMS}?limit=9")["features"]]
    for n, path in enumerate(paths[:2]):
        ask(path, behind(f"192.0.2.{n}"))
    said()
    return paths[2:]


def test_the_lines_of_both_ways_say_the_same(noting, known):
    ask, said = noting
    for path in (known[0], f"{ITEMS}?limit=3"):
        for _ in range(3):
            fields, _ = ask(path, behind("192.0.2.7"))
        (*_, line), short_ = said(), shortly(path, behind("203.0.113.9", "192.0.2.7"))
        (told,) = said()
        assert told.pop("request_id") == short_["X-Request-Id"] and line.pop("request_id")
        assert told.pop("ms") >= 0 and line.pop("ms") >= 0 and told.pop("time") >= line.pop("time")
        assert told == line and told["address"] == "192.0.2.7" and told["principal"] == "public" and told["city"] == "demo"


def test_each_is_counted_for_its_own_address_by_whichever_way(noting, known):
    ask, _ = noting
    first = shortly(known[0], behind("192.0.2.20"))
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == (str(LIMIT), str(LIMIT - 1))
    assert ask(known[1], behind("192.0.2.20"))[0]["ratelimit-remaining"] == str(LIMIT - 2)
    assert shortly(known[1], behind("192.0.2.20"))["RateLimit-Remaining"] == str(LIMIT - 3)
    assert shortly(known[1], behind("192.0.2.20", "192.0.2.21"))["RateLimit-Remaining"] == str(LIMIT - 1)
    assert 1 <= int(first["RateLimit-Reset"]) <= 60


def test_a_hand_is_read_with_or_without_a_blank_before_it(noting, known):
    _, said = noting
    assert shortly(known[0], f"{FIELDS[0]}\r\nX-Forwarded-For:\t2001:db8::1\r\nX-Forwarded-Proto: https")
    assert said()[-1]["address"] == "2001:db8::1"


def test_who_asks_too_often_is_left_to_the_ordinary_way_unasked(noting, known, monkeypatch):
    monkeypatch.setattr(short._recipes[next(iter(short._recipes))].noted, "_most", 2)
    fields = behind("192.0.2.30")
    assert [shortly(known[n % 3], fields) is not None for n in range(4)] == [True, True, False, False]


@pytest.mark.parametrize("more", [
    'X-Forwarded-For: "192.0.2.1"', "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2", "X-Forwarded-For: 192.0.2.1,",
    "X-Forwarded-For: a\nContent-Length: 63", "X-Forwarded-For: 192.0.2.1\nContent-Length: 63", "X-Real-IP: \n evil", "X-Forwarded-For: 6\0",
    "X-Forwarded-For: \x1b[31m", "X-Forwarded-For: 192.0.2.1 city=x", "X-Forwarded-For: [::1]:80"])
def test_hands_told_in_an_unusual_way_are_left_to_the_ordinary_way(noting, known, more):
    assert shortly(known[0], behind("192.0.2.40"))
    assert shortly(known[0], f"{FIELDS[0]}\r\n{more}\r\nX-Forwarded-Proto: https") is None
