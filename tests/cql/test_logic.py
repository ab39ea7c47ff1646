"""Three-valued logic: random expressions give what a small evaluator of the standard's tables gives."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from things import asked

WORDS = ("", "a", "b", "A", "ß", "á", "路")
NUMBERS = (-2, 0, 1, 3)
_ORDER = {"=": lambda c: c == 0, "<>": lambda c: c != 0, "<": lambda c: c < 0, ">": lambda c: c > 0, "<=": lambda c: c <= 0,
          ">=": lambda c: c >= 0}


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": list(args)}


def prop(name: str) -> dict[str, Any]:
    return {"property": name}


texts = st.one_of(st.sampled_from(WORDS), st.sampled_from([prop("name"), prop("other")]))
numbers = st.recursive(
    st.one_of(st.sampled_from(NUMBERS), st.sampled_from([prop("n"), prop("m"), prop("x")])),
    lambda inner: st.builds(op, st.sampled_from(["+", "-", "*", "/", "div", "%"]), inner, inner), max_leaves=4)
predicates = st.one_of(
    st.booleans(),
    st.builds(op, st.sampled_from(list(_ORDER)), texts, texts), st.builds(op, st.sampled_from(list(_ORDER)), numbers, numbers),
    st.builds(op, st.just("between"), numbers, numbers, numbers),
    st.builds(op, st.just("in"), numbers, st.lists(numbers, min_size=1, max_size=3)),
    st.builds(op, st.just("in"), texts, st.lists(texts, min_size=1, max_size=3)),
    st.builds(op, st.just("isNull"), st.one_of(texts, numbers, st.just(prop("flag")))),
    st.builds(op, st.just("="), st.just(prop("flag")), st.booleans()))
expressions = st.recursive(predicates, lambda inner: st.one_of(
    st.builds(op, st.sampled_from(["and", "or"]), inner, inner), st.builds(op, st.just("not"), inner)), max_leaves=6)
rows = st.fixed_dictionaries({
    "name": st.one_of(st.none(), st.sampled_from(WORDS)), "other": st.one_of(st.none(), st.sampled_from(WORDS)),
    "n": st.one_of(st.none(), st.sampled_from(NUMBERS)), "m": st.one_of(st.none(), st.sampled_from(NUMBERS)),
    "x": st.one_of(st.none(), st.sampled_from((-1.5, 0.5, 3.0))), "flag": st.one_of(st.none(), st.booleans())})


def worth(node: Any, row: dict[str, Any]) -> Any:
    """The value of an expression; None is unknown."""
    if not isinstance(node, dict):
        return node
    if "property" in node:
        return row[node["property"]]
    name, args = node["op"], node["args"]
    if name == "isNull":
        return worth(args[0], row) is None
    if name == "not":
        inner = worth(args[0], row)
        return None if inner is None else not inner
    if name in ("and", "or"):
        decides = name == "or"
        found = [worth(a, row) for a in args]
        return decides if decides in found else None if None in found else not decides
    if name == "in":
        return worth(op("or", op("=", args[0], args[1][0]), *(op("=", args[0], a) for a in args[1])), row)
    if name == "between":
        return worth(op("and", op(">=", args[0], args[1]), op("<=", args[0], args[2])), row)
    left, right = (worth(a, row) for a in args)
    if left is None or right is None:
        return None
    if name in _ORDER:
        return _ORDER[name]((left > right) - (left < right))
    return calculated(name, left, right)


def calculated(name: str, left: float, right: float) -> float | None:
    if name in ("/", "div", "%"):
        if right == 0:
            return None
        return math.fmod(left, right) if name == "%" else left / right if name == "/" else float(math.trunc(left / right))
    return {"+": left + right, "-": left - right, "*": left * right}[name]


@pytest.mark.requirement("cql2/1.0/req/basic-cql2/cql2-filter", "cql2/1.0/req/basic-cql2/null-predicate",
                         "cql2/1.0/req/arithmetic/arithmetic")
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(said=expressions, row=rows)
def test_any_expression_is_true_false_or_unknown_as_the_tables_say(conn, said, row):
    expected = worth(said, row)
    assert asked(conn, json.dumps(said), **row) is expected
