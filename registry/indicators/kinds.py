"""Indicator: the word every figure over many assets is declared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from registry.catalogue import load
from registry.errors import BadValue
from registry.indicators.options import Chosen, Option
from registry.kinds import AssetClass, Label
from registry.scope import WHOLE, Sight
from registry.standards import numbers
from registry.standards.figure import Standard
from registry.store.cities import City
from registry.store.query import Query

SETS = ("counted", "failing", "unrated")


@dataclass(frozen=True)
class Ask:
    """What is asked: whose figure, of which class (None: all that apply), told by what, in whose sight and as of when.

    where: field → values of the only assets that are meant. classes: several at once, as one figure where they can be.
    options: what was chosen beside, defaults filled in. brief: without what an indicator tells beyond the common form.
    """

    city: City
    cls: str | None = None
    by: str | None = None
    sight: Sight = WHOLE
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    options: Chosen = field(default_factory=dict)
    brief: bool = False

    @property
    def today(self) -> dt.date:
        """The day on which assets must be in service."""
        return self.sight.today


@dataclass(frozen=True)
class Indicator:
    """One indicator. `label` and `formula` are `中文|English`; `method` is a stable name.

    A kind of indicator is a subclass that says how to answer and which assets stand behind the answer.
    needs_data: what must be in the registry for a figure. note: what whoever reads the figure must know.
    family: of the table whose numbers it goes by.
    """

    code: str
    label: Label | str
    method: str
    formula: Label | str
    standard: Standard
    unit: str = "%"
    options: tuple[Option, ...] = ()
    needs_data: Label | str = ""
    note: Label | None = None
    family: str = ""

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

    def goes_by(self) -> Standard:
        """The standard with the file of the table in use, which a bureau may have put in the place of ours."""
        if not self.family or not numbers.editions(self.family):
            return self.standard
        return replace(self.standard, table=numbers.table(self.family).file)

    def table(self) -> dict[str, Any] | None:
        """The table in use, the bureau's own before ours; `absent` where nobody could obtain it; None where it needs none."""
        if not self.family:
            return None
        if numbers.editions(self.family):
            return numbers.table(self.family).as_dict()
        missing = numbers.absent().get(self.family)
        return {"table": None, "absent": missing.as_dict() if missing else None}

    def settled(self, conn: Connection, ask: Ask, cls: AssetClass) -> Ask:
        """The question of one class with what depends on the data decided, so that figure and evidence agree."""
        return ask

    def carried(self, ask: Ask) -> str:
        """The options that differ from their defaults, as parameters of a link."""
        said = {o.name: ask.options[o.name] for o in self.options if ask.options.get(o.name) not in (None, o.default)}
        return "&" + urlencode(said) if said else ""

    def evidence(self, conn: Connection, ask: Ask, which: str) -> Query:
        """The query of the assets behind the answer: `counted` (denominator), `failing` or `unrated`."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """The declaration as plain data."""
        return {"code": self.code, "title": self.title.as_dict(), "method": self.method, "unit": self.unit,
                "formula": Label.of(self.formula).as_dict(), "standard": self.goes_by().as_dict(),
                "table": self.table(), "classes": [c.key for c in self.classes()], "options": [o.as_dict() for o in self.options],
                "needs_data": Label.of(self.needs_data).as_dict() if self.needs_data else None,
                "note": self.note.as_dict() if self.note else None}
