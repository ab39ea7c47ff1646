"""Local parameters that lead a file's coordinates to CGCS2000, as a person wrote them down: the [datum] section."""

from __future__ import annotations

import csv
import io
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from etl.control import FEWEST, Points
from registry.errors import BadDeclaration, BadFile

LOCAL = "local"       # the word for a plane grid without a CRS of its own
LIMIT_M = 0.5         # RMS of control points from which a fit is refused, unless the file says otherwise
HELMERT = ("dx", "dy", "dz", "rx", "ry", "rz", "s")
CONVENTIONS = ("position_vector", "coordinate_frame")
ROTATIONS = {"arcsecond": 1.0, "radian": math.degrees(1) * 3600}
SCALES = {"ppm": 1.0, "factor": 1e6}
_KEYS: dict[str, type | tuple[type, ...]] = {"from": str, "to": str, "swap": bool, "helmert": dict, "convention": str, "rotation_unit": str, "scale_unit": str,
         "pipeline": str, "points": (str, list), "method": str, "limit_m": (int, float), "accuracy_m": (int, float), "said_by": str}
_HEADS = {"from_x": ("from_x", "源东坐标", "源经度"), "from_y": ("from_y", "源北坐标", "源纬度"),
          "to_x": ("to_x", "目标东坐标", "目标经度"), "to_y": ("to_y", "目标北坐标", "目标纬度"), "name": ("name", "点名", "点号")}


@dataclass(frozen=True)
class Datum:
    """What a person knows of the way to CGCS2000: seven parameters, a PROJ pipeline, or control points.

    source: CRS of the file's coordinates (`local`: a plane without one), None where the file says it.
    to: CRS that pipeline or control points lead to. swap: the file has north before east.
    helmert: dx dy dz (m), rx ry rz (arc-seconds), s (ppm). limit_m: RMS from which a fit is refused.
    """

    file: Path
    source: str | None = None
    to: str | None = None
    swap: bool = False
    helmert: dict[str, float] | None = None
    convention: str = CONVENTIONS[0]
    pipeline: str | None = None
    points: Points | None = None
    method: str = "similarity"
    limit_m: float = LIMIT_M
    accuracy_m: float | None = None
    said_by: str | None = None

    def wrong(self, zh: str, en: str) -> BadDeclaration:
        """The error that these parameters do not hold."""
        return wrong(self.file, "datum", zh, en)


def read(path: Path) -> Datum:
    """Parameters of a .toml file, or control points of a .csv. Raises BadFile and BadDeclaration."""
    text = _text(path)
    if path.suffix.lower() == ".csv":
        return Datum(path, points=_csv(path, text))
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise wrong(path, "TOML", str(error), str(error)) from None
    return of_table(path, said.get("datum", said))


