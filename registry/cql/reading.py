"""A filter as people write it, in CQL2 text or JSON, to the tree of its JSON; what is too large is refused here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import cql2

from registry.cql import brackets
from registry.cql.terms import SHOWN, refused

LANGUAGES = ("cql2-text", "cql2-json")
LONGEST = 8_000         # characters of a filter
LONGEST_LITERAL = 2_000  # characters of one text in it
MOST_NODES, DEEPEST = 4_000, 130
KEPT = 32  # trees: the largest takes half a megabyte
_PLACE = re.compile(r"--> (\d+):(\d+)")


def language(text: str) -> str:
    """The language that a filter is in, by its first sign."""
    return "cql2-json" if text.lstrip()[:1] in ("{", "[") else "cql2-text"


@lru_cache(maxsize=KEPT)
def read(text: str, lang: str | None = None) -> Any:
    """The tree of a filter, to be read only: the next page has the same.

    BadValue when it is too long, too deep, or cannot be read; it says where.
    """
    if len(text) > LONGEST:
        raise refused(text, f"有 {len(text)} 个字，超过 {LONGEST}", f"{len(text)} characters are more than {LONGEST}")
    if "\x00" in text:
        raise refused("\\0", "含有空字符", "it contains a null character")
    tree = _parsed(cql2.parse_json, text) if (lang or language(text)) == "cql2-json" else _text(text)
    _measure(tree)
    return tree


def _text(text: str) -> Any:
    whole, groups = brackets.cut(text)
    trees: dict[str, Any] = {}
    for name, group in groups.items():  # innermost first: each finds those within it
        trees[name] = _filled(_parsed(cql2.parse_text, group), trees)
    return _filled(_parsed(cql2.parse_text, whole), trees)


def _filled(tree: Any, groups: dict[str, Any]) -> Any:
    """The tree with the groups where their names stand."""
    if isinstance(tree, list):
        return [_filled(node, groups) for node in tree] if groups else tree
    if not isinstance(tree, dict) or not groups:
        return tree
    if (name := tree.get("property")) in groups:
        return groups[name]
    return {key: _filled(node, groups) for key, node in tree.items()}


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text).to_json()
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the parser's is no Exception
        place = _PLACE.search(str(error))
        at = int(place[2]) - 1 if place and place[1] == "1" else 0
        near = text[at:at + SHOWN].strip() or text[max(0, at - 20):].strip()
        raise refused(near, f"第 {at + 1} 个字起读不懂", f"cannot be read from character {at + 1} on") from None


def _measure(tree: Any) -> None:
    """BadValue for a tree that is too deep, has too many nodes, or a text that is too long."""
    nodes, layer, depth = 0, [tree], 0
    while layer:
        nodes, depth = nodes + len(layer), depth + 1
        if nodes > MOST_NODES or depth > DEEPEST:
            raise refused(json.dumps(tree, ensure_ascii=False)[:SHOWN] if depth <= DEEPEST else "…",
                          f"太大：至多 {MOST_NODES} 个节点、{DEEPEST} 层", f"too large: at most {MOST_NODES} nodes, {DEEPEST} levels")
        for node in layer:
            if isinstance(node, str) and len(node) > LONGEST_LITERAL:
                raise refused(node, f"文字超过 {LONGEST_LITERAL} 个字", f"a text is longer than {LONGEST_LITERAL} characters")
            if isinstance(node, str) and "\x00" in node:
                raise refused("\\0", "含有空字符", "it contains a null character")
        layer = [child for node in layer for child in _children(node)]


def _children(node: Any) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
