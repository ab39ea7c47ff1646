"""Roads: 道路完好率 by the share of grades, sweeping by machine, and the density of the network."""

from __future__ import annotations

from registry.db.columns import literal, read
from registry.indicators.measured import WITHIN, RatioInZone, of_ratio
from registry.indicators.options import BASIS, STALENESS, Chosen, Option
from registry.indicators.shares import ShareOfAssets
from registry.indicators.tally import BAD, GOOD, Weight, by_basis
from registry.kinds import AssetClass, Label
from registry.standards import road
from registry.standards.figure import Standard
from registry.store.counted import Condition

GRADES = Option("grades", "哪些等级算完好|Grades that count as intact", ("AB", "ABC"), "AB")
AREA_OR_LENGTH = Option("basis", "按面积还是长度；auto：面积齐全时按面积，否则按长度|By area or length; auto: by area where every road has one, "
                        "else by length", ("auto", "area", "length"), "auto")
PER_DAY = Option("least_per_day", "每日至少几次|Least number of times a day", default=1, least=0.01)


def _is_road(cls: AssetClass) -> bool:
    return cls.key == "road"


def graded(grades: str, scale: tuple[str, ...]) -> list[Condition]:
    """Good: one of these grades; bad: another one of the scale; a grade of no such scale says nothing."""
    good, known = (", ".join(map(literal, names)) for names in (grades, scale))
    return [(GOOD, f"a.grade IN ({good})"), (BAD, f"a.grade IN ({known})"), ("other_scale", "a.grade IS NOT NULL")]


def _by_basis(cls: AssetClass, options: Chosen) -> Weight:
    return by_basis(cls, "area" if options["basis"] == "auto" else options["basis"])


_GRADED = Standard("CJJ 36-2016", "技术状况等级 A、B（另一口径含 C）的道路所占比例", "road_cjj36_2016.toml")
_GRADED_FORMULA = ("等级为 A、B（grades=ABC 时含 C）的面积（或长度、数量）／已评级的面积（或长度、数量）|area (or length, count) of grade A or B "
                   "(with grades=ABC also C) / area (or length, count) that is graded")
_NEEDS_GRADE = "路段的技术状况等级（检查记录，检查周期以内）|grade of each segment by inspections within the cycle"
_MIXED = ("；另一族是 road_damage_rate（破损面积法），同一路网两者可相差二十个百分点，不能互换",
          "; the other family is road_damage_rate (damage area): the two may be twenty points apart on one network")
GRADED = ShareOfAssets(
    "road_graded_rate", "道路完好率（等级占比法）|Roads in good condition (graded share)", method="graded_share", formula=_GRADED_FORMULA,
    standard=_GRADED, family=road.FAMILY, needs=_is_road, options=(BASIS, GRADES, *STALENESS), weigh=_by_basis, needs_data=_NEEDS_GRADE,
    judged=lambda cls, options: graded(options["grades"], road.GRADES),
    note=Label(f"基础见 basis{_MIXED[0]}", f"the basis is told in basis{_MIXED[1]}"))
# A plan that only says 完好率 gets the graded family; the damage-area one is asked for by its own name.
INTACT = ShareOfAssets(
    "road_intact_rate", "道路完好率|Roads in good condition", method="graded_share", formula=_GRADED_FORMULA, standard=_GRADED,
    family=road.FAMILY, needs=_is_road, options=GRADED.options, weigh=_by_basis, needs_data=_NEEDS_GRADE, judged=GRADED.judged,
    note=Label(f"默认按等级占比法（road_graded_rate）{_MIXED[0]}", f"by the graded share (road_graded_rate) unless asked otherwise{_MIXED[1]}"))


# -- sweeping ------------------------------------------------------------------------------------
SWEEPING = ShareOfAssets(
    "mechanised_sweeping_rate", "道路机械化清扫率|Roads swept by machine", method="flag_share",
    formula="机械化清扫的道路面积（或长度）／已知是否机扫的道路面积（或长度）|area (or length) swept by machine / area (or length) of which that is known",
    standard=Standard("-", "各市规划的口径；统计制度以清扫保洁面积计"), needs=lambda cls: "mechanised_sweeping" in cls.by_key,
    options=(AREA_OR_LENGTH,), weigh=_by_basis, needs_data="机械化清扫（mechanised_sweeping）|whether each road is swept by machine",
    judged=lambda cls, options: [(GOOD, read(cls.by_key["mechanised_sweeping"])), (BAD, f"NOT {read(cls.by_key['mechanised_sweeping'])}")])
FREQUENCY = ShareOfAssets(
    "sweeping_frequency_met", "机扫频次达标率|Roads swept often enough", method="threshold_share",
    formula="每日机扫不少于 least_per_day 次的长度／机扫频次已知的长度|length swept at least least_per_day times a day / length of which the "
            "number is known", standard=Standard("-", "各市规划的口径"), needs=lambda cls: "sweeping_per_day" in cls.by_key,
    options=(PER_DAY,), weigh=lambda cls, options: by_basis(cls, "length"), needs_data="机扫频次（sweeping_per_day）|machine sweepings a day",
    judged=lambda cls, options: [(GOOD, f"{read(cls.by_key['sweeping_per_day'])} >= {float(options['least_per_day'])!r}"),
                                 (BAD, f"{read(cls.by_key['sweeping_per_day'])} IS NOT NULL")])

# -- the network ---------------------------------------------------------------------------------
AREA_RATE = RatioInZone(
    "road_area_rate", "道路面积率|Road area rate", method="area_in_zone", formula="区内道路面积／区域面积|area of roads inside / area of the zone",
    standard=Standard("GB/T 51328-2018", "道路用地占比"), needs=_is_road, factor=100, options=WITHIN, needs_data="道路面积和建成区（某一版）|"
    "areas of roads and an edition of the built-up area", **of_ratio(lambda cls, options: by_basis(cls, "area")))