def of_table(path: Path, said: Any) -> Datum:
    """The [datum] section of a mapping file."""
    if not isinstance(said, dict):
        raise wrong(path, "datum", "应为一节", "expected a table")
    for key, value in said.items():
        if key not in _KEYS:
            raise wrong(path, f"datum.{key}", f"没有这个键；可用：{', '.join(_KEYS)}", f"unknown key; known: {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]) or isinstance(value, bool) and _KEYS[key] is not bool:
            raise wrong(path, f"datum.{key}", "类型不对", "is of the wrong type")
    ways = [key for key in ("helmert", "pipeline", "points") if key in said]
    if len(ways) != 1:
        raise wrong(path, "datum", "helmert（七参数）、pipeline（PROJ 管线）、points（控制点）三者要有且只有一个",
                    "exactly one of helmert, pipeline and points is needed")
    method = said.get("method", "similarity")
    if method not in FEWEST:
        raise wrong(path, "datum.method", f"可用：{', '.join(FEWEST)}", f"known: {', '.join(FEWEST)}")
    for key, known in (("convention", CONVENTIONS), ("rotation_unit", ROTATIONS), ("scale_unit", SCALES)):
        if key in said and said[key] not in known:
            raise wrong(path, f"datum.{key}", f"可用：{', '.join(known)}", f"known: {', '.join(known)}")
    return Datum(path, said.get("from"), said.get("to"), said.get("swap", False),
                 _helmert(path, said) if "helmert" in said else None, said.get("convention", CONVENTIONS[0]),
                 said.get("pipeline"), _points(path, said["points"]) if "points" in said else None, method,
                 float(said.get("limit_m", LIMIT_M)), said.get("accuracy_m"), said.get("said_by"))


def wrong(path: Path, at: str, zh: str, en: str) -> BadDeclaration:
    """The error of a file that a person wrote, at one of its keys."""
    return BadDeclaration(where=f"{path}（{at}）", why_zh=zh, why_en=en)


def _helmert(path: Path, said: dict[str, Any]) -> dict[str, float]:
    given = said["helmert"]
    unknown = set(given) - set(HELMERT)
    if unknown or not all(_finite(v) for v in given.values()) or not {"dx", "dy", "dz"} <= set(given):
        raise wrong(path, "datum.helmert", "应为 dx dy dz（米），可加 rx ry rz（角秒）s（ppm）",
                    "expected dx dy dz (metres) and, where there are, rx ry rz (arc-seconds) s (ppm)")
    turns = any(given.get(k) for k in ("rx", "ry", "rz"))
    if turns and "convention" not in said:
        raise wrong(path, "datum.convention", "有旋转参数就要说明旋转约定：position_vector（位置矢量）或 coordinate_frame（坐标框架），两者符号相反",
                    "with rotations their convention must be told: position_vector or coordinate_frame; their signs are opposite")
    rotation, scale = ROTATIONS[said.get("rotation_unit", "arcsecond")], SCALES[said.get("scale_unit", "ppm")]
    units = {"rx": rotation, "ry": rotation, "rz": rotation, "s": scale}
    return {k: float(given.get(k, 0.0)) * units.get(k, 1.0) for k in HELMERT}


def _points(path: Path, said: str | list[Any]) -> Points:
    if isinstance(said, str):
        other = path.parent / said
        return _csv(other, _text(other))
    rows: list[tuple[Any, ...]] = []
    for n, point in enumerate(said, 1):
        if not isinstance(point, dict) or set(point) - {"name", "from", "to"} or not all(
                isinstance(point.get(k), list) and len(point[k]) == 2 and all(map(_finite, point[k])) for k in ("from", "to")):
            raise wrong(path, f"datum.points {n}", "应为 {name=…, from=[x, y], to=[x, y]}", "expected {name=…, from=[x, y], to=[x, y]}")
        rows.append((str(point.get("name", n)), *point["from"], *point["to"]))
    return _made(path, rows)


def _csv(path: Path, text: str) -> Points:
    reader = csv.DictReader(io.StringIO(text))
    heads = {key: next((h for h in reader.fieldnames or () if h.strip().casefold() in names), None)
             for key, names in _HEADS.items()}
    missing = [key for key, head in heads.items() if head is None and key != "name"]
    if missing:
        raise wrong(path, ", ".join(missing), f"控制点表缺列；要有 {', '.join(_HEADS)}（x 为东坐标或经度）",
                    f"the control points lack columns; expected {', '.join(_HEADS)} (x is easting or longitude)")
    rows: list[tuple[Any, ...]] = []
    for n, line in enumerate(reader, 1):
        try:
            numbers = [float(line[heads[key] or ""]) for key in ("from_x", "from_y", "to_x", "to_y")]
        except (TypeError, ValueError):
            raise wrong(path, f"{n}", "坐标不是数字", "a coordinate is no number") from None
        if not all(map(math.isfinite, numbers)):
            raise wrong(path, f"{n}", "坐标不是数字", "a coordinate is no number")
        rows.append(((line[heads["name"]] if heads["name"] else None) or str(n), *numbers))
    return _made(path, rows)


def _made(path: Path, rows: list[tuple[Any, ...]]) -> Points:
    names = tuple(str(row[0]).strip() for row in rows)
    if len(set(names)) < len(names):
        raise wrong(path, "datum.points", "控制点点名重复", "a control point's name stands twice")
    numbers = np.array([row[1:] for row in rows], float).reshape(-1, 4)
    return Points(names, numbers[:, :2], numbers[:, 2:])


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(file=str(path), why_zh="没有这个转换参数文件", why_en="there is no such file of parameters") from None
    except OSError as error:
        raise BadFile(file=str(path), why_zh=f"读不了：{error}", why_en=f"cannot be read: {error}") from None
    for codec in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    raise BadFile(file=str(path), why_zh="不是文本文件", why_en="is not a text file")


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
