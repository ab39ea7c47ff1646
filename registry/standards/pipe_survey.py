"""Pipe surveys by CJJ 61: what points are called, how tables are checked, read from the table; pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from registry.errors import BadDeclaration
from registry.kinds.codes import Code, CodeList, fold
from registry.kinds.label import Label

TABLE = Path(__file__).parent / "tables" / "pipe_survey.toml"
CONFIDENCE = ("found", "high", "med", "low")
_FEATURE = {"label", "aliases", "lines", "uniform"}
_ATTACHMENT = {"label", "aliases", "manhole", "purpose"}
_FAMILY = {"code", "media", "gravity", "needs", "purpose"}
_LIMIT = {"value", "confidence", "source"}
_FEATURE_COLOR, _MANHOLE_COLOR, _FITTING_COLOR = "#00a3a3", "#7a4a2b", "#3d7dca"


@dataclass(frozen=True)
class Feature:
    """A kind of 特征点. lines: how many lines may meet there, () where any. uniform: of one size and material."""

    code: str
    label: Label
    aliases: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    uniform: bool = False


@dataclass(frozen=True)
class Attachment:
    """A kind of 附属物. manhole: it is an asset of that class; purpose: of the manhole, where its name tells it."""

    code: str
    label: Label
    aliases: tuple[str, ...] = ()
    manhole: bool = False
    purpose: str | None = None


@dataclass(frozen=True)
class Family:
    """A 大类 of media. needs: fields a line of it should have. gravity: it runs downhill."""

    code: str
    media: tuple[str, ...]
    gravity: bool = False
    needs: tuple[str, ...] = ()
    purpose: str | None = None


@dataclass(frozen=True)
class Limit:
    """A number by which tables are checked, in the unit that ends its name, and how sure we are of it."""

    value: float
    confidence: str
    source: str


@dataclass(frozen=True)
class PipeSurvey:
    """The whole table."""

    standard: str
    source: str
    features: Mapping[str, Feature]
    attachments: Mapping[str, Attachment]
    families: tuple[Family, ...]
    limits: Mapping[str, Limit]
    forward: frozenset[str]
    backward: frozenset[str]

    @cached_property
    def feature_codes(self) -> CodeList:
        """特征 as a code list."""
        return CodeList("pipe_feature", "管点特征|Feature of a pipe point", tuple(
            Code(f.code, f.label, _FEATURE_COLOR, f.aliases) for f in self.features.values()),
            source=f"{self.standard} 附录F；{TABLE.name}")

    @cached_property
    def attachment_codes(self) -> CodeList:
        """附属物 as a code list."""
        return CodeList("pipe_attachment", "管线附属物|Fitting of a pipe", tuple(
            Code(a.code, a.label, _MANHOLE_COLOR if a.manhole else _FITTING_COLOR, a.aliases)
            for a in self.attachments.values()), source=f"{self.standard} 附录F；{TABLE.name}")

    def family_of(self, medium: str | None) -> Family | None:
        """The family of a medium."""
        return next((f for f in self.families if medium in f.media), None)

    def limit(self, name: str) -> float:
        """A limit by its name."""
        return self.limits[name].value

    def flow(self, text: str) -> int:
        """1 from start to end, -1 from end to start, 0 where the text tells neither."""
        said = fold(text)
        return 1 if said in self.forward else -1 if said in self.backward else 0


@lru_cache(maxsize=1)
def table() -> PipeSurvey:
    """The table of this package."""
    return read(TABLE.read_text(encoding="utf-8"), TABLE.name)


def read(text: str, where: str) -> PipeSurvey:
    """A table from its text; BadDeclaration names the entry that is wrong."""
    said = tomllib.loads(text)
    for section in ("feature", "attachment", "flow"):
        _sourced(where, section, said.get(section, {}))
    features = {code: Feature(code, Label.of(e["label"]), tuple(e.get("aliases", ())), tuple(e.get("lines", ())),
                              e.get("uniform", False)) for code, e in _entries(where, said, "feature", _FEATURE)}
    attachments = {code: Attachment(code, Label.of(e["label"]), tuple(e.get("aliases", ())), e.get("manhole", False),
                                    e.get("purpose")) for code, e in _entries(where, said, "attachment", _ATTACHMENT)}
    for entry in said["family"]:
        _known(where, f"family {entry.get('code')}", entry, _FAMILY)
    for name, entry in said["limit"].items():
        _known(where, f"limit.{name}", entry, _LIMIT)
        _sourced(where, f"limit.{name}", entry)
        if not isinstance(entry.get("value"), int | float) or entry["value"] <= 0:
            raise _wrong(where, f"limit.{name}", "应为正数", "must be a number above 0")
    return PipeSurvey(
        said["standard"], said["source"], features, attachments,
        tuple(Family(f["code"], tuple(f["media"]), f.get("gravity", False), tuple(f.get("needs", ())), f.get("purpose"))
              for f in said["family"]),
        {name: Limit(float(e["value"]), e["confidence"], e["source"]) for name, e in said["limit"].items()},
        frozenset(map(fold, said["flow"]["forward"])), frozenset(map(fold, said["flow"]["backward"])))


def _entries(where: str, said: Mapping[str, Any], section: str, known: set[str]) -> list[tuple[str, Mapping[str, Any]]]:
    found: list[tuple[str, Mapping[str, Any]]] = [(code, entry) for code, entry in said[section].items() if isinstance(entry, dict)]
    for code, entry in found:
        _known(where, f"{section}.{code}", entry, known)
        if "label" not in entry:
            raise _wrong(where, f"{section}.{code}", "缺少 label", "label is missing")
    return found


def _known(where: str, at: str, entry: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(entry.keys() - known):
        raise _wrong(where, at, f"不认识的键 {unknown}", f"unknown keys {unknown}")


def _sourced(where: str, at: str, entry: Mapping[str, Any]) -> None:
    if entry.get("confidence") not in CONFIDENCE or not entry.get("source"):
        raise _wrong(where, at, "缺少 source 或 confidence", "source or confidence is missing")


def _wrong(where: str, at: str, zh: str, en: str) -> BadDeclaration:
    return BadDeclaration(where=f"{where}, {at}", why_zh=zh, why_en=en)
