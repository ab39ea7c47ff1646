"""Green space: 人均公园绿地 and 绿地率 over an edition of the built-up area."""

from __future__ import annotations

from registry.db.columns import read
from registry.indicators.measured import RatioInZone, of_ratio
from registry.indicators.tally import by_basis
from registry.kinds import Label
from registry.standards.figure import Standard

_AREA = of_ratio(lambda cls, options: by_basis(cls, "area"))
PER_CAPITA = RatioInZone(
    "park_green_per_capita", "人均公园绿地面积|Park green per person", method="area_per_person", unit="m²/人",
    formula="建成区内公园绿地面积／建成区人口|area of parks in the built-up area / its population",
    standard=Standard("建城〔2022〕2号", "人均公园绿地面积；GB 55014-2021 2.1.3 要求大于 8.0 m²/人"), needs=lambda cls: cls.key == "park",
    over="people", needs_data="公园、建成区（某一版）和人口|parks, an edition of the built-up area, and its population",
    note=Label("公园的全部占地，含水面；人口见 people_from", "the whole of a park with its water; whose population: people_from"), **_AREA)
GREEN_RATIO = RatioInZone(
    "green_ratio", "绿地率|Green ratio", method="area_in_zone", formula="建成区内公园和其他绿地面积／建成区面积|area of parks and other green land in "
    "the built-up area / its area", standard=Standard("建城〔2022〕2号", "建成区绿地率"), needs=lambda cls: cls.key in ("park", "green"),
    together=True, factor=100, needs_data="公园、绿地和建成区（某一版）|parks, green land and an edition of the built-up area",
    left_out=lambda cls, options: [("as_park", f"{read(cls.by_key['green_type'])} = 'G1'")] if cls.key == "green" else [],
    note=Label("绿地台账中的公园绿地（G1）不计，公园按公园台账计，以免计两次", "park green (G1) among the green land is left out, since parks count "
               "by their own class"), measure=_AREA["measure"], weigh=_AREA["weigh"],
    reasons={**_AREA["reasons"], "as_park": Label("公园绿地，按公园台账计", "Park green, counted as parks")})
