"""Mapping files: what a source calls things, written down by a person, read strictly."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import shapely

from etl import parameters
from etl.again import origin
from etl.badfile import readable
from etl.layer import Layer
from etl.parameters import Datum, wrong
from registry import geo
from registry.errors import BadFile, BadValue
from registry.kinds import FeatureKind, Label
from registry.kinds.codes import fold

_TOP = {"source", "city", "datum", "layer"}
_SOURCE = {"name", "title"}
_CITY = {"key", "zh", "en", "extent", "working_crs"}
_LAYER = {"match", "class", "skip", "crs", "encoding", "only", "fields", "values", "unknown", "where",
          "where_not"}
REFUSE, KEEP_AS_NULL = "refuse", "null"


@dataclass(frozen=True)
class CitySaid:
    """The city as a mapping file describes it, for when it is not there yet."""

    key: str
    zh: str
    en: str
    extent: Any = None
    srid: int | None = None


@dataclass(frozen=True)
class LayerMapping:
    """How one layer becomes one class. `only`: no other column is taken. Rows outside `where` are left out.

    unknown: what becomes of a value that is not in its code list: the row is refused, or the value kept as null.
    """

    match: str
    kind: str | None = None
    skip: Label | None = None
    crs: str | None = None
    encoding: str | None = None
    only: bool = False
    fields: Dict[str, str] = field(default_factory=dict)             # field key → column
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)  # field key → folded raw value → value
    unknown: str = REFUSE
    where: Dict[str, frozenset[str]] = field(default_factory=dict)   # column → values kept
    where_not: Dict[str, frozenset[str]] = field(default_factory=dict)

    def fits(self, layer: Layer) -> bool:
        """Whether this entry is for a layer: its file, its name or both match the pattern; so does its reject file."""
        again = origin(readable(layer.file.stem))
        if again is not None and fnmatch.fnmatch(again.casefold(), Path(self.match).stem.casefold()):
            return True
        return any(fnmatch.fnmatch(name.casefold(), self.match.casefold())
                   for name in (readable(layer.file.name), layer.source, layer.name))

    def check(self, kind: FeatureKind, file: Path) -> None:
        """Refuse fields and codes that the class does not have."""
        for section, keys in (("fields", self.fields), ("values", self.values)):
            for key in keys:
                if key not in kind.by_key:
                    raise wrong(file, f"layer {self.match!r}, {section}.{key}", f"类别 {kind.key} 没有这个字段",
                                 f"{kind.key} has no such field")
        for key, said in self.values.items():
            codes = kind.by_key[key].codes
            for raw, value in said.items():
                if codes is not None and value and codes.find(value) is None:
                    raise wrong(file, f"layer {self.match!r}, values.{key}.{raw}", f"{value!r} 不在代码表 "
                                                                                    f"{codes.key} 中",
                                 f"{value!r} is not in the code list {codes.key}")


@dataclass(frozen=True)
class Mapping:
    """A mapping file."""

    file: Path
    name: str | None
    city: CitySaid | None
    layers: tuple[LayerMapping, ...]
    datum: Datum | None = None

    def of(self, layer: Layer) -> list[LayerMapping]:
        """The entries for a layer, in order; several make several classes of one file."""
        return [entry for entry in self.layers if entry.fits(layer)]

    def encoding_of(self, file: Path) -> str | None:
        """The encoding told for a file, needed before its layers are known."""
        fitting = (e.encoding for e in self.layers if fnmatch.fnmatch(readable(file.name).casefold(), e.match.casefold()))
        return next((e for e in fitting if e), None)


def told_fields(said: Iterable[str]) -> dict[str, str]:
    """`KEY=COLUMN` of the command line as field key → column. Raises BadValue."""
    made = {}
    for each in said:
        key, sign, column = each.partition("=")
        if not sign or not key.strip() or not column.strip():
            raise BadValue(name="--field", value=each, why_zh="应为 字段=列名，例如 code=编号",
                           why_en="expected FIELD=COLUMN, for example code=NUMBER")
        made[key.strip()] = column.strip()
    return made


def accepted(entry: LayerMapping | None, kind: FeatureKind, fields: Dict[str, str]) -> LayerMapping | None:
    """The entry with fields that a person told on the command line; theirs win. BadValue: the class has no such field."""
    if not fields:
        return entry
    for key in fields:
        if key not in kind.by_key:
            raise BadValue(name="--field", value=key, why_zh=f"类别 {kind.key} 没有这个字段；有：{'、'.join(kind.by_key)}",
                           why_en=f"{kind.key} has no such field; it has: {', '.join(kind.by_key)}")
    entry = entry or LayerMapping("*")
    told = set(fields.values())
    kept = {key: column for key, column in entry.fields.items() if column not in told}
    return replace(entry, fields={**kept, **fields})


def read(path: Path) -> Mapping:
    """A mapping file; a key that is not known is an error that names it."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadFile(file=str(path), why_zh="没有这个映射文件", why_en="there is no such mapping file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(file=str(path), why_zh=f"读不了：{error}", why_en=f"cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise wrong(path, "TOML", str(error), str(error)) from None
    _known(path, "", said, _TOP)
    source, city = said.get("source", {}), said.get("city")
    _known(path, "source", source, _SOURCE)
    _texts(path, "source", source, ("name", "title"))
    entries = said.get("layer", [])
    if not isinstance(entries, list) or not entries:
        raise wrong(path, "layer", "至少要有一节 [[layer]]", "at least one [[layer]] is needed")
    return Mapping(path, source.get("name"), _city(path, city) if city is not None else None,
                   tuple(_layer(path, n, entry) for n, entry in enumerate(entries, 1)),
                   parameters.of_table(path, said["datum"]) if "datum" in said else None)


def _city(path: Path, said: dict[str, Any]) -> CitySaid:
    _known(path, "city", said, _CITY)
    if not isinstance(said.get("key"), str):
        raise wrong(path, "city.key", "缺少城市代号", "the key of the city is missing")
    _texts(path, "city", said, ("zh", "en"))
    extent = None
    if "extent" in said:
        try:
            west, south, east, north = (float(v) for v in said["extent"])
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                raise ValueError
            extent = shapely.box(west, south, east, north)
        except (TypeError, ValueError):
            raise wrong(path, "city.extent", "应为 [西, 南, 东, 北]（经纬度）",
                         "expected [west, south, east, north] in degrees") from None
    srid = None
    if "working_crs" in said:
        srid = geo.crs(str(said["working_crs"])).to_epsg()
    elif extent is not None:
        lon, lat = extent.centroid.coords[0]
        srid = geo.working_srid(lon, lat)
    key = said["key"]
    return CitySaid(key, said.get("zh", key), said.get("en", key), extent, srid)


def _layer(path: Path, number: int, said: dict[str, Any]) -> LayerMapping:
    at = f"layer {said.get('match', number) if isinstance(said, dict) else number!r}"
    _known(path, at, said, _LAYER)
    if not isinstance(said.get("match"), str):
        raise wrong(path, f"layer {number}", "缺少 match（文件或图层名）", "match (the name of file or layer) is missing")
    for key, wanted in (("class", str), ("skip", str), ("crs", str), ("encoding", str), ("only", bool),
                        ("fields", dict), ("values", dict), ("where", dict), ("where_not", dict)):
        if key in said and not isinstance(said[key], wanted):
            raise wrong(path, f"{at}, {key}", f"应为 {wanted.__name__}", f"expected {wanted.__name__}")
    values = {}
    for key, table in said.get("values", {}).items():
        if not isinstance(table, dict) or not all(isinstance(v, str | bool | int | float) for v in table.values()):
            raise wrong(path, f"{at}, values.{key}", "应为 原值 = 代码", "expected raw = code")
        values[key] = {raw if raw == "*" else fold(raw): str(v) for raw, v in table.items()}
    if said.get("unknown", REFUSE) not in (REFUSE, KEEP_AS_NULL):
        raise wrong(path, f"{at}, unknown", f"应为 {REFUSE} 或 {KEEP_AS_NULL}", f"expected {REFUSE} or {KEEP_AS_NULL}")
    where, where_not = ({column: frozenset(fold(str(v)) for v in (some if isinstance(some, list) else [some]))
                         for column, some in said.get(key, {}).items()} for key in ("where", "where_not"))
    return LayerMapping(said["match"], said.get("class"), Label.of(said["skip"]) if "skip" in said else None,
                        said.get("crs"), said.get("encoding"), said.get("only", False),
                        {k: str(v) for k, v in said.get("fields", {}).items()}, values, said.get("unknown", REFUSE),
                        where, where_not)


def _known(path: Path, at: str, said: Any, known: set[str]) -> None:
    if not isinstance(said, dict):
        raise wrong(path, at, "应为一节", "expected a table")
    for key in said:
        if key not in known:
            raise wrong(path, f"{at}.{key}" if at else key, f"没有这个键；可用：{', '.join(sorted(known))}",
                         f"unknown key; known: {', '.join(sorted(known))}")


def _texts(path: Path, at: str, said: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in said and not isinstance(said[key], str):
            raise wrong(path, f"{at}.{key}", "应为文字", "expected a text")
