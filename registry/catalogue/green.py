"""Green space: parks that people walk to, and the other green land of CJJ/T 85-2017."""

from registry.catalogue.common_fields import also, area_m2, length_m, measured, position_class
from registry.kinds import AssetClass, Code, CodeList, EntranceTo, Field, InService, Rating

PARK_TYPE = CodeList("park_type", "公园类型|Kind of park", (
    Code("G11", "综合公园|Comprehensive park", "#1b7a3d", ("综合性公园", "市级公园", "区级公园")),
    Code("G12", "社区公园|Community park", "#2e9e5b", ("居住区公园", "小区游园")),
    Code("G13", "专类公园|Specialised park", "#8bc34a",
         ("专类园", "动物园", "植物园", "历史名园", "遗址公园", "游乐公园", "儿童公园", "湿地公园",
          "体育公园", "G131", "G132",
          "G133", "G134", "G135", "G139")),
    Code("G14", "游园|Pocket park", "#c0d860",
         ("口袋公园", "街旁绿地", "街头绿地", "街头游园", "小游园", "带状公园", "G15")),
), source="CJJ/T 85-2017 G11～G14；G15 街旁绿地为 2002 版代码")

PARK_STATUS = CodeList("park_status", "公园建设状态|Stage of the park", (
    Code("built", "建成|Built", "#2e9e5b", ("已建", "已建成", "现状", "建成开放")),
    Code("under_construction", "在建|Under construction", "#e0a100", ("建设中", "施工中", "施工")),
    Code("planned", "规划|Planned", "#bdbdbd", ("规划中", "拟建", "待建", "未建")),
))

GREEN_TYPE = CodeList("green_type", "绿地类型|Kind of green land", (
    Code("G1", "公园绿地|Park green", "#1b7a3d", ("公园", "公共绿地", "G11", "G12", "G13", "G14")),
    Code("G2", "防护绿地|Protective green", "#4d8f3a", ("防护",)),
    Code("G3", "广场用地|Plaza", "#c0ca33", ("广场", "广场绿地")),
    Code("XG", "附属绿地|Attached green", "#8bc34a", ("附属", "单位附属绿地", "单位绿地", "AG", "BG", "MG",
                                                  "WG", "UG")),
    Code("RG", "居住用地附属绿地|Green of housing", "#aed581", ("居住绿地", "小区绿地", "居住区绿地",
                                                        "居住附属绿地")),
    Code("SG", "道路与交通设施用地附属绿地|Green of roads", "#66bb6a",
         ("道路绿地", "道路附属绿地", "行道绿地", "道路绿化", "绿化带", "交通绿地")),
    Code("EG", "区域绿地|Regional green", "#00695c",
         ("区域", "EG1", "EG2", "EG3", "EG4", "风景游憩绿地", "生态保育绿地", "生产绿地")),
    Code("other", "其他|Other", "#bdbdbd", ("其它", "其他绿地")),
), source="CJJ/T 85-2017 城市绿地分类")

UPKEEP_GRADE = CodeList("green_upkeep_grade", "绿地养护等级|Upkeep grade of green land", (
    Code("special", "特级|Special", "#7b1fa2", ("特",)),
    Code("1", "一级|Grade 1", "#b3001b", ("一", "一等", "Ⅰ", "Ⅰ级")),
    Code("2", "二级|Grade 2", "#e0a100", ("二", "二等", "Ⅱ", "Ⅱ级")),
    Code("3", "三级|Grade 3", "#2e9e5b", ("三", "三等", "Ⅲ", "Ⅲ级")),
))

_UPKEEP = Field("upkeep_grade", "养护等级|Upkeep grade", "code", codes=UPKEEP_GRADE,
                aliases=("管养等级", "养护级别", "绿化养护等级", "YHDJ"))
_GREEN_AREA = measured("green_area_m2", "绿化面积|Planted area", "m²", "绿化用地面积", "LHMJ")

PARK = AssetClass(
    "park", "公园|Park", ("polygon",), unit="块|pieces", count_by="park_code", count_unit="座|parks",
    trade="园林|Green space", rating=Rating("area"), in_service=InService("build_status", ("built",)),
    group_by="park_type", color="#2e9e5b",
    description="一座公园可由多块组成，以 park_code 相连|A park may have several pieces, joined by park_code",
    names=("公园", "公园绿地", "城市公园", "社区公园", "口袋公园", "游园", "公园边界", "park", "parks",
           "GYLD"),
    fields=(
        also("code", "地块编号", "公园地块编号", "图斑编号", "TBBH", "piece_code"),
        also("name", "公园名称", "园名", "游园名称", "GYMC", "park_name"),
        Field("park_code", "公园编号|Park code", max_length=64, filter=True,
              aliases=("公园编码", "公园代码", "所属公园编号", "所属公园", "GYBH", "GYBM", "park_id")),
        Field("park_type", "公园类型|Kind of park", "code", codes=PARK_TYPE, filter=True,
              aliases=("类型", "公园类别", "绿地类型", "绿地类别", "GYLX", "GYLB", "LDLX")),
        Field("open_to_public", "对外开放|Open to the public", "boolean", filter=True, default=True,
              aliases=("是否开放", "开放", "是否对外开放", "SFKF", "KF")),
        # A park in the ledger without a word on it stands: default built. Not `status`: see utility_tunnel.
        Field("build_status", "建设状态|Stage", "code", codes=PARK_STATUS, filter=True, default="built",
              aliases=("建成/规划", "建设情况", "建成情况", "公园状态", "JSZT", "stage")),
        area_m2("公园面积|Area", "占地面积", "绿地面积", "用地面积", "GYMJ", "ZDMJ"),
        _GREEN_AREA,
        measured("water_area_m2", "水域面积|Water area", "m²", "水体面积", "SYMJ"),
        Field("opening_hours", "开放时间|Opening hours", max_length=100, aliases=("开放时段", "KFSJ")),
        Field("fee", "收费|Charged", "boolean", aliases=("是否收费", "SFSF")),
        _UPKEEP,
        position_class(),
        Field("address", "地址|Address", max_length=200, aliases=("详细地址", "位置", "DZ")),
    ))

