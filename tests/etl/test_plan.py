"""A plan says what a load would do, waits without keeping anybody, and is carried out exactly or not at all."""

from __future__ import annotations

import csv
import json
import re
import threading
from pathlib import Path

import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from offices import lonlat
from sqlalchemy import create_engine, text

from etl import commands, planning
from registry import db, history
from registry.cli import main
from registry.store import plans
from registry.store.staging import Stage

COUNT = 20


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("REGISTRY_LANG", "en")
    monkeypatch.setenv("REGISTRY_ACTOR", "tester")


@pytest.fixture
def run(database, tmp_path):
    """The command line, with the city `p` on its own."""
    def call(*words, text_in=None, status=0):
        more = ("--rejects", str(tmp_path / "rejects"), "--city", "p") if words[0] in ("load", "plan") else ()
        more += ("--out", str(tmp_path / "plans")) if words[0] == "plan" else ()
        result = CliRunner().invoke(main, [*map(str, words), *more], input=text_in)
        assert result.exit_code == status, result.output + repr(result.exception)
        return result

    yield call
    engine = create_engine(database)
    with engine.begin() as conn:  # the next test finds nothing
        for key in conn.execute(text("SELECT key FROM city")).scalars().all():
            batch = history.open_batch(conn, city=key, kind="edit", actor="t", reason="clean")
            conn.execute(text("DELETE FROM asset WHERE city = :c"), {"c": key})
            conn.execute(text("DELETE FROM zone WHERE city = :c"), {"c": key})
            history.seal(conn, batch)
        conn.exec_driver_sql("DELETE FROM told; DELETE FROM plan; DROP SCHEMA IF EXISTS registry_plans CASCADE")
    engine.dispose()


@pytest.fixture
def ask(database):
    """`ask("SELECT …")`: rows, from another connection."""
    engine = create_engine(database, isolation_level="AUTOCOMMIT")

    def rows(sentence, **values):
        with engine.connect() as conn:
            found = conn.execute(text(sentence), values)
            return [tuple(r) for r in found] if found.returns_rows else []

    yield rows
    engine.dispose()


@pytest.fixture
def lamps(office):
    def write(rows=None, stem="路灯", first=0, count=COUNT, shapes=None):
        table = [[f"L{first + n}", f"灯{first + n}", "LED灯"] for n in range(count)]
        for at, row in (rows or {}).items():
            table[at] = row
        table = [r for r in table if r is not None]
        return office(stem, ["编号", "名称", "光源"], table, shapes or [shapely.Point(*p) for p in lonlat(len(table))])

    return write


def planned(result) -> dict:
    return json.loads(result.stdout)[0]


def count(ask, table="asset"):
    return ask(f"SELECT count(*) FROM {table}")[0][0]


def test_a_plan_counts_shows_and_writes_no_asset(run, lamps, ask):
    run("load", lamps(), "--yes")
    batches = count(ask, "batch")
    path = lamps({0: ["L0", "新名", "LED灯"], 1: ["N1", "新灯", "LED灯"], 2: ["L2", "灯2", "火把"]})
    made = planned(run("plan", path, "--json", "--delete-missing"))
    assert {k: made[k] for k in ("read", "new", "changed", "same", "refused", "deleted", "status")} == {
        "read": 20, "new": 1, "changed": 1, "same": 17, "refused": 1, "deleted": 1, "status": "planned"}
    assert made["field_changes"] == {"name": 1} and made["plan"]["seconds"] > 0
    by = {s["verdict"]: s for s in made["plan"]["samples"]}
    assert by["changed"]["fields"] == [{"field": "name", "old": "灯0", "new": "新名"}] and by["missing"]["code"] == "L1"
    assert count(ask, "batch") == batches and ask("SELECT name FROM asset WHERE code = 'L0'") == [("灯0",)]


