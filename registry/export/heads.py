"""What the columns of an export are called: by key, by title, or short, and always so that a load knows them again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from registry import settings
from registry.kinds import FeatureKind, Field
from registry.kinds.codes import fold

SHORT_BYTES = 10  # of a column name in a DBF
_ABBREVIATION = re.compile(r"[A-Z][A-Z0-9_]{1,9}")


def heads(kind: FeatureKind, how: str, taken: Sequence[str] = (), codec: str = "utf-8") -> dict[str, str]:
    """Field key → column name, each unique whatever its case. `how`: `key`, `title` or `short`."""
    names: dict[str, str] = {}
    used = {fold(t) for t in taken}
    for field in kind.fields:
        name = next(n for n in _candidates(kind, field, how, codec) if fold(n) not in used)
        used.add(fold(name))
        names[field.key] = name
    return names


def _candidates(kind: FeatureKind, field: Field, how: str, codec: str) -> Iterator[str]:
    """Names in the order of preference, without end."""
    if how == "title":
        title = field.title.en if settings.lang() == "en" else field.title.zh
        yield from (n for n in (title, field.key) if kind.field_named(n) is field)
    if how == "short":
        # The abbreviations of GB/T 47678.5 表2 stand first among the names in capitals, then those of the trade.
        yield from (a for a in field.aliases if _ABBREVIATION.fullmatch(a) and kind.field_named(a) is field)
        if len(field.key.encode(codec, "replace")) <= SHORT_BYTES and kind.field_named(field.key) is field:
            yield field.key
        yield from (_cut(field.key, codec, f"_{n}" if n else "") for n in range(9999))
    yield field.key
    yield from (f"{field.key}_{n}" for n in range(2, 9999))


def _cut(key: str, codec: str, ending: str) -> str:
    """A key cut to what a DBF takes, whole characters only."""
    room = SHORT_BYTES - len(ending)
    return key.encode(codec, "replace")[:room].decode(codec, "ignore").rstrip("_") + ending
