"""The coverage rules that the catalogue can answer, and the divisions they may be told by."""

from __future__ import annotations

from collections.abc import Mapping

from registry.catalogue import Catalogue, load
from registry.coverage import facility_filter
from registry.errors import BadDeclaration, BadValue, UnknownIndicator
from registry.kinds import AssetClass, FeatureKind
from registry.standards import service
from registry.standards.service import ServiceRule

DISTRICT = "district"


def rules() -> dict[str, ServiceRule]:
    """Every rule whose facility class is declared, by code; BadDeclaration where one names what nobody declared."""
    declared = load()
    # A class of ours that a bureau's catalogue has not is no fault of anybody's; a bureau's own file is meant as it is.
    there = {code: rule for code, rule in service.load().items() if rule.own or rule.facility in declared.classes}
    for rule in there.values():
        _check(rule, declared)
    return there


def _check(rule: ServiceRule, declared: Catalogue) -> None:
    """BadDeclaration with file, key and value for what the catalogue does not have."""
    if rule.facility not in declared.classes:
        raise _wrong(rule, "facility", rule.facility, declared.classes)
    if rule.basis == "length":
        lines = [c.key for c in declared.classes.values() if "line" in c.geometry]
        if rule.denominator not in lines:
            raise _wrong(rule, "denominator", rule.denominator, lines)
    for key in ("within", "historic", *(("denominator",) if rule.basis != "length" else ())):
        if (kind := getattr(rule, key)) is not None and kind not in declared.zones:
            raise _wrong(rule, key, kind, declared.zones)
    for key, edition in rule.editions.items():
        if edition.serves:
            facility_filter.check(declared.classes[rule.denominator], edition.serves, rule.table, f"edition.{key}.serves")
    for place, where in rule.wheres().items():
        facility_filter.check(declared.classes[rule.facility], where, rule.table, place)


def _wrong(rule: ServiceRule, key: str, value: str, known: Mapping[str, object] | list[str]) -> BadDeclaration:
    names = ", ".join(known)
    return BadDeclaration(where=rule.table, why_zh=f"{key} = {value!r} 没有声明；可用：{names}",
                          why_en=f"{key} = {value!r} is not declared; known: {names}")


def find(rule: str | ServiceRule) -> ServiceRule:
    """The rule of this code; UnknownIndicator names the known ones. A rule itself is checked and given back.

    A rule that names kinds, fields or values which nobody declared raises BadDeclaration.
    """
    if isinstance(rule, str):
        known = rules()
        if rule not in known:
            raise UnknownIndicator(key=f"coverage/{rule}", known=", ".join(f"coverage/{c}" for c in known) or "-")
        return known[rule]
    _check(rule, load())
    return rule


def facility(rule: ServiceRule) -> AssetClass:
    """The class of assets that serve."""
    return load().classes[rule.facility]


def served(rule: ServiceRule) -> FeatureKind:
    """The kind of zone, or the class of lines, that is to be served."""
    return load().kind(rule.denominator)


def kinds(rule: ServiceRule) -> tuple[str, ...]:
    """Every kind that the rule is made of: what may not be seen whole must not be told by it."""
    return tuple(dict.fromkeys(k for k in (rule.facility, rule.denominator, rule.within, rule.historic) if k))


def groupings(rule: ServiceRule) -> tuple[str, ...]:
    """Zone kinds that the rows of a coverage may stand for: all but those that the rule itself is made of."""
    own = {rule.denominator, rule.within, rule.historic}
    return tuple(k for k in load().zones if k not in own)


def check_grouping(rule: ServiceRule, by: str) -> None:
    """BadValue unless rows by this kind of zone can be told."""
    known = groupings(rule)
    if by not in known:
        raise BadValue(name="by", value=by, why_zh=f"可用：{', '.join(known)}", why_en=f"known: {', '.join(known)}")