def test_what_is_applied_is_what_was_planned(run, lamps, ask):
    run("load", lamps(), "--yes")
    made = planned(run("plan", lamps({0: ["L0", "新名", "LED灯"], 1: ["N1", "新灯", "LED灯"]}), "--json", "--delete-missing", "--reason", "七月"))
    run("apply", made["plan"]["id"])
    assert ask("SELECT name FROM asset WHERE code = 'L0'") == [("新名",)] and count(ask) == COUNT
    assert not ask("SELECT 1 FROM asset WHERE code = 'L1'")
    batch, = ask("SELECT actor, reason, source, length(source_sha256), mapping->>'plan', counts->>'deleted', code_version <> '' FROM batch "
                 "ORDER BY id DESC LIMIT 1")
    assert batch == ("tester", "七月", "路灯.shp", 64, str(made["plan"]["id"]), "1", True)
    assert planned(run("load", lamps({0: ["L0", "新名", "LED灯"], 1: ["N1", "新灯", "LED灯"]}), "--yes", "--json"))["status"] == "unchanged"


def test_a_plan_is_applied_once_and_keeps_its_row_not_its_differences(run, lamps, ask):
    made = planned(run("plan", lamps(), "--json"))
    assert ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'registry_plans'") == [(1,)]
    run("apply", made["plan"]["id"])
    result = run("apply", made["plan"]["id"], status=8)
    assert "applied already" in result.stderr and "Traceback" not in result.output
    assert ask("SELECT status, differences, batch IS NOT NULL FROM plan") == [("applied", None, True)]
    assert ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'registry_plans'") == [(0,)]


def test_a_row_that_moved_makes_the_plan_stale_and_is_named(run, lamps, ask, tmp_path):
    run("load", lamps(), "--yes")
    made = planned(run("plan", lamps({5: ["L5", "甲", "LED灯"], 6: ["L6", "乙", "LED灯"]}), "--json"))
    (tmp_path / "x.csv").write_text("编号,名称\nL6,别人\n", encoding="utf-8")
    run("load", tmp_path / "x.csv", "--class", "streetlight", "--yes")
    before = count(ask, "batch")
    result = run("apply", made["plan"]["id"], status=8)
    assert "stale" in result.stderr and "L6" in result.stderr and "L5" not in result.stderr
    assert count(ask, "batch") == before and ask("SELECT name FROM asset WHERE code = 'L5'") == [("灯5",)]
    assert ask("SELECT status, differences FROM plan") == [("stale", None)]


def test_a_plan_that_only_another_of_the_same_command_moved_is_not_stale_for_good(run, lamps, ask):
    numbers = [planned(run("plan", lamps(), "--json"))["plan"]["id"] for _ in range(2)]
    run("apply", *numbers, status=8)
    assert ask("SELECT DISTINCT status FROM plan") == [("ready",)] and count(ask) == 0
    run("apply", numbers[1])
    run("apply", numbers[0], status=8)
    assert ask("SELECT status FROM plan ORDER BY id") == [("stale",), ("applied",)]


def test_other_rows_may_move_meanwhile(run, lamps, ask, tmp_path):
    run("load", lamps(), "--yes")
    made = planned(run("plan", lamps({5: ["L5", "甲", "LED灯"]}), "--json"))
    (tmp_path / "x.csv").write_text("编号,名称\nL6,别人\n", encoding="utf-8")
    run("load", tmp_path / "x.csv", "--class", "streetlight", "--yes")
    run("apply", made["plan"]["id"])
    assert ask("SELECT code, name FROM asset WHERE code IN ('L5', 'L6') ORDER BY 1") == [("L5", "甲"), ("L6", "别人")]


def test_a_code_that_was_taken_meanwhile_makes_the_plan_stale(run, lamps, ask):
    made = planned(run("plan", lamps(), "--json"))
    run("load", lamps(stem="路灯二", first=COUNT - 1, count=2), "--yes")
    assert f"L{COUNT - 1}" in run("apply", made["plan"]["id"], status=8).stderr


def test_divisions_that_changed_make_a_plan_of_assets_stale(run, lamps, office):
    run("load", lamps(stem="路灯二", first=50), "--yes")
    made = planned(run("plan", lamps(), "--json"))
    run("load", office("行政区", ["区代码", "区名称"], [["330602", "越城区"]], [shapely.box(119, 29, 122, 31)]), "--yes")
    assert "divisions" in run("apply", made["plan"]["id"], status=8).stderr


