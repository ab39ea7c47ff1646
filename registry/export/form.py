"""The form of a class as a workbook: heads that explain themselves, lists to choose from, wrong cells in colour."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry import settings
from registry.export.heads import heads as named
from registry.kinds import CodeList, FeatureKind, Field

LONGEST_CELL = 32_767      # characters
MOST_ROWS = 1_048_575      # below the heads
LISTS = "代码表"
_EXACT = 10 ** 15          # a spreadsheet keeps 15 digits
_FIRST_DAY = dt.date(1900, 3, 1)  # before, spreadsheets count a day that never was
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")  # is read as a character
_WRONG, _HEAD, _NOTE = {"bg_color": "#FFC7CE"}, {"bold": True, "bg_color": "#DDE6F2", "text_wrap": True}, {"bg_color": "#FFF2CC"}


@dataclass(frozen=True)
class Head:
    """A column of the form: what it is called, the field that it means, and whether it is for reading only."""

    name: str
    field: Field | None = None
    note: str = ""
    told: bool = False


class Form:
    """A workbook of one visible sheet, written row by row and not kept in memory. Lists stand on a hidden sheet,
    since those inside a rule end at 255 characters."""

    def __init__(self, path: Path, title: str, heads: Sequence[Head]) -> None:
        import xlsxwriter  # only where a form is written: every load can, few do

        self.path, self.heads = path, heads
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False,
                                                    "strings_to_urls": False, "default_date_format": "yyyy-mm-dd"})
        self.sheet = self.book.add_worksheet(re.sub(r"[\[\]:*?/\\']", "_", title)[:31])
        self.wrong = self.book.add_format(_WRONG)
        self.day, self.wrong_day = (self.book.add_format({"num_format": "yyyy-mm-dd", **c}) for c in ({}, _WRONG))
        self.row = 0
        self._lists()
        self._head()

    def __enter__(self) -> Form:
        return self

    def __exit__(self, *_: object) -> None:
        self.book.close()

    def write(self, values: Iterable[Any], wrong: Collection[int] = ()) -> None:
        """One row below the others; `wrong` are the columns to be coloured."""
        self.row += 1
        for column, value in enumerate(values):
            bad = column in wrong
            look = self.wrong if bad else None
            if value is None or value == "":
                if bad:
                    self.sheet.write_blank(self.row, column, None, look)
            elif isinstance(value, bool):
                self.sheet.write_string(self.row, column, "是" if value else "否", look)
            elif isinstance(value, int | float) and math.isfinite(value):  # a cell has no place for infinity
                self.sheet.write_number(self.row, column, value, look)
            elif isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value >= _FIRST_DAY:
                self.sheet.write_datetime(self.row, column, dt.datetime(value.year, value.month, value.day),
                                          self.wrong_day if bad else self.day)
            else:
                self.sheet.write_string(self.row, column, str(value), look)

    # -- inside ----------------------------------------------------------------------------------
    def _lists(self) -> None:
        """The hidden sheet: a column for each code list. Row by row, as constant memory asks."""
        lists: dict[str, CodeList] = {h.field.codes.key: h.field.codes for h in self.heads if h.field and h.field.codes}
        self.choices: dict[str, str] = {}
        if not lists:
            return
        from xlsxwriter.utility import xl_col_to_name

        sheet = self.book.add_worksheet(LISTS)
        sheet.hide()
        english = settings.lang() == "en"
        columns = [[c.title.en if english else c.title.zh for c in codes.codes] for codes in lists.values()]
        for n, codes in enumerate(lists.values()):
            name = xl_col_to_name(n)
            self.choices[codes.key] = f"='{LISTS}'!${name}$2:${name}${len(codes.codes) + 1}"
            sheet.write_string(0, n, codes.key)
        for row in range(max(len(c) for c in columns)):
            for n, titles in enumerate(columns):
                if row < len(titles):
                    sheet.write_string(row + 1, n, titles[row])

    def _head(self) -> None:
        look, told = self.book.add_format(_HEAD), self.book.add_format({**_HEAD, **_NOTE})
        self.sheet.freeze_panes(1, 0)
        for n, head in enumerate(self.heads):
            self.sheet.set_column(n, n, 14 if head.field else 18)
        for n, head in enumerate(self.heads):
            self.sheet.write_string(0, n, head.name, told if head.told else look)
            if note := head.note or (rule(head.field) if head.field else ""):
                self.sheet.write_comment(0, n, note, {"x_scale": 2})
            if head.field is not None and (choice := self._choice(head.field)):
                self.sheet.data_validation(1, n, MOST_ROWS, n, choice)

    def _choice(self, field: Field) -> dict[str, Any] | None:
        """What may be put into the cells of a field; a warning, for a load understands more than the list."""
        what: dict[str, Any] = {"ignore_blank": True, "error_type": "warning"}
        if field.codes is not None:
            return what | {"validate": "list", "source": self.choices[field.codes.key]}
        if field.type == "boolean":
            return what | {"validate": "list", "source": ["是", "否"]}
        return None


def rule(field: Field) -> str:
    """What a person must know to fill in a field: its titles, unit, and what is taken, in both languages."""
    kinds = {"text": "文字 text", "code": "选一项 choose one", "integer": "整数 whole number", "number": "数字 number",
             "boolean": "是/否 yes or no", "date": "日期 date（2026-03-01）",
             "timestamp": "时间 time（2026-03-01T08:00:00Z）", "list": "多项，以；分隔 several, with ; between"}
    lines = [f"{field.title.zh} {field.title.en}", kinds[field.type]]
    if field.unit:
        lines.append(f"单位 unit：{field.unit}")
    if field.required:
        lines.append("必填 required")
    if field.minimum is not None or field.maximum is not None:
        low, high = ("" if v is None else f"{v:g}" for v in (field.minimum, field.maximum))
        lines.append(f"范围 range：{low}～{high}")
    if field.max_length is not None:
        lines.append(f"至多 {field.max_length} 个字 characters at most")
    if field.pattern is not None:
        lines.append(f"格式 pattern：{field.pattern}")
    return "\n".join(lines)


def held(value: Any) -> Any:
    """What a cell makes of a value: itself where it comes back the same, else what is nearest."""
    if isinstance(value, float):
        near = float(f"{value:.16G}")
        return near if math.isfinite(near) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return None
    if isinstance(value, str):
        if len(value) > LONGEST_CELL:
            return value[:LONGEST_CELL].strip()
        if "\r" in value or _ESCAPED.search(value):
            return _ESCAPED.sub("", value.replace("\r", " ")).strip() or None
    return value


def inspection_template(form: FeatureKind, path: Path) -> None:
    """The empty form of inspections, where `form` is the class as the sheet tells of it: no place, for the asset has one."""
    names = named(form, "title", [])
    with Form(path, form.title.zh, [Head(names[f.key], f) for f in form.fields]):
        pass


def template(kind: FeatureKind, path: Path) -> None:
    """The empty form of a class: its fields by their titles, and the place as WKT or as longitude and latitude."""
    places = [Head("经度", note="经度 longitude（CGCS2000，度 degrees）"), Head("纬度", note="纬度 latitude（CGCS2000，度 degrees）")]
    if "point" not in kind.geometry:
        places = [Head("WKT", note="图形 geometry：WKT，CGCS2000 经纬度 lon/lat")]
    names = named(kind, "title", [p.name for p in places])
    with Form(path, kind.title.zh, [*(Head(names[f.key], f) for f in kind.fields), *places]):
        pass
