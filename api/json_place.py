"""Where a JSON text is wrong: line and column, which the parser tells only of what is no JSON at all."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

_TEXT = r'"(?:[^"\\]|\\.)*"'
_TOKEN = re.compile(rf'(?P<key>{_TEXT})(?=\s*:)|{_TEXT}|(?P<bracket>[\[\]{{}}])|(?P<odd>-?(?:NaN|Infinity)|\d{{1000,}})')


class Twice(ValueError):
    """A name stands twice in one object; it is the message."""


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, as `object_pairs_hook`; Twice, since of a name given twice nobody knows which one is meant."""
    made = dict(pairs)
    if len(made) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        raise Twice(counted.most_common(1)[0][0])
    return made


def told(text: str, problem: ValueError) -> dict[str, str]:
    """What is wrong and where, in both languages."""
    if isinstance(problem, json.JSONDecodeError):
        place, zh, en = problem.pos, "不是 JSON", "not JSON"
    elif isinstance(problem, Twice):
        name = str(problem)
        place, zh, en = _second(text, name), f"名称 {name[:40]!r} 重复", f"the name {name[:40]!r} is given twice"
    else:  # NaN, Infinity, or a number of thousands of digits
        odd = next((m for m in _TOKEN.finditer(text) if m["odd"]), None)
        place, zh, en = odd.start() if odd else 0, "有不是 JSON 的数", "a number that is none in JSON"
    line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
    return {"why_zh": f"{zh}（第 {line} 行第 {column} 列）", "why_en": f"{en} (line {line}, column {column})"}


def _second(text: str, name: str) -> int:
    """Where a name stands for the second time in one object."""
    seen: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        if token["bracket"] in ("{", "["):
            seen.append(set())
        elif token["bracket"]:
            seen.pop()
        elif token["key"] and json.loads(token["key"]) == name:
            if name in seen[-1]:
                return token.start()
            seen[-1].add(name)
    return 0
