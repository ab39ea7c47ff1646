"""Works: what is said of them is checked, kept with its history, and added up by status in one unit."""

from __future__ import annotations

import datetime as dt
import math

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from registry import audit, moment
from registry.catalogue import load
from registry.errors import BadValue, Forbidden, Gone, Invalid, NotFound, Stale
from registry.kinds.quantities import convert
from registry.kinds.works import WORK_KIND
from registry.scope import WHOLE, Principal, Scope, Sight, public
from registry.store import undo, works
from registry.store.records import Writer
from registry.store.staging import put_many
from registry.store.works import STATUSES, Wanted

WHO = Writer("张三", "实事台账")
ROAD = {"kind": "维修", "class": "道路", "title": "维修城市道路", "quantity": 12.5, "unit": "公里", "year": "2024年", "status": "完成",
        "done_on": "2024-11-30", "investment_cny": 1_500_000, "source": "2024 年度实事清单"}
TOILET = {"kind": "build", "class": "toilet", "title": "新建公厕", "quantity": 3, "unit": "座", "year": 2025, "status": "planned"}


@pytest.fixture
def add(conn, city):
    return lambda said, **more: works.add(conn, city.key, {**said, **more}, WHO)


@pytest.fixture
def districts(conn, city):
    put_many(conn, load().kind("district"), city, [
        {"code": c, "name": n, "geom": shapely.box(x, 29, x + 1, 31)} for c, n, x in (("330602", "越城区", 120), ("330603", "柯桥区", 121))],
        actor="t", reason="t")


def faults(error) -> dict[str, str]:
    return {e["field"]: e["code"] for e in error.value.more["errors"]}


def test_a_work_is_kept_as_it_was_said(conn, city, add):
    made = add(ROAD, attrs={"road_class": "主干路"})
    assert {k: made[k] for k in ("kind", "class", "quantity", "unit", "year", "status", "done_on", "investment_cny", "source", "attrs")} == {
        "kind": "repair", "class": "road", "quantity": 12.5, "unit": "km", "year": 2024, "status": "done", "done_on": dt.date(2024, 11, 30),
        "investment_cny": 1_500_000, "source": "2024 年度实事清单", "attrs": {"road_class": "arterial"}}
    assert works.get(conn, WHOLE, city.key, made["id"]) == made and made["version"] == 1


def test_every_field_that_is_wrong_is_named(conn, city, add, districts):
    with pytest.raises(Invalid) as error:
        works.add(conn, city.key, {"kind": "拆", "class": "火箭", "quantity": "many", "year": 24, "done_on": "x", "colour": "red"}, WHO)
    assert faults(error) == {"kind": "unknown_code", "class": "unknown_code", "quantity": "type", "year": "range", "done_on": "date",
                             "colour": "unknown_field", "title": "required", "unit": "required", "status": "required"}
    assert all(e["zh"] and e["en"] for e in error.value.more["errors"])
    with pytest.raises(Invalid) as error:
        add(TOILET, quantity=0, done_on="2024-01-01", district="没有区", zone_kind="district", asset_id=99, attrs={"state": "粉红"})
    assert faults(error) == {"quantity": "range", "done_on": "needs", "district": "unknown_zone", "zone_code": "needs",
                             "asset_id": "unknown_id", "attrs.state": "unknown_code"}
    tomorrow = moment.today() + dt.timedelta(1)
    with pytest.raises(Invalid) as error:
        add(ROAD, done_on=tomorrow.isoformat())
    assert faults(error) == {"done_on": "future"}
    assert conn.execute(text("SELECT count(*) FROM work")).scalar_one() == 0


def test_a_work_names_its_asset_by_id_or_by_class_and_code(conn, city, add, put):
    id_ = put("road", "R1")
    assert add({**ROAD, "class": None}, asset_id=id_)["class"] == "road"
    assert add(ROAD, asset_code="R1")["asset_id"] == id_
    for said, wrong in (({"asset_id": id_, "class": "bridge"}, {"class": "other_class"}), ({"asset_code": "R9"}, {"asset_code": "unknown_asset"}),
                        ({"asset_code": "R1", "class": None}, {"class": "needs"})):
        with pytest.raises(Invalid) as error:
            add({**ROAD, **said})
        assert faults(error) == wrong
    made = add(ROAD)
    assert works.change(conn, city.key, made["id"], None, {"asset_code": "R1"}, WHO)["asset_id"] == id_


