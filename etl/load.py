"""A file into the registry: each layer read once, staged, compared, reported and written in one transaction."""

from __future__ import annotations

import gc
import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from etl import columns, crs, mapping, reject, report
from etl.crs import Crs, Sample
from etl.jobs import Job, Options, jobs
from etl.layer import Batch, Layer
from etl.mapping import Mapping
from etl.report import LoadReport
from etl.validate import Problem, Validator
from registry import db, geometry, history, settings
from registry.errors import NeedsAnswer, RegistryError, UnknownCity
from registry.kinds import PROBLEMS, FeatureKind
from registry.kinds.problems import sentence
from registry.store import cities
from registry.store.cities import City
from registry.store.staging import Comparison, Refusal, Stage

Begin = Callable[[], AbstractContextManager[Connection]]


class NotWanted(Exception):
    """Nothing is to be written: leaves the transaction without a commit."""


def load(path: Path, options: Options, begin: Begin = db.begin) -> list[LoadReport]:
    """Load every layer of a file or folder, zones first; one transaction each.

    A single layer's error is raised; among several it stands in its report and the others go on.
    """
    known = mapping.read(options.mapping) if options.mapping else None
    found = list(jobs(path, options, known))
    if len(found) == 1 and found[0].report.error is not None:
        raise found[0].report.error
    for job in found:
        if job.kind is None:
            continue
        started = time.monotonic()
        try:
            _loader(options)(job, options, known).run(begin)
        except RegistryError as error:
            if len(found) == 1 or error.exit_code not in (3, 4):
                raise
            job.report.status, job.report.error = report.FAILED, error
        job.report.seconds = time.monotonic() - started
    return [job.report for job in found]


def _loader(options: Options) -> type[Loader]:
    if options.inspection is None:
        return Loader
    from etl.inspections import InspectionLoader  # it is a Loader itself

    return InspectionLoader


