"""Pieces of SQL with the values they bind, fit for a `.sql` file and for the driver alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_BIND = re.compile("«([a-z_0-9]+)»")


def for_text(expression: str) -> str:
    """As a fragment of a `.sql` file, where `:name` is a bind; colons of its own are escaped."""
    return _BIND.sub(r":\1", expression.replace(":", r"\:"))


def for_driver(expression: str) -> str:
    """As a part of a statement of the driver, where `%(name)s` is a bind."""
    return _BIND.sub(r"%(\1)s", expression.replace("%", "%%"))


@dataclass(frozen=True)
class Fragment:
    """SQL in which `«name»` stands for a bind value, and the values."""

    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return for_text(self.sql)

    @property
    def driver(self) -> str:
        return for_driver(self.sql)


def every(parts: list[Fragment]) -> Fragment:
    """The condition that all of them hold; `true` for none."""
    values: dict[str, Any] = {}
    for part in parts:
        values |= part.values
    return Fragment(" AND ".join(f"({p.sql})" for p in parts) or "true", values)