def test_plans_of_several_layers_are_applied_together_or_not_at_all(run, lamps, ask, tmp_path):
    run("load", lamps(), "--yes")
    lamps({0: ["L0", "甲", "LED灯"]})
    lamps(stem="路灯二", first=100)
    made = json.loads(run("plan", tmp_path, "--json").stdout)
    numbers = [m["plan"]["id"] for m in made]
    assert [m["file"] for m in made] == ["路灯.shp", "路灯二.shp"]
    (tmp_path / "x.csv").write_text("编号,名称\nL0,别人\n", encoding="utf-8")
    run("load", tmp_path / "x.csv", "--class", "streetlight", "--yes")
    run("apply", *reversed(numbers), status=8)
    assert count(ask) == COUNT
    run("apply", numbers[1])
    assert count(ask) == 2 * COUNT


def test_a_plan_for_a_city_that_is_not_there_makes_it_when_applied(run, lamps, ask, tmp_path):
    call = CliRunner().invoke
    result = call(main, ["plan", str(lamps()), "--city", "newtown", "--json", "--out", str(tmp_path / "plans")])
    assert result.exit_code == 0 and not ask("SELECT 1 FROM city WHERE key = 'newtown'")
    assert call(main, ["apply", str(planned(result)["plan"]["id"])]).exit_code == 0
    assert ask("SELECT srid FROM city WHERE key = 'newtown'") == [(4549,)]
    assert ask("SELECT count(*) FROM asset WHERE city = 'newtown'") == [(COUNT,)]


def test_plans_are_listed_and_dropped(run, lamps, ask):
    made = planned(run("plan", lamps(), "--json"))
    listed, = json.loads(run("plans", "--json").stdout)
    assert (listed["id"], listed["status"], listed["counts"]["new"]) == (made["plan"]["id"], "ready", COUNT)
    assert "ready" in run("plans").stdout
    run("plans", "drop", made["plan"]["id"])
    assert count(ask, "plan") == 0 and ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'registry_plans'") == [(0,)]
    assert "Not found" in run("apply", made["plan"]["id"], status=4).stderr


def test_a_file_that_changes_nothing_makes_no_plan(run, lamps, ask):
    run("load", lamps(), "--yes")
    made = planned(run("plan", lamps(), "--json"))
    assert (made["status"], made["plan"], made["same"]) == ("unchanged", None, COUNT) and count(ask, "plan") == 0


def test_a_plan_that_is_not_applied_teaches_the_registry_nothing(run, lamps, ask, tmp_path):
    """What a source said is remembered when it is written: a plan that was thrown away must not count as said."""
    run("load", lamps(), "--yes")
    (tmp_path / "x.csv").write_text("编号,名称\nL6,别人\n", encoding="utf-8")
    run("load", tmp_path / "x.csv", "--class", "streetlight", "--yes")
    path = lamps({6: ["L6", "灯6", "高压钠灯"]})
    made = planned(run("plan", path, "--json"))
    assert made["changed"] == 1
    run("plans", "drop", made["plan"]["id"])
    assert planned(run("load", path, "--yes", "--json"))["changed"] == 1
    assert ask("SELECT name, attrs->>'light_source' FROM asset WHERE code = 'L6'") == [("别人", "sodium")]


# -- what a plan shows -----------------------------------------------------------------------------
@pytest.fixture
def busy(run, lamps, tmp_path):
    """A plan with something of everything."""
    run("load", lamps(), "--yes")
    (tmp_path / "x.csv").write_text("编号,名称\nL7,别人的<b>名字</b>\n", encoding="utf-8")
    run("load", tmp_path / "x.csv", "--class", "streetlight", "--yes", "--actor", "李四", "--reason", "核对")
    return planned(run("plan", lamps({0: ["L0", "新名", "LED灯"], 1: ["N1", "新灯", "LED灯"], 2: ["L2", "灯2", "火把"],
                                      7: ["L7", "文件的名字", "LED灯"]}), "--json", "--delete-missing"))


def test_the_geopackage_has_a_layer_for_each_verdict_and_for_conflicts(busy):
    found = {name: len(pyogrio.raw.read(busy["plan"]["layers"], layer=name)[2]) for name, _ in pyogrio.list_layers(busy["plan"]["layers"])}
    assert found == {"insert": 1, "update_old": 1, "update_new": 1, "delete": 1, "conflict": 1}
    meta, _, shapes, values = pyogrio.raw.read(busy["plan"]["layers"], layer="update_new")
    row = dict(zip(meta["fields"], (v[0] for v in values), strict=True))
    assert (row["code"], row["name"], row["changed"], meta["crs"]) == ("L0", "新名", "name", "EPSG:4490")
    assert shapely.from_wkb(shapes[0]).x == pytest.approx(lonlat(COUNT)[0][0], abs=1e-8)
    assert dict(zip(meta["fields"], (v[0] for v in pyogrio.raw.read(busy["plan"]["layers"], layer="update_old")[3]), strict=True))["name"] == "灯0"


