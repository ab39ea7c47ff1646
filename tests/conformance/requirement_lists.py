"""The requirements of the standards, as data: one file for each standard, one table for each conformance class."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

OGC = "http://www.opengis.net/spec/"
FILES = Path(__file__).parent / "requirements"


@dataclass(frozen=True)
class Requirement:
    """One requirement. path: its URI behind `http://www.opengis.net/spec/`, as marks name it. text: `中文|English`."""

    path: str
    text: str


@dataclass(frozen=True)
class ConformanceClass:
    """One class. uri: what /conformance would say, None where a list is no class. why_not: `中文|English`, or nothing."""

    key: str
    uri: str | None
    requirements: tuple[Requirement, ...]
    why_not: str


@dataclass(frozen=True)
class Standard:
    """One standard with its classes."""

    title: str
    classes: tuple[ConformanceClass, ...]


def load() -> list[Standard]:
    """Every standard in the folder, in the order of the file names."""
    return [_standard(tomllib.loads(file.read_text(encoding="utf-8"))) for file in sorted(FILES.glob("*.toml"))]


def _standard(told: dict) -> Standard:
    facts = told.pop("standard")
    spec, reasons = facts["spec"], facts.get("undeclared", {})
    found = []
    for key, lines in told.items():
        requirements = tuple(Requirement(spec + (name if name.startswith("/") else f"/req/{key}/{name}"), text)
                             for name, text in lines.items())
        uri = f"{OGC}{spec}/conf/{key}" if facts.get("declared", True) else None
        found.append(ConformanceClass(key, uri, requirements, reasons.get(key, "")))
    return Standard(facts["title"], tuple(found))
