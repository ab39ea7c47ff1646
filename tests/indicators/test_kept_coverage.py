"""Coverage on a dashboard is kept whole: what is kept is what is told, and never anything but the coverage of now."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import shapely
from sqlalchemy import text

from registry import indicators
from registry.catalogue import load
from registry.coverage import straight
from registry.indicators import refresh
from registry.scope import ROLES, WHOLE, Principal, Scope, Sight
from registry.store import once, tallies
from registry.store.edits import Editor, Given

EDITOR = Principal("张三", "editor", ROLES["editor"], no_lock=True)
RULES = ("park_coverage", "toilet_road_coverage", "toilet_coverage")
TODAY = dt.date.today()
SPOILT = {"value": 12.5, "numerator": 1, "denominator": 8}


def square(west, south, side=0.004):
    return shapely.box(west, south, west + side, south + side)


@pytest.fixture
def town(books):
    books.districts()
    books.put("built_up_area", {"code": "J", "edition": "x", "geom": square(120.1, 30.1, 0.02)})
    books.put("residential", *({"code": f"R{n}", "geom": square(120.1 + n * 0.005, 30.1)} for n in range(3)))
    books.put("park", *({"geom": square(120.1 + n * 0.009, 30.104), "state": "intact"} for n in range(2)))
    books.put("toilet", {"geom": shapely.Point(120.105, 30.105), "state": "intact"})
    books.put("road", *({"geom": shapely.LineString([(120.1, 30.101 + n * 0.004), (120.118, 30.101 + n * 0.004)]), "road_class": "arterial"}
                        for n in range(2)))
    assert keep(books) > 0
    return books


def keep(books):
    return tallies.keep(books.conn, tallies.moment(books.conn, books.city.key), refresh.gathered(books.conn, books.city, TODAY).found.values())


def told(books, code, sight=WHOLE, brief=True):
    return indicators.measure(books.conn, code, books.city, by="district", sight=sight, brief=brief)


def together(books, code):
    with once.held():
        tallies.ahead(books.conn, books.city.key, TODAY)
        return told(books, code)


def live(books, code):
    with books.conn.begin_nested() as nested:
        books.conn.execute(text("DELETE FROM tally"))
        found = told(books, code)
        nested.rollback()
    return found


def spoil(books):
    return books.conn.execute(text("UPDATE tally SET rows = to_jsonb(CAST(:said AS text)) WHERE jsonb_typeof(rows) = 'string'"),
                              {"said": json.dumps(SPOILT)}).rowcount


def change(books, what, kind):
    table = load().kind(kind).table
    by = "class" if table == "asset" else "kind"
    id_ = books.conn.execute(text(f"SELECT id FROM {table} WHERE {by} = :kind ORDER BY id LIMIT 1"), {"kind": kind}).scalar_one()
    editor = Editor(books.conn, books.city, EDITOR, "test")
    if what == "delete":
        editor.delete(load().kind(kind), id_, None)
    elif what == "move":
        place = {"park": square(120.107, 30.101), "toilet": shapely.Point(120.11, 30.11), "road": shapely.LineString([(120.1, 30.11), (120.11, 30.11)])}
        shape = json.loads(shapely.to_geojson(place.get(kind, square(120.103, 30.101, 0.01))))
        editor.update(load().kind(kind), id_, Given({}, (shape,)), None)
    else:
        editor.update(load().kind(kind), id_, Given({"retired_on": "2001-01-01"} if table == "asset" else {"name": "另名"}), None)
    editor.close()


@pytest.mark.parametrize("code", RULES)
def test_what_is_kept_is_what_is_told(town, code):
    assert spoil(town) >= len(RULES)
    for found in (told(town, code), together(town, code)):
        assert {name: found[name] for name in SPOILT} == SPOILT
        assert found["as_of"]


@pytest.mark.parametrize("code", RULES)
def test_kept_and_counted_live_it_is_the_same_and_that_of_the_full_answer(town, code):
    full = told(town, code, brief=False)
    kept, counted = told(town, code), live(town, code)
    assert kept == together(town, code) == counted and kept["value"] is not None
    assert {name: full[name] for name in kept} == kept


def test_whoever_sees_less_or_asks_of_another_day_is_not_told_what_is_kept(town):
    spoil(town)
    for sight in (Sight(Principal("x", "x", ROLES["reader"], Scope(districts=("330601",)))), Sight(on=TODAY),
                  Sight(as_of=dt.datetime.now(dt.UTC) + dt.timedelta(days=1))):
        assert told(town, "park_coverage", sight)["value"] != 12.5


@pytest.mark.parametrize("kind", ["park", "toilet", "road", "built_up_area", "residential", "district"])
@pytest.mark.parametrize("what", ["delete", "move", "edit"])
def test_after_any_edit_nothing_is_told_but_the_coverage_of_now(town, what, kind):
    change(town, what, kind)
    for code in RULES:
        assert told(town, code) == together(town, code) == live(town, code), code


def test_what_has_nothing_to_serve_is_told_without_a_look_at_who_serves(books, monkeypatch):
    books.put("park", {"geom": square(120.1, 30.1), "state": "intact"})
    seen, facilities = [], straight.facilities
    monkeypatch.setattr(straight, "facilities", lambda run: (seen.append(run.assets), facilities(run)))
    brief, full = told(books, "park_coverage"), told(books, "park_coverage", brief=False)
    assert brief["value"] is None and brief["reason"] == full["reason"]
    assert [assets and assets.sql for assets in seen] == ["(SELECT * FROM asset WHERE false)", None]
