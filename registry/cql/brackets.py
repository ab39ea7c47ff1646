"""The text of a filter cut at its brackets, so that the parser, whose time doubles with each, meets none of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from registry.cql.terms import refused

DEEPEST = 60  # brackets within brackets
_PREFIXES = 30  # of NOT and minus one after the other: thousands of them overrun the stack of the parser, and end the process
_LISTS = 4    # lists and calls within each other, which the parser has to go through itself
_TOKEN = re.compile(r"""'(?:''|\\.|[^'\\])*'|"(?:""|[^"])*"|\w+|.""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SIGNS = {"'": "''", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_SHAPES = frozenset({"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"})
_AFTER = frozenset({"AND", "OR", "NOT", "LIKE", "BETWEEN", "DIV"})  # words before a bracket that only groups


@dataclass
class _Frame:
    """One open bracket: what kind it is, and the text within so far."""

    kind: str  # top, group, call, list or shape
    text: list[str] = field(default_factory=list)
    commas: int = 0
    last: str = ""   # the token before
    before: str = ""  # and the one before that


def cut(text: str) -> tuple[str, dict[str, str]]:
    """The text with each grouping bracket replaced by a name, and what stands in it, by that name; innermost first.

    Escapes in literals are resolved (/req/cql2-text/escaping). BadValue for brackets that do not match or are too many.
    """
    name = "group"
    while name in text:
        name += "_"
    groups: dict[str, str] = {}
    frames = [_Frame("top")]
    prefixes = 0
    for token in _TOKEN.findall(text):
        frame = frames[-1]
        prefixes = prefixes + 1 if token == "-" or token.upper() == "NOT" else prefixes if token.isspace() else 0
        if prefixes > _PREFIXES:
            raise refused(token * 3, f"连续的 NOT 或负号超过 {_PREFIXES} 个", f"more than {_PREFIXES} of NOT or minus one after the other")
        if token in "([":
            frames.append(_open(frames, token))
        elif token in ")]":
            if len(frames) == 1:
                raise refused(token, "多了右括号", "a closing bracket too many")
            closed = frames.pop()
            frames[-1].text.append(_close(closed, groups, name))
            frames[-1].before, frames[-1].last = frames[-1].last, ")"
        else:
            frame.commas += token == ","
            frame.text.append(_resolved(token))
            if not token.isspace():
                frame.before, frame.last = frame.last, token
    if len(frames) > 1:
        raise refused("(", "少了右括号", "a closing bracket is missing")
    return "".join(frames[0].text), groups


def _open(frames: list[_Frame], token: str) -> _Frame:
    kind = "list" if token == "[" else _kind(frames[-1])
    if len(frames) > DEEPEST or sum(f.kind in ("list", "call") for f in frames) > _LISTS and kind in ("list", "call"):
        raise refused(token, f"括号套得太深（至多 {DEEPEST} 层，函数和列表至多 {_LISTS} 层）",
                      f"brackets are nested too deeply (at most {DEEPEST}, calls and lists {_LISTS})")
    return _Frame(kind)


def _kind(around: _Frame) -> str:
    """What a bracket is, by what stands before it."""
    word, before = around.last.upper(), around.before.upper()
    if around.kind == "shape" or word.removesuffix("M").removesuffix("Z") in _SHAPES \
            or (word in ("Z", "M", "ZM") and before in _SHAPES):
        return "shape"
    if word == "IN":
        return "list"
    named = word.isidentifier() or word.startswith('"')
    return "call" if named and word not in _AFTER else "group"


def _close(frame: _Frame, groups: dict[str, str], name: str) -> str:
    inner = "".join(frame.text)
    if frame.kind != "group" or frame.commas:  # with commas it is an array
        return f"({inner})"
    groups[f"{name}{len(groups)}"] = inner
    return f" {name}{len(groups) - 1} "


def _resolved(token: str) -> str:
    """A token as the parser takes it: escapes resolved, and in quotes a name that it would not know as one."""
    if token.startswith("_"):
        return f'"{token}"'
    if not token.startswith("'") or "\\" not in token:
        return token
    return "'" + _ESCAPE.sub(lambda found: _SIGNS.get(found[1], found[0]), token[1:-1]) + "'"