@dataclass
class Loader:
    """The load of one layer."""

    job: Job
    options: Options
    known: Mapping | None
    noted: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def run(self, begin: Begin) -> None:
        """Stage, compare, ask, write; a refusal to go on leaves the database as it was."""
        layer, kind, made, entry = self.job.layer, self.job.kind, self.job.report, self.job.entry
        assert layer is not None and kind is not None
        made.encoding = layer.encoding.as_dict()
        matched = columns.match(kind, layer, entry)
        made.mapped, made.unmapped, made.notes = matched.columns, matched.unmapped, [*layer.notes, *matched.notes]
        self._enough(layer, kind, matched)
        validator = Validator(kind, matched.columns, entry)
        city = self._city_key().replace("/", "_")
        rejects = reject.Rejects(reject.folder(self.options.rejects), reject.named(city, self.job.name, self.job.origin), layer, kind,
                                 matched.columns)
        try:
            with _without_collector(), begin() as conn:
                self._inside(conn, layer, kind, validator, rejects)
        except NotWanted:
            pass
        finally:
            rejects.drop()

    def _inside(self, conn: Connection, layer: Layer, kind: FeatureKind, validator: Validator,
                rejects: reject.Rejects) -> None:
        made = self.job.report
        city, place = self._city_and_crs(conn, layer)
        name = self.options.source or layer.source
        stage = Stage(conn, kind, city, validator.fields, layer.geometry, name)
        staged = stage.add(self._rows(layer, kind, validator, place, city, rejects))
        result = stage.compare()
        self._count(layer, result, staged, rejects, place)
        made.rejects = rejects.keep(place)
        if self.options.dry_run:
            made.status = report.DRY_RUN
            raise NotWanted
        if not result.new and not result.changed:
            made.status = report.UNCHANGED
            return
        if not self.options.confirm(made):
            made.status = report.DECLINED
            raise NotWanted
        batch = history.open_batch(
            conn, city=city.key, kind="import", actor=self.options.actor or settings.actor(),
            reason=self.options.reason or f"load {layer.source}", source=name, source_sha256=sha256(layer.parts()),
            mapping=self._mapping(place))
        stage.apply(batch)
        history.seal(conn, batch, {"read": made.read, "new": made.new, "changed": made.changed, "same": made.same,
                                   "refused": made.refused, "filtered": made.filtered})
        made.status, made.batch = report.LOADED, batch.id

    # -- before ----------------------------------------------------------------------------------
    @staticmethod
    def _enough(layer: Layer, kind: FeatureKind, matched: columns.Match) -> None:
        """Without a code where the class needs one, or with no known column at all, nothing could be loaded."""
        code = kind.by_column.get("code")
        shown = "、".join(c.name for c in layer.columns)
        if kind.code_required and code is not None and code.key not in matched.columns:
            raise NeedsAnswer(file=layer.source, why_zh=f"{kind.title.zh}需要编码，没有认出编码列；文件的列：{shown}；用 --mapping 指明",
                              why_en=f"{kind.title.en} needs a code and no column of codes was "
                                     f"recognised among: {shown}; tell it with --mapping")
        if not matched.columns and not layer.geometry:
            raise NeedsAnswer(file=layer.source, why_zh=f"没有认出任何一列：{shown}；用 --mapping 指明",
                              why_en=f"no column was recognised: {shown}; tell them with --mapping")

    def _city_key(self) -> str:
        said = self.known.city if self.known else None
        return self.options.city or (said.key if said else None) or settings.get("REGISTRY_CITY")

    def _city_and_crs(self, conn: Connection, layer: Layer) -> tuple[City, Crs | None]:
        """The city, made when it is not there, and the CRS, judged by the city's place."""
        made = self.job.report
        said = self.known.city if self.known else None
        key = self._city_key()
        made.city = key
        described = said if said is not None and said.key == key else None
        city = cities.find(conn, key)
        extent = city.extent if city else described.extent if described else None
        working = city.srid if city else described.srid if described else None
        near = None if self.job.kind is not None and self.job.kind.worldwide else extent
        place, sample = None, _sample(layer)
        if layer.geometry:
            place = crs.decide(layer.source, sample, user=self.options.crs, wkt=layer.wkt, weak=layer.wkt_weak,
                               mapping=self.job.entry.crs if self.job.entry else None, extent=near, working=working)
            made.crs = place.as_dict()
        if city is None:
            if working is None:
                if place is None:
                    raise UnknownCity(key=key, known=", ".join(c.key for c in cities.every(conn)) or "-")
                working = crs.working_for(place.to_stored(sample.xy))
            city = City(key, described.zh if described else key, described.en if described else key, extent, working)
            cities.put(conn, city)
            made.city_made = f"{city.zh}, EPSG:{city.srid}"
        return city, place

    # -- rows ------------------------------------------------------------------------------------
    def _rows(self, layer: Layer, kind: FeatureKind, validator: Validator, place: Crs | None, city: City,
              rejects: reject.Rejects) -> Iterator[tuple[Any, ...]]:
        """Accepted rows, batch by batch; what is refused goes to the reject file on the way."""
        made = self.job.report
        extent = None if kind.worldwide else city.extent
        done = 0
        self.options.progress(layer.source, 0, layer.rows)
        for batch in layer.batches(validator.wanted, layer.geometry):
            shapes = None
            if batch.shapes is not None and place is not None:
                shapes = geometry.prepare(batch.shapes, kind.geometry, place.to_stored, extent)
            outcome = validator.check(batch, shapes)
            made.read += outcome.read
            made.filtered += outcome.filtered
            made.refused += outcome.refused
            for problem in outcome.problems:
                self._tell(problem)
            for at, some in groupby(outcome.problems, key=lambda p: p.at):
                rejects.write(list(some), batch.source_row(at), _shape(batch, at, rejects))
            for note in outcome.warnings:
                self._example(note)
            for code, numbers in outcome.noted.items():
                self.noted.setdefault(code, []).append(numbers)
            yield from outcome.rows
            done += len(batch.rows)
            self.options.progress(layer.source, done, layer.rows)
        made.notes.extend(n for n in layer.notes if n not in made.notes)

    def _tell(self, problem: Problem | Refusal) -> None:
        made = self.job.report
        (made.problems if PROBLEMS[problem.code].refuses else made.warnings)[problem.code] += 1
        self._example(problem)

    def _example(self, problem: Problem | Refusal) -> None:
        made = self.job.report
        if len(made.examples) < report.KEPT:
            made.examples.append({"row": problem.row, "field": problem.field, "value": problem.value,
                                  "code": problem.code, "refuses": PROBLEMS[problem.code].refuses,
                                  "message": {"zh": sentence(problem.code, "zh", **problem.facts),
                                              "en": sentence(problem.code, "en", **problem.facts)}})

    def _count(self, layer: Layer, result: Comparison, staged: int, rejects: reject.Rejects,
               place: Crs | None) -> None:
        """Put the comparison into the report; where rows do not add up it is our error, and nothing is written."""
        made = self.job.report
        if staged != made.read - made.refused:
            raise RuntimeError(f"{layer.source}: {staged} rows staged of {made.read} read and "
                               f"{made.refused} refused")
        made.new, made.changed, made.same = result.new, result.changed, result.same
        made.field_changes = result.field_changes
        made.refused += result.refused
        for refusal in (*result.refusals, *result.warnings):
            self._tell(refusal)
        listed = {r.row: r for r in result.refusals}
        for code, parts in self.noted.items():  # a row that the comparison refused is not noted
            numbers = np.concatenate(parts)
            count = int((~np.isin(numbers, list(listed))).sum())
            if count:
                made.warnings[code] += count
        unlisted = result.refused - len(result.refusals)
        if unlisted and result.refusals:  # the listing is capped, the count is not
            made.problems[result.refusals[-1].code] += unlisted
            made.notes.append((f"另有 {unlisted} 行比对时拒收，未列入拒收文件",
                               f"{unlisted} more rows refused by the comparison are not in the reject file"))
        if result.warned > len(result.warnings):
            made.warnings[result.warnings[-1].code] += result.warned - len(result.warnings)
        if not made.adds_up:
            raise RuntimeError(f"{layer.source}: read {made.read} ≠ new {made.new} + changed "
                               f"{made.changed} + same {made.same} "
                               f"+ refused {made.refused}")
        if listed:
            self._look_up(layer, listed, rejects)

    def _look_up(self, layer: Layer, listed: dict[int, Refusal], rejects: reject.Rejects) -> None:
        """Read the file again for the rows that the comparison refused."""
        for batch in layer.batches((), rejects.shapes):
            for at in np.flatnonzero(np.isin(batch.rows, list(listed))).tolist():
                r = listed[int(batch.rows[at])]
                problem = Problem(r.row, r.field, None, r.value, r.code, r.facts)
                rejects.write_late([problem], batch.source_row(at), _shape(batch, at, rejects))

    def _mapping(self, place: Crs | None) -> dict[str, Any]:
        made = self.job.report
        return {"file": self.known.name or self.known.file.name if self.known else None, "class": made.kind,
                "columns": made.mapped, "encoding": made.encoding, "crs": place.as_dict() if place else None}


def _shape(batch: Batch, at: int, rejects: reject.Rejects) -> Any:
    return batch.shapes[at] if rejects.shapes and batch.shapes is not None else None


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of short-lived rows make the cycle collector run in vain: 2.0 of 6.2 s for a million rows."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def sha256(parts: list[Path]) -> str:
    """Hash over the bytes of all parts of a source, in their order."""
    digest = hashlib.sha256()
    for part in parts:
        with open(part, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _sample(layer: Layer) -> Sample:
    """Some shapes of the first batch that has any."""
    for batch in layer.batches((), True) if layer.geometry else ():
        if batch.shapes is not None:
            sample = Sample.of(batch.shapes)
            if len(sample.xy):
                return sample
    return Sample(np.zeros((0, 2)), np.zeros(0, int))
