"""`registry scorecard`: a table in Chinese and the same as JSON."""

from __future__ import annotations

import json

import pytest
import shapely
from click.testing import CliRunner

from registry import db, plans
from registry.catalogue import load
from registry.cli import main
from registry.store import cities
from registry.store.staging import put_many


@pytest.fixture(scope="module")
def lamps(database):
    with db.begin() as conn:
        city = cities.City("demo", "示范市", "Demo City", None, 4549)
        cities.put(conn, city)
        put_many(conn, load().kind("streetlight"), city, [{"code": f"L{n}", "lit": lit, "state": "intact", "geom": shapely.Point(120, 30)}
                                                          for n, lit in enumerate(("lit", "unlit", None))], actor="t", reason="t")
    return database


def run(*words, status=0):
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


def test_plans_are_listed(lamps):
    assert "绍兴市城市管理" in run("scorecard", "--list") and "hexi_14" in run("scorecard")
    assert len(json.loads(run("scorecard", "--list", "--json"))) == 5


def test_the_table_and_the_json_say_the_same(lamps):
    told = json.loads(run("scorecard", "shaoxing_14", "--json"))
    row = next(r for r in told["rows"] if r["id"] == "lighting_city")
    assert (row["value"], row["verdict"]) == (50, "not_met")
    shown = run("scorecard", "shaoxing_14")
    for words in ("城市道路亮灯率", ">= 98 %（2025）", "未达到", "33.33 – 66.67", "48 % = 1 盏", "老旧管网 17.5/26 公里"):
        assert words in shown, words


def test_the_table_names_who_answers_for_a_target(lamps):
    assert "绍兴市地下综合管廊建设工作领导小组" in run("scorecard", "shaoxing_14") and "原文留空" in run("scorecard", "bureaus_2021")


def test_rows_of_one_verdict_only(lamps):
    told = json.loads(run("scorecard", "shaoxing_14", "--only", "not_met", "--json"))
    assert {r["verdict"] for r in told["rows"]} == {"not_met"} and told["summary"]["targets"]["all"] == len(plans.find("shaoxing_14").targets)


def test_a_past_day(lamps):
    told = json.loads(run("scorecard", "shaoxing_14", "--as-of", "2019-12-31", "--json"))
    assert told["on"] == "2019-12-31" and not [r for r in told["rows"] if r["verdict"] in ("met", "not_met")]


@pytest.mark.parametrize(("words", "status"), [(("scorecard", "atlantis"), 4), (("scorecard", "hexi_14", "--city", "nope"), 4),
                                               (("scorecard", "hexi_14", "--only", "perfect"), 2)])
def test_what_cannot_be_answered_is_one_sentence_and_a_status(lamps, words, status):
    assert "Traceback" not in run(*words, status=status)
