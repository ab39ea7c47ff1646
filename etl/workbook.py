"""XLSX workbooks: each visible sheet a layer, streamed, with what openpyxl's stream does not tell read beside it.

openpyxl is imported where a workbook is opened: loading any other file need not wait for it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from etl import archive, gdal
from etl.badfile import bad
from etl.encoding import UNICODE
from etl.layer import Layer, Note
from etl.tables import EMPTY, HEAD_ROWS, NO_ROWS, Sheet
from registry.errors import BadFile

ROWS, COLUMNS = 1_048_576, 16_384  # that a sheet has
CHUNK_BYTES, OVERLAP_BYTES = 1 << 20, 1 << 14
_EXACT = 10 ** 15   # a spreadsheet keeps 15 digits of a number, however many its file shows
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell [^<>]*ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f(?: [^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(<(?:\w+:)?v>[^<]|)")


@dataclass(frozen=True)
class Merged:
    """Cells joined to one; rows and columns from 0, both ends within."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Facts:
    """What a sheet's XML tells beside its cells. `uncomputed`: formulas whose value the file does not hold."""

    merged: list[Merged] = field(default_factory=list)
    uncomputed: int = 0


class Xlsx(Sheet):
    """One sheet of a workbook."""

    encoding = UNICODE

    def __init__(self, path: Path, sheet: str, several: bool) -> None:
        self.file, self.sheet, self.notes, self.rows = path, sheet, [], None
        self.name = sheet if several else path.stem
        self.source = f"{path.name}:{sheet}" if several else path.name
        with workbook(path) as book, gdal.translated(path), book[sheet]._get_source() as xml:
            facts = _facts(xml)
        top = list(islice(self._open(), HEAD_ROWS + 2))
        heads = self.below_titles(top[:HEAD_ROWS])
        self.head, heads = _joined(self.head, heads, top, facts.merged)
        self.take(heads)
        self.any = any(any(c not in (None, "") for c in line) for line in self.lines())
        self.wkt = self.named_crs()
        if facts.uncomputed:
            self.notes.append((f"{facts.uncomputed} 个公式没有算出的值，按空处理；请在 Excel 或 WPS 中打开并保存，再导入",
                               f"{facts.uncomputed} formulas have no computed value and count as empty; open "
                               "and save the file in Excel, then load it again"))

    def line_of(self, row: int) -> int:
        return self.head + 1 + row

    def _open(self) -> Iterator[list[Any]]:
        with workbook(self.file) as book, gdal.translated(self.file):
            yield from _rows(self.file, book, book[self.sheet])

    def lines(self) -> Iterator[list[Any]]:
        yield from islice(self._open(), self.head + 1, None)

    def believed(self, column: Sequence[Any]) -> Sequence[Any]:
        return [float(v) if type(v) is int and abs(v) >= _EXACT else v for v in column]


