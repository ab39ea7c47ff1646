"""An export as a whole: counted, written aside, and put in its place with everything that belongs to it, or not at all."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from registry import geo
from registry.errors import BadFile, BadValue
from registry.export import beside
from registry.export.content import Column, Content, measured
from registry.export.format import FORMATS, Format
from registry.export.heads import heads
from registry.kinds import FeatureKind
from registry.scope import WHOLE, Sight
from registry.store import exported
from registry.store.query import Query

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True)
class Order:
    """What is wanted.

    crs: as `geo.crs` takes it; None: as it is stored (EPSG:4490). progress: (rows done, all).
    query: which rows of the kind in which order, all of them by their ids where it is None; it has the sight then.
    """

    kind: FeatureKind
    city: str
    format: Format
    crs: str | int | None = None
    encoding: str | None = None
    sight: Sight = WHOLE
    progress: Callable[[int, int], None] = lambda done, rows: None
    query: Query | None = None

    @property
    def asked(self) -> Query:
        """The rows, of the kind as it is seen."""
        query = self.query or Query(self.kind, self.city, sight=self.sight)
        return dataclasses.replace(query, kind=query.sight.seen(query.kind))


@dataclass
class Written:
    """What was written. without_geometry: rows that stand among the others without one, or in a table beside."""

    rows: int = 0
    without_geometry: int = 0
    files: list[Path] = field(default_factory=list)


def to_file(conn: Connection, order: Order, path: Path, *, force: bool = False) -> Written:
    """Write a file and what belongs to it. Raises BadFile, BadValue; then nothing is there that was not before."""
    content = _content(conn, order)
    made = Written(content.rows, content.survey.types.get(None, 0))
    with _aside(path, made, force, order.format.placeless) as folder:
        for file, part in _parts(content, folder / path.name):
            part = dataclasses.replace(part, more=beside.Values(file, part.key.name if part.key else None))
            _too_many(part)
            assert part.more is not None
            try:
                _write(part, file)
            finally:
                part.more.close()
            if content.format.heads == "short":
                beside.write_fields(file, [(c.name, c.field) for c in content.columns])
        if made.without_geometry and not order.format.placeless:
            csv = dataclasses.replace(order, format=FORMATS["csv"], crs=None, encoding=None)
            table = _content(conn, csv, content.survey, order)
            _write(table.part((None,)), beside.no_geometry_of(folder / path.name))
    return made


def to_stream(conn: Connection, order: Order, out: BinaryIO) -> Written:
    """Write front to back into anything that takes bytes: what a file of the format would be."""
    if order.format.stream is None:
        known = ", ".join(f.key for f in FORMATS if f.stream)
        raise BadValue(name="-o", value="-", why_zh=f"{order.format.key} 不能写到标准输出；可以：{known}",
                       why_en=f"{order.format.key} cannot be written to standard output; these can: {known}")
    content = _content(conn, order)
    out.writelines(order.format.stream(content))
    return Written(content.rows, content.survey.types.get(None, 0))


def streamed(conn: Connection, order: Order) -> Iterator[bytes]:
    """The bytes of a format that needs no file, as they come: nothing is counted before, nothing is left out."""
    assert order.format.stream is not None
    yield from order.format.stream(_content(conn, order, exported.Survey({}, {})))


def _content(conn: Connection, order: Order, survey: exported.Survey | None = None, counted: Order | None = None) -> Content:
    query, declared = order.asked, order.format
    kind = query.kind
    encoding = order.encoding or declared.encodings[0]
    if encoding not in declared.encodings:
        raise BadValue(name="--encoding", value=encoding, why_zh=f"{declared.key} 只能用 {'、'.join(declared.encodings)}",
                       why_en=f"{declared.key} takes {', '.join(declared.encodings)} only")
    crs = geo.crs(order.crs if order.crs is not None else geo.WGS84 if declared.degrees else geo.STORED)
    if declared.degrees and crs.to_epsg() not in (geo.STORED, geo.WGS84):
        raise BadValue(name="--crs", value=str(order.crs), why_zh=f"{declared.key} 的坐标只能是经纬度（RFC 7946 §4）",
                       why_en=f"{declared.key} is in degrees (RFC 7946 §4)")
    if declared.degrees:
        crs = geo.crs(geo.WGS84)
    texts = [f for f in kind.fields if f.type in ("text", "code", "timestamp", "list")] if declared.heads == "short" else []
    survey = survey or exported.survey(conn, query, texts)
    more = measured(kind)
    names = heads(kind, declared.heads, [*(f.key for f in more), "WKT"], encoding)
    done = 0

    def progress(rows: int) -> None:
        nonlocal done
        done += rows
        (counted or order).progress(done, survey.rows)

    shows = query.form.shows
    columns = [*(Column(names[f.key], f) for f in kind.fields if shows(f.key)), *(Column(f.key, f) for f in more if shows(f.key[1:]))]
    return Content(conn, query, declared, survey, columns, crs, encoding, progress=progress)


def _parts(content: Content, file: Path) -> Iterator[tuple[Path, Content]]:
    """A file for each family of geometry that the format keeps apart; else one for all."""
    families = [(ending, types) for ending, types in content.format.families if set(types) & set(content.present)]
    if len(families) < 2:
        yield file, content if content.format.placeless else content.part(tuple(content.present))
        return
    for ending, types in families:
        yield file.with_name(f"{file.stem}_{ending}{file.suffix}"), content.part(types)


def _write(content: Content, file: Path) -> None:
    try:
        if content.format.write is not None:
            content.format.write(content, file)
            return
        assert content.format.stream is not None
        with open(file, "wb") as out:
            out.writelines(content.format.stream(content))
    except OSError as error:
        if isinstance(error, BadFile):
            raise
        raise _unwritable(file, error) from None


def _too_many(content: Content) -> None:
    most = content.format.most_rows
    if most is not None and content.rows > most:
        raise BadValue(name="--format", value=content.format.key, why_zh=f"最多 {most} 行，这里有 {content.rows} 行；请换一种格式",
                       why_en=f"holds {most} rows at most, here are {content.rows}; choose another format")


@contextmanager
def _aside(path: Path, made: Written, force: bool, placeless: bool) -> Iterator[Path]:
    """A folder beside the file; what is made in it takes its place when all of it is whole. placeless: the file holds rows without
    a place itself; else a table of such rows that is there already is that of another file, or of an earlier one."""
    if path.exists() and not force:
        raise BadFile(file=str(path), why_zh="已经有这个文件；要覆盖请加 --force", why_en="exists already; add --force to replace it")
    try:
        folder = Path(tempfile.mkdtemp(prefix=".export-", dir=path.absolute().parent))
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        yield folder
        wanted = sorted(folder.iterdir())
        taken = [path.with_name(f.name) for f in wanted] + ([] if placeless else [beside.no_geometry_of(path)])
        if not force and (there := [p for p in taken if p.exists()]):
            raise BadFile(file=str(there[0]), why_zh="已经有这个文件；要覆盖请加 --force", why_en="exists already; add --force to replace it")
        for old in (*_belonging(path, placeless), *(_parts_of(path, placeless) if force else ())):
            old.unlink(missing_ok=True)
        for file in wanted:
            made.files.append(file.replace(path.with_name(file.name)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _parts_of(path: Path, placeless: bool) -> list[Path]:
    """What an earlier export of this name left for single families of geometry."""
    endings = [ending for made in FORMATS if made.suffix == path.suffix.lower() for ending, _ in made.families]
    parts = [path.with_name(f"{path.stem}_{ending}{path.suffix}") for ending in endings]
    # A file of such a name is ours only where its columns are explained beside it.
    return [p for file in parts if beside.fields_of(file).exists() for p in _belonging(file, placeless)]


def _belonging(path: Path, placeless: bool) -> list[Path]:
    """What an earlier export of this name left, which would explain the new one wrongly. The table of rows without a place is named
    by the stem alone: where the new file has none, it is that of a file beside it."""
    found = [beside.values_of(path), beside.encoding_of(path), *([] if placeless else [beside.no_geometry_of(path)])]
    if path.suffix.lower() == ".shp":
        found += [beside.fields_of(path), *(path.with_suffix(s) for s in SHAPEFILE_PARTS)]
    return [p for p in found if p.exists()]


def _unwritable(path: Path, error: OSError) -> BadFile:
    return BadFile(file=path.name, why_zh=f"写不了：{error.strerror}", why_en=f"cannot be written: {error.strerror}")
