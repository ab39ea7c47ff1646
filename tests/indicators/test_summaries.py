"""Kept figures are the live ones: after any edits, for every indicator and grouping, number by number."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress

import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import indicators
from registry.catalogue import load
from registry.errors import Invalid
from registry.indicators import grouping, refresh
from registry.indicators.shares import ShareOfAssets
from registry.scope import ROLES, WHOLE, Principal
from registry.store import ownership, tallies, undo
from registry.store.edits import Editor, Given
from registry.store.records import Writer

EDITOR = Principal("张三", "editor", ROLES["editor"], no_lock=True)
# One class of each trade, so that every indicator has one of them.
CLASSES = ("streetlight", "road", "bridge", "pipe", "park", "green", "toilet", "transfer_station", "utility_tunnel", "manhole")
EVERY = [(i.code, c.key) for i in indicators.every() if isinstance(i, ShareOfAssets) for c in i.classes() if c.key in CLASSES]
PLACES = (120.45, 120.55, 120.95, 121.5)
SHAPES = {"point": lambda x: shapely.Point(x, 30.5), "line": lambda x: shapely.LineString([(x, 30.5), (x + 0.12, 30.5)]),
          "polygon": lambda x: shapely.box(x, 30.45, x + 0.12, 30.46)}
TODAY = dt.date.today()
DAYS = st.sampled_from([dt.date(2001, 1, 1), TODAY, TODAY + dt.timedelta(days=1), dt.date(2015, 6, 1), None])


def groupings(cls):
    """Those that are kept, and those that are not."""
    return list(dict.fromkeys((None, "district", cls.group_by, "owner", "street")))


def figures(books, kinds=CLASSES, sight=WHOLE):
    """Every figure of the classes by every grouping, without the moment it was told."""
    found = {}
    for code, kind in (e for e in EVERY if e[1] in kinds):
        for by in groupings(load().classes[kind]):
            if by is None or grouping.allows(load().classes[kind], by):
                found[code, kind, by] = indicators.measure(books.conn, code, books.city, cls=kind, by=by, sight=sight) | {"as_of": None}
    return found


def live(books, kinds=CLASSES, sight=WHOLE):
    """The same where nothing is kept."""
    with books.conn.begin_nested() as nested:
        books.conn.execute(text("DELETE FROM tally"))
        found = figures(books, kinds, sight)
        nested.rollback()
    return found


def keep(books, **how):
    found = refresh.gathered(books.conn, books.city, how.pop("day", TODAY), **how)
    return tallies.keep(books.conn, tallies.moment(books.conn, books.city.key), found.found.values())


@pytest.fixture
def hits(monkeypatch):
    """What was answered from what is kept, by class."""
    told, found = tallies.told, []

    def spy(conn, counting):
        rows = told(conn, counting)
        found.extend([counting.cls] if rows is not None else [])
        return rows

    monkeypatch.setattr(tallies, "told", spy)
    return found


# -- random edits --------------------------------------------------------------------------------
def _value(field):
    if field.codes:
        return st.sampled_from([*field.codes.values[:4], None])
    if field.type == "boolean":
        return st.sampled_from([True, False, None])
    if field.type == "date":
        return DAYS
    if field.type in ("integer", "number"):
        low = field.minimum if field.minimum is not None else 1
        return st.sampled_from([max(1, int(low)), 2000, None] if field.key == "laid_year" else [max(1, int(low)), None])
    return st.sampled_from(["甲", "乙", None])


FIELDS = {k: {f.key: _value(f) for f in load().classes[k].fields
              if f.type in ("code", "boolean", "date", "integer", "number", "text") and not f.required and f.key not in ("code", "district")
              and (f.type != "text" or f.key in ("owner", "keeper", "supervisor", "name", "grid", "contract_section"))}
          for k in CLASSES}


@st.composite
def row(draw, kind):
    """Some fields of a row, and its place."""
    some = draw(st.lists(st.sampled_from(sorted(FIELDS[kind])), unique=True, max_size=8))
    said = {name: draw(FIELDS[kind][name]) for name in some}
    return {name: v for name, v in said.items() if v is not None} | {"geom": SHAPES[load().classes[kind].geometry[0]](draw(st.sampled_from(PLACES)))}


WHATEVER = ("load", "edit", "move", "delete", "inspect", "claim", "undo", "zone", "refresh")


@st.composite
def step(draw, kinds):
    """One change of something of these classes: what, of which class, and what it says."""
    what, kind = draw(st.sampled_from(WHATEVER)), draw(st.sampled_from(kinds))
    said = {"load": st.lists(row(kind), min_size=1, max_size=3), "move": st.sampled_from(PLACES), "undo": st.integers(0, 3),
            "edit": st.sampled_from(sorted(FIELDS[kind])).flatmap(lambda name: st.tuples(st.just(name), FIELDS[kind][name])),
            "inspect": st.fixed_dictionaries({"inspected_on": st.sampled_from([dt.date(2015, 1, 1), TODAY - dt.timedelta(days=30)]),
                                              "grade": st.sampled_from(["A", "C", "E"])}),
            "zone": st.tuples(st.sampled_from(["district", "built_up_area"]), st.sampled_from([120.5, 120.6]))}.get(what, st.none())
    return what, kind, draw(said)


def geojson(shape):
    return json.loads(shapely.to_geojson(shape))


def carry_out(books, step):
    what, kind, said = step
    conn, city, cls = books.conn, books.city, load().classes[kind]
    here = conn.execute(text("SELECT id FROM asset WHERE class = :c ORDER BY id LIMIT 1"), {"c": kind}).scalar()
    if what == "load":
        books.put(kind, *said)
    elif what == "undo":
        batches = conn.execute(text("SELECT id FROM batch WHERE kind IN ('edit', 'api') ORDER BY at DESC LIMIT 4")).scalars().all()
        undo.carry_out(conn, undo.examine(conn, batches[min(said, len(batches) - 1)]), actor="t")
    elif what == "zone":
        zone, west = said
        id_ = conn.execute(text("SELECT id FROM zone WHERE kind = :k ORDER BY code LIMIT 1"), {"k": zone}).scalar_one()
        editor = Editor(conn, city, EDITOR, "test")
        editor.update(load().kind(zone), id_, Given({}, (geojson(shapely.box(120, 30, west, 31)),)), None)
        editor.close()
    elif what == "refresh":
        keep(books)
    elif here is not None and what == "inspect":
        books.inspect(kind, here, said["inspected_on"], grade=said["grade"])
    elif here is not None and what == "claim":
        claim = ownership.claim(conn, city.key, cls, here, {"kind": "unclear", "claimant": "乙局", "role": "owner", "basis": "图"}, Writer("t", "t"))
        ownership.resolve(conn, city.key, claim["id"], None, {"status": "accepted", "resolution": "是"}, Writer("t", "t", unlocked=True))
    elif here is not None:
        editor = Editor(conn, city, EDITOR, "test")
        if what == "delete":
            editor.delete(cls, here, None)
        elif what == "move":
            editor.update(cls, here, Given({}, (geojson(SHAPES[cls.geometry[0]](said)),)), None)
        else:
            editor.update(cls, here, Given({said[0]: said[1].isoformat() if isinstance(said[1], dt.date) else said[1]}), None)
        editor.close()


def town(books, kinds=CLASSES):
    books.districts()
    books.put("built_up_area", {"code": "J", "edition": "x", "population": 1000, "geom": shapely.box(120.5, 30.4, 121.05, 30.6)})
    for kind in kinds:
        shape = SHAPES[load().classes[kind].geometry[0]]
        books.put(kind, *({"geom": shape(x), "state": s, "owner": o} for x, s, o in zip(
            PLACES, ("intact", "damaged", None, "missing"), ("甲", None, "乙", "甲"), strict=True)))


@settings(max_examples=8, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_kept_figures_are_the_live_ones_whatever_is_edited(books, hits, data):
    kinds = data.draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=2, unique=True))
    hits.clear()
    with books.conn.begin_nested() as nested:
        town(books, kinds)
        keep(books)
        for each in data.draw(st.lists(step(kinds), min_size=2, max_size=8)):
            with suppress(Invalid), books.conn.begin_nested():
                carry_out(books, each)
        assert figures(books, kinds) == live(books, kinds)
        assert hits, "a test of what is kept that keeps nothing"
        nested.rollback()
