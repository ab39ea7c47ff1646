"""The columns that tell in a reject file what is wrong with a row; every reader of it knows them and passes over them."""

from __future__ import annotations

import re
from collections.abc import Iterable

HEADS = ("_file", "_row", "_field", "_value", "_code", "_message_zh", "_message_en")
# In a DBF, whose names end at ten bytes.
SHORT = {"_file": "_file", "_message_zh": "_messagezh", "_message_en": "_messageen"}
_NAMED = re.compile(r"[^.]+\.(.+)\.[0-9a-f]{6}\.rejects")
NAMES = frozenset((*HEADS, *SHORT.values()))


def is_again(names: Iterable[str]) -> bool:
    """Whether columns of these names are those of a reject file."""
    return {"_row", "_field", "_code"} <= set(names)


def origin(stem: str) -> str | None:
    """The stem of the file from which a reject file comes: `demo.路灯.04b486.rejects` is of 路灯."""
    found = _NAMED.fullmatch(stem)
    return found.group(1) if found else None
