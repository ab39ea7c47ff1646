"""完好率: what counts, what does not and why, by which basis, and told by which groups."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import indicators
from registry.errors import BadValue, UnknownClass, UnknownIndicator
from registry.kinds.common import STATE
from registry.scope import Sight
from registry.store import features

# house.md §5: an indicator's answer.
SHAPE = ["code", "title", "class", "method", "basis", "unit", "value", "numerator", "denominator", "unrated",
         "excluded", "bounds", "as_of", "scope", "standard", "zone_edition", "by", "target", "evidence"]


def rate(books, cls="manhole", **ask):
    return indicators.measure(books.conn, "intact_rate", books.city, cls=cls, **ask)


def states(*found):
    return [{"state": s} for s in found]


def test_missing_stays_in_the_denominator_and_the_abandoned_and_removed_leave_it(books):
    books.put("manhole", *states("intact", "intact", "intact", "damaged", "missing", "abandoned", "removed"))
    answer = rate(books)
    assert (answer["value"], answer["numerator"], answer["denominator"]) == (60, 3, 5)
    assert {e["reason"]: (e["count"], e["measure"]) for e in answer["excluded"]} == {"removed": (1, 1), "abandoned": (1, 1)}
    assert all(e["title"]["zh"] and e["title"]["en"] for e in answer["excluded"])


def test_no_state_is_unrated_and_never_good(books):
    books.put("manhole", *states("intact", "damaged", None, "unknown"))
    answer = rate(books)
    assert answer["value"] == 50 and answer["unrated"] == {"count": 2, "measure": 2}
    assert answer["bounds"] == {"low": 25, "high": 75}


def test_an_empty_denominator_gives_null(books):
    assert rate(books)["value"] is None
    books.put("manhole", *states(None, "removed"))
    answer = rate(books)
    assert answer["value"] is None and answer["denominator"] == 0
    assert answer["bounds"] == {"low": 0, "high": 100}


def test_roads_weigh_by_length_and_parks_by_area(books):
    books.put("road", {"state": "intact", "length_m": 900.5}, {"state": "damaged", "length_m": 99.5})
    books.put("park", {"state": "intact", "area_m2": 300.25}, {"state": "missing", "area_m2": 99.75},
              {"state": None, "area_m2": 100.0})
    road, park = rate(books, "road"), rate(books, "park")
    assert (road["basis"], road["measure_unit"]["en"], road["numerator"], road["denominator"]) == ("length", "m", 900.5, 1000)
    assert road["value"] == pytest.approx(90.05, rel=1e-15)
    assert (park["basis"], park["numerator"], park["denominator"]) == ("area", 300.25, 400)
    assert park["unrated"] == {"count": 1, "measure": 100} and park["counts"] == {"counted": 2, "failing": 1, "unrated": 1}


def test_what_is_not_in_service_on_the_day_leaves_with_its_reason(books):
    books.put("utility_tunnel", *({"state": "intact", "length_m": 100.0, **row} for row in (
        {"build_status": "operating"}, {"build_status": "planned"},
        {"build_status": "operating", "retired_on": dt.date(2024, 5, 1)},
        {"build_status": "operating", "installed_on": dt.date(2025, 1, 1)})))
    answer = rate(books, "utility_tunnel", sight=Sight(on=dt.date(2024, 5, 1)))
    assert {e["reason"]: e["count"] for e in answer["excluded"]} == {
        "not_in_service": 1, "retired": 1, "not_yet_installed": 1}
    assert answer["denominator"] == 100
    assert rate(books, "utility_tunnel", sight=Sight(on=dt.date(2024, 4, 30)))["denominator"] == 200


def test_the_answer_has_the_form_of_the_house_and_names_its_clause(books):
    books.put("manhole", *states("intact"))
    for code in ("intact_rate", "lighting_rate", "park_coverage"):
        answer = indicators.measure(books.conn, code, books.city)
        assert [k for k in answer if k in SHAPE] == SHAPE
        assert answer["standard"]["code"] and answer["method"] and answer["title"]["zh"]
        assert dt.datetime.fromisoformat(answer["as_of"]).tzinfo
        json.dumps(answer)
    answer = rate(books)
    assert answer["scope"] == {"city": "demo", "class": "manhole", "by": None}
    assert answer["evidence"]["failing"] == "/indicators/intact_rate/evidence?class=manhole&set=failing&city=demo"
    assert (answer["standard"]["code"], answer["standard"]["clause"]) == ("GB/T 47678.5-2026", "表2 管理部件状态")


# -- groups --------------------------------------------------------------------------------------
def test_without_a_class_each_class_has_a_row_and_nothing_is_mixed(books):
    books.put("manhole", *states("intact", "damaged"))
    books.put("road", {"state": "intact", "length_m": 10.0})
    for by in (None, "class"):
        answer = rate(books, None, by=by)
        assert answer["value"] is None and answer["basis"] is None and answer["note"]["en"]
        rows = {r["key"]: r for r in answer["by"]}
        assert (rows["manhole"]["value"], rows["manhole"]["basis"]) == (50, "count")
        assert (rows["road"]["value"], rows["road"]["basis"]) == (100, "length")
        assert rows["bridge"]["value"] is None
        assert rows["road"]["evidence"]["counted"].startswith("/indicators/intact_rate/evidence?class=road")
    assert [r["key"] for r in rate(books, "road", by="class")["by"]] == ["road"]


def test_without_a_class_the_rows_of_each_class_may_be_told_further(books):
    books.districts()
    books.put("manhole", *states("intact", "damaged"))
    rows = {r["key"]: r for r in rate(books, None, by="district")["by"]}
    assert [(r["key"], r["value"]) for r in rows["manhole"]["by"]] == [("330601", 50), ("330602", None), ("330603", None)]
    by_road = rate(books, None, by="road_class")
    assert {r["key"] for r in by_road["by"]} == {"road", "bridge", "tunnel", "streetlight"}
    assert "manhole" in by_road["not_grouped"]


def test_every_district_has_a_row_and_what_lies_in_none_is_unknown(books):
    books.districts()
    books.put("manhole", {"state": "intact"}, {"state": "damaged", "geom": shapely.Point(121.5, 30.5)},
              {"state": "intact", "geom": shapely.Point(100, 30)})
    answer = rate(books, by="district")
    assert [(r["key"], r["title"]["zh"], r["value"]) for r in answer["by"]] == [
        ("330601", "西区", 100), ("330602", "东区", 0), ("330603", "空区", None), ("unknown", "未知", 100)]
    assert answer["zone_edition"] == {"district": ""}


def test_code_fields_stand_in_the_order_of_their_list_with_both_titles(books):
    books.put("road", *({"state": "intact", "length_m": 1.0, "road_class": c, "is_key": k} for c, k in (
        ("branch", True), ("expressway", None), (None, True))))
    answer = rate(books, "road", by="road_class")
    assert [(r["key"], r["title"]["en"]) for r in answer["by"]] == [
        ("expressway", "Expressway"), ("branch", "Branch"), ("unknown", "Unknown")]
    assert [(r["key"], r["denominator"]) for r in rate(books, "road", by="is_key")["by"]] == [("false", 1), ("true", 2)]


@pytest.mark.parametrize("by", ["owner", "grid", "keeper", "purpose", "district", "state", "ownership_status"])
def test_divisions_owners_and_fields_with_a_vocabulary_may_group(books, by):
    books.put("manhole", {"state": "intact", "owner": "市政集团: 100%", "keeper": "", "purpose": None})
    row, = rate(books, by=by)["by"]
    assert row["denominator"] == 1
    assert row["key"] == {"owner": "市政集团: 100%", "state": "intact"}.get(by, "unknown")


@pytest.mark.parametrize("by", ["name", "note", "geom", "road_class", "1; DROP TABLE asset", ""])
def test_any_other_grouping_is_refused_by_name(books, by):
    with pytest.raises(BadValue) as caught:
        rate(books, by=by)
    assert caught.value.facts["name"] == "by" and "district" in caught.value.facts["why_en"]


def test_unknown_indicators_and_classes_are_named(books):
    with pytest.raises(UnknownIndicator, match="intact_rate"):
        indicators.measure(books.conn, "rate", books.city)
    with pytest.raises(UnknownClass):
        rate(books, "spaceport")
    with pytest.raises(BadValue, match="class"):
        rate(books, "district")
    with pytest.raises(BadValue, match="class"):
        indicators.measure(books.conn, "lighting_rate", books.city, cls="road")


def test_indicators_are_found_and_not_listed():
    assert {i.code for i in indicators.every()} >= {"intact_rate", "lighting_rate", "park_coverage"}
    assert all(i.describe()["formula"]["zh"] for i in indicators.every())


# -- evidence ------------------------------------------------------------------------------------
def test_evidence_is_the_very_assets_behind_the_figure(books):
    books.put("road", *({"state": s, "length_m": 5.0, "name": s or "none"} for s in (*STATE.values, None, "damaged")))
    answer = rate(books, "road")
    for which in indicators.SETS:
        query = indicators.evidence_query(books.conn, "intact_rate", books.city, "road", which)
        assert features.count(books.conn, query) == answer["counts"][which]
    failing = indicators.evidence_query(books.conn, "intact_rate", books.city, "road", "failing")
    found = [json.loads(f)["properties"]["name"] for f in features.page(books.conn, failing).features]
    assert sorted(found) == ["damaged", "damaged", "missing"]
    assert answer["counts"] == {"counted": 4, "failing": 3, "unrated": 2}


def test_a_set_that_is_none_and_a_missing_class_are_refused(books):
    with pytest.raises(BadValue, match="set"):
        indicators.evidence_query(books.conn, "intact_rate", books.city, "road", "good")
    with pytest.raises(BadValue, match="class"):
        indicators.evidence_query(books.conn, "intact_rate", books.city, None, "counted")
    with pytest.raises(BadValue, match="gaps"):
        indicators.evidence_query(books.conn, "park_coverage", books.city, None, "counted")


# -- properties ----------------------------------------------------------------------------------
ROWS = st.lists(st.fixed_dictionaries({
    "state": st.sampled_from([*STATE.values, None]),
    "length_m": st.floats(0.001, 1e6).map(lambda v: round(v, 3)),
    "road_class": st.sampled_from(["arterial", "branch", "alley", None]),
    "owner": st.sampled_from(["甲", "乙", None]),
    "retired_on": st.sampled_from([None, None, dt.date(2001, 1, 1), dt.date(2190, 1, 1)]),
}), min_size=1, max_size=12)
QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(rows=ROWS)
def test_grouped_rows_add_up_and_the_evidence_counts_every_one(books, rows):
    with books.conn.begin_nested() as nested:
        books.put("road", *rows)
        whole = rate(books, "road")
        for by in ("road_class", "owner", "district", "state"):
            told = rate(books, "road", by=by)
            assert told["value"] == whole["value"], "a grouping never moves the figure"
            for name in ("numerator", "denominator"):
                assert sum(r[name] for r in told["by"]) == pytest.approx(whole[name], rel=1e-12)
            for name in ("count", "measure"):
                assert sum(r["unrated"][name] for r in told["by"]) == pytest.approx(whole["unrated"][name], rel=1e-12)
        for which in indicators.SETS:
            query = indicators.evidence_query(books.conn, "intact_rate", books.city, "road", which)
            assert features.count(books.conn, query) == whole["counts"][which]
        counted = whole["counts"]["counted"] + whole["counts"]["unrated"]
        assert counted + sum(e["count"] for e in whole["excluded"]) == len(rows), "every asset is told somewhere"
        nested.rollback()


@QUIET
@given(rows=ROWS, which=st.integers(0, 11), worse=st.sampled_from(["damaged", "missing"]))
def test_more_damage_never_raises_the_rate(books, rows, which, worse):
    changed = [dict(r) for r in rows]
    target = changed[which % len(rows)]
    if target["state"] not in ("intact", "damaged", "missing"):
        target["state"] = "intact"
    before = [dict(r) for r in changed]
    target["state"] = worse
    found = []
    for each in (before, changed):
        with books.conn.begin_nested() as nested:
            books.put("road", *each)
            found.append(rate(books, "road"))
            nested.rollback()
    first, second = found
    if first["value"] is not None:
        assert second["value"] <= first["value"] and second["denominator"] == first["denominator"]
        assert second["bounds"]["low"] - 1e-9 <= second["value"] <= second["bounds"]["high"] + 1e-9


def test_a_class_of_the_bureau_is_measured_without_touching_the_package(books, tmp_path, monkeypatch):
    from registry import catalogue, db
    from registry.indicators.inventory import inventory

    (tmp_path / "bikes.py").write_text(
        "from registry.kinds import AssetClass, Code, CodeList, Field, InService, Rating\n"
        "KIND = CodeList('bike_kind', '类型|Kind', (Code('dock', '有桩: %|Docked'), Code('free', '无桩|Dockless')))\n"
        "BIKE = AssetClass('bike_Station', '公共自行车站点|Bicycle station', ('point', 'line'), unit='点|stations',\n"
        "                  rating=Rating('length'), group_by='Kind:x', in_service=InService('Kind:x', ('dock',)), fields=(\n"
        "                      Field('Kind:x', '类型|Kind', 'code', codes=KIND, filter=True),))\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_CATALOGUE", str(tmp_path))
    catalogue.forget()
    try:
        db.sync(books.conn)
        books.put("bike_Station", {"state": "intact", "Kind:x": "dock"}, {"state": "intact"},
                  {"state": "damaged", "Kind:x": "dock", "geom": SHAPE_LINE},
                  {"state": "intact", "Kind:x": "free", "geom": SHAPE_LINE})
        answer = rate(books, "bike_Station", by="Kind:x")
        assert {e["reason"]: e["count"] for e in answer["excluded"]} == {
            "no_measure": 1, "service_unknown": 1, "not_in_service": 1}
        assert answer["value"] == 0 and answer["denominator"] == pytest.approx(963.9, abs=1)
        assert [(r["key"], r["title"]["zh"]) for r in answer["by"]] == [
            ("dock", "有桩: %"), ("free", "无桩"), ("unknown", "未知")]
        query = indicators.evidence_query(books.conn, "intact_rate", books.city, "bike_Station", "failing")
        assert features.count(books.conn, query) == 1
        rows = [r for r in inventory(books.conn, books.city, "group")["rows"] if r["class"] == "bike_Station"]
        assert [(r["group"]["key"], r["count"], r["unit"]["zh"]) for r in rows] == [
            ("dock", 2, "点"), ("free", 1, "点"), ("unknown", 1, "点")]
    finally:
        monkeypatch.undo()
        catalogue.forget()


SHAPE_LINE = shapely.LineString([(120.05, 30.05), (120.06, 30.05)])
