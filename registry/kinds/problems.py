"""Everything that can be wrong with a row, as a code with one sentence in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.kinds.label import Label


@dataclass(frozen=True)
class Problem:
    """A kind of fault. `refuses` tells an error (the row is refused) from a warning (it is noted)."""

    code: str
    zh: str
    en: str
    refuses: bool = True


PROBLEMS: dict[str, Problem] = {p.code: p for p in (
    Problem("required", "必填而为空", "required but empty"),
    Problem("type", "不是{expected}", "is not {expected}"),
    Problem("range", "超出范围 {low}～{high}", "outside the range {low} to {high}"),
    Problem("length", "超过 {limit} 个字", "longer than {limit} characters"),
    Problem("hidden_signs", "含有看不见的控制字符", "contains control characters that do not show"),
    Problem("pattern", "不符合格式 {pattern}", "does not match {pattern}"),
    Problem("date", "不是可能的日期", "is not a possible date"),
    Problem("timestamp", "不是可能的时间，应写作 2026-03-01T08:00:00Z", "is not a possible time, as 2026-03-01T08:00:00Z is"),
    Problem("check_digit", "18 位代码的校验位不对，不是统一社会信用代码（GB 32100-2015）",
            "the check digit of the 18 characters is wrong: not a unified social credit code (GB 32100-2015)"),
    Problem("future", "日期在今天之后", "the date lies after today"),
    Problem("order", "应不早于{other}", "must not be before {other}"),
    Problem("step", "不能从“{old}”到“{new}”；一次一步，或退回“已派发”",
            "{old} cannot become {new}: one step at a time, or back to assigned"),
    Problem("outcome", "“{old}”的争议不能成为“{new}”", "a claim that is {old} cannot become {new}"),
    Problem("needs", "还需要{other}", "{other} is needed as well"),
    Problem("against_standard", "不合标准或检查表的规定：{why}", "against the standard or the sheet: {why}"),
    Problem("otherwise", "与按标准算得的不同：{why}", "otherwise than computed by the standard: {why}", refuses=False),
    Problem("not_told", "不能得出：{why}", "cannot be told: {why}", refuses=False),
    Problem("computed", "由系统按标准计算，不能填写；表中的得分写在 measurements", "is computed by the standard and not sent; what a sheet states of it goes "
            "into measurements"),
    Problem("not_rated", "这张检查表不评定设施，没有改定等级", "this sheet does not rate the asset: there is no grade to override"),
    Problem("wrong_class", "这张检查表用于 {known}", "this sheet is for {known}"),
    Problem("same_inspection", "与第 {other} 行是同一次检查，那一行有错", "belongs to the same inspection as row {other}, which is wrong"),
    Problem("rows_differ", "同一次检查的各行不一致：第 {other} 行为 {theirs}", "rows of one inspection differ: row {other} says {theirs}"),
    Problem("sheet_form", "这种检查有自己的检查表；用 --inspection {form} 导入", "inspections of this form have a sheet; load them with "
            "--inspection {form}"),
    Problem("not_this_asset", "不属于这个设施", "does not belong to this asset"),
    Problem("unknown_id", "没有这个编号的设施", "no asset has this id"),
    Problem("other_class", "该设施是{other}", "the asset is of the class {other}"),
    Problem("superseded", "已经更正过，只能更正一次", "was corrected already; it can be corrected once"),
    Problem("date_order", "早于 {other}", "is before {other}"),
    Problem("unknown_code", "不在代码表“{codes}”中", "is not in the code list {codes}"),
    Problem("numeric_code", "编码以数字存放，长编码已失真", "the code was stored as a number and lost digits"),
    Problem("duplicate", "与第 {other} 行编码重复", "same code as row {other}"),
    Problem("no_such_asset", "没有这个编码的设施，而表中没有坐标，无法新建",
            "no asset has this code, and without coordinates none can be created"),
    Problem("media", "内容不是 {declared}", "the content is not {declared}"),
    Problem("unknown_asset", "没有这个编码的设施", "no asset has this code"),
    Problem("missing_code", "缺少编码", "the code is missing"),
    Problem("unknown_field", "没有这个字段", "is not a field of this class"),
    Problem("unknown_zone", "本市没有这样编码或名称的区划", "no zone of the city has this code or name"),
    Problem("outside_zone", "{claimed} 不含该设施", "{claimed} does not contain it"),
    Problem("missing_geometry", "缺少 geometry（新增须有图形；要去掉已有的图形请写 null）",
            "geometry is missing (what is new has one; null takes away one that is there)"),
    Problem("not_geojson", "不是 GeoJSON 图形", "is not a GeoJSON geometry"),
    Problem("empty_geometry", "没有图形", "has no geometry"),
    Problem("geometry_type", "图形是 {found}，应为 {expected}", "geometry is {found}, expected {expected}"),
    Problem("invalid_geometry", "图形无效，无法修复，或修复会去掉一半以上：{told_zh}",
            "invalid geometry; cannot be repaired, or more than half of it would go: {told_en}"),
    Problem("outside_city", "在城市范围之外", "outside the city"),
    Problem("bad_coordinates", "坐标不可用", "coordinates cannot be used"),
    Problem("repaired_geometry", "图形已修复：{told_zh}", "geometry repaired: {told_en}", refuses=False),
    Problem("cut_text", "被列宽截断的半个汉字已去掉", "half a character cut by the column width was removed",
            refuses=False),
    Problem("date_precision", "日期只有年或月，记为当期第一天", "date has only year or month; first day taken",
            refuses=False),
    Problem("district_claim", "所填区 {claimed} 不含该设施，按位置定区",
            "the claimed district {claimed} does not contain it; placed by position", refuses=False),
    Problem("kept", "本来源上次就是这样说的，之后有人改过，保留现值",
            "this source said the same before and the asset was changed since; kept as it is", refuses=False),
    Problem("dropped_z", "高程已略去", "elevation dropped", refuses=False),
    Problem("dropped_m", "测量值（M）已略去", "measures (M) dropped", refuses=False),
    Problem("self_crossing", "线与自身相交", "the line crosses itself", refuses=False),
    Problem("spike", "图形有尖刺（折返角不到 1°）", "has a spike (turns back by less than 1°)", refuses=False),
    Problem("rounded", "经纬度只有四位或更少的小数（约 11 米），达不到部件 A、B 级定位精度（±0.5、±1.0 米）",
            "degrees of four decimals or fewer (some 11 m): below accuracy classes A and B (±0.5, ±1.0 m)",
            refuses=False),
    Problem("excel_date", "以 Excel 日期序号存放，已换算", "stored as a serial number of Excel; converted", refuses=False),
    Problem("parked_code", "不在代码表中，按映射记为空", "not in the code list; kept as null by the mapping",
            refuses=False),
    Problem("like_code", "编码与 {other} 只差全角、空格、大小写或字母 O 与数字 0", "the code differs from {other} only by full-width "
            "forms, blanks, case or the letter O for a zero", refuses=False),
    Problem("same_place", "与{other}的图形重合（{metres} m 以内）", "lies on {other} (within {metres} m)", refuses=False),
    Problem("same_place_refused", "与{other}的图形重合（{metres} m 以内），该类别不收重复图形",
            "lies on {other} (within {metres} m); the class takes no shape twice"),
    # Pipe surveys (CJJ 61): what breaks identity or topology is refused, what a surveyor has to look at is noted.
    Problem("survey_number_twice", "点号与{other}重复", "same point number as {other}"),
    Problem("survey_two_kinds", "特征和附属物只能填一个", "has both a feature and a fitting; only one can be"),
    Problem("survey_no_kind", "特征和附属物都没有填", "has neither feature nor fitting"),
    Problem("survey_same_place", "与点 {other} 的平面位置和高程相同", "same place and height as point {other}", refuses=False),
    Problem("survey_moved", "台账里同号的点在 {off} 米以外", "the registry has this number {off} m away", refuses=False),
    Problem("survey_isolated", "没有管线连到这个点", "no line ends at this point", refuses=False),
    Problem("survey_wrong_degree", "{feature}应连 {expected} 条管线，实为 {found} 条",
            "{feature} joins {expected} lines, here {found}", refuses=False),
    Problem("survey_size_differs", "{feature}两侧断面不同：{sizes}", "{feature} between different sizes: {sizes}", refuses=False),
    Problem("survey_material_differs", "{feature}两侧材质不同", "{feature} between different materials", refuses=False),
    Problem("survey_height_differs", "各管线在此点的高程相差 {off} 米", "the lines meet here at heights {off} m apart", refuses=False),
    Problem("survey_end_missing", "点表和台账里都没有点 {end}", "point {end} is neither in the point table nor in the registry"),
    Problem("survey_end_refused", "端点 {end} 没有入库（见点表的拒收原因）", "its point {end} was not loaded (see the rejects of the points)"),
    Problem("survey_loop", "起点和终点是同一点", "starts and ends at the same point"),
    Problem("survey_line_twice", "与{other}是同一管段", "the same line as {other}"),
    Problem("survey_line_reversed", "与{other}是同一管段（起终点对调）", "the same line as {other}, reversed"),
    Problem("survey_height", "地面高程 {ground} ≠ 埋深 {depth} + 管线高程 {elevation}，差 {off} 米",
            "ground {ground} is not depth {depth} + elevation {elevation}: {off} m off", refuses=False),
    Problem("survey_against_flow", "重力管逆坡：顺流向升高 {rise} 米", "gravity line rises {rise} m along the flow", refuses=False),
    Problem("survey_narrows", "顺流管径变小：上游 {above}，此段 {here}", "narrows along the flow: {above} above, {here} here", refuses=False),
    Problem("survey_steep", "坡度 {slope}° 大于 {limit}°", "slope of {slope}° is over {limit}°", refuses=False),
    Problem("survey_long", "长 {length} 米，大于 {limit} 米", "{length} m long, over {limit} m", refuses=False),
    Problem("survey_short", "长 {length} 米，小于 {limit} 米", "{length} m long, under {limit} m", refuses=False),
    Problem("survey_depth", "埋深不在 0～{limit} 米", "depth outside 0 to {limit} m", refuses=False),
    Problem("survey_other_family", "{line}管线连到{point}的点 {end}", "a {line} line ends at point {end} of {point}", refuses=False),
    Problem("survey_needs", "{medium}管线应填此项", "a line of {medium} should say this", refuses=False),
    Problem("survey_crossing", "与{other}在同一高程相交（高差 {off} 米），没有公共点",
            "crosses {other} at the same height ({off} m apart) without a common point", refuses=False),
    Problem("survey_off_point", "画出的端点离点 {end} {off} 米", "its drawn end is {off} m away from point {end}", refuses=False),
)}


def sentence(code: str, lang: str, **facts: object) -> str:
    """The sentence of a problem code with its facts; a fact that is a label is told in the language."""
    problem = PROBLEMS[code]
    told = {k: v.get(lang) if isinstance(v, Label) else v for k, v in facts.items()}
    return (problem.zh if lang == "zh" else problem.en).format(**told)


def line(field: str | None, value: str | None, code: str, facts: dict[str, Any]) -> dict[str, Any]:
    """A problem as answers carry it. `allowed`: the codes of the list that the value is not in."""
    made: dict[str, Any] = {"field": field, "value": value, "code": code, "zh": sentence(code, "zh", **facts),
                            "en": sentence(code, "en", **facts)}
    if "allowed" in facts:
        made["allowed"] = [{"value": c.value, **c.title.as_dict()} for c in facts["allowed"]]
    return made