ENTRANCE_KIND = CodeList("entrance_kind", "出入口类型|Kind of entrance", (
    Code("main", "主入口|Main entrance", "#33691e", ("主要", "主出入口", "大门", "正门")),
    Code("side", "次入口|Side entrance", "#7cb342", ("次要", "次出入口", "侧门")),
))

PARK_ENTRANCE = AssetClass(
    "park_entrance", "公园出入口|Park entrance", ("point",), unit="处|entrances", trade="园林|Green space", color="#33691e", group_by="entrance_kind",
    description="步行从这里进入公园；没有的公园由道路与边界的交点推断|Where people enter a park on foot; of a park without any they are inferred",
    names=("公园出入口", "公园入口", "公园大门", "出入口", "park_entrance", "park_entrances", "GYCRK"),
    fields=(
        also("code", "出入口编号", "入口编号"),
        also("name", "出入口名称", "入口名称", "门名"),
        Field("park_code", "公园编号|Park code", max_length=64, filter=True, aliases=("公园编码", "所属公园编号", "所属公园", "GYBH", "GYBM", "park_id")),
        Field("entrance_kind", "出入口类型|Kind of entrance", "code", codes=ENTRANCE_KIND, filter=True, aliases=("入口类型",)),
        Field("accessible", "无障碍|Accessible", "boolean", aliases=("是否无障碍", "WZA")),
        position_class(),
    ), entrance_to=EntranceTo("park", "park_code"))

GREEN = AssetClass(
    "green", "绿地|Green space", ("polygon",), unit="块|pieces", trade="园林|Green space",
    rating=Rating("area"), group_by="green_type", color="#8bc34a",
    names=("绿地", "绿化", "园林绿化", "道路绿化", "防护绿地", "附属绿地", "绿化带", "green", "green_space",
           "greenspace", "LHD"),
    fields=(
        also("code", "绿地编号", "绿地编码", "地块编号", "图斑编号", "LDBH", "LDBM", "TBBH"),
        also("name", "绿地名称", "LDMC"),
        Field("green_type", "绿地类型|Kind of green land", "code", codes=GREEN_TYPE, filter=True,
              aliases=("类型", "绿地类别", "绿地分类", "绿地性质", "LDLX", "LDLB", "LDFL")),
        area_m2("绿地面积|Area", "占地面积", "LDMJ"),
        _GREEN_AREA,
        measured("canopy_area_m2", "绿化覆盖面积|Area under plants", "m²", "覆盖面积", "垂直投影面积",
                 "FGMJ"),
        Field("trees", "乔木数量|Trees", "integer", unit="株", minimum=0,
              aliases=("乔木", "乔木株数", "树木数量", "QMSL")),
        _UPKEEP,
        Field("address", "地址|Address", max_length=200, aliases=("详细地址", "位置", "DZ")),
    ))

GREENWAY = AssetClass(
    "greenway", "绿道|Greenway", ("line",), unit="段|segments", count_by="greenway_code", count_unit="条|greenways",
    trade="园林|Green space", rating=Rating("length"), color="#558b2f", group_by="build_status",
    names=("绿道", "绿道网", "健身绿道", "城市绿道", "greenway", "greenways", "LVDAO"),
    fields=(
        also("code", "绿道段编号", "绿道段编码"),
        also("name", "绿道名称"),
        Field("greenway_code", "绿道编号|Greenway code", max_length=64, filter=True, aliases=("绿道编码", "所属绿道编号")),
        length_m("绿道长度|Length"),
        measured("width_m", "绿道宽度|Width", "m", high=200),
        Field("build_status", "建设状态|Stage", "code", codes=PARK_STATUS, filter=True, default="built",
              aliases=("建设情况", "建成情况", "绿道状态")),
        Field("open_to_public", "对外开放|Open to the public", "boolean", filter=True, default=True,
              aliases=("是否开放", "是否对外开放")),
        position_class(),
    ), in_service=InService("build_status", ("built",)))
