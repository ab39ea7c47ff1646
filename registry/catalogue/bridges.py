"""Bridges and tunnels: the data card of a bridge (CJJ 99-2017) and its short sister for tunnels."""

from registry.catalogue.common_fields import also, area_m2, length_m, measured
from registry.catalogue.road_class import maintenance_grade, road_class, road_name
from registry.kinds import AssetClass, Code, CodeList, Field, Rating

SIZE_CLASS = CodeList("size_class", "桥梁规模|Size of the bridge", (
    Code("extra_large", "特大桥|Extra large", "#6a1b9a", ("特大", "特大型", "TDQ")),
    Code("large", "大桥|Large", "#1f6fb5", ("大", "大型", "DQ")),
    Code("medium", "中桥|Medium", "#2e9e5b", ("中", "中型", "ZQ")),
    Code("small", "小桥|Small", "#e0a100", ("小", "小型", "XQ")),
), source="CJJ 11 按多孔跨径总长和单孔跨径分类")

MAINTENANCE_CLASS = CodeList("maintenance_class", "养护类别|Maintenance class", (
    Code("I", "Ⅰ类|Class I", "#6a1b9a", ("Ⅰ", "Ⅰ类养护", "一类", "一", "1")),
    Code("II", "Ⅱ类|Class II", "#b3001b", ("Ⅱ", "Ⅱ类养护", "二类", "二", "2")),
    Code("III", "Ⅲ类|Class III", "#e2541b", ("Ⅲ", "Ⅲ类养护", "三类", "三", "3")),
    Code("IV", "Ⅳ类|Class IV", "#e0a100", ("Ⅳ", "Ⅳ类养护", "四类", "四", "4")),
    Code("V", "Ⅴ类|Class V", "#2e9e5b", ("Ⅴ", "Ⅴ类养护", "五类", "五", "5")),
), source="CJJ 99-2017 Ⅰ类为特大桥及特殊结构桥，Ⅱ～Ⅴ类按所在道路")

# 绍兴 asks to rebuild 「Ⅱ类及以上」: the lower the number, the graver.
GUARDRAIL_RISK = CodeList("guardrail_risk", "护栏隐患等级|Guardrail risk", (
    Code("no_risk", "无隐患|No risk", "#2e9e5b", ("无", "合格", "不存在", "已消除")),
    Code("I", "Ⅰ类隐患|Class I", "#b3001b", ("Ⅰ", "Ⅰ类", "一类", "1")),
    Code("II", "Ⅱ类隐患|Class II", "#e2541b", ("Ⅱ", "Ⅱ类", "二类", "2")),
    Code("III", "Ⅲ类隐患|Class III", "#e0a100", ("Ⅲ", "Ⅲ类", "三类", "3")),
    Code("unchecked", "未排查|Not checked", "#8a8a8a", ("未检查", "未评估")),
), source="绍兴规划：护栏Ⅱ类及以上隐患 100% 改造（浙江省导则）")

STRUCTURE = CodeList("structure", "结构类型|Structure", (
    Code("girder", "梁桥|Girder", "#1f6fb5", ("梁式桥", "简支梁", "简支梁桥", "连续梁", "连续梁桥", "板梁",
                                            "板桥",
                                            "T梁", "箱梁", "空心板")),
    Code("arch", "拱桥|Arch", "#b57a3d", ("拱", "石拱桥", "双曲拱桥", "系杆拱桥")),
    Code("rigid_frame", "刚构桥|Rigid frame", "#2e9e5b", ("刚架桥", "刚构", "连续刚构")),
    Code("cable_stayed", "斜拉桥|Cable stayed", "#6a1b9a", ("斜拉",)),
    Code("suspension", "悬索桥|Suspension", "#c2185b", ("悬索", "吊桥")),
    Code("truss", "桁架桥|Truss", "#5d6b75", ("桁架", "钢桁架")),
    Code("culvert", "箱涵|Box culvert", "#8a8a8a", ("涵洞", "盖板涵")),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
), source="CJJ 99-2017 按结构形式取评定权重：梁桥、拱桥等")

