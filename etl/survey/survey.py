"""One survey: its network, what the rules find in it, and what of it the registry has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from etl import report
from etl.crs import Crs
from etl.report import LoadReport
from etl.survey import crossing, line_rules, point_rules
from etl.survey.findings import Finding
from etl.survey.forms import Table
from etl.survey.inverse import from_stored
from etl.survey.network import MISSING, Network, per_unit
from registry.errors import NeedsAnswer
from registry.geometry import Fault
from registry.store import nodes

_NOT_WRITTEN_YET = {report.DRY_RUN}


class Survey:
    """The tables of one path. `reports`: of the loads of its points, which lines look at before they are read."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tables
        said = {t.layer.wkt: t.layer.source for t in tables if t.of_points and t.layer.wkt}
        if len(said) > 1:
            shown = "、".join(said.values())
            raise NeedsAnswer(file=shown, why_zh="各点表的坐标系说明不同；请分开导入", why_en="the point tables name different CRS; load "
                                                                               "them one by one")
        self.network = Network(tables)
        self.network.refused = point_rules.bad(self.network)
        self.reports: list[LoadReport] = []
        self.met: str | None = None
        self.moved: list[Finding] | None = None

    @cached_property
    def _points(self) -> list[Finding]:
        return [finding for rule in point_rules.RULES for finding in rule(self.network)]

    @property
    def points(self) -> list[Finding]:
        """What the rules find about points."""
        return [*self._points, *(self.moved or ())]

    @cached_property
    def lines(self) -> list[Finding]:
        """What the rules find about lines; asked for after the registry was met."""
        with np.errstate(invalid="ignore"):
            return [finding for rule in (*line_rules.RULES, crossing.crossings) for finding in rule(self.network)]

    def faults(self, findings: Sequence[Finding], low: int, high: int) -> Iterator[Fault]:
        """What is found about the rows from `low` up to `high`."""
        for finding in findings:
            yield from finding.faults(low, high)

    def meet_points(self, conn: Connection, city: str, place: Crs | None) -> None:
        """Find points of the registry with the numbers of this survey, and what is elsewhere there."""
        if self.moved is not None or place is None:
            return
        p = self.network.points
        there = nodes.find(conn, city, (n for n in p.number if n is not None))
        known = np.array([n in there for n in p.number], bool)
        off = np.full(len(p), np.nan)
        if known.any():
            old = np.array([[there[n].lon, there[n].lat] for n in p.number if n in there])
            moved = place.to_stored(self.network.xy[:len(p)][known]) - old
            off[known] = np.hypot(*(moved * per_unit(old)).T)
        self.moved = list(point_rules.moved(self.network, off))

    def meet(self, conn: Connection, city: str, place: Crs | None) -> None:
        """Find in the registry what lines end at: points of earlier surveys, and whether those of this one are there.

        A dry run has written no points; then the survey's own word is taken.
        """
        if self.met == city:
            return
        q = self.network.lines
        absent = {n for i, told in q.ends.items() for n, index in zip(told, (q.a[i], q.b[i]), strict=True)
                  if n is not None and index == MISSING}
        found = nodes.find(conn, city, sorted(absent))
        if found and place is not None:
            xy = from_stored(place, np.array([[n.lon, n.lat] for n in found.values()]), self.network.xy)
            ground = np.array([np.nan if n.ground is None else n.ground for n in found.values()])
            self.network.join({number: i for i, number in enumerate(found)}, xy, ground)
        if self.reports and not any(made.status in _NOT_WRITTEN_YET for made in self.reports):
            self._believe(conn, city)
        self.met = city

    def _believe(self, conn: Connection, city: str) -> None:
        """After the points were loaded the registry knows better than the survey which of them there are."""
        p = self.network.points
        used = [n for n, lines in zip(p.number, p.lines.tolist(), strict=True) if n is not None and lines]
        there = nodes.find(conn, city, used)
        for i, number in enumerate(p.number):
            self.network.refused[i] = number is None or (bool(p.lines[i]) and number not in there)
