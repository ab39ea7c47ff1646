"""A file into the registry: each layer read once, staged, compared, reported and written in one transaction."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from etl import (
    columns,
    conflicts,
    crs,
    mapping,
    nearby,
    parameters,
    placing,
    planning,
    reject,
    report,
    saved,
    suspicion,
)
from etl.accounts import Accounts
from etl.ahead import ahead
from etl.crs import Crs, Sample
from etl.jobs import Options, jobs
from etl.layer import Batch, Layer
from etl.parameters import Datum
from etl.planning import Begin
from etl.propose import propose
from etl.report import LoadReport
from etl.validate import Validator
from registry import db, geometry, history, settings
from registry.errors import NeedsAnswer, RegistryError, UnknownCity
from registry.history import Batch as WrittenBatch
from registry.kinds import FeatureKind
from registry.store import cities, placeless
from registry.store.cities import City
from registry.store.fresh import WORTH_ROWS
from registry.store.plans import Plan
from registry.store.staging import Stage


class NotWanted(Exception):
    """Nothing is to be written: leaves the transaction without a commit."""


def load(path: Path, options: Options, begin: Begin = db.begin) -> list[LoadReport]:
    """Load every layer of a file or folder, zones first; one transaction each, or two with a question in between.

    With `options.plans` each layer's differences are kept as a plan, and no asset is written.
    A single layer's error is raised; among several it stands in its report and the others go on.
    """
    known = mapping.read(options.mapping) if options.mapping else saved.find(path, options.city, options.source)
    found = list(jobs(path, options, known))
    if len(found) == 1 and found[0].report.error is not None:
        raise found[0].report.error
    planning.one_speaks(found, options)
    towns: dict[str, City] = {}
    for job in found:
        if job.kind is None:
            continue
        started = time.monotonic()
        try:
            _loader(options)(job, options, known, towns=towns).run(begin)
        except RegistryError as error:
            if len(found) == 1 or error.exit_code not in (3, 4):
                raise
            job.report.status, job.report.error = report.FAILED, error
        job.report.seconds = time.monotonic() - started
    saved.keep(path, found, options)
    return [job.report for job in found]


def _loader(options: Options) -> type[Loader]:
    if options.records is not None:
        from etl.works import RecordLoader  # it is a Loader itself

        return RecordLoader
    if options.inspection is None:
        return Loader
    from etl.inspection_sheets import loader_of  # it is a Loader itself

    return loader_of(options.inspection)


@dataclass
class Loader(Accounts):
    """The load of one layer."""

    new_city: City | None = None  # made by this load
    towns: dict[str, City] = field(default_factory=dict)  # made by its layers so far, also where nothing is kept of them
    plan: Plan | None = None      # kept instead of writing

    def run(self, begin: Begin) -> None:
        """Stage, compare, ask, write; a refusal to go on leaves the database as it was."""
        layer, kind, made = self.job.layer, self.job.kind, self.job.report
        assert layer is not None and kind is not None
        entry = self.job.entry = self._entry(kind)
        made.encoding = layer.encoding.as_dict()
        matched = columns.match(kind, layer, entry)
        made.mapped, made.unmapped = matched.columns, matched.unmapped
        made.notes = [*saved.told(self.known), *layer.notes, *matched.notes]
        made.proposals = [] if entry and entry.only else propose(kind, layer, matched.columns, matched.unmapped)
        columns.enough(kind, layer, matched, made.proposals)
        validator = Validator(kind, matched.columns, entry)
        city = self._city_key().replace("/", "_")
        named = reject.named(city, self.job.name, self.job.origin / layer.file.suffix)  # 路灯.shp and 路灯.gpkg have one each
        rejects = reject.Rejects(reject.folder(self.options.rejects), named, layer, kind, matched.columns)
        try:
            with _without_collector(), begin() as conn:
                self._inside(conn, layer, kind, validator, rejects)
            if self.plan is not None:
                self._kept(begin, self.plan)
        except NotWanted:
            pass
        finally:
            rejects.drop()

    def _inside(self, conn: Connection, layer: Layer, kind: FeatureKind, validator: Validator,
                rejects: reject.Rejects) -> None:
        city, place = self._city_and_crs(conn, layer)
        layer.meet(conn, city.key, place)
        validator.placeless = placeless.codes(conn, kind, city.key) if layer.geometry else frozenset()
        with Stage(conn, kind, city, validator.fields, layer.geometry, self.options.name(layer), terms=self.options.terms,
                   lengths=validator.lengths and layer.geometry, many=(layer.rows or 0) >= WORTH_ROWS) as stage:
            self._through(stage, layer, validator, place, city, rejects)

    def _through(self, stage: Stage, layer: Layer, validator: Validator, place: Crs | None, city: City,
                 rejects: reject.Rejects) -> None:
        conn, kind, made = stage.conn, stage.kind, self.job.report
        self.refused = stage.refused
        staged = stage.add(self._rows(layer, kind, validator, place, city, rejects))
        result = nearby.compare(stage, validator, made, self.noted)
        self._count(layer, result, staged, rejects)
        made.rejects = rejects.keep(place)
        made.conflict_file = conflicts.keep(result.conflict_list, rejects.path, layer.source)
        counts = {"read": made.read, "new": made.new, "changed": made.changed, "same": made.same, "refused": made.refused,
                  "filtered": made.filtered, "deleted": made.missing, "conflicts": made.conflicts}
        if self.options.dry_run or not self.options.later:
            stage.remember()
        elif result.writes:
            self.plan = planning.keep(conn, stage, made, self.options, layer, counts, self._mapping(place), self.new_city)
            return
        elif self.new_city is None:
            stage.remember()
        else:  # a city that nothing is planned for
            made.status = report.UNCHANGED
            raise NotWanted
        self._end(conn, layer, result.writes, counts, self._mapping(place), stage.apply)

    def _end(self, conn: Connection, layer: Layer, writes: bool, counts: dict[str, int], mapped: dict[str, Any],
             apply: Callable[[WrittenBatch], dict[str, int] | None]) -> None:
        """Write, unless nothing differs or nothing is to be written."""
        made = self.job.report
        assert made.city is not None
        if self.options.dry_run:
            made.status = report.DRY_RUN
            raise NotWanted
        if not writes:
            made.status = report.UNCHANGED
            return
        batch = history.open_batch(
            conn, city=made.city, kind="import", actor=self.options.who, reason=self.options.why(layer),
            source=self.options.name(layer), source_sha256=planning.sha256(layer.parts()), mapping=mapped)
        history.seal(conn, batch, counts | (apply(batch) or {}))
        made.status, made.batch = report.LOADED, batch.id

    def _kept(self, begin: Begin, plan: Plan) -> None:
        """Show the plan, or ask and carry it out; no transaction is open, and nobody kept waiting, meanwhile."""
        made = self.job.report
        if self.options.plans is not None:
            planning.publish(begin, plan, made, self.options.plans)
        else:
            planning.ask(begin, plan, made, self.options.confirm)

    # -- before ----------------------------------------------------------------------------------
    def _entry(self, kind: FeatureKind) -> mapping.LayerMapping | None:
        """What a mapping file and the command line say of the columns, of which the kind must have the fields."""
        if self.job.entry is not None and self.known is not None:
            self.job.entry.check(kind, self.known.file)
        return mapping.accepted(self.job.entry, kind, self.options.fields)

    def _city_key(self) -> str:
        said = self.known.city if self.known else None
        return self.options.city or (said.key if said else None) or settings.get("REGISTRY_CITY")

    def _datum(self) -> Datum | None:
        return parameters.read(self.options.datum) if self.options.datum else self.known.datum if self.known else None

    def _city_and_crs(self, conn: Connection, layer: Layer) -> tuple[City, Crs | None]:
        """The city, made when it is not there, and the CRS, judged by the city's place."""
        made = self.job.report
        said = self.known.city if self.known else None
        key = self._city_key()
        made.city = key
        described = said if said is not None and said.key == key else None
        city = cities.find(conn, key)
        if city is None and key in self.towns:
            city = self.new_city = self.towns[key]
            cities.put(conn, city)
        extent = city.extent if city else described.extent if described else None
        working = city.srid if city else described.srid if described else None
        near = None if self.job.kind is not None and self.job.kind.worldwide else extent
        place, sample = None, _sample(layer)
        if layer.geometry:
            place = crs.decide(layer.source, sample, user=self.options.crs, wkt=layer.wkt, weak=layer.wkt_weak,
                               mapping=self.job.entry.crs if self.job.entry else None, extent=near, working=working,
                               datum=self._datum())
            made.crs = place.as_dict()
            made.notes.extend(place.notes)
            if city is not None and self.job.kind is not None:
                made.notes.extend(suspicion.shifted_against_live(conn, self.job.kind, key, place, sample))
        if city is None:
            if working is None:
                if place is None:
                    raise UnknownCity(key=key, known=", ".join(c.key for c in cities.every(conn)) or "-")
                if not len(sample.xy):
                    raise NeedsAnswer(file=layer.source, why_zh=f"没有一行有可用的坐标，不知城市 {key} 在哪里；请先 registry city add",
                                      why_en=f"no row has usable coordinates to tell where the city {key} is; run "
                                             "registry city add first")
                working = placing.working_for(place.to_stored(sample.xy))
            city = City(key, described.zh if described else key, described.en if described else key, extent, working)
            cities.put(conn, city)
            self.new_city = self.towns[key] = city
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
        for batch, shapes in ahead(_drawn(layer, validator.wanted, kind, place, extent)):
            outcome = validator.check(batch, shapes)
            made.read += outcome.read
            made.filtered += outcome.filtered
            made.refused += outcome.refused
            for problem in outcome.problems:
                self._tell(problem)
            for at, some in groupby(outcome.problems, key=lambda p: p.at):
                rejects.write(list(some), batch.source_row(at), self._shape(batch, at, rejects))
                if self.options.delete_missing is not None:
                    self._spoken_of(validator.code_of(batch, at))
            for note in outcome.warnings:
                self._example(note)
            for code, numbers in outcome.noted.items():
                self.noted.setdefault(code, []).append(numbers)
            yield from outcome.rows
            done += len(batch.rows)
            self.options.progress(layer.source, done, layer.rows)
        made.notes.extend(n for n in layer.notes if n not in made.notes)

    def _mapping(self, place: Crs | None) -> dict[str, Any]:
        made = self.job.report
        return {"file": self.known.name or self.known.file.name if self.known else None, "class": made.kind,
                "columns": made.mapped, "encoding": made.encoding, "crs": place.as_dict() if place else None}


def _drawn(layer: Layer, wanted: Sequence[str], kind: FeatureKind, place: Crs | None,
           extent: Any) -> Generator[tuple[Batch, geometry.Shapes | None], None, None]:
    """The batches of the layer, and their shapes as they are to be stored."""
    for batch in layer.batches(wanted, layer.geometry):
        shapes = None
        if batch.shapes is not None and place is not None:
            shapes = geometry.prepare(batch.shapes, kind.geometry, place.to_stored, extent)
        yield batch, shapes


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


def _sample(layer: Layer) -> Sample:
    """Some shapes of the first batch that has any."""
    for shapes in layer.some_shapes() if layer.geometry else ():
        sample = Sample.of(shapes)
        if len(sample.xy):
            return sample
    return Sample(np.zeros((0, 2)), np.zeros(0, int))
