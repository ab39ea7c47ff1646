"""The one predicate: which rows of a class a principal may see and touch."""

from __future__ import annotations

from registry.db.columns import literal, quote, read
from registry.db.fragments import Fragment, every
from registry.kinds import AssetClass, FeatureKind
from registry.scope.principal import Principal, Scope

NOTHING = Fragment("false")
# Part of a scope → the kind of zone that the asset must lie in, by a point on it.
BY_PLACE = {"streets": "street", "grids": "management_grid"}
# Part of a scope → column of the name, and key of the field of the code.
BY_ORGANISATION = {"owners": ("owner", "owner_code"), "keepers": ("keeper", "keeper_code")}


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
    parts = [_hidden(kind, field, values, alias) for field, values in principal.mask(kind.key).values.items()]
    if principal.scope.city is not None:
        parts.append(Fragment(f"{alias}.city = «scope_city»", {"scope_city": principal.scope.city}))
    if isinstance(kind, AssetClass):
        parts += within(principal.scope, alias)
    return every(parts)


def within(scope: Scope, alias: str) -> list[Fragment]:
    """The conditions of a scope over a row of assets, whatever its class."""
    parts = []
    if scope.districts:
        parts.append(Fragment(f"{alias}.district = ANY(CAST(«scope_districts» AS text[]))",
                              {"scope_districts": list(scope.districts)}))
    for name, kind in BY_PLACE.items():
        if codes := getattr(scope, name):
            parts.append(_in_zones(name, kind, codes, alias))
    for name, (column, key) in BY_ORGANISATION.items():
        if known := getattr(scope, name):
            parts.append(Fragment(f"({alias}.{quote(column)} = ANY(CAST(«scope_{name}» AS text[])) OR "
                                  f"{alias}.attrs->>{literal(key)} = ANY(CAST(«scope_{name}» AS text[])))",
                                  {f"scope_{name}": list(known)}))
    return parts


def _in_zones(name: str, kind: str, codes: tuple[str, ...], alias: str) -> Fragment:
    """The row's own place decides, in whatever edition of the zones holds today; without a place it is outside."""
    return Fragment(
        f"EXISTS (SELECT FROM zone z WHERE z.kind = {literal(kind)} AND z.city = {alias}.city "
        f"AND z.code = ANY(CAST(«scope_{name}» AS text[])) AND z.geom && {alias}.geom "
        "AND (z.valid_from IS NULL OR z.valid_from <= current_date) "
        "AND (z.valid_to IS NULL OR z.valid_to > current_date) "
        f"AND ST_Intersects(z.geom, ST_PointOnSurface({alias}.geom)))", {f"scope_{name}": list(codes)})


def _hidden(kind: FeatureKind, field: str, values: tuple[str, ...], alias: str) -> Fragment:
    """Rows whose code is none of these; the empty text among them stands for rows without a code."""
    name = f"hidden_{kind.key}_{field}".lower()
    value = f"coalesce({read(kind.by_key[field], alias)}, '')"
    return Fragment(f"{value} <> ALL(CAST(«{name}» AS text[]))", {name: list(values)})
