"""Zones: divisions, grids, land and boundary editions that figures are told by."""

from registry.catalogue.common_fields import area_m2, measured, zone_also
from registry.kinds import Code, CodeList, Field, ZoneKind

LAND_USE = CodeList("residential_land_use", "居住用地类别|Class of residential land", (
    Code("R1", "一类居住用地|Class 1", "#fff59d", ("一类", "070101")),
    Code("R2", "二类居住用地|Class 2", "#ffe082", ("二类", "070102")),
    Code("R3", "三类居住用地|Class 3", "#ffcc80", ("三类", "070103")),
    Code("R", "居住用地|Residential", "#ffee58", ("住宅用地", "居住", "0701", "residential")),
    Code("mixed", "商住混合|Mixed with shops", "#ffab91", ("混合用地", "商住", "RB")),
), source="GB 50137-2011 R1/R2/R3；国土空间用地分类 0701")

HISTORIC_LEVEL = CodeList("historic_level", "历史街区级别|Level of the historic district", (
    Code("national", "国家级|National", "#8a0014", ("国家",)),
    Code("provincial", "省级|Provincial", "#b3001b", ("省",)),
    Code("city", "市级|City", "#e2541b", ("市",)),
    Code("county", "县级|County", "#e0a100", ("县", "区级", "区")),
))

_RESPONSIBLE = Field("responsible", "责任单位|Responsible unit", max_length=200, filter=True,
                     aliases=("责任主体", "网格责任单位", "管理单位", "ZRDW", "ZRZT"))
_VALID_FROM = zone_also("valid_from", "初始日期", "CSRQ")
_VALID_TO = zone_also("valid_to", "ZZRQ", "失效日期")

DISTRICT = ZoneKind(
    "district", "行政区|District", ("polygon",), color="#5b6abf",
    names=("行政区", "行政区划", "区界", "市辖区", "区县", "district", "districts", "XZQ", "XZQH"),
    fields=(
        zone_also("code", "区代码", "区县代码", "县级代码", "XZQDM", "XZQHDM", "district_code"),
        zone_also("name", "区名称", "区县名称", "行政区名", "XZQMC", "district_name"),
        zone_also("parent", "市代码", "所属市", "SSDM"),
        area_m2("面积|Area", "行政区面积"),
        Field("administrator", "主管部门|Administrator", max_length=200,
              aliases=("主管单位", "城管部门", "ZGBM")),
    ))

STREET = ZoneKind(
    "street", "街道|Street office", ("polygon",), color="#3d8fca",
    names=("街道", "街道办", "街道界", "镇街", "乡镇", "乡镇街道", "subdistrict", "township", "JD", "JDJX"),
    fields=(
        zone_also("code", "街道代码", "街道编码", "乡镇代码", "SZJDDM", "JDDM", "street_code"),
        zone_also("name", "街道名称", "街道名", "乡镇名称", "SZJDMC", "JDMC", "street_name"),
        zone_also("parent", "所属区", "所属行政区", "区代码", "区县代码", "SSQ", "XZQDM"),
        area_m2("面积|Area", "街道面积"),
    ))

COMMUNITY = ZoneKind(
    "community", "社区|Community", ("polygon",), color="#2f9f8f",
    names=("社区", "社区界", "村居", "村社区", "行政村", "community", "communities", "SQ", "SQJX"),
    fields=(
        zone_also("code", "社区代码", "社区编码", "村代码", "SZSQDM", "SQDM", "community_code"),
        zone_also("name", "社区名称", "社区名", "村名称", "SZSQMC", "SQMC", "community_name"),
        zone_also("parent", "所属街道", "街道代码", "所在街道", "SZJDDM", "JDDM", "SSJD"),
        area_m2("面积|Area", "社区面积"),
        Field("households", "户数|Households", "integer", unit="户", minimum=0, aliases=("居民户数", "HS")),
    ))

