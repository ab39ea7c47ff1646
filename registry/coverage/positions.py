"""How well the place of a facility is known, and what of the land hangs on it."""

from __future__ import annotations

from typing import Any

from registry.coverage import straight
from registry.coverage.straight import Run

COARSE_M = 10.0  # from here on an answer says what hangs on it


def at_stake(run: Run) -> dict[str, Any]:
    """What would be served no longer, and what beside, if every place were off by its error: in the unit of the rule."""
    unit = "m" if run.lines else "m2"
    runs = {sign: straight.variant(run, errors=sign) if sign else run for sign in (-1.0, 0.0, 1.0)}
    covered = {sign: straight.covered(run, other)["covered_m2"] for sign, other in runs.items()}
    return {f"uncertain_{unit}": covered[1.0] - covered[-1.0], f"might_lose_{unit}": covered[0.0] - covered[-1.0],
            f"might_gain_{unit}": covered[1.0] - covered[0.0]}
