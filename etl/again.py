"""The columns that tell in a reject file what is wrong with a row; every reader of it knows them and passes over them."""

from __future__ import annotations

from collections.abc import Iterable

HEADS = ("_file", "_row", "_field", "_value", "_code", "_message_zh", "_message_en")
# In a DBF, whose names end at ten bytes.
SHORT = {"_file": "_file", "_message_zh": "_messagezh", "_message_en": "_messageen"}
NAMES = frozenset((*HEADS, *SHORT.values()))


def is_again(names: Iterable[str]) -> bool:
    """Whether columns of these names are those of a reject file."""
    return {"_row", "_field", "_code"} <= set(names)
