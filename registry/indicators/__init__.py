"""What is measured over many assets: indicators, found and not listed, each asked in the same way."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from registry import settings
from registry.errors import BadDeclaration, UnknownIndicator
from registry.indicators.kinds import SETS, Ask, Indicator
from registry.indicators.options import Option, chosen
from registry.scope import WHOLE, Sight
from registry.store import once
from registry.store.cities import City
from registry.store.query import Query

__all__ = ["SETS", "Indicator", "every", "evidence_query", "find", "load", "measure", "options"]


def load() -> Mapping[str, Indicator]:
    """Every indicator of this package by its code: module-level ones, those in module-level tuples, and those that a
    module finds in the tables (its function `found`), a bureau's own among them."""
    return _load(settings.get("REGISTRY_TABLES"))


@lru_cache(maxsize=8)
def _load(tables: str) -> Mapping[str, Indicator]:
    found: dict[str, Indicator] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        more = [module.found()] if hasattr(module, "found") else []
        for value in (*vars(module).values(), *more):
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
            where: Mapping[str, Iterable[Any]] | None = None, classes: Iterable[str] = (), sight: Sight = WHOLE, brief: bool = False,
            **options: Any) -> dict[str, Any]:
    """The figure of an indicator in the common form (`registry.standards.figure.Figure`).

    cls: class key; without it an indicator of several classes gives one row each and no figure over all.
    classes: several classes at once, as one figure where their basis is the same, else one row each.
    by: `district`, `street`, `owner`, `grid`, `class`, or a field of the class with a vocabulary or a filter.
    where: field → values, of the same fields; `unknown` stands for assets without a value.
    sight: whose, as of when, and on which day assets must be in service. options: those the indicator declares.
    brief: without what the indicator tells beyond the common form, which may cost more than the figure.
    Percent, m, m², or the unit that the figure names. UnknownIndicator, UnknownClass, BadValue (class, by, where, an option).
    """
    indicator = find(code)
    with once.held():
        return indicator.answer(conn, _ask(indicator, Ask(city, cls, by, sight, _lists(where), tuple(classes), brief=brief), options))


def evidence_query(conn: Connection, code: str, city: City, cls: str | None, which: str, *,
                   where: Mapping[str, Iterable[Any]] | None = None, sight: Sight = WHOLE, **options: Any) -> Query:
    """The query of the very assets behind a figure, for `store.features`: as many as its `counts` say.

    which: `counted` (the denominator), `failing` or `unrated`; else BadValue naming `set`.
    """
    indicator = find(code)
    return indicator.evidence(conn, _ask(indicator, Ask(city, cls, None, sight, _lists(where)), options), which)


def options() -> list[Option]:
    """Every option of an indicator, once each by its name: what it takes differs by indicator."""
    return list({o.name: o for i in every() for o in i.options}.values())


def _ask(indicator: Indicator, ask: Ask, said: Mapping[str, Any]) -> Ask:
    return replace(ask, options=chosen(indicator.title, indicator.options, said))


def _lists(where: Mapping[str, Iterable[Any]] | None) -> dict[str, tuple[Any, ...]]:
    return {name: (values,) if isinstance(values, str | bool | int) else tuple(values) for name, values in (where or {}).items()}
