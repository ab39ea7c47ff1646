"""How a file that cannot be loaded is named to people, and the one way to say why."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from registry.errors import BadFile

# The work folder of an unpacked archive begins so; what comes below it is what the person knows: `city.zip/路灯.shp`.
WORK_PREFIX = "unpacked-"
LONGEST = 180  # bytes of a name that others are made from


def readable(name: str) -> str:
    """A file's name as it was meant: unpacked from an archive made in China its bytes may be GBK, which stand as lone
    surrogates that neither the database nor a page takes."""
    raw = os.fsencode(name)
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def short(name: str) -> str:
    """A name that leaves room for what is put before and behind it: a file's name has 255 bytes, 85 hanzi."""
    raw = name.encode("utf-8", "replace")
    if len(raw) <= LONGEST:
        return name
    return f"{raw[:LONGEST - 9].decode('utf-8', 'ignore')}~{hashlib.sha256(raw).hexdigest()[:8]}"


def shown(path: Path) -> str:
    """A path as the person knows it: as given, or by its place in its archive."""
    for n, part in enumerate(path.parts):
        if part.startswith(WORK_PREFIX):
            return readable("/".join(path.parts[n + 1:]))
    return readable(str(path))


def bad(path: Path, zh: str, en: str) -> BadFile:
    """The refusal of a file, to be raised."""
    return BadFile(file=shown(path), why_zh=zh, why_en=en)
