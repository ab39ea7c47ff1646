"""Values that a filter compares with a code and that its list does not have: nothing equals them, which is most often a slip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from registry.cql.queryables import queryables
from registry.cql.reading import read
from registry.kinds import CodeList, FeatureKind


@dataclass(frozen=True)
class Unlisted:
    """A value, the queryable it is compared with, and the codes that this one has."""

    value: str
    key: str
    codes: CodeList


def unlisted(kind: FeatureKind, said: str, language: str | None = None) -> list[Unlisted]:
    """Each such value of a filter that compiles, once, in the order of the filter."""
    known = queryables(kind)
    found = {}
    for key, value in _compared(read(said, language)):
        field = known[key].field if key in known else None
        if field is not None and field.codes and field.codes.find(value) is None:
            found[key, value] = Unlisted(value, key, field.codes)
    return list(found.values())


def _compared(node: Any) -> Iterator[tuple[str, str]]:
    """(property, text) of each comparison of the two for equality."""
    if isinstance(node, list):
        for part in node:
            yield from _compared(part)
    if not isinstance(node, dict) or "op" not in node:
        return
    args = node.get("args") or []
    if str(node["op"]).lower() in ("=", "<>", "in"):
        flat = [value for arg in args for value in (arg if isinstance(arg, list) else [arg])]
        for key in (arg["property"] for arg in flat if isinstance(arg, dict) and "property" in arg):
            yield from ((key, value) for value in flat if isinstance(value, str))
    yield from _compared(args)
