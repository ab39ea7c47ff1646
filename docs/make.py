"""Writes the pages of classes, indicators and rights from the declarations, so that no list is kept twice."""

from __future__ import annotations

import sys
from pathlib import Path

from api import create_app
from api.operations import OPERATIONS
from registry import catalogue, indicators
from registry.kinds import PROBLEMS, AssetClass, FeatureKind, Field, Label
from registry.scope import ROLES, Right, public
from registry.standards import numbers, pipe_survey, service

HERE = Path(__file__).parent
# Neither the pages nor the tests are packages.
sys.path += [str(HERE), str(HERE.parent / "tests" / "conformance")]
HEAD = """# 设施类别与区域 · Classes and zones

由 `python docs/make.py` 从声明生成，请勿手改。Generated from the declarations; do not edit.

每个类别是 `registry/catalogue/` 中的一个声明。各类共有的字段只列一次。
Each class is one declaration in `registry/catalogue/`; fields that all classes share are listed once.
"""


def _type(field: Field) -> str:
    parts = [field.type]
    if field.codes:
        parts = ["代码 code: " + " / ".join(f"`{c.value}` {c.title.zh}" for c in field.codes.codes)]
    if field.unit:
        parts.append(field.unit)
    if field.minimum is not None or field.maximum is not None:
        low = "" if field.minimum is None else f"{field.minimum:g}"
        high = "" if field.maximum is None else f"{field.maximum:g}"
        parts.append(f"{low}～{high}")
    return ", ".join(parts)


def _fields(fields: list[Field]) -> list[str]:
    lines = ["| 字段 field | 中文 | English | 类型 type | 文件中的写法 names in files |", "|---|---|---|---|---|"]
    for f in fields:
        aliases = "、".join(f.aliases).replace("|", "\\|")
        mark = " \\*" if f.required else ""
        lines.append(f"| `{f.key}`{mark} | {f.title.zh} | {f.title.en} | {_type(f)} | {aliases} |")
    return lines


def _kind(kind: FeatureKind, shared: set[Field]) -> list[str]:
    lines = [f"\n## `{kind.key}` {kind.title.zh} · {kind.title.en}\n"]
    facts = ["图形 geometry: " + "/".join(kind.geometry)]
    if isinstance(kind, AssetClass):
        if kind.rating:
            facts.append(f"完好率按 rate by: {kind.rating.basis}")
        if kind.count_by:
            facts.append(f"按 `{kind.count_by}` 计数 counted by")
        if kind.in_service:
            facts.append(f"`{kind.in_service.field}` 为 in {'/'.join(kind.in_service.values)} 时在用 in service")
    if kind.group_by:
        facts.append(f"默认分组 grouped by: `{kind.group_by}`")
    return [*lines, "；".join(facts) + "\n", *_fields([f for f in kind.fields if f not in shared])]


INDICATORS = """# 指标 · Indicators

由 `python docs/make.py` 从声明生成，请勿手改。Generated from the declarations; do not edit.

率和上下限都是百分数 0–100，不四舍五入；面积平方米，长度米。状态未知的不进分母，列在 `unrated`，
`bounds` 是它们全坏或全好时的值；`excluded` 逐条写明不计的原因；分母为零时没有值。
Rates and bounds are percent 0–100, unrounded; what is unknown stands in `unrated`, and `bounds` say what
the rate would be if all of it were bad or good; an empty denominator gives no value.

命令 `registry indicators CODE --class … --by …`；网页 `/indicators/{code}?class=&by=&city=`，
`/indicators/{code}/evidence?set=counted|failing|unrated` 就是那些设施本身，每个都写明怎样计入（`figure_verdict`）、计多少
（`figure_measure`，按 `basis` 的单位；只有一部分好的另有 `figure_part`；在区内的一部分另有整体的 `figure_whole`）、
评定的日期和等级（`figure_judged_on`、`figure_grade`），由它们就能重算这个数。Each asset of the evidence says how it counts and
for how much, what of it is good, and by which grade of which day: the figure can be worked out from them.

`where` 只算一部分设施（`--where road_class=arterial,secondary`；网址里 `where=road_class:arterial,secondary;is_key:true`，
`unknown` 为未填），字段与 `by` 相同；`classes=bridge,tunnel` 几类一起，都按数量计的合成一个数。选项在命令行是
`--option grades=ABC`，在网址里是 `grades=ABC`。`where` limits a figure to some assets by the fields that `by` takes;
several `classes` that go by count make one figure; options are parameters of their own.

没有值时 `reason` 说明为什么、缺什么数据；`unrated_reasons` 说明未评的原因：评定超过检查周期的（`stale`）不默默计入，
`stale=count` 照计。Where there is no value, `reason` says why; grades older than the inspection cycle are unrated
(`stale`) unless `stale=count`.
"""


