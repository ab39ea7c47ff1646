"""A text read in each encoding it may be in, and how likely each reading is."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

from etl import hanzi

WESTERN = "cp1252"
TOLERATED = 0.02   # share of broken values with which an encoding still stands
FEW = 5            # from so many values on one broken one says nothing
JUDGED = 1000      # values of which the likelihood is told; whether they decode is asked of all
CLEAR = 5.0        # nats: from odds of 150 to 1 on nobody need look
MOST_TOLD = 20     # powers of ten of odds that are told
TRUSTED = 12.0     # nats by which a declared encoding must be refuted: odds of 160,000 to one
_BROKEN, _BROKEN_BYTE = -20.0, -8.0   # nats for a value that is not in the encoding, and for each byte of it
_BIG5 = ("cp950", "big5hkscs")        # Python's plain big5 lacks 裏 恒 銹 碁, which Windows writes
_CUT = ("unexpected end of data", "incomplete multibyte sequence")


class Said(list[bytes]):
    """Distinct texts beyond ASCII. `full`: those that fill their column, so that their end may be cut off."""

    full: frozenset[bytes] = frozenset()

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of broken values by encoding, as far as it was asked for."""
        return {}

    @cached_property
    def ranked(self) -> tuple[Reading, Reading]:
        """The likeliest reading and the likeliest in another encoding: GB18030 in either script, Big5, western."""
        found = sorted(_candidates(self), key=lambda r: r.nats, reverse=True)
        return found[0], next(r for r in found[1:] if r.codec != found[0].codec)


@dataclass(frozen=True)
class Reading:
    """Values read in one encoding: log likelihood in nats, share of everyday characters."""

    codec: str
    nats: float
    common: float = 0.0

    def beats(self, other: Reading) -> bool:
        """Whether the odds leave no doubt."""
        return self.nats - other.nats >= CLEAR

    def times(self, other: Reading) -> str:
        """Odds against another reading: `10^7`, `>10^20`."""
        power = round((self.nats - other.nats) / log(10))
        return f">10^{MOST_TOLD}" if power > MOST_TOLD else f"10^{power}"


def decode(raw: bytes, codec: str) -> tuple[str | None, bool]:
    """(text, whether half a character at the end was cut off); text is None where it is not in the encoding."""
    try:
        return raw.decode(codec), False
    except UnicodeDecodeError as error:
        # A column's width cuts a character in two: what is left of it stands at the very end.
        if error.reason not in _CUT or error.start == 0:
            return None, False
        try:
            return raw[:error.start].decode(codec), True
        except UnicodeDecodeError:
            return None, False


def _candidates(said: Said) -> list[Reading]:
    big5 = member(said, "big5")
    return [
        _reading(said, "gb18030", 0.0, lambda t: hanzi.chinese(t, "gb2312"), "gb2312"),
        # Traditional script in GBK is rare, yet the one case in which GBK's own rows are full.
        _reading(said, "gb18030", log(0.02), lambda t: hanzi.chinese(t, "big5"), "big5"),
        _reading(said, big5, log(0.5), lambda t: hanzi.chinese(t, "big5"), "big5"),
        _reading(said, WESTERN, log(0.5), hanzi.alphabetic, None)]


def refuted(said: Said, codec: str) -> bool:
    """Whether the likeliest reading leaves a declared encoding no chance. Encodings of other multibyte scripts are
    not judged: the bytes of Korean and of half-width kana are Chinese characters too."""
    found = said.ranked[0]
    if found.codec == WESTERN or found.codec == codec or {found.codec, codec} <= {*_BIG5}:
        return False
    if codec in (*_BIG5, "gb18030"):
        model = _in_either_script
    elif codec == "utf-8" or single_byte(codec):
        model = hanzi.alphabetic
    else:
        return False
    return found.nats - _reading(said, codec, 0.0, model, None).nats > TRUSTED


def _in_either_script(text: str) -> float:
    return max(hanzi.chinese(text, "gb2312"), hanzi.chinese(text, "big5"))


