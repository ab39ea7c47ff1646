"""`registry load` at the command line: what it prints, asks and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner
from offices import lonlat
from sqlalchemy import create_engine, text

from etl import commands
from registry.cli import main


@pytest.fixture(autouse=True)
def _quiet(monkeypatch, tmp_path):
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setenv("REGISTRY_ACTOR", "tester")


@pytest.fixture
def run(database, tmp_path):
    def call(*words, text_in=None):
        return CliRunner().invoke(main, ["load", *map(str, words), "--rejects", str(tmp_path / "rejects")], input=text_in)

    return call


@pytest.fixture
def lamps(office):
    def write(stem="路灯", first=0, bad=False):
        table = [[f"{stem}{first + n}", "LED灯"] for n in range(6)]
        if bad:
            table[2][1] = "火把"
        return office(stem, ["编号", "光源"], table, [shapely.Point(*p) for p in lonlat(6)])

    return write


def count(database, city):
    engine = create_engine(database)
    with engine.connect() as conn:
        found = conn.execute(text("SELECT count(*) FROM asset WHERE city = :c"), {"c": city}).scalar_one()
    engine.dispose()
    return found


def test_yes_loads_and_prints_the_counts(run, lamps, database):
    result = run(lamps(bad=True), "--city", "a", "--yes")
    assert result.exit_code == 0, result.output
    for word in ("Streetlight", "light_source='火把'", "unknown_code", "EPSG:4490", "GBK", "the city a was made", "loaded"):
        assert word in result.output, word
    assert count(database, "a") == 5


def test_json_is_one_document_that_adds_up(run, lamps):
    result = run(lamps(bad=True), "--city", "b", "--yes", "--json")
    made, = json.loads(result.stdout)
    assert (made["read"], made["new"], made["refused"], made["problems"]) == (6, 5, 1, {"unknown_code": 1})
    assert made["status"] == "loaded" and Path(made["rejects"]).match("b.路灯.*.rejects.shp")


def test_brief_is_one_line_a_layer(run, lamps):
    result = run(lamps(), "--city", "c", "--yes", "--brief")
    assert result.stdout.strip() == "路灯.shp → Streetlight: read 6, new 6, changed 0, same 0, refused 0"


def test_without_yes_and_without_a_terminal_it_asks_for_yes(run, lamps, database):
    result = run(lamps(), "--city", "d")
    assert result.exit_code == 2 and "--yes" in result.stderr and count(database, "d") == 0
    assert run(lamps(), "--city", "d", "--json").exit_code == 2


def test_a_dry_run_needs_no_yes_and_writes_nothing(run, lamps, database):
    result = run(lamps(), "--city", "e", "--dry-run")
    assert result.exit_code == 0 and "nothing written" in result.output and count(database, "e") == 0


@pytest.mark.parametrize(("answer", "written"), [("y\n", 6), ("n\n", 0)])
def test_at_a_terminal_it_shows_the_counts_and_asks(run, lamps, database, monkeypatch, answer, written):
    monkeypatch.setattr(commands, "_at_a_terminal", lambda: True)
    city = f"f{written}"
    result = run(lamps(), "--city", city, text_in=answer)
    assert "Write?" in result.output and result.output.index("Refused") < result.output.index("Write?")
    assert result.exit_code == 0 and count(database, city) == written


@pytest.mark.parametrize(("words", "status", "sentence"), [
    (("none.shp",), 3, "no such file"), (("{lamps}", "--class", "unicorn"), 4, "Unknown class"), (("{lamps}", "--crs", "EPSG:4547"), 3, "is not|are not"),
    (("{lamps}", "--crs", "EPSG:1"), 2, "not a known CRS"), (("{lamps}", "--encoding", "martian"), 2, "not a known encoding"),
    (("{lamps}", "--mapping", "none.toml"), 3, "mapping file"), (("{lamps}", "--colour", "red"), 2, "No such option")])
def test_each_error_is_one_sentence_in_both_languages_and_an_exit_status(run, lamps, words, status, sentence):
    import re

    path = lamps()
    result = run(*(str(path) if w == "{lamps}" else w for w in words), "--city", "g", "--yes")
    said = result.stderr.strip().splitlines()
    assert result.exit_code == status and re.search(sentence, said[-1]) and len(said) <= 3, result.stderr
    assert "Traceback" not in result.output


def test_a_folder_with_a_bad_file_loads_the_others_and_returns_3(run, lamps, tmp_path, database):
    lamps()
    (tmp_path / "坏.shp").write_bytes(b"nothing")
    result = run(tmp_path, "--city", "h", "--yes")
    assert result.exit_code == 3 and "not a shapefile" in result.stderr and count(database, "h") == 6


def test_an_unreachable_database_is_status_5(lamps, monkeypatch, tmp_path):
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    result = CliRunner().invoke(main, ["load", str(lamps()), "--yes"])
    assert result.exit_code == 5 and len(result.stderr.strip().splitlines()) <= 3


def test_help_names_every_option_in_both_languages(run):
    result = CliRunner().invoke(main, ["load", "--help"])
    for word in ("--class", "--mapping", "--crs", "--encoding", "--city", "--reason", "--actor", "--source", "--dry-run", "--yes", "--json",
                 "--rejects", "--brief", "退出码", "Exit status"):
        assert word in result.output
