"""Delimited text: CSV in whatever encoding, with whatever separator and quotes."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from etl import encoding, gdal, wkt
from etl.badfile import bad
from etl.encoding import Encoding
from etl.layer import Undecodable
from etl.tables import EMPTY, HEAD_ROWS, NO_ROWS, Sheet, blank
from registry.export import beside
from registry.kinds.cells import armed

SNIFFED_BYTES = 4 << 20
SEPARATORS = ",\t;|"
JUDGED_LINES = 40  # from which the separator is told
BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
csv.field_size_limit(1 << 30)  # polygons as WKT


class Csv(Sheet):
    """Text with a separator; UTF-8 with or without a byte order mark, UTF-16 with one, GBK, or what the user says."""

    def __init__(self, path: Path, user_encoding: str | None = None) -> None:
        self.file, self.name, self.source, self.notes, self.rows = path, path.stem, path.name, [], None
        with gdal.translated(path), open(path, "rb") as file:
            raw = file.read(SNIFFED_BYTES)
        mark = next((m for m in BYTE_ORDER_MARKS if raw.startswith(m)), b"")
        if b"\0" in raw[:4096] and BYTE_ORDER_MARKS.get(mark) != "utf-16":
            raise bad(path, "不是文本文件", "is not a text file")
        if len(raw) == SNIFFED_BYTES:
            raw = raw[:raw.rfind(b"\n") + 1]
        self.encoding = self._encoding(raw.removeprefix(mark), user_encoding, BYTE_ORDER_MARKS.get(mark))
        first = re.split(r"\r\n|\n|\r", self._text(raw), maxsplit=JUDGED_LINES)[:JUDGED_LINES]
        self.separator, self.quote = _dialect(first)
        heads = self.below_titles(list(islice(self._open(), HEAD_ROWS)))
        self.take([self._readable(h) for h in heads])
        if not any(True for line in self.lines() if not all(blank(c) for c in line)):
            raise bad(path, *(NO_ROWS if self._heads else EMPTY))
        self.wkt = self.named_crs()

    def _encoding(self, raw: bytes, user: str | None, marked: str | None) -> Encoding:
        if marked == "utf-16":
            return Encoding("UTF-16", "utf-16", "字节序标记（BOM）", "byte order mark")
        words = list(dict.fromkeys(re.split(rb"[,;\t\r\n\"]+", raw)))
        mark = beside.encoding_of(self.file)
        told = mark.read_text("ascii", "replace").strip() if mark.is_file() else None
        found = encoding.detect(words, user=user or marked, cpg=told, file=self.file.name)
        if marked and not user:
            return Encoding("UTF-8", "utf-8", "字节序标记（BOM）", "byte order mark", True, found.samples)
        return found

    @property
    def codec(self) -> str:
        """As it is read: a mark at the beginning is no text."""
        return "utf-8-sig" if self.encoding.codec == "utf-8" else self.encoding.codec

    def _text(self, raw: bytes) -> str:
        return raw[:len(raw) // 2 * 2 if self.codec == "utf-16" else None].decode(self.codec, "replace")

    def _open(self) -> Iterator[list[str]]:
        errors = "replace" if self.codec == "utf-16" else "surrogateescape"
        done = width = 0
        try:
            with open(self.file, encoding=self.codec, errors=errors, newline="") as file:
                reader = csv.reader(file, delimiter=self.separator, quotechar=self.quote, strict=True)
                for line in reader:
                    if reader.line_num > done + 1:
                        width = width if width > 1 else len(line)
                        if any(self._swallowed(cell, width) for cell in line if "\n" in cell or "\r" in cell):
                            raise bad(self.file, f"第 {done + 1} 行起有引号没有配对，后面的行被吞进一格；请补上或去掉那个引号",
                                      f"from line {done + 1} on a quote is not closed and the rows after it are "
                                      "swallowed by one cell; close or remove that quote")
                    width, done = width if width > 1 else len(line), reader.line_num
                    yield line
        except (csv.Error, OSError, UnicodeError) as error:
            raise bad(self.file, f"不是规整的 CSV（第 {done + 1} 行起）：{error}",
                      f"is not a sound CSV (from line {done + 1} on): {error}") from error

    def _swallowed(self, cell: str, width: int) -> bool:
        """Whether a cell of several lines holds rows: its inner lines have the separators of one."""
        if width < 2 or wkt.TEXT.match(cell):
            return False
        rows = [line.count(self.separator) == width - 1 for line in cell.splitlines()[1:]]
        return any(rows) if width > 2 else bool(rows) and all(rows)

    def lines(self) -> Iterator[list[Any]]:
        for line in islice(self._open(), self.head + 1, None):
            yield [self._readable(c) for c in line]

    def _readable(self, text: str) -> Any:
        """Bytes outside the encoding stand as lone surrogates."""
        if text[:1] == "'":
            text = armed(text)
        if text.isascii() or not any("\udc80" <= c <= "\udcff" for c in text):
            return text
        return Undecodable(text.encode(self.encoding.codec, "surrogateescape").decode(self.encoding.codec, "replace"),
                           self.encoding.name)


def _dialect(lines: Sequence[str]) -> tuple[str, str]:
    """(separator, quote): the separator that parts most lines alike, into the most cells."""
    def fit(separator: str) -> tuple[int, int]:
        widths: Counter[int] = Counter()
        with suppress(csv.Error):  # what comes before it counts; it is told with its line when the file is read
            for row in csv.reader(lines, delimiter=separator, strict=True):
                widths[len(row)] += len(row) > 1
        return max(((count, width) for width, count in widths.items()), default=(0, 0))

    separator = max(SEPARATORS, key=fit)
    heads = next((heads for line in lines if len(heads := line.split(separator)) > 1), [])
    single = heads and all(re.fullmatch(r"\s*'.*'\s*", h) for h in heads)
    return separator, "'" if single else '"'