def test_the_page_needs_nothing_else_and_shows_counts_map_fields_conflicts_samples_and_refusals(busy):
    page = Path(busy["plan"]["page"]).read_text("utf-8")
    assert not re.search(r"(src|href)\s*=|url\(|@import|<script|https?://", page)
    assert page.count("<circle") == 3 and "<svg" in page
    for words in ("新名", "灯0", "火把", "李四", "核对", "文件的名字", f"registry apply {busy['plan']['id']}", "光源"):
        assert words in page, words
    assert "别人的&lt;b&gt;名字" in page and "<b>名字" not in page


def test_conflicts_stand_in_a_file_beside_the_rejects(busy, tmp_path):
    line, = csv.DictReader(Path(busy["conflicts"]["file"]).read_text("utf-8-sig").splitlines())
    assert (line["file"], line["_row"], line["code"], line["field"], line["said_before"], line["file_says"], line["changed_by"]) == (
        "路灯.shp", "8", "L7", "name", "灯7", "文件的名字", "李四")
    assert busy["conflicts"]["count"] == 1 and busy["rejects"].startswith(str(tmp_path / "rejects"))


def test_the_terminal_shows_samples_and_how_to_go_on(run, lamps):
    run("load", lamps(), "--yes")
    said = run("plan", lamps({0: ["L0", "新名", "LED灯"]})).stdout
    assert "name '灯0' → '新名'" in said and "registry apply" in said and "kept as a plan" in said


def test_take_file_settles_a_conflict_from_the_command_line(run, lamps, ask, tmp_path):
    run("load", lamps(), "--yes")
    (tmp_path / "x.csv").write_text("编号,名称\nL7,别人\n", encoding="utf-8")
    run("load", tmp_path / "x.csv", "--class", "streetlight", "--yes")
    path = lamps({7: ["L7", "文件", "LED灯"]})
    assert "conflict row 8 L7 name" in run("load", path, "--yes").stdout
    assert ask("SELECT name FROM asset WHERE code = 'L7'") == [("别人",)]
    run("load", path, "--yes", "--take", "file")
    assert ask("SELECT name FROM asset WHERE code = 'L7'") == [("文件",)]
    made = planned(run("load", path, "--yes", "--json"))
    assert (made["status"], made["conflicts"]) == ("unchanged", {"count": 0, "list": [], "file": None})


def test_too_many_deletions_are_refused_and_a_refused_row_is_not_missing(run, lamps, ask):
    run("load", lamps(), "--yes")
    half = lamps(dict.fromkeys(range(10)))
    assert "10 of the 20 rows" in run("load", half, "--yes", "--delete-missing", status=8).stderr
    assert count(ask) == COUNT
    spoilt = lamps({0: ["L0", "灯0", "火把"], 1: None})
    made = planned(run("load", spoilt, "--yes", "--json", "--delete-missing"))
    assert (made["deleted"], made["refused"]) == (1, 1) and ask("SELECT 1 FROM asset WHERE code = 'L0'")
    assert "tell no code" in run("load", lamps({0: ["", "灯0", "LED灯"]}), "--yes", "--delete-missing", status=8).stderr


def test_two_layers_that_speak_for_one_source_delete_nothing(run, lamps, tmp_path):
    lamps()
    lamps(stem="路灯二", first=50)
    assert "2 layers" in run("load", tmp_path, "--yes", "--source", "所", "--delete-missing", status=2).stderr


# -- others at the same time -----------------------------------------------------------------------
def test_nobody_waits_while_a_person_is_asked(run, lamps, ask, monkeypatch):
    run("load", lamps(), "--yes")
    seen = []

    def confirm(*words, **more):
        seen.append(ask("SELECT key FROM city WHERE key = 'p' FOR NO KEY UPDATE NOWAIT"))
        seen.append(ask("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"))
        return True

    monkeypatch.setattr(commands, "_at_a_terminal", lambda: True)
    monkeypatch.setattr(commands.click, "confirm", confirm)
    run("load", lamps({0: ["L0", "新名", "LED灯"]}))
    assert seen == [[("p",)], [(0,)]] and ask("SELECT name FROM asset WHERE code = 'L0'") == [("新名",)]
    assert ask("SELECT status FROM plan") == [("applied",)]


