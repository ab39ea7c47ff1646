"""Texts of features are kept by what the row says, so that a page never shows what was."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from sqlalchemy import text

from registry.catalogue import load
from registry.scope import Sight, public
from registry.store import features, kept
from registry.store.query import Query
from registry.store.staging import put_many

LAMP, PIPE = load().kind("streetlight"), load().kind("pipe")


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FEATURES", kept.Kept())


def put(conn: Any, city: Any, *names: str, kind: Any = LAMP, **more: Any) -> None:
    rows = [{"code": f"L{n}", "name": name, "geom": shapely.Point(120.5 + n / 1000, 30), **more} for n, name in enumerate(names)]
    put_many(conn, kind, city, rows, actor="tester", reason="test")


def page(conn: Any, **query: Any) -> list[dict[str, Any]]:
    return [json.loads(f) for f in features.page(conn, Query(LAMP, "demo", **query)).features]


def test_a_page_of_kept_texts_is_the_page_that_was_made_anew(conn: Any, city: Any) -> None:
    put(conn, city, "甲", "乙", "丙")
    anew = page(conn)
    assert page(conn) == anew and [f["properties"]["name"] for f in anew] == ["甲", "乙", "丙"]
    assert page(conn, limit=2) == anew[:2] and page(conn, sort=(("name", True),)) == sorted(
        anew, key=lambda f: f["properties"]["name"], reverse=True)


def test_a_text_that_is_kept_is_not_made_again(conn: Any, city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(conn, city, "甲", "乙")
    page(conn)
    asked: list[str] = []
    real = features.fetch
    monkeypatch.setattr(features, "fetch", lambda c, s, p, **more: (asked.append(s), real(c, s, p, **more))[1])
    page(conn)
    assert len(asked) == 1 and "to_json" not in asked[0]


def test_an_edit_shows_on_the_next_page_and_nothing_else_changes(conn: Any, city: Any) -> None:
    put(conn, city, "甲", "乙")
    before = page(conn)
    put(conn, city, "甲", "新")
    after = page(conn)
    assert after[0] == before[0]
    assert (after[1]["properties"]["name"], after[1]["properties"]["version"]) == ("新", 2)


def test_what_says_something_else_under_the_same_version_and_moment_is_another_text(conn: Any, city: Any) -> None:
    put(conn, city, "甲")
    page(conn)
    conn.execute(text("SET LOCAL session_replication_role = replica"))
    conn.execute(text("UPDATE asset a SET name = '乙'"))
    conn.execute(text("UPDATE asset a SET row_hash = registry_row_hash(a)"))
    assert page(conn)[0]["properties"]["name"] == "乙"


def test_a_row_that_goes_between_the_two_questions_is_left_out(conn: Any, city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(conn, city, "甲", "乙", "丙")
    real = features.fetch
    monkeypatch.setattr(features, "fetch", lambda c, s, p, **more: [
        r for r in real(c, s, p, **more) if "to_json" not in s or b"\xe4\xb9\x99" not in r[0]])  # 乙
    assert [f["properties"]["name"] for f in page(conn)] == ["甲", "丙"]
    found = features.page(conn, Query(LAMP, "demo", limit=2))
    assert len(found.features) == 1 and found.next is not None
    assert [f["properties"]["name"] for f in page(conn, after=found.next)] == ["丙"]


def test_who_sees_less_is_shown_no_text_that_was_made_for_who_sees_all(conn: Any, city: Any) -> None:
    rows = [{"code": c, "medium": m, "geom": shapely.LineString([(120.5, 30), (120.51, 30)])} for c, m in (("G", "gas"), ("S", "sewage"))]
    put_many(conn, PIPE, city, rows, actor="tester", reason="test")
    assert len(features.page(conn, Query(PIPE, "demo")).features) == 2
    seen = features.page(conn, Query(PIPE, "demo", sight=Sight(public()))).features
    assert [json.loads(f)["properties"]["code"] for f in seen] == ["S"]


def test_the_oldest_texts_go_when_there_is_no_room_and_those_in_use_stay() -> None:
    texts = kept.Kept(most_bytes=20 * (1_000 + kept.ROW_BYTES))
    for n in range(200):
        texts.put(n, b"x" * 1_000)
        assert texts.get(0) == b"x" * 1_000  # in use all the time
    held = sum(texts.get(n) is not None for n in range(200))
    assert texts.get(100) is None and texts.get(199) is not None and held <= 24
