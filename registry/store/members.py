"""The members of a JSON object, made as bytes in SQL: the texts by one call, anything else one by one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from registry.db.columns import literal, read
from registry.kinds import Field

TOGETHER = 6  # members that are put together before they are put to the others: each || copies all that stands before it
WORTH = 4  # texts: fewer are written as quickly one by one
_BRACES = r"'\x7b7d'::bytea"


@dataclass(frozen=True)
class Member:
    """One of them. said: SQL of its value as JSON text, None for null whatever the row. plain: SQL of the text that the value
    is, where it is one."""

    name: str
    said: str | None
    plain: str | None = None

    @classmethod
    def of(cls, name: str, field: Field, expression: str) -> Member:
        """What an expression reads of a field, by the cheapest ways to it."""
        return cls(name, _written(field, expression), _plain(field, expression))


def sql(members: Sequence[Member], before: str, behind: str) -> str:
    """The object between SQL and a text, as bytes in the encoding of the connection.

    Texts stand first and what is null in each row last, since each of the three is made in its own way; row_to_json would look
    up how a column is written for each row again.
    """
    texts, chain, end = _pieces(members)
    return _made(before, texts, [*chain, literal(end + behind)])


def parted(members: Sequence[Member], before: str, behind: str) -> tuple[str, str]:
    """The same but for its end, which is the same text whatever the row: half of an object may be, and that need not be made,
    nor handed over, for each."""
    texts, chain, end = _pieces(members)
    return _made(before, texts, chain), end + behind


def _pieces(members: Sequence[Member]) -> tuple[list[Member], list[str], str]:
    """The texts that are made by one call, the SQL of the others, and the text that ends the object."""
    texts = [m for m in members if m.said is not None and m.plain is not None]
    if len(texts) < WORTH:
        texts = []
    others = [m for m in members if m.said is not None and m not in texts] + [m for m in members if m.said is None]
    chain, end = _chain(others, first=not texts)
    return texts, chain, end + ("}" if members else "{}")


def _made(before: str, texts: Sequence[Member], chain: Sequence[str]) -> str:
    if not texts:
        return _sent([before, *chain])
    begun = f"{_sent([before, literal('{')])} || {_object(texts)}"
    return f"{begun} || {_sent(chain)}" if chain else begun


def named(name: str) -> str:
    """The SQL constant that stands before the value of a further member."""
    return literal("," + _name(name))


def _name(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) + ":"


def _object(texts: Sequence[Member]) -> str:
    """Texts by one call, half the cost of one each; the braces are taken off again."""
    names, values = (", ".join(said) for said in ([literal(m.name) for m in texts], [str(m.plain) for m in texts]))
    return f"btrim(json_send(json_object(ARRAY[{names}], ARRAY[{values}])), {_BRACES})"


def _chain(members: Sequence[Member], *, first: bool) -> tuple[list[str], str]:
    """Members one by one, constants that follow each other as one; the text that is left at the end."""
    made, constant = [], ""
    for one in members:
        constant += ("{" if first else ",") + _name(one.name)
        first = False
        if one.said is None:
            constant += "null"
        else:
            made.append(f"{literal(constant)} || coalesce({one.said}, 'null')")
            constant = ""
    return made, constant


def _sent(chain: Sequence[str]) -> str:
    groups = [f"({' || '.join(chain[at:at + TOGETHER])})" for at in range(0, len(chain), TOGETHER)]
    return f"textsend({' || '.join(groups)})"


def _written(field: Field, expression: str) -> str:
    """The value as JSON text: what stands in a row as JSON is not read and written again."""
    if field.column is None and field.type != "number" and expression == read(field, default=False):
        return f"CAST(a.attrs->{literal(field.key)} AS text)"
    if field.type == "boolean":
        return f"CASE WHEN {expression} THEN 'true' WHEN NOT {expression} THEN 'false' END"
    if field.type == "integer":
        return f"CAST({expression} AS text)"
    return f"CAST(to_json({expression}) AS text)"


def _plain(field: Field, expression: str) -> str | None:
    """The value as the text it is shown as; None of what is shown as no text, or not as the database writes it."""
    if field.type in ("text", "code") or (field.type in ("date", "timestamp") and field.column is None and expression == read(field)):
        return expression
    return f"CAST({expression} AS text)" if field.type == "date" else None  # ISO in every connection of ours
