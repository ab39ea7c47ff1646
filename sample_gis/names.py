"""Invented names: of roads, places and offices; any likeness to a real city is chance."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

# The eleven roads whose utility tunnels the plan names, with kilometres (standards.md §13, S3).
TUNNEL_ROADS = (("后墅路", 2.5), ("松陵路", 1.2), ("经二路", 1.9), ("越秀路", 1.5), ("镜水路", 2.3),
                ("机电一路", 1.0), ("越中路", 1.2), ("百川路", 1.4), ("稽山路", 3.6), ("创五路", 0.8),
                ("科二路", 0.3))

_HEADS = ("云栖", "望山", "澄湖", "青荇", "石埠", "柳浦", "菱塘", "梅泾", "鹭洲", "稻香", "芦荻", "晴岚", "听雨", "栖霞",
          "枫桥", "竹坞", "桂影", "松风", "荷塘", "兰渚", "杏坛", "橘园", "樟溪", "棠阴", "榴花", "霁月", "星河", "朝晖",
          "暮云", "文澜", "书香", "墨池", "琴台", "棋山", "画溪", "锦纶", "绸坊", "酒务", "盐仓", "船坞", "渔浦", "米行",
          "茶亭", "窑头", "铁冶", "木作", "织里", "印山", "凤鸣", "鹤影", "龙潭", "燕窝", "鹿苑", "雁荡里", "双井", "三眼井",
          "四方", "五柳", "六和", "七星", "八字", "九曲", "十里", "百果", "千步", "万年", "同心", "和睦", "安泰", "永宁",
          "丰乐", "嘉会", "景明", "宜春", "立夏", "知秋", "迎冬")
_TAILS = {"expressway": ("快速路",), "arterial": ("大道", "路"), "secondary": ("路",),
          "branch": ("支路", "街", "横路"), "alley": ("巷", "弄", "里")}


def road_names(road_class: str) -> Iterator[str]:
    """Endless distinct names for a class of road."""
    heads = {"expressway": ("环城东", "环城南", "环城西", "环城北", "机场", "沿海"), "arterial": _HEADS[:40],
             "secondary": _HEADS[5:60], "branch": _HEADS[20:], "alley": _HEADS[30:]}[road_class]
    for turn in itertools.count():
        for tail in _TAILS[road_class]:
            for head in heads:
                part = "" if turn == 0 else "东西南北中"[turn % 5] if turn < 6 else f"{turn}"
                yield head + part + tail


DISTRICTS = (("330697", "云栖区"), ("330698", "澄湖区"), ("330699", "望山区"))

STREETS = (("锦纶街道", "文澜街道", "双井街道", "晴岚街道"), ("鹭洲街道", "石埠街道", "菱塘街道", "稻香街道"),
           ("松风街道", "桂影街道", "窑头镇", "梅泾镇"))

COMMUNITIES = tuple(h for h in _HEADS if len(h) == 2)

OWNERS = {"road": "市政设施管理中心", "lamp": "城市照明管理所", "drain": "排水有限公司", "water": "水务集团", "gas": "燃气有限公司",
          "heat": "热力有限公司", "power": "供电公司", "telecom": "通信建设服务公司", "sanitation": "环境卫生服务中心",
          "garden": "园林绿化管理中心", "tunnel": "管廊运营公司", "estate": "物业服务公司"}


def office(kind: str, place: str = "示范市") -> str:
    """The full name of an office of the pretend city."""
    return place + OWNERS[kind]
