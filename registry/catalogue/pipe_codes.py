"""The code lists of pipes, manholes and utility tunnels; two-letter codes are those of CJJ 61-2017."""

from registry.kinds import Code, CodeList
from registry.standards import pipe_survey

_WATER, _DRAIN, _GAS, _HEAT, _POWER = "#00ffff", "#4c3926", "#ff00ff", "#ff8000", "#ff0000"
_TELECOM, _INDUSTRY, _UNKNOWN = "#00ff00", "#000000", "#6600cc"

# Kinds of one family share the standard's colour: whoever reads survey maps expects it.
MEDIUM = CodeList("medium", "介质|Medium", (
    Code("water", "给水|Water supply", _WATER,
         ("JS", "JP", "SS", "供水", "自来水", "上水", "配水", "输水", "给水管", "给水管道", "供水管道")),
    Code("raw_water", "原水|Raw water", _WATER, ("JY",)),
    Code("drinking", "直饮水|Drinking water", _WATER, ("JZ", "直饮")),
    Code("reclaimed", "中水|Reclaimed water", _WATER, ("ZS", "再生水", "回用水")),
    Code("fire", "消防|Fire water", _WATER, ("XS", "消防水", "消防给水")),
    Code("irrigation", "绿化水|Irrigation", _WATER, ("LS", "绿化", "绿化给水")),
    Code("circulating", "循环水|Circulating water", _WATER, ("JH", "循环")),
    Code("drainage", "排水|Drainage", _DRAIN, ("PS", "下水", "排水管")),
    Code("rain", "雨水|Stormwater", _DRAIN, ("YS", "雨水管", "雨水管道", "stormwater")),
    Code("sewage", "污水|Sewage", _DRAIN, ("WS", "污水管", "污水管道", "sewer")),
    Code("combined", "合流|Combined", _DRAIN, ("HS", "雨污合流", "雨污", "合流管", "合流管道")),
    Code("gas", "燃气|Gas", _GAS, ("RQ", "TR", "MQ", "YH", "天然气", "煤气", "液化气", "燃气管道"), restricted=True),
    Code("heat", "热力|Heat", _HEAT, ("RL", "供热", "热水", "RS", "热力管道", "供热管道")),
    Code("steam", "蒸汽|Steam", _HEAT, ("ZQ",)),
    Code("power", "电力|Power", _POWER, ("DL", "GD", "供电", "电力电缆", "电缆"), restricted=True),
    Code("street_lighting", "路灯|Street lighting", _POWER, ("LD", "路灯电缆", "照明")),
    Code("traffic_signal", "信号|Traffic signals", _POWER, ("XH", "交通信号")),
    Code("trolley", "电车|Trolley", _POWER, ("DC",)),
    Code("advertising", "广告|Advertising", _POWER, ("GG",)),
    Code("telecom", "通信|Telecom", _TELECOM, ("TX", "DX", "通讯", "电信", "电话", "DH", "XX", "信息网络",
                                             "弱电")),
    Code("cable_tv", "有线电视|Cable television", _TELECOM, ("DS", "电视", "广播", "GB", "广播电视")),
    Code("industrial", "工业|Industrial", _INDUSTRY, ("GY", "工业管道", "输油", "输油气", "石油")),
    Code("duct", "综合管沟|Common duct", _INDUSTRY, ("ZH", "综合管廊")),
    Code("unidentified", "不明管线|Unidentified", _UNKNOWN, ("BM", "不明", "未知")),
    Code("other", "其他|Other", "#808080", ("QT", "其它")),
), source="CJJ 61-2017 附录B 管线种类、代号与颜色；DX 为 CJJ 61-2003 代号")

