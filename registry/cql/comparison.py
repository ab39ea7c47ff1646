"""Comparison predicates: = <> < > <= >=, BETWEEN, IN, IS NULL, and what AND, OR, NOT make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from registry.cql.terms import Context, Operator, Term, mismatch, refused

SCALAR = ("number", "text", "boolean", "date", "timestamp")
_SQL_TYPES = {"number": "double precision", "text": "text", "boolean": "boolean", "date": "date", "timestamp": "timestamptz"}


def compare(ctx: Context, op: str, args: list[Any]) -> Term:
    """Two values of one type (/req/basic-cql2/binary-comparison-predicate); NULL where one is not known.

    Texts are ordered by code point, whatever the collation of the database.
    """
    left, right = pair(ctx, args)
    if op in ("=", "<>"):
        left, right = _as_stored(_coded(left, right), _coded(right, left))
    order = ' COLLATE "C"' if left.type == "text" and op not in ("=", "<>") else ""
    return Term(f"({ctx.sql(left)}{order} {op} {ctx.sql(right)}{order})", "boolean")


def pair(ctx: Context, args: list[Any]) -> tuple[Term, Term]:
    """Two scalars of the same type."""
    left = ctx.typed(args[0], *SCALAR)
    right = ctx.term(args[1])
    if right.type != left.type:
        raise mismatch(args[1], right, (left.type,))
    return left, right


def _coded(term: Term, other: Term) -> Term:
    """A text that is compared with a code: a title or alias stands for its code, as in a query parameter and in files."""
    code = other.codes.find(term.value) if other.codes and term.literal else None
    return replace(term, value=code.value) if code else term


def _as_stored(left: Term, right: Term) -> tuple[Term, Term]:
    """A stored date or time against a literal is compared as the text that is kept, which the index is over."""
    for one, other in ((left, right), (right, left)):
        if one.stored is not None and other.literal:
            return Term(one.stored, "text"), Term("CAST({} AS text)", "text", other.value)
    return left, right


def between(ctx: Context, _: str, args: list[Any]) -> Term:
    """Both ends are within (/req/advanced-comparison-operators/between-predicate)."""
    value = ctx.typed(args[0], "number", "text", "date", "timestamp")
    low, high = (ctx.typed(a, value.type) for a in args[1:])
    order = ' COLLATE "C"' if value.type == "text" else ""
    return Term(f"({ctx.sql(value)}{order} BETWEEN {ctx.sql(low)} AND {ctx.sql(high)})", "boolean")


def one_of(ctx: Context, _: str, args: list[Any]) -> Term:
    """Equal to one of a list; plain values are bound as one array, so that the text does not depend on their number."""
    value, listed = args
    if not isinstance(listed, list) or not listed:
        raise refused("IN", "IN 之后应为括号中的列表", "IN needs a list in brackets")
    left = ctx.typed(value, *SCALAR)
    terms = [_coded(ctx.term(node), left) for node in listed]
    for node, term in zip(listed, terms, strict=True):
        if term.type != left.type:
            raise mismatch(node, term, (left.type,))
    if not all(t.literal for t in terms):
        return Term(f"({ctx.sql(left)} IN ({', '.join(ctx.sql(t) for t in terms)}))", "boolean")
    whole = all(isinstance(t.value, int) for t in terms)
    kind = "text" if left.stored else "bigint" if left.type == "number" and whole else _SQL_TYPES[left.type]
    values = [t.value if whole or left.type != "number" else float(t.value) for t in terms]
    array = ctx.bind(values, f"CAST({{}} AS {kind}[])")
    return Term(f"({left.stored or ctx.sql(left)} = ANY({array}))", "boolean")


def is_null(ctx: Context, _: str, args: list[Any]) -> Term:
    """Whether nothing is known; never unknown itself."""
    term = ctx.term(args[0])
    if term.type == "interval":
        raise mismatch(args[0], term, SCALAR)
    return Term(f"({ctx.sql(term)} IS NULL)", "boolean")


def logical(ctx: Context, op: str, args: list[Any]) -> Term:
    """AND and OR, by the three-valued tables of SQL, which are those of CQL2."""
    return Term("(" + f" {op.upper()} ".join(ctx.typed(a, "boolean").sql for a in args) + ")", "boolean")


def negated(ctx: Context, _: str, args: list[Any]) -> Term:
    """NOT; of what is unknown it is unknown."""
    return Term(f"(NOT {ctx.typed(args[0], 'boolean').sql})", "boolean")


OPERATORS = {op: Operator(compare) for op in ("=", "<>", "<", ">", "<=", ">=")} | {
    "between": Operator(between, 3), "in": Operator(one_of), "isnull": Operator(is_null, 1),
    "and": Operator(logical, None), "or": Operator(logical, None), "not": Operator(negated, 1)}
