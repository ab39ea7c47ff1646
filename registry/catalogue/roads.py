"""Roads: one row a segment, counted by the road they make up."""

from registry.catalogue.common_fields import also, area_m2, length_m, measured
from registry.catalogue.road_class import maintenance_grade, road_class
from registry.kinds import AssetClass, Code, CodeList, Field, Rating, Walkable

SURFACE = CodeList("surface", "面层类型|Surface", (
    Code("asphalt", "沥青|Asphalt", "#4a4a4a", ("沥青混凝土", "沥青路面", "沥青砼", "黑色路面", "LQ")),
    Code("concrete", "水泥|Concrete", "#a8a8a8",
         ("水泥混凝土", "混凝土", "水泥路面", "砼", "白色路面", "SN")),
    Code("blocks", "砌块|Paving blocks", "#b57a3d",
         ("铺装", "石板", "块石", "砖", "透水砖", "石材", "paving_stones", "sett", "cobblestone", "QK")),
    Code("gravel", "碎石|Gravel", "#cbb682", ("砂石", "泥结碎石", "fine_gravel")),
    Code("earth", "土路|Earth", "#8d5a2b", ("土", "泥路", "泥土", "dirt", "ground", "TL")),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
), source="CJJ 36-2016 沥青/水泥/砌块路面；土路按巴彦淖尔规划另列")

SWEEPING_GRADE = CodeList("sweeping_grade", "清扫保洁等级|Sweeping grade", (
    Code("special", "特级|Special", "#7b1fa2", ("特",)),
    Code("1", "一级|Grade 1", "#b3001b", ("一", "一等", "Ⅰ", "Ⅰ级")),
    Code("2", "二级|Grade 2", "#e2541b", ("二", "二等", "Ⅱ", "Ⅱ级")),
    Code("3", "三级|Grade 3", "#e0a100", ("三", "三等", "Ⅲ", "Ⅲ级")),
    Code("4", "四级|Grade 4", "#2e9e5b", ("四", "四等", "Ⅳ", "Ⅳ级")),
), source="CJJ/T 126 清扫保洁等级一至四级；特级为各市增设")

STREET_KIND = CodeList("street_kind", "路段性质|Kind of street", (
    Code("commercial", "商业性|Commercial", "#b3001b", ("商业", "商业性路段", "商业街", "商业街道")),
    Code("living", "生活性|Living", "#2e9e5b", ("生活", "生活性路段", "居住性", "生活街道")),
    Code("traffic", "交通性|Traffic", "#4a4a4a", ("交通", "交通性路段", "交通街道")),
), source="CJJ 27-2012 3.4.3 按路段性质定公共厕所间距")

VOID_GRADE = CodeList("void_grade", "脱空等级|Grade of voids under the road", (
    Code("no_voids", "无脱空|No voids", "#2e9e5b", ("无", "未脱空", "正常", "未发现")),
    Code("slight", "轻微|Slight", "#e0a100", ("轻微脱空", "轻", "轻度", "轻度脱空")),
    Code("moderate", "中等|Moderate", "#e2541b", ("中等脱空", "一般脱空", "中", "中度", "一般")),
    Code("severe", "严重|Severe", "#b3001b", ("严重脱空", "重", "重度", "重度脱空")),
    Code("cavity", "空洞|Cavity", "#6a0010", ("地下空洞",)),
    Code("unchecked", "未检测|Not surveyed", "#8a8a8a", ("未检", "未探测")),
), source="绍兴规划“道路脱空检测”；各检测单位的级名")

LAMPS = CodeList("lamps_installed", "装灯|Lamps installed", (
    Code("installed", "已装灯|Installed", "#e0a100", ("已装", "装灯", "有灯", "有", "是", "true", "yes", "Y")),
    Code("lacking", "未装灯|Lacking", "#b3001b", ("应装未装", "未装", "无灯", "无", "否", "false", "no", "N")),
    Code("not_needed", "不需装灯|Not needed", "#8a8a8a", ("不需", "不应装", "无需装灯")),
), source="装灯率＝已装灯的道路长度/应装灯的道路长度")