MATERIAL = CodeList("material", "管材|Material", (
    Code("ductile_iron", "球墨铸铁|Ductile iron", "#37474f", ("QM", "球墨", "球墨铸铁管", "球铁", "DI")),
    Code("cast_iron", "铸铁|Cast iron", "#8a8a8a", ("ZT", "灰口铸铁", "灰铸铁", "铸铁管", "生铁")),
    Code("steel", "钢|Steel", "#5d6b75", ("G", "钢管", "镀锌钢管", "镀锌", "无缝钢管", "焊接钢管", "螺旋钢管",
                                         "SP")),
    Code("stainless", "不锈钢|Stainless steel", "#90a4ae", ("不锈钢管",)),
    Code("steel_plastic", "钢塑复合|Steel and plastic", "#4f7f9f", ("钢塑", "钢塑复合管", "钢骨架")),
    Code("copper", "铜|Copper", "#b5651d", ("TZ", "铜芯", "铜缆")),
    Code("aluminium", "钢芯铝绞线|Steel-cored aluminium", "#c0c7cc", ("VL", "铝", "铝芯")),
    Code("fibre", "光纤|Optical fibre", "#2e9e5b", ("GX", "光缆", "fiber")),
    Code("pe", "聚乙烯|PE", "#1f6fb5", ("PE管", "HDPE", "HDPE管", "聚乙烯管", "聚乙烯塑料", "双壁波纹管")),
    Code("pvc", "聚氯乙烯|PVC", "#64b5f6", ("PVC管", "UPVC", "UPVC管", "PVC-U", "聚氯乙烯塑料", "塑料",
                                        "塑料管")),
    Code("frp", "玻璃钢|Glass fibre", "#26a69a", ("BLG", "玻璃钢管", "玻璃钢夹砂管", "FRPM", "GRP")),
    Code("concrete", "混凝土|Concrete", "#a8a8a8",
         ("T", "砼", "砼管", "混凝土管", "钢筋混凝土", "钢筋混凝土管", "钢筋砼", "水泥", "水泥管", "RCP")),
    Code("pccp", "预应力混凝土|Prestressed concrete", "#7a7a7a", ("预应力钢筒混凝土", "PCCP管", "预应力砼")),
    Code("masonry", "砖石|Masonry", "#b57a3d", ("ZS", "Z", "S", "砖", "石", "砖砌", "石砌", "砌体")),
    Code("asbestos", "石棉|Asbestos cement", "#c9a227", ("SM", "石棉水泥", "石棉管")),
    Code("ceramic", "陶瓷|Ceramic", "#8d5a2b", ("TC", "陶土", "陶土管", "陶瓷管")),
    Code("other", "其他|Other", "#bdbdbd", ("其它", "QT")),
    Code("unknown", "不明|Unknown", "#d9d9d9", ("未知", "不详")),
), source="CJJ 61-2017 附录C 表C.0.1 管线材质数据字典，另加工程常用名")

# What points of pipes are called differs from office to office: the lists stand in a table with their sources.
FEATURE = pipe_survey.table().feature_codes
ATTACHMENT = pipe_survey.table().attachment_codes

EMBEDDING = CodeList("embedding", "埋设方式|Embedding", (
    Code("direct", "直埋|Buried", "#8d5a2b", ("ZM", "直接埋设", "0")),
    Code("sleeve", "管埋|In a sleeve", "#b57a3d", ("GM", "套管")),
    Code("duct_block", "管块|Duct block", "#a8a8a8", ("GK",)),
    Code("trench", "管沟|Trench", "#5d6b75", ("GG", "方沟", "沟道", "电缆沟")),
    Code("overhead", "架空|Overhead", "#64b5f6", ("JK",)),
    Code("surface", "地面|On the ground", "#2e9e5b", ("DM", "地上")),
    Code("riser", "上架|Riser", "#e0a100", ("SJ",)),
    Code("passage", "小通道|Through another line", "#e2541b", ("XTD",)),
    Code("utility_tunnel", "综合管廊|Utility tunnel", "#8e44ad", ("ZH", "综合管廊（沟）", "综合管沟",
                                                              "管廊")),
    Code("air_defence", "人防|Air-raid tunnel", "#6f7fb5", ("RF",)),
    Code("in_manhole", "井内连线|Inside a manhole", "#7a4a2b", ("JN",)),
    Code("trenchless", "顶管|Trenchless", "#c2185b", ("DG", "定向钻", "非开挖", "拖拉管",
                                                    "顶管（非开挖或定向钻）")),
    Code("underwater", "水下|Under water", "#1f6fb5", ("SX",)),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
), source="CJJ 61-2017 附录C 表C.0.2 管线埋设方式字典")

USE_STATUS = CodeList("use_status", "使用状态|Use", (
    Code("in_use", "在用|In use", "#2e9e5b", ("0", "使用", "运行", "使用中")),
    Code("disused", "废弃|Disused", "#8a8a8a", ("1", "停用", "报废")),
    Code("empty", "空管|Empty", "#e0a100", ("2", "空", "预留")),
    Code("other", "其他|Other", "#bdbdbd", ("3", "其它")),
), source="CJJ 61-2017 附录C 管线使用状态")

