"""The files of the pretend city: who writes them, in which CRS and encoding, under which column titles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd

from sample_gis.write import Column

Table = gpd.GeoDataFrame


def columns(text: str) -> list[Column]:
    """`key=title:C20, …`; a type is a letter, a width and for numbers the decimals (`N10.2`)."""
    result = []
    for part in text.replace("\n", " ").split(", "):
        names, _, kind = part.strip().rpartition(":")
        key, _, head = names.partition("=")
        width, _, decimals = kind[1:].partition(".")
        result.append(Column(key, head or key, kind[0], int(width), int(decimals or 0)))
    return result


@dataclass(frozen=True)
class File:
    """One file: class, rows of the table it takes, form, and the marks that tell (or hide) how to read it."""

    name: str
    kind: str
    table: str
    columns: list[Column]
    epsg: int = 4549
    encoding: str = "GBK"
    mark: str = "cpg"      # cpg, ldid (byte 29 only) or none
    prj: bool = True
    only: Callable[[Table], Table] | None = None
    values: dict | None = None  # key → {our word: theirs}

    @property
    def form(self) -> str:
        return self.name.rpartition(".")[2]


def _district(code: str) -> Callable[[Table], Table]:
    return lambda t: t[t["district"] == code]


def _media(*names: str) -> Callable[[Table], Table]:
    return lambda t: t[t["medium"].isin(names)]


YES_NO = {"亮": "是", "不亮": "否", "不应亮": "不应亮", "未查": "未查"}
ENGLISH = {"state": {"完好": "good", "破损": "damaged", "丢失": "missing", "废弃": "abandoned", "移除": "removed",
                     "未知": "unknown"},
           "road_class": {"快速路": "expressway", "主干路": "arterial", "次干路": "secondary", "支路": "branch", "街巷": "alley"},
           "lit": {"亮": "lit", "不亮": "unlit", "不应亮": "not_due", "未查": "unknown"},
           "source": {"LED": "LED", "高压钠灯": "Sodium", "金卤灯": "Metal halide"}, "single": {"是": "Y", "否": "N"}}

LOADS: list[File] = [
    File("district.shp", "district", "district", columns("code:C6, name:C30, people=population:N10"), 4490, "UTF-8"),
    File("街道.shp", "street", "street", columns("code=街道代码:C9, name=街道名称:C30, parent=所属区:C6, people=人口:N8")),
    File("社区.shp", "community", "community",
         columns("code=社区代码:C12, name=社区名称:C30, parent=所属街道:C9, people=人口:N8, homes=户数:N8"), mark="ldid"),
    File("单元网格.shp", "unit_grid", "unit_grid",
         columns("code=DYWGBSM:C15, parent=SZSQDM:C12, since=CSRQ:C8, area=WGMJ:N12.1"), 4528, mark="none"),
    File("管理网格.shp", "management_grid", "management_grid",
         columns("code=网格编号:C16, name=网格名称:C40, parent=所属街道:C9, unit=责任单位:C50")),
    File("built_up_area.shp", "built_up_area", "built_up_area",
         columns("code:C12, name:C60, edition:C10, year:N4, valid_from:C8, area:N14.1"), 4549, "UTF-8"),
    File("历史文化街区.shp", "historic_district", "historic_district",
         columns("code=街区编号:C12, name=街区名称:C40, level=保护级别:C10, valid_from=公布日期:C8"), 4490, mark="none"),
    File("居住用地.shp", "residential", "residential",
         columns("code=小区编号:C12, name=小区名称:C40, use=用地类别:C20, people=人口:N8, homes=户数:N8, year=建成年份:N4, "
                 "area=用地面积:N12.1"), mark="ldid"),
    File("城市道路.shp", "road", "road", columns("""
        code=路段编号:C16, road_code=道路编号:C12, name=道路名称:C30, road_class=道路等级:C10, width_m=道路宽度:N6.1,
        length_m=路段长度:N9.1, area_m2=道路面积:N11.1, surface=面层类型:C10, is_key=是否重要道路:C2, lanes=车道数:N3,
        maintenance_grade=养护等级:C6, sweeping_grade=清扫等级:C6, mechanised_sweeping=机械化清扫:C2,
        sweeping_per_day=机扫频次:N4.1, void_grade=脱空等级:C8, state=管理部件状态:C8, owner=权属单位名称:C40,
        keeper=养护单位名称:C40, ownership_type=产权类型:C10, authority_level=事权层级:C6, ownership_status=确权状态:C8,
        installed_on=竣工日期:C8, contract_section=养护标段:C20, source_id=来源系统编号:C12, carriageway_area=车行道面积:N11.1,
        sidewalk_area=人行道面积:N10.1, lamps=装灯情况:C8"""), mark="none"),
    File("桥梁.shp", "bridge", "bridge", columns("""
        code=桥梁编号:C12, name=桥梁名称:C50, size=桥梁规模:C8, care=养护类别:C6, kind=桥梁类别:C10, structure=结构类型:C10,
        length=桥梁总长:N8.1, width=桥梁总宽:N6.1, spans=跨数:N3, rail=护栏隐患等级:C8, rail_renovated=护栏改造日期:C8,
        road_class=道路等级:C10, road_name=所在道路:C30, load=设计荷载:C12, built=建成年月:C6, state=管理部件状态:C8,
        owner=权属单位:C40, keeper=养护单位:C40, ownership_status=是否确权:C8, investment=总造价:N12.1"""), 4528,
        mark="ldid"),
    File("tunnel.shp", "tunnel", "tunnel", columns("""
        code:C12, name:C40, type=tunnel_type:C12, road_class:C12, length:N8.1, width:N6.1, lanes:N2, state=status:C12,
        owner=owner_name:C60, keeper=maintainer:C60, built=built_on:C10"""), 4490, "UTF-8"),
    File("综合管廊.shp", "utility_tunnel", "utility_tunnel", columns("""
        code=管廊编号:C12, name=管廊名称:C40, status=建设状态:C8, kind=管廊类型:C8, rooms=舱室:C60, room_count=舱室数:N2,
        lines=入廊管线:C60, start=起点道路:C30, end=终点道路:C30, length=管廊长度:N8.1, section=断面尺寸:C12, rate=入廊率:N6.1,
        state=管理部件状态:C8, owner=权属单位:C40, keeper=养护单位:C40, built=竣工日期:C8, investment=投资:N12.1""")),
    File("路灯_云栖区.shp", "streetlight", "lamp", columns("""
        code=GLBJBSM:C16, state=GLBJZT:C8, owner=QSDWMC:C30, keeper=YHDWMC:C30, grid=SZDYWGBSM:C15, road_class=DLDJ:C6,
        road_name=DLMC:C20, kind=ZMLX:C8, source=GYLX:C8, power=GL:N4, single=DDKZ:C2, lit=SFLD:C6, checked=LDJCRQ:C8,
        ownership_status=QQZT:C8, installed_on=CSRQ:C8"""), 4549, mark="ldid", only=_district("330697"),
        values={"lit": YES_NO}),
    File("路灯_澄湖区.shp", "streetlight", "lamp", columns("""
        code=编码:C16, state=管理部件状态:C8, owner=权属单位名称:C30, keeper=养护单位名称:C30, grid=所在单元网格标识码:C15,
        road_class=道路等级:C6, road_name=所在道路:C20, kind=照明类型:C8, source=光源类型:C8, power=功率:N4, single=单灯控制:C2, lit=亮灯情况:C6,
        checked=亮灯检查日期:C8, ownership_status=是否确权:C8, installed_on=建成日期:C8, note=备注:C20"""), 4528, mark="none",
        only=_district("330698")),
    File("streetlight_wangshan.shp", "streetlight", "lamp", columns("""
        code=asset_code:C16, state=status:C9, owner=owner_name:C33, keeper=maintainer:C42, road_class=road_type:C10,
        road_name:C30, source=lamp_type:C12, power:N4, lit:C7, installed_on=built_on:C8"""), 4490, "UTF-8",
        only=_district("330699"), values=ENGLISH),
    File("窨井.shp", "manhole", "manhole", columns("""
        code=GLBJBSM:C16, state=GLBJZT:C8, owner=QSDWMC:C40, keeper=YHDWMC:C40, grid=SZDYWGBSM:C15, purpose=YT:C6,
        position=WZ:C8, net=FZW:C2, load=CZDJ:C6, defect=BHLX:C12, material=JGCZ:C10, shape=XZ:C6, node=WTDH:C10,
        ownership_status=QQZT:C8, installed_on=CSRQ:C8""")),
    File("排水管线.shp", "pipe", "pipe", columns("""
        code=管线编号:C12, medium=管线类别:C6, size=管径:N6, material=材质:C14, year=敷设年代:N4, length=管线长度:N9.2,
        depth_a=起点埋深:N6.2, depth_b=终点埋深:N6.2, start=起点点号:C10, end=终点点号:C10, embedding=埋设方式:C6, mixed=混错接:C2,
        encroached=占压:C2, state=管理部件状态:C8, owner=权属单位:C30, keeper=养护单位:C30, road_name=所在道路:C20"""),
        mark="none", only=_media("雨水", "污水", "合流")),
    File("pipe_utilities.shp", "pipe", "pipe", columns("""
        code=Lno:C12, letters=Type:C4, size=DN:N6, material=Material:C14, pressure=YLDJ:C8, depth_a=S_Deep:N6.2,
        depth_b=E_Deep:N6.2, start=S_Exp:C10, end=E_Exp:C10, embedding=EmBed:C9, laid=Mdate:C8, state=status:C6,
        owner=Belong:C42, keeper=Munit:C42, road_name:C30"""), 4490, "UTF-8",
        only=lambda t: t[~t["medium"].isin(("雨水", "污水", "合流"))]),
    File("公厕.csv", "toilet", "toilet", columns("""
        code=公厕编号:C16, name=公厕名称:C60, kind=公厕类别:C6, form=公厕形式:C10, hours=开放时间:C20, all_day=24小时开放:C2,
        accessible=无障碍:C2, family=第三卫生间:C2, alliance=开放联盟:C2, men=男厕位数:N3, women=女厕位数:N3, state=管理部件状态:C8,
        district=所属区:C6, section=养护标段:C20, owner=权属单位:C60, keeper=养护单位:C60, installed_on=建成日期:C10"""), 4490, "UTF-8"),
    File("转运站.shp", "transfer_station", "station", columns("""
        code=转运站编号:C12, name=转运站名称:C40, mode=收集方式:C12, load=转运能力:N8.1, kind=功能类型:C8, size=规模:C6,
        area=占地面积:N10.1, state=管理部件状态:C8, owner=权属单位:C40, keeper=养护单位:C40, built=建成日期:C10"""), 4490),
    File("公园.shp", "park", "park", columns("""
        code=地块编号:C12, park_code=公园编号:C8, name=公园名称:C40, park_type=公园类型:C10, open_to_public=是否开放:C2,
        build_status=建设状态:C6, area=公园面积:N11.1, planted=绿化面积:N11.1, upkeep=养护等级:C6, state=管理部件状态:C8,
        owner=权属单位:C40, keeper=养护单位:C40, ownership_status=确权状态:C8, installed_on=建成日期:C8"""), mark="ldid"),
    File("绿地.shp", "green", "green", columns("""
        code=绿地编号:C8, name=绿地名称:C30, green_type=绿地类型:C10, area=绿地面积:N11.1, trees=乔木数量:N6, upkeep=养护等级:C6,
        state=管理部件状态:C8, owner=权属单位:C40, keeper=养护单位:C40, section=养护标段:C20"""), prj=False),
    File("路灯巡检2025.xlsx", "streetlight", "inspection",
         columns("code=编码:C16, lit=亮灯情况:C8, state=管理部件状态:C8, checked=检查日期:C10"), 0, "UTF-8"),
    File("用地现状.shp", "land", "land", columns("code=地块编号:C8, use=用地类别:C30, area=用地面积:N12.1")),
    File("专题范围.shp", "thematic_area", "theme", columns("code=范围编号:C8, name=范围名称:C30, theme=专题:C30")),
]
