"""What is measured over many assets: indicators, found and not listed, each asked in the same way."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from registry.errors import BadDeclaration, UnknownIndicator
from registry.indicators.kinds import SETS, Ask, Indicator
from registry.scope import WHOLE, Sight
from registry.store.cities import City
from registry.store.query import Query

__all__ = ["SETS", "Indicator", "every", "evidence_query", "find", "load", "measure"]


@lru_cache(maxsize=1)
def load() -> Mapping[str, Indicator]:
    """Every indicator of this package by its code: module-level ones, and those in module-level tuples."""
    found: dict[str, Indicator] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for value in vars(module).values():
            for each in value if isinstance(value, tuple) else (value,):
                if not isinstance(each, Indicator):
                    continue
                if found.setdefault(each.code, each) is not each:
                    raise BadDeclaration(where=info.name, why_zh=f"指标 {each.code} 声明了两次",
                                         why_en=f"indicator {each.code} is declared twice")
    return MappingProxyType(found)


def every() -> list[Indicator]:
    """All indicators, in the order they were found."""
    return list(load().values())


def find(code: str) -> Indicator:
    """The indicator of this code; UnknownIndicator names the known ones."""
    indicator = load().get(code)
    if indicator is None:
        raise UnknownIndicator(key=code, known=", ".join(load()))
    return indicator


def measure(conn: Connection, code: str, city: City, *, cls: str | None = None, by: str | None = None,
            sight: Sight = WHOLE) -> dict[str, Any]:
    """The figure of an indicator in the common form (`registry.standards.figure.Figure`).

    cls: class key; without it an indicator of several classes gives one row each and no figure over all.
    by: `district`, `owner`, `grid`, `class`, or a field of the class with a vocabulary or a filter.
    sight: whose, as of when, and on which day assets must be in service. Percent, m, m². UnknownIndicator, UnknownClass,
    BadValue (class, by).
    """
    return find(code).answer(conn, Ask(city, cls, by, sight))


def evidence_query(conn: Connection, code: str, city: City, cls: str | None, which: str, *,
                   sight: Sight = WHOLE) -> Query:
    """The query of the very assets behind a figure, for `store.features`: as many as its `counts` say.

    which: `counted` (the denominator), `failing` or `unrated`; else BadValue naming `set`.
    """
    return find(code).evidence(Ask(city, cls, sight=sight), which)
