"""What lies underground: lengths, old pipes, drains by their repair level, and utility tunnels."""

from __future__ import annotations

from registry.db.columns import literal, read
from registry.indicators import staleness
from registry.indicators.measured import TotalOfAssets
from registry.indicators.options import STALENESS, Chosen, Option
from registry.indicators.shares import ShareOfAssets
from registry.indicators.staleness import Judgement
from registry.indicators.tally import BAD, GOOD, METRES, Weight, by_basis
from registry.kinds import AssetClass, Label
from registry.standards import drain
from registry.standards.figure import Standard
from registry.store.counted import TODAY, Condition

OLDER = Option("older_than_years", "敷设超过几年算老旧：没有查到统一的年限，须给出|Years after which a pipe is old: no common limit is known, so it must "
               "be given", least=1)
STANDARD = Standard("CJJ 181-2012", "修复指数 RI 分级", "drain_cjj181_2012.toml")


def _length(cls: AssetClass, options: Chosen) -> Weight:
    return by_basis(cls, "length")


def _is_pipe(cls: AssetClass) -> bool:
    return cls.key == "pipe"


def no_drain(cls: AssetClass, options: Chosen) -> list[Condition]:
    drains = ", ".join(f"'{m}'" for m in drain.MEDIA)
    return [("no_drain", f"coalesce({read(cls.by_key['medium'])}, '') NOT IN ({drains})")]


NO_DRAIN_REASON = {"no_drain": Label("不是排水管道，或介质不明", "Not a drain, or of unknown medium")}
# No cycle of inspecting drains is known: an RI is past its time only where whoever asks says after how many years.
_SEEN = Judgement(staleness.last("coalesce(i.scores ->> 'ri', i.scores ->> 'RI') IS NOT NULL"), "coalesce(a.scores ->> 'ri', a.scores ->> 'RI') IS NOT NULL")
_RI = "CAST(coalesce(a.scores ->> 'ri', a.scores ->> 'RI') AS double precision)"


def level_from(number: int) -> str:
    """The condition that RI is of this repair level (0 for Ⅰ) or a graver one; an upper bound belongs to its level."""
    upper = drain.table().data["repair"]["upper"]
    return f"{_RI} > {float(upper[number - 1])!r}" if number else f"{_RI} IS NOT NULL"


def _of_level(number: int) -> ShareOfAssets:
    level = drain.LEVELS[number]

    def judged(cls: AssetClass, options: Chosen) -> list[Condition]:
        graver: list[Condition] = [(BAD, level_from(number + 1))] if number + 1 < len(drain.LEVELS) else []
        return [*graver, (GOOD, level_from(number)), (BAD, level_from(0))]
    return ShareOfAssets(
        f"drain_level_{level.lower()}_share", f"排水管道修复等级{'ⅠⅡⅢⅣ'[number]}占比|Drains of repair level {level}", method="length_share",
        formula=f"修复指数 RI 为 {level} 级的长度／已评估的长度|length whose RI is of level {level} / length that was assessed",
        standard=STANDARD, needs=_is_pipe, weigh=_length, left_out=no_drain, options=STALENESS, judgement=lambda cls, options: _SEEN,
        reasons=NO_DRAIN_REASON, judged=judged, family=drain.FAMILY,
        needs_data="CCTV 检测得出的 RI（检查记录的 scores.ri）|RI of the pipes by CCTV inspections (scores.ri)")


LEVELS = tuple(_of_level(n) for n in range(len(drain.LEVELS)))
REPAIR = ShareOfAssets(
    "drain_repair_needed_share", "排水管道需修复占比|Drains that need repair", method="length_share", numerator=BAD,
    formula="RI 为 Ⅲ、Ⅳ 级（尽快或立即修复）的长度／已评估的长度|length whose RI is of level III or IV / length that was assessed",
    standard=STANDARD, family=drain.FAMILY, needs=_is_pipe, weigh=_length, left_out=no_drain, reasons=NO_DRAIN_REASON,
    options=STALENESS, judgement=lambda cls, options: _SEEN,
    judged=lambda cls, options: [(BAD, level_from(2)), (GOOD, level_from(0))],
    needs_data="CCTV 检测得出的 RI（检查记录的 scores.ri）|RI of the pipes by CCTV inspections (scores.ri)",
    note=Label("failing 就是需修复的管段，按 RI 排好的清单是 /drains/repairs；没有检测的是未检测，不是Ⅰ级", "failing are the drains to be repaired, /drains/repairs lists them by RI; what was not inspected is not of level I"))
INSPECTED = ShareOfAssets(
    "drain_inspected_share", "排水管道检测率|Drains inspected", method="length_share",
    formula="有 RI 的排水管道长度／排水管道长度|length of drains that have an RI / length of drains", standard=Standard("CJJ 181-2012", "检测与评估"),
    needs=_is_pipe, weigh=_length, left_out=no_drain, reasons=NO_DRAIN_REASON, needs_data="排水管道的介质和长度|medium and length of the drains",
    judged=lambda cls, options: [(GOOD, level_from(0)), (BAD, "true")])

