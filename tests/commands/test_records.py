"""The commands about defects, inspections and ownership: what they print, and that it is what the registry holds."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import shapely
from click.testing import CliRunner

from registry import db
from registry.catalogue import load
from registry.cli import main
from registry.store import cities, defects, inspections
from registry.store.records import Writer
from registry.store.staging import put_many

WHO = Writer("tester", "test")
ROAD = load().kind("road")


@pytest.fixture(scope="module", autouse=True)
def _furnished(database):
    city = cities.City("demo", "示范市", "Demo City", None, 4549)
    with db.begin() as conn:
        cities.put(conn, city)
        put_many(conn, load().kind("district"), city, [{"code": "330602", "name": "越城区", "geom": shapely.box(120, 29, 121, 31)}],
                 actor="t", reason="t")
        put_many(conn, ROAD, city, [{"code": f"R{n}", "installed_on": dt.date(2020, 1, 1), "owner": "甲" if n else None,
                                     "geom": shapely.LineString([(120.5, 30), (120.51, 30)])} for n in range(3)],
                 actor="t", reason="t")
        ids = dict(conn.exec_driver_sql("SELECT code, id FROM asset").all())
        made = defects.report(conn, "demo", ROAD, ids["R0"], {"kind": "坑槽", "responsible": "一队", "found_on": "2025-01-01",
                                                              "due_on": "2025-02-01"}, WHO)
        defects.report(conn, "demo", ROAD, ids["R1"], {"kind": "裂缝", "responsible": "二队"}, WHO)
        for n, step in enumerate(("assigned", "repaired", "verified", "closed"), 2):
            defects.change(conn, "demo", made["id"], None, {"status": step, "on": f"2025-01-0{n}"}, WHO)
        inspections.record(conn, "demo", ROAD, ids["R2"], {"form": "regular", "inspected_on": "2025-06-01"}, WHO)
    yield
    db.dispose()


def run(*words: str) -> str:
    done = CliRunner().invoke(main, [*words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_closing_rate_by_unit():
    told = json.loads(run("defects", "--by", "responsible", "--json"))
    assert (told["numerator"], told["denominator"], told["value"]) == (1, 2, 50.0)
    assert {r["key"]: r["value"] for r in told["by"]} == {"一队": 100.0, "二队": 0.0}
    assert "一队" in run("defects", "--by", "responsible") and "裂缝" in run("defects")
    assert json.loads(run("defects", "--overdue", "--json"))["defects"] == []


def test_overdue_inspections_on_a_day_and_what_no_interval_is_known_for():
    told = json.loads(run("overdue", "--on", "2025-12-31", "--json"))
    assert [a["code"] for a in told["assets"]] == ["R0", "R1"] and told["counts"] == {"overdue": 2, "unknown": 0}
    assert "toilet" in told["no_interval"] and "road" not in told["no_interval"]
    assert "CJJ 36" in json.dumps(told) and "R1" in run("overdue", "--class", "road", "--on", "2025-12-31")


def test_ownerless_assets_are_listed_and_counted():
    told = json.loads(run("ownerless", "--class", "road", "--json"))
    assert told["count"] == 1 and told["assets"][0]["code"] == "R0"
    told = run("ownerless")
    assert "R0" in told and "另有 2 个有权属单位而说不清：确权中 0，有争议 0，没有说 2" in told


def test_an_organisation_is_added_with_a_code_that_checks():
    run("organisation", "add", "市政设施管理处", "--code", "91350100M000100Y43")
    assert json.loads(run("organisation", "list", "--json"))[0]["code"] == "91350100M000100Y43"
    wrong = CliRunner().invoke(main, ["organisation", "add", "错的", "--code", "91350100M000100Y44"])
    assert wrong.exit_code == 2 and "organisation" in wrong.output
    for part in ("单位 有 1 处不合要求", "code='91350100M000100Y44'", "校验位不对", "check digit"):
        assert part in wrong.stderr


@pytest.mark.parametrize("command", ["overdue", "defects", "ownerless"])
@pytest.mark.parametrize("key", ["foo", "district"])
def test_what_is_no_class_of_assets_is_named_with_the_known_ones(command, key):
    done = CliRunner().invoke(main, [command, "--class", key])
    assert done.exit_code == 4 and key in done.stderr and "streetlight" in done.stderr


@pytest.mark.parametrize("command", ["overdue", "defects", "ownerless"])
def test_a_district_that_the_city_does_not_have_is_no_zero(command):
    done = CliRunner().invoke(main, [command, "--district", "999"])
    assert done.exit_code == 2 and "999" in done.stderr
    by_code, by_name = (json.loads(run(command, "--district", d, "--json")) for d in ("330602", "越城区"))
    assert by_code == by_name and "R0" in json.dumps(by_code)