PRESSURE_CLASS = CodeList("pressure_class", "压力级制|Pressure class", (
    Code("high", "高压|High", "#b3001b", ("高",)),
    Code("high_a", "高压A|High A", "#8a0014", ("高压A级", "高A")),
    Code("high_b", "高压B|High B", "#b3001b", ("高压B级", "高B")),
    Code("sub_high", "次高压|Sub-high", "#e2541b", ("次高",)),
    Code("sub_high_a", "次高压A|Sub-high A", "#d9480f", ("次高压A级", "次高A")),
    Code("sub_high_b", "次高压B|Sub-high B", "#e2541b", ("次高压B级", "次高B")),
    Code("medium", "中压|Medium", "#e0a100", ("中",)),
    Code("medium_a", "中压A|Medium A", "#c98f00", ("中压A级", "中A")),
    Code("medium_b", "中压B|Medium B", "#e0a100", ("中压B级", "中B")),
    Code("low", "低压|Low", "#3d7dca", ("低",)),
    Code("gravity", "无压|Gravity", "#8d5a2b", ("重力流", "自流", "无")),
), source="GB 50028 城镇燃气压力分级的级名；无压为排水")

PURPOSE = CodeList("purpose", "窨井用途|Purpose", (
    Code("water", "给水|Water supply", _WATER, ("供水", "上水", "自来水", "给水井", "供水井盖", "上水井盖",
                                              "JS", "01001")),
    Code("sewage", "污水|Sewage", _DRAIN, ("污水井", "污水井盖", "WS", "01002")),
    Code("rain", "雨水|Stormwater", _DRAIN, ("雨水井", "雨水井盖", "YS", "01003", "drain")),
    Code("rain_grate", "雨水箅子|Storm grate", _DRAIN, ("雨箅", "雨水口", "雨水篦子", "01004")),
    Code("combined", "合流|Combined", _DRAIN, ("雨污合流", "HS")),
    Code("drainage", "排水|Drainage", _DRAIN, ("排水井", "PS")),
    Code("septic", "化粪池|Septic tank", _DRAIN, ("化粪池井盖", "01018")),
    Code("reclaimed", "中水|Reclaimed water", _WATER, ("再生水", "中水井盖", "ZS", "01019")),
    Code("fire", "消防|Fire water", _WATER, ("消防井", "XS")),
    Code("power", "电力|Power", _POWER, ("供电", "电力井盖", "电缆", "电缆井盖", "DL", "01005", "01017")),
    Code("street_lighting", "路灯|Street lighting", _POWER, ("路灯井盖", "LD", "01006")),
    Code("traffic_signal", "信号灯|Traffic signals", _POWER, ("信号灯电源井盖", "交通信号", "XH", "01015")),
    Code("telecom", "通信|Telecom", _TELECOM,
         ("通讯", "电信", "通信井盖", "通讯井盖", "网络", "网络井盖", "弱电", "TX", "01007", "01009")),
    Code("cable_tv", "电视|Cable television", _TELECOM, ("有线电视", "电视井盖", "DS", "01008")),
    Code("heat", "热力|Heat", _HEAT, ("供热", "热力井盖", "RL", "01010")),
    Code("gas", "燃气|Gas", _GAS, ("天然气", "煤气", "燃气井盖", "RQ", "01011")),
    Code("police", "公安|Police", "#1a237e", ("公安井盖", "01012")),
    Code("garden", "园林|Gardens", "#2e9e5b", ("园林井盖", "绿化", "01014")),
    Code("transit", "公交|Public transport", "#5d6b75", ("公交井盖", "01020")),
    Code("oil_gas", "输油（气）|Oil and gas", _INDUSTRY, ("输油", "输油（气）井盖", "01021")),
    Code("special", "特殊|Special", "#808080", ("特殊井盖", "其他", "其它", "01022")),
    Code("unidentified", "不明|Unidentified", _UNKNOWN, ("不明井盖", "无主", "无主井盖", "未知", "01023",
                                                       "unknown")),
), source="GB/T 47678.5-2026 附录A 01001～01023 井盖小类；颜色取 CJJ 61-2017")

POSITION = CodeList("position", "位置|Position", (
    Code("carriageway", "车行道|Carriageway", "#b3001b", ("机动车道", "行车道", "快车道", "车道", "马路")),
    Code("cycleway", "非机动车道|Cycleway", "#e2541b", ("慢车道", "自行车道")),
    Code("sidewalk", "人行道|Sidewalk", "#e0a100", ("便道", "步道", "人行便道")),
    Code("green_belt", "绿化带|Green belt", "#2e9e5b", ("绿地", "隔离带", "绿化")),
    Code("residential", "小区内|Inside an estate", "#6f7fb5", ("小区", "庭院", "居住区")),
    Code("plaza", "广场|Plaza", "#3d7dca", ("停车场",)),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
), source="建办督〔2021〕7号 窨井盖普查")

