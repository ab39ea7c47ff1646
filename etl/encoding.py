"""Which encoding a text is in, and why: the user's word, .cpg, LDID, strict UTF-8, GB18030 against Big5."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from etl.hanzi import likeness
from registry.errors import BadValue, NeedsAnswer

# Byte 29 of a DBF. 0x57 (ANSI) is left out: it names whatever code page the writer's machine had.
LDID = {0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x26: "cp866", 0x4D: "gb18030", 0x4E: "cp949",
        0x4F: "big5", 0x58: "cp1252", 0x59: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x78: "big5", 0x79: "cp949",
        0x7A: "gb18030", 0x7B: "cp932", 0x7C: "cp874", 0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250",
        0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253", 0xCC: "cp1257"}
_NAMES = {"936": "gb18030", "950": "big5", "65001": "utf-8", "932": "cp932", "949": "cp949", "54936": "gb18030",
          "gbk": "gb18030", "gb2312": "gb18030", "hz": "gb18030", "88591": "iso8859-1", "iso88591": "iso8859-1",
          "big5hkscs": "big5hkscs",
          "shiftjis": "cp932", "koi8r": "koi8-r", "sjis": "cp932", "euckr": "euc_kr", "eucjp": "euc_jp"}
_SHOWN = {"gb18030": "GBK", "big5": "Big5", "big5hkscs": "Big5", "utf-8": "UTF-8", "cp950": "Big5"}
TOLERATED = 0.02   # share of broken values with which a declared encoding still stands
FEW = 5             # from so many values on one broken one says nothing where the others are clearly Chinese
SAMPLES = 5
JUDGED = 3000       # values from which the likeness is told; whether they decode is asked of all
RARE = 0.4         # from here a few rare characters without any ASCII letter are Chinese, unsure
CLEAR = 0.6        # likeness to Chinese from which a text counts as Chinese; cp1252 words reach 0.3


@dataclass(frozen=True)
class Encoding:
    """The encoding chosen. `codec`: as Python calls it; `sure` False: a person should look at the samples."""

    name: str
    codec: str
    evidence_zh: str
    evidence_en: str
    sure: bool = True
    samples: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "evidence": {"zh": self.evidence_zh, "en": self.evidence_en}, "sure": self.sure,
                "samples": list(self.samples)}


UNICODE = Encoding("Unicode", "utf-8", "格式规定", "by the format")


def codec_of(text: str) -> str | None:
    """Python's name of an encoding as people and .cpg files write it (`936`, `ANSI 936`, `GB2312`), or None."""
    word = re.sub(r"[^a-z0-9]", "", text.strip().strip("\ufeff").casefold())
    word = re.sub(r"^(ansi|oem|cp|windows|win|ms|ibm)(?=\d)", "", word)
    if word in _NAMES:
        return _NAMES[word]
    for guess in (word, f"cp{word}", text.strip()):
        try:
            found = codecs.lookup(guess).name
        except (LookupError, ValueError):
            continue
        try:
            b"a".decode(found)  # base64 and its like are codecs too, of another kind
        except (LookupError, UnicodeError):
            continue
        return _NAMES.get(found.replace("_", "").replace("-", ""), found)
    return None


def chosen(text: str) -> str:
    """The codec that a user asked for."""
    codec = codec_of(text)
    if codec is None:
        raise BadValue(name="encoding", value=text, why_zh="不是已知的编码，例如 GBK、UTF-8、Big5",
                       why_en="not a known encoding, for example GBK, UTF-8, Big5")
    return codec


def decode(raw: bytes, codec: str) -> tuple[str | None, bool]:
    """(text, whether half a character at the end was cut off); text is None where it is not in the encoding."""
    try:
        return raw.decode(codec), False
    except UnicodeDecodeError as error:
        # A column's width cuts a character in two: what is left of it stands at the very end.
        if error.reason not in ("unexpected end of data", "incomplete multibyte sequence") or error.start == 0:
            return None, False
        try:
            return raw[:error.start].decode(codec), True
        except UnicodeDecodeError:
            return None, False


class Said(list[bytes]):
    """Distinct texts beyond ASCII. `full`: those that fill their column, so that their end may be cut off."""

    full: frozenset[bytes] = frozenset()