def test_a_change_is_a_version_and_the_history_tells_who_when_and_why(conn, city, add):
    made = add(TOILET)
    done = works.change(conn, city.key, made["id"], frozenset("1"), {"status": "完成", "done_on": "2025-06-01"}, Writer("李四", "竣工验收"))
    assert (done["version"], done["status"], done["quantity"]) == (2, "done", 3)
    assert works.change(conn, city.key, made["id"], frozenset("2"), {"status": "done"}, WHO)["version"] == 2
    with pytest.raises(Stale) as error:
        works.change(conn, city.key, made["id"], frozenset("1"), {"quantity": 4}, WHO)
    assert error.value.more["current"]["version"] == 2
    told = conn.execute(text("SELECT h.status, b.actor, b.reason FROM work_history h JOIN batch b ON b.id = h.end_batch")).one()
    assert tuple(told) == ("planned", "李四", "竣工验收")
    back = works.change(conn, city.key, made["id"], None, {"status": "在建"}, WHO)
    assert (back["status"], back["done_on"], back["version"]) == ("under_way", None, 3)
    with pytest.raises(Invalid) as error:
        works.change(conn, city.key, made["id"], None, {"title": None, "unit": ""}, WHO)
    assert faults(error) == {"title": "required", "unit": "required"}


def test_what_was_taken_back_is_gone_and_says_who_did_it(conn, city, add):
    made = add(TOILET)
    works.withdraw(conn, city.key, made["id"], None, Writer("李四", "重复登记"))
    with pytest.raises(Gone) as error:
        works.get(conn, WHOLE, city.key, made["id"])
    assert error.value.more["withdrawn"]["reason"] == "重复登记" and error.value.more["last"]["title"] == "新建公厕"
    with pytest.raises(Gone) as error:
        works.get(conn, Sight(public()), city.key, made["id"])
    assert not error.value.more
    with pytest.raises(NotFound):
        works.get(conn, WHOLE, "far", made["id"])
    assert works.page(conn, city.key, Wanted()) == []


def test_only_who_sees_the_whole_city_writes(conn, city, add):
    made = add(TOILET)
    narrow = Writer("王五", "x", sight=Sight(Principal("王五", "editor", WHOLE.principal.rights, Scope(districts=("330602",)))))
    for write in (lambda: works.add(conn, city.key, TOILET, narrow), lambda: works.change(conn, city.key, made["id"], None, {}, narrow),
                  lambda: works.withdraw(conn, city.key, made["id"], None, narrow)):
        with pytest.raises(Forbidden):
            write()


def test_what_may_not_be_seen_of_assets_is_not_told_by_works(conn, city, add, put):
    seen, hidden = put("road", "R1"), put("streetlight", "L1")
    add({**ROAD, "class": None}, asset_id=seen, note="内部说明")
    add({**ROAD, "class": None}, asset_id=hidden)
    only_roads = Sight(Principal("养护", "reader", frozenset(), Scope(classes=("road",))))
    assert [w["asset_id"] for w in works.page(conn, city.key, Wanted(), sight=only_roads)] == [seen]
    assert "note" not in works.page(conn, city.key, Wanted(), sight=only_roads)[0]
    assert works.delivered(conn, city.key, kinds=["repair"], unit="km", sight=only_roads)["done"] == 12.5
    assert works.delivered(conn, city.key, kinds=["repair"], unit="km")["done"] == 25
    closed = Sight(public())
    assert [k.key for k in load().classes.values() if not closed.sees(k) or closed.principal.mask(k.key).values]
    for kind in load().classes.values():
        if not closed.sees(kind):
            made = add({**ROAD, "class": kind.key})
            assert made["id"] not in [w["id"] for w in works.page(conn, city.key, Wanted(), sight=closed)]
        for field, values in closed.principal.mask(kind.key).values.items():
            for value in values:
                made = add({**ROAD, "class": kind.key}, attrs={field: value} if value else {})
                assert made["id"] not in [w["id"] for w in works.page(conn, city.key, Wanted(), sight=closed)]


def test_delivered_and_planned_are_told_in_one_unit_and_the_rest_beside(conn, city, add, districts):
    ids = [add(ROAD, district="越城区")["id"], add(ROAD, quantity=500, unit="m", year=2023, done_on=None)["id"],
           add(ROAD, quantity=3, status="planned", done_on=None, year=2025, district="柯桥区")["id"],
           add(ROAD, quantity=40, unit="处", investment_cny=None)["id"]]
    add(ROAD, kind="build")
    add({**TOILET, "kind": "repair"})
    told = works.delivered(conn, city.key, kinds=["repair"], cls="road", unit="公里", years=(2021, 2025), by="district")
    assert (told["done"], told["planned"], told["under_way"], told["unit"], told["rows"]) == (13, 3, 0, "km", ids[:3])
    assert told["investment_cny"] == 3_000_000 and told["investment"]["under_way"] is None
    assert told["other_units"] == [{"unit": "处", "done": 40, "planned": 0, "under_way": 0, "rows": ids[3:]}]
    assert [(g["key"], g["done"], g["planned"]) for g in told["by"]] == [("330602", 12.5, 0), ("330603", 0, 3), (None, 0.5, 0)]
    assert works.delivered(conn, city.key, kinds=["repair"], cls="road", unit="km", years=(2024, 2024))["done"] == 12.5
    assert works.delivered(conn, city.key, kinds=["repair"], cls="road", unit="km", district="柯桥区")["planned"] == 3


