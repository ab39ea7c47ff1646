"""Kept coverage: whatever is edited, the answer is that of a full run, and nothing that does not fit is used."""

from __future__ import annotations

import datetime as dt
import json
import random

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import affinity
from sqlalchemy import text

from registry import coverage, history, moment
from registry.coverage import Added, kept, kept_state, straight
from registry.scope import Mask, Principal, Right, Scope, Sight

SPAN = 3000


def same(one, other, where=""):
    """Every number of two answers within a billionth (of a square metre where they are nothing), all else equal."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for name in one:
            if name != "identity_residual_m2":
                same(one[name], other[name], f"{where}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for n, (a, b) in enumerate(zip(one, other, strict=True)):
            same(a, b, f"{where}[{n}]")
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-6), where
    else:
        assert one == other, where


def full(town, monkeypatch, **ask):
    with monkeypatch.context() as m:
        m.setattr(kept_state, "whole", lambda *_: False)
        return town.coverage(**ask)


def from_kept(town, monkeypatch, **ask):
    """The answer, with any full computation forbidden."""
    with monkeypatch.context() as m:
        m.setattr(straight, "fill", lambda run: pytest.fail("computed in full"))
        return town.coverage(**ask)


@pytest.fixture
def quarters(town):
    """Four districts, of which some parcels lie across the borders, and land with and without people."""
    for n, (x, y) in enumerate(((-4000, -4000), (1500, -4000), (-4000, 1500), (1500, 1500))):
        town.box("district", x, y, 5500, 5500, code=str(n))
    for n in range(30):
        town.box("residential", 100 * (n * 37 % 30), 100 * (n * 11 % 30), 60 + 40 * (n % 9), 50 + 30 * (n % 7),
                 population=n * 10 if n % 4 else None)
    town.box("residential", -900, -900, 4000, 700)  # reaches over five cells
    town.box("historic_district", 500, 500, 800, 300)
    return town


def test_what_is_kept_is_what_a_full_run_says(quarters, monkeypatch):
    town = quarters
    for n in range(12):
        town.box("park", 260 * (n * 7 % 12), 260 * (n * 5 % 12), 40 + 10 * (n % 8), 60)
    assert kept.refresh(town.conn, "park", town.city)
    same(from_kept(town, monkeypatch), full(town, monkeypatch))


# -- whatever is edited --------------------------------------------------------------------------
def outline(x, y, width, height, turn, bite):
    shape = shapely.box(x, y, x + width, y + height)
    if bite == "hook":
        shape = shape.difference(shapely.box(x + width / 2, y + height / 2, x + width, y + height))
    shape = affinity.rotate(shape, turn)
    return shapely.MultiPolygon([shape, affinity.translate(shape, 400, -300)]) if bite == "two parts" else shape


SHAPE = st.builds(outline, st.floats(-200, SPAN), st.floats(-200, SPAN), st.floats(20, 160), st.floats(20, 160),
                  st.sampled_from([0, 0, 17]), st.sampled_from(["", "hook", "two parts"]))
PARK = st.sampled_from(["A", "B", "C", None])  # several rows of one code are one facility
EDIT = st.one_of(
    st.tuples(st.just("new"), st.integers(0, 7), SHAPE, PARK), st.tuples(st.just("move"), st.integers(0, 7), SHAPE, st.none()),
    st.tuples(st.just("grow"), st.integers(0, 7), st.sampled_from([0.4, 0.9, 1.2, 3.0]), st.none()),
    st.tuples(st.just("join"), st.integers(0, 7), st.none(), PARK), st.tuples(st.just("close"), st.integers(0, 7), st.none(), st.none()),
    st.tuples(st.just("plan"), st.integers(0, 7), st.none(), st.none()), st.tuples(st.just("delete"), st.integers(0, 7), st.none(), st.none()))


class Parks:
    """The parks of the property test, edited by one batch each."""

    def __init__(self, town):
        self.town, self.rows = town, {}

    def edit(self, what, number, how, code):
        before = self.rows.get(number)
        row = dict(before or {"geom": outline(300.0 * number, 200.0 * number, 80, 70, 0, "")})
        if what == "delete" and before:
            self.delete(number)
            return
        if what in ("new", "move"):
            row["geom"] = how
        if what == "grow":
            row["geom"] = affinity.scale(row["geom"], how, how)
        if what in ("new", "join"):
            row["park_code"] = code
        if what == "close":
            row["retired_on"] = dt.date(2020, 1, 1)
        if what == "plan":
            row["build_status"] = "planned" if row.get("build_status") != "planned" else "built"
        if row != before:
            self.rows[number] = row
            self.town.write("park", f"P{number}", row)

    def delete(self, number):
        del self.rows[number]
        self.town.delete("park", f"P{number}")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(EDIT, min_size=2, max_size=4), steps=st.lists(st.lists(EDIT, min_size=1, max_size=2), min_size=1, max_size=3))
def test_after_any_edits_what_is_kept_equals_a_full_run(quarters, monkeypatch, first, steps):
    town = quarters
    with town.conn.begin_nested() as nested:
        parks = Parks(town)
        for edit in first:
            parks.edit(*edit)
        assert kept.refresh(town.conn, "park", town.city)
        for edits in steps:
            for edit in edits:
                parks.edit(*edit)
            expected = full(town, monkeypatch)
            same(from_kept(town, monkeypatch), expected)
        nested.rollback()


def random_edit(chance):
    """Of one of eight parks, mostly a change of its shape."""
    what = chance.choice(("move",) * 5 + ("grow",) * 4 + ("new", "join", "plan", "close", "delete", "delete"))
    shape = outline(chance.uniform(-200, SPAN), chance.uniform(-200, SPAN), chance.uniform(20, 120), chance.uniform(20, 120),
                    chance.uniform(0, 90), chance.choice(("", "hook", "two parts")))
    how = {"new": shape, "move": shape, "grow": chance.uniform(0.4, 3)}.get(what)
    return what, chance.randrange(8), how, chance.choice("ABC") if what == "join" or chance.random() < 0.2 else None


@pytest.mark.parametrize("count", [10, pytest.param(100, marks=pytest.mark.long)])
def test_after_many_random_edits_each_answered_what_is_kept_equals_a_full_run(quarters, monkeypatch, count):
    town, chance, parks = quarters, random.Random(count), Parks(quarters)
    for number in range(8):
        parks.edit("new", number, outline(*(chance.uniform(0, SPAN) for _ in "xy"), 80, 70, 0, ""), None)
    assert kept.refresh(town.conn, "park", town.city)
    answers = set()
    for _ in range(count):
        parks.edit(*random_edit(chance))
        answers.add(from_kept(town, monkeypatch)["numerator"])
    assert len(answers) > count / 4, "many edits change the figure"
    same(from_kept(town, monkeypatch), full(town, monkeypatch))


# -- what if -------------------------------------------------------------------------------------
def thought(town, shape, **properties):
    return Added(json.loads(shapely.to_geojson(town.stored(shape))), properties)


@pytest.mark.parametrize("keeping", [True, False])
def test_a_what_if_says_what_the_edit_would_make_of_it(quarters, monkeypatch, keeping):
    town = quarters
    for n in range(8):
        town.box("park", 330 * (n * 7 % 8), 330 * (n * 5 % 8), 40 + 10 * n, 60, park_code="Q" if n in (2, 5) else None)
    ids = dict(town.conn.execute(text("SELECT code, id FROM asset WHERE class = 'park'")).all())
    codes = sorted(ids)
    if keeping:
        assert kept.refresh(town.conn, "park", town.city)
    added = [(outline(1200, 900, 90, 80, 17, "two parts"), {}), (outline(700, 2500, 30, 30, 0, ""), {"park_code": "Q"}),
             (outline(200, 200, 150, 90, 0, ""), {"build_status": "planned"})]
    with monkeypatch.context() as m:
        if keeping:
            m.setattr(straight, "fill", lambda run: pytest.fail("computed in full"))
        told = coverage.what_if(town.conn, "park", town.city, add=[thought(town, s, **p) for s, p in added],
                                remove=[ids[codes[0]], ids[codes[4]]])
    before = full(town, monkeypatch)
    assert town.conn.execute(text("SELECT count(*) FROM asset WHERE class = 'park'")).scalar_one() == 8, "nothing is written"
    for code in (codes[0], codes[4]):
        town.delete("park", code)
    for n, (shape, fields) in enumerate(added):
        town.write("park", f"N{n}", {"geom": shape, **fields})
    after = full(town, monkeypatch)
    for part, now, then in ((told, before, after), *zip(told["by"], before["by"], after["by"], strict=False)):
        for name in ("value", "numerator", "denominator", "people", "people_covered"):
            assert part["before"][name] == pytest.approx(now[name], rel=1e-9, abs=1e-6)
            assert part["after"][name] == pytest.approx(then[name], rel=1e-9, abs=1e-6)
        assert part["gain_m2"] == pytest.approx(then["numerator"] - now["numerator"], abs=1e-3)
        assert part["gain_people"] == pytest.approx(then["people_covered"] - now["people_covered"], abs=1e-6)
    assert told["gain_m2"] != 0 and len(told["by"]) == 4


# -- what does not fit is not used ----------------------------------------------------------------
@pytest.mark.parametrize("kind", ["residential", "historic_district", "district", "built_up_area"])
def test_changed_zones_are_never_answered_from_what_was_kept(quarters, monkeypatch, kind):
    town = quarters
    town.box("park", 500, 500, 100, 100)
    town.box("park", 900, 900, 50, 30)
    assert kept.refresh(town.conn, "park", town.city)
    town.box(kind, 880, 700, 900, 900, code="Z")
    expected = full(town, monkeypatch)
    with pytest.raises(pytest.fail.Exception, match="computed in full"):
        from_kept(town, monkeypatch)
    same(town.coverage(), expected)
    assert kept.refresh(town.conn, "park", town.city)
    same(from_kept(town, monkeypatch), expected)


def test_only_the_whole_sight_of_the_present_is_answered_from_what_is_kept(quarters, monkeypatch):
    town = quarters
    town.box("park", 500, 500, 100, 100)
    assert kept.refresh(town.conn, "park", town.city)
    narrow = Principal("x", "reader", frozenset({Right.READ}), Scope(districts=("0",)))
    masked = Principal("x", "reader", frozenset(Right), masks={"park": Mask(fields=frozenset({"park_code"}))})
    for sight in (Sight(on=dt.date(2030, 1, 1)), Sight(as_of=dt.datetime.now(dt.UTC)), Sight(narrow), Sight(masked)):
        with pytest.raises(pytest.fail.Exception, match="computed in full"):
            from_kept(town, monkeypatch, sight=sight)
    with pytest.raises(pytest.fail.Exception, match="computed in full"):
        from_kept(town, monkeypatch, edition="2010")
    assert from_kept(town, monkeypatch, sight=Sight(Principal("x", "reader", frozenset(Right), Scope(city="demo"))))["numerator"] > 0


def test_nothing_is_kept_of_an_open_batch_or_a_dry_run(quarters):
    town = quarters
    assert kept.refresh(town.conn, "park", town.city)
    for mapping in (None, {"dry_run": True}):
        with town.conn.begin_nested() as nested:
            batch = history.open_batch(town.conn, city="demo", kind="edit", actor="t", reason="t", mapping=mapping)
            assert not kept.refresh(town.conn, "park", town.city)
            if mapping:
                history.seal(town.conn, batch)
                assert not kept.refresh(town.conn, "park", town.city)
            nested.rollback()


def test_a_closing_day_takes_effect_without_any_edit(quarters, monkeypatch):
    town = quarters
    town.box("park", 500, 500, 100, 100, retired_on=moment.today() + dt.timedelta(days=2))
    assert kept.refresh(town.conn, "park", town.city)
    assert town.coverage()["numerator"] > 0
    monkeypatch.setattr(Sight, "today", moment.today() + dt.timedelta(days=3))
    assert from_kept(town, monkeypatch)["numerator"] == 0