def indicators_page() -> str:
    """Every indicator, and the tables behind the service-radius rules."""
    lines = [INDICATORS]
    for each in indicators.every():
        title, formula = each.title, Label.of(each.formula)
        lines += [f"\n## `{each.code}` {title.zh} · {title.en}\n", f"- 算法 method: `{each.method}`",
                  f"- {formula.zh}", f"- {formula.en}",
                  f"- 依据 standard: {each.standard.code} {each.standard.clause}".rstrip(),
                  f"- 单位 unit: {each.unit}", f"- 类别 classes: {', '.join(f'`{c.key}`' for c in each.classes()) or '—'}",
                  *_table(each), *_options(each)]
        for name, words in (("需要数据 data needed", each.needs_data), ("说明 note", each.note)):
            if words:
                label = Label.of(words)
                lines.append(f"- {name}: {label.zh}。{label.en}")
    lines += ["\n# 服务半径规则 · Service-radius rules\n",
              "数字在 `registry/standards/tables/` 的表中，每个版本写明来源和把握程度。",
              "The numbers stand in tables, each edition with its source and how sure it is.\n"]
    for rule in service.load().values():
        lines += [f"\n## `{rule.code}` {rule.label.zh} · {rule.label.en}\n",
                  "| 版本 | 标准 | 档（面积下限 → 半径） | 把握 | 来源 |", "|---|---|---|---|---|"]
        for edition in rule.editions.values():
            tiers = "；".join(f"≥ {t.min_m2:g} m² → {t.radius_m:g} m" + ("（历史街区）" if t.needs_historic else "")
                             for t in edition.tiers)
            mark = "（默认 default）" if edition.key == rule.default else ""
            lines.append(f"| `{edition.key}`{mark} | {edition.standard} | {tiers} | {edition.confidence} | "
                         f"{edition.source} |")
    return "\n".join(lines) + "\n"


def _table(each: indicators.Indicator) -> list[str]:
    """The table that an indicator goes by, with how sure it is, or that nobody could obtain it."""
    found = each.table()
    if found is None:
        return []
    if found["table"] is None:
        return [f"- 表 table: `{each.family}`，没有公开来源，由单位提供 no public source, a bureau gives its own"]
    return [f"- 表 table: `{found['table']}`，把握 confidence {found['confidence']}：{found['source']}"]


def _options(each: indicators.Indicator) -> list[str]:
    lines = []
    for option in each.options:
        takes = "、".join(f"`{v}`" for v in option.values) or ("文字 text" if option.free else "数 number")
        default = f"，默认 default `{option.default}`" if option.default is not None else ""
        lines.append(f"- 选项 option `{option.name}`（{takes}{default}）: {option.title.zh}。{option.title.en}")
    return lines


def classes_page() -> str:
    """Every class and zone kind with its fields."""
    found = catalogue.load()
    lines = [HEAD]
    for title, kinds in (("设施 · Assets", list(found.classes.values())), ("区域 · Zones", list(found.zones.values()))):
        shared = {f for f in kinds[0].fields if all(f in k.fields for k in kinds)}
        lines += [f"\n# {title}\n", "共有字段 shared fields:\n", *_fields([f for f in kinds[0].fields if f in shared])]
        for kind in kinds:
            lines += _kind(kind, shared)
    return "\n".join(lines) + "\n"


