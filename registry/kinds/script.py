"""Simplified and traditional characters: words written in either mean the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def simplified(text: str) -> str:
    """The text in simplified characters; what is neither Chinese nor traditional stays as it is."""
    return text if text.isascii() else str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC  # few files need it: 30 ms of every command otherwise

    return OpenCC("t2s")