BRIDGE_TYPE = CodeList("bridge_type", "桥梁类别|Kind of bridge", (
    Code("river", "跨河桥|Over water", "#1f6fb5", ("跨江桥", "河桥", "02009")),
    Code("interchange", "立交桥|Interchange", "#e2541b", ("立交", "互通", "匝道桥", "02008")),
    Code("viaduct", "高架桥|Viaduct", "#b3001b", ("高架", "高架路")),
    Code("railway", "跨铁路桥|Over a railway", "#5d6b75", ("跨线桥", "铁路跨线桥")),
    Code("footbridge", "人行天桥|Footbridge", "#2e9e5b", ("过街天桥", "天桥", "人行桥", "02006")),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
), source="GB/T 47678.5-2026 附录A 02006/02008/02009；CJJ 99-2017 人行天桥另有权重")

TUNNEL_TYPE = CodeList("tunnel_type", "隧道类型|Kind of tunnel", (
    Code("mountain", "山岭隧道|Mountain", "#8d5a2b", ("山岭", "山体隧道", "穿山")),
    Code("underwater", "水下隧道|Under water", "#1f6fb5", ("水底隧道", "过江隧道", "过河隧道", "湖底隧道")),
    Code("underpass", "下穿通道|Underpass", "#e0a100", ("下穿", "地道", "下立交", "下穿隧道", "下沉隧道")),
    Code("urban", "城市地下道路|Urban underground road", "#6f7fb5", ("地下道路", "城市隧道", "明挖隧道")),
    Code("pedestrian", "人行地道|Pedestrian underpass", "#2e9e5b", ("地下通道", "过街地道", "人行通道")),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
))

BRIDGE = AssetClass(
    "bridge", "桥梁|Bridge", ("line", "point", "polygon"), unit="座|bridges",
    trade="桥隧|Bridges and tunnels",
    rating=Rating("count"), group_by="size_class", color="#1f6fb5",
    names=("桥梁", "桥", "大桥", "天桥", "立交", "高架桥", "bridge", "bridges", "QL"),
    fields=(
        also("code", "桥梁编号", "桥编号", "桥梁代码", "QLBH", "QLBM", "bridge_code"),
        also("name", "桥梁名称", "桥名", "QLMC", "bridge_name"),
        Field("size_class", "桥梁规模|Size class", "code", codes=SIZE_CLASS, filter=True,
              aliases=("规模", "桥梁规模等级", "桥型规模", "桥梁分类", "大小类别", "GM", "QLGM")),
        Field("maintenance_class", "养护类别|Maintenance class", "code", codes=MAINTENANCE_CLASS, filter=True,
              aliases=("养护分类", "养护类型", "YHLB")),
        maintenance_grade(),
        Field("guardrail_risk", "护栏隐患等级|Guardrail risk", "code", codes=GUARDRAIL_RISK, filter=True,
              aliases=("护栏隐患", "护栏隐患类别", "护栏风险等级", "HLYHDJ", "HLYH")),
        Field("guardrail_renovated_on", "护栏改造日期|Guardrail renovated on", "date",
              aliases=("护栏改造时间", "护栏提升日期", "HLGZRQ")),
        road_class(),
        road_name(),
        Field("bridge_type", "桥梁类别|Kind of bridge", "code", codes=BRIDGE_TYPE, filter=True,
              aliases=("桥梁类型", "功能类型", "桥梁用途", "QLLX", "QLLB")),
        Field("structure", "结构类型|Structure", "code", codes=STRUCTURE, filter=True,
              aliases=("结构形式", "桥型", "上部结构", "上部结构形式", "JGLX", "JGXS")),
        length_m("桥梁总长|Length", "总长", "桥长", "全长", "桥梁长度", "桥梁全长", "QC", "QLCD"),
        area_m2("桥面面积|Deck area", "桥梁面积", "QMMJ"),
        measured("width_m", "桥梁总宽|Width", "m", "总宽", "桥宽", "桥面宽度", "全宽", "宽度", "KD", "QK",
                 "width", high=500),
        measured("carriageway_width_m", "车行道净宽|Carriageway clear width", "m", "车行道宽度", "CXDJK",
                 high=500),
        measured("sidewalk_width_m", "人行道净宽|Sidewalk clear width", "m", "人行道宽度", "RXDJK", high=500),
        Field("span_count", "跨数|Number of spans", "integer", minimum=1, maximum=2000,
              aliases=("孔数", "桥孔数", "KS")),
        Field("spans", "跨径组合|Span arrangement", max_length=200,
              aliases=("跨径", "孔跨组合", "跨径组成", "KJZH")),
        measured("max_span_m", "最大跨径|Longest span", "m", "单孔最大跨径", "最大单跨", "主跨", "ZDKJ",
                 high=5000),
        Field("skew_deg", "正斜交角|Skew angle", "number", unit="°", minimum=0, maximum=180,
              aliases=("斜交角", "交角")),
        Field("design_load", "设计荷载|Design load", max_length=100,
              aliases=("荷载等级", "荷载标准", "SJHZ")),
        Field("load_limit", "限载标准|Load limit", max_length=100,
              aliases=("限载", "限重", "限载吨位", "XZBZ")),
        Field("seismic_intensity", "抗震烈度|Seismic intensity", max_length=50,
              aliases=("抗震设防烈度", "设防烈度", "KZLD")),
        Field("river_grade", "河道等级|Grade of the waterway", max_length=50, aliases=("航道等级", "HDDJ")),
        measured("max_water_level_m", "最高水位|Highest water level", "m", "ZGSW", low=-500, high=9000),
        measured("normal_water_level_m", "常水位|Normal water level", "m", "CSW", low=-500, high=9000),
        Field("attached_lines", "附挂管线|Attached lines", max_length=200,
              aliases=("附属管线", "过桥管线", "FGGX")),
        Field("client", "建设单位|Client", max_length=200, aliases=("业主单位", "JSDW")),
        Field("designer", "设计单位|Designer", max_length=200, aliases=("SJDW",)),
        Field("builder", "施工单位|Builder", max_length=200, aliases=("SGDW",)),
        Field("construction_supervisor", "监理单位|Construction supervisor", max_length=200,
              aliases=("JLDW",)),
    ))

