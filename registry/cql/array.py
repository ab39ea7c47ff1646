"""Arrays: lists of text, compared as sets (/req/array-functions/array-predicates)."""

from __future__ import annotations

import json
from typing import Any

from registry.cql.terms import Context, Operator, Term

_FORMS = {"a_contains": "({0} @> {1})", "a_containedby": "({0} <@ {1})", "a_equals": "({0} @> {1} AND {0} <@ {1})"}


def literal(ctx: Context, nodes: list[Any]) -> Term:
    """A list of texts, which may be properties and functions."""
    terms = [ctx.typed(node, "text") for node in nodes]
    if all(t.literal for t in terms):
        return Term("CAST({} AS jsonb)", "list", json.dumps([t.value for t in terms], ensure_ascii=False))
    return Term(f"jsonb_build_array({', '.join(ctx.sql(t) for t in terms)})", "list")


def relate(ctx: Context, op: str, args: list[Any]) -> Term:
    """One of the four; a text alone, as brackets around one leave it, is a list of one."""
    left, right = (ctx.sql(_listed(ctx, a)) for a in args)
    if op == "a_overlaps":
        # jsonb_exists_any takes an array; where there is no list at all, nothing is known.
        some = f"ARRAY(SELECT jsonb_array_elements_text({right}))"
        return Term(f"(CASE WHEN {right} IS NOT NULL THEN jsonb_exists_any({left}, {some}) END)", "boolean")
    return Term(_FORMS[op].format(left, right), "boolean")


def _listed(ctx: Context, node: Any) -> Term:
    term = ctx.typed(node, "list", "text")
    return literal(ctx, [node]) if term.type == "text" else term


LITERALS = {"list": literal}
OPERATORS = {op: Operator(relate) for op in (*_FORMS, "a_overlaps")}
