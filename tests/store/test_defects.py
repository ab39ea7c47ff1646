"""The life of a defect, one step at a time, and how many were closed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from registry import audit, moment
from registry.catalogue import load
from registry.errors import Gone, Invalid, NotFound, Stale
from registry.scope import ROLES, Principal, Scope, Sight
from registry.store import defects
from registry.store.defects import Wanted
from registry.store.records import Writer

WHO = Writer("tester", "test")
ROAD = load().kind("road")


@pytest.fixture
def found(conn, city, put):
    def write(code="R1", **said):
        known = conn.execute(text("SELECT id FROM asset WHERE code = :c"), {"c": code}).scalar()
        return defects.report(conn, "demo", ROAD, known or put(code=code), {"kind": "坑槽", "found_on": "2025-01-01", **said}, WHO)

    return write


@pytest.fixture
def step(conn, city):
    def write(defect, status, on, **said):
        return defects.change(conn, "demo", defect["id"], None, {"status": status, "on": on, **said}, WHO)

    return write


def wrong(error) -> set[tuple[str, str]]:
    return {(e["field"], e["code"]) for e in error.value.more["errors"]}


def test_each_step_sets_its_date_and_keeps_the_version_before(conn, found, step):
    made = found(risk_level="重大", event_code="01001", case_id="A-1")
    assert made["risk_level"] == "major" and made["version"] == 1
    for n, status in enumerate(("assigned", "repaired", "verified", "closed"), 2):
        made = step(made, status, f"2025-01-0{n}")
        assert (made["status"], str(made[f"{status}_on"]), made["version"]) == (status, f"2025-01-0{n}", n)
    assert conn.execute(text("SELECT count(*) FROM defect_history")).scalar_one() == 4
    assert audit.tampered(conn, "demo") == []


@pytest.mark.parametrize("status", ["repaired", "verified", "closed"])
def test_no_step_is_left_out(found, step, status):
    with pytest.raises(Invalid) as error:
        step(found(), status, "2025-01-02")
    assert wrong(error) == {("status", "step")}


def test_a_repair_that_does_not_stand_goes_back_with_a_reason(found, step):
    made = step(step(found(), "assigned", "2025-01-02"), "repaired", "2025-01-03")
    with pytest.raises(Invalid) as error:
        step(made, "assigned", "2025-01-04")
    assert wrong(error) == {("reason", "needs")}
    made = step(made, "assigned", "2025-01-04", reason="仍有积水")
    assert made["repaired_on"] is None and made["attrs"] == {"sent_back": [{"on": "2025-01-04", "reason": "仍有积水"}]}
    assert step(made, "repaired", "2025-01-05")["status"] == "repaired"


def test_what_is_closed_stays_closed(found, step):
    made = found()
    for n, status in enumerate(("assigned", "repaired", "verified", "closed"), 2):
        made = step(made, status, f"2025-01-0{n}")
    with pytest.raises(Invalid):
        step(made, "assigned", "2025-01-06", reason="x")


def test_dates_do_not_run_backwards_nor_ahead(found, step):
    made = step(found(), "assigned", "2025-01-05")
    with pytest.raises(Invalid) as error:
        step(made, "repaired", "2025-01-04")
    assert wrong(error) == {("on", "order")} and error.value.more["errors"][0]["zh"] == "应不早于“已派发”的日期"
    with pytest.raises(Invalid) as error:
        step(made, "repaired", (moment.today() + dt.timedelta(days=1)).isoformat())
    assert wrong(error) == {("on", "future")}


def test_of_two_who_read_the_same_version_one_is_told_what_differs(conn, found, step):
    made = found()
    defects.change(conn, "demo", made["id"], frozenset("1"), {"responsible": "甲"}, WHO)
    with pytest.raises(Stale) as error:
        defects.change(conn, "demo", made["id"], frozenset("1"), {"responsible": "乙"}, WHO)
    assert error.value.more["differs"] == [{"field": "responsible", "yours": "乙", "current": "甲"}]


def test_saying_what_it_says_already_writes_nothing(conn, found):
    made = found(responsible="甲")
    assert defects.change(conn, "demo", made["id"], frozenset("1"), {"responsible": "甲"}, WHO)["version"] == 1


def test_the_inspection_that_found_it_must_be_of_the_asset(found):
    with pytest.raises(Invalid) as error:
        found(inspection=1)
    assert wrong(error) == {("inspection", "not_this_asset")}


def test_closed_of_found_open_and_overdue_by_unit(conn, city, found, step):
    first, _, third = found(responsible="甲", due_on="2025-02-01"), found(responsible="甲", due_on="2025-02-01"), \
        found(code="R2", responsible="乙")
    for n, status in enumerate(("assigned", "repaired", "verified", "closed"), 2):
        first = step(first, status, f"2025-01-0{n}")
    told = defects.summary(conn, "demo", "responsible", Wanted(), on=dt.date(2025, 3, 1))
    assert (told["numerator"], told["denominator"], told["open"], told["overdue"]) == (1, 3, 2, 1)
    assert told["value"] == pytest.approx(100 / 3)
    assert {r["key"]: (r["numerator"], r["denominator"], r["overdue"]) for r in told["by"]} == {"甲": (1, 2, 1), "乙": (0, 1, 0)}
    early = defects.summary(conn, "demo", "class", Wanted(found=(None, dt.date(2024, 12, 31))), on=dt.date(2025, 3, 1))
    assert early["value"] is None and early["by"] == []
    defects.withdraw(conn, "demo", third["id"], None, WHO)
    told = defects.summary(conn, "demo", "responsible", Wanted())
    assert (told["denominator"], told["withdrawn"]) == (2, 1)
    assert {r["key"]: (r["denominator"], r["withdrawn"], r["value"]) for r in told["by"]} == {"甲": (2, 0, 50.0), "乙": (0, 1, None)}
    then = conn.execute(text("SELECT sys_from FROM defect_history WHERE id = :i"), {"i": third["id"]}).scalar_one()
    told = defects.summary(conn, "demo", "class", Wanted(), sight=Sight(as_of=then))
    assert (told["denominator"], told["withdrawn"]) == (3, 0)


def test_lists_counts_and_single_defects_are_those_of_assets_in_scope(conn, city, found):
    made = found(due_on="2025-02-01")
    lost = Sight(Principal("x", "inspector", ROLES["inspector"], Scope(city="demo", districts=("000000",))))
    for sight, n in ((Sight(), 1), (lost, 0)):
        assert defects.count(conn, sight, "demo", Wanted()) == n
        assert len(defects.page(conn, sight, "demo", Wanted(overdue=True), limit=10)) == n
        assert defects.summary(conn, "demo", "class", Wanted(), sight=sight)["denominator"] == n
    with pytest.raises(NotFound):
        defects.get(conn, lost, "demo", made["id"])
    with pytest.raises(NotFound):
        defects.change(conn, "demo", made["id"], None, {"note": "x"}, Writer("x", "y", sight=lost))


def test_what_was_taken_back_is_gone_and_its_end_is_told_to_who_may_see_history(conn, found):
    made = found(note="门牌 3 号")
    defects.withdraw(conn, "demo", made["id"], None, Writer("张三", "误报"))
    with pytest.raises(Gone) as error:
        defects.get(conn, Sight(), "demo", made["id"])
    assert error.value.more["withdrawn"]["by"] == "张三" and error.value.more["withdrawn"]["reason"] == "误报"
    assert error.value.more["last"]["note"] == "门牌 3 号" and "row_hash" not in error.value.more["last"]
    assert error.value.message("zh") == f"隐患 {made['id']} 已删除"
    with pytest.raises(Gone) as error:
        defects.get(conn, Sight(Principal("x", "reader", ROLES["reader"])), "demo", made["id"])
    assert error.value.more == {}
    with pytest.raises(NotFound):
        defects.get(conn, Sight(Principal("x", "editor", ROLES["editor"], Scope(city="demo", districts=("000000",)))), "demo", made["id"])