class workbook:
    """An open workbook, read as a stream of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Any:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            with gdal.translated(self.path):
                self.book = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, BadFile, InvalidFileException, SyntaxError, TypeError) as error:
            raise bad(self.path, "不是 XLSX 工作簿（.xls 请先另存为 .xlsx）",
                      "is not an XLSX workbook (save an .xls as .xlsx first)") from error
        return self.book

    def __exit__(self, *_: object) -> None:
        self.book.close()


def sheets(path: Path) -> list[Layer]:
    """The visible sheets of a workbook that hold rows; hidden ones are named in a note."""
    if zipfile.is_zipfile(path):
        archive.check(path)
    with workbook(path) as book:
        names = [s.title for s in book.worksheets if s.sheet_state == "visible"]
        hidden = [s.title for s in book.worksheets if s.sheet_state != "visible"]
    found = [Xlsx(path, name, len(names) > 1) for name in names]
    filled: list[Layer] = [s for s in found if s.any]
    if not filled:
        raise bad(path, *(NO_ROWS if any(s.heads for s in found) else EMPTY))
    if hidden:
        note: Note = (f"隐藏的工作表没有导入：{'、'.join(hidden)}", f"hidden sheets are left out: {', '.join(hidden)}")
        filled[0].notes.append(note)
    return filled


def _rows(path: Path, book: Any, sheet: Any) -> Iterator[list[Any]]:
    """The rows of a sheet, missing ones empty. openpyxl's own loop leaves out rows and cells that stand behind their
    place without a word, and makes up as many empty rows as a number that is far too great asks for."""
    from openpyxl.worksheet._reader import WorkSheetParser

    with sheet._get_source() as xml:
        parser = WorkSheetParser(xml, sheet._shared_strings, data_only=True, epoch=book.epoch,
                                 date_formats=book._date_formats, timedelta_formats=book._timedelta_formats)
        last = 0
        for number, cells in parser.parse():
            width = max((c["column"] for c in cells), default=0)
            if not last < number <= ROWS or not 0 <= width <= COLUMNS:
                at = f"{sheet.title} {last} → {number}"
                raise bad(path, f"行号或列号不对（{at}）；请在 Excel 或 WPS 中打开并另存，再导入",
                          f"has wrong numbers of rows or columns ({at}); open and save it in Excel, then load it again")
            yield from ([] for _ in range(last + 1, number))
            line: list[Any] = [None] * width
            for cell in cells:
                line[cell["column"] - 1] = cell["value"]
            yield line
            last = number


def _facts(xml: BinaryIO) -> Facts:
    """Read a sheet's XML once for merged cells near the heads and formulas without a value."""
    found, rest = Facts(), b""
    while True:
        block = xml.read(CHUNK_BYTES)
        whole = rest + block
        end = whole.rfind(b"</row>", 0, len(whole)) if block else len(whole)
        end = max(end, len(whole) - OVERLAP_BYTES, 0) if block else end
        part, rest = whole[:end], whole[end:]
        found.uncomputed += sum(not m[1] for m in _FORMULA.finditer(part))
        for left, top, right, bottom in _MERGED.findall(part):
            if int(top) <= HEAD_ROWS + 1:
                found.merged.append(Merged(int(top) - 1, _column(left), int(bottom) - 1, _column(right)))
        if not block:
            return found


def _column(letters: bytes) -> int:
    from openpyxl.utils.cell import column_index_from_string

    return int(column_index_from_string(letters.decode("ascii"))) - 1


def _joined(head: int, heads: list[Any], top: list[list[Any]], merged: list[Merged]) -> tuple[int, list[Any]]:
    """(the last row of the heads, their names), where merged cells make several rows of heads: 坐标 above X and Y
    is 坐标X and 坐标Y."""
    down = [m.bottom for m in merged if m.top == head and m.bottom > head and m.left < len(heads)]
    across = [m for m in merged if m.top == m.bottom == head and m.right > m.left]
    below = top[head + 1] if head + 1 < len(top) else []
    if not across or not _heads_below(heads, below, across):
        return max(down, default=head), heads
    names = [*heads, *[None] * (len(below) - len(heads))]
    for m in across:
        for k in range(m.left, min(m.right + 1, len(below))):
            names[k] = f"{heads[m.left]}{below[k]}" if below[k] not in (None, "") else names[k]
    return max(down, default=head + 1), names


def _heads_below(heads: list[Any], below: list[Any], across: list[Merged]) -> bool:
    """Whether the row below is heads too, not the first of the data: it has texts under every joined head and
    nothing under the others."""
    joined = {k for m in across for k in range(m.left, m.right + 1)}
    under = [[below[k] for k in range(m.left, min(m.right + 1, len(below)))] for m in across]
    others = [c for k, c in enumerate(below) if k not in joined and k < len(heads)]
    return all(len(some) > 1 and all(isinstance(c, str) and c.strip() for c in some) for some in under) and \
        all(c in (None, "") for c in others)
