"""Sums over what is served and what is not: of the whole, and of each division."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from registry.coverage import overlay
from registry.coverage.land import Cover, Land


def total(land: Land, cover: Cover, dimension: int) -> dict[str, Any]:
    """All land; people are the areal share, None where none is known."""
    return {"parcels": len(land.ids), **_summed(land.size, cover.size, land.people),
            "gap_m2": float(overlay.measure(cover.gaps, dimension).sum()),
            "peopled_m2": float(land.size[~np.isnan(land.people)].sum())}


def slivers(cover: Cover, dimension: int, least: float) -> dict[str, Any]:
    """Blind spots, and the slivers too small to be one: rounding where edges nearly meet, not land."""
    size = overlay.measure(shapely.get_parts(cover.gaps[~shapely.is_missing(cover.gaps)]), dimension)
    small = size < least
    return {"gaps": int((~small).sum()), "slivers": int(small.sum()), "sliver_m2": float(size[small].sum())}


def divided(land: Land, cover: Cover, codes: np.ndarray, tiles: np.ndarray, dimension: int) -> list[dict[str, Any]]:
    """A row for each division that land meets; codes: of each of its tiles."""
    of, tile, size, served = overlay.divide(land.shapes, land.size, cover.size, cover.gaps, tiles, dimension)
    each, which = np.unique(codes[tile], return_inverse=True)
    rows = [np.flatnonzero(which == n) for n in range(len(each))]
    return [{"code": str(code), **_summed(size[some], served[some], land.people[of[some]])} for code, some in zip(each, rows, strict=True)]


def _summed(size: np.ndarray, served: np.ndarray, people: np.ndarray) -> dict[str, Any]:
    known = ~np.isnan(people)
    souls = known.any()
    return {"area_m2": float(size.sum()), "covered_m2": float(served.sum()),
            "people": float((people[known] * size[known]).sum()) if souls else None,
            "people_covered": float((people[known] * served[known]).sum()) if souls else None}
