"""How deep shapes lie in each other: GEOS reads a shape within a shape by calling itself, and thousands of them kill
the process."""

from __future__ import annotations

import re
import struct

DEEPEST = 32
HEAD_BYTES = 9     # of a shape that holds others: byte order, type, count
_GROUPS = re.compile(r"COLLECTION|MULTI|COMPOUND|CURVEPOLYGON", re.IGNORECASE)


def deep_text(text: str) -> bool:
    """Whether a WKT may be too deep to be read."""
    return len(text) > DEEPEST and sum(1 for _ in _GROUPS.finditer(text)) > DEEPEST and _parentheses(text) > DEEPEST


def deep(wkb: bytes | None) -> bool:
    """Whether a WKB is too deep to be read. One that is too short, or is no group of shapes, is not looked into."""
    if wkb is None or len(wkb) < DEEPEST * HEAD_BYTES or not _holds_others(wkb[1:5]):
        return False
    try:
        return _deep(wkb)
    except struct.error:
        return False  # broken: GEOS finds that too, and no deeper than it is sound


def _parentheses(text: str) -> int:
    most = now = 0
    for sign in re.findall(r"[()]", text):
        now += 1 if sign == "(" else -1
        most = max(most, now)
    return most


def _deep(wkb: bytes) -> bool:
    at, left = 0, [1]  # shapes still to come at each depth
    while left:
        if not left[-1]:
            left.pop()
            continue
        left[-1] -= 1
        order = "<" if wkb[at:at + 1] == b"\x01" else ">"
        code, = struct.unpack_from(order + "I", wkb, at + 1)
        at += 5 + (4 if code & 0x20000000 else 0)  # the SRID of EWKB
        kind, size = code & 0x0FFFFFFF, 2 + bool(code & 0x80000000) + bool(code & 0x40000000)
        size += (0, 1, 1, 2)[min(3, kind // 1000)]
        kind %= 1000
        if kind == 1:
            at += size * 8
            continue
        count, = struct.unpack_from(order + "I", wkb, at)
        at += 4
        if kind in (2, 8):
            at += count * size * 8
        elif kind in (3, 17):
            for _ in range(count):
                points, = struct.unpack_from(order + "I", wkb, at)
                at += 4 + points * size * 8
        else:
            left.append(count)
            if len(left) > DEEPEST:
                return True
    return False


def _holds_others(code: bytes) -> bool:
    """Whether a type, in either order of its bytes, is none of point, line and polygon."""
    little = code[0] or code[1]
    kind = (struct.unpack("<I" if little else ">I", code)[0] & 0x0FFFFFFF) % 1000
    return kind not in (1, 2, 3)