# -- pipes and tunnels ---------------------------------------------------------------------------
PIPE_LENGTH = TotalOfAssets(
    "pipe_length", "管线长度|Length of pipes", method="sum", unit="km", formula="在用管线长度之和|sum of the lengths in service", factor=0.001,
    standard=Standard("-", "台账"), needs=_is_pipe, weigh=_length, needs_data="管线|pipes")


def _laid(cls: AssetClass) -> str:
    return f"coalesce({read(cls.by_key['laid_year'])}, CAST(extract(year FROM a.installed_on) AS bigint))"


def _by_age(cls: AssetClass, options: Chosen) -> list[Condition]:
    """Without a limit nobody can say which pipe is old."""
    limit = options["older_than_years"]
    if limit is None:
        return []
    return [(BAD, f"extract(year FROM {TODAY}) - {_laid(cls)} > {limit!r}"), (GOOD, f"{_laid(cls)} IS NOT NULL")]


OLD_PIPES = ShareOfAssets(
    "old_pipe_share", "老旧管网占比|Share of old pipes", method="age_share", numerator=BAD,
    formula="敷设超过 older_than_years 年的长度／敷设年份已知的长度|length laid more than older_than_years ago / length of which the year is known",
    standard=Standard("-", "没有查到统一的年限"), needs=lambda cls: "laid_year" in cls.by_key, weigh=_length, judged=_by_age, options=(OLDER,),
    needs_data="年限 older_than_years（没有公开的统一年限），以及敷设年份|the limit older_than_years, of which no public table is known, and the years laid")
TUNNEL_LENGTH = TotalOfAssets(
    "utility_tunnel_length", "综合管廊长度|Length of utility tunnels", method="sum", unit="km", factor=0.001,
    formula="运营中的管廊长度之和|sum of the lengths in operation", standard=Standard("GB 50838-2015"), weigh=_length,
    needs=lambda cls: cls.key == "utility_tunnel", needs_data="综合管廊|utility tunnels")


def _admitted(cls: AssetClass, options: Chosen) -> Weight:
    return Weight("length", "a.length_m", METRES, f"a.length_m * {read(cls.by_key['admission_rate_percent'])} / 100")


OCCUPANCY = ShareOfAssets(
    "utility_tunnel_occupancy", "管廊入廊率|Occupancy of utility tunnels", method="weighted_mean",
    formula="Σ（长度×入廊率）／Σ 长度，入廊率已知的管廊|Σ(length × admission rate) / Σ length, of tunnels whose rate is known",
    standard=Standard("-", "没有查到统一的计算办法；各段入廊率按长度加权"), needs=lambda cls: "admission_rate_percent" in cls.by_key, weigh=_admitted,
    judged=lambda cls, options: [(GOOD, f"{read(cls.by_key['admission_rate_percent'])} IS NOT NULL")],
    needs_data="入廊率（admission_rate_percent）|admission rate of each tunnel")
GOOD_GRADES = Option("good_grades", "哪些等级算好，用逗号分开：没有公开的分级，须按单位的办法给出|Grades that count as good, with commas: no public scheme is known, so "
                     "that of the bureau must be said", free=True)


def _by_own_scheme(cls: AssetClass, options: Chosen) -> list[Condition]:
    """Without the bureau's word for good nobody can say which grade is."""
    if options["good_grades"] is None:
        return []
    good = ", ".join(literal(g.strip()) for g in options["good_grades"].split(",") if g.strip())
    return [(GOOD, f"a.grade IN ({good or 'NULL'})"), (BAD, "a.grade IS NOT NULL")]


TUNNEL_GRADES = ShareOfAssets(
    "utility_tunnel_good_rate", "综合管廊良好率|Utility tunnels in good condition", method="graded_share", weigh=_length,
    formula="等级在 good_grades 中的长度／已评级的长度|length whose grade is one of good_grades / length that is graded", options=(GOOD_GRADES, *STALENESS),
    standard=Standard("GB 51354-2019", "结构状况分级没有查到；按单位的分级办法", "utility_tunnel_condition"), family="utility_tunnel_condition",
    needs=lambda cls: cls.key == "utility_tunnel", judged=_by_own_scheme,
    needs_data="管廊的等级（检查表 utility_tunnel_check，注明分级办法）和 good_grades|grades of the tunnels (sheet utility_tunnel_check, which names the scheme) "
               "and good_grades")
TOTAL_LENGTH = TotalOfAssets(
    "total_length", "总长度|Total length", method="sum", unit="km", formula="在用设施的长度之和|sum of the lengths in service", factor=0.001,
    standard=Standard("-", "台账"), needs=lambda cls: "line" in cls.geometry, weigh=_length, needs_data="设施的长度|lengths of the assets")
ASSET_COUNT = TotalOfAssets(
    "asset_count", "设施数量|Number of assets", method="sum", unit="个", formula="在用设施的个数|number of the assets in service", standard=Standard("-", "台账"),
    weigh=lambda cls, options: by_basis(cls, "count"), needs_data="设施|assets",
    note=Label("按类别的计量单位（measure_unit）；窨井病害类型：class=manhole，by=defect", "in the unit of the class (measure_unit); kinds of defects of "
               "manholes: class=manhole, by=defect"))
