"""Points of pipes that are no manholes: bends, tees, valves, hydrants and what else a survey by CJJ 61 finds."""

from registry.catalogue.common_fields import also, measured
from registry.catalogue.pipe_codes import ATTACHMENT, FEATURE, MEDIUM
from registry.catalogue.road_class import road_name
from registry.kinds import AssetClass, Field, Rating

FEATURE_NAMES = ("管点特征", "点特征", "特征点", "特征点类型", "TZD", "TZDLX", "Feature")
ATTACHMENT_NAMES = ("附属物名称", "附属物类型", "附属设施", "管线附属物", "FSW", "FSWMC", "FSWLX", "Subsid", "Appendage")

PIPE_NODE = AssetClass(
    "pipe_node", "管点|Pipe node", ("point",), unit="个|nodes", trade="地下管线|Underground lines",
    rating=Rating("count"), group_by="medium", color="#00a3a3",
    description="窨井以外的管线点：弯头、三通、阀门、消防栓等|Points of pipes other than manholes: bends, tees, valves, hydrants",
    names=("管点", "管线点", "管线特征点", "pipe_node", "pipe_nodes"),
    fields=(
        also("code", "管点编号", "管线点编号", "管线点号", "管点号"),
        Field("medium", "介质|Medium", "code", codes=MEDIUM, filter=True,
              aliases=("管线类别", "管线类型", "管线种类", "管类", "GXLX", "GXLB", "GXZL", "PipeType")),
        Field("feature", "特征|Feature", "code", codes=FEATURE, filter=True, aliases=FEATURE_NAMES),
        Field("attachment", "附属物|Fitting", "code", codes=ATTACHMENT, filter=True, aliases=ATTACHMENT_NAMES),
        measured("ground_elevation_m", "地面高程|Ground elevation", "m", "地面标高", "DMGC", low=-500, high=9000),
        measured("depth_m", "埋深|Depth", "m", "MS", low=-100, high=500),
        Field("node_code", "物探点号|Survey node", max_length=64, aliases=("WTDH", "Exp_No", "探测点号")),
        Field("map_number", "图上点号|Number on the map", max_length=64, aliases=("TSDH", "Map_No")),
        Field("surveyed_by", "探测单位|Surveyed by", max_length=200, aliases=("普查单位", "测量单位", "TCDW", "Sunit")),
        Field("surveyed_on", "探测日期|Surveyed on", "date", aliases=("普查日期", "探测时间", "TCRQ", "Sdate")),
        road_name(),
    ))
