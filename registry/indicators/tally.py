"""Tally: rows and measures by verdict, and what a share is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.kinds import AssetClass, Label
from registry.standards.figure import MEASURE_UNITS

GOOD, BAD, UNRATED = "good", "bad", "unrated"
# Why an asset is unrated although it was looked at: verdicts of their own, so that each is told by its number.
UNRATED_WHY = {
    UNRATED: Label("没有评定", "Not rated"),
    "stale": Label("评定已过期", "Rating past its time"),
    "undated": Label("评定没有日期", "Rating without a date"),
    "no_factor": Label("没有换算系数 K（没有公开的表）", "Without the factors K (no public table)"),
    "other_scale": Label("等级不属于这个标准", "Grade of another scale"),
}
OF_SET = {"counted": (GOOD, BAD), "failing": (BAD,), "unrated": tuple(UNRATED_WHY)}
MILLIONTHS = 1_000_000
METRES, SQUARE_METRES = MEASURE_UNITS["length"], MEASURE_UNITS["area"]


@dataclass(frozen=True)
class Weight:
    """How a row weighs: basis (count, length, area), SQL of the measure, and the unit it stands in.

    part: SQL of what of it is good, for rows that are good in part; None: all of it.
    """

    basis: str
    expression: str
    unit: Label
    part: str | None = None


@dataclass
class Tally:
    """Counts of rows, sums of measures and of their good parts (in whole millionths) by verdict."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    measures: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    parts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, verdict: str, count: int, measure: int, part: int) -> None:
        self.counts[verdict] += count
        self.measures[verdict] += measure
        self.parts[verdict] += part

    @classmethod
    def sum(cls, tallies: Iterable[Tally]) -> Tally:
        total = cls()
        for tally in tallies:
            for verdict, count in tally.counts.items():
                total.add(verdict, count, tally.measures[verdict], tally.parts[verdict])
        return total

    def unrated(self) -> tuple[int, int]:
        """Number and measure of what could not be judged, for whatever reason."""
        return sum(self.counts[v] for v in UNRATED_WHY), sum(self.measures[v] for v in UNRATED_WHY)

    def evidence_counts(self) -> dict[str, int]:
        return {which: sum(self.counts[v] for v in verdicts) for which, verdicts in OF_SET.items()}


def amount(millionths: int, basis: str) -> float:
    """Whole numbers for counts, metres or square metres otherwise."""
    return millionths // MILLIONTHS if basis == "count" else millionths / MILLIONTHS


def by_rating(cls: AssetClass, options: object = None) -> Weight:
    """The weight that the class declares for state-based rates."""
    assert cls.rating is not None
    return by_basis(cls, cls.rating.basis)


def by_basis(cls: AssetClass, basis: str) -> Weight:
    """The weight of a class by count, length or area."""
    if basis == "count":
        return Weight("count", "1", Label.of(cls.unit))
    return Weight(basis, "a.length_m" if basis == "length" else "a.area_m2", MEASURE_UNITS[basis])
