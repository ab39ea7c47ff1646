"""Service-radius rules: which facility of which size serves how far, by edition, read from the tables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registry.errors import BadDeclaration, BadValue
from registry.kinds.label import Label

TABLES = Path(__file__).parent / "tables"
CONFIDENCE = ("found", "high", "med", "low")
_REQUIRED = object()


@dataclass(frozen=True)
class Tier:
    """Facilities of at least `min_m2` (inclusive) and less than `max_m2` serve `radius_m` metres.

    needs_historic: only where the facility touches a historic district.
    """

    min_m2: float
    radius_m: float
    max_m2: float | None = None
    needs_historic: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"min_m2": self.min_m2, "max_m2": self.max_m2, "radius_m": self.radius_m,
                "needs_historic": self.needs_historic}


@dataclass(frozen=True)
class Threshold:
    """A percentage that a standard demands; `op` is `>=` or `>`."""

    label: Label
    op: str
    value: float
    confidence: str
    source: str

    def as_dict(self) -> dict[str, Any]:
        return {"title": self.label.as_dict(), "op": self.op, "value": self.value,
                "confidence": self.confidence, "source": self.source}


@dataclass(frozen=True)
class Edition:
    """One edition of a rule: its tiers and thresholds, where they stand, and how sure we are of them."""

    key: str
    label: Label
    standard: str
    clause: str
    source: str
    confidence: str
    tiers: tuple[Tier, ...]
    thresholds: tuple[Threshold, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "title": self.label.as_dict(), "standard": self.standard,
                "clause": self.clause, "source": self.source, "confidence": self.confidence,
                "tiers": [t.as_dict() for t in self.tiers],
                "thresholds": [t.as_dict() for t in self.thresholds]}


@dataclass(frozen=True)
class ServiceRule:
    """A coverage rule: the asset class that serves, the zones served, and the editions of the radii.

    facility: class key. denominator: zone kind of the land to be served. within: zone kind that
    bounds it, or None. historic: zone kind that the tiers' `needs_historic` means, or None.
    indicator: code of the rule as an indicator. table: file name of the table.
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

    def edition(self, key: str | None) -> Edition:
        """The edition of this key, the default for None; BadValue names the known ones."""
        found = self.editions.get(self.default if key is None else key)
        if found is None:
            known = ", ".join(self.editions)
            raise BadValue(name="edition", value=key, why_zh=f"可用：{known}", why_en=f"known: {known}")
        return found


@lru_cache(maxsize=1)
def load() -> Mapping[str, ServiceRule]:
    """Every rule by its code: each `*_service.toml` among the tables is one."""
    rules: dict[str, ServiceRule] = {}
    for file in sorted(TABLES.glob("*_service.toml")):
        rule = read(file.read_text(encoding="utf-8"), file.name)
        if rule.code in rules:
            raise _wrong(file.name, f"规则 {rule.code} 已在 {rules[rule.code].table} 中",
                         f"rule {rule.code} is already in {rules[rule.code].table}")
        rules[rule.code] = rule
    return MappingProxyType(rules)


def read(text: str, name: str) -> ServiceRule:
    """The rule of a table's text; BadDeclaration says what is wrong where in it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(name, f"不是 TOML：{error}", f"not TOML: {error}") from None
    top = _Table(data, name, "")
    editions = {key: _edition(key, _Table(top.of(each, f"edition.{key}"), name, f"edition.{key}"))
                for key, each in top.take("edition", dict).items()}
    rule = ServiceRule(
        code=top.text("code"), label=Label.of(top.text("label")), indicator=top.text("indicator"),
        facility=top.text("facility"), denominator=top.text("denominator"), default=top.text("default"),
        within=top.text("within", None), historic=top.text("historic", None),
        editions=MappingProxyType(editions), table=name)
    top.done()
    if rule.default not in editions:
        raise top.wrong("default", f"没有版本 {rule.default}", f"there is no edition {rule.default}")
    if rule.historic is None and any(t.needs_historic for e in editions.values() for t in e.tiers):
        raise top.wrong("historic", "有一档要历史街区，却没有说是哪种区域", "a tier needs it, and it is missing")
    return rule


class _Table:
    """A TOML table that is emptied as it is read, so that what nobody reads is found."""

    def __init__(self, data: dict[str, Any], file: str, path: str) -> None:
        self.data, self.file, self.path = dict(data), file, path

    def of(self, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(self.file, f"{path} 应为表", f"{path} must be a table")
        return value

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = _REQUIRED) -> Any:
        if key not in self.data:
            if default is _REQUIRED:
                raise self.wrong(key, "缺少", "is missing")
            return default
        value = self.data.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, f"的值 {value!r} 类型不对", f"has a value of the wrong type: {value!r}")
        return value

    def text(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self.take(key, str, default)
        if value is not None and not value.strip():
            raise self.wrong(key, "为空", "is empty")
        return value

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        value = self.take(key, (int, float), default)
        if value is not None and not 0 <= value < float("inf"):
            raise self.wrong(key, f"的值 {value} 不能为负", f"must not be negative: {value}")
        return None if value is None else float(value)

    def confidence(self) -> str:
        value = self.text("confidence")
        if value not in CONFIDENCE:
            raise self.wrong("confidence", f"应为 {', '.join(CONFIDENCE)} 之一",
                             f"must be one of {', '.join(CONFIDENCE)}")
        return value

    def many(self, key: str, default: Any = _REQUIRED) -> list[_Table]:
        return [_Table(self.of(each, f"{self.path}.{key}[{n}]"), self.file, f"{self.path}.{key}[{n}]")
                for n, each in enumerate(self.take(key, list, default))]

    def done(self) -> None:
        if self.data:
            raise self.wrong(", ".join(self.data), "不认识", "is not known here")

    def wrong(self, key: str, zh: str, en: str) -> BadDeclaration:
        place = ".".join(p for p in (self.path, key) if p)
        return _wrong(self.file, f"{place} {zh}", f"{place} {en}")


def _edition(key: str, table: _Table) -> Edition:
    made = Edition(
        key=key, label=Label.of(table.text("label")), standard=table.text("standard"),
        clause=table.text("clause"), source=table.text("source"), confidence=table.confidence(),
        tiers=tuple(_tier(t) for t in table.many("tiers")),
        thresholds=tuple(_threshold(t) for t in table.many("thresholds", [])))
    table.done()
    if not made.tiers:
        raise table.wrong("tiers", "为空", "is empty")
    return made


def _tier(table: _Table) -> Tier:
    tier = Tier(min_m2=table.number("min_m2"), max_m2=table.number("max_m2", None),
                radius_m=table.number("radius_m"), needs_historic=table.take("needs_historic", bool, False))
    table.done()
    if tier.radius_m == 0 or (tier.max_m2 is not None and tier.max_m2 <= tier.min_m2):
        raise table.wrong("", "半径应大于 0，max_m2 应大于 min_m2",
                          "needs a radius above 0 and max_m2 above min_m2")
    return tier


def _threshold(table: _Table) -> Threshold:
    ops = [(op, value) for op, key in ((">=", "at_least"), (">", "above"))
           if (value := table.number(key, None)) is not None]
    if len(ops) != 1:
        raise table.wrong("", "应有 at_least 或 above 之一", "needs either at_least or above")
    made = Threshold(Label.of(table.text("label")), *ops[0], table.confidence(), table.text("source"))
    table.done()
    return made


def _wrong(file: str, zh: str, en: str) -> BadDeclaration:
    return BadDeclaration(where=file, why_zh=zh.strip(), why_en=en.strip())
