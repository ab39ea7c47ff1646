"""Laws that every indicator keeps, whatever it measures: rows add up, bounds contain, unknown is never good, one number everywhere."""

from __future__ import annotations

import datetime as dt
import json
import math

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import indicators, plans
from registry.errors import BadValue
from registry.indicators import filters, grouping
from registry.indicators.measured import RatioInZone, TotalOfAssets
from registry.indicators.shares import ShareOfAssets
from registry.scope import Sight
from registry.store import features

ON = Sight(on=dt.date(2024, 6, 1))
# One class of each indicator by default, all of them in the long run.
EVERY = [pytest.param(i, c, marks=[pytest.mark.long] * (n > 0), id=f"{i.code}-{c.key}")
         for i in indicators.every() if isinstance(i, ShareOfAssets) for n, c in enumerate(i.classes())]
# What is needed for a figure to have a value at all.
OPTIONS = {"old_pipe_share": {"older_than_years": 20}, "zone_layer_share": {"layer": "sponge_city"}, "utility_tunnel_good_rate": {"good_grades": "A"},
           "transfer_capacity_met": {"kg_per_person_day": 1}}
# Named by plans and not computed from assets here, each with where it is.
ELSEWHERE: dict[str, str] = {}


def measure(books, code, **ask):
    return indicators.measure(books.conn, code, books.city, **{"sight": ON, **OPTIONS.get(code, {}), **ask})


def value_of(field):
    """A value of a field that a figure may be told by, or none."""
    if field.codes:
        return st.sampled_from([*field.codes.values[:4], None])
    if field.type == "boolean":
        return st.sampled_from([True, False, None])
    if field.type == "integer":
        return st.sampled_from([max(1, int(field.minimum or 1)), 1995, 2015, None] if field.key == "laid_year" else [1, 2, None])
    if field.type == "number":
        return st.sampled_from([1.0, 2.5, 50.0, None])
    return st.just(None)


PLACES = (120.45, 120.55, 120.95, 121.5, 119.0)
SHAPES = {"point": lambda x: shapely.Point(x, 30.5), "line": lambda x: shapely.LineString([(x, 30.5), (x + 0.02, 30.5)]),
          "polygon": lambda x: shapely.box(x, 30.45, x + 0.02, 30.46)}


def rows_of(cls):
    own = {f.key: value_of(f) for f in cls.fields if f.type in ("code", "boolean", "integer", "number") and not f.required
           and f.key not in ("length_m", "area_m2")}
    fixed = {"owner": st.sampled_from(["甲", None]), "place": st.sampled_from(PLACES), "grade": st.sampled_from(["A", "C", "D", "?", None]),
             "retired_on": st.sampled_from([None, None, dt.date(2001, 1, 1)])}
    return st.lists(st.fixed_dictionaries({**own, **fixed}), min_size=1, max_size=5)


def laid_out(books):
    books.districts()
    books.put("built_up_area", {"code": "J", "edition": "x", "population": 1000, "geom": shapely.box(120.5, 30.4, 121.05, 30.6)})


def recomputed(books, indicator, cls):
    """Numerator, and the measure of all that counts, by what the features of the evidence say of themselves."""
    query = indicators.evidence_query(books.conn, indicator.code, books.city, cls.key, "counted", sight=ON, **OPTIONS.get(indicator.code, {}))
    told = [json.loads(f)["properties"] for f in features.page(books.conn, query).features]
    assert all(t["figure_verdict"] in ("good", "bad") for t in told)
    parts = [t.get("figure_part", t["figure_measure"]) if indicator.numerator == "good" else t["figure_measure"] for t in told]
    return (math.fsum(part for part, t in zip(parts, told, strict=True) if t["figure_verdict"] == indicator.numerator),
            math.fsum(t["figure_measure"] for t in told))


@pytest.mark.parametrize(("indicator", "cls"), EVERY)
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows_add_up_bounds_contain_and_evidence_counts(books, indicator, cls, data):
    rows = data.draw(rows_of(cls))
    with books.conn.begin_nested() as nested:
        laid_out(books)
        shape = SHAPES[cls.geometry[0]]
        put = [{k: v for k, v in r.items() if k not in ("grade", "place")} | {"geom": shape(r["place"])} for r in rows]
        for id_, row in zip(books.put(cls.key, *put), rows, strict=True):
            if row["grade"]:
                books.inspect(cls.key, id_, dt.date(2024, 3, 1), grade=row["grade"])
        whole = measure(books, indicator.code, cls=cls.key)
        low, high, value = (whole["bounds"] or {}).get("low"), (whole["bounds"] or {}).get("high"), whole["value"]
        if value is not None:
            assert low is None or low <= value + 1e-9
            assert high is None or value <= high + 1e-9
        else:
            assert whole["reason"]["zh"] and whole["reason"]["en"]
        for by in ("district", "street", "owner", data.draw(st.sampled_from(grouping.names(cls)))):
            told = measure(books, indicator.code, cls=cls.key, by=by)
            assert told["value"] == value, "a grouping never moves the figure"
            assert sum(r["numerator"] or 0 for r in told["by"]) == pytest.approx(whole["numerator"] or 0, rel=1e-9, abs=1e-6)
            assert sum(r["unrated"]["measure"] for r in told["by"]) == pytest.approx(whole["unrated"]["measure"], rel=1e-9)
            if not isinstance(indicator, TotalOfAssets) or by in ("district", "street"):
                assert sum(r["denominator"] or 0 for r in told["by"]) == pytest.approx(whole["denominator"] or 0, rel=1e-9)
        for which in indicators.SETS:
            query = indicators.evidence_query(books.conn, indicator.code, books.city, cls.key, which, sight=ON,
                                              **OPTIONS.get(indicator.code, {}))
            assert features.count(books.conn, query) == whole["counts"][which]
        assert recomputed(books, indicator, cls) == (pytest.approx(whole["numerator"] or 0, rel=1e-9, abs=1e-6), pytest.approx(
            whole["numerator" if isinstance(indicator, (TotalOfAssets, RatioInZone)) else "denominator"] or 0, rel=1e-9, abs=1e-6))
        assert sum(whole["counts"][w] for w in ("counted", "unrated")) + sum(e["count"] for e in whole["excluded"]) == len(rows)
        nested.rollback()


