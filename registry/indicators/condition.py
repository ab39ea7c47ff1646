"""完好率: how much of what the city owns is intact, by the state of each asset."""

from __future__ import annotations

from registry.indicators.options import Chosen
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import BAD, GOOD
from registry.kinds import AssetClass
from registry.standards.figure import Standard
from registry.store.counted import Condition


def _by_state(cls: AssetClass, options: Chosen) -> list[Condition]:
    """丢失 stays in the denominator: a missing cover is the worst state, not an absent asset."""
    return [(GOOD, "a.state = 'intact'"), (BAD, "a.state IN ('damaged', 'missing')")]


# The state model only: the two families of 道路完好率 (damage area, graded share) are indicators of their own,
# since one network yields 98 % by one and 80 % by the other.
INTACT_RATE = ShareOfAssets(
    "intact_rate", "设施完好率（按状态）|Intact rate (by state)", method="state_share",
    formula="完好／（完好＋破损＋丢失），废弃、移除、未投用不计|intact / (intact + damaged + missing); abandoned, removed "
            "and not in service are left out",
    standard=Standard("GB/T 47678.5-2026", "表2 管理部件状态"),
    needs=lambda cls: cls.rating is not None, judged=_by_state, needs_data="状态（state）|state of each asset",
    clause=lambda cls: cls.rating.clause if cls.rating else "")
