"""What is asked of siting: how many sites, of what, where, and within which constraints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from registry.errors import BadValue

MOST = 200  # sites of one answer that are chosen by number
WEIGHTS = ("area", "people", "length")
OF_BASIS = {"area": ("area", "people"), "population": ("people", "area"), "length": ("length",)}  # the first is meant where nothing is said
TIME_LIMIT_S = 5.0


@dataclass(frozen=True)
class Ask:
    """One question. Either p (the next p sites that cover most) or all (the fewest that close every blind spot).

    weight: `area` (m²), `people`, or `length` of a rule of lines; None: what the rule is a percentage of. candidates: key of a class or zone kind, a file, or None (generated over the gaps);
    where: field → accepted values of such a class. fixed, forbidden: ids of candidates. avoid: zone kind in which none
    may lie; avoid_file: polygons of a file likewise. cost: number field of the candidates, budget: most of its sum;
    together with p both hold. spacing_m: least distance between two sites. radius_m, tier (from 1): how far a new
    facility serves, instead of what the rule says of its size. district: only land and sites of this one.
    """

    p: int | None = None
    all: bool = False
    weight: str | None = None
    candidates: str | Path | None = None
    where: Mapping[str, list[str]] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    avoid: str | None = None
    avoid_file: Path | None = None
    cost: str | None = None
    budget: float | None = None
    spacing_m: float | None = None
    radius_m: float | None = None
    tier: int | None = None
    district: str | None = None
    time_limit_s: float = TIME_LIMIT_S

    def check(self) -> None:
        """BadValue names what does not go together or is out of range."""
        if self.all and self.p is not None:
            raise wrong("p", self.p, "与 all 只能选一个", "either p or all, not both")
        if not self.all and self.p is None and self.budget is None:
            raise wrong("p", "", "要给出 p、all 或 budget", "p, all or budget must be given")
        if self.p is not None and not 1 <= self.p <= MOST:
            raise wrong("p", self.p, f"应为 1～{MOST}", f"it must be from 1 to {MOST}")
        if self.weight is not None and self.weight not in WEIGHTS:
            raise wrong("weight", self.weight, f"可用：{', '.join(WEIGHTS)}", f"known: {', '.join(WEIGHTS)}")
        for name in ("budget", "spacing_m", "radius_m", "time_limit_s"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and 0 <= value <= 1e12):
                raise wrong(name, value, "应为不小于 0 的数", "a number of at least 0 is needed")
        if self.radius_m is not None and not 1 <= self.radius_m <= 50_000:
            raise wrong("radius_m", self.radius_m, "应在 1～50000 米之间", "it must lie within 1 and 50000 metres")
        if self.candidates is None:
            for name in ("where", "fixed", "forbidden", "cost"):
                if getattr(self, name):
                    raise wrong(name, _shown(getattr(self, name)), "只用于给出的备选点（candidates）",
                                "it is for given candidates only")
        if self.where and isinstance(self.candidates, Path):
            raise wrong("where", _shown(self.where), "只用于登记簿中的类别", "it is for a class of the registry only")
        if (self.budget is None) != (self.cost is None) and not (self.all and self.cost):
            raise wrong("budget", self.budget, "预算要和费用字段（cost）一起给", "budget and cost go together")
        if both := sorted({*self.fixed} & {*self.forbidden}):
            raise wrong("forbidden", both[0], "又是必选", "it is fixed as well")

    def of(self, basis: str) -> Ask:
        """The same with a weight that a rule of this basis has; BadValue for one that it has not."""
        known = OF_BASIS[basis]
        if self.weight is not None and self.weight not in known:
            zh, en = ("这条规则服务的是线路", "lines") if basis == "length" else ("这条规则服务的是用地", "land")
            raise wrong("weight", self.weight, f"{zh}，可用：{', '.join(known)}", f"this rule serves {en}; it can be {' or '.join(known)}")
        return replace(self, weight=self.weight or known[0])

    def constraints(self) -> dict[str, Any]:
        """What was asked, for the answer to repeat."""
        return {"p": self.p, "all": self.all, "weight": self.weight, "district": self.district, "budget": self.budget,
                "cost": self.cost, "fixed": list(self.fixed), "forbidden": list(self.forbidden), "avoid": self.avoid,
                "avoid_file": self.avoid_file.name if self.avoid_file else None, "spacing_m": self.spacing_m,
                "radius_m": self.radius_m, "tier": self.tier, "where": {k: list(v) for k, v in self.where.items()}}


def wrong(name: str, value: Any, zh: str, en: str) -> BadValue:
    """BadValue of a part of the question."""
    return BadValue(name=name, value=str(value)[:80], why_zh=zh, why_en=en)


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if not isinstance(value, str) else value
