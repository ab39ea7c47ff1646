"""The words of the compiler: typed pieces of SQL over the row `a`, the context that binds them, and refusals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.cql.queryables import GEOMETRY, Queryable
from registry.errors import BadValue
from registry.kinds import CodeList, Label
from registry.served_crs import Served

INT8 = 2 ** 63
_ALSO = {"geom": GEOMETRY}  # as the layers of others call it, and their filters
SHOWN = 60  # characters of what was written that a refusal repeats
TYPES = {
    "number": Label("数字", "a number"), "text": Label("文字", "text"), "boolean": Label("真假值", "true or false"),
    "date": Label("日期 DATE('…')", "a DATE('…')"), "timestamp": Label("时间 TIMESTAMP('…Z')", "a TIMESTAMP('…Z')"),
    "interval": Label("时段 INTERVAL(…)", "an INTERVAL(…)"), "geometry": Label("图形", "a geometry"),
    "list": Label("列表", "a list"),
}


@dataclass(frozen=True)
class Term:
    """A typed piece of SQL.

    sql: the expression, or of a literal the form with `{}` where its bind comes. value: the literal, as it is bound.
    stored: the text that `attrs` keep of a property, which its index is over. codes: the code list of a property. bounds:
    the ends of an interval, None where it is open.
    """

    sql: str
    type: str
    value: Any = None
    stored: str | None = None
    codes: CodeList | None = None
    bounds: tuple[Term | None, Term | None] | None = None

    @property
    def literal(self) -> bool:
        return self.value is not None


@dataclass(frozen=True)
class Operator:
    """What an `op` of CQL2 JSON compiles to; arity: how many arguments it takes (None: any number from 2)."""

    compile: Callable[[Context, str, list[Any]], Term]
    arity: int | None = 2


class Context:
    """One filter on its way to SQL: what may be asked, the CRS of its coordinates, and the values bound so far."""

    def __init__(self, known: Mapping[str, Queryable], operators: Mapping[str, Operator],
                 literals: Mapping[str, Callable[[Context, Any], Term]], place: Served) -> None:
        self.known, self.operators, self.literals, self.place = known, operators, literals, place
        self.values: dict[str, Any] = {}

    def bind(self, value: Any, form: str) -> str:
        """The form with a bind for the value where its `{}` is."""
        name = f"q{len(self.values)}"
        self.values[name] = value
        return form.format(f"«{name}»")

    def sql(self, term: Term) -> str:
        """The SQL of a term; a literal is bound by this."""
        return self.bind(term.value, term.sql) if term.literal else term.sql

    def term(self, node: Any) -> Term:
        """What a node of CQL2 JSON stands for. BadValue where it stands for nothing."""
        if isinstance(node, bool):
            return Term("true" if node else "false", "boolean")
        if isinstance(node, int | float):
            return number(node)
        if isinstance(node, str):
            return Term("CAST({} AS text)", "text", node)
        if isinstance(node, list):
            return self.literals["list"](self, node)
        if not isinstance(node, dict):
            raise refused("NULL", "NULL 只能用 IS NULL 来问", "NULL can only be asked for by IS NULL")
        if "op" in node:
            return self._operation(str(node["op"]), node.get("args") or [])
        if "property" in node:
            return self._property(node["property"])
        for key, read in self.literals.items():
            if key in node:
                return read(self, node)
        raise refused(str(node), "不是 CQL2 的表达式", "is no expression of CQL2")

    def typed(self, node: Any, *types: str) -> Term:
        """The term of a node that must be of one of these types."""
        term = self.term(node)
        if term.type not in types:
            raise mismatch(node, term, types)
        return term

    def _operation(self, name: str, args: list[Any]) -> Term:
        operator = self.operators.get(name.lower())
        if operator is None:
            raise refused(name, "没有这个函数；自定义的函数见 /functions", "is no known function; those of our own are listed at /functions")
        least = 2 if operator.arity is None else operator.arity
        if len(args) < least or (operator.arity is not None and len(args) > least):
            raise refused(name, f"需要 {least} 个参数，给了 {len(args)} 个", f"takes {least} arguments, {len(args)} were given")
        return operator.compile(self, name.lower(), args)

    def _property(self, name: str) -> Term:
        found = self.known.get(name) or self.known.get(_ALSO.get(name, ""))
        if found is None:
            listed = ", ".join(self.known)
            raise refused(name, f"没有这个字段；可用：{listed}", f"is no queryable; known: {listed}")
        return Term(found.sql, found.type, stored=found.stored, codes=found.field.codes if found.field else None)


def number(value: float) -> Term:
    """A number; a whole one is bound as such, so that the index of a whole-number field is used."""
    if not math.isfinite(value):
        raise refused(str(value), "数字太大", "the number is too large")
    if float(value).is_integer() and abs(value) < INT8:
        return Term("CAST({} AS bigint)", "number", int(value))
    return Term("CAST({} AS double precision)", "number", float(value))


def refused(what: str, zh: str, en: str) -> BadValue:
    """A filter that cannot be taken: what of it, and why."""
    return BadValue(name="filter", value=what[:SHOWN], why_zh=zh, why_en=en)


def mismatch(node: Any, term: Term, types: tuple[str, ...]) -> BadValue:
    """A value of another type than is needed."""
    zh, en = ("／".join(TYPES[t].zh for t in types), " or ".join(TYPES[t].en for t in types))
    return refused(written(node), f"这里应为{zh}，而它是{TYPES[term.type].zh}", f"{en} is needed here, this is {TYPES[term.type].en}")


def written(node: Any) -> str:
    """A node as a refusal shows it."""
    if isinstance(node, dict):
        for key in ("property", "op", "date", "timestamp", "type"):
            if key in node:
                return str(node[key])
    return str(node)
