"""Works (实事) and observations (entered figures): the fields of both, for files, requests and schemas alike."""

from __future__ import annotations

from typing import Any

from registry.kinds.codes import Code, CodeList
from registry.kinds.fields import Field

WORK_KIND = CodeList("work_kind", "实事类型|Kind of work", (
    Code("build", "新建|Build", aliases=("建设", "新增", "建成", "扩建")),
    Code("rebuild", "改建|Rebuild", aliases=("重建", "改扩建", "迁建")),
    Code("strengthen", "加固|Strengthen", aliases=("维修加固", "加固改造")),
    Code("renovate", "改造|Renovate", aliases=("提升", "改造提升", "提升改造", "提质改造", "更新改造")),
    Code("repair", "维修|Repair", aliases=("维护", "修缮", "大修", "中修", "养护维修")),
), source="绍兴、河西、张家口规划：新建、改建、加固、改造/提升、维修")
WORK_STATUS = CodeList("work_status", "实施状态|Status of a work", (
    Code("planned", "计划|Planned", "#8a8a8a", ("未开工", "拟建", "待实施")),
    Code("under_way", "在建|Under way", "#e0a100", ("建设中", "实施中", "进行中", "已开工", "施工中")),
    Code("done", "完成|Done", "#2e9e5b", ("已完成", "完工", "竣工", "建成")),
))
FIRST_YEAR, LAST_YEAR = 1900, 2200


class Year(Field):
    """A year, written as 2024 or as 2024年（度）."""

    def parse(self, raw: Any) -> tuple[Any, str | None]:
        """The year as a whole number."""
        return super().parse(raw.strip().removesuffix("度").removesuffix("年") if isinstance(raw, str) else raw)


_KEY = r"[a-z][a-z0-9_]*"

WORK: tuple[Field, ...] = (
    Field("kind", "类型|Kind", "code", codes=WORK_KIND, column="kind", required=True, aliases=("实事类型", "建设性质", "工程类型")),
    # The store knows the classes there are, and takes their titles as well.
    Field("class", "类别|Class", column="class", max_length=64, aliases=("设施类别", "设施种类", "对象")),
    Field("asset_id", "设施编号|Id of the asset", "integer", column="asset_id", minimum=1),
    Field("asset_code", "设施编码|Code of the asset", max_length=64, aliases=("部件标识码", "部件编码", "设施标识码")),
    Field("district", "所属区|District", column="district", zone="district", max_length=64, aliases=("区", "区县", "行政区", "所在区", "辖区")),
    Field("zone_kind", "区划种类|Kind of zone", column="zone_kind", max_length=64),
    Field("zone_code", "区划编码|Code of the zone", column="zone_code", max_length=64),
    Field("title", "事项|Title", column="title", required=True, max_length=300,
          aliases=("项目名称", "实事名称", "工程名称", "任务", "工作内容", "名称")),
    Field("quantity", "数量|Quantity", "number", column="quantity", required=True, minimum=0, maximum=1e12, aliases=("工程量", "规模")),
    Field("unit", "单位|Unit", column="unit", required=True, max_length=20, aliases=("计量单位", "数量单位")),
    Year("year", "年度|Year", "integer", column="year", required=True, minimum=FIRST_YEAR, maximum=LAST_YEAR, aliases=("年份", "年")),
    Field("status", "状态|Status", "code", codes=WORK_STATUS, column="status", required=True, aliases=("进度", "实施状态", "完成情况")),
    Field("done_on", "完成日期|Done on", "date", column="done_on", aliases=("完工日期", "竣工日期", "完成时间")),
    Field("investment_cny", "投资（元）|Investment (CNY)", "number", column="investment_cny", unit="元", minimum=0, maximum=1e14),
    Field("source", "来源文件|Document", column="document", max_length=300, aliases=("来源", "依据", "文件依据")),
    Field("note", "备注|Note", column="note", max_length=1000, aliases=("说明", "BZ", "remark")),
)
OBSERVATION: tuple[Field, ...] = (
    Field("code", "指标代码|Code of the figure", column="code", required=True, max_length=64, pattern=_KEY,
          aliases=("指标", "指标名称", "代码")),
    Field("value", "数值|Value", "number", column="value", required=True, minimum=-1e15, maximum=1e15, aliases=("指标值", "完成值", "值")),
    Field("unit", "单位|Unit", column="unit", required=True, max_length=20, aliases=("计量单位",)),
    Year("year", "年度|Year", "integer", column="year", minimum=FIRST_YEAR, maximum=LAST_YEAR, aliases=("年份", "年")),
    Field("observed_on", "日期|Observed on", "date", column="observed_on", aliases=("统计日期", "截至日期", "填报日期")),
    Field("district", "所属区|District", column="district", zone="district", max_length=64, aliases=("区", "区县", "行政区", "所在区", "辖区")),
    Field("source", "数据来源|Source", column="document", required=True, max_length=300, aliases=("来源", "来源文件", "填报依据")),
    Field("method", "统计口径|Method", column="method", max_length=1000, aliases=("口径", "计算方法")),
    Field("note", "备注|Note", column="note", max_length=1000, aliases=("说明", "BZ", "remark")),
)
