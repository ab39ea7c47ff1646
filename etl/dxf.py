"""CAD drawings as DXF: every entity a row, with its CAD layer and the attributes of its block as columns.

GDAL tells the texts in the encoding that it is told, but not those of block attributes, and skips in silence
what it cannot draw; both are made good here.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from etl import encoding, gdal
from etl.badfile import bad
from etl.encoding import Encoding
from etl.layer import BATCH_ROWS, Batch, Cells, Column, Layer

COLUMNS = ("Layer", "Text", "BlockName", "BlockAngle", "EntityHandle", "Linetype", "PaperSpace")
ATTRIBUTES = "BlockAttributes"
HEAD_BYTES, CHUNK_BYTES, TAIL_BYTES = 1 << 16, 4 << 20, 256
TEXTS = 50_000         # distinct ones, from which the encoding is told
LISTED = 12            # CAD layers named to a person
UNICODE_SINCE = "AC1021"  # AutoCAD 2007; before it, texts are in $DWGCODEPAGE
# What GDAL's reader draws or what is no thing of its own; anything else it skips without a word.
DRAWN = {b"3DFACE", b"ARC", b"ATTDEF", b"ATTRIB", b"CIRCLE", b"DIMENSION", b"ELLIPSE", b"HATCH", b"INSERT", b"LEADER",
         b"LINE", b"LWPOLYLINE", b"MLEADER", b"MTEXT", b"MULTILEADER", b"POINT", b"POLYLINE", b"SEQEND", b"SOLID",
         b"SPLINE", b"TEXT", b"TRACE", b"VERTEX", b"VIEWPORT"}
_PAIR = re.compile(rb"^[ \t]*0[ \t]*\r?\n[ \t]*([A-Z][A-Z0-9_]*)[ \t]*(?=\r?\n|\Z)", re.MULTILINE)
_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:0|999)[ \t]*\r?\n")  # the code of a section or of a comment
_SAID = re.compile(rb"^[^\r\n\x80-\xff]*+[\x80-\xff][^\r\n]*", re.MULTILINE)


@dataclass
class Seen:
    """What the bytes of a drawing tell: its distinct texts beyond ASCII, its entities by kind, and that it is whole."""

    texts: dict[bytes, None] = field(default_factory=dict)
    entities: Counter[bytes] = field(default_factory=Counter)
    ended: bool = False


class Dxf(Layer):
    """The model space and paper space of a drawing. Block references are points, their attributes columns.

    A closed line is drawn as a polygon for a class that has polygons and no lines.
    """

    family = None
    wkt = None
    wkt_weak = False
    geometry = True

    def __init__(self, path: Path, user_encoding: str | None = None) -> None:
        self.file, self.name, self.source, self.notes = path, path.stem, path.name, []
        self.areal = False
        with gdal.translated(path), open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
        if head.startswith(b"AutoCAD Binary DXF"):
            raise bad(path, "二进制 DXF 不支持；请在 CAD 中另存为文本 DXF", "binary DXF is not supported; save it as text DXF")
        if b"SECTION" not in head or b"\0" in head or not _FIRST.match(head):
            raise bad(path, "不是 DXF", "is not a DXF")
        seen = _scan(path)
        if not seen.ended:
            raise bad(path, "被截断：没有结尾标记 EOF", "truncated: its end mark EOF is missing")
        self.encoding = _encoding(path, head, seen, user_encoding)
        self._survey(seen)

    def parts(self) -> list[Path]:
        return [self.file]

    def drawn_for(self, accepted: Sequence[str]) -> Layer:
        made = copy.copy(self)
        made.areal = "polygon" in accepted and "line" not in accepted
        return made

    def _survey(self, seen: Seen) -> None:
        """Count the rows, the CAD layers and the tags of block attributes in one reading."""
        layers: Counter[str] = Counter()
        tags: dict[str, None] = {}
        count = 0
        for rows in self._rows(["Layer", ATTRIBUTES], False):
            count += rows.num_rows
            layers.update(str(v) for v in self._values(rows, "Layer"))
            for row in self._attributes(rows):
                tags.update(dict.fromkeys(row))
        if not count:
            raise bad(self.file, "图中没有能读的图元", "the drawing has no entity that can be read")
        self.rows = count
        self.tags = {tag: tag if tag not in COLUMNS else f"{tag}(2)" for tag in tags}
        self.columns = tuple(Column(n, n == "BlockAngle") for n in (*COLUMNS, *self.tags.values()))
        told = [f"{name} {n}" for name, n in layers.most_common(LISTED)]
        more = ("…", ", …") if len(layers) > LISTED else ("", "")
        where = 'where = {Layer = "…"}'
        self.notes.append((f"CAD 图层（图元数）：{'、'.join(told)}{more[0]}",
                           f"CAD layers (entities): {', '.join(told)}{more[1]}"))
        self.hint = (f"；{self.notes[0][0]}；映射文件的 [[layer]] 用 {where} 选取图层",
                     f"; {self.notes[0][1]}; [[layer]] of a mapping file selects them by {where}")
        skipped = {k.decode("ascii"): n for k, n in seen.entities.items() if k not in DRAWN}
        if skipped:
            shown = ", ".join(f"{k} {n}" for k, n in skipped.items())
            self.notes.append((f"读不了、没有算作行的图元：{shown}；请在 CAD 中分解（炸开），天正图请先导出为 T3",
                               f"entities that cannot be read and are no rows: {shown}; explode them in CAD"))

    # -- reading ---------------------------------------------------------------------------------
    def batches(self, wanted: Sequence[str], geometry: bool) -> Iterator[Batch]:
        first = 0
        for rows in self._rows([*COLUMNS, ATTRIBUTES], geometry):
            columns = {n: self._values(rows, n) for n in COLUMNS}
            attributes = self._attributes(rows)
            columns |= {column: [row.get(tag) for row in attributes] for tag, column in self.tags.items()}
            shapes = None
            if geometry:
                shapes = gdal.shapes(rows.column(rows.num_columns - 1))
                shapes = closed(shapes) if self.areal else shapes
            yield Batch(np.arange(first + 1, first + rows.num_rows + 1), {n: Cells.plain(columns[n]) for n in wanted},
                        shapes, partial(_row, list(columns.values())))
            first += rows.num_rows

    def _rows(self, columns: list[str], geometry: bool) -> Iterator[pa.RecordBatch]:
        with gdal.translated(self.file), ExitStack() as stack:
            with _told_encoding(self.encoding):  # which is asked for when the file is opened
                _, reader = stack.enter_context(pyogrio.open_arrow(
                    self.file, layer="entities", columns=columns, read_geometry=geometry, batch_size=BATCH_ROWS,
                    use_pyarrow=True, INLINE_BLOCKS="FALSE"))
            for rows in reader:
                if rows.num_rows:
                    yield rows

    def _values(self, rows: pa.RecordBatch, name: str) -> list[Any]:
        """A column; what GDAL left in the bytes of the file is decoded."""
        column = rows.column(name)
        if not pa.types.is_string(column.type):
            return column.to_pylist()
        return [None if raw is None else self._told(raw) for raw in column.view(pa.binary()).to_pylist()]

    def _told(self, raw: bytes) -> str:
        return encoding.decode(raw, "utf-8")[0] or self._decoded(raw)

    def _attributes(self, rows: pa.RecordBatch) -> list[dict[str, str]]:
        """The block attributes of each row by tag; GDAL gives them as `TAG value`, the tag in the bytes of the file."""
        column = rows.column(ATTRIBUTES)
        counts = column.value_lengths().fill_null(0).to_pylist()
        some = (raw.partition(b" ") for raw in column.flatten().view(pa.binary()).to_pylist())
        return [{self._decoded(tag): self._told(value) for tag, _, value in islice(some, n)} for n in counts]

    def _decoded(self, raw: bytes) -> str:
        text, _ = encoding.decode(raw, self.encoding.codec)
        return text if text is not None else raw.decode(self.encoding.codec, "replace")


def closed(shapes: np.ndarray) -> np.ndarray:
    """The same shapes, with polygons in the place of closed lines."""
    made = shapes.copy()
    for i in np.flatnonzero(shapely.is_ring(shapes)).tolist():
        made[i] = shapely.Polygon(shapes[i])
    return made


def _row(columns: list[list[Any]], i: int) -> list[Any]:
    return [c[i] for c in columns]


# -- the bytes -------------------------------------------------------------------------------------
def _scan(path: Path) -> Seen:
    """Read the file once for what GDAL does not tell."""
    seen = Seen()
    inside, rest = False, b""
    with gdal.translated(path), open(path, "rb") as file:
        while block := file.read(CHUNK_BYTES):
            whole = rest + block
            safe = max(0, len(whole) - TAIL_BYTES)  # a pair may go on in the next block
            starts = [m.start() for m in _PAIR.finditer(whole, max(0, safe - CHUNK_BYTES // 4), safe)]
            end = starts[-1] if starts else whole.rfind(b"\n", 0, safe) + 1
            inside = _note(seen, whole[:end], inside)
            rest = whole[end:]
    _note(seen, rest, inside)
    return seen


def _note(seen: Seen, block: bytes, inside: bool) -> bool:
    """Take down a block of lines; whether the section of entities goes on."""
    if len(seen.texts) < TEXTS:
        seen.texts.update(dict.fromkeys(v.strip() for v in _SAID.findall(block)))
    for found in _PAIR.finditer(block):
        kind = found[1]
        if kind == b"SECTION":
            inside = re.match(rb"\s*2\s+ENTITIES\b", block[found.end():found.end() + 40]) is not None
        elif kind in (b"ENDSEC", b"EOF"):
            inside, seen.ended = False, seen.ended or kind == b"EOF"
        elif inside:
            seen.entities[kind] += 1
    return inside


def _encoding(path: Path, head: bytes, seen: Seen, user: str | None) -> Encoding:
    """As for tables: the user's word, the format's, the drawing's own mark, the evidence of the bytes."""
    version, page = (_variable(head, name) for name in (b"ACADVER", b"DWGCODEPAGE"))
    mark, name = (page, "$DWGCODEPAGE") if not version or version < UNICODE_SINCE else ("UTF-8", f"$ACADVER {version}")
    found = encoding.detect(list(seen.texts), user=user, cpg=mark or None, file=path.name)
    return replace(found, evidence_zh=found.evidence_zh.replace(".cpg", name),
                   evidence_en=found.evidence_en.replace(".cpg", name))


def _variable(head: bytes, name: bytes) -> str:
    found = re.search(rb"\$" + name + rb"\s+\d+\s+([^\r\n]+)", head)
    return found[1].decode("latin-1").strip() if found else ""


@contextmanager
def _told_encoding(chosen: Encoding) -> Iterator[None]:
    """GDAL's reader told of the encoding; the setting is for the whole process, so it is taken back."""
    pyogrio.set_gdal_config_options({"DXF_ENCODING": chosen.codec.replace("big5hkscs", "big5-hkscs").upper()})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"DXF_ENCODING": None})
