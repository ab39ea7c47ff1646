"""漏损率: made of entered volumes of one time; without them it is null and says why."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from registry import indicators
from registry.errors import BadValue
from registry.scope import Sight
from registry.store import observations
from registry.store.records import Writer


@pytest.fixture
def enter(conn, city):
    def one(code, value, unit="万m³", year=2024, **more):
        said = {"code": code, "value": value, "unit": unit, "year": year, "source": "供水年报", **more}
        return observations.add(conn, city.key, said, Writer("t", "t"))

    return one


@pytest.fixture
def rate(conn, city):
    return lambda **more: indicators.measure(conn, "water_loss_rate", city, **more)


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


def test_it_has_no_class_no_grouping_and_no_assets_behind_it(conn, city, rate):
    for said in ({"cls": "pipe"}, {"by": "district"}):
        with pytest.raises(BadValue):
            rate(**said)
    with pytest.raises(BadValue):
        indicators.evidence_query(conn, "water_loss_rate", city, None, "counted")
