"""What offices write beside the geometry: states, owners, dates and codes in believable shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import shapely

from sample_gis.names import DISTRICTS, office
from sample_gis.zones import Zones

STATES = ("完好", "破损", "丢失", "废弃", "移除", "未知")
CLASS_SHARES = {"快速路": (.99, .99), "主干路": (.981, .985), "次干路": (.96, .98), "支路": (.955, .91), "街巷": (.95, .90)}
LIT_UNKNOWN, LIT_NOT_DUE = 0.02, 0.005


class Attributes:
    """Draws values; every method takes the number of rows it is to fill."""

    def __init__(self, rng: np.random.Generator, zones: Zones) -> None:
        self.rng, self.zones = rng, zones
        self.districts = zones.district_frame().geometry.to_numpy()
        self.grids = list(zones.grids)
        self.grid_tree = shapely.STRtree(zones.grid_frame().geometry.to_numpy())
        self.numbers: dict[str, int] = defaultdict(int)

    def states(self, n: int, intact: float | np.ndarray = 0.955) -> list[str]:
        """完好 with the given share of what is in service; a few abandoned, removed or not surveyed."""
        share = np.broadcast_to(np.asarray(intact, float), n)
        draw, bad, away = self.rng.random((3, n))
        inside = np.where(draw < share, "完好", np.where(bad < 0.8, "破损", "丢失"))
        return np.where(away < 0.008, "废弃", np.where(away < 0.013, "移除", np.where(away < 0.028, "未知", inside))
                        ).tolist()

    def fixed_states(self, n: int, intact: float | np.ndarray = 0.96) -> list[str]:
        """States of what can hardly be stolen, such as a bridge."""
        return ["破损" if s == "丢失" else "废弃" if s == "移除" else s for s in self.states(n, intact)]

    def pick(self, n: int, values: Sequence, weights: Sequence[float] | None = None) -> list:
        p = None if weights is None else np.asarray(weights, float) / np.sum(weights)
        return [values[k] for k in self.rng.choice(len(values), n, p=p)]

    def holes(self, values: Iterable, share: float) -> list:
        """The values with some left empty, as in every ledger."""
        values = list(values)
        return [None if gap else v for v, gap in zip(values, self.rng.random(len(values)) < share, strict=True)]

    def years(self, n: int, first: int = 1985, last: int = 2025) -> np.ndarray:
        """More new than old: a town that grew."""
        return first + np.floor((last - first + 1) * self.rng.random(n) ** 0.6).astype(int)

    def dates(self, n: int, style: str = "{:04d}{:02d}{:02d}", first: int = 1985, last: int = 2025,
              missing: float = 0.04) -> list[str | None]:
        months, days = self.rng.integers(1, 13, n), self.rng.integers(1, 29, n)
        text = [style.format(*map(int, ymd)) for ymd in zip(self.years(n, first, last), months, days, strict=True)]
        return self.holes(text, missing)

    def ownership(self, n: int) -> list[str | None]:
        return self.holes(self.pick(n, ("已确权", "确权中", "未确权", "有争议"), (82, 9, 7, 2)), 0.03)

    def kinds_of_owner(self, n: int) -> list[str]:
        return self.pick(n, ("国有产权", "专业管理", "社会管理", "社会产权"), (60, 28, 7, 5))

    def lit(self, road_class: Sequence[str]) -> list[str]:
        share = np.array([CLASS_SHARES[c][0] for c in road_class])
        a, b = self.rng.random((2, len(share)))
        return np.where(b < LIT_UNKNOWN, "未查", np.where(b < LIT_UNKNOWN + LIT_NOT_DUE, "不应亮",
                        np.where(a < share, "亮", "不亮"))).tolist()

    def district(self, shapes: Sequence) -> np.ndarray:
        """Number of the district each shape's inner point lies in; outside all: the first."""
        tree = shapely.STRtree(self.districts)
        at, zone = tree.query(shapely.point_on_surface(np.asarray(shapes, object)), predicate="intersects")
        result = np.full(len(shapes), len(DISTRICTS))
        np.minimum.at(result, at, zone)
        return np.where(result == len(DISTRICTS), 0, result)

    def grid(self, shapes: Sequence) -> list[str | None]:
        """The 15 digits of the unit grid of each point; nothing outside the mapped middle of the town."""
        result: list[str | None] = [None] * len(shapes)
        for at, cell in zip(*self.grid_tree.query(np.asarray(shapes, object), predicate="within"), strict=True):
            result[at] = self.grids[cell]
        return result

    def part_codes(self, districts: np.ndarray, kinds: Sequence[str]) -> list[str]:
        """16 digits: division 6, part 2 + 2, serial 6 within both (GB/T 30428.2-2013)."""
        result = []
        for d, kind in zip(districts, kinds, strict=True):
            head = DISTRICTS[d][0] + kind
            self.numbers[head] += 1
            result.append(f"{head}{self.numbers[head]:06d}")
        return result

    def owners(self, districts: np.ndarray, kind: str | Sequence[str], missing: float = 0.03) -> list[str | None]:
        """The city's office owns; some rows do not say."""
        kinds = [kind] * len(districts) if isinstance(kind, str) else kind
        return self.holes([office(k) for k in kinds], missing)

    def keepers(self, districts: np.ndarray, kind: str | Sequence[str]) -> list[str | None]:
        """The district's office keeps."""
        kinds = [kind] * len(districts) if isinstance(kind, str) else kind
        return self.holes([office(k, DISTRICTS[d][1]) for d, k in zip(districts, kinds, strict=True)], 0.02)