UNIT_GRID = ZoneKind(
    "unit_grid", "单元网格|Unit grid", ("polygon",), color="#a0a0a0",
    description="15 位：区划 6、街道 3、社区 3、顺序 3|15 digits: division 6, street, community, serial 3",
    names=("单元网格", "万米网格", "万米单元网格", "unit_grid", "unit_grids", "DYWG"),
    fields=(
        zone_also("code", "单元网格标识码", "网格标识码", "网格代码", "网格编号", "DYWGBSM", "SZDYWGBSM",
                  "BGID", "WGBM", "WGBH", "grid_code"),
        zone_also("name", "网格名称", "单元网格名称", "WGMC"),
        zone_also("parent", "所属社区", "社区代码", "所在社区", "SZSQDM", "SQDM"),
        _VALID_FROM, _VALID_TO,
        area_m2("面积|Area", "网格面积", "WGMJ"),
        measured("perimeter_m", "周长|Perimeter", "m", "网格周长", "ZC"),
        Field("land_use", "用地类别|Land use", max_length=50, aliases=("用地类型", "用地性质", "YDLB")),
        Field("management_grade", "管理等级|Management grade", max_length=20, aliases=("网格等级", "GLDJ")),
        _RESPONSIBLE,
    ))

MANAGEMENT_GRID = ZoneKind(
    "management_grid", "管理网格|Management grid", ("polygon",), color="#c06a3d",
    description="由若干单元网格组成的责任网格或巡查区块|Unit grids put together under one responsible unit",
    names=("管理网格", "责任网格", "巡查区块", "责任区", "管理网格边界", "management_grid",
           "management_grids", "GLWG"),
    fields=(
        zone_also("code", "管理网格编码", "网格代码", "网格编号", "责任网格编码", "区块编号", "GLWGBM",
                  "WGBM", "WGBH", "grid_code"),
        zone_also("name", "网格名称", "责任网格名称", "区块名称", "WGMC"),
        zone_also("parent", "所属街道", "街道代码", "所属区", "JDDM", "SSJD"),
        _VALID_FROM, _VALID_TO,
        _RESPONSIBLE,
        area_m2("面积|Area", "网格面积", "WGMJ"),
    ))

BUILT_UP_AREA = ZoneKind(
    "built_up_area", "建成区|Built-up area", ("polygon",), color="#b5533c",
    description="各版边界并存，数字说明用哪一版|Editions stand side by side; a figure names its own",
    names=("建成区", "建成区范围", "建成区边界", "built_up_area", "built_up", "JCQ"),
    fields=(
        zone_also("name", "建成区名称", "JCQMC"),
        zone_also("parent", "所属区", "区代码", "所属行政区", "XZQDM"),
        Field("edition", "版本|Edition", column="edition", max_length=50, filter=True,
              aliases=("版次", "边界版本", "BB")),
        Field("edition_year", "年度|Year", "integer", unit="年", minimum=1949, maximum=2200, filter=True,
              aliases=("年份", "年", "版本年份", "ND", "NF", "year")),
        Field("defined_by", "划定依据|Defined by", max_length=200,
              aliases=("来源", "依据", "数据来源", "SJLY")),
        area_m2("建成区面积|Area", "JCQMJ"),
    ))

THEME = CodeList("area_theme", "范围的专题|Theme of an area", (
    Code("sponge_city", "海绵城市达标区|Sponge city", "#1f6fb5", ("海绵城市", "海绵")),
    Code("smart_management", "智慧城管覆盖区|Smart city management", "#6a1b9a", ("智慧城管", "数字城管")),
    Code("drained", "排水管网覆盖区|Served by drains", "#00897b", ("排水覆盖", "雨污分流区")),
    Code("green_cover", "绿化覆盖|Under plants", "#2e9e5b", ("绿化覆盖范围", "植被覆盖")),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
), source="绍兴、河西规划中以建成区面积为分母的各项")

THEMATIC_AREA = ZoneKind(
    "thematic_area", "专题范围|Thematic area", ("polygon",), color="#00897b", code_required=False,
    description="某项工作已覆盖的范围，作为占建成区面积之比的分子|What a scheme has reached, as a share of the built-up area",
    names=("专题范围", "海绵城市", "智慧城管", "排水覆盖区", "绿化覆盖", "thematic_area", "thematic_areas", "ZTFW"),
    fields=(
        zone_also("code", "范围编号"),
        zone_also("name", "范围名称"),
        zone_also("parent", "所属区", "区代码", "XZQDM"),
        Field("theme", "专题|Theme", "code", codes=THEME, filter=True, aliases=("类型", "专题名称", "覆盖类型", "ZT")),
        area_m2("面积|Area", "范围面积"),
    ))

