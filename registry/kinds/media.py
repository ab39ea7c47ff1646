"""The kinds of documents that may be attached, each told by its own first bytes, whatever its sender calls it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

OFFICE = "application/vnd.openxmlformats-officedocument."
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_NOT_IN_TEXT = {*range(9), 11, 12, *range(14, 32), 127}


def _office(part: str) -> Callable[[bytes], bool]:
    def fits(data: bytes) -> bool:
        if not data.startswith(b"PK\x03\x04"):
            return False
        try:
            names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            return False
        return "[Content_Types].xml" in names and part in names
    return fits


def _text(data: bytes) -> bool:
    """Text in UTF-8 or GB18030 that is not markup: HTML and SVG would run in a browser."""
    if _NOT_IN_TEXT & set(data) or data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"<", b"%PDF-")):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


# Media type → whether bytes are of it. SVG and HTML are left out on purpose: they carry scripts.
MEDIA: dict[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda d: d.startswith(b"\xff\xd8\xff"),
    "image/png": lambda d: d.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/webp": lambda d: d[:4] == b"RIFF" and d[8:12] == b"WEBP",
    "image/heic": lambda d: d[4:8] == b"ftyp" and d[8:12] in _HEIC,
    "application/pdf": lambda d: d.startswith(b"%PDF-"),
    f"{OFFICE}wordprocessingml.document": _office("word/document.xml"),
    f"{OFFICE}spreadsheetml.sheet": _office("xl/workbook.xml"),
    "text/plain": _text,
}