RIGHTS_HEAD = """# 权限 · Rights

由 `python docs/make.py` 从声明生成，请勿手改；`tests/api/test_matrix.py` 逐格试过。
Generated from the declarations; do not edit. `tests/api/test_matrix.py` tries every cell.

令牌有角色和范围：城市、区、街道、管理网格、类别、权属单位、养护单位。范围之外的设施在任何地址、格式、计数、
瓦片、指标里都不出现；既不能改，也不能移进移出。没有 `figures` 权的人，指标按其范围计算并标明 `partial: true`。
无令牌者（public）能看什么由声明和 `REGISTRY_PUBLIC` 文件决定。

A token has a role and a scope. What lies outside appears at no address, in no format, count, tile or figure; it can
neither be changed nor moved across. Without the right `figures`, figures are of the scope and say `partial: true`.

# 角色 · Roles
"""


def rights_page() -> str:
    """Which role has which right, and which right each operation asks for."""
    create_app()
    lines = [RIGHTS_HEAD, f"| 角色 role | {' | '.join(Right)} |", "|---" * (len(Right) + 1) + "|"]
    for role, rights in {**ROLES, "public": public().rights}.items():
        lines.append(f"| `{role}` | {' | '.join('✓' if r in rights else '' for r in Right)} |")
    lines += ["\n# 操作 · Operations\n", f"| | 要有 right | {' | '.join(ROLES)} | public |", "|---" * (len(ROLES) + 3) + "|"]
    for op in sorted(OPERATIONS.values(), key=lambda o: (o.rule, o.method)):
        may = ["✓" if op.right in rights else "" for rights in (*ROLES.values(), public().rights)]
        lines.append(f"| `{op.method} {op.rule}` {Label.of(op.title).zh} | {op.right} | {' | '.join(may)} |")
    return "\n".join(lines) + "\n"


CHECKS = """# 检查 · Checks

由 `python docs/make.py` 从声明生成，请勿手改。Generated from the declarations; do not edit.

每一行、每一次修改都经过同样的检查。拒收：这一行不写入，进拒收文件；提示：照样写入，报告里有数目和例子。
Every row and every edit passes the same checks. Refused: the row is not written and goes to the reject file; noted:
it is written, and the report has the count and examples.

重复图形按类别的容差（米）判断，声明在类别里。Shapes twice are judged by the tolerance that the class declares (m):
"""


def checks_page() -> str:
    """Every check with its sentences, and the tolerances within which a shape is there twice."""
    kinds = catalogue.load().classes.values()
    apart = "，".join(f"`{k.key}` {f'{k.apart_m:g} ({k.same_place})' if k.apart_m else '—'}" for k in kinds)
    lines = [f"{CHECKS}{apart}\n", "| 代码 code | | 中文 | English |", "|---|---|---|---|"]
    for each in sorted(PROBLEMS.values(), key=lambda p: not p.refuses):
        kind = "拒收 refused" if each.refuses else "提示 noted"
        lines.append(f"| `{each.code}` | {kind} | {each.zh} | {each.en} |")
    return "\n".join(lines) + "\n"


def survey_page() -> str:
    """The rules, limits and names by which pipe surveys are read."""
    survey = pipe_survey.table()
    lines = ["# 管线探测的规则和用词 · Rules and words of pipe surveys", "",
             "由 `python docs/make.py` 从声明生成，请勿手改。Generated from the declarations; do not edit.", "",
             f"{survey.standard}；{survey.source}", "", "# 规则 · Rules", "",
             "| 代码 code | 结果 effect | 中文 | English |", "|---|---|---|---|"]
    lines += [f"| `{p.code}` | {'拒收 refused' if p.refuses else '提示 noted'} | {p.zh} | {p.en} |"
              for p in PROBLEMS.values() if p.code.startswith("survey_")]
    lines += ["", "# 限值 · Limits", "", "| | 值 value | 把握 confidence | 来源 source |", "|---|---|---|---|"]
    lines += [f"| `{name}` | {limit.value:g} | {limit.confidence} | {limit.source} |" for name, limit in survey.limits.items()]
    for codes, what in ((survey.feature_codes, survey.features), (survey.attachment_codes, survey.attachments)):
        lines += ["", f"# {codes.title.zh} · {codes.title.en}", "", "| 代码 code | 中文 | English | 也写作 also written | |", "|---|---|---|---|---|"]
        lines += [f"| `{c.value}` | {c.title.zh} | {c.title.en} | {'、'.join(c.aliases)} | {_meaning(what[c.value])} |" for c in codes.codes]
    return "\n".join(lines) + "\n"


