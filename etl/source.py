"""The door for files: what a path holds, as layers in the order they are to be loaded, or one clear sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from etl import parquet, sidecar, tables, vector
from etl.layer import Layer, Note
from etl.shapefile import Shapefile, part
from registry.errors import BadFile
from registry.export import beside

Opener = Callable[[Path, str | None], list[Layer]]
OPENERS: dict[str, Opener] = {
    ".shp": lambda p, e: [Shapefile(p, e)],
    ".dbf": lambda p, e: [Shapefile(p, e)],
    ".geojson": lambda p, e: vector.geojson(p),
    ".json": lambda p, e: vector.geojson(p),
    ".gpkg": lambda p, e: vector.geopackage(p),
    ".geojsons": lambda p, e: vector.single(p),
    ".geojsonl": lambda p, e: vector.single(p),
    ".fgb": lambda p, e: vector.single(p),
    ".parquet": lambda p, e: [parquet.GeoParquet(p)],
    ".csv": lambda p, e: [tables.Csv(p, e)],
    ".xlsx": lambda p, e: tables.sheets(p),
    ".xlsm": lambda p, e: tables.sheets(p),
}
IN_A_FOLDER = tuple(suffix for suffix in OPENERS if suffix != ".dbf")  # a table beside its .shp belongs to it
REFUSED: dict[str, Note] = {
    ".dwg": ("DWG 是专有格式；请在 CAD 中另存为 DXF，或导出 Shapefile/GeoPackage 再导入",
             "DWG is proprietary; save it as DXF, or export a shapefile or GeoPackage"),
    ".dxf": ("DXF 尚未支持；请先用 QGIS 导出为 GeoPackage 或 Shapefile", "DXF is not supported yet; export it from "
                                                             "QGIS as GeoPackage or shapefile"),
    ".zip": ("压缩包尚未支持；请先解压，再导入解开的文件夹", "archives are not supported yet; unpack it and load the folder"),
    ".7z": ("压缩包不支持；请先解压，再导入解开的文件夹", "archives are not supported; unpack it and load the folder"),
    ".rar": ("压缩包不支持；请先解压，再导入解开的文件夹", "archives are not supported; unpack it and load the folder"),
    ".gdb": ("FileGDB 尚未支持；请先导出为 GeoPackage 或 Shapefile", "FileGDB is not supported yet; export it as "
                                                          "GeoPackage or shapefile"),
    ".mdb": ("个人地理数据库不支持；请先导出为 GeoPackage 或 Shapefile", "personal geodatabases are not supported; export "
                                                        "it as GeoPackage or shapefile"),
    ".xls": (".xls 是旧格式；请在 Excel 或 WPS 中另存为 .xlsx", ".xls is the old format; save it as .xlsx"),
    ".kml": ("KML 尚未支持；请先用 QGIS 导出为 GeoPackage", "KML is not supported yet; export it from QGIS as GeoPackage"),
}
LONE_TABLE: Note = ("没有同名 .shp 的属性表；若要导入，请单独给出这个文件", "a table without its .shp; to load it, name the file "
                                                              "by itself")


def files(path: Path) -> list[Path]:
    """The files to load: the path itself, or what a folder holds. Raises BadFile when there is nothing to load."""
    try:
        if not path.exists():
            raise _bad(path, "没有这个文件或文件夹", "there is no such file or folder")
        if path.is_dir() and path.suffix.lower() != ".gdb":
            found = [p for p in sorted(path.iterdir()) if p.suffix.lower() in IN_A_FOLDER and p.is_file()
                     and not p.name.startswith((".", "~$")) and not beside.explains(p)]
            found = [p for p in found if p.suffix.lower() != ".json" or vector.looks_like_geojson(p)]
            if not found:
                raise _bad(path, f"文件夹里没有能导入的文件（{' '.join(IN_A_FOLDER)}）",
                           f"the folder holds nothing that can be loaded ({' '.join(IN_A_FOLDER)})")
            return found
    except PermissionError:
        raise _bad(path, "没有读取权限", "may not be read") from None
    except OSError as error:
        if isinstance(error, BadFile):
            raise
        raise _bad(path, f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from None
    return [path]


def passed_over(path: Path) -> list[tuple[Path, Note]]:
    """Files of a folder that hold data, yet of a kind that is not read, each with the way out."""
    if not path.is_dir() or path.suffix.lower() == ".gdb":
        return []
    lone = {p: LONE_TABLE for p in path.iterdir() if p.suffix.lower() == ".dbf" and part(p, ".shp") is None}
    return [(p, lone.get(p) or REFUSED[p.suffix.lower()]) for p in sorted(path.iterdir())
            if (p in lone or p.suffix.lower() in REFUSED) and not p.name.startswith(".")]


def layers(file: Path, user_encoding: str | None = None) -> list[Layer]:
    """The layers of one file."""
    suffix = file.suffix.lower()
    if suffix in REFUSED:
        raise _bad(file, *REFUSED[suffix])
    opener = OPENERS.get(suffix)
    if opener is None:
        sibling = part(file, ".shp") if suffix in (".shx", ".prj", ".cpg", ".sbn", ".sbx") else None
        hint_zh, hint_en = ("；请给出同名的 .shp", "; name its .shp") if sibling else ("", "")
        raise _bad(file, f"不认识的文件类型 {suffix or '（无后缀）'}，能导入：{' '.join(OPENERS)}{hint_zh}",
                   f"unknown kind of file {suffix or '(no suffix)'}; known: {' '.join(OPENERS)}{hint_en}")
    if not file.stat().st_size:
        raise _bad(file, "是空文件", "is empty")
    return [sidecar.joined(layer) for layer in opener(file, user_encoding)]


def _bad(path: Path, zh: str, en: str) -> BadFile:
    return BadFile(file=str(path), why_zh=zh, why_en=en)