def member(said: Said, codec: str) -> str:
    """The member of a family of encodings in which the values are whole: Big5 of Windows or of Hong Kong."""
    if codec not in ("big5", *_BIG5):
        return codec
    return min(_BIG5, key=lambda c: (broken(said, c), c != codec))


def broken(said: Said, codec: str) -> float:
    """Share of values that are not in an encoding; half characters count where no column's width has cut them,
    if there are many."""
    if codec not in said.shares:
        said.shares[codec] = 0.0 if _whole(said, codec) else _broken(said, codec)
    return said.shares[codec]


def _whole(said: Said, codec: str) -> bool:
    """Whether nothing is broken, asked of all at once: a line feed is no second byte in any of the encodings."""
    try:
        return b"\n".join(said).decode(codec).count("\n") >= len(said) - 1
    except UnicodeDecodeError:
        return False


def _broken(said: Said, codec: str) -> float:
    lost = cut = 0
    for value in said:
        text, was_cut = decode(value, codec)
        lost += text is None
        cut += was_cut and value not in said.full
    return (lost + (cut if cut > 0.2 * len(said) else 0)) / len(said)


def is_utf8(said: Said) -> bool:
    """Whether all values are UTF-8, but for a rotten one among many, and not by accident."""
    share = broken(said, "utf-8")
    return share <= tolerated(said) and (share == 0 or utf8_values(said) > 0) and not _accident(said)


def tolerated(said: Said) -> float:
    """Share of broken values with which an encoding still stands."""
    return max(TOLERATED, 1 / len(said)) if len(said) >= FEW else TOLERATED


def utf8_values(said: Said) -> int:
    """How many values are surely UTF-8: whole, with a character of three bytes or more."""
    return sum(max(text) > "\u07ff" for text in (decode(value, "utf-8")[0] for value in said) if text)


@lru_cache(maxsize=64)
def single_byte(codec: str) -> bool:
    """Whether every character takes one byte."""
    return all(len(bytes((b,)).decode(codec, "replace")) == 1 for b in range(0x80, 0x100)) and \
        len(b"\xb0\xa1".decode(codec, "replace")) == 2


def _reading(said: Said, codec: str, prior: float, model: Callable[[str], float], standard: str | None) -> Reading:
    some = said[::max(1, len(said) // JUDGED)]
    texts = [decode(value, codec)[0] for value in some]
    nats = prior + sum(_BROKEN + _BROKEN_BYTE * len(value) if text is None else model(text)
                       for value, text in zip(some, texts, strict=True))
    common = hanzi.everyday((t for t in texts if t), standard) if standard else 0.0
    return Reading(codec, nats, common)


def _accident(said: Said) -> bool:
    """Whether strict UTF-8 is an accident: 路灯 in GBK is also two signs of two bytes in UTF-8, of scripts that
    do not stand together."""
    texts = [decode(v, "utf-8")[0] or "" for v in said]
    if any(max(text, default="") > "\u07ff" for text in texts):
        return False
    nats = sum(hanzi.alphabetic(text) + (0.0 if _is_word(text) else _BROKEN) for text in texts)
    found = said.ranked[0]
    return found.codec == "gb18030" and found.nats > nats


def _is_word(text: str) -> bool:
    """Whether letters beyond ASCII stand as they do in words: Latin ones beside others, foreign ones among their own."""
    scripts = set()
    for n, c in enumerate(text):
        if c.isascii() or c in hanzi.MEASURING and n and text[n - 1].isascii():
            continue
        script = unicodedata.name(c, "?").split()[0] if c.isalpha() else "?"
        beside = text[max(0, n - 1):n] + text[n + 1:n + 2]
        if script == "LATIN" and not any(b.isascii() and b.isalpha() for b in beside):
            return False
        scripts.add(script)
    return len(scripts) <= 1 and scripts <= {"LATIN", "CYRILLIC", "GREEK", "ARABIC", "HEBREW"}
