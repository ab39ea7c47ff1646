"""Days are those of the registry's time zone, wherever the machine's clock stands."""

from __future__ import annotations

import datetime as dt

import pytest

from registry import moment
from registry.kinds.form import Problems
from registry.scope import Sight
from registry.store import city_records

NIGHT = dt.datetime(2025, 12, 31, 18, 0, tzinfo=dt.UTC)  # two in the morning of the next day in Shanghai


@pytest.mark.parametrize(("zone", "day"), [("Asia/Shanghai", dt.date(2026, 1, 1)), ("UTC", dt.date(2025, 12, 31))])
def test_a_moment_is_of_the_day_that_it_is_there(monkeypatch, zone, day):
    monkeypatch.setenv("REGISTRY_TIMEZONE", zone)
    assert moment.day(NIGHT) == Sight(as_of=NIGHT).today == day


def test_today_comes_earlier_in_the_east(monkeypatch):
    monkeypatch.setenv("REGISTRY_TIMEZONE", "Pacific/Kiritimati")
    east, seen = moment.today(), Sight().today
    monkeypatch.setenv("REGISTRY_TIMEZONE", "Etc/GMT+12")
    assert east == seen and moment.today() < east and Sight().today == moment.today()


def test_a_patrol_of_this_night_is_not_of_the_future(monkeypatch):
    monkeypatch.setenv("REGISTRY_TIMEZONE", "Pacific/Kiritimati")
    here = moment.today()
    problems = Problems(city_records.Label("测试", "test"))
    city_records.not_later(problems, "observed_on", here, None)
    assert not problems.found
    city_records.not_later(problems, "observed_on", here + dt.timedelta(days=1), None)
    assert [p["code"] for p in problems.found] == ["future"]
