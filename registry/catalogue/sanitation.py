"""Sanitation: public toilets and transfer stations for household waste."""

from registry.catalogue.common_fields import also, area_m2, measured, position_class
from registry.kinds import AssetClass, Code, CodeList, Field, Rating

TOILET_CLASS = CodeList("toilet_class", "公厕类别|Class of toilet", (
    Code("first", "一类|First class", "#b3001b", ("一类公厕", "一级", "Ⅰ类", "Ⅰ", "一", "1")),
    Code("second", "二类|Second class", "#e0a100", ("二类公厕", "二级", "Ⅱ类", "Ⅱ", "二", "2")),
    Code("third", "三类|Third class", "#2e9e5b", ("三类公厕", "三级", "Ⅲ类", "Ⅲ", "三", "3")),
    Code("unclassed", "未定类|Unclassed", "#8a8a8a", ("无类别", "等外", "未分类", "类外")),
), source="CJJ 14-2016 独立式一/二/三类，附属式一/二类")

TOILET_FORM = CodeList("toilet_form", "建筑形式|Form of toilet", (
    Code("independent", "独立式|Free-standing", "#1f6fb5", ("独立", "固定独立式", "固定式")),
    Code("attached", "附属式|Attached", "#e0a100", ("附属", "附建式", "附建", "配建")),
    Code("mobile", "活动式|Mobile", "#8e44ad", ("活动", "移动式", "移动", "装配式", "车载")),
), source="CJJ 14-2016 独立式/附属式/活动式")

COLLECTION_MODE = CodeList("collection_mode", "收集方式|Collection mode", (
    Code("manual", "人力收集|By hand", "#2e9e5b", ("人力", "人力车", "手推车", "人工", "人工收集")),
    Code("small_vehicle", "小型机动车收集|By small vehicles", "#e0a100",
         ("小型机动车", "小型车", "小型机动车辆", "小车", "小型机动")),
    Code("medium_vehicle", "中型机动车收集|By medium vehicles", "#e2541b",
         ("中型机动车", "中型车", "中型机动车辆", "大中型机动车", "中型机动")),
), source="CJJ/T 47 服务半径按收集方式取值")

STATION_KIND = CodeList("station_kind", "功能类型|Kind of station", (
    Code("single", "单一性|Single purpose", "#6f7fb5", ("单一", "单一型", "单一功能", "单一性中转站", "否")),
    Code("comprehensive", "综合性|Comprehensive", "#2e9e5b", ("综合", "综合型", "多功能", "综合性中转站",
                                                           "是")),
), source="绍兴规划：单一性中转站 50% 改造，每县新建 1～2 座综合性")

STATION_SIZE = CodeList("station_size", "转运站规模|Size of station", (
    Code("large", "大型|Large", "#b3001b", ("大",)),
    Code("medium", "中型|Medium", "#e0a100", ("中",)),
    Code("small", "小型|Small", "#2e9e5b", ("小",)),
), source="CJJ/T 47-2016 大/中/小型")

POINT_KIND = CodeList("point_kind", "收集设施类型|Kind of collection point", (
    Code("point", "收集点|Collection point", "#2e9e5b", ("垃圾收集点", "投放点", "桶点", "垃圾桶点")),
    Code("station", "收集站|Collection station", "#1f6fb5", ("垃圾收集站",)),
), source="CJJ/T 47、GB 55013-2021 收集点与收集站")

_SORTING = Field("sorts_waste", "分类转运|Sorts waste", "boolean", aliases=("垃圾分类功能", "是否分类",
                                                                        "分类功能", "FLZY"))

TOILET = AssetClass(
    "toilet", "公厕|Public toilet", ("point", "polygon"), unit="座|toilets", trade="环卫|Sanitation",
    rating=Rating("count"), group_by="toilet_class", color="#00897b",
    names=("公厕", "公共厕所", "厕所", "卫生间", "toilet", "toilets", "public_toilet", "GC", "GGCS", "WC"),
    fields=(
        also("code", "公厕编号", "公厕编码", "厕所编号", "公共厕所编号", "GCBH", "GCBM", "toilet_code"),
        also("name", "公厕名称", "厕所名称", "公共厕所名称", "GCMC"),
        Field("toilet_class", "公厕类别|Class", "code", codes=TOILET_CLASS, filter=True,
              aliases=("类别", "等级", "公厕等级", "公厕级别", "厕所类别", "厕所等级", "LB", "GCLB", "GCDJ")),
        Field("toilet_form", "公厕形式|Form", "code", codes=TOILET_FORM, filter=True,
              aliases=("建筑形式", "建筑类型", "公厕类型", "建设形式", "结构形式", "GCXS", "GCLX")),
        Field("opening_hours", "开放时间|Opening hours", max_length=100,
              aliases=("开放时段", "开闭时间", "KFSJ", "opening_ho")),
        Field("open_24h", "24 小时开放|Open day and night", "boolean", filter=True,
              aliases=("24小时", "24h", "全天开放", "是否24小时开放", "是否全天", "QTKF")),
        Field("accessible", "无障碍|Accessible", "boolean", filter=True,
              aliases=("无障碍设施", "有无无障碍", "是否无障碍", "无障碍厕位", "WZA", "wheelchair")),
        Field("third_room", "第三卫生间|Family room", "boolean",
              aliases=("有无第三卫生间", "第三卫生间（家庭）", "DSWSJ", "家庭卫生间")),
        Field("alliance", "开放联盟|Open alliance", "boolean", filter=True,
              aliases=("社会公厕", "是否开放联盟", "厕所开放联盟", "社会厕所", "是否社会公厕", "KFLM",
                       "SHGC")),
        Field("male_stalls", "男厕位数|Stalls for men", "integer", unit="个", minimum=0, maximum=1000,
              aliases=("男厕位", "男厕位数量", "男蹲位", "NCW")),
        Field("female_stalls", "女厕位数|Stalls for women", "integer", unit="个", minimum=0, maximum=1000,
              aliases=("女厕位", "女厕位数量", "女蹲位", "NVCW")),
        Field("urinals", "小便位数|Urinals", "integer", unit="个", minimum=0, maximum=1000,
              aliases=("小便器", "小便斗", "小便池")),
        area_m2("占地面积|Plot area", "用地面积", "ZDMJ"),
        measured("building_area_m2", "建筑面积|Building area", "m²", "JZMJ"),
        Field("star_rating", "星级|Stars", max_length=20, aliases=("A级", "星级评定", "公厕星级", "XJ")),
        Field("smart", "智慧公厕|Smart toilet", "boolean", aliases=("是否智慧公厕", "智能公厕", "ZHGC")),
        Field("fee", "收费|Charged", "boolean", aliases=("是否收费", "SFSF")),
        position_class(),
        Field("address", "地址|Address", max_length=200, aliases=("详细地址", "所在地址", "DZ")),
    ))

