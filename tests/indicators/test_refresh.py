"""A refresh keeps one state of the city, whatever is committed meanwhile."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner
from sqlalchemy import text

from registry import db, indicators
from registry.catalogue import load
from registry.cli import main
from registry.commands.summaries import COMMANDS
from registry.indicators import refresh, summaries
from registry.store import cities, tallies
from registry.store.staging import put_many

CITY = cities.City("demo", "示范市", "Demo City", None, 4549)


def lamps(*codes):
    with db.begin() as conn:
        put_many(conn, load().kind("streetlight"), CITY, [{"code": c, "state": "intact", "geom": shapely.Point(120, 30)} for c in codes],
                 actor="t", reason="t", source=",".join(codes))


def told():
    with db.connect() as conn:
        return indicators.measure(conn, "intact_rate", cities.get(conn, "demo"), cls="streetlight")["denominator"]


def kept():
    with db.connect() as conn:
        return {r.statement: (r.batch, r.rows) for r in conn.execute(text("SELECT * FROM tally WHERE class = 'streetlight'"))}


@pytest.fixture(scope="module")
def town(database):
    with db.begin() as conn:
        cities.put(conn, CITY)
        cities.put(conn, cities.City("empty", "空城", "Empty City", None, 4549))
    for command in COMMANDS:
        main.add_command(command)
    yield
    db.dispose()


@pytest.fixture
def fresh(town):
    with db.begin() as conn:
        conn.execute(text("DELETE FROM tally"))


def test_an_edit_that_is_committed_while_a_refresh_runs_is_not_lost(fresh, monkeypatch):
    lamps("A")
    look = tallies.classes
    monkeypatch.setattr(tallies, "classes", lambda conn, city: (lamps("B"), look(conn, city))[1])
    refresh.refresh("demo", also=[lambda conn, city: lamps("C")])
    assert kept() and all("1" in json.dumps(rows) for _, rows in kept().values())
    assert told() == 3


def test_a_refresh_of_an_older_state_does_not_take_the_place_of_a_newer_one(fresh, monkeypatch):
    lamps("A")
    refresh.refresh("demo", also=[lambda conn, city: (lamps("D"), refresh.refresh("demo"))])
    with db.connect() as conn:
        assert {batch for batch, _ in kept().values()} == {tallies.moment(conn, "demo").batch}


def test_a_refresh_brings_forward_what_is_kept_or_counts_it_anew_to_the_same(fresh):
    lamps("A")
    refresh.refresh("demo")
    lamps("E", "F")
    refresh.refresh("demo")
    forward = kept()
    refresh.refresh("demo", anew=True)
    assert kept() == forward and forward


def test_what_is_asked_while_gathering_is_kept_whatever_it_is(fresh):
    lamps("A")
    where = {"owner": ["甲"]}
    before = refresh.refresh("demo").tallies
    after = refresh.refresh("demo", also=[lambda conn, city: indicators.measure(conn, "intact_rate", city, cls="streetlight", where=where)])
    assert after.tallies == before + 1 and refresh.refresh("demo", by=["owner"]).tallies > before
    assert summaries._keeper.get() is None


def test_the_command_says_what_it_kept_and_of_which_batch(fresh):
    lamps("A")
    told = CliRunner().invoke(main, ["refresh", "--city", "demo", "--tomorrow", "--plan", "shaoxing_14", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["tallies"] > 5
    nothing = CliRunner().invoke(main, ["refresh", "--city", "empty"])
    assert nothing.exit_code == 0 and "empty" in nothing.output


def test_the_dashboard_is_printed_and_given_as_json(fresh):
    lamps("A")
    page = CliRunner().invoke(main, ["dashboard", "--city", "demo", "--plan", "shaoxing_14", "--by", "district"])
    assert page.exit_code == 0 and "设施完好率" in page.output and "Traceback" not in page.output
    rows = json.loads(CliRunner().invoke(main, ["dashboard", "--city", "demo", "--json"]).output)["rows"]
    assert next(r["value"] for r in rows if (r["code"], r["class"]) == ("intact_rate", "streetlight")) == 100
