"""Who serves and who does not, with the reason: what a coverage says of its facilities."""

from __future__ import annotations

from typing import Any

from registry.coverage import positions, straight
from registry.coverage.facility_filter import ERRORS_M, LEAVABLE
from registry.coverage.straight import Run
from registry.kinds import Label
from registry.store import counted

REASONS = {**counted.REASONS, **{name: label for name, (_, _, label) in LEAVABLE.items()},
           "too_small": Label("规模不够任何一档", "Below every tier"),
           "filtered": Label("不是规则所指的", "Not what the rule means"),
           "no_radius": Label("没有适用的半径（如未填收集方式）", "No radius fits (its collection mode, say, is not told)")}


def facilities(run: Run) -> dict[str, Any]:
    """Who serves by tier, and who does not with the reason; a facility is all rows of one code."""
    found = run.by_tier()
    by_tier = {int(key): (count, area) for kind, key, count, area in found if kind == "tier" and key is not None}
    left = [("too_small" if kind == "tier" else key, count, area) for kind, key, count, area in found
            if kind == "reason" or (kind == "tier" and key is None)]
    tiers = [{**tier.as_dict(), "count": by_tier.get(n, (0, 0))[0], "area_m2": by_tier.get(n, (0, 0.0))[1]}
             for n, tier in enumerate(run.edition.tiers)]
    return {"eligible": sum(c for c, _ in by_tier.values()), "rows": next(c for k, _, c, _ in found if k == "rows"),
            "by_tier": tiers,
            "excluded": [{"reason": r, "count": count, "measure": area, "title": REASONS[r].as_dict()} for r, count, area in left],
            "without": list(run.without),
            "area": {"zh": f"按合并后的图形在 EPSG:{run.city.srid} 中的面积定档，填报面积不用；下限含等于，"
                           "容差为周长×0.1 毫米（坐标存储精度）",
                     "en": f"tiers go by the area of the united geometry in EPSG:{run.city.srid}, not by the "
                           "surveyed one; bounds are inclusive within perimeter × 0.1 mm, the precision of stored "
                           "coordinates"}}


def places(run: Run) -> dict[str, Any]:
    """How well the places are known, what hangs on it, and how many serve from beyond the border."""
    limited = straight.bounded(run)
    found = run.run("coverage_positions", "facility", "within", "land", bounded=limited).all()
    names = {error: name for name, error in ERRORS_M.items()}
    told: dict[str, Any] = {"by_class": {names.get(r.error_m, "unknown"): r.count for r in found},
                            "radius_within_10_errors": sum(r.coarse for r in found)}
    if any(r.error_m and r.error_m >= positions.COARSE_M for r in found):
        told |= positions.at_stake(run)
    return {"outside_scope_used": sum(r.outside for r in found) if limited else None, "positions": told}