def detect(values: Sequence[bytes], *, user: str | None = None, cpg: str | None = None, ldid: int = 0,
           file: str = "", full: frozenset[bytes] = frozenset()) -> Encoding:
    """Choose by the ladder. `values`: distinct texts as bytes, outer blanks removed, field names among them;
    `full`: those of them that fill their column."""
    said = Said(v for v in values if not v.isascii())
    said.full = full
    if user is not None:
        codec = chosen(user)
        if said and _broken(said, codec) > 0.2:
            raise NeedsAnswer(file=file, why_zh=f"指定的编码 {shown(codec)} 解不开其中的文字；请换一个，或不指定让程序判断",
                              why_en=f"its text is not in {shown(codec)} as told; choose another or let "
                                     "it be detected")
        return _made(codec, said, "用户指定", "as told by the user")
    contradicted_zh, contradicted_en = "", ""
    if cpg and codec_of(cpg) is None:
        contradicted_zh, contradicted_en = f".cpg：{cpg} 不是已知的编码；", f".cpg: {cpg} is no known encoding; "
    for mark, declared in ((f".cpg：{cpg}", codec_of(cpg) if cpg else None),
                        (f"LDID 0x{ldid:02X}", LDID.get(ldid))):
        if declared is None:
            continue
        lie = _lie(said, declared)
        if lie is None:
            return _made(declared, said, contradicted_zh + mark, contradicted_en + mark.replace("：", ": "))
        contradicted_zh += f"{mark} 不实（{lie[0]}）；"
        contradicted_en += f"{mark.replace('：', ': ')} is wrong ({lie[1]}); "
    if not said:
        return _made("utf-8", said, contradicted_zh + "全部是 ASCII 字符", contradicted_en + "all ASCII")
    if _broken(said, "utf-8") == 0 and not _short_gbk(said):
        return _made("utf-8", said, contradicted_zh + f"{len(said)} 个非 ASCII 值都是严格的 UTF-8",
                     contradicted_en + f"all {len(said)} non-ASCII values are strict UTF-8")
    return _by_evidence(said, contradicted_zh, contradicted_en)


def shown(codec: str) -> str:
    """The name people know."""
    return _SHOWN.get(codec, codec.upper())


def _by_evidence(said: Said, zh: str, en: str) -> Encoding:
    scores = {codec: (_likeness(said, codec), _broken(said, codec)) for codec in ("gb18030", "big5hkscs")}
    best, other = sorted(scores, key=lambda c: scores[c][0] - 2 * scores[c][1], reverse=True)
    score, broken = scores[best]
    tolerated = max(TOLERATED, 1 / len(said)) if score >= CLEAR and len(said) >= FEW else TOLERATED
    if score >= (CLEAR if _has_letters(said) else RARE) and broken <= tolerated:
        told = (f"{shown(best)} 像汉字 {score:.2f}，{shown(other)} {scores[other][0]:.2f}（{len(said)} 个非 ASCII 值）",
                f"likeness to Chinese {score:.2f} as {shown(best)}, {scores[other][0]:.2f} as {shown(other)} "
                f"({len(said)} non-ASCII values)")
        sure = score >= CLEAR and (score - scores[other][0] >= 0.1 or scores[other][1] > tolerated)
        return _made(best, said, zh + told[0], en + told[1], sure=sure)
    return _made("cp1252", said, zh + "不像汉字，按西文（cp1252）读，没有把握", en + "not like Chinese; read as cp1252, unsure",
                 sure=False)


def _has_letters(said: Said) -> bool:
    """Whether ASCII letters stand among the other bytes, as in western words."""
    return any(re.search(rb"[A-Za-z]", v) for v in said)


def _short_gbk(said: Said) -> bool:
    """Whether strict UTF-8 is an accident: 要求 in GBK is also two letters in UTF-8, but then nothing else is."""
    texts = [decode(v, "utf-8")[0] or "" for v in said]
    return len(said) < 10 and all("\x7f" < c < "\u0800" or c in " -()0123456789" for t in texts for c in t) \
        and _likeness(said, "gb18030") > 0.7


def _made(codec: str, said: Said, zh: str, en: str, *, sure: bool = True) -> Encoding:
    samples = []
    for value in said[:50]:
        text, _ = decode(value, codec)
        text = text.replace("\0", " ") if text else None
        if text and text not in samples:
            samples.append(text)
    return Encoding(shown(codec), codec, zh, en, sure, tuple(samples[:SAMPLES]))


def _lie(said: Said, codec: str) -> tuple[str, str] | None:
    """Why a declared encoding cannot be right, or None."""
    broken = _broken(said, codec)
    if broken > TOLERATED:
        return f"{broken:.0%} 的非 ASCII 值解不开", f"{broken:.0%} of the non-ASCII values are not in it"
    if not said or codec == "utf-8":
        return None
    if _broken(said, "utf-8") == 0 and max(map(len, said)) > 2:
        return "字节全部是严格的 UTF-8", "the bytes are strict UTF-8"
    # GDAL's own default mark is ISO-8859-1, under which anything can be read; GBK and Big5 differ in likeness.
    found = _by_evidence(said, "", "")
    if found.codec != "cp1252" and found.sure and len(said) >= 3 and found.codec[:4] != codec[:4] \
            and _likeness(said, codec) < CLEAR - 0.1:
        return f"字节是 {found.name}", f"the bytes are {found.name}"
    return None


def _broken(said: Said, codec: str) -> float:
    """Share of values that are not in an encoding; half characters count where no column's width has cut them,
    if there are many."""
    if not said:
        return 0.0
    broken = cut = 0
    for value in said:
        text, was_cut = decode(value, codec)
        broken += text is None
        cut += was_cut and value not in said.full
    return (broken + (cut if cut > 0.2 * len(said) else 0)) / len(said)


def _likeness(said: Said, codec: str) -> float:
    some = said[::max(1, len(said) // JUDGED)]
    return likeness((decode(v, codec)[0] or "" for v in some), "big5" if codec.startswith("big5") else "gb2312")
