"""What each part of a scope means for a row of assets, as SQL: for the queries of the program and for the wall alike."""

from __future__ import annotations

from registry.db.columns import literal, quote

# Part of a scope → the kind of zone that the asset must lie in, by a point on it.
BY_PLACE = {"streets": "street", "grids": "management_grid"}
# Part of a scope → column of the name, and key of the field of the code.
BY_ORGANISATION = {"owners": ("owner", "owner_code"), "keepers": ("keeper", "keeper_code")}
PARTS = ("districts", *BY_PLACE, "classes", *BY_ORGANISATION)


def limit(part: str, values: str, alias: str = "a") -> str:
    """The condition of one part over a row of `asset`. values: SQL of the array of codes or names."""
    if part == "districts":
        return f"{alias}.district = ANY({values})"
    if part == "classes":
        return f"{alias}.class = ANY({values})"
    if part in BY_PLACE:
        return _in_zones(BY_PLACE[part], values, alias)
    column, key = BY_ORGANISATION[part]
    code = f"{alias}.attrs->>{literal(key)}"
    # Only what can be no name counts as a code, or a name in the place of the code would keep what another unit has.
    return f"({alias}.{quote(column)} = ANY({values}) OR ({code} ~ '^[0-9A-Z]{{18}}$' AND {code} = ANY({values})))"


def _in_zones(kind: str, values: str, alias: str) -> str:
    """The row's own place decides, in whatever edition of the zones holds today; without a place it is outside."""
    return (f"EXISTS (SELECT FROM zone z WHERE z.kind = {literal(kind)} AND z.city = {alias}.city "
            f"AND z.code = ANY({values}) AND z.geom && {alias}.geom "
            "AND (z.valid_from IS NULL OR z.valid_from <= current_date) "
            "AND (z.valid_to IS NULL OR z.valid_to > current_date) "
            f"AND ST_Intersects(z.geom, ST_PointOnSurface({alias}.geom)))")
