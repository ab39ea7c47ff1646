"""Query parameters as declarations: one table reads the request and writes the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from api import queries
from api.errors import WrongParameters
from api.formats import Format
from api.i18n import LANGS
from registry.errors import BadValue, RegistryError, UnknownParameter
from registry.kinds import FieldProblem, Label
from registry.kinds.problems import sentence

SHOWN = 80  # characters of a wrong value that an answer repeats
DIGITS = re.compile(r"[0-9]+")


class Wrong(ValueError):
    """A value that a parameter refuses, with the reason in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True)
class Param:
    """One query parameter.

    title: `中文|English`. schema: its OpenAPI 3.0 schema. parse: text → value, raising Wrong or FieldProblem.
    style, explode are written out for every parameter: the official suite reads them from the document.
    shared: written once among the components, since many operations have it.
    """

    name: str
    title: Label | str
    schema: dict[str, Any]
    parse: Callable[[str], Any] = str
    default: Any = None
    required: bool = False
    shared: bool = False
    example: Any = field(default=None, compare=False)

    def openapi(self, lang: str) -> dict[str, Any]:
        """The parameter object of OpenAPI 3.0."""
        made = {"name": self.name, "in": "query", "description": Label.of(self.title).get(lang),
                "required": self.required, "schema": self.schema, "style": "form", "explode": False}
        return made | ({"example": self.example} if self.example is not None else {})


def read(params: Iterable[Param], args: MultiDict[str, str], query: bytes = b"") -> dict[str, Any]:
    """All parameters, parsed, defaults filled in. Everything that is wrong is named, not only the first.

    query: of which the arguments were made.
    """
    garbled = queries.garbled(query)
    declared = {p.name: p for p in params}
    problems: list[RegistryError] = []
    values = {name: p.default for name, p in declared.items()}
    for name, raws in args.lists():
        if name not in declared:
            problems.append(UnknownParameter(name=name[:SHOWN], known=", ".join(declared)))
        elif name in garbled:
            problems.append(_bad(name, raws[0], "不是 UTF-8", "it is not UTF-8"))
        elif len(raws) > 1:
            problems.append(_bad(name, ",".join(raws), "只能给一次", "it can be given only once"))
        else:
            try:
                values[name] = _parse(declared[name], raws[0])
            except BadValue as problem:
                problems.append(problem)
    missing = [p.name for p in declared.values() if p.required and p.name not in args]
    problems += [_bad(name, "", "必须给出", "it is required") for name in missing]
    if problems:
        raise problems[0] if len(problems) == 1 else WrongParameters.of(problems)
    return values


def _parse(param: Param, raw: str) -> Any:
    if "\x00" in raw:
        raise _bad(param.name, raw, "含有空字符", "it contains a null character")
    try:
        return param.parse(raw)
    except FieldProblem as problem:
        raise _bad(param.name, raw, sentence(problem.code, "zh", **problem.facts),
                   sentence(problem.code, "en", **problem.facts)) from None
    except Wrong as problem:
        raise _bad(param.name, raw, problem.zh, problem.en) from None


def _bad(name: str, raw: str, zh: str, en: str) -> BadValue:
    return BadValue(name=name, value=raw[:SHOWN], why_zh=zh, why_en=en)


# -- kinds of values -----------------------------------------------------------------------------
def one_of(values: Sequence[str]) -> Callable[[str], str]:
    """A parser that takes one of these values."""
    def parse(raw: str) -> str:
        if raw not in values:
            shown = ", ".join(values)
            raise Wrong(f"应为其中之一：{shown}", f"it must be one of: {shown}")
        return raw
    return parse


def text(longest: int) -> Callable[[str], str | None]:
    """A parser of free text; nothing but blanks is the same as not given."""
    def parse(raw: str) -> str | None:
        if len(raw) > longest:
            raise Wrong(f"超过 {longest} 个字", f"longer than {longest} characters")
        return raw.strip() or None
    return parse


def choice(name: str, title: str, values: Sequence[str], default: str | None = None, *, required: bool = False) -> Param:
    """A parameter that takes one of a few values."""
    schema: dict[str, Any] = {"type": "string", "enum": list(values)}
    if default is not None:
        schema["default"] = default
    return Param(name, title, schema, one_of(values), default, required)


# -- what every operation takes ------------------------------------------------------------------
LANG = Param("lang", "语言；不给则按 Accept-Language|Language; else Accept-Language decides",
             {"type": "string", "enum": list(LANGS)}, one_of(LANGS), shared=True)
CITY = Param("city", "城市；不给则为默认城市|City; else the default one",
             {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$"}, text(48), shared=True)


def format_param(formats: Sequence[Format]) -> Param:
    """`f` of an operation, with the formats that it declares."""
    keys = [f.key for f in formats]
    return Param("f", "格式；不给则按 Accept|Format; else the Accept header decides",
                 {"type": "string", "enum": keys}, one_of(keys))
