"""The commands about works and observations: what they write, and that they show it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from registry import db
from registry.cli import main
from registry.store import cities


@pytest.fixture(scope="module", autouse=True)
def _furnished(database):
    with db.begin() as conn:
        cities.put(conn, cities.City("demo", "示范市", "Demo City", None, 4549))
    yield
    db.dispose()


def run(*words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, [*words])
    assert done.exit_code == status, done.output
    return done.stdout


def test_a_work_from_its_plan_to_its_end():
    made = json.loads(run("work", "add", "加固桥梁", "--kind", "加固", "--class", "桥梁", "--quantity", "3", "--unit", "座", "--year", "2024",
                          "--attr", "medium=gas", "--json"))
    assert (made["kind"], made["class"], made["status"], made["attrs"]) == ("strengthen", "bridge", "planned", {"medium": "gas"})
    assert "4 座" in run("work", "done", str(made["id"]), "--on", "2025-06-01", "--quantity", "4", "--reason", "竣工")
    listed = json.loads(run("work", "list", "--status", "done", "--json"))
    assert [(w["quantity"], w["done_on"], w["version"]) for w in listed] == [(4, "2025-06-01", 2)]
    told = run("work", "list")
    assert "加固桥梁" in told and "完成" in told and "2024" in told
    with db.connect() as conn:
        assert conn.exec_driver_sql("SELECT reason FROM batch ORDER BY id DESC LIMIT 1").scalar_one() == "竣工"
    run("work", "withdraw", str(made["id"]))
    assert json.loads(run("work", "list", "--json")) == []
    run("work", "withdraw", str(made["id"]), status=4)


def test_what_is_wrong_is_named_and_nothing_is_written():
    run("work", "add", "x", "--kind", "拆", "--quantity", "1", "--unit", "座", "--year", "2024", status=2)
    run("work", "add", "x", "--kind", "新建", "--quantity", "1", "--unit", "座", "--year", "2024", "--attr", "medium", status=2)
    run("observation", "add", "Wrong Code", "1", "--unit", "%", "--source", "x", status=2)
    assert json.loads(run("work", "list", "--json")) == [] == json.loads(run("observation", "list", "--json"))


def test_a_figure_is_entered_listed_and_taken_back():
    made = json.loads(run("observation", "add", "water_supplied_m3", "12000", "--unit", "万m³", "--year", "2024", "--source", "供水年报", "--json"))
    assert "供水年报" in run("observation", "list", "--code", "water_supplied_m3")
    assert json.loads(run("observation", "list", "--year", "2023", "--json")) == []
    with db.connect() as conn:
        then = conn.exec_driver_sql("SELECT max(at) FROM batch").scalar_one().isoformat()
    run("observation", "withdraw", str(made["id"]), "--reason", "填错")
    assert json.loads(run("observation", "list", "--json")) == []
    assert [o["value"] for o in json.loads(run("observation", "list", "--as-of", then, "--json"))] == [12_000]