def test_a_work_counts_in_the_year_it_was_done_and_not_before_its_day(conn, city, add):
    add(ROAD, year=2023, done_on="2024-03-01")
    assert works.delivered(conn, city.key, kinds=["repair"], unit="km", years=(2023, 2023))["rows"] == []
    then = works.delivered(conn, city.key, kinds=["repair"], unit="km", sight=Sight(on=dt.date(2024, 2, 28)))
    assert (then["done"], then["under_way"]) == (0, 12.5)


def test_works_are_found_by_what_a_plan_asks_for(conn, city, add):
    base = {**ROAD, "class": "pipe", "kind": "renovate", "unit": "km"}
    gas, heat = add(base, attrs={"medium": "燃气"})["id"], add(base, attrs={"medium": "heat"})["id"]
    assert works.delivered(conn, city.key, kinds=["renovate"], cls="pipe", unit="km", where={"medium": ["gas"]})["rows"] == [gas]
    by = works.delivered(conn, city.key, kinds=["renovate"], cls="pipe", unit="m", by="medium")["by"]
    assert [(g["key"], g["done"], g["rows"]) for g in by] == [("gas", 12_500, [gas]), ("heat", 12_500, [heat])]
    hides = Principal("x", "reader", frozenset(), masks={"pipe": type(public().mask("road"))(fields=frozenset({"medium"}))})
    assert "medium" not in works.get(conn, Sight(hides), city.key, gas)["attrs"]
    with pytest.raises(BadValue):
        works.delivered(conn, city.key, kinds=["renovate"], unit="m", by="medium", sight=Sight(hides))


def test_as_of_a_moment_it_is_what_was_known_then(conn, city, add):
    made = add(TOILET)
    then = conn.execute(text("SELECT sys_from FROM work")).scalar_one()
    works.change(conn, city.key, made["id"], None, {"status": "done", "quantity": 5}, WHO)
    assert works.delivered(conn, city.key, kinds=["build"], unit="座", as_of=then)["planned"] == 3
    assert works.delivered(conn, city.key, kinds=["build"], unit="座")["done"] == 5


def test_a_batch_with_works_is_undone_and_the_chain_holds(conn, city, add):
    made = add(TOILET)
    works.change(conn, city.key, made["id"], None, {"quantity": 5}, WHO)
    last = conn.execute(text("SELECT max(id) FROM batch")).scalar_one()
    undo.carry_out(conn, undo.examine(conn, last), actor="t")
    assert works.get(conn, WHOLE, city.key, made["id"])["quantity"] == 3
    undo.carry_out(conn, undo.examine(conn, made["batch"]), actor="t", whole=False)
    works.withdraw(conn, city.key, add(ROAD)["id"], None, WHO)
    last = conn.execute(text("SELECT max(id) FROM batch")).scalar_one()
    undo.carry_out(conn, undo.examine(conn, last), actor="t")
    assert [w["title"] for w in works.page(conn, city.key, Wanted(kind="repair"))] == ["维修城市道路"]
    assert all(b.fault is None for b in audit.chain(conn, city.key)) and audit.tampered(conn, city.key) == []
    narrow = Sight(Principal("王五", "editor", WHOLE.principal.rights, Scope(districts=("330602",))))
    with pytest.raises(Forbidden):
        undo.examine(conn, last, narrow)


def test_a_work_changed_behind_the_registrys_back_is_found(conn, city, add):
    made = add(ROAD)
    conn.execute(text("SET LOCAL session_replication_role = replica"))
    conn.execute(text("UPDATE work SET quantity = 99 WHERE id = :id"), {"id": made["id"]})
    assert [(t.table, t.id) for t in audit.tampered(conn, city.key)] == [("work", made["id"])]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(WORK_KIND.values), st.sampled_from(STATUSES), st.integers(2019, 2026),
                          st.floats(0.001, 1e6), st.sampled_from(["km", "m", "m²", "座"]), st.sampled_from([None, "a", "b"])), max_size=8))
def test_what_is_delivered_is_the_sum_of_its_rows_whatever_the_works(conn, city, listed):
    conn.execute(text("SAVEPOINT before"))
    rows = {works.add(conn, city.key, {"kind": k, "status": s, "title": "t", "year": y, "quantity": q, "unit": u,
                                       "attrs": {"part": p} if p else {}}, WHO)["id"]: (k, s, y, q, u) for k, s, y, q, u, p in listed}
    told = works.delivered(conn, city.key, kinds=["build", "repair"], unit="km", years=(2020, 2024), by="part")
    conn.execute(text("ROLLBACK TO before"))
    asked = {i: r for i, r in rows.items() if r[0] in ("build", "repair") and 2020 <= r[2] <= 2024}
    alike = {i: convert(r[3], r[4], "km") for i, r in asked.items() if convert(r[3], r[4], "km") is not None}
    assert told["rows"] == sorted(alike)
    assert sorted(i for o in told["other_units"] for i in o["rows"]) == sorted(set(asked) - set(alike))
    for status in STATUSES:
        assert math.isclose(told[status], math.fsum(q for i, q in alike.items() if asked[i][1] == status))
        assert math.isclose(told[status], math.fsum(g[status] for g in told["by"]), rel_tol=1e-12)
