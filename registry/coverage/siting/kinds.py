"""Candidates that are of the class a rule counts: by what its filters and tiers ask of their fields, parts of one code as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely

from registry.coverage import facility_filter, straight
from registry.coverage.rules import facility
from registry.coverage.straight import Run
from registry.db.fragments import Fragment, every
from registry.kinds import AssetClass, FeatureKind


@dataclass(frozen=True)
class Row:
    """A candidate as read: shape in WKB or drawn (working CRS); counts: the rule's filters let it; fits: bits of its tiers;
    thing: what it is a part of."""

    id: int
    name: str | None
    shape: Any
    cost: Any
    counts: bool
    fits: int
    thing: str


@dataclass(frozen=True)
class Kinds:
    """columns: `counts`, `fits` and `thing` of a row `a` as SQL of the driver, with the values they bind. run: whose facilities
    they would be, None for candidates of another class, of which nothing is known."""

    columns: str
    values: Mapping[str, Any] = field(default_factory=dict)
    run: Run | None = None

    def fits(self, rows: list[Row]) -> np.ndarray | None:
        """Bits of the tiers of each; None where fields tell nothing."""
        return None if self.run is None else np.array([r.fits for r in rows], dtype=np.int64)

    def united(self, rows: list[Row]) -> tuple[list[Row], dict[str, int]]:
        """One candidate for each thing, with the parts of it that stand already; and how many the rule does not count."""
        rows = [replace(r, shape=None if r.shape is None else shapely.from_wkb(bytes(r.shape))) for r in rows]
        if self.run is None:
            return rows, {}
        things: dict[str, list[Row]] = {}
        for row in rows:
            if row.counts:
                things.setdefault(row.thing, []).append(row)
        standing = self._standing(self.run, list(things))
        made = [_one(parts, standing.get(thing)) for thing, parts in things.items()]
        return made, {"filtered": n} if (n := sum(not r.counts for r in rows)) else {}

    def _standing(self, run: Run, things: list[str]) -> dict[str, tuple[shapely.Geometry, int]]:
        found = run.run("coverage_site_standing", "row", things=things).all()
        return {r.thing: (shapely.from_wkb(bytes(r.shape)), r.fits) for r in found}


def of_rule(run: Run, found: FeatureKind) -> Kinds:
    """How the candidates of a class or zone kind are read for a rule."""
    cls = facility(run.rule)
    if not isinstance(found, AssetClass) or found.key != cls.key:
        return Kinds("true AS counts, 0 AS fits, CAST('' AS text) AS thing")
    counts = every([facility_filter.condition(found, run.rule.where, "rule_"), facility_filter.condition(found, run.edition.where, "edition_")])
    fits, values = straight.fitting(found, run.edition)
    thing = Fragment(straight.thing(found))
    return Kinds(f"({counts.driver}) AS counts, CAST({Fragment(fits).driver} AS bigint) AS fits, {thing.driver} AS thing",
                 {**counts.values, **values}, run)


def _one(parts: list[Row], standing: tuple[shapely.Geometry, int] | None) -> Row:
    shapes = [r.shape for r in parts if r.shape is not None] + ([standing[0]] if standing else [])
    if len(shapes) <= 1 and len(parts) == 1:
        return parts[0]
    costs = [r.cost for r in parts]
    return replace(parts[0], shape=shapely.union_all(shapely.make_valid(np.array(shapes, dtype=object))) if shapes else None,
                   cost=None if None in costs else sum(costs),
                   fits=int(np.bitwise_or.reduce([r.fits for r in parts] + ([standing[1]] if standing else []))))
