"""Works and entered figures of the pretend city, as a bureau lists them; the numbers are made up and always the same."""

from __future__ import annotations

import csv
from pathlib import Path

SOURCE = "示范市 2024 年城建实事清单（虚构）"
WORKS = ("实事项目.csv", ("事项", "类型", "类别", "数量", "单位", "年度", "状态", "完成日期", "投资（万元）", "所属区", "管线类型", "来源"), (
    ("维修城市道路", "维修", "道路", "86.5", "公里", "2023", "完成", "2023-12-20", "1040", "", "", SOURCE),
    ("维修城市道路", "维修", "道路", "104", "公里", "2024", "完成", "2024-12-10", "1250", "", "", SOURCE),
    ("维修城市道路", "维修", "道路", "95", "公里", "2025", "在建", "", "1140", "", "", SOURCE),
    ("加固桥梁", "加固", "桥梁", "31", "座", "2024", "完成", "2024-11-15", "980", "", "", SOURCE),
    ("改建桥梁", "改建", "桥梁", "2", "座", "2025", "计划", "", "640", "", "", SOURCE),
    ("新建公厕", "新建", "公厕", "4", "座", "2023", "完成", "2023-10-01", "320", "云栖区", "", SOURCE),
    ("新建公厕", "新建", "公厕", "3", "座", "2025", "计划", "", "240", "澄湖区", "", SOURCE),
    ("改建公厕", "改建", "公厕", "12", "座", "2024", "完成", "2024-09-30", "360", "", "", SOURCE),
    ("新建综合管廊", "新建", "综合管廊", "1.8", "km", "2024", "完成", "2024-12-31", "9600", "", "", SOURCE),
    ("改造老旧燃气管", "改造", "管线", "6400", "米", "2024", "完成", "2024-11-30", "1280", "", "燃气", SOURCE),
    ("新建污水管", "新建", "管线", "9.2", "公里", "2025", "在建", "", "2300", "", "污水", SOURCE),
    ("新增公共自行车", "新建", "", "500", "辆", "2024", "完成", "2024-06-30", "", "", "", SOURCE),
    ("新建公厕", "新建", "公厕", "6", "座", "2020", "完成", "2020-11-30", "480", "", "", SOURCE),
    ("改建公厕", "改建", "公厕", "40", "座", "2020", "完成", "2020-12-20", "1200", "", "", SOURCE),
    ("提升改造公厕", "改造", "公厕", "35", "座", "2023", "完成", "2023-12-10", "700", "", "", SOURCE),
    ("新建综合性垃圾转运站", "新建", "垃圾转运站", "1", "个", "2023", "完成", "2023-09-30", "2600", "云栖区", "", SOURCE),
    ("改造提升垃圾转运站", "改造", "垃圾转运站", "2", "座", "2024", "完成", "2024-08-31", "900", "", "", SOURCE),
    ("新建公园", "新建", "公园", "2", "座", "2023", "完成", "2023-05-01", "3100", "", "", SOURCE),
    ("新建绿地", "新建", "绿地", "18.6", "万㎡", "2024", "完成", "2024-11-30", "1500", "", "", SOURCE),
    ("道路绿化提升", "改造", "绿地", "21.3", "万㎡", "2024", "完成", "2024-10-31", "860", "", "", SOURCE),
    ("新建雨水管", "新建", "管线", "12.4", "公里", "2023", "完成", "2023-12-01", "2480", "", "雨水", SOURCE),
    ("改造供热旧管网", "改造", "管线", "8.8", "公里", "2024", "完成", "2024-10-15", "1760", "", "供热", SOURCE)))
_BOOK, _WATER = "示范市统计年鉴（虚构）", "示范水务年报（虚构）"
# Entered of 2025; what a plan asks for and no line has is left out on purpose: the scorecard names it.
_ENTERED = (
    ("complaints_handled", "96.8", "%"), ("facades_checked", "1310", "栋"), ("water_saving_firms", "27", "家"), ("water_saving_estates", "44", "家"),
    ("sorting_model_estates", "83", "个"), ("drain_mechanised_work", "91.5", "%"), ("waste_sorting_coverage", "98.6", "%"),
    ("waste_resource_use", "88.1", "%"), ("waste_recovery", "58.3", "%"), ("reclaimed_water_use", "21.4", "%"), ("sewage_collection", "66.2", "%"),
    ("rural_sewage_compliance", "95.7", "%"), ("flood_points_cleared", "92", "%"), ("flood_points_removed", "36", "个"),
    ("sewage_plants_upgraded", "8", "座"), ("zero_direct_discharge_estates", "171", "个"), ("water_saving_devices", "100", "%"),
    ("gas_coverage_urban", "48.2", "%"), ("bottled_gas_real_name", "100", "%"), ("cases_solved_in_time", "97.1", "%"),
    ("sludge_harmless_treatment", "98.4", "%"), ("greening_coverage", "41.3", "%"), ("street_appearance_score", "87.2", "%"),
    ("trees_planted", "2120000", "株（丛）"), ("model_streets", "3", "条"), ("public_bikes_added", "8600", "辆"))
OBSERVATIONS = ("指标填报.csv", ("指标代码", "数值", "单位", "年度", "数据来源", "口径"), (
    ("waste_harmless_treatment", "100", "%", "2023", "示范市统计年鉴（虚构）", "无害化处理量 ÷ 清运量"),
    ("waste_harmless_treatment", "100", "%", "2024", "示范市统计年鉴（虚构）", "无害化处理量 ÷ 清运量"),
    *((code, value, unit, "2025", _BOOK, "") for code, value, unit in _ENTERED),
    ("sewage_treatment", "96.4", "%", "2024", "示范市统计年鉴（虚构）", "污水处理量 ÷ 污水排放量"),
    ("water_supply_coverage", "99.6", "%", "2024", "示范市统计年鉴（虚构）", ""),
    ("water_supplied_m3", "12000", "万m³", "2024", "示范水务年报（虚构）", ""),
    ("water_billed_m3", "10620", "万m³", "2024", "示范水务年报（虚构）", "")))


def write(folder: Path) -> None:
    """Both sheets, as CSV with a byte order mark."""
    for name, heads, rows in (WORKS, OBSERVATIONS):
        with open(folder / name, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