def _meaning(said: pipe_survey.Feature | pipe_survey.Attachment) -> str:
    if isinstance(said, pipe_survey.Feature):
        return f"{'/'.join(map(str, said.lines))} 条 lines" if said.lines else ""
    return "`manhole`" if said.manhole else "`pipe_node`"


TABLES = """# 标准数值表 · Tables of numbers

由 `python docs/make.py` 从 `registry/standards/tables/` 生成，请勿手改。Generated from the tables; do not edit.

代码里没有标准的数字：都在表中，写明出处和把握。每个数的回答写明用了哪张表（`standard.table`、`table`，检查里是 `tables` 和 `table_edition`，
带文件的 SHA-256）。几个版本并列，`edition` 或检查的 `table_edition` 选用。单位有标准原文的，把自己的 TOML 放进 `REGISTRY_TABLES` 所指的
文件夹：同名同版本的替换自带的，回答里注明 `own`；新的版本或没有的表直接生效。写法同自带的文件。
No number of a standard stands in the code: they are in tables with their source and how sure it is, and every answer names the one it
used. Editions stand side by side. A bureau's own files in the folder of `REGISTRY_TABLES` replace ours of the same name and edition, and
answers say so (`own`); other editions, and tables that we lack, count at once.

| 表 table | 版本 edition | 标准 standard | 把握 confidence | 来源 source |
|---|---|---|---|---|
"""
ABSENT = """
# 没有的表 · Tables that are absent

没有公开来源，不编造：用到它的回答说明缺哪张表。单位照“写法”给出自己的表，就立即算出。
They stand in no public source and are made up nowhere: an answer that needs one names it. With a bureau's own file, in the form that
stands here, it is computed at once.

| 表 table | 标准 standard | 内容，为什么没有 what it holds, and why there is none | 写法 form |
|---|---|---|---|
"""


def tables_page() -> str:
    """The tables that there are, and those that are absent with the reason."""
    def row(*cells: str) -> str:
        return "| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |"

    rules = [row(f"`{rule.code}` {rule.label.zh} {rule.label.en}", e.key, e.standard, e.confidence, e.source)
             for rule in service.load().values() for e in rule.editions.values()]
    known = [row(f"`{t.family}` {t.label.zh} {t.label.en}", t.edition, t.standard, t.confidence, t.source) for t in numbers.every()]
    lacking = [row(f"`{a.family}` {a.label.zh} {a.label.en}", a.standard, f"{a.holds.zh}。{a.holds.en}", f"`{a.form}`")
               for a in numbers.absent().values()]
    return TABLES + "\n".join([*known, *rules]) + "\n" + ABSENT + "\n".join(lacking) + "\n"


GOLDEN = """# 黄金值 · Golden values

由 `python docs/make.py` 算出，请勿手改：应得的值写在 `docs/golden.py`，算得的值由本登记簿的函数给出，测试逐项核对。
Computed by `python docs/make.py`; do not edit. What is expected stands in `docs/golden.py`, what is computed comes from our functions, and a
test holds each. 服务半径的黄金值（要用到 PostGIS）在 `tests/coverage/` 中：缓冲区面积、45.333／55.333／66.667 %、并集。

| 标准 standard | 内容 what | 应得 expected | 算得 computed | |
|---|---|---|---|---|
"""


def golden_page() -> str:
    """Every golden value beside what our functions make of it."""
    import golden

    def shown(value: object) -> str:
        if isinstance(value, tuple):
            return "，".join(map(shown, value))
        return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else "—" if value is None else str(value)

    return GOLDEN + "\n".join(f"| {g.standard} | {g.what} | {shown(g.expected)} | {shown(g.value)} | {'✓' if g.holds else '✗'} |"
                             for g in golden.every()) + "\n"


def conformance_page() -> str:
    """Every requirement of the standards, and the tests that prove it."""
    from conformance_page import conformance_page as page

    return page()


PAGES = {"classes.md": classes_page, "indicators.md": indicators_page, "rights.md": rights_page, "checks.md": checks_page,
         "pipe-survey-rules.md": survey_page, "tables.md": tables_page, "golden.md": golden_page, "conformance.md": conformance_page}

if __name__ == "__main__":
    for name, write in PAGES.items():
        (HERE / name).write_text(write(), encoding="utf-8")
