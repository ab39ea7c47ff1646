"""What a format is: its names, how it tells columns and values, what it cannot hold; all found in `formats/`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.errors import BadValue
from registry.kinds import Field, Label

if TYPE_CHECKING:
    from registry.export.content import Content

# What a value becomes in the file; where that is another value, the true one goes into the sidecar.
Fit = Callable[[Field, Any, str], Any]


@dataclass(frozen=True)
class Format:
    """One format of an export.

    key: as `--format` takes it. suffix: of its files. media: type (IANA, or what is in use).
    heads: columns are called by `key` of the field, by `title`, or by a `short` name (≤ 10 bytes).
    words: values of code lists are told by their titles and booleans as 是 and 否, for people; else as they are stored.
    write: to a path, which does not exist yet. stream: the bytes front to back, made as they are taken.
    fit: what the format makes of a value; None: it holds everything.
    families: one file for each of these groups of GeometryTypes; empty: one file for all.
    degrees: coordinates are degrees whatever is asked (RFC 7946 §4). encodings: that may be chosen.
    most_rows: of one table. placeless: rows without geometry stand in the file with the others; else in a table beside it.
    """

    key: str
    suffix: str
    media: str
    title: Label
    heads: str
    words: bool = False
    write: Callable[[Content, Path], None] | None = None
    stream: Callable[[Content], Iterator[bytes]] | None = None
    fit: Fit | None = None
    families: tuple[tuple[str, tuple[str, ...]], ...] = ()
    degrees: bool = False
    encodings: tuple[str, ...] = ("utf-8",)
    most_rows: int | None = None
    placeless: bool = True

    @property
    def alone(self) -> bool | None:
        """Whether an export is always one file: False where it never is, None where the values decide."""
        return False if self.heads == "short" else True if self.fit is None and self.placeless else None


@lru_cache(maxsize=1)
def _found() -> dict[str, Format]:
    from registry.export import formats

    found: dict[str, Format] = {}
    for info in pkgutil.iter_modules(formats.__path__):
        module = importlib.import_module(f"{formats.__name__}.{info.name}")
        for declared in vars(module).values():
            if isinstance(declared, Format):
                found.setdefault(declared.key, declared)
    return found


class _Formats:
    """The formats by key, found on first use."""

    def __iter__(self) -> Any:
        return iter(_found().values())

    def __getitem__(self, key: str) -> Format:
        return _found()[key]


FORMATS = _Formats()


def chosen(key: str | None, path: Path | None) -> Format:
    """The format that is named, else that of the file's suffix; BadValue when there is none."""
    for declared in FORMATS:
        if key == declared.key or (key is None and path is not None and path.suffix.lower() == declared.suffix):
            return declared
    known = ", ".join(f"{f.key} ({f.suffix})" for f in FORMATS)
    said = key or (path.suffix if path is not None else "")
    raise BadValue(name="--format", value=said, why_zh=f"没有这种格式；可用：{known}", why_en=f"no such format; known: {known}")
