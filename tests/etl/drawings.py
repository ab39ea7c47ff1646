"""Drawings on order: the text of small DXF files."""

from __future__ import annotations

from collections.abc import Sequence


def pairs(*some: object) -> str:
    """Group codes and values, each on its line."""
    return "".join(f"{value}\n" for value in some)


def insert(layer: str, block: str, x: float, y: float, attributes: dict[str, str]) -> str:
    """A block reference with the attributes of its block."""
    body = pairs(0, "INSERT", 8, layer, *((66, 1) if attributes else ()), 2, block, 10, x, 20, y)
    for tag, value in attributes.items():
        body += pairs(0, "ATTRIB", 8, layer, 10, x, 20, y, 40, 1.0, 1, value, 2, tag)
    return body + (pairs(0, "SEQEND", 8, layer) if attributes else "")


def polyline(layer: str, places: Sequence[tuple[float, float]], closed: bool = False) -> str:
    """A polyline, closed by its flag or left open."""
    return pairs(0, "LWPOLYLINE", 8, layer, 90, len(places), 70, int(closed)) + "".join(pairs(10, x, 20, y) for x, y in places)


def label(layer: str, words: str, x: float, y: float) -> str:
    """A text."""
    return pairs(0, "TEXT", 8, layer, 10, x, 20, y, 40, 2.0, 1, words)


def other(kind: str, layer: str) -> str:
    """An entity that no reader draws."""
    return pairs(0, kind, 8, layer)


def drawing(body: str, version: str = "AC1015", page: str = "ANSI_936") -> str:
    """A whole drawing around its entities, with one block LAMP."""
    head = pairs(0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, version, 9, "$DWGCODEPAGE", 3, page, 0, "ENDSEC")
    block = pairs(0, "BLOCK", 8, 0, 2, "LAMP", 70, 2, 10, 0.0, 20, 0.0, 3, "LAMP")
    block += pairs(0, "CIRCLE", 8, 0, 10, 0.0, 20, 0.0, 40, 1.0, 0, "ENDBLK", 8, 0)
    entities = pairs(0, "SECTION", 2, "ENTITIES") + body + pairs(0, "ENDSEC")
    return head + pairs(0, "SECTION", 2, "BLOCKS") + block + pairs(0, "ENDSEC") + entities + pairs(0, "EOF")