LAND_CLASS = CodeList("land_class", "用地类别|Land use", (
    Code("R", "居住用地|Residential", "#ffee58", ("居住", "R1", "R2", "R3", "07")),
    Code("A", "公共管理与公共服务用地|Public services", "#ec407a", ("公共管理", "公共服务", "公共管理与公共服务设施用地", "08")),
    Code("B", "商业服务业用地|Commercial", "#e53935", ("商业", "商业服务业设施用地", "商服用地", "09")),
    Code("M", "工业用地|Industrial", "#8d6e63", ("工业", "工矿用地", "10")),
    Code("W", "物流仓储用地|Storage", "#7e57c2", ("物流仓储", "仓储用地", "仓储", "11")),
    Code("S", "道路与交通用地|Roads and transport", "#9e9e9e", ("道路与交通设施用地", "交通运输用地", "交通", "12")),
    Code("U", "公用设施用地|Utilities", "#29b6f6", ("公用设施", "13")),
    Code("G", "绿地与广场用地|Green and squares", "#66bb6a", ("绿地与广场", "绿地与开敞空间用地", "14")),
), source="GB 50137-2011 城市建设用地大类；国土空间用地分类 07～14")

LAND = ZoneKind(
    "land", "用地|Land", ("polygon",), color="#bcaaa4", code_required=False,
    description="按大类的建设用地：按用地计的密度以它为分母|Land by its use: the denominator of densities by land use",
    names=("用地", "用地现状", "城市建设用地", "建设用地", "land", "land_parcel", "land_parcels", "YDXZT"),
    fields=(
        zone_also("code", "地块编号", "图斑编号", "DKBH"),
        zone_also("name", "地块名称"),
        zone_also("parent", "所属区", "区代码", "XZQDM"),
        Field("land_use", "用地类别|Land use", "code", codes=LAND_CLASS, filter=True,
              aliases=("用地性质", "用地代码", "用地类型", "YDLB", "YDXZ", "landuse")),
        area_m2("用地面积|Area", "地块面积", "YDMJ"),
    ))

HISTORIC_DISTRICT = ZoneKind(
    "historic_district", "历史文化街区|Historic district", ("polygon",), color="#8d5a2b",
    names=("历史文化街区", "历史街区", "历史城区", "历史风貌区", "historic_district", "historic_districts",
           "historic", "LSWHJQ"),
    fields=(
        zone_also("code", "街区编号", "街区编码", "JQBM"),
        zone_also("name", "街区名称", "JQMC"),
        zone_also("parent", "所属区", "区代码", "XZQDM"),
        Field("level", "级别|Level", "code", codes=HISTORIC_LEVEL, aliases=("保护级别", "等级", "JB")),
        Field("announced_on", "公布日期|Announced on", "date", aliases=("公布时间", "批准日期", "GBRQ")),
        area_m2("面积|Area", "保护面积", "街区面积", "核心保护范围面积"),
    ))

RESIDENTIAL = ZoneKind(
    "residential", "居住用地|Residential land", ("polygon",), color="#ffca28", code_required=False,
    description="覆盖率的分母|The denominator of coverage",
    names=("居住用地", "居住区", "居住小区", "小区", "住宅小区", "住宅用地", "residential", "JZYD", "XQ"),
    fields=(
        zone_also("code", "小区编号", "小区编码", "地块编号", "图斑编号", "XQBH", "TBBH"),
        zone_also("name", "小区名称", "地块名称", "XQMC"),
        zone_also("parent", "所属社区", "所属街道", "社区代码", "街道代码", "SQDM", "JDDM"),
        zone_also("population", "小区人口", "住户人口", "人数"),
        Field("land_use", "用地类别|Land use", "code", codes=LAND_USE, filter=True,
              aliases=("用地性质", "用地代码", "用地类型", "YDLB", "YDXZ", "landuse")),
        Field("households", "户数|Households", "integer", unit="户", minimum=0,
              aliases=("居民户数", "总户数", "HS")),
        Field("built_year", "建成年份|Year built", "integer", unit="年", minimum=1800, maximum=2200,
              aliases=("建成年代", "竣工年份", "JCNF")),
        area_m2("用地面积|Area", "占地面积", "地块面积", "小区面积", "YDMJ"),
    ))
