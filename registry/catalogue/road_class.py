"""Road classes and maintenance grades, shared by roads, bridges, tunnels and streetlights."""

from registry.kinds import Code, CodeList, Field

ROAD_CLASS = CodeList("road_class", "道路等级|Road class", (
    Code("expressway", "快速路|Expressway", "#c2185b",
         ("快速", "快速道", "快速道路", "城市快速路", "KSL", "trunk", "trunk_link")),
    Code("arterial", "主干路|Arterial", "#e2541b",
         ("主干道", "主干", "城市主干路", "城市主干道", "ZGL", "ZGD", "primary", "primary_link")),
    Code("secondary", "次干路|Secondary", "#e0a100",
         ("次干道", "次干", "城市次干路", "城市次干道", "CGL", "CGD", "secondary_link")),
    Code("branch", "支路|Branch", "#2e9e5b",
         ("支道", "支", "城市支路", "ZL", "tertiary", "tertiary_link")),
    Code("alley", "街巷|Alley", "#6f7fb5",
         ("里巷", "背街小巷", "背街里巷", "小街巷", "街坊路", "巷道", "巷", "胡同", "弄", "living_street")),
), source="CJJ 37-2012 快速路/主干路/次干路/支路；街巷（里巷、背街小巷）按各市专项规划另列")

# CJJ 36-2016 and CJJ 99-2017 name the grades alike; 等 belongs to the upkeep, 类 to the kind of bridge.
MAINTENANCE_GRADE = CodeList("maintenance_grade", "养护等级|Maintenance grade", (
    Code("I", "Ⅰ等|Grade I", "#b3001b", ("Ⅰ", "Ⅰ级", "Ⅰ等养护", "一等", "一级", "1")),
    Code("II", "Ⅱ等|Grade II", "#e0a100", ("Ⅱ", "Ⅱ级", "Ⅱ等养护", "二等", "二级", "2")),
    Code("III", "Ⅲ等|Grade III", "#2e9e5b", ("Ⅲ", "Ⅲ级", "Ⅲ等养护", "三等", "三级", "3")),
), source="CJJ 36-2016、CJJ 99-2017 养护等级")


def road_class(*aliases: str) -> Field:
    """The class of the road that something is, carries or stands on."""
    return Field("road_class", "道路等级|Road class", "code", codes=ROAD_CLASS, filter=True,
                 aliases=("道路类别", "道路类型", "道路级别", "DLDJ", "DLLB", "road_type", *aliases))


def maintenance_grade() -> Field:
    """Ⅰ/Ⅱ/Ⅲ等 of the upkeep."""
    return Field("maintenance_grade", "养护等级|Maintenance grade", "code", codes=MAINTENANCE_GRADE,
                 aliases=("管养等级", "养护级别", "YHDJ"))


def road_name() -> Field:
    """The road that something stands on, by name."""
    return Field("road_name", "所在道路|On the road", max_length=200,
                 aliases=("所属道路", "所在路段", "道路名称", "路名", "所在道路名称", "SZDL", "DLMC"))
