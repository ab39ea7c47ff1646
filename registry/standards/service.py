"""Service-radius rules: which facility of which size serves how far, by edition, read from the tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registry import settings
from registry.errors import BadDeclaration, BadValue
from registry.kinds.label import Label
from registry.standards.toml_table import CONFIDENCE, TomlTable

__all__ = ["BASES", "CONFIDENCE", "FILES", "TABLES", "Edition", "ServiceRule", "Threshold", "Tier", "Where", "load", "read"]
TABLES = Path(__file__).parent / "tables"
FILES = "*_service.toml"  # of ours and of a bureau's own folder alike
BASES = ("area", "length", "population")
Where = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Tier:
    """Facilities of at least `min_m2` (inclusive) and less than `max_m2` serve `radius_m` metres.

    needs_historic: only where the facility touches a historic district. where: field → values, one of which the
    facility must have (a collection mode, say).
    """

    min_m2: float
    radius_m: float
    max_m2: float | None = None
    needs_historic: bool = False
    where: Where = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, Any]:
        return {"min_m2": self.min_m2, "max_m2": self.max_m2, "radius_m": self.radius_m,
                "needs_historic": self.needs_historic, "where": _plain(self.where)}


@dataclass(frozen=True)
class Threshold:
    """A percentage that a standard demands; `op` is `>=` or `>`."""

    label: Label
    op: str
    value: float
    confidence: str
    source: str

    def met(self, value: float | None) -> bool | None:
        """Whether a percentage is enough; None where there is none."""
        return None if value is None else value > self.value if self.op == ">" else value >= self.value

    def as_dict(self) -> dict[str, Any]:
        return {"title": self.label.as_dict(), "op": self.op, "value": self.value,
                "confidence": self.confidence, "source": self.source}


@dataclass(frozen=True)
class Edition:
    """One edition of a rule: its tiers and thresholds, where they stand, and how sure we are of them.

    where: field → values that a facility must have, beside those of the rule. serves: field → values that the lines to be
    served must have, of a rule by length.
    """

    key: str
    label: Label
    standard: str
    clause: str
    source: str
    confidence: str
    tiers: tuple[Tier, ...]
    thresholds: tuple[Threshold, ...] = ()
    where: Where = field(default_factory=dict, hash=False)
    serves: Where = field(default_factory=dict, hash=False)

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "title": self.label.as_dict(), "standard": self.standard,
                "clause": self.clause, "source": self.source, "confidence": self.confidence,
                "where": _plain(self.where), "serves": _plain(self.serves), "tiers": [t.as_dict() for t in self.tiers],
                "thresholds": [t.as_dict() for t in self.thresholds]}


@dataclass(frozen=True)
class ServiceRule:
    """A coverage rule: the asset class that serves, what is served, and the editions of the radii.

    facility: class key. denominator: zone kind of the land to be served, or with the basis `length` the class of
    lines. basis: what the percentage is of: `area`, `length`, or `population` (the areal share of that of the zones).
    within: zone kind that bounds it, or None. historic: zone kind that the tiers' `needs_historic` means, or None.
    where: field → values that a facility must have. indicator: code of the rule as an indicator. table: file name of
    the table; own: it is a bureau's.
    """

    code: str
    label: Label
    indicator: str
    facility: str
    denominator: str
    default: str
    editions: Mapping[str, Edition] = field(repr=False)
    within: str | None = None
    historic: str | None = None
    table: str = ""
    basis: str = "area"
    where: Where = field(default_factory=dict, hash=False)
    note: Label | None = None
    own: bool = False

    def edition(self, key: str | None) -> Edition:
        """The edition of this key, the default for None; BadValue names the known ones."""
        found = self.editions.get(self.default if key is None else key)
        if found is None:
            known = ", ".join(self.editions)
            raise BadValue(name="edition", value=key, why_zh=f"可用：{known}", why_en=f"known: {known}")
        return found

    def wheres(self) -> dict[str, Where]:
        """Every filter of the rule by its place in the file."""
        made = {"where": self.where}
        for key, edition in self.editions.items():
            made[f"edition.{key}.where"] = edition.where
            made |= {f"edition.{key}.tiers[{n}].where": t.where for n, t in enumerate(edition.tiers)}
        return {place: where for place, where in made.items() if where}

    def as_dict(self) -> dict[str, Any]:
        """The whole rule as plain data, as an audit freezes it."""
        return {"rule": self.code, "title": self.label.as_dict(), "indicator": self.indicator, "facility": self.facility,
                "denominator": self.denominator, "basis": self.basis, "within": self.within, "historic": self.historic,
                "where": _plain(self.where), "note": self.note.as_dict() if self.note else None, "table": self.table,
                "own": self.own, "default_edition": self.default, "editions": [e.as_dict() for e in self.editions.values()]}


def load() -> Mapping[str, ServiceRule]:
    """Every rule by its code: each `*_service.toml` among the tables and in the folder of REGISTRY_TABLES is one.

    A bureau's rule takes the place of ours of the same code. BadDeclaration names the file, key and value that is wrong.
    """
    said = settings.get("REGISTRY_TABLES")
    return _load(Path(said).absolute() if said else None)


@lru_cache(maxsize=8)
def _load(folder: Path | None) -> Mapping[str, ServiceRule]:
    if folder is not None and not folder.is_dir():
        raise _wrong(folder.name, "没有这个文件夹（设置 REGISTRY_TABLES）", "there is no such folder (setting REGISTRY_TABLES)")
    ours = _folder(TABLES, own=False)
    rules = ours | (_folder(folder, own=True) if folder else {})
    named: dict[str, ServiceRule] = {}
    for rule in rules.values():
        if other := named.get(rule.indicator):
            raise _wrong(rule.table, f"indicator {rule.indicator} 已在 {other.table} 中",
                         f"indicator {rule.indicator} is already in {other.table}")
        named[rule.indicator] = rule
    return MappingProxyType(rules)


def _folder(folder: Path, *, own: bool) -> dict[str, ServiceRule]:
    rules: dict[str, ServiceRule] = {}
    for file in sorted(folder.glob(FILES)):
        try:
            rule = read(file.read_text(encoding="utf-8"), file.name, own=own)
        except UnicodeDecodeError as error:
            raise _wrong(file.name, f"不是 UTF-8：{error}", f"not UTF-8: {error}") from None
        if rule.code in rules:
            raise _wrong(file.name, f"规则 {rule.code} 已在 {rules[rule.code].table} 中",
                         f"rule {rule.code} is already in {rules[rule.code].table}")
        rules[rule.code] = rule
    return rules


def read(text: str, name: str, *, own: bool = False) -> ServiceRule:
    """The rule of a table's text; BadDeclaration says what is wrong where in it."""
    try:
        top = TomlTable(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(name, f"不是 TOML：{error}", f"not TOML: {error}") from None
    editions = {key: _edition(key, table) for key, table in top.tables("edition").items()}
    note = top.text("note", None)
    rule = ServiceRule(
        code=top.text("code"), label=Label.of(top.text("label")), indicator=top.text("indicator"),
        facility=top.text("facility"), denominator=top.text("denominator"), default=top.text("default"),
        within=top.text("within", None), historic=top.text("historic", None),
        basis=top.one_of("basis", BASES, "area"), where=MappingProxyType(top.values("where")),
        note=Label.of(note) if note else None, editions=MappingProxyType(editions), table=name, own=own)
    top.done()
    if rule.default not in editions:
        raise top.wrong("default", f"没有版本 {rule.default}", f"there is no edition {rule.default}")
    if rule.basis != "length" and any(e.serves for e in editions.values()):
        raise top.wrong("edition", "serves 只用于 basis = \"length\"", "serves is for basis = \"length\" only")
    if rule.historic is None and any(t.needs_historic for e in editions.values() for t in e.tiers):
        raise top.wrong("historic", "有一档要历史街区，却没有说是哪种区域", "a tier needs it, and it is missing")
    return rule


def _edition(key: str, table: TomlTable) -> Edition:
    made = Edition(
        key=key, label=Label.of(table.text("label")), standard=table.text("standard"),
        clause=table.text("clause"), source=table.text("source"), confidence=table.one_of("confidence", CONFIDENCE),
        tiers=tuple(_tier(t) for t in table.many("tiers")),
        thresholds=tuple(_threshold(t) for t in table.many("thresholds", [])),
        where=MappingProxyType(table.values("where")), serves=MappingProxyType(table.values("serves")))
    table.done()
    if not made.tiers:
        raise table.wrong("tiers", "为空", "is empty")
    return made


def _tier(table: TomlTable) -> Tier:
    tier = Tier(min_m2=table.number("min_m2", 0.0), max_m2=table.number("max_m2", None),
                radius_m=table.number("radius_m"), needs_historic=table.take("needs_historic", bool, False),
                where=MappingProxyType(table.values("where")))
    table.done()
    if tier.radius_m == 0 or (tier.max_m2 is not None and tier.max_m2 <= tier.min_m2):
        raise table.wrong("", "半径应大于 0，max_m2 应大于 min_m2",
                          "needs a radius above 0 and max_m2 above min_m2")
    return tier


def _threshold(table: TomlTable) -> Threshold:
    ops = [(op, value) for op, key in ((">=", "at_least"), (">", "above"))
           if (value := table.number(key, None)) is not None]
    if len(ops) != 1:
        raise table.wrong("", "应有 at_least 或 above 之一", "needs either at_least or above")
    made = Threshold(Label.of(table.text("label")), *ops[0], table.one_of("confidence", CONFIDENCE), table.text("source"))
    table.done()
    return made


def _plain(where: Where) -> dict[str, list[Any]]:
    return {name: list(values) for name, values in where.items()}


def _wrong(file: str, zh: str, en: str) -> BadDeclaration:
    return BadDeclaration(where=file, why_zh=zh.strip(), why_en=en.strip())
