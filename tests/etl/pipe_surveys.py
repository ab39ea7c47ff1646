"""Survey tables on order: a sound little network, to be spoilt one cell at a time."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

POINT_HEADS = ["物探点号", "特征", "附属物", "X", "Y", "地面高程", "管类", "备注"]
LINE_HEADS = ["起点点号", "终点点号", "起点埋深", "终点埋深", "起点管线高程", "终点管线高程", "管径", "材质", "管类", "流向", "埋设方式",
              "权属单位", "埋设年代"]
NORTH, EAST, GROUND = 3_320_000.0, 500_000.0, 10.0  # EPSG:4549, central meridian 120°E: in the pretend city
EAST += 62_000.0


def point(number: str, north: float, east: float, feature: str = "", attachment: str = "", ground: float = GROUND,
          medium: str = "污水", note: str = "") -> list[Any]:
    """A row of the point table, in metres from the corner of the survey."""
    return [number, feature, attachment, NORTH + north, EAST + east, ground, medium, note]


def line(start: str, end: str, depths: tuple[float, float], diameter: Any = 400, material: str = "PE", medium: str = "污水",
         flow: str = "0", ground: float = GROUND, **more: Any) -> list[Any]:
    """A row of the line table; the elevations follow from the depths."""
    return [start, end, *depths, round(ground - depths[0], 3), round(ground - depths[1], 3), diameter, material, medium, flow,
            more.get("embedding", "直埋"), more.get("owner", "排水公司"), more.get("year", 2015)]


def sound() -> tuple[list[list[Any]], list[list[Any]]]:
    """A sewer of five points and four lines without a fault: W1 and W2 meet at the tee W3, W4 turns, W5 is the end."""
    points = [point("W1", 0, 0, attachment="检查井"), point("W2", 40, 40, attachment="雨水篦"), point("W3", 0, 40, "三通"),
              point("W4", 0, 80, "弯头"), point("W5", -30, 80, attachment="检查井")]
    lines = [line("W1", "W3", (1.0, 1.2)), line("W2", "W3", (1.0, 1.2)), line("W3", "W4", (1.2, 1.4)),
             line("W4", "W5", (1.4, 1.6))]
    return points, lines


def workbook(path: Path, points: Sequence[Sequence[Any]], lines: Sequence[Sequence[Any]],
             heads: tuple[Sequence[str], Sequence[str]] = (POINT_HEADS, LINE_HEADS)) -> Path:
    """One XLSX with the sheets 管点 and 管线; a table without rows is left out."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, head, rows in (("管点", heads[0], points), ("管线", heads[1], lines)):
        if rows:
            sheet = book.create_sheet(title)
            for row in (head, *rows):
                sheet.append(list(row))
    book.save(path)
    return path


def table(path: Path, heads: Sequence[str], rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> Path:
    """One CSV."""
    path.parent.mkdir(exist_ok=True, parents=True)
    with open(path, "w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([heads, *rows])
    return path


def tree(count: int, seed: int) -> tuple[list[list[Any]], list[list[Any]]]:
    """A random tree of manholes: each point but the first drains to one before it."""
    random = np.random.default_rng(seed)
    places = random.uniform(0, 4 * count ** 0.5 * 10, (count, 2)).round(3)
    parents = [int(random.integers(0, n)) for n in range(1, count)]
    points = [point(f"T{n}", *places[n].tolist(), attachment="检查井") for n in range(count)]
    lines = [line(f"T{n}", f"T{parent}", (1.0, 1.0), note="") for n, parent in enumerate(parents, 1)]
    return points, lines