@pytest.mark.parametrize("indicator", [i for i in indicators.every() if isinstance(i, ShareOfAssets)], ids=lambda i: i.code)
def test_every_grouping_that_an_indicator_offers_adds_up_to_the_figure(books, indicator):
    """Two assets that differ in all that they may be told by, of the first class that the indicator is of."""
    laid_out(books)
    cls = indicator.classes()[0]
    own = {f.key: f for f in cls.fields if not f.required and (f.codes or f.type == "boolean") and f.key != "build_status"}
    shape = SHAPES[cls.geometry[0]]
    measures = {f.key: 10.0 for f in cls.fields if f.key in ("length_m", "area_m2", "capacity_t_per_d")}
    ids = books.put(cls.key, *({**{k: f.codes.values[n] if f.codes else bool(n) for k, f in own.items()}, **measures, "owner": "甲乙"[n],
                                "geom": shape(PLACES[n])} for n in (0, 1)), {"geom": shape(PLACES[1])})
    for id_, grade in zip(ids, "AD", strict=False):
        books.inspect(cls.key, id_, dt.date(2024, 3, 1), grade=grade, scores={"ri": 5.0, "mi": 1.0})
    whole = measure(books, indicator.code, cls=cls.key)
    for by in (*grouping.names(cls), "street"):
        rows = measure(books, indicator.code, cls=cls.key, by=by)["by"]
        assert sum(r["numerator"] or 0 for r in rows) == pytest.approx(whole["numerator"] or 0, rel=1e-9, abs=1e-6), by
        assert sum(r["unrated"]["count"] for r in rows) == whole["unrated"]["count"], by
        if not isinstance(indicator, TotalOfAssets):
            assert sum(r["denominator"] or 0 for r in rows) == pytest.approx(whole["denominator"] or 0, rel=1e-9), by


@pytest.mark.parametrize("indicator", indicators.every(), ids=lambda i: i.code)
def test_what_nobody_knows_is_never_good(books, indicator):
    for cls in indicator.classes():
        books.put(cls.key, {})
        answer = measure(books, indicator.code, cls=cls.key)
        if isinstance(indicator, TotalOfAssets) or answer["unit"] != "%":
            continue
        assert answer["value"] in (None, 0), cls.key
        assert (answer["numerator"] or 0) == 0


@pytest.mark.parametrize("indicator", indicators.every(), ids=lambda i: i.code)
def test_an_indicator_says_what_it_is_and_what_it_needs(indicator):
    told = indicator.describe()
    assert told["formula"]["zh"] != told["formula"]["en"] and told["method"] and told["standard"]["code"]
    assert indicator.code == "park_coverage" or told["needs_data"]["zh"]
    assert all(o["title"]["zh"] and o["title"]["en"] for o in told["options"])


def test_plans_name_indicators_that_are_declared_or_known_to_be_elsewhere():
    named = [t.asks["indicator"] for p in plans.every() for t in p.targets if t.answered_by == "indicator"]
    asked = {code for codes in named for code in ([codes] if isinstance(codes, str) else codes)}
    assert asked - set(indicators.load()) == set(ELSEWHERE), "declared by now: take it off the list"


@pytest.mark.parametrize("where", [{"owner": ("市政集团: 100%", "a;b,c")}, {"road_class": ("arterial", "unknown"), "is_key": ("true",)}, {}])
def test_a_filter_in_a_link_says_what_it_said(where):
    assert {k: tuple(v) for k, v in filters.from_text(filters.as_text(where)).items()} == where


@pytest.mark.parametrize("raw", ["road_class", ":x", "a:1;a:2"])
def test_a_filter_of_another_form_is_refused(raw):
    with pytest.raises(BadValue, match="where"):
        filters.from_text(raw)


def test_a_figure_told_by_street_goes_by_the_place(books):
    for n in (0, 1):
        books.put("street", {"code": f"33060100{n}", "name": f"街{n}", "geom": shapely.box(120 + n, 30, 121 + n, 31)})
    books.put("manhole", {"state": "intact"}, {"state": "damaged", "geom": shapely.Point(121.5, 30.5)},
              {"state": "intact", "geom": shapely.Point(100, 30)})
    answer = measure(books, "intact_rate", cls="manhole", by="street")
    assert [(r["key"], r["title"]["zh"], r["value"]) for r in answer["by"]] == [
        ("330601000", "街0", 100), ("330601001", "街1", 0), ("unknown", "未知", 100)]
    assert answer["zone_edition"] == {"street": ""}