ROAD = AssetClass(
    "road", "道路|Road", ("line",), trade="道路|Roads", color="#e2541b",
    description="一行是一个路段，road_code 相同的合为一条路|One row is a segment; one road_code is a road",
    unit="段|segments", count_by="road_code", count_unit="条|roads",
    rating=Rating("length"), group_by="road_class", walkable=Walkable("road_class", ("expressway",), level="level"),
    names=("道路", "路网", "路段", "公路", "市政道路", "道路中心线", "街巷", "里巷", "背街小巷", "road",
           "roads", "road_network", "DL", "DLZXX"),
    fields=(
        also("code", "路段编号", "路段编码", "路段代码", "路段标识码", "LDBH", "LDBM", "segment_code"),
        also("name", "道路名称", "路名", "路段名称", "街巷名称", "DLMC", "LDMC", "road_name"),
        Field("road_code", "道路编号|Road code", max_length=64, filter=True,
              aliases=("道路编码", "道路代码", "所属道路编号", "所属道路编码", "路线编号", "DLBH", "DLBM",
                       "DLDM", "RoadCode", "road_id")),
        road_class("等级", "路级"),
        Field("street_kind", "路段性质|Kind of street", "code", codes=STREET_KIND, filter=True,
              aliases=("街道性质", "道路性质", "街道类型", "LDXZ", "JDXZ")),
        Field("is_key", "重要道路|Key road", "boolean", filter=True, default=False,
              aliases=("是否重要", "重要", "是否重要道路", "重点道路", "重要路段", "ZYDL", "SFZY")),
        Field("surface", "面层类型|Surface", "code", codes=SURFACE, filter=True,
              aliases=("面层", "路面类型", "路面结构", "路面材料", "路面材质", "LMLX", "LMCL", "pavement")),
        length_m("道路长度|Length", "路段长度", "路长", "DLCD", "LDCD"),
        area_m2("道路面积|Area", "路面面积", "路段面积", "DLMJ"),
        measured("width_m", "道路宽度|Width", "m", "宽度", "路宽", "路面宽度", "红线宽度", "KD", "DLKD",
                 "width", high=500),
        measured("carriageway_width_m", "车行道宽度|Carriageway width", "m", "车道宽度", "机动车道宽",
                 "CXDKD", high=500),
        measured("carriageway_area_m2", "车行道面积|Carriageway area", "m²", "CXDMJ"),
        measured("sidewalk_area_m2", "人行道面积|Sidewalk area", "m²", "RXDMJ"),
        Field("lanes", "车道数|Lanes", "integer", minimum=0, maximum=30, aliases=("车道", "车道数量", "CDS")),
        Field("start_name", "起点|From", max_length=200, aliases=("起点名称", "起始点", "QD", "QDMC")),
        Field("end_name", "止点|To", max_length=200, aliases=("终点", "终点名称", "止点名称", "ZD", "ZDMC")),
        Field("start_node", "起点节点|Start node", max_length=64,
              aliases=("起节点", "起点编号", "from_node")),
        Field("end_node", "终点节点|End node", max_length=64, aliases=("终节点", "终点编号", "to_node")),
        Field("level", "层|Level", "integer", minimum=-10, maximum=10,
              aliases=("层级", "所在层", "立交层", "竖向层", "CJ", "layer", "z_level")),
        maintenance_grade(),
        Field("sweeping_grade", "清扫等级|Sweeping grade", "code", codes=SWEEPING_GRADE, filter=True,
              aliases=("保洁等级", "清扫保洁等级", "清扫级别", "QSDJ", "BJDJ")),
        Field("mechanised_sweeping", "机械化清扫|Swept by machine", "boolean", filter=True,
              aliases=("是否机械化清扫", "机械清扫", "机扫", "是否机扫", "JXHQS")),
        Field("sweeping_per_day", "机扫频次|Machine sweepings a day", "number", unit="次/日", minimum=0,
              maximum=48, aliases=("清扫频次", "每日机扫次数", "机扫次数", "机扫频次(次/日)", "JSPC")),
        Field("void_grade", "脱空等级|Grade of voids", "code", codes=VOID_GRADE, filter=True,
              aliases=("路面脱空", "脱空", "脱空情况", "TKDJ")),
        Field("void_checked_on", "脱空检测日期|Voids surveyed on", "date",
              aliases=("脱空检测时间", "TKJCRQ")),
        Field("lamps_installed", "装灯|Lamps installed", "code", codes=LAMPS, filter=True,
              aliases=("是否装灯", "装灯情况", "路灯安装情况", "有无路灯", "ZDQK", "lit")),
        Field("dead_end", "断头路|Dead end", "boolean", filter=True,
              aliases=("是否断头路", "断头", "DTL", "SFDTL")),
    ))
