"""Kept coverage: whatever is edited, the answer is that of a full run, and nothing that does not fit is used."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import affinity

from registry.coverage import kept, kept_state, straight

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
            same(from_kept(town, monkeypatch), expected, "before it is settled")
            assert kept.refresh(town.conn, "park", town.city)
            same(from_kept(town, monkeypatch), expected, "when it is settled")
        nested.rollback()
