"""The door for files: what a path holds, as layers in the order they are to be loaded, or one clear sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from etl import archive, delimited, dxf, parquet, sidecar, vector, workbook
from etl.archive import Room
from etl.badfile import bad, readable
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
    ".geojsonl": lambda p, e: vector.geojson_lines(p),
    ".geojsons": lambda p, e: vector.geojson_lines(p),
    ".ndjson": lambda p, e: vector.geojson_lines(p),
    ".gpkg": lambda p, e: vector.geopackage(p),
    ".fgb": lambda p, e: vector.flatgeobuf(p),
    ".parquet": lambda p, e: [parquet.GeoParquet(p)],
    ".gdb": lambda p, e: vector.geodatabase(p),
    ".dxf": lambda p, e: [dxf.Dxf(p, e)],
    ".csv": lambda p, e: [delimited.Csv(p, e)],
    ".tsv": lambda p, e: [delimited.Csv(p, e)],
    ".txt": lambda p, e: [delimited.Csv(p, e)],
    ".xlsx": lambda p, e: workbook.sheets(p),
    ".xlsm": lambda p, e: workbook.sheets(p),
}
ZIP = ".zip"
BY_NAME_ONLY = (".dbf", ".txt")  # in a folder, the one belongs to a .shp and the other tells of the data
IN_A_FOLDER = (*(s for s in OPENERS if s not in BY_NAME_ONLY), ZIP)
COMPANIONS = (".shx", ".prj", ".cpg", ".dbf", ".jsonl")
DEPTH, FILES = 8, 10_000  # of folders looked into, and of the files met there
_UNPACK: Note = ("这种压缩包不支持；请先解压，再导入解开的文件夹", "archives of this kind are not supported; unpack it and load the folder")
REFUSED: dict[str, Note] = {
    ".dwg": ("DWG 是专有格式；请在 CAD 中另存为 DXF，或导出 Shapefile/GeoPackage 再导入",
             "DWG is proprietary; save it as DXF, or export a shapefile or GeoPackage"),
    ".mdb": ("个人地理数据库不支持；请先导出为 GeoPackage 或 Shapefile", "personal geodatabases are not supported; export "
                                                        "it as GeoPackage or shapefile"),
    ".xls": (".xls 是旧格式；请在 Excel 或 WPS 中另存为 .xlsx", ".xls is the old format; save it as .xlsx"),
    ".et": (".et 是 WPS 格式；请在 WPS 中另存为 .xlsx", ".et is the format of WPS; save it as .xlsx"),
    ".kml": ("KML 不支持（中文列名会丢失）；请先用 QGIS 导出为 GeoPackage", "KML is not supported (Chinese column names get lost); "
                                                           "export it from QGIS as GeoPackage"),
    ".tab": ("MapInfo 表不支持；请先用 QGIS 导出为 GeoPackage", "MapInfo tables are not supported; export it from QGIS "
                                                    "as GeoPackage"),
    **{s: _UNPACK for s in archive.SUFFIXES if s != ZIP},
}
TOO_DEEP: Note = ("文件夹太深，没有看；请单独导入", "too deep a folder, not looked into; load it by itself")
LONE_TABLE: Note = ("没有同名 .shp 的属性表；若要导入，请单独给出这个文件", "a table without its .shp; to load it, name the file "
                                                              "by itself")


@dataclass(frozen=True)
class Member:
    """A file that a path holds. `within`: the folders and archives it lies in, below the path that was named.

    left_out: it holds data, yet of a kind that is not read; the way out. error: why an archive was not opened.
    room: the work folder it lies in, kept as long as this or a layer of it is.
    """

    path: Path
    within: str = ""
    left_out: Note | None = None
    error: BadFile | None = None
    room: Room | None = None

    @property
    def source(self) -> str:
        """Its name in reports: `city.zip/路灯.shp`."""
        return readable(f"{self.within}/{self.path.name}" if self.within else self.path.name)


def files(path: Path, lone: bool = False) -> list[Member]:
    """The files to load and those left out: the path itself, or what a folder or archive holds, folders in it
    too. Raises BadFile when there is nothing to load; `lone`: tables without shapes may be something."""
    try:
        if not path.exists():
            raise bad(path, "没有这个文件或文件夹", "there is no such file or folder")
        if path.is_dir() and path.suffix.lower() != ".gdb":
            return _some(path, list(_walk(path, "")), "文件夹", "folder", lone)
    except PermissionError:
        raise bad(path, "没有读取权限", "may not be read") from None
    except OSError as error:
        raise bad(path, f"读不了：{error.strerror}", f"cannot be read: {error.strerror}") from None
    return _unpacked(path, "", lone) if path.suffix.lower() == ZIP else [Member(path)]


def layers(file: Member | Path, user_encoding: str | None = None) -> list[Layer]:
    """The layers of one file; of an archive, those of all its files."""
    if isinstance(file, Path):
        return [layer for member in files(file) if member.left_out is None for layer in layers(member, user_encoding)]
    if file.error is not None:
        raise file.error
    opened = _opener(file.path)(file.path, user_encoding)
    for layer in opened:
        layer.within, layer.room = readable(file.within), file.room
        layer.source = readable(f"{file.within}/{layer.source}" if file.within else layer.source)
        layer.name = readable(layer.name)
    return [sidecar.joined(layer) for layer in opened]


def _opener(path: Path) -> Opener:
    suffix = path.suffix.lower()
    if suffix in REFUSED:
        raise bad(path, *REFUSED[suffix])
    opener = OPENERS.get(suffix)
    if opener is None:
        sibling = part(path, ".shp") if suffix in (".shx", ".prj", ".cpg", ".sbn", ".sbx") else None
        hint_zh, hint_en = ("；请给出同名的 .shp", "; name its .shp") if sibling else ("", "")
        known = " ".join((*OPENERS, ZIP))
        raise bad(path, f"不认识的文件类型 {suffix or '（无后缀）'}，能导入：{known}{hint_zh}",
                  f"unknown kind of file {suffix or '(no suffix)'}; known: {known}{hint_en}")
    if path.is_file() and not path.stat().st_size:
        raise bad(path, "是空文件", "is empty")
    return opener


# -- what a folder or archive holds ----------------------------------------------------------------
def _walk(folder: Path, within: str, room: Room | None = None, depth: int = 0) -> Iterator[Member]:
    """Its files by name, then those of its folders; hidden ones and links to folders are not entered."""
    deeper = []
    try:
        found = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "~$")))
    except OSError as error:
        if not depth:
            raise
        why = error.strerror or "OSError"
        note = (f"文件夹读不了：{why}", f"the folder cannot be read: {why}")
        yield Member(folder, within.rpartition("/")[0], note, room=room)
        return
    for path in found:
        suffix = path.suffix.lower()
        if path.is_dir() and suffix != ".gdb":
            deeper += [path] if not path.is_symlink() and path.name != "__MACOSX" else []
        elif suffix == ZIP and room is None:
            yield from _unpacked(path, within)
        elif suffix in IN_A_FOLDER and not beside.explains(path):
            if suffix != ".json" or vector.looks_like_geojson(path):
                yield Member(path, within, room=room)
        elif suffix in REFUSED:
            yield Member(path, within, REFUSED[suffix], room=room)
        elif suffix == ".dbf" and part(path, ".shp") is None:
            yield Member(path, within, LONE_TABLE, room=room)
    for path in deeper:
        below = f"{within}/{path.name}" if within else path.name
        if depth == DEPTH:
            yield Member(path, within, TOO_DEEP, room=room)
        else:
            yield from _walk(path, below, room, depth + 1)


def _unpacked(path: Path, within: str, lone: bool = False) -> list[Member]:
    """What an archive holds; where it cannot be opened, the archive itself with the reason."""
    try:
        room, others = archive.unpack(path, {*OPENERS, *COMPANIONS} - {".txt"})
        inside = f"{within}/{path.name}" if within else path.name
        held = [*_walk(room.folder / path.name, inside, room), *_left_out(path, inside, others)]
        return _some(path, held, "压缩包", "archive", lone)
    except BadFile as error:
        return [Member(path, within, error=error.with_traceback(None))]  # which would hold the room


def _left_out(path: Path, inside: str, others: list[PurePosixPath]) -> Iterator[Member]:
    for name in others:
        if name.suffix.lower() in REFUSED:
            yield Member(Path(path, name), os.path.normpath(Path(inside, name.parent)), REFUSED[name.suffix.lower()])


def _some(path: Path, held: list[Member], zh: str, en: str, lone: bool) -> list[Member]:
    """The members, as far as there is one to load and there are not too many."""
    if len(held) > FILES:
        raise bad(path, f"{zh}里的文件超过 {FILES} 个；请指明下一级文件夹",
                  f"the {en} holds more than {FILES} files; name a folder in it")
    if all(m.left_out and not (lone and m.left_out is LONE_TABLE) for m in held):
        why = held[0].left_out if held else None
        seen_zh, seen_en = (f"；{held[0].source}：{why[0]}", f"; {held[0].source}: {why[1]}") if why else ("", "")
        raise bad(path, f"{zh}里没有能导入的文件（{' '.join(IN_A_FOLDER)}）{seen_zh}",
                  f"the {en} holds nothing that can be loaded ({' '.join(IN_A_FOLDER)}){seen_en}")
    return held
