"""Options: what may be chosen of an indicator beyond class, filter and grouping, each declared once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.errors import BadValue
from registry.kinds import Label

Chosen = Mapping[str, Any]  # option → its value, defaults filled in


@dataclass(frozen=True)
class Option:
    """One choice. label: `中文|English`. values: those that it takes; without them it takes a number from `least` on, or
    a short text where `free`."""

    name: str
    label: Label | str
    values: tuple[str, ...] = ()
    default: Any = None
    least: float = 0.0
    free: bool = False

    @property
    def title(self) -> Label:
        return Label.of(self.label)

    def parse(self, raw: Any) -> Any:
        """The value; BadValue names the option and what it takes."""
        if self.values:
            if raw not in self.values:
                known = ", ".join(self.values)
                raise BadValue(name=self.name, value=str(raw)[:40], why_zh=f"可用：{known}", why_en=f"known: {known}")
            return raw
        if self.free:
            if not isinstance(raw, str) or not 0 < len(raw.strip()) <= 64 or not raw.isprintable():
                raise BadValue(name=self.name, value=str(raw)[:40], why_zh="应为 64 字以内的文字", why_en="a text of up to 64 signs is needed")
            return raw.strip()
        try:
            number = float(raw)
        except (TypeError, ValueError):
            number = math.nan
        if not self.least <= number < 1e9:
            raise BadValue(name=self.name, value=str(raw)[:40], why_zh=f"应为不小于 {self.least:g} 的数",
                           why_en=f"a number from {self.least:g} on is needed")
        return int(number) if number.is_integer() else number

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "title": self.title.as_dict(), "values": list(self.values), "default": self.default}


STALE = Option("stale", "过期的评定：列为未评，还是照计|Ratings past their time: unrated, or counted all the same",
               ("leave_out", "count"), "leave_out")
STALE_YEARS = Option("stale_after_years", "评定几年后过期，不给时按检查周期|Years after which a rating is past its time; else by the "
                     "inspection cycle", least=0.01)
STALENESS = (STALE, STALE_YEARS)
BASIS = Option("basis", "按面积、长度还是数量；auto：面积齐全时按面积，否则按长度|By area, length or count; auto: by area where every "
               "asset has one, else by length", ("auto", "area", "length", "count"), "auto")


def chosen(title: Label, options: Sequence[Option], said: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each option; BadValue names one that the indicator does not have."""
    known = {o.name: o for o in options}
    for name, value in said.items():
        if value is not None and name not in known:
            names = ", ".join(known) or "-"
            raise BadValue(name=name, value=str(value)[:40], why_zh=f"{title.zh}的选项：{names}", why_en=f"options of {title.en}: {names}")
    return {n: o.default if said.get(n) is None else o.parse(said[n]) for n, o in known.items()}