LOAD_CLASS = CodeList("load_class", "承载等级|Load class", tuple(
    Code(value, f"{value} 级|Class {value}", color, (value[1:], f"{value[0]}-{value[1:]}", f"{value[1:]}kN"))
    for value, color in (("A15", "#2e9e5b"), ("B125", "#8bc34a"), ("C250", "#e0a100"), ("D400", "#e2541b"),
                         ("E600", "#b3001b"), ("F900", "#6a1b9a"))
), source="GB/T 23858 检查井盖承载等级 A15～F900")

DEFECT = CodeList("manhole_defect", "窨井病害|Manhole defect", (
    Code("no_defect", "无|No defect", "#2e9e5b", ("完好", "正常", "无病害")),
    Code("missing", "缺失|Missing", "#b3001b", ("丢失", "被盗", "缺盖")),
    Code("broken", "破损|Broken", "#e2541b", ("损坏", "开裂", "缺损")),
    Code("sunken", "下沉|Sunken", "#e0a100", ("沉陷", "沉降", "周边下沉")),
    Code("raised", "凸起|Raised", "#c98f00", ("高出路面", "凸出")),
    Code("loose", "松动|Loose", "#8d5a2b", ("翘动",)),
    Code("deformed", "变形|Deformed", "#b57a3d"),
    Code("displaced", "错位|Displaced", "#7a4a2b", ("移位",)),
    Code("noisy", "异响|Noisy", "#6f7fb5", ("响动",)),
    Code("abandoned_unfilled", "废弃未填埋|Abandoned and not filled", "#5d6b75", ("废弃井", "废弃未填")),
    Code("no_net", "防坠网缺失|Fall net missing", "#c2185b", ("无防坠网", "防坠网破损")),
    Code("several", "多种|Several", "#37474f", ("多种病害", "多项")),
), source="建办督〔2021〕7号及各市窨井盖整治方案的病害名")

COVER_MATERIAL = CodeList("cover_material", "井盖材质|Cover material", (
    Code("ductile_iron", "球墨铸铁|Ductile iron", "#37474f", ("球墨", "QM")),
    Code("cast_iron", "铸铁|Cast iron", "#8a8a8a", ("灰口铸铁", "ZT", "铁")),
    Code("composite", "复合材料|Composite", "#26a69a", ("复合", "树脂", "玻璃钢", "BLG")),
    Code("concrete", "混凝土|Concrete", "#a8a8a8", ("钢筋混凝土", "水泥", "砼", "T")),
    Code("steel_fibre", "钢纤维混凝土|Steel-fibre concrete", "#7a7a7a", ("钢纤维",)),
    Code("steel", "钢|Steel", "#5d6b75", ("钢板", "不锈钢", "G")),
    Code("stone", "石材|Stone", "#b57a3d", ("石", "石质", "S")),
    Code("plastic", "塑料|Plastic", "#64b5f6", ("PE", "PVC")),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
))

SHAPE = CodeList("shape", "形状|Shape", (
    Code("round", "圆形|Round", "#3d7dca", ("圆", "Y")),
    Code("square", "方形|Square", "#e0a100", ("方", "正方形", "F")),
    Code("rectangular", "矩形|Rectangular", "#e2541b", ("长方形", "长方")),
    Code("other", "其他|Other", "#bdbdbd", ("其它", "异形")),
))

TUNNEL_KIND = CodeList("utility_tunnel_kind", "管廊类型|Kind of utility tunnel", (
    Code("trunk", "干线|Trunk", "#6a1b9a", ("干线管廊", "干线综合管廊")),
    Code("branch", "支线|Branch", "#8e44ad", ("支线管廊", "支线综合管廊")),
    Code("mixed", "干支结合|Trunk and branch", "#b388dd", ("干支混合", "干支线")),
    Code("cable", "缆线|Cable", "#ff8000", ("缆线管廊", "电缆管廊", "缆线型")),
), source="GB 50838-2015 干线/支线/缆线管廊")

TUNNEL_STATUS = CodeList("tunnel_status", "管廊建设状态|Stage of the utility tunnel", (
    Code("planned", "规划|Planned", "#bdbdbd", ("规划中", "拟建", "待建", "未建")),
    Code("under_construction", "在建|Under construction", "#e0a100", ("建设中", "施工中", "施工")),
    Code("operating", "运营|Operating", "#2e9e5b", ("已运营", "运营中", "投运", "运行", "建成", "已建",
                                                  "已建成")),
), source="GB 51354-2019；绍兴规划的管廊 11 段")
