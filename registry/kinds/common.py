"""The fields that every asset and every zone has, with the names files give them (GB/T 47678.5 表2)."""

from __future__ import annotations

from registry.kinds.codes import Code, CodeList
from registry.kinds.fields import Field

STATE = CodeList("state", "管理部件状态|State", (
    Code("intact", "完好|Intact", "#2e9e5b", ("正常", "良好", "good")),
    Code("damaged", "破损|Damaged", "#e2541b", ("损坏", "缺损", "病害", "故障")),
    Code("missing", "丢失|Missing", "#b3001b", ("缺失", "被盗")),
    Code("abandoned", "废弃|Abandoned", "#8a8a8a", ("停用", "报废")),
    Code("removed", "移除|Removed", "#bdbdbd", ("拆除",)),
    Code("unknown", "未知|Unknown", "#6f7fb5", ("不明", "未普查", "未检查")),
), source="GB/T 47678.5-2026 表2 管理部件状态（示例值）")

OWNERSHIP_STATUS = CodeList("ownership_status", "确权状态|Ownership status", (
    Code("confirmed", "已确权|Confirmed", "#2e9e5b", ("是", "已完成")),
    Code("pending", "确权中|Pending", "#e0a100", ("办理中",)),
    Code("disputed", "有争议|Disputed", "#b3001b", ("产权不清", "争议")),
    Code("unconfirmed", "未确权|Not confirmed", "#8a8a8a", ("否", "无主")),
))
OWNERSHIP_TYPE = CodeList("ownership_type", "产权类型|Ownership type", (
    Code("professional", "专业管理|Professionally managed", aliases=("专业",)),
    Code("social_managed", "社会管理|Managed by society", aliases=("社会代管",)),
    Code("social_owned", "社会产权|Owned by society", aliases=("社会",)),
    Code("state_owned", "国有产权|State owned", aliases=("国有",)),
), source="天津河西区十四五规划：专业管理/社会管理/社会产权/国有产权")
AUTHORITY_LEVEL = CodeList("authority_level", "事权层级|Level of authority", (
    Code("city", "市级|City", aliases=("市", "市管")),
    Code("district", "区级|District", aliases=("区", "区管", "县级", "县")),
    Code("street", "街道级|Street", aliases=("街道", "镇")),
))
RISK_LEVEL = CodeList("risk_level", "风险等级|Risk level", (
    Code("major", "重大|Major", "#b3001b", ("红", "一级")), Code("high", "较大|High", "#e2541b", ("橙", "二级")),
    Code("medium", "一般|Medium", "#e0a100", ("黄", "三级")), Code("low", "低|Low", "#3d7dca", ("蓝", "四级")),
))

COMMON: tuple[Field, ...] = (
    Field("code", "编码|Code", column="code", max_length=64,
          aliases=("编号", "标识码", "管理部件标识码", "部件标识码", "设施编号", "设施编码", "GLBJBSM", "ObjID", "BH",
                   "BM", "asset_id", "asset_code")),
    Field("name", "名称|Name", column="name", max_length=200,
          aliases=("设施名称", "管理部件名称", "部件名称", "GLBJMC", "ObjName", "MC", "名 称")),
    Field("state", "状态|State", "code", codes=STATE, column="state", filter=True,
          aliases=("管理部件状态", "部件状态", "设施状态", "完好状态", "GLBJZT", "ObjState", "ZT", "status",
                   "condition")),
    Field("district", "所属区|District", column="district", filter=True, zone="district",
          aliases=("行政区", "区", "区县", "所在区", "辖区", "SSQ", "SZQ", "XZQ", "XZQDM")),
    Field("grid", "所在单元网格标识码|Unit grid", column="grid", zone="unit_grid", max_length=15,
          aliases=("单元网格", "网格编码", "SZDYWGBSM", "BGID", "grid_code")),
    Field("owner", "权属单位|Owner", column="owner", filter=True, max_length=200,
          aliases=("权属单位名称", "产权单位", "QSDWMC", "DeptName2", "QSDW", "owner_name")),
    Field("keeper", "养护单位|Keeper", column="keeper", filter=True, max_length=200,
          aliases=("养护单位名称", "管养单位", "YHDWMC", "DeptName3", "YHDW", "maintainer")),
    Field("supervisor", "主管部门|Supervisor", column="supervisor", max_length=200,
          aliases=("主管部门名称", "主管单位", "ZGBMMC", "DeptName1", "ZGBM", "department")),
    Field("owner_code", "权属单位代码|Owner code", max_length=18, check="uscc", aliases=("QSDWDM", "DeptCode2")),
    Field("keeper_code", "养护单位代码|Keeper code", max_length=18, check="uscc", aliases=("YHDWDM", "DeptCode3")),
    Field("supervisor_code", "主管部门代码|Supervisor code", max_length=18, check="uscc", aliases=("ZGBMDM", "DeptCode1")),
    Field("ownership_type", "产权类型|Ownership type", "code", codes=OWNERSHIP_TYPE,
          aliases=("产权性质", "CQLX")),
    Field("authority_level", "事权层级|Level of authority", "code", codes=AUTHORITY_LEVEL,
          aliases=("事权", "管理层级", "SQCJ")),
    Field("ownership_status", "确权状态|Ownership status", "code", codes=OWNERSHIP_STATUS,
          column="ownership_status", aliases=("是否确权", "确权", "QQZT")),
    Field("contract_section", "养护标段|Maintenance section", aliases=("标段", "养护合同", "合同", "YHBD")),
    Field("source_id", "来源系统编号|Id in the source system", aliases=("来源编号", "原编号", "LYXTBH", "source_ref")),
    Field("risk_level", "风险等级|Risk level", "code", codes=RISK_LEVEL, aliases=("FXDJ", "风险级别")),
    Field("installed_on", "建成日期|Installed on", "date", column="installed_on",
          aliases=("竣工日期", "建成年月", "建成时间", "安装日期", "投运日期", "初始日期", "CSRQ", "ORDate", "JCRQ",
                   "JGRQ", "built_on")),
    Field("renovated_on", "改造日期|Renovated on", "date", aliases=("大修日期", "改建日期", "GZRQ")),
    Field("retired_on", "停用日期|Retired on", "date", column="retired_on", aliases=("报废日期", "拆除日期", "TYRQ")),
    Field("investment_wan_yuan", "投资（万元）|Investment (10,000 CNY)", "number", unit="万元", minimum=0,
          aliases=("投资", "总投资", "总造价", "造价", "TZ")),
    Field("note", "备注|Note", max_length=1000, aliases=("说明", "BZ", "remark")),
)

ZONE_COMMON: tuple[Field, ...] = (
    Field("code", "编码|Code", column="code", max_length=64,
          aliases=("代码", "编号", "标识码", "区划代码", "行政区划代码", "网格编码", "BM", "DM", "adcode", "zone_code")),
    Field("name", "名称|Name", column="name", max_length=200, aliases=("MC", "区名", "NAME_CHN")),
    Field("parent", "上级编码|Parent", column="parent", max_length=64, aliases=("上级代码", "所属编码", "SJDM")),
    Field("valid_from", "启用日期|Valid from", "date", column="valid_from", aliases=("初始时间", "起始日期")),
    Field("valid_to", "终止日期|Valid to", "date", column="valid_to", aliases=("终止时间",)),
    Field("population", "人口|Population", "integer", column="population", unit="人", minimum=0,
          aliases=("人口数", "常住人口", "居住人口", "RK", "RKS", "pop")),
    Field("note", "备注|Note", max_length=1000, aliases=("BZ", "remark")),
)
