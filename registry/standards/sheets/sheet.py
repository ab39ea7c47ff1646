"""A sheet: the declaration of one form of inspection, and what judging one by it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.errors import TableAbsent
from registry.kinds import CodeList, Field, Label
from registry.standards.numbers import Table

Said = Mapping[str, Any]
# How far what was covered may fall short of the whole, or reach beyond it: chainages and surveyed lengths are never quite
# the same, and a line on a map is shorter than the road. These are rules of the registry and stand in no standard.
SHORT_M, SHORT_SHARE = 1.0, 0.01
BEYOND_M, BEYOND_SHARE = 10.0, 0.10


@dataclass
class Findings:
    """What the standard makes of the measurements of one inspection.

    scores: numbers, and the letters of their bands (`pqi`, `pqi_grade`). grade: what it rates the asset by; None: nobody
    can say, and never good. clause: where the rule stands. tables: those that were used, the main one first.
    scale: what a grade that the sheet states means for this very asset; one that is not in it is no grade of it. None: as it
    stands. unknown: why something could not be computed. part: metres from and to, where less than the whole was inspected.
    """

    clause: str
    scores: dict[str, float | str] = field(default_factory=dict)
    grade: str | None = None
    tables: list[Table] = field(default_factory=list)
    unknown: list[Label] = field(default_factory=list)
    part: tuple[float, float] | None = None
    scale: Mapping[str, str] | None = None

    def means(self, stated: str | None) -> str | None:
        """A stated grade on the scale of the asset."""
        return stated if self.scale is None or stated is None else self.scale.get(stated)

    def put(self, key: str, score: float | str | None) -> None:
        """A score, unless there is none."""
        if score is not None:
            self.scores[key] = score

    def absent(self, error: TableAbsent) -> None:
        """A table that nobody could obtain was needed."""
        self.doubt(error.message("zh"), error.message("en"))

    def doubt(self, zh: str, en: str) -> None:
        """One more reason why something is not known; each is told once."""
        if (said := Label(zh, en)) not in self.unknown:
            self.unknown.append(said)


@dataclass(frozen=True)
class Sheet:
    """One form of inspection.

    key: what an inspection stores as its form. purpose: which interval it serves (patrol, regular, structural, special).
    classes: keys of the classes it is for; () for all.
    fields: what is measured once for each inspection. rows: what each of its members says (a defect, a stretch, an
    element), stored as the list `rows_key` of the measurements; a row of a file is a member when it says one of `marks`.
    A field that is in both is the member's where the row is one, else the inspection's.
    facts: fields of the asset that the rule needs; stored with the measurements as `asset`, so that anyone can recompute.
    borrows: fields of the class whose words the sheet uses (亮灯情况 of a lamp), where the class has them.
    grades: the words for its grades; None where the grade is free. rates: whether its grade is one of the asset.
    judge: (measurements, facts, edition of the table) → Findings; None where the inspector tells state and grade.
    family: of the main table. settle: (row) → the row in the words of the standard; BadValue names what is wrong with it.
    """

    key: str
    label: Label | str
    purpose: str
    classes: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    rows: tuple[Field, ...] = ()
    rows_key: str = ""
    marks: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    borrows: tuple[str, ...] = ()
    grades: CodeList | None = None
    rates: bool = True
    family: str | None = None
    judge: Callable[[Said, Said, str | None], Findings] | None = None
    settle: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    names: tuple[str, ...] = ()

    @property
    def title(self) -> Label:
        return Label.of(self.label)

    def suits(self, key: str) -> bool:
        """Whether it is for assets of this class."""
        return not self.classes or key in self.classes

    def member(self, row: Said) -> bool:
        """Whether a row of a file tells of a member."""
        return any(row.get(mark) is not None for mark in self.marks)


def falls_short(covered_m: float, whole_m: float | None) -> bool:
    """Whether less than the whole was covered; what is of unknown length cannot be told to be covered."""
    return whole_m is None or covered_m < whole_m - max(SHORT_M, SHORT_SHARE * whole_m)


def reaches_beyond(covered_m: float, whole_m: float | None) -> bool:
    """Whether more was covered than there is of it: then some of what was measured is of something else."""
    return whole_m is not None and covered_m > whole_m + max(BEYOND_M, BEYOND_SHARE * whole_m)
