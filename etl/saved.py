"""Mappings that are kept: what a person told of a source once is used again when a file of its name comes."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path

from etl import mapping, whole
from etl.badfile import readable, short
from etl.jobs import Job, Options
from etl.layer import Layer, Note
from etl.mapping import REFUSE, CitySaid, LayerMapping, Mapping
from etl.propose import Proposal
from registry import settings
from registry.errors import BadFile

HEAD = """# {source} → 台账；由 registry load 写下，可以手改
# {source} → the registry; written by registry load, to be edited freely
#
#   registry load <文件 file> --city {city} --yes
"""


@dataclass(frozen=True)
class Entry:
    """A layer as it is written down: what was told of it, and what was proposed and not accepted."""

    said: LayerMapping
    proposals: tuple[Proposal, ...] = field(default=())


def place(city: str, source: str) -> Path:
    """Where the mapping of a source of a city is kept."""
    return folder() / _plain(city) / f"{_plain(source)}.toml"


def folder() -> Path:
    """The folder of all that are kept, beside the run data."""
    return settings.home() / "mappings"


def find(path: Path, city: str | None, source: str | None) -> Mapping | None:
    """The mapping that was kept of this source, a file's own name where it has no other."""
    kept = place(city or settings.get("REGISTRY_CITY"), source or readable(path.name))
    return mapping.read(kept) if kept.is_file() else None


def told(known: Mapping | None) -> list[Note]:
    """The sentence of the report where a kept mapping is used, nobody having asked for it."""
    if known is None or folder() not in known.file.parents:
        return []
    return [(f"用了此来源存下的映射：{known.file}（不要用就删掉它，或用 --mapping 另指）",
             f"the mapping kept of this source is used: {known.file} (delete it or name another with --mapping)")]


def write(path: Path, source: str, city: str, entries: Iterable[Entry], said: CitySaid | None = None) -> None:
    """Write a mapping file; there is no half one after a crash. Raises BadFile."""
    lines = [HEAD.format(source=_line(source), city=_line(city)), "[source]", f"name = {_text(source)}", "", "[city]",
             f"key = {_text(city)}"]
    if said is not None:
        lines += [f"zh = {_text(said.zh)}", f"en = {_text(said.en)}"]
    for entry in entries:
        lines += ["", *_layer(entry)]
    try:
        with whole.written(path) as half:
            half.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadFile(file=str(path), why_zh=f"映射写不了：{error.strerror}",
                      why_en=f"the mapping cannot be written: {error.strerror}") from None


def keep(path: Path, jobs: Iterable[Job], options: Options) -> list[Path]:
    """Write down how a load went: in the file that was asked for, and where it is found again by itself."""
    done = [job for job in jobs if job.layer is not None and job.kind is not None and job.report.city is not None]
    if not done or options.save_mapping is None:
        return []
    city, source = str(done[0].report.city), options.source or readable(path.name)
    made = [options.save_mapping, place(city, source)]
    for file in made:
        write(file, source, city, [Entry(_said(job, options), tuple(job.report.proposals)) for job in done])
    return made


def match_of(layer: Layer) -> str:
    """The pattern that fits this layer and no other."""
    return glob.escape(readable(layer.file.name) if layer.name == readable(layer.file.stem) else layer.source)


# -- inside --------------------------------------------------------------------------------------
def _said(job: Job, options: Options) -> LayerMapping:
    assert job.layer is not None and job.kind is not None
    entry = job.entry or LayerMapping("*")
    return replace(entry, match=match_of(job.layer), kind=job.kind.key, crs=options.crs or entry.crs,
                   encoding=options.encoding or entry.encoding, fields=dict(job.report.mapped))


def _layer(entry: Entry) -> list[str]:
    said = entry.said
    lines = ["[[layer]]", f"match = {_text(said.match)}"]
    if said.skip is not None:
        return [*lines, f"skip = {_text(f'{said.skip.zh}|{said.skip.en}')}"]
    lines += [f"{key} = {_text(value)}" for key, value in (("class", said.kind), ("crs", said.crs),
                                                          ("encoding", said.encoding)) if value]
    lines += ["only = true"] if said.only else []
    lines += [f"unknown = {_text(said.unknown)}"] if said.unknown != REFUSE else []
    lines += [f"{name} = {{ {', '.join(f'{_key(c)} = {_list(v)}' for c, v in table.items())} }}"
              for name, table in (("where", said.where), ("where_not", said.where_not)) if table]
    if said.fields or entry.proposals:
        lines += ["    [layer.fields]", *(f"    {_key(k)} = {_text(c)}" for k, c in said.fields.items())]
    lines += [f"    # {p.field.key} = {_text(p.column)}   # {p.field.title.zh} {p.score:.2f}：{_line(p.why[0])}"
              for p in entry.proposals]
    for key, values in said.values.items():
        lines += [f"    [layer.values.{_key(key)}]", *_values(values)]
    return lines


def _values(values: Dict[str, str]) -> list[str]:
    return [f"    {_text(raw)} = {_text(value)}" for raw, value in values.items()]


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(_text(v) for v in sorted(values))}]"


def _text(text: str) -> str:
    """A basic string of TOML, which JSON's is too but for the sign of deletion."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(text: str) -> str:
    return text if text and text.isascii() and text.replace("_", "").replace("-", "").isalnum() else _text(text)


def _line(text: str) -> str:
    """What may stand in a comment."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _plain(name: str) -> str:
    """A name as part of a path."""
    made = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in name).strip(" .")
    return short(made) or "_"
