"""How a file that cannot be loaded is named to people, and the one way to say why."""

from __future__ import annotations

from pathlib import Path

from registry.errors import BadFile

# The work folder of an unpacked archive begins so; what comes below it is what the person knows: `city.zip/路灯.shp`.
WORK_PREFIX = "unpacked-"


def shown(path: Path) -> str:
    """A path as the person knows it: as given, or by its place in its archive."""
    for n, part in enumerate(path.parts):
        if part.startswith(WORK_PREFIX):
            return "/".join(path.parts[n + 1:])
    return str(path)


def bad(path: Path, zh: str, en: str) -> BadFile:
    """The refusal of a file, to be raised."""
    return BadFile(file=shown(path), why_zh=zh, why_en=en)
