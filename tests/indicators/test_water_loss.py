"""漏损率: made of entered volumes of one time; without them it is null and says why."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely
from sqlalchemy import text

from registry import indicators
from registry.catalogue import load
from registry.errors import BadValue
from registry.scope import Sight
from registry.store import observations
from registry.store.records import Writer
from registry.store.staging import put_many


@pytest.fixture
def enter(conn, city):
    def one(code, value, unit="万m³", year=2024, **more):
        said = {"code": code, "value": value, "unit": unit, "year": year, "source": "供水年报", **more}
        return observations.add(conn, city.key, said, Writer("t", "t"))

    return one


@pytest.fixture
def rate(conn, city):
    return lambda code="water_loss_rate", **more: indicators.measure(conn, code, city, **more)


@pytest.fixture
def districts(conn, city):
    """Two districts of the city, without volumes."""
    rows = [{"code": code, "name": name, "geom": shapely.box(*box)} for code, name, box in (
        ("330601", "东区", (120.0, 30.0, 120.1, 30.1)), ("330602", "西区", (119.9, 30.0, 120.0, 30.1)))]
    put_many(conn, load().kind("district"), city, rows, actor="t", reason="t")


def test_the_golden_value_from_what_was_entered(enter, rate):
    enter("water_supplied_m3", 12_000)
    enter("water_billed_m3", 106_200_000, "m3")
    told = rate()
    assert (told["value"], told["numerator"], told["denominator"], told["unit"], told["basis"]) == (11.5, 13_800_000, 120_000_000, "%", "volume")
    assert told["loss"] == {"code": "R_BL", "value": None, "correction": None, "grade": None} and told["missing"] == []
    assert {e["code"]: e["source"] for e in told["entered"]} == {"water_supplied_m3": "供水年报", "water_billed_m3": "供水年报"}
    assert told["standard"]["table"] == "water_loss_cjj92_2018.toml"
    enter("water_loss_correction_percent", 1.5, "%")
    assert rate()["loss"] == {"code": "R_BL", "value": 10, "correction": 1.5, "grade": "一级"} and rate()["value"] == 11.5


def test_without_volumes_of_one_time_it_is_null_and_says_why(enter, rate):
    assert (rate()["value"], rate()["missing"]) == (None, ["water_supplied_m3", "water_billed_m3"])
    assert "供水总量" in rate()["note"]["zh"] and "Water supplied" in rate()["note"]["en"]
    enter("water_supplied_m3", 12_000)
    assert rate()["missing"] == ["water_billed_m3"]
    enter("water_billed_m3", 10_000, year=2023)
    assert rate()["value"] is None and "2023" in rate()["note"]["zh"]
    enter("water_billed_m3", 10_000, unit="座")
    assert rate()["value"] is None and "座" in rate()["note"]["en"]
    enter("water_billed_m3", 13_000)
    assert rate()["value"] is None and rate()["note"]["zh"] and rate()["loss"]["value"] is None


def test_it_is_of_the_day_and_of_what_was_known_then(conn, enter, rate):
    for year, billed in ((2022, 9_000), (2023, 9_500)):
        enter("water_supplied_m3", 10_000, year=year)
        made = enter("water_billed_m3", billed, year=year)
    assert rate()["value"] == 5 and rate(sight=Sight(on=dt.date(2022, 12, 31)))["value"] == 10
    then = conn.execute(text("SELECT max(at) FROM batch")).scalar_one()
    observations.change(conn, "demo", made["id"], None, {"value": 9_900}, Writer("t", "t"))
    assert rate()["value"] == 1 and rate(sight=Sight(as_of=then, on=dt.date(2024, 1, 1)))["value"] == 5


def test_the_loss_rate_less_the_corrections_is_a_figure_of_its_own(enter, rate):
    enter("water_supplied_m3", 12_000)
    enter("water_billed_m3", 10_620)
    told = rate("water_loss_net_rate")
    assert (told["value"], told["missing"]) == (None, ["water_loss_correction_percent"]) and "总修正值" in told["reason"]["zh"]
    enter("water_loss_correction_percent", 1.5, "%", year=2023)
    assert rate("water_loss_net_rate")["value"] is None, "corrections of another year are none"
    enter("water_loss_correction_percent", 1.5, "%")
    told = rate("water_loss_net_rate")
    assert (told["value"], told["numerator"], told["loss"]["grade"]) == (10, 12_000_000, "一级")


def test_its_evidence_is_the_very_observations(enter, rate):
    made = [enter("water_supplied_m3", 12_000)["id"], enter("water_billed_m3", 10_620)["id"]]
    enter("water_supplied_m3", 11_000, year=2023)
    told = rate()
    assert told["evidence"] == {"counted": f"/observations?ids={made[0]}%2C{made[1]}&city=demo", "failing": None, "unrated": None}
    assert told["counts"] == {"counted": 2, "failing": 0, "unrated": 0} and rate(sight=Sight(on=dt.date(2020, 1, 1)))["evidence"]["counted"] is None


def test_districts_stand_under_the_city_and_what_they_leave_is_its_rest(districts, enter, rate):
    for district, supplied, billed in ((None, 12_000, 10_620), ("330601", 5_000, 4_750)):
        enter("water_supplied_m3", supplied, district=district)
        enter("water_billed_m3", billed, district=district)
    enter("water_billed_m3", 1, year=2023, district="330602")
    told = rate(by="district")
    assert {r["key"]: r["value"] for r in told["by"]} == {"330601": 5, "330602": None, "unknown": pytest.approx(16.142857)}
    for name in ("numerator", "denominator"):
        assert sum(r[name] for r in told["by"]) == told[name]
    assert told["value"] == 11.5 and "西区" not in (told["note"] or {}).get("zh", "")


def test_districts_with_more_than_the_city_are_told(districts, enter, rate):
    for district, supplied in ((None, 10_000), ("330601", 11_000)):
        enter("water_supplied_m3", supplied, district=district)
        enter("water_billed_m3", 9_000, district=district)
    rest = rate(by="district")["by"][-1]
    assert rest["key"] == "unknown" and rest["value"] is None and "多于全市" in rest["reason"]["zh"]


def test_without_a_figure_of_the_city_it_is_that_of_all_districts_weighed_by_what_they_supply(districts, enter, rate):
    enter("water_supplied_m3", 5_000, district="330601")
    enter("water_billed_m3", 4_750, district="330601")
    assert rate()["value"] is None and "西区" in rate()["reason"]["zh"]
    enter("water_supplied_m3", 7_000, district="330602")
    enter("water_billed_m3", 5_870, district="330602", year=2023)
    assert rate()["value"] is None
    enter("water_billed_m3", 5_870, district="330602")
    assert rate()["value"] == 11.5 and rate()["counts"]["counted"] == 4 and [r["key"] for r in rate(by="district")["by"]] == ["330601", "330602"]
    enter("water_supplied_m3", 7_100, district="330602", year=2025)
    enter("water_billed_m3", 5_900, district="330602", year=2025)
    assert rate()["value"] is None and "2024、2025" in rate()["reason"]["zh"]


def test_it_has_no_class_no_grouping_and_no_assets_behind_it(conn, city, rate):
    for said in ({"cls": "pipe"}, {"by": "street"}, {"where": {"medium": ["water"]}}):
        with pytest.raises(BadValue):
            rate(**said)
    with pytest.raises(BadValue):
        indicators.evidence_query(conn, "water_loss_rate", city, None, "counted")
