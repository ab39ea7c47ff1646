"""Scorecards: every target of every plan has its rows; values are the figures themselves; unknowns are never good."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import indicators, plans
from registry.plans.verdict import CANNOT_TELL, MET, NO_FIGURE, NOT_MET, VERDICTS
from registry.scope import Mask, Principal, Right, Sight

LAMPS = '{ indicator = "lighting_rate", class = "streetlight" }'
KEYS = [p.key for p in plans.every()]


@pytest.mark.parametrize("key", KEYS)
def test_in_an_empty_city_nothing_is_met_and_what_is_missing_is_named(town, key):
    card = town.card(plans.find(key))
    assert {r["id"] for r in card["rows"]} == {t.id for t in plans.find(key).targets}
    for row in card["rows"]:
        assert row["verdict"] in (CANNOT_TELL, NO_FIGURE), row["key"]
        assert row["missing"] and all(m["title"]["zh"] != m["title"]["en"] for m in row["missing"]), row["key"]
        assert row["why"]["zh"] and row["why"]["en"] and row["value"] is None, row["key"]
    assert card["summary"]["targets"]["all"] == len(card["targets"]) == len(plans.find(key).targets)
    json.dumps(card, default=str, allow_nan=False)


@pytest.mark.parametrize("key", KEYS)
def test_in_a_small_city_every_target_has_a_row_with_a_reason(town, key):
    town.districts()
    town.lamps("lit", "lit", "unlit", None, road_class="arterial")
    for kind in ("road", "bridge", "tunnel", "pipe", "manhole", "toilet", "transfer_station", "green", "park", "utility_tunnel"):
        town.put(kind, *({"state": s} for s in ("intact", "damaged", None)))
    town.work(quantity=4, year=2023)
    town.observe("waste_harmless_treatment", 100, 2025)
    card = town.card(plans.find(key))
    assert len({r["key"] for r in card["rows"]}) == len(card["rows"]) >= len(plans.find(key).targets)
    for row in card["rows"]:
        assert row["verdict"] in VERDICTS and row["why"]["zh"] and (row["missing"] or row["value"] is not None), row["key"]
        assert row["bounds"] is None or row["value"] is None or row["bounds"]["high"] is None or \
            row["bounds"]["low"] <= row["value"] <= row["bounds"]["high"], row["key"]
    json.dumps(card, default=str, allow_nan=False)


def test_a_rate_that_is_reached_and_one_that_is_not(town):
    town.lamps(*["lit"] * 9, "unlit", road_class="arterial")
    row, = town.rows(LAMPS, "{ year = 2025, value = 90 }")
    assert (row["verdict"], row["value"], row["gap"], row["missing"]) == (MET, 90, None, [])
    row, = town.rows(LAMPS)
    assert row["verdict"] == NOT_MET and row["answer"]["standard"]["code"] and row["answer"]["method"] == "lit_share"
    assert row["gap"]["value"] == pytest.approx(8) and row["gap"]["measure"] == pytest.approx(0.8) and row["gap"]["assets"] == 1
    assert "90 %" in row["why"]["zh"] and set(row["evidence"]) == {"counted", "failing", "unrated"}


def test_what_the_unrated_could_tip_cannot_be_told_and_says_what_is_missing(town):
    town.lamps(*["lit"] * 9, None)
    row, = town.rows(LAMPS)
    assert row["verdict"] == CANNOT_TELL and row["value"] == 100 and row["bounds"] == {"low": 90, "high": 100}
    lacking, = row["missing"]
    assert (lacking["what"], lacking["class"], lacking["count"]) == ("judgement", "streetlight", 1) and "unrated" in lacking["href"]
    assert town.rows(LAMPS, "{ year = 2025, value = 90 }")[0]["verdict"] == MET


@given(st.lists(st.sampled_from(["lit", "unlit", None]), min_size=1, max_size=8), st.integers(0, 100))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_judging_the_unrated_never_turns_a_verdict_round(town, lit, wanted):
    def verdict(*lamps):
        with town.conn.begin_nested() as point:
            town.lamps(*lamps)
            row, = town.rows(LAMPS, f"{{ value = {wanted} }}")
            point.rollback()
        return row["verdict"]

    before = verdict(*lit)
    for settled in ("lit", "unlit"):
        assert before in (verdict(*(one or settled for one in lit)), CANNOT_TELL)


def test_the_value_is_the_figure_that_everybody_gets(town):
    town.lamps("lit", "unlit", "lit", None)
    row, = town.rows(LAMPS)
    figure = indicators.measure(town.conn, "lighting_rate", town.city, cls="streetlight")
    assert {k: row["answer"][k] for k in ("value", "numerator", "denominator", "unrated", "bounds")} == {
        k: figure[k] for k in ("value", "numerator", "denominator", "unrated", "bounds")}
    assert row["value"] == figure["value"] and row["evidence"] == figure["evidence"]


def test_several_classes_are_a_row_each_and_must_all_reach_the_figure(town):
    town.put("toilet", {"state": "intact"})
    town.put("manhole", {"state": "damaged"})
    card = town.card(plans.find("bayannur_2019"))
    assert [r["class"] for r in card["rows"] if r["id"].startswith("five_classes")] == ["pipe", "streetlight", "manhole", "toilet", "road"]
    asks = '{ indicator = "intact_rate", classes = ["toilet", "manhole"] }'
    assert [r["verdict"] for r in town.rows(asks)] == [MET, NOT_MET]
    assert _verdict(town, asks) == NOT_MET
    assert _verdict(town, '{ indicator = "intact_rate", classes = ["toilet", "sidewalk"] }') == CANNOT_TELL
    # An indicator of many classes whose class the document does not say is told class by class as well.
    assert len(town.rows('{ indicator = "intact_rate" }')) == len(indicators.find("intact_rate").classes())


def _verdict(town, asks):
    return town.card(town.plan(asks))["targets"][0]["verdict"]


def test_two_readings_of_the_same_words_are_told_only_where_they_agree(town):
    town.lamps("lit", "unlit")
    asks = '{ indicator = ["lighting_rate", "intact_rate"], class = "streetlight" }'
    rows = town.rows(asks)
    assert [(r["reading"], r["verdict"]) for r in rows] == [("lighting_rate", NOT_MET), ("intact_rate", MET)]
    assert _verdict(town, asks) == CANNOT_TELL


@pytest.mark.parametrize(("asks", "what"), [
    ('{ indicator = "gravity" }', "indicator"), ('{ indicator = "lighting_rate", class = "spaceship" }', "class"),
    ('{ indicator = "lighting_rate", class = "toilet" }', "field"), ('{ indicator = "lighting_rate", class = "streetlight" }', "assets"),
    ('{ indicator = "park_coverage" }', "zone"), ('{ observation = "joy" }', "observation"),
    ('{ works = "build", class = "spaceship" }', "class"), ('{ works = "build", class = "toilet" }', "works"),
    ('{ indicator = "lighting_rate", class = "streetlight", where = { moon = ["full"] } }', "field")])
def test_what_is_missing_is_named(town, asks, what):
    row, = town.rows(asks)
    assert row["verdict"] == CANNOT_TELL and [m["what"] for m in row["missing"]] == [what]


def test_a_figure_that_cannot_be_computed_may_be_entered(town):
    asks = '{ indicator = "greening_coverage" }'
    before, = town.rows(asks, "{ year = 2025, value = 40 }")
    town.observe("greening_coverage", 41, 2025, source="园林绿化年报")
    after, = town.rows(asks, "{ year = 2025, value = 40 }")
    assert before["verdict"] == CANNOT_TELL and (after["verdict"], after["value"]) == (MET, 41)
    assert (after["answer"]["kind"], after["answer"]["source"]) == ("observation", "园林绿化年报") and after["missing"] == before["missing"]


def test_volumes_from_before_the_promised_year_tell_nothing_of_it_once_it_is_over(town):
    """As of an entered figure: that of another year is shown and not judged."""
    for code, volume in (("water_supplied_m3", 1000), ("water_billed_m3", 950)):
        town.observe(code, volume, 2024, "万m³")
    asked = ('{ indicator = "water_loss_rate" }', "{ year = 2025, value = 8 }")
    during, after = (town.rows(*asked, comparator="<=", on=day)[0] for day in (dt.date(2025, 12, 31), dt.date(2026, 1, 1)))
    assert (during["value"], during["verdict"]) == (5, "met")
    assert (after["value"], after["verdict"], after["answer"]["value"]) == (None, "cannot_tell", 5)
    assert {(m["code"], m["year"]) for m in after["missing"]} == {("water_supplied_m3", 2025), ("water_billed_m3", 2025)}


def test_classes_that_an_indicator_takes_together_are_one_row(town):
    row, = town.rows('{ indicator = "green_ratio" }')
    assert row["class"] is None and row["verdict"] == CANNOT_TELL


def test_a_target_says_whether_its_year_has_come(town):
    town.lamps("lit")
    row, = town.rows(LAMPS, on=dt.date(2023, 5, 1))
    assert row["timing"]["come"] is False and "2023-05-01" in row["timing"]["title"]["zh"] and row["verdict"] == MET
    assert town.rows(LAMPS, on=dt.date(2025, 12, 31))[0]["timing"]["come"] is True
    assert town.rows(LAMPS, "{ value = 98 }")[0]["timing"] == {**town.rows(LAMPS, "{ value = 98 }")[0]["timing"], "year": None, "come": None}


def test_a_past_day_is_judged_by_what_was_known_then(town):
    town.lamps("lit")
    before = town.card(plans.find("shaoxing_14"), Sight(as_of=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)))
    assert before["as_of"].startswith("2020-01-01") and before["on"] == "2020-01-01"
    assert all(r["value"] is None for r in before["rows"])
    assert next(r for r in town.card(plans.find("shaoxing_14"))["rows"] if r["id"] == "lighting_city")["value"] == 100


def test_a_class_that_is_not_open_is_not_told(town):
    town.lamps("lit")
    closed = Principal("public", "public", frozenset({Right.READ, Right.FIGURES}), masks={"streetlight": Mask(read=False)})
    row, = town.rows(LAMPS, sight=Sight(closed))
    assert row["value"] is None and row["missing"][0]["what"] == "sight" and row["answer"] == {}
    town.put("pipe", {"state": "intact", "medium": "gas"}, {"state": "damaged", "medium": "rain"})
    hidden = Principal("public", "public", frozenset({Right.READ}), masks={"pipe": Mask(values={"medium": ("gas", "")})})
    row, = town.rows('{ indicator = "intact_rate", class = "pipe" }', sight=Sight(hidden))
    assert row["value"] == 0 and row["partial"]
    assert town.rows('{ indicator = "intact_rate", class = "pipe" }')[0]["partial"] is False


def test_stocks_stand_beside_what_the_registry_has(town):
    town.put("toilet", {"state": "intact"}, {"state": None})
    card = town.card(plans.find("shaoxing_14"))
    beside = {s["id"]: s["beside"] for s in card["stocks"]}
    assert beside["toilets"] == [{"figure": "count", "document": 790, "registry": 2, "difference": -788}]
    assert not next(s for s in town.card(plans.find("zhangjiakou_14"))["stocks"] if s["id"] == "gas_pipes")["beside"]


def test_contradictions_are_worked_out_beside_the_targets(town):
    card = town.card(plans.find("shaoxing_14"))
    assert len(card["contradictions"]) == 12 and all(c["computed"]["contradicts"] for c in card["contradictions"])
