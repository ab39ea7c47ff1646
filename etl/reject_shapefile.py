"""Refused rows of a shapefile as a shapefile: records are copied as they are, whatever their bytes mean, since no library
keeps text that is in no encoding, half a character, or a number written in its own way."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from etl.again import HEADS, NAMES, SHORT
from etl.crs import Crs
from etl.dbf import Dbf, Place
from etl.shapefile import Shapefile, part
from registry import geo
from registry.export import beside

if TYPE_CHECKING:
    from etl.reject import Entries, Entry

_WIDTHS = {"_file": 100, "_row": 12, "_field": 120, "_value": 254, "_code": 120, "_message_zh": 254, "_message_en": 254}
_MOST_FIELDS, _MOST_BYTES = 255, 65_000
_NULL = struct.pack("<i", 0)  # the record of no shape


def fits(layer: Shapefile) -> bool:
    """Whether its table takes the further columns."""
    own = _own(layer)
    return len(own) + len(HEADS) <= _MOST_FIELDS and 1 + sum(p.width for p in own) + sum(_WIDTHS.values()) <= _MOST_BYTES


def write(layer: Shapefile, stem: Path, entries: Entries, place: Crs | None) -> Path:
    """Write .dbf and .cpg, and .shp, .shx and .prj where there are shapes; what stands beside goes along."""
    path = stem.with_name(stem.name + (".shp" if layer.shp is not None else ".dbf"))
    _table(layer, path.with_suffix(".dbf"), entries)
    path.with_suffix(".cpg").write_text(layer.encoding.codec, encoding="ascii")
    if layer.shp is not None:
        _shapes(layer, layer.shp, path, entries)
        _projection(layer, path.with_suffix(".prj"), place)
    for of in (beside.fields_of, beside.values_of):
        if of(layer.file).is_file():
            shutil.copyfile(of(layer.file), of(path))
    return path


def _own(layer: Shapefile) -> list[Place]:
    return [p for p, c in zip(layer.dbf.places, layer.columns, strict=True) if c.name not in NAMES]


def _table(layer: Shapefile, path: Path, entries: Entries) -> None:
    source, own, codec = layer.dbf, _own(layer), layer.encoding.codec
    with open(source.path, "rb") as file, open(path, "wb") as out:
        head = bytearray(file.read(32))
        kept = {p.offset for p in own}
        described = [d for p, d in zip(source.places, _descriptors(file.read(32 * len(source.places))), strict=True) if p.offset in kept]
        described += [struct.pack("<11sc4xBB14x", SHORT.get(h, h).encode(), b"C", _WIDTHS[h], 0) for h in HEADS]
        size = 1 + sum(p.width for p in own) + sum(_WIDTHS.values())
        out.write(head + b"".join(described) + b"\r")
        count = 0
        for entry in entries():
            record = _record(source, file, entry.row)
            cells = [t.encode(codec, "replace")[:w].decode(codec, "ignore").encode(codec, "replace").ljust(w) for t, w in
                     zip([layer.source, *entry.told], _WIDTHS.values(), strict=True)]
            out.write(b" " + b"".join(record[p.offset:p.offset + p.width] for p in own) + b"".join(cells))
            count += 1
        out.write(b"\x1a")
        head[4:12] = struct.pack("<IHH", count, 33 + 32 * len(described), size)
        out.seek(0)
        out.write(head)


def _descriptors(raw: bytes) -> list[bytes]:
    return [raw[n:n + 32] for n in range(0, len(raw), 32)]


def _record(source: Dbf, file: object, row: int) -> bytes:
    """The bytes of a record; blanks where shapes are more than records."""
    if row > source.records:
        return b" " * source.size
    file.seek(source.header + (row - 1) * source.size)  # type: ignore[attr-defined]
    return bytes(file.read(source.size))  # type: ignore[attr-defined]


def _shapes(layer: Shapefile, shp: Path, path: Path, entries: Entries) -> None:
    """The box of the header stays that of the source: it holds the refused shapes too."""
    with open(shp, "rb") as file, open(path, "wb") as out, open(path.with_suffix(".shx"), "wb") as index:
        head = bytearray(file.read(100))
        out.write(head)
        index.write(head)
        at = 50
        for number, entry in enumerate(entries(), 1):
            shape = _shape(layer, file, entry)
            out.write(struct.pack(">ii", number, len(shape) // 2) + shape)
            index.write(struct.pack(">ii", at, len(shape) // 2))
            at += 4 + len(shape) // 2
        for made, words in ((out, at), (index, 50 + 4 * ((index.tell() - 100) // 8))):
            head[24:28] = struct.pack(">i", words)
            made.seek(0)
            made.write(head)


def _shape(layer: Shapefile, file: object, entry: Entry) -> bytes:
    if entry.row > len(layer.index):
        return _NULL
    offset, words = (int(v) for v in layer.index[entry.row - 1])
    file.seek(2 * offset + 8)  # type: ignore[attr-defined]
    return bytes(file.read(2 * words))  # type: ignore[attr-defined]


def _projection(layer: Shapefile, path: Path, place: Crs | None) -> None:
    """The .prj of the source, or the CRS under which it was read where that is another's word."""
    given = part(layer.file, ".prj")
    if place is not None and place.way is None and not place.swap and (given is None or place.source in ("user", "mapping")):
        path.write_text(geo.crs(place.text).to_wkt("WKT1_ESRI"), encoding="utf-8")
    elif given is not None:
        shutil.copyfile(given, path)
