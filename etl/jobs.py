"""What there is to do with a path: each layer and the class it is to become, zones before assets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from etl import detect, record_kinds, report, sheet_files, source, survey
from etl.badfile import readable
from etl.layer import Layer
from etl.mapping import LayerMapping, Mapping
from etl.report import LoadReport
from registry import catalogue, settings
from registry.errors import RegistryError
from registry.kinds import FeatureKind
from registry.store.staging import Terms


@dataclass(frozen=True)
class Options:
    """What the person asked for. `confirm` sees the report before anything is written; without it nobody is asked.

    inspection: the rows are inspections of this form, not assets. records: they are records of the city, `works` or
    `observations`. datum: file of parameters to CGCS2000.
    fields: field key → column, as accepted on the command line.
    save_mapping: where to write down what was told and found, to be used again.
    plans: keep plans, with a folder each in here, and write nothing.
    take_file: conflicts are settled as the file says. delete_missing: what the file lacks of its source is deleted,
    up to this share in percent.
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
    records: str | None = None
    dry_run: bool = False
    rejects: Path | None = None
    confirm: Callable[[LoadReport], bool] | None = None
    progress: Callable[[str, int, int | None], None] = lambda name, done, total: None
    fields: Dict[str, str] = field(default_factory=dict)
    save_mapping: Path | None = None
    datum: Path | None = None
    plans: Path | None = None
    take_file: bool = False
    delete_missing: float | None = None
    expected: tuple[int, int, int] | None = None  # new, same and refused inspections that somebody said yes to

    @property
    def who(self) -> str:
        """Who is named in the history."""
        return self.actor or settings.actor()

    def why(self, layer: Layer) -> str:
        """The reason in the history."""
        return self.reason or f"load {layer.source}"

    def name(self, layer: Layer) -> str:
        """What the source is called; deliveries of one name follow each other."""
        return self.source or layer.source

    @property
    def terms(self) -> Terms:
        return Terms(self.take_file, self.delete_missing, at_once=not self.later and not self.dry_run)

    @property
    def of_assets(self) -> bool:
        """Whether the rows are assets or zones."""
        return self.inspection is None and self.records is None

    @property
    def later(self) -> bool:
        """Whether the differences are kept first and written in another transaction, or never."""
        return self.plans is not None or self.confirm is not None


@dataclass
class Job:
    """One layer into one class, or why not."""

    report: LoadReport
    layer: Layer | None = None
    kind: FeatureKind | None = None
    entry: LayerMapping | None = None
    several: bool = False  # the layer becomes more than one class
    origin: Path = Path()  # the folder that was named, or that of the file

    @property
    def name(self) -> str:
        """What its reject file is called: the file, the layer and the class as far as they tell jobs apart."""
        assert self.layer is not None and self.kind is not None
        stem = readable(self.layer.file.stem)
        layer = "" if self.layer.name == stem else f".{self.layer.name}"
        name = f"{self.layer.within}/{stem}{layer}{f'.{self.kind.key}' if self.several else ''}"
        return name.strip("/").replace("/", "_")


def jobs(path: Path, options: Options, known: Mapping | None) -> Iterator[Job]:
    """What there is to do, zones before assets, in the order of the catalogue."""
    all_kinds = catalogue.load()
    wanted = all_kinds.kind(options.kind) if options.kind and options.kind not in survey.FORMS else None
    if options.records is not None:
        wanted = record_kinds.kind(options.records)
    order = {kind.key: n for n, kind in enumerate((*all_kinds.zones.values(), *all_kinds.classes.values()))}
    found: list[Job] = []
    layers: list[Layer] = []
    lone: list[tuple[Layer, source.Member]] = []  # tables without shapes: those of a survey may be such
    for file in source.files(path, lone=options.of_assets):
        told = options.encoding or (known.encoding_of(file.path) if known else None)
        if file.left_out is source.LONE_TABLE and options.of_assets:
            with suppress(RegistryError):
                lone += [(layer, file) for layer in source.layers(file, told)]
                continue
        if file.left_out is not None:
            found.append(_left_out(file))
            continue
        try:
            opened = source.layers(file, told)
        except RegistryError as error:
            found.append(Job(LoadReport(file.source, readable(file.path.stem), error=error)))
            continue
        layers.extend(opened)
    surveyed: list[survey.Found] = []
    if options.of_assets:
        surveyed, layers = survey.split([*layers, *(layer for layer, _ in lone)], options.kind, known, all_kinds,
                                        options.rejects)
        found += [_left_out(file) for layer, file in lone if layer in layers]
        layers = [layer for layer in layers if layer not in [table for table, _ in lone]]
    if not layers and not surveyed and not any(job.report.error for job in found):
        source.files(path)  # says that there is nothing to load
    for layer in layers:
        chosen = options.kind is not None or not options.of_assets or (known is not None and any(known.of(layer)))
        reason = None if chosen else sheet_files.no_assets(layer)
        if reason is not None:
            found.append(Job(LoadReport(layer.source, layer.name, report.LEFT_OUT, reason=reason)))
        else:
            found.extend(_jobs_of(layer, wanted, known, all_kinds))
    origin = path if path.is_dir() else path.parent
    for job in found:
        job.origin = origin
    # Sheets after the shapes of their class: they tell of what the shapes have made.
    yield from sorted(found, key=lambda job: (order.get(job.kind.key, len(order)), not job.layer.geometry) if job.kind and job.layer
                      else (len(order), False))
    for table in surveyed:
        made = LoadReport(table.layer.source, table.layer.name, kind=table.kind.key, title=table.kind.title,
                          detected=table.detected)
        if table.survey is not None:
            table.survey.reports.append(made)
        yield Job(made, table.layer, table.kind, table.entry, table.several, origin=origin)


def _left_out(file: source.Member) -> Job:
    return Job(LoadReport(file.source, readable(file.path.stem), report.LEFT_OUT, reason=file.left_out))


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
        except RegistryError as error:
            made.error = error
            yield Job(made, layer)
            continue
        made.kind, made.title = kind.key, kind.title
        yield Job(made, layer.drawn_for(kind.geometry), kind, entry, len(entries) > 1)
