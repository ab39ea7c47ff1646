"""Sites of a small town in the database: what they are said to add is what the coverage gains when they are built."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import shapely

from registry import coverage, geo
from registry.catalogue import load
from registry.coverage import siting
from registry.coverage.siting import Ask, candidates
from registry.errors import BadFile, BadValue, NeedsAnswer, UnknownIndicator
from registry.standards import service
from registry.standards.service import Tier
from registry.store.staging import put_many

PARK = service.load()["park"]


def toilets(radius_m=300):
    """A rule of points, where nothing of area decides."""
    edition = dataclasses.replace(PARK.edition("2016"), key="test", tiers=(Tier(0, radius_m),), thresholds=())
    return dataclasses.replace(PARK, code="toilet", facility="toilet", indicator="toilet_coverage", historic=None,
                               editions={"test": edition}, default="test")


def sites(town, rule="park", **asked):
    """The answer; without a proof unless time is given for one, since most of this asks nothing about proofs."""
    return siting.sites(town.conn, rule, town.city, Ask(**{"time_limit_s": 0.0, **asked}))


def of(told, name):
    return [f["properties"][name] for f in told["features"]]


def build(town, told, kind="park"):
    """Really add the facilities, one after the other, as they are stored; the coverage after each."""
    rule = toilets() if kind == "toilet" else "park"
    for feature in told["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        town.count += 1
        put_many(town.conn, load().kind(kind), town.city, [{"code": f"new{town.count}", "geom": shape}], actor="t", reason="t")
        yield coverage.coverage(town.conn, rule, town.city)


# -- exact ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["park", "toilet"])
def test_what_each_site_adds_is_what_building_it_adds(homes, kind):
    before = coverage.coverage(homes.conn, toilets() if kind == "toilet" else "park", homes.city)
    told = sites(homes, toilets() if kind == "toilet" else "park", p=5)
    assert told["before_percent"] == pytest.approx(before["value"], rel=1e-9)
    last = before
    for feature, after in zip(told["features"], build(homes, told, kind), strict=True):
        p = feature["properties"]
        assert p["gain_m2"] == pytest.approx(after["numerator"] - last["numerator"], rel=1e-6)
        assert p["gain_people"] == pytest.approx(after["people_covered"] - last["people_covered"], rel=1e-6)
        assert p["covered_percent"] == pytest.approx(after["value"], rel=1e-6)
        last = after
    assert len(told["features"]) == 5 and told["after_percent"] == pytest.approx(last["value"], rel=1e-6)
    assert told["left_m2"] == pytest.approx(last["uncovered_m2"], rel=1e-6)


def test_sites_stand_in_the_order_of_what_they_add_and_coverage_only_grows(homes):
    told = sites(homes, p=6, time_limit_s=0.5)
    gains, reached = of(told, "gain_m2"), of(told, "covered_percent")
    assert gains == sorted(gains, reverse=True) and reached == sorted(reached) and of(told, "rank") == [1, 2, 3, 4, 5, 6]
    assert [p["covered_percent"] for p in told["curve"]] == [told["before_percent"], *reached]
    assert told["candidates"]["generated"] and told["solver"]["status"] in ("optimal", "time_limit")


def test_generated_sites_are_moved_to_where_they_add_more(homes, monkeypatch):
    from registry.coverage.siting import choose

    moved = sites(homes, p=3)["gain_m2"]
    monkeypatch.setattr(choose, "REFINED", 0)
    assert moved >= sites(homes, p=3)["gain_m2"] and moved > 0


def test_by_people_the_densest_is_first_and_by_area_the_widest(town):
    town.box("residential", 0, 0, 300, 300, population=9000)
    town.box("residential", 5000, 0, 900, 900, population=900)
    first = {w: shapely.from_geojson(json.dumps(sites(town, p=1, weight=w)["features"][0]["geometry"])).bounds[0] for w in ("area", "people")}
    assert first["people"] < first["area"]


def test_without_people_their_gain_is_unknown_and_cannot_be_asked_for(town):
    town.box("residential", 0, 0, 300, 300)
    assert of(sites(town, p=1), "gain_people") == [None]
    with pytest.raises(BadValue, match="weight"):
        sites(town, p=1, weight="people")


def test_where_all_is_covered_no_site_is_proposed(town):
    town.box("park", 0, 0, 100, 100)
    town.box("residential", 0, 100, 100, 100)
    told = sites(town, p=3)
    assert told["features"] == [] and told["after_percent"] == told["before_percent"] == pytest.approx(100)
    assert sites(town, all=True)["features"] == []


def test_a_town_without_land_has_no_percent_and_no_sites(town):
    told = sites(town, p=2)
    assert told["features"] == [] and told["before_percent"] is None and told["curve"][0]["covered_percent"] is None


# -- closing all ---------------------------------------------------------------------------------
def test_the_sites_that_close_all_leave_nothing_uncovered(homes):
    told = sites(homes, all=True, radius_m=500, time_limit_s=1)
    assert told["method"] == "lscp" and told["uncoverable_m2"] == pytest.approx(0, abs=1)
    assert told["left_m2"] <= 1 + 1e-6 * told["uncovered_m2"] and told["after_percent"] == pytest.approx(100, abs=1e-3)
    assert told["solver"]["incumbent"] == len(told["features"]) >= told["solver"]["bound"]


def test_the_fewest_of_given_ones_close_what_they_can_and_the_rest_is_named(homes):
    for n, (x, y) in enumerate(((3000, 300), (3400, 300), (3700, 300), (3350, 3300), (3900, 3300), (3600, 3300))):
        homes.put("toilet", shapely.Point(x, y), code=f"c{n}", state="abandoned")
    told = sites(homes, toilets(600), all=True, candidates="toilet", time_limit_s=20)
    areas = [shapely.Point(x, y).buffer(600, quad_segs=64) for x, y in ((3000, 300), (3400, 300), (3700, 300), (3350, 3300), (3900, 3300), (3600, 3300))]
    land = shapely.union_all([shapely.box(3000, 0, 3800, 600), shapely.box(3000, 3000, 3900, 3600),
                              shapely.box(0, 200, 700, 800), shapely.box(9000, 0, 10_000, 600)])
    beyond = land.difference(shapely.union_all(areas)).area
    assert told["uncoverable_m2"] == pytest.approx(beyond, rel=1e-6)
    assert told["left_m2"] == pytest.approx(beyond, rel=1e-6), "whatever can be closed is closed, exactly"
    assert {u["land_name"] for u in told["uncoverable"]} >= {"小区0", "小区3"}
    assert sum(u["area_m2"] for u in told["uncoverable"]) == pytest.approx(beyond, rel=1e-6)
    assert all(u["why"]["zh"] and u["why"]["en"] for u in told["uncoverable"])
    assert told["solver"]["status"] == "optimal"


# -- constraints ---------------------------------------------------------------------------------
@pytest.fixture
def offered(homes):
    """Planned parks of a hectare with a cost, in a row across the largest area."""
    for n in range(6):
        homes.box("park", 8800 + 250 * n, 700, 100, 100, code=f"p{n}", build_status="planned", green_area_m2=1000.0 * (n + 1))
    ids = homes.conn.exec_driver_sql("SELECT code, id FROM asset WHERE class = 'park' AND code LIKE 'p_'").all()
    return homes, {code: str(id_) for code, id_ in ids}


def test_given_candidates_serve_by_their_own_size_and_boundary(offered):
    town, ids = offered
    told = sites(town, p=2, candidates="park", where={"build_status": ["planned"]})
    assert set(of(told, "candidate_id")) <= set(ids.values()) and set(of(told, "radius_m")) == {500.0}
    assert told["candidates"]["count"] == 6 and not told["candidates"]["generated"]
    assert of(told, "candidate")[0].startswith("/collections/park/items/")
    before = coverage.coverage(town.conn, "park", town.city)["numerator"]
    codes = [c for c, i in ids.items() if i in of(told, "candidate_id")]
    for code in codes:
        town.box("park", 8800 + 250 * int(code[1]), 700, 100, 100, code=f"built {code}")
    assert told["gain_m2"] == pytest.approx(coverage.coverage(town.conn, "park", town.city)["numerator"] - before, rel=1e-6)


def test_fixed_sites_are_chosen_first_and_forbidden_ones_never(offered):
    town, ids = offered
    asked = {"p": 2, "candidates": "park", "where": {"build_status": ["planned"]}}
    free = of(sites(town, **asked), "candidate_id")
    told = sites(town, **asked, fixed=(ids["p5"],), forbidden=(free[0],))
    assert of(told, "candidate_id")[0] == ids["p5"] and of(told, "fixed") == [True, False]
    assert free[0] not in of(told, "candidate_id")
    assert told["candidates"]["left_out"] == [{"reason": "forbidden", "count": 1, "title": {"zh": "被禁止", "en": "Forbidden"}}]
    assert told["constraints"]["fixed"] == [ids["p5"]]


def test_a_budget_is_kept(offered):
    town, _ = offered
    told = sites(town, candidates="park", where={"build_status": ["planned"]}, cost="green_area_m2", budget=5000)
    assert 0 < sum(of(told, "cost")) <= 5000
    more = sites(town, candidates="park", where={"build_status": ["planned"]}, cost="green_area_m2", budget=9000)
    assert more["gain_m2"] >= told["gain_m2"]


def test_sites_keep_their_distance_given_or_generated(offered):
    town, _ = offered
    for asked in ({"candidates": "park", "where": {"build_status": ["planned"]}}, {}):
        told = sites(town, p=4, spacing_m=400, **asked)
        shapes = [town_metres(town, f["geometry"]) for f in told["features"]]
        assert len(shapes) >= 2
        assert min(a.distance(b) for n, a in enumerate(shapes) for b in shapes[n + 1:]) >= 400 - 1e-3


def town_metres(town, geometry):
    shape = shapely.from_geojson(json.dumps(geometry))
    way = geo.transformer(geo.STORED, town.srid)
    return shapely.transform(shape, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))


def test_nothing_stands_within_what_is_to_be_avoided(homes):
    homes.box("historic_district", 8000, -1500, 1900, 4000)
    free, told = sites(homes, p=6), sites(homes, p=6, avoid="historic_district")
    keep_off = shapely.box(8000, -1500, 9900, 2500)
    inside = [shapely.affinity.translate(town_metres(homes, f["geometry"]), -500_000, -3_320_000) for f in told["features"]]
    assert inside and not any(s.intersection(keep_off).area > 0.01 for s in inside)
    assert told["gain_m2"] < free["gain_m2"]


def test_a_district_has_its_own_land_sites_and_percent(homes):
    rows = {r["key"]: r for r in coverage.coverage(homes.conn, "park", homes.city)["by"]}
    answers = siting.by_district(homes.conn, "park", homes.city, Ask(p=2, time_limit_s=0))
    assert [a["scope"]["district"] for a in answers] == ["E", "W"]
    for told in answers:
        row = rows[told["scope"]["district"]]
        assert told["before_percent"] == pytest.approx(row["value"], rel=1e-9)
        west = [town_metres(homes, f["geometry"]).centroid.x - 500_000 < 5000 for f in told["features"]]
        assert west == [told["scope"]["district"] == "W"] * 2
        one = sites(homes, p=2, district=told["scope"]["district"])
        assert one["features"] == told["features"]
    with pytest.raises(BadValue, match="district"):
        sites(homes, p=2, district="X")


# -- layers --------------------------------------------------------------------------------------
def layer(tmp_path, features, name="sites.geojson", **more):
    file = tmp_path / name
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return file


def feature(town, x, y, **properties):
    shape = town.stored(shapely.Point(x, y))
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(shape))}


def test_points_of_a_file_are_candidates_with_the_least_square_of_the_tier(homes, tmp_path):
    file = layer(tmp_path, [feature(homes, 9300, 300, id="a", name="东一", money=3), feature(homes, 3300, 300, id="b", name="西一", money=0),
                            feature(homes, -5000, 0, id="c", name="远", money=1)])
    told = sites(homes, p=2, candidates=file, tier=1)
    assert of(told, "candidate_id") == ["a", "b"] and set(of(told, "radius_m")) == {500.0}
    assert of(told, "area_m2") == pytest.approx([5000, 5000], rel=1e-3)
    assert of(sites(homes, candidates=file, cost="money", budget=10), "candidate_id") == ["a"], "a cost of nothing is none"
    *_, last = build(homes, told)
    assert told["after_percent"] == pytest.approx(last["value"], rel=1e-6)


def test_candidates_far_outside_the_city_are_left_out_and_told(homes, tmp_path):
    town = homes
    town.city = dataclasses.replace(town.city, extent=town.stored(shapely.box(-1000, -1000, 12_000, 6000)).envelope)
    far = {"type": "Feature", "properties": {"id": "far"}, "geometry": {"type": "Point", "coordinates": [10, 50]}}
    file = layer(tmp_path, [feature(town, 9300, 300, id="a"), far])
    told = sites(town, p=2, candidates=file)
    assert of(told, "candidate_id") == ["a"] and [e["reason"] for e in told["candidates"]["left_out"]] == ["outside_city"]
    assert "1 / 2" in told["shortfall"]["zh"] and "1 / 2" in told["shortfall"]["en"]


def test_why_there_are_fewer_sites_than_asked_for_is_told(offered):
    town, _ = offered
    asked = {"candidates": "park", "where": {"build_status": ["planned"]}}
    assert sites(town, p=1, **asked)["shortfall"] is None
    assert "预算" in sites(town, p=2, **asked, cost="green_area_m2", budget=1)["shortfall"]["zh"]
    assert "spacing" in sites(town, p=5, **asked, spacing_m=50_000)["shortfall"]["en"]
    assert "candidate" in sites(town, p=1, candidates="toilet")["shortfall"]["en"]


def test_so_many_candidates_too_close_to_each_other_are_refused(homes, monkeypatch):
    monkeypatch.setattr(candidates, "MOST_PAIRS", 10)
    with pytest.raises(BadValue, match="spacing_m"):
        sites(homes, p=2, spacing_m=5000)


@pytest.mark.parametrize(("text", "error"), [
    ("no geojson", BadFile), ('{"type":"FeatureCollection","features":[]}', BadFile)])
def test_a_file_that_is_no_layer_is_refused(homes, tmp_path, text, error):
    file = tmp_path / "x.geojson"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(error):
        sites(homes, p=1, candidates=file)


def test_a_layer_of_the_old_datum_is_refused(homes, tmp_path):
    file = layer(tmp_path, [feature(homes, 9300, 300)], crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4610"}})
    with pytest.raises(NeedsAnswer):
        sites(homes, p=1, candidates=file)


# -- asking --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("asked", "name"), [
    ({}, "p"), ({"p": 0}, "p"), ({"p": 201}, "p"), ({"p": 1, "all": True}, "p"), ({"p": 1, "weight": "money"}, "weight"),
    ({"p": 1, "spacing_m": float("nan")}, "spacing_m"), ({"p": 1, "radius_m": 0.0}, "radius_m"), ({"p": 1, "tier": 9}, "tier"),
    ({"p": 1, "fixed": ("1",)}, "fixed"), ({"p": 1, "candidates": "nope"}, "candidates"), ({"p": 1, "avoid": "park"}, "avoid"),
    ({"p": 1, "avoid": "nope"}, "avoid"), ({"p": 1, "candidates": "park", "fixed": ("nope",)}, "fixed"),
    ({"p": 1, "candidates": "park", "where": {"nope": ["1"]}}, "where"), ({"p": 1, "candidates": "park", "where": {"state": ["?"]}}, "where"),
    ({"p": 1, "candidates": "park", "budget": 5.0}, "budget"), ({"p": 1, "candidates": "park", "budget": 5.0, "cost": "name"}, "cost"),
    ({"p": 1, "candidates": "park", "fixed": ("a",), "forbidden": ("a",)}, "forbidden")])
def test_a_question_that_cannot_be_is_named(homes, asked, name):
    with pytest.raises(BadValue) as caught:
        sites(homes, **asked)
    assert caught.value.facts["name"] == name


def test_an_unknown_rule_is_named(homes):
    with pytest.raises(UnknownIndicator):
        sites(homes, "playground", p=1)


def test_the_same_question_twice_has_byte_identical_numbers(homes):
    """T12 of the design; how long it took is no number of the answer."""
    told = [sites(homes, p=3, weight="people", spacing_m=300, time_limit_s=20) for _ in range(2)]
    for one in told:
        del one["solver"]["seconds"]
    assert json.dumps(told[0]) == json.dumps(told[1])
