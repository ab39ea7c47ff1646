"""Indicator: the word every figure over many assets is declared with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from registry.catalogue import load
from registry.errors import BadValue
from registry.kinds import AssetClass, Label
from registry.scope import WHOLE, Sight
from registry.standards.figure import Standard
from registry.store.cities import City
from registry.store.query import Query

SETS = ("counted", "failing", "unrated")


@dataclass(frozen=True)
class Ask:
    """What is asked: whose figure, of which class (None: all that apply), told by what, in whose sight and as of when."""

    city: City
    cls: str | None = None
    by: str | None = None
    sight: Sight = WHOLE

    @property
    def today(self) -> dt.date:
        """The day on which assets must be in service."""
        return self.sight.today


@dataclass(frozen=True)
class Indicator:
    """One indicator. `label` and `formula` are `中文|English`; `method` is a stable name.

    A kind of indicator is a subclass that says how to answer and which assets stand behind the answer.
    """

    code: str
    label: Label | str
    method: str
    formula: Label | str
    standard: Standard
    unit: str = "%"

    @property
    def title(self) -> Label:
        return Label.of(self.label)

    def applies(self, cls: AssetClass) -> bool:
        """Whether the class has what the indicator needs."""
        raise NotImplementedError

    def classes(self) -> list[AssetClass]:
        """The declared classes it applies to."""
        return [c for c in load().classes.values() if self.applies(c)]

    def class_named(self, key: str) -> AssetClass:
        """The class of this key; UnknownClass, or BadValue where the indicator does not apply to it."""
        cls = load().kind(key)
        known = self.classes()
        if cls not in known:
            names = ", ".join(c.key for c in known)
            raise BadValue(name="class", value=key, why_zh=f"{self.title.zh}适用于：{names}",
                           why_en=f"{self.title.en} applies to: {names}")
        assert isinstance(cls, AssetClass)
        return cls

    def answer(self, conn: Connection, ask: Ask) -> dict[str, Any]:
        """The figure in the common form (`registry.standards.figure`)."""
        raise NotImplementedError

    def evidence(self, ask: Ask, which: str) -> Query:
        """The query of the assets behind the answer: `counted` (denominator), `failing` or `unrated`."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """The declaration as plain data."""
        return {"code": self.code, "title": self.title.as_dict(), "method": self.method, "unit": self.unit,
                "formula": Label.of(self.formula).as_dict(), "standard": self.standard.as_dict(),
                "classes": [c.key for c in self.classes()]}
