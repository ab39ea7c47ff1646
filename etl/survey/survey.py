"""One survey: its network, what the rules find in it, and what of it the registry has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from etl import reject, report
from etl.crs import Crs
from etl.report import LoadReport
from etl.survey import crossing, line_rules, listing, point_rules
from etl.survey.findings import Finding
from etl.survey.forms import Table
from etl.survey.inverse import from_stored
from etl.survey.network import MISSING, Network, per_unit
from registry.errors import NeedsAnswer
from registry.geometry import Fault
from registry.store import nodes

# What a load ended as when the registry tells which points there are; else they are yet to be written.
_SETTLED = {report.LOADED, report.UNCHANGED, report.DECLINED, report.FAILED}
_LIST = ("质检清单：", "findings: ")


class Survey:
    """The tables of one path. `reports`: of the loads of its points, which lines look at before they are read.

    rejects: the folder of the list of findings, beside the reject files.
    """

    def __init__(self, tables: Sequence[Table], rejects: Path | None = None) -> None:
        self.tables, self.rejects = tables, rejects
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

    @property
    def lines(self) -> list[Finding]:
        """What the rules find about lines, once the registry was met."""
        return self._lines if self.met is not None else []

    @cached_property
    def _lines(self) -> list[Finding]:
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
        self._list(city)

    def meet(self, conn: Connection, city: str, place: Crs | None) -> None:
        """Find in the registry what lines end at: points of earlier surveys, and whether those of this one are there.

        A dry run or a plan has written no points; then the survey's own word is taken.
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
        if self.reports and all(made.status in _SETTLED for made in self.reports):
            self._believe(conn, city)
        self.met = city
        self._list(city)

    @property
    def name(self) -> str:
        """What its list of findings is called: the file of the tables, or the folder of several."""
        files = {t.layer.file for t in self.tables}
        first = self.tables[0].layer.file
        return first.stem if len(files) == 1 else first.absolute().parent.name

    def _list(self, city: str) -> None:
        path = listing.write(self, reject.folder(self.rejects), city)
        for table in self.tables:
            table.layer.notes[:] = [n for n in table.layer.notes if not n[0].startswith(_LIST[0])]
            if path is not None:
                table.layer.notes.append((f"{_LIST[0]}{path}", f"{_LIST[1]}{path}"))

    def _believe(self, conn: Connection, city: str) -> None:
        """After the points were loaded the registry knows better than the survey which of them there are."""
        p = self.network.points
        used = [n for n, lines in zip(p.number, p.lines.tolist(), strict=True) if n is not None and lines]
        there = nodes.find(conn, city, used)
        for i, number in enumerate(p.number):
            self.network.refused[i] = number is None or (bool(p.lines[i]) and number not in there)