TRANSFER_STATION = AssetClass(
    "transfer_station", "垃圾转运站|Transfer station", ("point", "polygon"), unit="座|stations",
    trade="环卫|Sanitation", rating=Rating("count"), group_by="collection_mode", color="#795548",
    names=("转运站", "中转站", "垃圾站", "垃圾转运站", "垃圾中转站", "压缩站", "transfer_station",
           "transfer_stations", "ZYZ", "ZZZ", "LJZYZ"),
    fields=(
        also("code", "转运站编号", "中转站编号", "站点编号", "ZYZBH", "station_code"),
        also("name", "转运站名称", "中转站名称", "站名", "站点名称", "ZYZMC"),
        # Not required on loading; without it no service radius can be told, and coverage says so.
        Field("collection_mode", "收集方式|Collection mode", "code", codes=COLLECTION_MODE, filter=True,
              aliases=("收运方式", "垃圾收集方式", "收集模式", "SJFS")),
        measured("capacity_t_per_d", "转运能力|Capacity", "t/d", "设计能力", "设计规模", "转运规模",
                 "处理能力", "日转运能力", "日转运量", "ZYNL", "SJGM", "capacity", high=20_000),
        Field("integrated", "功能类型|Single or comprehensive", "code", codes=STATION_KIND, filter=True,
              aliases=("单一性/综合性", "单一/综合", "站点类型", "是否综合性", "综合性", "转运站类型", "GNLX",
                       "ZYZLX")),
        Field("station_size", "规模|Size", "code", codes=STATION_SIZE, filter=True,
              aliases=("转运站规模", "规模类型", "规模等级", "站点规模", "GM")),
        _SORTING,
        area_m2("占地面积|Plot area", "用地面积", "ZDMJ"),
        measured("building_area_m2", "建筑面积|Building area", "m²", "JZMJ"),
        measured("setback_m", "距邻近建筑距离|Distance to buildings", "m", "防护距离", "与建筑间距",
                 "卫生防护距离", "JJ", high=10_000),
        Field("process", "转运工艺|Process", max_length=100,
              aliases=("工艺", "压缩方式", "压缩工艺", "ZYGY")),
        Field("odour_control", "除臭设施|Odour control", "boolean", aliases=("有无除臭", "除臭", "CCSS")),
        Field("leachate_treated", "渗滤液处理|Leachate treated", "boolean",
              aliases=("渗滤液处理设施", "渗沥液处理", "SLYCL")),
        Field("weighing_link", "称重联网|Weighing online", "boolean",
              aliases=("称重系统", "计量称重", "CZLW")),
        Field("service_area", "服务范围|Area served", max_length=300,
              aliases=("服务区域", "收运范围", "FWFW")),
        position_class(),
        Field("address", "地址|Address", max_length=200, aliases=("详细地址", "所在地址", "DZ")),
    ))

COLLECTION_POINT = AssetClass(
    "collection_point", "垃圾收集点|Collection point", ("point", "polygon"), unit="处|points", trade="环卫|Sanitation",
    rating=Rating("count"), group_by="point_kind", color="#8d6e63",
    names=("垃圾收集点", "收集点", "收集站", "垃圾收集站", "投放点", "collection_point", "collection_points", "LJSJD"),
    fields=(
        also("code", "收集点编号", "收集点编码", "收集站编号"),
        also("name", "收集点名称", "收集站名称"),
        Field("point_kind", "收集设施类型|Kind", "code", codes=POINT_KIND, filter=True, aliases=("收集点类型",)),
        Field("collection_mode", "收集方式|Collection mode", "code", codes=COLLECTION_MODE, filter=True,
              aliases=("收运方式", "垃圾收集方式", "收集模式", "SJFS")),
        _SORTING,
        measured("capacity_t_per_d", "收集能力|Capacity", "t/d", high=1000),
        position_class(),
        Field("address", "地址|Address", max_length=200, aliases=("详细地址", "所在地址", "DZ")),
    ))