TUNNEL = AssetClass(
    "tunnel", "隧道|Tunnel", ("line",), unit="座|tunnels", trade="桥隧|Bridges and tunnels",
    rating=Rating("count"), group_by="road_class", color="#6b4f3a",
    names=("隧道", "地道", "下穿通道", "地下通道", "tunnel", "tunnels", "SD"),
    fields=(
        also("code", "隧道编号", "隧道代码", "SDBH", "SDBM", "tunnel_code"),
        also("name", "隧道名称", "隧道名", "地道名称", "SDMC", "tunnel_name"),
        Field("tunnel_type", "隧道类型|Kind of tunnel", "code", codes=TUNNEL_TYPE, filter=True,
              aliases=("隧道类别", "SDLX")),
        road_class(),
        road_name(),
        maintenance_grade(),
        length_m("隧道长度|Length", "总长", "全长", "隧道全长", "SDCD"),
        measured("width_m", "隧道净宽|Clear width", "m", "净宽", "宽度", "隧道宽度", "KD", "width", high=500),
        measured("clear_height_m", "净高|Clear height", "m", "限高", "通行净高", "JG", high=100),
        Field("tubes", "孔数|Tubes", "integer", minimum=1, maximum=20, aliases=("洞数", "管孔数")),
        Field("lanes", "车道数|Lanes", "integer", minimum=0, maximum=30, aliases=("车道", "车道数量", "CDS")),
        Field("construction_method", "施工工法|Construction method", max_length=100,
              aliases=("工法", "结构形式", "结构类型")),
        Field("ventilation", "通风方式|Ventilation", max_length=100, aliases=("通风",)),
        Field("drainage_pumps", "排水泵数|Drainage pumps", "integer", unit="台", minimum=0,
              aliases=("水泵数", "泵数")),
        Field("designer", "设计单位|Designer", max_length=200, aliases=("SJDW",)),
        Field("builder", "施工单位|Builder", max_length=200, aliases=("SGDW",)),
    ))
