"""What there is to do with a path: each layer and the class it is to become, zones before assets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from etl import detect, report, source
from etl.layer import Layer
from etl.mapping import LayerMapping, Mapping
from etl.report import LoadReport
from registry import catalogue
from registry.errors import RegistryError
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
    origin: Path = Path()  # the folder that was named, or that of the file

    @property
    def name(self) -> str:
        """What its reject file is called: the file, the layer and the class as far as they tell jobs apart."""
        assert self.layer is not None and self.kind is not None
        layer = "" if self.layer.name == self.layer.file.stem else f".{self.layer.name}"
        return f"{self.layer.file.stem}{layer}{f'.{self.kind.key}' if self.several else ''}".replace("/", "_")


def jobs(path: Path, options: Options, known: Mapping | None) -> Iterator[Job]:
    """What there is to do, zones before assets, in the order of the catalogue."""
    all_kinds = catalogue.load()
    wanted = all_kinds.kind(options.kind) if options.kind else None
    order = {kind.key: n for n, kind in enumerate((*all_kinds.zones.values(), *all_kinds.classes.values()))}
    found: list[Job] = []
    for file in source.files(path):
        try:
            opened = source.layers(file, options.encoding or (known.encoding_of(file) if known else None))
        except RegistryError as error:
            found.append(Job(LoadReport(file.name, file.stem, error=error)))
            continue
        for layer in opened:
            found.extend(_jobs_of(layer, wanted, known, all_kinds))
    for job in found:
        job.origin = path if path.is_dir() else path.parent
    for file, why in source.passed_over(path):
        found.append(Job(LoadReport(file.name, file.stem, report.LEFT_OUT, reason=why)))
    # Sheets after the shapes of their class: they tell of what the shapes have made.
    yield from sorted(found, key=lambda job: (order[job.kind.key], not job.layer.geometry) if job.kind and job.layer
                      else (len(order), False))


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
