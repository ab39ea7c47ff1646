"""Whom a document makes answerable for a target: only those whom its text names, with the words that do so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MEMBERS = frozenset({"name", "text", "section", "targets"})


@dataclass(frozen=True)
class Department:
    """name: as the document writes it, several parted by `；`; None where it has the place for a name and leaves it blank.

    text, section: the words that name it and where they stand. targets: ids of those that it answers for; none means the
    document as a whole, thus every target that no other answers for.
    """

    name: str | None
    text: str
    section: str
    targets: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Department:
        """From a `[[department]]` of a document; KeyError, ValueError for what is missing or unknown."""
        if odd := sorted(said.keys() - MEMBERS):
            raise ValueError(f"department: {odd}")
        return cls(said["name"] or None, said["text"], said["section"], tuple(said.get("targets", ())))

    def as_dict(self) -> dict[str, Any]:
        """whole: named for the document as a whole and not for this target."""
        return {"name": self.name, "text": self.text, "section": self.section, "whole": not self.targets}


def answering(departments: Iterable[Department], target: str) -> Department | None:
    """The one for this target, else the one for the whole document; None where the text names nobody."""
    return max((d for d in departments if target in d.targets or not d.targets), key=lambda d: bool(d.targets), default=None)
