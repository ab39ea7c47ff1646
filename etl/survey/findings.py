"""What the rules find: for each rule the rows it holds against, as arrays, in the order of the rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.survey.network import Network
from registry.geometry import Fault

Facts = dict[str, Sequence[Any] | np.ndarray]


@dataclass(frozen=True)
class Finding:
    """A code of PROBLEMS and the points or lines, by index and in order, that it is about.

    field: key of the field it is told at; values: what stands there; facts: of the sentence, one each.
    """

    code: str
    at: np.ndarray
    field: str | None = None
    values: Sequence[Any] | np.ndarray | None = None
    facts: Facts = dataclasses.field(default_factory=dict)

    def faults(self, low: int, high: int) -> Iterator[Fault]:
        """Those of the rows from `low` up to `high`, counted from `low`."""
        first, last = np.searchsorted(self.at, (low, high))
        for i in range(int(first), int(last)):
            value = None if self.values is None else shown(self.values[i])
            yield Fault(int(self.at[i]) - low, self.code, {k: told(v[i]) for k, v in self.facts.items()}, self.field, value)


Rule = Callable[[Network], Iterator[Finding]]


def found(code: str, hit: np.ndarray, field: str | None = None, values: Any = None, **facts: Any) -> Iterator[Finding]:
    """A finding where a rule is hit; values and facts are given for all rows. Nothing where it is hit nowhere."""
    at = np.flatnonzero(hit)
    if len(at):
        yield Finding(code, at, field, None if values is None else _some(values, at),
                      {k: _some(v, at) for k, v in facts.items()})


def _some(values: Any, at: np.ndarray) -> Sequence[Any] | np.ndarray:
    if isinstance(values, np.ndarray):
        return values[at]
    if isinstance(values, list):
        return [values[i] for i in at.tolist()]
    if callable(values):
        return [values(i) for i in at.tolist()]
    return [values] * len(at)


def told(value: Any) -> Any:
    """A fact as sentences tell it: numbers rounded to the millimetre."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float | np.floating) else value


def shown(value: Any) -> str | None:
    return None if value is None or value != value else str(told(value))
