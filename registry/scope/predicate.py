"""The one predicate: which rows of a class a principal may see and touch."""

from __future__ import annotations

from registry.db.columns import read
from registry.db.fragments import Fragment, every
from registry.db.limits import PARTS, limit
from registry.kinds import AssetClass, FeatureKind
from registry.scope.principal import Principal, Scope

NOTHING = Fragment("false")


def visible(principal: Principal, kind: FeatureKind) -> bool:
    """Whether anything of this kind may be seen at all: else it is as if it were not there."""
    if not principal.mask(kind.key).read:
        return False
    return kind.table != "asset" or not principal.scope.classes or kind.key in principal.scope.classes


def predicate(principal: Principal, kind: FeatureKind, alias: str = "a") -> Fragment:
    """The condition over a row of `asset` or `zone` under this alias.

    Zones are the map that everything is told by: the city and the masks limit them, the areas of a scope do not.
    """
    if not visible(principal, kind):
        return NOTHING
    parts = open_values(principal, kind, alias)
    if principal.scope.city is not None:
        parts.append(Fragment(f"{alias}.city = «scope_city»", {"scope_city": principal.scope.city}))
    if isinstance(kind, AssetClass):
        parts += within(principal.scope, alias)
    return every(parts)


def open_values(principal: Principal, kind: FeatureKind, alias: str) -> list[Fragment]:
    """The conditions that a row carries none of the values that the mask hides."""
    return [_hidden(kind, field, values, alias) for field, values in principal.mask(kind.key).values.items()]


def within(scope: Scope, alias: str) -> list[Fragment]:
    """The conditions of a scope over a row of assets, whatever its class."""
    return [Fragment(limit(part, f"CAST(«scope_{part}» AS text[])", alias), {f"scope_{part}": list(getattr(scope, part))})
            for part in PARTS if getattr(scope, part)]


def _hidden(kind: FeatureKind, field: str, values: tuple[str, ...], alias: str) -> Fragment:
    """Rows whose code is none of these; the empty text among them stands for rows without a code."""
    name = f"hidden_{kind.key}_{field}".lower()
    value = f"coalesce({read(kind.by_key[field], alias)}, '')"
    return Fragment(f"{value} <> ALL(CAST(«{name}» AS text[]))", {name: list(values)})