def test_what_moved_while_a_person_thought_is_not_overwritten(run, lamps, ask, monkeypatch, tmp_path):
    run("load", lamps(), "--yes")
    (tmp_path / "x.csv").write_text("编号,名称\nL0,别人\n", encoding="utf-8")

    def confirm(*words, **more):
        with monkeypatch.context() as alone:
            alone.setattr(commands, "_at_a_terminal", lambda: False)
            run("load", tmp_path / "x.csv", "--class", "streetlight", "--yes")
        return True

    monkeypatch.setattr(commands, "_at_a_terminal", lambda: True)
    monkeypatch.setattr(commands.click, "confirm", confirm)
    result = run("load", lamps({0: ["L0", "新名", "LED灯"]}), status=8)
    assert "L0" in result.stderr and ask("SELECT name FROM asset WHERE code = 'L0'") == [("别人",)]
    assert count(ask, "plan") == 0, "the draft of a question is not left behind"


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_a_no_and_a_walk_away_leave_nothing_behind(run, lamps, ask, monkeypatch, answer):
    monkeypatch.setattr(commands, "_at_a_terminal", lambda: True)
    run("load", lamps(), text_in=answer, status=0 if answer else 130)
    assert count(ask) == 0 and count(ask, "plan") == 0
    assert ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'registry_plans'") == [(0,)]


def test_of_two_loads_of_one_file_at_once_one_finds_nothing_left_to_do(run, lamps, ask, monkeypatch):
    run("load", lamps(stem="路灯二", first=100), "--yes")
    path, both, made = lamps(), threading.Barrier(2, timeout=30), []
    add = Stage.add

    def together(self, rows):
        told = add(self, rows)
        both.wait()
        return told

    monkeypatch.setattr(Stage, "add", together)
    from etl.load import Options, load

    def one():
        made.extend(load(path, Options(city="p", reason="x")))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(m.status for m in made) == ["loaded", "unchanged"] and count(ask) == 2 * COUNT
    assert {m.same + m.new for m in made} == {COUNT}


def test_of_two_who_apply_a_plan_at_once_one_is_told_that_it_is_done(run, lamps, ask):
    from registry.errors import PlanSpent

    number = planned(run("plan", lamps(), "--json"))["plan"]["id"]
    told, both = [], threading.Barrier(2, timeout=30)

    def one():
        both.wait()
        try:
            told.append(len(planning.apply(db.begin, [number])))
        except PlanSpent as error:
            told.append(error.facts["why_en"])

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(str, told)) == ["1", "it was applied already"] and count(ask) == COUNT


def test_a_plan_that_dies_half_made_is_no_plan(run, lamps, ask, monkeypatch):
    def dies(*words, **more):
        raise RuntimeError("power cut")

    with monkeypatch.context() as dark:
        dark.setattr(plans, "_as_json", dies)
        CliRunner().invoke(main, ["plan", str(lamps()), "--city", "p"])
    assert count(ask, "plan") == 0 and not ask("SELECT 1 FROM pg_tables WHERE schemaname = 'registry_plans'")


def test_what_the_dead_left_is_swept(run, lamps, ask, tmp_path):
    """A draft whose terminal is gone, a plan that came out of a backup without its differences, half a folder."""
    made = planned(run("plan", lamps(), "--json"))
    run("load", lamps(stem="路灯二", first=100), "--yes")
    ask("UPDATE plan SET status = 'draft', created_at = now() - interval '2 days'")
    restored = planned(run("plan", lamps(), "--json"))["plan"]["id"]
    assert not ask("SELECT 1 FROM plan WHERE id = :n", n=made["plan"]["id"])
    table, = ask("SELECT differences FROM plan")[0]
    ask(f"DROP TABLE {table}")
    (tmp_path / "plans" / ".7.999999999.part").mkdir()
    listed, = json.loads(run("plans", "--json").stdout)
    assert (listed["id"], listed["status"]) == (restored, "stale")
    assert "stale" in run("apply", restored, status=8).stderr
    run("plan", lamps(), "--json")
    assert not list((tmp_path / "plans").glob(".*"))
