"""The command that undoes a batch: what it shows, what it writes, and when it does not."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner, Result
from sqlalchemy import text

from registry import db
from registry.catalogue import load
from registry.cli import main
from registry.store import cities
from registry.store.cities import City
from registry.store.staging import put_many

TOWN = City("demo", "示范市", "Demo City", None, 4549)
ENV = {"REGISTRY_LANG": "en", "COLUMNS": "250"}


@pytest.fixture
def told(new_database, monkeypatch):
    """A city with two lamps, and the batch that gave both another name."""
    monkeypatch.setenv("REGISTRY_DATABASE_URL", new_database())
    with db.begin() as conn:
        cities.put(conn, TOWN)
    lamps("a", "b")
    lamps("a2", "b2")
    yield last()
    db.dispose()


def lamps(*names: str, source: str = "普查.shp", actor: str = "loader") -> None:
    with db.begin() as conn:
        put_many(conn, load().kind("streetlight"), TOWN,
                 [{"code": f"L{n}", "name": name, "geom": shapely.Point(120, 30)} for n, name in enumerate(names)],
                 actor=actor, reason="普查", source=source)


def run(*words: str, **how: str) -> Result:
    return CliRunner(env=ENV).invoke(main, ["undo", *words], **how)


def last() -> int:
    with db.connect() as conn:
        return conn.execute(text("SELECT max(id) FROM batch")).scalar_one()


def names() -> list[str]:
    with db.connect() as conn:
        return list(conn.execute(text("SELECT name FROM asset ORDER BY code")).scalars())


def test_a_batch_is_undone_and_the_list_of_batches_says_which_by_which(told):
    done = run(str(told), "--yes", "--reason", "错的文件", "--actor", "李四")
    assert done.exit_code == 0 and "2 changed back" in done.output and f"undone by batch {told + 1}" in done.output
    assert names() == ["a", "b"]
    listed = {b["id"]: b for b in json.loads(CliRunner().invoke(main, ["batches", "--json"]).stdout)}
    assert listed[told]["undone_by"] == told + 1 and listed[told + 1]["undoes"] == told
    assert (listed[told + 1]["reason"], listed[told + 1]["actor"]) == ("错的文件", "李四")
    shown = CliRunner(env=ENV).invoke(main, ["batches"]).stdout
    assert f"by {told + 1}" in shown and f"of {told}" in shown
    assert CliRunner().invoke(main, ["audit", "verify"]).exit_code == 0


def test_a_dry_run_shows_it_and_writes_nothing(told):
    lamps("a3", source="市政.shp", actor="王五")
    done = run(str(told), "--dry-run")
    assert done.exit_code == 0 and "1 changed back; 1 conflicts" in done.output and "王五" in done.output
    assert names() == ["a3", "b2"] and last() == told + 1


def test_the_conflicts_are_in_the_json_with_who_and_when(told):
    lamps("a3", source="市政.shp", actor="王五")
    said = json.loads(run(str(told), "--yes", "--json").stdout)
    assert (said["batch"], said["counts"]["changed"], said["conflicts"]) == (told + 2, 1, 1)
    conflict = said["listed"][0]
    assert (conflict["code"], conflict["fields"], conflict["actor"], conflict["batch"]) == ("L0", ["name"], "王五", told + 1)
    assert conflict["why"]["code"] == "changed" and conflict["at"] and names() == ["a3", "b"]


def test_where_every_row_moved_on_nothing_is_undone_and_the_status_says_so(told):
    lamps("a3", "b3", source="市政.shp")
    assert (run(str(told), "--yes").exit_code, run(str(told), "--yes", "--json").exit_code) == (8, 8)
    assert names() == ["a3", "b3"] and last() == told + 1


def test_whole_undoes_nothing_at_a_conflict(told):
    lamps("a3", source="市政.shp")
    done = run(str(told), "--yes", "--whole")
    assert done.exit_code == 8 and "as asked, none is" in done.output and names() == ["a3", "b2"]


def test_without_a_terminal_it_wants_yes_and_a_batch_that_is_not_there_is_not_found(told):
    assert run(str(told)).exit_code == 2 and run("999999", "--yes").exit_code == 4
    assert names() == ["a2", "b2"]


@pytest.mark.parametrize(("answer", "left"), [("y", ["a", "b"]), ("n", ["a2", "b2"])])
def test_at_a_terminal_it_asks_without_holding_up_others(told, monkeypatch, answer, left):
    from registry.commands import undo as command

    asked = []

    def confirm(*_: object, **__: object) -> bool:
        lamps("a2", "b2", "c", source="市政.shp")  # somebody else writes while the question stands
        asked.append(True)
        return answer == "y"

    monkeypatch.setattr(command.sys, "stdin", type("Terminal", (), {"isatty": staticmethod(lambda: True)}))
    monkeypatch.setattr(command.click, "confirm", confirm)
    command.undo.callback(told, "", None, False, False, False, False)
    assert asked and names()[:2] == left


def test_what_moved_while_the_question_stood_is_asked_again(told, monkeypatch):
    from registry.commands import undo as command
    from registry.errors import Stale

    monkeypatch.setattr(command.sys, "stdin", type("Terminal", (), {"isatty": staticmethod(lambda: True)}))
    monkeypatch.setattr(command.click, "confirm", lambda *_, **__: lamps("a3", source="市政.shp") is None)
    with pytest.raises(Stale):
        command.undo.callback(told, "", None, False, False, False, False)
    assert names() == ["a3", "b2"]
