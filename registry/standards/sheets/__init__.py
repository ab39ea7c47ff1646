"""Sheets of inspections: what each form measures, and how the standard makes scores and a grade of it; pure, found not listed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from registry.errors import BadDeclaration
from registry.kinds.codes import fold
from registry.standards.sheets.sheet import Sheet


def find(name: str | None) -> Sheet | None:
    """The sheet that this key, title or alias means, or None."""
    return _index().get(fold(name)) if name else None


@lru_cache(maxsize=1)
def every() -> Mapping[str, Sheet]:
    """All sheets of this package by their key, in the order of its modules."""
    found: dict[str, Sheet] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for sheet in (v for v in vars(module).values() if isinstance(v, Sheet)):
            if found.setdefault(sheet.key, sheet) is not sheet:
                raise BadDeclaration(where=info.name, why_zh=f"检查表 {sheet.key} 声明了两次", why_en=f"the sheet {sheet.key} is declared twice")
    return MappingProxyType(found)


def serving(purposes: tuple[str, ...]) -> list[str]:
    """Forms that serve intervals: these words themselves, and the sheets that are inspections of such a kind."""
    return [*purposes, *(s.key for s in every().values() if s.purpose in purposes)]


@lru_cache(maxsize=1)
def _index() -> Mapping[str, Sheet]:
    found: dict[str, Sheet] = {}
    for sheet in every().values():
        for name in (sheet.key, sheet.title.zh, sheet.title.en, *sheet.names):
            if found.setdefault(fold(name), sheet) is not sheet:
                raise BadDeclaration(where=sheet.key, why_zh=f"检查表的名称“{name}”已有别的检查表用了",
                                     why_en=f"another sheet is called {name!r} already")
    return MappingProxyType(found)
