"""Kept figures are the live ones: after any edits, for every indicator and grouping, number by number."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from contextlib import suppress

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import indicators, moment, sql
from registry.catalogue import load
from registry.errors import Invalid
from registry.indicators import grouping, refresh
from registry.indicators.shares import ShareOfAssets
from registry.scope import ROLES, WHOLE, Mask, Principal, Scope, Sight
from registry.store import once, ownership, tallies, undo
from registry.store.edits import Editor, Given
from registry.store.records import Writer

EDITOR = Principal("张三", "editor", ROLES["editor"], no_lock=True)
# One class of each trade, so that every indicator has one of them.
CLASSES = ("streetlight", "road", "bridge", "pipe", "park", "green", "toilet", "transfer_station", "utility_tunnel", "manhole")
EVERY = [(i.code, c.key) for i in indicators.every() if isinstance(i, ShareOfAssets) for c in i.classes() if c.key in CLASSES]
PLACES = (120.45, 120.55, 120.95, 121.5)
SHAPES = {"point": lambda x: shapely.Point(x, 30.5), "line": lambda x: shapely.LineString([(x, 30.5), (x + 0.12, 30.5)]),
          "polygon": lambda x: shapely.box(x, 30.45, x + 0.12, 30.46)}
TODAY = moment.today()
RELATION = re.compile(r"\"Relation Name\": \"(\w+)\"")
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


def together(books, kinds=CLASSES):
    """The same in one answer, which reads all that is kept at once: as a dashboard does."""
    with once.held():
        tallies.ahead(books.conn, books.city.key, moment.today())
        return figures(books, kinds)


def live(books, kinds=CLASSES, sight=WHOLE):
    """The same where nothing is kept."""
    with books.conn.begin_nested() as nested:
        books.conn.execute(text("DELETE FROM tally"))
        found = figures(books, kinds, sight)
        nested.rollback()
    return found


def keep(books, **how):
    found = refresh.gathered(books.conn, books.city, how.pop("day", None) or moment.today(), **how)
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
                                              "grade": st.sampled_from(["A", "C", "E"]), "lit": st.sampled_from(["lit", "unlit", "not_due"])}),
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
        id_ = conn.execute(text("SELECT id FROM zone WHERE kind = :k ORDER BY code LIMIT 1"), {"k": zone}).scalar()
        if id_ is None:  # its load was undone
            return
        editor = Editor(conn, city, EDITOR, "test")
        editor.update(load().kind(zone), id_, Given({}, (geojson(shapely.box(120, 30, west, 31)),)), None)
        editor.close()
    elif what == "refresh":
        keep(books)
    elif here is not None and what == "inspect":
        patrol = {"form": "lamp_patrol", "measurements": {"lit": said["lit"]}}
        books.inspect(kind, here, said["inspected_on"], **(patrol if kind == "streetlight" else {"grade": said["grade"]}))
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


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
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
        assert figures(books, kinds) == together(books, kinds) == live(books, kinds)
        assert hits, "a test of what is kept that keeps nothing"
        nested.rollback()


@pytest.mark.long
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_kept_figures_are_the_live_ones_in_the_long_run(books, data):
    kinds = data.draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=2, unique=True))
    with books.conn.begin_nested() as nested:
        town(books, kinds)
        keep(books)
        for each in data.draw(st.lists(step(kinds), min_size=2, max_size=12)):
            with suppress(Invalid), books.conn.begin_nested():
                carry_out(books, each)
        assert figures(books, kinds) == together(books, kinds) == live(books, kinds)
        nested.rollback()


# -- each thing that may go wrong ----------------------------------------------------------------
def one(books, **ask):
    return indicators.measure(books.conn, ask.pop("code", "intact_rate"), books.city, **{"cls": "streetlight", "by": "district", **ask}) | {"as_of": None}


@pytest.fixture
def lamps(books):
    town(books, ["streetlight", "road"])
    assert keep(books) > 0
    return books


def kept_rows(books, change, where="true"):
    """Spoil what is kept: whoever uses it tells something else."""
    return books.conn.execute(text(f"UPDATE tally SET {change} WHERE {where}")).rowcount


SPOILT = "rows = '[[\"330601\", \"good\", 77, 77000000, 77000000]]'"


def test_what_is_kept_is_what_is_told(lamps):
    kept_rows(lamps, SPOILT)
    assert one(lamps)["numerator"] == 77 and one(lamps, by=None)["numerator"] == 77


@pytest.mark.parametrize("ask", [{"where": {"owner": ["甲"]}}, {"by": "owner"}, {"sight": Sight(on=TODAY)},
                                 {"sight": Sight(as_of=dt.datetime.now(dt.UTC) + dt.timedelta(days=1))},
                                 {"sight": Sight(Principal("x", "x", ROLES["reader"], Scope(districts=("330601",))))},
                                 {"sight": Sight(Principal("x", "x", ROLES["reader"], masks={"streetlight": Mask(values={"road_class": ("alley",)})}))}])
def test_what_is_asked_otherwise_is_counted_live(lamps, ask):
    kept_rows(lamps, SPOILT)
    assert one(lamps, **ask)["numerator"] == 1


def test_a_token_of_the_city_is_told_what_is_kept_of_the_city_and_no_other(lamps):
    kept_rows(lamps, SPOILT)
    of = [Sight(Principal("x", "x", ROLES["reader"], Scope(city=c))) for c in ("demo", "far")]
    assert one(lamps, sight=of[0])["numerator"] == 77 and not one(lamps, sight=of[1])["numerator"]


@pytest.mark.parametrize("change", ["hash = '\\x00'", "day = day + 1", "at = at + interval '1 second'", "batch = batch + 1"])
def test_what_is_of_another_past_or_day_is_not_told(lamps, change):
    kept_rows(lamps, f"{SPOILT}, {change}")
    assert one(lamps)["numerator"] == 1


def test_a_zone_that_changed_leaves_nothing_kept_of_what_lies_in_it(lamps):
    density = {"code": "road_density", "cls": "road"}
    before = one(lamps, **density)
    kept_rows(lamps, SPOILT)
    assert one(lamps, **density) != before
    carry_out(lamps, ("zone", "road", ("built_up_area", 121.0)))
    assert one(lamps, **density) == live_one(lamps, **density) != before


def live_one(books, **ask):
    with books.conn.begin_nested() as nested:
        books.conn.execute(text("DELETE FROM tally"))
        found = one(books, **ask)
        nested.rollback()
    return found


def test_an_asset_that_was_never_kept_cannot_make_less_than_nothing(lamps):
    """What is kept does not fit what changed: then nothing of it is told."""
    kept_rows(lamps, "rows = '[]'")
    lamps.conn.execute(text("SELECT 1"))
    carry_out(lamps, ("delete", "streetlight", None))
    assert one(lamps) == live_one(lamps)


def test_more_changes_than_are_worth_looking_at_are_counted_live(lamps, monkeypatch):
    monkeypatch.setattr(tallies, "MOST", 1)
    kept_rows(lamps, SPOILT)
    lamps.put("streetlight", {"state": "intact"}, {"state": "intact"})
    assert one(lamps) == live_one(lamps)


def test_dates_that_come_tomorrow_are_counted_for_tomorrow(books):
    tomorrow = TODAY + dt.timedelta(days=1)
    books.put("streetlight", {"state": "intact"}, {"state": "intact", "retired_on": tomorrow})
    keep(books)
    keep(books, day=tomorrow)
    rows = dict(books.conn.execute(text("SELECT day, rows FROM tally WHERE class = 'streetlight' AND rows::text LIKE '%retired%'")).all())
    assert set(rows) == {tomorrow}


@pytest.mark.parametrize("code", sorted({code for code, _ in EVERY}))
def test_a_figure_reads_what_is_looked_at_for_changes_and_nothing_else(books, monkeypatch, code):
    """By the plan of the database, not by the words of the statement."""
    seen = []

    def look(conn, counting, sight=WHOLE):
        plan = json.dumps(tallies._execute(conn, "EXPLAIN (FORMAT JSON) " + counting.sentence("asset"), counting, {"as_of": None}).scalar_one())
        seen.append(({r.partition("_streetlight")[0] if r.startswith("asset") else r for r in RELATION.findall(plan)}, counting))
        return []

    monkeypatch.setattr(tallies, "live", look)
    for kind in [k for c, k in EVERY if c == code]:
        for by in groupings(load().classes[kind]):
            if by is None or grouping.allows(load().classes[kind], by):
                indicators.measure(books.conn, code, books.city, cls=kind, by=by)
    assert seen
    for relations, counting in seen:
        assert {r for r in relations if not r.startswith("asset")} <= counting.reads if counting.keepable else True
        assert len([r for r in relations if r.startswith("asset")]) <= 1


def test_what_somebody_writes_within_an_answer_is_in_each_of_its_figures_as_a_whole_or_not_at_all(lamps):
    """The assets that changed are looked up once for a class: another look is taken where a later batch is seen."""
    carry_out(lamps, ("edit", "streetlight", ("state", "damaged")))
    before = live_one(lamps)
    with once.held():
        tallies.ahead(lamps.conn, lamps.city.key, TODAY)
        assert one(lamps) == before
        lamps.put("streetlight", {"state": "intact", "owner": "丙"})
        found = one(lamps), one(lamps, code="asset_count")
    assert found == (live_one(lamps), live_one(lamps, code="asset_count")) != (before, before)


def test_the_changed_assets_of_a_class_are_looked_up_once_for_all_its_figures(lamps, monkeypatch):
    carry_out(lamps, ("edit", "streetlight", ("state", "damaged")))
    looked, changed = [], tallies._changed
    monkeypatch.setattr(tallies, "_changed", lambda conn, counting, since: looked.append(counting.cls) or changed(conn, counting, since))
    assert together(lamps, ["streetlight"]) == live(lamps, ["streetlight"])
    assert 1 <= len(looked) <= 2  # with inspections, and without


# -- what is read --------------------------------------------------------------------------------
def given(plan):
    """How many rows each table gave to a statement, by the plan that was carried out."""
    found, todo = Counter(), [plan[0]["Plan"]]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        found[node.get("Relation Name", "")] += node["Actual Rows"] * node["Actual Loops"]
    return found


def test_after_an_edit_only_the_patrols_of_what_changed_are_read(books, monkeypatch):
    ids = books.put("streetlight", *[{"state": "intact"}] * 20)
    for id_ in ids:
        books.inspect("streetlight", id_, TODAY, form="lamp_patrol", measurements={"lit": "lit"})
    keep(books)
    carry_out(books, ("edit", "streetlight", ("state", "damaged")))
    plans, execute = [], tallies._execute

    def look(conn, script, counting, values):
        if "lamp_patrol" in script:
            plans.append(given(execute(conn, f"EXPLAIN (ANALYZE, FORMAT JSON) {script}", counting, values).scalar_one()))
        return execute(conn, script, counting, values)

    monkeypatch.setattr(tallies, "_execute", look)
    # A table so small is read whole, if only to see what supersedes what; one of a city is looked up.
    books.conn.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"))
    assert one(books, code="lighting_rate")["numerator"] == 20
    assert [plan["inspection"] for plan in plans if plan["inspection"]] == [2]


def test_whether_a_class_has_assets_is_told_by_one_of_them(lamps):
    plan = lamps.conn.execute(text("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.script("tally_classes")),
                              {"city": lamps.city.key, "classes": list(load().classes)}).scalar_one()
    assert given(plan)["asset_streetlight"] == 1
    assert tallies.classes(lamps.conn, lamps.city.key) == {"streetlight", "road"}


def test_of_a_class_without_assets_the_figures_are_the_live_ones(lamps):
    assert together(lamps, ["manhole"]) == live(lamps, ["manhole"])
