"""Text: LIKE, and comparison without regard to case (CASEI) or accents (ACCENTI)."""

from __future__ import annotations

import re
from typing import Any

from registry.cql.terms import Context, Operator, Term, refused

# Full case folding of Unicode: ß and ẞ are ss, as 'SS' is; a sigma at the end of a word is like any other. PostgreSQL has
# it as a function from version 18 on; the full mappings of ICU to upper and back to lower case come to the same.
_LOWER = "lower({} COLLATE \"und-x-icu\")"
_FOLDED = "(replace(" + _LOWER.format("upper(" + _LOWER + ' COLLATE "und-x-icu")') + ", 'ς', 'σ') COLLATE \"C\")"
# What canonical decomposition (NFD) sets apart from its letter. ø and đ are letters of their own, and stay.
_MARKS = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_BARE = "(normalize(regexp_replace(normalize({}, NFD), '" + _MARKS + "', '', 'g'), NFC) COLLATE \"C\")"
_FORMS = {"casei": _FOLDED, "accenti": _BARE}


def function(ctx: Context, op: str, args: list[Any]) -> Term:
    """CASEI or ACCENTI of a text, which may be the other of some text."""
    return Term(_FORMS[op].replace("{}", ctx.sql(ctx.typed(args[0], "text"))), "text")


def like(ctx: Context, _: str, args: list[Any]) -> Term:
    r"""A pattern with `%` for any characters, `_` for one, `\` before one that is meant as itself; case counts."""
    value = ctx.typed(args[0], "text")
    pattern = _literal(args[1])
    # ACCENTI takes marks from the end of a pattern; that it fails then must not hang on which rows it is tried on.
    if any((len(p) - len(p.rstrip("\\"))) % 2 for p in (pattern, re.sub(f"{_MARKS}+$", "", pattern))):
        raise refused(pattern, "模式不能以单个反斜线结尾", "the pattern must not end with a single backslash")
    return Term(f"({ctx.sql(value)} LIKE {ctx.sql(ctx.typed(args[1], 'text'))})", "boolean")


def _literal(node: Any) -> str:
    """The literal within a pattern (rule patternExpression of the grammar)."""
    while isinstance(node, dict) and str(node.get("op")).lower() in _FORMS and len(node.get("args", ())) == 1:
        node = node["args"][0]
    if not isinstance(node, str):
        raise refused("LIKE", "LIKE 之后应为文字，可带 CASEI、ACCENTI", "LIKE needs a literal text, with or without CASEI and ACCENTI")
    return node


OPERATORS = {"like": Operator(like), "casei": Operator(function, 1), "accenti": Operator(function, 1)}
