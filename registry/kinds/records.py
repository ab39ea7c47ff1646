"""What is recorded of an asset: the fields of inspections, defects and claims, for files, requests and schemas alike."""

from __future__ import annotations

from registry.kinds.codes import Code, CodeList
from registry.kinds.common import RISK_LEVEL, STATE
from registry.kinds.fields import Field

# What kind of inspection it was. Offices have forms of their own as well: any other name is kept as it is written.
FORM = CodeList("inspection_form", "检查类型|Form of inspection", (
    Code("patrol", "日常巡查|Patrol", aliases=("巡查", "巡检", "日常巡检", "经常性检查")),
    Code("regular", "常规定期检测|Regular inspection", aliases=("定期检测", "定期检查", "常规检测", "年度检测", "年检")),
    Code("structural", "结构定期检测|Structural inspection", aliases=("结构检测", "结构强度检测")),
    Code("special", "特殊检测|Special inspection", aliases=("专项检测", "应急检测")),
    Code("survey", "普查|Survey", aliases=("年度普查",)),
))
DEFECT_STEP = CodeList("defect_status", "隐患环节|Step of a defect", (
    Code("found", "已发现|Found", "#b3001b", ("发现", "上报")),
    Code("assigned", "已派发|Assigned", "#e2541b", ("派发", "派遣", "整改中")),
    Code("repaired", "已整改|Repaired", "#e0a100", ("整改", "修复")),
    Code("verified", "已核验|Verified", "#3d7dca", ("核验", "验收")),
    Code("closed", "已销号|Closed", "#2e9e5b", ("销号", "闭环")),
))
CLAIM_KIND = CodeList("claim_kind", "争议类型|Kind of dispute", (
    Code("unclear", "产权不清|Ownership unclear", aliases=("权属不清",)),
    Code("border", "区域交界|On a border", aliases=("交界", "边界")),
), source="绍兴规划：部、事件难认定——产权类案件、区域交界")
CLAIM_ROLE = CodeList("claim_role", "主张的身份|Role claimed", (
    Code("owner", "权属单位|Owner", aliases=("权属", "产权单位")),
    Code("keeper", "养护单位|Keeper", aliases=("养护", "管养单位")),
    Code("supervisor", "主管部门|Supervisor", aliases=("主管",)),
))
CLAIM_STATUS = CodeList("claim_status", "争议状态|Status of a claim", (
    Code("open", "待裁定|Open", "#b3001b"), Code("accepted", "已采纳|Accepted", "#2e9e5b", ("采纳",)),
    Code("rejected", "已驳回|Rejected", "#8a8a8a", ("驳回",)), Code("withdrawn", "已撤回|Withdrawn", "#bdbdbd", ("撤回",)),
))

INSPECTION: tuple[Field, ...] = (
    Field("form", "检查类型|Form", required=True, max_length=100, aliases=("检查表", "检测类型")),
    Field("inspected_on", "检查日期|Inspected on", "date", required=True,
          aliases=("巡检日期", "检测日期", "巡查日期", "评定日期", "普查日期", "检查时间", "巡检时间", "检测时间", "JCRQ", "XJRQ",
                   "inspection_date")),
    Field("from_m", "起点里程（m）|From", "number", unit="m", minimum=0, aliases=("起点桩号", "起始距离")),
    Field("to_m", "止点里程（m）|To", "number", unit="m", minimum=0, aliases=("止点桩号", "终止距离")),
    Field("area_m2", "检查面积（m²）|Area covered", "number", unit="m²", minimum=0, aliases=("检测面积",)),
    Field("state", "状态|State", "code", codes=STATE,
          aliases=("检查结果", "设施状态", "管理部件状态", "完好状态", "巡检结果", "现状", "ObjState", "ZT")),
    Field("grade", "等级|Grade", max_length=20, aliases=("评定等级", "技术状况等级", "检测等级", "PDDJ")),
    Field("override_grade", "改定等级|Grade by override", max_length=20, aliases=("直接评定等级",)),
    Field("override_reason", "改定理由|Reason of the override", max_length=500, aliases=("直接评定理由",)),
    Field("inspector", "检查人|Inspector", max_length=100, aliases=("巡检人", "检测人", "巡查人", "检查员", "检测单位", "JCR")),
    Field("note", "备注|Note", max_length=1000, aliases=("说明", "检查说明", "BZ", "remark")),
    Field("standard", "依据标准|Standard", max_length=100, aliases=("检测依据", "评定标准")),
    Field("table_edition", "所用表的版本|Edition of the tables", max_length=300),
)
DEFECT: tuple[Field, ...] = (
    Field("kind", "隐患类型|Kind", required=True, max_length=100, aliases=("病害类型", "隐患名称")),
    Field("risk_level", "风险等级|Risk level", "code", codes=RISK_LEVEL, aliases=("隐患等级",)),
    Field("responsible", "责任单位|Responsible unit", max_length=200, aliases=("整改单位",)),
    Field("found_on", "发现日期|Found on", "date"),
    Field("due_on", "整改期限|Due on", "date", aliases=("期限",)),
    Field("event_code", "事项代码|Event code", max_length=64, aliases=("事件代码",)),
    Field("case_id", "案卷编号|Id of the case", max_length=64, aliases=("案卷号", "案件编号")),
    Field("inspection", "发现它的检查|Found by inspection", "integer", minimum=1),
    Field("note", "备注|Note", max_length=1000),
)
# What may change after a defect was found, beside its step.
DEFECT_CHANGE: tuple[Field, ...] = (
    Field("status", "环节|Step", "code", codes=DEFECT_STEP),
    Field("on", "该环节的日期|Date of the step", "date"),
    Field("reason", "退回的理由|Why it is sent back", max_length=500),
    *(f for f in DEFECT if f.key in ("risk_level", "responsible", "due_on", "event_code", "case_id", "note")),
)
CLAIM: tuple[Field, ...] = (
    Field("kind", "争议类型|Kind", "code", codes=CLAIM_KIND, required=True),
    Field("claimant", "主张单位|Claimant", required=True, max_length=200),
    Field("claimant_code", "主张单位代码|Code of the claimant", max_length=18, check="uscc"),
    Field("role", "主张的身份|Role", "code", codes=CLAIM_ROLE, required=True),
    Field("basis", "依据|Basis", max_length=1000),
    Field("opened_on", "提出日期|Opened on", "date"),
)
CLAIM_CHANGE: tuple[Field, ...] = (
    Field("status", "裁定|Outcome", "code", codes=CLAIM_STATUS, required=True),
    Field("resolution", "裁定说明|Resolution", required=True, max_length=1000),
    Field("resolved_on", "裁定日期|Resolved on", "date"),
)
