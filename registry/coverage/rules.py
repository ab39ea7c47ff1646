"""The coverage rules that the catalogue can answer, and the divisions they may be told by."""

from __future__ import annotations

from registry.catalogue import load
from registry.errors import BadDeclaration, BadValue, UnknownIndicator
from registry.kinds import AssetClass
from registry.standards import service
from registry.standards.service import ServiceRule

DISTRICT = "district"


def rules() -> dict[str, ServiceRule]:
    """Every rule whose facility class is declared, by code."""
    return {code: rule for code, rule in service.load().items() if rule.facility in load().classes}


def find(rule: str | ServiceRule) -> ServiceRule:
    """The rule of this code; UnknownIndicator names the known ones. A rule itself is checked and given back.

    A rule that names zones which nobody declared raises BadDeclaration.
    """
    if isinstance(rule, str):
        known = rules()
        if rule not in known:
            raise UnknownIndicator(key=f"coverage/{rule}", known=", ".join(f"coverage/{c}" for c in known) or "-")
        rule = known[rule]
    catalogue = load()
    for kind in filter(None, (rule.denominator, rule.within, rule.historic)):
        if kind not in catalogue.zones:
            raise BadDeclaration(where=rule.table, why_zh=f"没有区域类型 {kind}", why_en=f"there is no zone kind {kind}")
    return rule


def facility(rule: ServiceRule) -> AssetClass:
    """The class of assets that serve."""
    return load().classes[rule.facility]


def groupings(rule: ServiceRule) -> tuple[str, ...]:
    """Zone kinds that the rows of a coverage may stand for: all but those that the rule itself is made of."""
    own = {rule.denominator, rule.within, rule.historic}
    return tuple(k for k in load().zones if k not in own)


def check_grouping(rule: ServiceRule, by: str) -> None:
    """BadValue unless rows by this kind of zone can be told."""
    known = groupings(rule)
    if by not in known:
        raise BadValue(name="by", value=by, why_zh=f"可用：{', '.join(known)}", why_en=f"known: {', '.join(known)}")
