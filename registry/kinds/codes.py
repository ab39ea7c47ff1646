"""Closed vocabularies: the stored code, its titles, colour and the other ways people write it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

from registry.kinds.label import Label
from registry.kinds.script import simplified


def fold(text: str) -> str:
    """Text as it is compared: case, blanks and full-width forms do not matter."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


@dataclass(frozen=True)
class Code:
    """One value of a code list. `label` may be written `中文|English`; `color` is CSS hex.

    restricted: rows of this value are kept from the public unless a bureau opens them.
    """

    value: str
    label: Label | str
    color: str | None = None
    aliases: tuple[str, ...] = ()
    restricted: bool = False

    @property
    def title(self) -> Label:
        return Label.of(self.label)


@dataclass(frozen=True)
class CodeList:
    """A closed vocabulary; values are found by code, title or alias."""

    key: str
    label: Label | str
    codes: tuple[Code, ...]
    source: str = field(default="")

    @cached_property
    def _index(self) -> dict[str, Code]:
        index: dict[str, Code] = {}
        for code in self.codes:
            for text in (code.value, code.title.zh, code.title.en, *code.aliases):
                other = index.setdefault(fold(text), code)
                if other is not code:
                    raise ValueError(f"code list {self.key}: {text!r} means {other.value} and {code.value}")
        return index

    @property
    def title(self) -> Label:
        return Label.of(self.label)

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(c.value for c in self.codes)

    def find(self, text: str) -> Code | None:
        """The code that this text means, in simplified or traditional characters, or None."""
        return self._index.get(fold(text)) or self._index.get(fold(simplified(text)))

    def title_of(self, value: str | None) -> Label:
        """Titles of a stored value; an unknown or missing value says so."""
        code = self.find(value) if value is not None else None
        return code.title if code else (Label("未知", "unknown") if value is None else Label(value, value))
