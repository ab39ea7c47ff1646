"""What a point table and a line table of a survey look like: recognised by their columns, or told by the mapping."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass

from etl import columns
from etl.layer import Layer
from etl.mapping import LayerMapping, Mapping
from registry import catalogue
from registry.catalogue.pipe_codes import ATTACHMENT, FEATURE, MEDIUM
from registry.catalogue.pipe_nodes import PIPE_NODE
from registry.catalogue.pipes import PIPE
from registry.errors import BadDeclaration, NeedsAnswer
from registry.kinds import AssetClass, FeatureKind, Field
from registry.kinds.codes import fold

POINTS, LINES = "survey_points", "survey_lines"  # as a mapping file or --class names the two tables
_MEDIUM_NAMES = tuple(dict.fromkeys((*PIPE.by_key["medium"].aliases, "管线代码", "管线种类代码", "管类代码", "权属类别")))
_PREFIX = re.compile(r"[A-Za-z]+")

POINT_FORM = AssetClass(POINTS, "管点表|Point table", ("point",), common=False, fields=(
    Field("number", "物探点号|Survey number", max_length=64,
          aliases=("管点编号", "管线点编号", "管线点号", "管点号", "点号", "点编号", "探测点号", "WTDH", "Exp_No", "GXDH",
                   "PointNo", "Point_No")),
    Field("feature", "特征|Feature", "code", codes=FEATURE, aliases=(*PIPE_NODE.by_key["feature"].aliases, "TZ")),
    Field("attachment", "附属物|Fitting", "code", codes=ATTACHMENT, aliases=PIPE_NODE.by_key["attachment"].aliases),
    Field("x", "X|X (north)", "number",
          aliases=("X(north)", "X(北)", "X(N)", "X坐标", "X坐标(北)", "X(m)", "北坐标", "纵坐标", "纵坐标X", "XZB", "X_Coord",
                   "northing", "POINT_X")),
    Field("y", "Y|Y (east)", "number",
          aliases=("Y(east)", "Y(东)", "Y(E)", "Y坐标", "Y坐标(东)", "Y(m)", "东坐标", "横坐标", "横坐标Y", "YZB", "Y_Coord",
                   "easting", "POINT_Y")),
    Field("ground_elevation_m", "地面高程|Ground elevation", "number", unit="m",
          aliases=("地面标高", "地面高程(m)", "地面高程(米)", "高程", "井盖高程", "DMGC", "Surf_H", "Z", "H")),
    Field("medium", "介质|Medium", "code", codes=MEDIUM, aliases=_MEDIUM_NAMES),
))


def _line_form() -> AssetClass:
    """The class of pipes with what only line tables call things: their 物探点号 is the start, 连接点号 the end."""
    more = {"start_node": ("物探点号", "管线点号", "点号", "本点号", "本点点号", "WTDH", "Exp_No"),
            "end_node": ("连接方向", "相连点号", "连接点", "连接点点号", "LJDH"),
            "medium": _MEDIUM_NAMES}
    fields = tuple(dataclasses.replace(f, aliases=tuple(dict.fromkeys((*f.aliases, *more.get(f.key, ())))))
                   for f in PIPE.fields)
    return AssetClass(LINES, "管线表|Line table", ("line",), common=False, fields=fields)


LINE_FORM = _line_form()
FORMS = {POINTS: POINT_FORM, LINES: LINE_FORM}
CLASSES = {POINTS: ("manhole", "pipe_node"), LINES: ("pipe",)}  # what the rows of a table become


@dataclass(frozen=True)
class Table:
    """A layer that is a table of a survey. `columns`: key of the form → column. `told`: the mapping says so."""

    layer: Layer
    form: AssetClass
    columns: dict[str, str]
    entry: LayerMapping | None
    told: bool
    medium: str | None  # by the name of the table, where no column tells it

    @property
    def of_points(self) -> bool:
        return self.form is POINT_FORM


def tables(layers: Sequence[Layer], wanted: str | None, known: Mapping | None) -> list[Table]:
    """The tables of a survey among the layers of a path; empty where there is none.

    wanted: the class that the user named. A table of lines without coordinates is one only beside points, or where
    it has no code of its own: sheets of codes tell of pipes that are there already.
    """
    found = [table for layer in layers if (table := _table(layer, wanted, known)) is not None]
    beside = any(t.of_points for t in found)
    return [t for t in found if t.told or t.of_points or beside or not (t.layer.geometry or "code" in t.columns)]


def _table(layer: Layer, wanted: str | None, known: Mapping | None) -> Table | None:
    entries = known.of(layer) if known else []
    entry = next((e for e in entries if e.kind in FORMS), None)
    if entry is None and (wanted not in (None, *FORMS) or any(e.kind or e.skip for e in entries)):
        return None
    entry = entry or next(iter(entries), None)
    told = wanted if wanted in FORMS else entry.kind if entry is not None and entry.kind in FORMS else None
    for key, form in FORMS.items():
        if told not in (None, key):
            continue
        if entry is not None and known is not None and told:
            _check(entry, form, known)
        matched = _match(form, layer, entry)
        missing = _missing(form, layer, matched)
        if not missing:
            return Table(layer, form, matched, entry, told is not None, _medium_of(layer))
        if told:
            shown = "、".join(layer.heads)
            raise NeedsAnswer(file=layer.source, why_zh=f"作为{form.title.zh}还缺列：{'、'.join(form.by_key[k].title.zh for k in missing)}；"
                                                        f"文件的列：{shown}；用 --mapping 指明",
                              why_en=f"as a {form.title.en.lower()} it lacks columns of {', '.join(missing)}; it has: {shown}; tell them "
                                     "with --mapping")
    return None


def _match(form: AssetClass, layer: Layer, entry: LayerMapping | None) -> dict[str, str]:
    told = {k: v for k, v in entry.fields.items() if k in form.by_key} if entry else {}
    if entry is not None:
        entry = dataclasses.replace(entry, fields=told)
    return columns.match(form, layer, entry).columns


def _missing(form: AssetClass, layer: Layer, matched: dict[str, str]) -> list[str]:
    """What a table of this form cannot do without; of 特征 and 附属物 one is enough."""
    if form is LINE_FORM:
        needed = ["start_node", "end_node"]
        wrong_shape = layer.family not in (None, "line")
    else:
        needed = ["number", *(() if layer.geometry else ("x", "y"))]
        needed += [] if {"feature", "attachment"} & matched.keys() else ["feature"]
        wrong_shape = layer.family not in (None, "point")
    return [k for k in needed if k not in matched or wrong_shape]


def _check(entry: LayerMapping, form: AssetClass, known: Mapping) -> None:
    """Fields and values of the form, else of the classes that its rows become."""
    if entry.where or entry.where_not:
        raise BadDeclaration(where=f"{known.file}（layer {entry.match!r}）", why_zh="普查的点表、线表要整张导入，不能用 where 挑行",
                             why_en="tables of a survey are loaded whole; where cannot choose rows of them")
    kinds = (form, *(catalogue.load().kind(key) for key in CLASSES[form.key]))

    def owned(key: str) -> FeatureKind:
        return next((kind for kind in kinds if key in kind.by_key), form)

    for kind in kinds:
        dataclasses.replace(entry, fields={k: v for k, v in entry.fields.items() if owned(k) is kind},
                            values={k: v for k, v in entry.values.items() if owned(k) is kind}).check(kind, known.file)


def _medium_of(layer: Layer) -> str | None:
    """The medium that the name of a table tells: WSPOINT, JS_LINE, 污水管点."""
    for name in (layer.name, layer.file.stem):
        if (found := medium_of_number(name)) is not None:
            return found
        words = [(c.title.zh, c.value) for c in MEDIUM.codes if c.value != "other" and c.title.zh in name]
        if words:
            return max(words, key=lambda w: len(fold(w[0])))[1]
    return None


def medium_of_number(number: str | None) -> str | None:
    """The medium that the letters in front of a point's number tell (WS12, JS3); None where they tell none."""
    letters = _PREFIX.match(number or "")
    if letters is None:
        return None
    code = MEDIUM.find(letters.group()[:2]) if len(letters.group()) >= 2 else None
    return code.value if code else None
