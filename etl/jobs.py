"""What there is to do with a path: each layer and the class it is to become, zones before assets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from etl import detect, report, source, survey
from etl.layer import Layer
from etl.mapping import LayerMapping, Mapping
from etl.report import LoadReport
from registry import catalogue
from registry.errors import BadFile, RegistryError
from registry.kinds import FeatureKind


@dataclass(frozen=True)
class Options:
    """What the person asked for. `confirm` sees the report before anything is written.

    inspection: the rows are inspections of this form, not assets.
    """

    kind: str | None = None
    mapping: Path | None = None
    crs: str | None = None
    encoding: str | None = None
    city: str | None = None
    reason: str | None = None
    actor: str | None = None
    source: str | None = None
    inspection: str | None = None
    dry_run: bool = False
    rejects: Path | None = None
    confirm: Callable[[LoadReport], bool] = lambda report: True
    progress: Callable[[str, int, int | None], None] = lambda name, done, total: None


@dataclass
class Job:
    """One layer into one class, or why not."""

    report: LoadReport
    layer: Layer | None = None
    kind: FeatureKind | None = None
    entry: LayerMapping | None = None
    several: bool = False  # the layer becomes more than one class

    @property
    def name(self) -> str:
        """What its reject file is called: the file, the layer and the class as far as they tell jobs apart."""
        assert self.layer is not None and self.kind is not None
        layer = "" if self.layer.name == self.layer.file.stem else f".{self.layer.name}"
        return f"{self.layer.file.stem}{layer}{f'.{self.kind.key}' if self.several else ''}".replace("/", "_")


def jobs(path: Path, options: Options, known: Mapping | None) -> Iterator[Job]:
    """What there is to do, zones before assets, in the order of the catalogue."""
    all_kinds = catalogue.load()
    wanted = all_kinds.kind(options.kind) if options.kind and options.kind not in survey.FORMS else None
    order = {kind.key: n for n, kind in enumerate((*all_kinds.zones.values(), *all_kinds.classes.values()))}
    found: list[Job] = []
    layers: list[Layer] = []
    passed = source.passed_over(path)
    lone = _tables_alone(passed, options, known) if options.inspection is None else []
    for file in _files(path, bool(lone)):
        try:
            opened = source.layers(file, options.encoding or (known.encoding_of(file) if known else None))
        except RegistryError as error:
            found.append(Job(LoadReport(file.name, file.stem, error=error)))
            continue
        layers.extend(opened)
    surveyed: list[survey.Found] = []
    if options.inspection is None:
        surveyed, rest = survey.split([*layers, *lone], options.kind, known, all_kinds, options.rejects)
        layers = [layer for layer in rest if layer not in lone]
        passed = [(file, why) for file, why in passed if file not in {table.layer.file for table in surveyed}]
    if lone and not surveyed and not layers and not found:
        source.files(path)  # says that there is nothing to load
    for layer in layers:
        found.extend(_jobs_of(layer, wanted, known, all_kinds))
    for file, why in passed:
        found.append(Job(LoadReport(file.name, file.stem, report.LEFT_OUT, reason=why)))
    # Sheets after the shapes of their class: they tell of what the shapes have made.
    yield from sorted(found, key=lambda job: (order[job.kind.key], not job.layer.geometry) if job.kind and job.layer
                      else (len(order), False))
    for table in surveyed:
        made = LoadReport(table.layer.source, table.layer.name, kind=table.kind.key, title=table.kind.title,
                          detected=table.detected)
        if table.survey is not None:
            table.survey.reports.append(made)
        yield Job(made, table.layer, table.kind, table.entry, table.several)


def _files(path: Path, lone: bool) -> list[Path]:
    """The files of a path; a folder may hold nothing but tables without shapes."""
    try:
        return source.files(path)
    except BadFile:
        if lone:
            return []
        raise


def _tables_alone(passed: list[tuple[Path, report.Note]], options: Options, known: Mapping | None) -> list[Layer]:
    """The .dbf without .shp of a folder: the tables of a survey may be such."""
    found: list[Layer] = []
    for file, why in passed:
        if why is source.LONE_TABLE:
            with suppress(RegistryError):  # it is passed over then, as it was
                found += source.layers(file, options.encoding or (known.encoding_of(file) if known else None))
    return found


def _jobs_of(layer: Layer, wanted: FeatureKind | None, known: Mapping | None,
             all_kinds: catalogue.Catalogue) -> Iterator[Job]:
    entries: list[LayerMapping | None] = [*known.of(layer)] if known else []
    if wanted is not None and any(e and e.kind == wanted.key for e in entries):
        entries = [e for e in entries if e and e.kind == wanted.key]
    for entry in entries or [None]:
        made = LoadReport(layer.source, layer.name)
        if entry is not None and entry.skip is not None and wanted is None:
            made.status, made.reason = report.LEFT_OUT, (entry.skip.zh, entry.skip.en)
            yield Job(made)
            continue
        try:
            if wanted is not None:
                kind, made.detected = wanted, ("用户指定", "as told by the user")
            elif entry is not None and entry.kind:
                kind, made.detected = all_kinds.kind(entry.kind), ("映射文件", "by the mapping")
            else:
                kind, made.detected = detect.detect(layer, all_kinds)
            if entry is not None and known is not None:
                entry.check(kind, known.file)
        except RegistryError as error:
            made.error = error
            yield Job(made)
            continue
        made.kind, made.title = kind.key, kind.title
        yield Job(made, layer, kind, entry, len(entries) > 1)
