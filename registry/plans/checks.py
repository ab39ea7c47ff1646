"""Whether a document that somebody else wrote can be answered: every figure a number, every word one that is known; pure."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from registry.errors import BadDeclaration
from registry.kinds.works import WORK_KIND
from registry.plans.contradictions import computed
from registry.plans.departments import Department
from registry.plans.document import Plan, Stock, Target

_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_BASE = {"year", "value", "text"}
_TARGET = {"year", "years", "each_year", "by_year", "value"}
_WORKS = {"works", "also", "class", "where", "by"}
_OBSERVATION = {"observation"}


def check(plan: Plan) -> Plan:
    """The plan itself; BadDeclaration names the first thing that is wrong, and where."""
    for where, good in _plan(plan):
        if not good:
            raise _wrong(plan.file, where)
    for said in plan.contradictions:
        try:
            computed(said)
        except (KeyError, TypeError, ValueError, ZeroDivisionError, AttributeError) as error:
            raise BadDeclaration(where=f"{plan.file}, {said.id}", why_zh=f"矛盾的数字不能算（{type(error).__name__}: {error}）",
                                 why_en=f"the figures of the contradiction cannot be worked out ({type(error).__name__}: {error})") \
                from None
    return plan


def _wrong(file: str, where: str) -> BadDeclaration:
    return BadDeclaration(where=file, why_zh=f"{where} 不对", why_en=f"{where} is wrong")


def _plan(plan: Plan) -> Iterator[tuple[str, bool]]:
    yield "plan.key", _key(plan.key)
    yield "plan.issued_by", isinstance(plan.issued_by, str)
    yield "plan.years", _span(plan.years)
    yield "plan.base_year", _year(plan.base_year)
    yield "plan.issued_on", plan.issued_on is None or isinstance(plan.issued_on, dt.date)
    yield "plan.number", plan.number is None or isinstance(plan.number, str)
    for number, department in enumerate(plan.departments, 1):
        yield f"department {number}", _department(department, [i for d in plan.departments for i in d.targets])
    yield "department", sum(not d.targets for d in plan.departments) <= 1
    for target in plan.targets:
        for name, good in _target(target):
            yield f"{target.id}.{name}", good
    for stock in plan.stocks:
        yield f"{stock.id}.figures", _stock(stock)


def _target(t: Target) -> Iterator[tuple[str, bool]]:
    yield "id", _key(t.id)
    for name in ("name", "text", "section", "unit", "verb"):
        yield name, isinstance(getattr(t, name), str)
    yield "department", t.department is None or isinstance(t.department.name, str | None)
    yield "base", t.base is None or _figures(t.base, _BASE)
    yield "target", t.target is None or _figures(t.target, _TARGET)
    yield "investment_cny", t.investment_cny is None or _number(t.investment_cny)
    yield "masked", all(isinstance(m, str) for m in t.masked)
    yield "parts", all(isinstance(p, Mapping) for p in t.parts)
    for name, good in _asks(t.asks):
        yield f"asks.{name}", good


def _department(said: Department, named: list[str]) -> bool:
    """Words throughout, and no target that two answer for."""
    return (all(isinstance(word, str) and word for word in (said.text, said.section)) and isinstance(said.name, str | None)
            and all(isinstance(i, str) and named.count(i) == 1 for i in said.targets))


def _asks(asks: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    yield "class", "class" not in asks or _key(asks["class"])
    yield "classes", "classes" not in asks or (_some(asks["classes"], _key) and "class" not in asks)
    yield "where", _where(asks.get("where", {}))
    if "indicator" in asks:
        said = asks["indicator"]
        yield "indicator", _key(said) or _some(said, _key)
        for name, value in asks.items():
            yield name, isinstance(value, str | list | Mapping) or _number(value)
    elif "works" in asks:
        also = asks.get("also", [])
        yield "also", isinstance(also, list)
        yield "works", _all([asks["works"], *also], lambda kind: kind in WORK_KIND.values) and not asks.keys() - _WORKS
        yield "by", isinstance(asks.get("by", ""), str)
    else:
        yield "observation", _key(asks["observation"]) and not asks.keys() - _OBSERVATION


def _figures(said: Any, known: set[str]) -> bool:
    if not isinstance(said, Mapping) or said.keys() - known:
        return False
    by_year = said.get("by_year", {})
    return (all(k not in said or _span(said[k]) for k in ("years", "each_year")) and ("year" not in said or _year(said["year"]))
            and ("value" not in said or _number(said["value"])) and isinstance(said.get("text", ""), str)
            and sum(k in said for k in ("year", "years", "each_year", "by_year")) <= 1
            and isinstance(by_year, Mapping) and all(re.fullmatch(r"\d{4}", str(y)) and _number(v) for y, v in by_year.items()))


def _stock(stock: Stock) -> bool:
    return (stock.cls is None or _key(stock.cls)) and isinstance(stock.text, str) and isinstance(stock.figures, Mapping) and all(
        _number(v) or _all(v, _number) for v in stock.figures.values())


def _where(said: Any) -> bool:
    return isinstance(said, Mapping) and all(_key(k) and _some(v, lambda x: isinstance(x, str)) for k, v in said.items())


def _all(said: Any, good: Callable[[Any], bool]) -> bool:
    return isinstance(said, list) and all(good(v) for v in said)


def _some(said: Any, good: Callable[[Any], bool]) -> bool:
    return bool(said) and _all(said, good)


def _key(said: Any) -> bool:
    return isinstance(said, str) and _KEY.fullmatch(said) is not None


def _number(said: Any) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool) and math.isfinite(said)


def _year(said: Any) -> bool:
    return isinstance(said, int) and not isinstance(said, bool) and 1900 <= said <= 2200


def _span(said: Any) -> bool:
    return isinstance(said, list | tuple) and len(said) == 2 and all(_year(y) for y in said) and said[0] <= said[1]
