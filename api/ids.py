"""Ids in paths: what a text there names, or that there is nothing of that name."""

from __future__ import annotations

import re

from api.cursor import INT64
from registry.errors import NotFound

ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


def number(what: str, given: str) -> int:
    """The id that a path gives of `what` (a collection or kind of record); NotFound where it can be none."""
    if not ID.fullmatch(given) or int(given) >= INT64:
        raise NotFound(what=f"{what}/{given[:40]}")
    return int(given)
