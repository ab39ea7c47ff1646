"""Files byte by byte as offices have them: shapefiles with every kind of encoding mark, CSV and XLSX."""

from __future__ import annotations

import struct
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

LDID_GBK = 0x4D   # byte 29 of a DBF: code page 936
EDITED = (125, 1, 1)  # the header's date of last change (years since 1900): fixed, so that bytes repeat
_GEO = ('GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,'
        '298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]')
_GK = ('PROJCS["{name}",' + _GEO + ',PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{east}],'
       'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],'
       'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]')
PRJ = {4490: _GEO, 4549: _GK.format(name="CGCS2000_3_Degree_GK_CM_120E", east="500000.0"),
       4528: _GK.format(name="CGCS2000_3_Degree_GK_Zone_40", east="40500000.0")}


@dataclass(frozen=True)
class Column:
    """A column of a file: our key, the title there, and its DBF type (C, N or D), width and decimals."""

    key: str
    title: str
    kind: str = "C"
    width: int = 20
    decimals: int = 0


def project(shapes: np.ndarray, epsg: int) -> np.ndarray:
    """From EPSG:4549 on whole millimetres to the file's CRS; degrees keep 9 decimals (0.1 mm)."""
    if epsg == 4549:
        return shapes
    if epsg == 4528:  # the same zone, written with its number in front
        return shapely.transform(shapes, lambda xy: np.round(xy + [40_000_000, 0], 3))
    there = gpd.GeoSeries(shapes, crs="EPSG:4549").to_crs(f"EPSG:{epsg}").to_numpy()
    return shapely.transform(there, lambda xy: np.round(xy, 9))


def write_shapefile(path: Path, frame: gpd.GeoDataFrame, columns: list[Column], *, epsg: int, encoding: str,
                    mark: str, prj: bool) -> None:
    """.shp and .shx by GDAL; .dbf, .prj and .cpg by hand, since their marks are the point of the exercise."""
    shapes = project(frame.geometry.to_numpy(), epsg)
    kind = next((g.geom_type.removeprefix("Multi") for g in shapes if g is not None), "Point")
    with tempfile.TemporaryDirectory() as folder:
        bare = gpd.GeoDataFrame({"n": np.arange(len(shapes))}, geometry=shapes, crs=f"EPSG:{epsg}")
        bare.to_file(Path(folder) / "a.shp", engine="pyogrio", geometry_type=kind)
        for ending in (".shp", ".shx"):
            path.with_suffix(ending).write_bytes((Path(folder) / f"a{ending}").read_bytes())
    path.with_suffix(".dbf").write_bytes(dbf(frame, columns, encoding, LDID_GBK if mark == "ldid" else 0))
    if mark == "cpg":
        path.with_suffix(".cpg").write_text(encoding, encoding="ascii")
    if prj:
        path.with_suffix(".prj").write_text(PRJ[epsg], encoding="ascii")


def dbf(frame: pd.DataFrame, columns: list[Column], encoding: str, ldid: int) -> bytes:
    """A dBASE III table. Titles and text longer than their place are cut by bytes, as old tools do."""
    size = 1 + sum(c.width for c in columns)
    head = struct.pack("<4BIHH17xB2x", 3, *EDITED, len(frame), 33 + 32 * len(columns), size, ldid)
    for c in columns:
        head += struct.pack("<11sc4xBB14x", title(c, encoding).encode(encoding), c.kind.encode(), c.width, c.decimals)
    cells = [[cell(value, c, encoding) for value in frame[c.key]] for c in columns]
    return head + b"\r" + b"".join(b" " + b"".join(row) for row in zip(*cells, strict=True)) + b"\x1a"


def title(column: Column, encoding: str) -> str:
    """The title as it fits into ten bytes."""
    return column.title.encode(encoding)[:10].decode(encoding, "ignore")


def cell(value: object, column: Column, encoding: str) -> bytes:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return b" " * column.width
    if column.kind == "N":
        return f"{float(value):{column.width}.{column.decimals}f}".encode()[:column.width]
    return str(value).encode(encoding)[:column.width].ljust(column.width)


def write_csv(path: Path, frame: gpd.GeoDataFrame, columns: list[Column]) -> None:
    """UTF-8 with a byte order mark, as spreadsheet programs save it; places as longitude and latitude."""
    shapes = project(frame.geometry.to_numpy(), 4490)
    table = pd.DataFrame({c.title: frame[c.key] for c in columns})
    table["经度"] = [None if g is None else f"{g.x:.7f}" for g in shapes]
    table["纬度"] = [None if g is None else f"{g.y:.7f}" for g in shapes]
    path.write_bytes(b"\xef\xbb\xbf" + table.to_csv(index=False, lineterminator="\r\n").encode())


_TYPES = ('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
          'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
          'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.'
          'openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml"'
          ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>')
_RELS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
         'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
         '</Relationships>')
_BOOK = ('<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.'
         'openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/>'
         '</sheets></workbook>')
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'


def write_xlsx(path: Path, frame: pd.DataFrame, columns: list[Column], sheet: str) -> None:
    """A one-sheet workbook of text cells with fixed dates inside, which spreadsheet libraries cannot promise."""
    rows = [[c.title for c in columns], *frame[[c.key for c in columns]].itertuples(index=False)]
    body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    parts = {"[Content_Types].xml": _TYPES, "_rels/.rels": _RELS.format(kind="officeDocument", target="xl/workbook.xml"),
             "xl/workbook.xml": _BOOK.format(name=sheet),
             "xl/_rels/workbook.xml.rels": _RELS.format(kind="worksheet", target="worksheets/sheet1.xml"),
             "xl/worksheets/sheet1.xml": _SHEET.format(body)}
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            book.writestr(info, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)


def _cell(value: object) -> str:
    return "<c/>" if value is None else f'<c t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'
