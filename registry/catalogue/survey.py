"""Survey: points whose coordinates are known, by which other layers are judged."""

from registry.catalogue.common_fields import also
from registry.kinds import AssetClass, Code, CodeList, Field

ORDER = CodeList("control_order", "控制点等级|Order of a control point", (
    Code("national", "国家等级|National order", "#3e2723", ("一等", "二等", "三等", "四等")),
    Code("city", "城市一、二级|City, grades 1 and 2", "#5d4037", ("一级", "二级", "导线点")),
    Code("mapping", "图根|Mapping control", "#a1887f", ("图根点",)),
))

CONTROL_POINT = AssetClass(
    "control_point", "测量控制点|Survey control point", ("point",), unit="个|points", trade="测绘|Survey", color="#5d4037", group_by="order",
    description="沿道路布设、坐标已知的点；道路的坐标基准以此检查|Points along the roads whose coordinates are known; the datum of the roads is checked by them",
    names=("控制点", "测量控制点", "图根点", "导线点", "control_point", "control_points", "KZD"),
    fields=(
        also("code", "点号", "控制点编号"),
        also("name", "点名"),
        Field("order", "等级|Order", "code", codes=ORDER, filter=True, aliases=("控制点等级", "控制等级", "DJ")),
        Field("height_m", "高程|Height", "number", unit="m", minimum=-500, maximum=9000, aliases=("高程(m)", "正常高", "H")),
    ), control=True)
