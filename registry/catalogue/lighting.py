"""Streetlights: lamps along the roads, functional and decorative, and whether they were lit."""

from registry.catalogue.common_fields import also, measured
from registry.catalogue.road_class import road_class, road_name
from registry.kinds import AssetClass, Code, CodeList, Field, Rating

LIGHT_SOURCE = CodeList("light_source", "光源|Light source", (
    Code("led", "LED 灯|LED", "#1f6fb5", ("LED光源", "发光二极管", "LED路灯")),
    Code("sodium", "高压钠灯|Sodium", "#e0a100", ("钠灯", "HPS", "NG")),
    Code("metal_halide", "金卤灯|Metal halide", "#6f7fb5", ("金卤", "金属卤化物灯", "MH")),
    Code("mercury", "汞灯|Mercury", "#90a4ae", ("高压汞灯", "水银灯")),
    Code("energy_saving", "节能灯|Compact fluorescent", "#2e9e5b", ("荧光灯", "日光灯")),
    Code("induction", "无极灯|Induction", "#26a69a", ("电磁感应灯",)),
    Code("solar", "太阳能灯|Solar", "#c98f00", ("太阳能", "太阳能LED")),
    Code("other", "其他|Other", "#bdbdbd", ("其它",)),
))

LIT = CodeList("lit", "亮灯|Lit", (
    Code("lit", "亮|Lit", "#e0a100", ("亮灯", "已亮", "正常亮灯", "是", "1", "true", "yes", "Y")),
    Code("unlit", "不亮|Not lit", "#b3001b", ("灭", "熄灭", "未亮", "不亮灯", "灭灯", "否", "0", "false",
                                            "no", "N")),
    Code("not_due", "不应亮|Not due to be lit", "#3d7dca",
         ("不应亮灯", "半夜灯关闭", "计划停电", "检修停电", "应关", "调光关闭")),
    Code("unknown", "未查|Not checked", "#8a8a8a", ("未检查", "未知", "不明")),
), source="亮灯率＝亮灯数/应亮灯数：不应亮的灯（半夜灯、停电）不入分母")

COUNT_KIND = CodeList("count_kind", "计数单位|Counted as", (
    Code("lamp", "盏|Lamp", "#e0a100", ("灯", "灯头", "光源", "灯具")),
    Code("pole", "杆|Pole", "#5d6b75", ("灯杆", "根", "基", "套")),
), source="绍兴、河西均以盏计；一杆可有多盏")

LAMP_KIND = CodeList("lamp_kind", "照明类型|Kind of lighting", (
    Code("functional", "功能照明|Functional", "#e0a100", ("功能", "功能性", "功能性照明", "道路照明", "路灯",
                                                      "01037")),
    Code("landscape", "景观照明|Landscape", "#8e44ad",
         ("景观", "景观性", "夜景", "夜景照明", "装饰照明", "景观灯", "01039", "地灯", "01038")),
), source="道路照明与景观照明分别计算；GB/T 47678.5-2026 01037/01038/01039")

NIGHT_MODE = CodeList("night_mode", "亮灯方式|Night mode", (
    Code("all_night", "全夜灯|All night", "#e0a100", ("全夜", "通宵")),
    Code("half_night", "半夜灯|Half night", "#6f7fb5", ("半夜", "前半夜")),
    Code("dimmed", "调光|Dimmed", "#3d7dca", ("自适应调光", "智能调光")),
))

STREETLIGHT = AssetClass(
    "streetlight", "路灯|Streetlight", ("point",), unit="盏|lamps", trade="照明|Lighting",
    rating=Rating("count"), group_by="road_class", color="#e0a100",
    apart_m=0,  # the lamps of one pole share its place
    names=("路灯", "灯杆", "照明", "道路照明", "景观照明", "照明设施", "streetlight", "streetlights",
           "street_light", "street_lamp", "lamp", "lamps", "lighting", "ZM"),
    fields=(
        also("code", "路灯编号", "灯编号", "灯具编号", "灯号", "LDBH", "LDBM", "lamp_code"),
        also("name", "路灯名称", "LDMC"),
        Field("pole_code", "灯杆编号|Pole code", max_length=64, filter=True,
              aliases=("灯杆号", "杆号", "杆编号", "灯杆编码", "DGBH", "GH", "pole_id")),
        Field("count_kind", "计量单位|Counted as", "code", codes=COUNT_KIND, default="lamp",
              aliases=("计数单位", "盏/杆", "盏杆", "计数方式", "JLDW")),
        Field("lamp_count", "灯头数|Lamps on it", "integer", unit="盏", minimum=0, maximum=500,
              aliases=("灯头数量", "光源数", "盏数", "灯数", "DTS")),
        Field("lamp_kind", "照明类型|Kind of lighting", "code", codes=LAMP_KIND, filter=True,
              aliases=("功能/景观", "灯具类别", "照明类别", "照明性质", "路灯类型", "ZMLX", "LDLX")),
        road_class(),
        road_name(),
        Field("light_source", "光源|Light source", "code", codes=LIGHT_SOURCE, filter=True,
              aliases=("光源类型", "光源种类", "灯源", "GY", "GYLX", "lamp_type")),
        measured("power_w", "功率|Power", "W", "灯具功率", "光源功率", "GL", "wattage", "power", high=20_000),
        measured("height_m", "灯杆高度|Height", "m", "杆高", "灯高", "高度", "GD", "DGGD", "height",
                 high=200),
        Field("single_lamp_control", "单灯控制|Controlled one by one", "boolean", filter=True,
              aliases=("是否单灯控制", "单灯", "单灯监控", "DDKZ")),
        Field("controller_id", "单灯控制器编号|Controller", max_length=64,
              aliases=("控制器编号", "单灯控制器", "KZQBH")),
        Field("box_code", "配电箱编号|Control box", max_length=64,
              aliases=("控制箱编号", "箱变编号", "配电箱", "控制箱", "所属配电箱", "PDXBH", "KZXBH")),
        Field("circuit", "回路|Circuit", max_length=64,
              aliases=("回路编号", "供电回路", "线路", "HL", "HLBH")),
        Field("night_mode", "亮灯方式|Night mode", "code", codes=NIGHT_MODE,
              aliases=("全夜/半夜", "运行方式", "LDFS")),
        Field("lit", "亮灯|Lit", "code", codes=LIT, filter=True,
              aliases=("亮灯情况", "亮灯状态", "是否亮灯", "亮灯状况", "LDQK", "SFLD")),
        Field("lit_checked_on", "亮灯检查日期|Lighting checked on", "date",
              aliases=("巡查日期", "检查日期", "亮灯检查时间", "LDJCRQ")),
    ))
