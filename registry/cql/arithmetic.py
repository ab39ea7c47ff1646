"""Arithmetic: + - * / % div ^ over numbers; what has no value (a division by zero, an overflow) is NULL."""

from __future__ import annotations

from typing import Any

from registry.cql.terms import Context, Operator, Term


def calculate(ctx: Context, op: str, args: list[Any]) -> Term:
    """Both sides as double precision. `div` drops the fraction, `%` has the sign of its left side.

    By a function that never fails (sql/after/63_numbers.sql): an error would tell of a row that is kept from view.
    """
    left, right = (ctx.sql(ctx.typed(a, "number")) for a in args)
    return Term(f"registry_number('{op}', {left}, {right})", "number")


OPERATORS = {op: Operator(calculate) for op in ("+", "-", "*", "/", "%", "div", "^")}
