"""First letters of the pinyin of Chinese words, as offices abbreviate column names: 道路名称 → DLMC."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

# GB 2312 orders its first level (区 16–55) by pinyin: the first code of each letter tells the letter of any of the
# 3,755 characters. None begins with I, U or V.
_FIRST = ((0xB0A1, "A"), (0xB0C5, "B"), (0xB2C1, "C"), (0xB4EE, "D"), (0xB6EA, "E"), (0xB7A2, "F"), (0xB8C1, "G"),
          (0xB9FE, "H"), (0xBBF7, "J"), (0xBFA6, "K"), (0xC0AC, "L"), (0xC2E8, "M"), (0xC4C3, "N"), (0xC5B6, "O"),
          (0xC5BE, "P"), (0xC6DA, "Q"), (0xC8BB, "R"), (0xC8F6, "S"), (0xCBFA, "T"), (0xCDDA, "W"), (0xCEF4, "X"),
          (0xD1B9, "Y"), (0xD4D1, "Z"), (0xD7FA, ""))
_STARTS = [code for code, _ in _FIRST]
# The second level is ordered by radical; these of it stand in names of municipal works.
_RARER = {"窨": "Y", "箅": "B", "砼": "T", "绿": "L", "窖": "J", "栅": "S", "涵": "H", "匝": "Z", "桩": "Z"}


def initials(text: str) -> str:
    """`DLMC` of 道路名称; letters and digits stay, other signs are left out."""
    return "".join(_initial(c) for c in unicodedata.normalize("NFKC", text))


def _initial(sign: str) -> str:
    if sign.isascii():
        return sign.upper() if sign.isalnum() else ""
    if sign in _RARER:
        return _RARER[sign]
    try:
        raw = sign.encode("gb2312")
    except UnicodeEncodeError:
        return ""
    code = int.from_bytes(raw, "big")
    at = bisect_right(_STARTS, code) - 1
    return _FIRST[at][1] if at >= 0 else ""
