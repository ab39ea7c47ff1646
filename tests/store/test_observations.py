"""Observations: figures with a source; the last one up to a day answers."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import text

from registry import audit
from registry.errors import Forbidden, Gone, Invalid
from registry.scope import WHOLE, Principal, Scope, Sight
from registry.store import observations, undo
from registry.store.observations import Wanted
from registry.store.records import Writer

WHO = Writer("张三", "年报")
WASTE = {"code": "waste_harmless_treatment", "value": 99.5, "unit": "％", "year": 2023, "source": "2023 年统计年报", "method": "处理量 ÷ 清运量"}


@pytest.fixture
def add(conn, city):
    return lambda **more: observations.add(conn, city.key, {**WASTE, **more}, WHO)


def faults(error) -> dict[str, str]:
    return {e["field"]: e["code"] for e in error.value.more["errors"]}


def test_a_figure_needs_a_source_and_a_time(conn, city, add):
    made = add()
    assert (made["value"], made["unit"], made["year"], made["source"], made["version"]) == (99.5, "%", 2023, "2023 年统计年报", 1)
    with pytest.raises(Invalid) as error:
        observations.add(conn, city.key, {"code": "Waste rate", "value": "NaN", "unit": "%"}, WHO)
    assert faults(error) == {"code": "pattern", "value": "required", "source": "required"}
    with pytest.raises(Invalid) as error:
        add(year=None)
    assert faults(error) == {"year": "needs"}
    with pytest.raises(Invalid) as error:
        add(observed_on="2990-01-01")
    assert set(faults(error)) == {"observed_on"}


def test_the_latest_figure_up_to_a_day(conn, city, add):
    for year, value in ((2022, 98), (2023, 99), (2021, 97)):
        add(year=year, value=value)
    add(year=None, observed_on="2023-06-30", value=50)
    add(district="330602", value=1, year=2023)

    def told(*args, **more):
        found = observations.latest(conn, city.key, WASTE["code"], *args, **more)
        return found and found["value"]

    assert told() == 99 and told(dt.date(2022, 3, 1)) == 98 and told(dt.date(2020, 12, 31)) is None
    assert told(dt.date(2023, 12, 31), "330602") == 1 and told(sight=Sight(on=dt.date(2021, 5, 5))) == 97
    assert [r["value"] for r in observations.series(conn, city.key, WASTE["code"])] == [97, 98, 50, 99]
    assert observations.latest(conn, city.key, "sewage_treatment") is None
    add(year=2023, value=99.9, source="更正公报")
    assert told() == 99.9


def test_a_correction_and_a_withdrawal_are_versions_that_can_be_undone(conn, city, add):
    made = add()
    again = observations.change(conn, city.key, made["id"], frozenset("1"), {"value": 98.5, "note": "口径更正"}, Writer("李四", "更正"))
    assert (again["version"], again["value"], again["note"]) == (2, 98.5, "口径更正")
    reader = Sight(Principal("读者", "reader", frozenset()))
    assert "note" not in observations.get(conn, reader, city.key, made["id"])
    observations.withdraw(conn, city.key, made["id"], None, WHO)
    with pytest.raises(Gone):
        observations.get(conn, WHOLE, city.key, made["id"])
    last = conn.execute(text("SELECT max(id) FROM batch")).scalar_one()
    undo.carry_out(conn, undo.examine(conn, last), actor="t")
    assert observations.page(conn, city.key, Wanted(code=WASTE["code"], year=2023))[0]["value"] == 98.5
    assert all(b.fault is None for b in audit.chain(conn, city.key)) and audit.tampered(conn, city.key) == []


def test_only_who_sees_the_whole_city_enters_figures(conn, city):
    narrow = Writer("王五", "x", sight=Sight(Principal("王五", "editor", WHOLE.principal.rights, Scope(classes=("road",)))))
    with pytest.raises(Forbidden):
        observations.add(conn, city.key, WASTE, narrow)
