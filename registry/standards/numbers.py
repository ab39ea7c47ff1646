"""The numbers of the standards: versioned tables with their source, the bureau's own before ours, the absent ones by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registry import settings
from registry.errors import BadDeclaration, BadValue, TableAbsent
from registry.kinds.label import Label
from registry.standards import service
from registry.standards.toml_table import CONFIDENCE

TABLES = Path(__file__).parent / "tables"
_HEAD = ("table", "edition", "label", "standard", "source", "confidence")


@dataclass(frozen=True)
class Table:
    """One edition of a family of numbers. `own`: it is the bureau's file, not ours; sha256: of the file it was read from."""

    family: str
    edition: str
    label: Label
    standard: str
    source: str
    confidence: str
    file: str
    sha256: str
    own: bool = False
    default: bool = False
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """What an answer says of the table that it used."""
        return {"table": self.file, "family": self.family, "edition": self.edition, "standard": self.standard,
                "title": self.label.as_dict(), "source": self.source, "confidence": self.confidence,
                "own": self.own, "sha256": self.sha256}


@dataclass(frozen=True)
class Absent:
    """A table that nobody could obtain: what it would hold, of which standard, and how a bureau gives its own."""

    family: str
    standard: str
    label: Label
    holds: Label
    form: str

    def as_dict(self) -> dict[str, Any]:
        return {"family": self.family, "standard": self.standard, "title": self.label.as_dict(),
                "holds": self.holds.as_dict(), "form": self.form}


def table(family: str, edition: str | None = None) -> Table:
    """The table of a family in this edition, else in the default one.

    TableAbsent: nobody could obtain it and the bureau has none of its own. BadValue: there is no such edition.
    BadDeclaration: a file is wrong.
    """
    found = editions(family)
    if not found:
        missing = absent().get(family)
        label = missing.label if missing else Label(family, family)
        raise TableAbsent(family=family, title=label, standard=missing.standard if missing else "-")
    if edition is None:
        marked = [t for t in found.values() if t.default]
        return next((t for t in marked if t.own), (marked or list(found.values()))[-1])
    if edition not in found:
        known = ", ".join(found)
        raise BadValue(name="edition", value=edition[:40], why_zh=f"可用：{known}", why_en=f"known: {known}")
    return found[edition]


def editions(family: str) -> Mapping[str, Table]:
    """Every edition of a family, oldest first; a bureau's file of the same edition stands in the place of ours."""
    return MappingProxyType({t.edition: t for t in _every(_folder()) if t.family == family})


def every() -> list[Table]:
    """All tables with a head of this form, the bureau's in the place of ours."""
    return list(_every(_folder()))


def _folder() -> Path | None:
    said = settings.get("REGISTRY_TABLES")
    return Path(said).absolute() if said else None


@lru_cache(maxsize=8)
def _every(folder: Path | None) -> tuple[Table, ...]:
    found = {(t.family, t.edition): t for t in _read(TABLES, own=False)}
    if folder is not None:
        if not folder.is_dir():
            raise _wrong(folder, "没有这个文件夹（设置 REGISTRY_TABLES）", "there is no such folder (setting REGISTRY_TABLES)")
        found |= {(t.family, t.edition): t for t in _read(folder, own=True)}
    return tuple(found[key] for key in sorted(found))


def _read(folder: Path, *, own: bool) -> list[Table]:
    made = []
    for file in sorted(set(folder.glob("*.toml")) - set(folder.glob(service.FILES))):
        content = file.read_bytes()
        try:
            data = tomllib.loads(content.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise _wrong(file, f"不是 UTF-8 的 TOML：{error}", f"not TOML in UTF-8: {error}") from None
        if "table" in data:
            made.append(_table(file, data, sha256(content).hexdigest(), own))
        elif own:
            raise _wrong(file, "缺少 table", "table is missing")
    return made


def _table(file: Path, data: dict[str, Any], digest: str, own: bool) -> Table:
    head = {key: data.pop(key, None) for key in _HEAD}
    wrong = [key for key, value in head.items() if not isinstance(value, str) or not value.strip()]
    if wrong:
        raise _wrong(file, f"{', '.join(wrong)} 缺少或不是文字", f"{', '.join(wrong)} is missing or not a text")
    if head["confidence"] not in CONFIDENCE:
        raise _wrong(file, f"confidence 应为 {', '.join(CONFIDENCE)} 之一", f"confidence must be one of {', '.join(CONFIDENCE)}")
    default = data.pop("default", False) is True
    return Table(head["table"], head["edition"], Label.of(head["label"]), head["standard"], head["source"], head["confidence"],
                 file.name, digest, own, default, MappingProxyType(data))


@lru_cache(maxsize=1)
def absent() -> Mapping[str, Absent]:
    """The tables that nobody could obtain, by family."""
    said = tomllib.loads((TABLES / "absent.toml").read_text(encoding="utf-8"))
    return MappingProxyType({a["key"]: Absent(a["key"], a["standard"], Label.of(a["label"]), Label.of(a["holds"]), a["form"])
                             for a in said["absent"]})


def _wrong(file: Path, zh: str, en: str) -> BadDeclaration:
    return BadDeclaration(where=file.name, why_zh=zh, why_en=en)
