"""Which encoding a text is in, and why: the user's word, .cpg, LDID, strict UTF-8, GB18030 against Big5."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from etl import readings
from etl.readings import Said, decode
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
SAMPLES = 5
MIXED = 0.1        # share of UTF-8 values among others from which a file is in two encodings


@dataclass(frozen=True)
class Encoding:
    """The encoding chosen. `codec`: as Python calls it; `sure` False: a person should look at the samples."""

    name: str
    codec: str
    evidence_zh: str
    evidence_en: str
    sure: bool = True
    samples: tuple[str, ...] = ()
    candidates: tuple[tuple[str, tuple[str, ...]], ...] = ()  # other encodings it may be in, with the same values read so

    def as_dict(self) -> dict[str, object]:
        return {"name": self.name, "evidence": {"zh": self.evidence_zh, "en": self.evidence_en}, "sure": self.sure,
                "samples": list(self.samples), "candidates": {name: list(read) for name, read in self.candidates}}


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


def detect(values: Sequence[bytes], *, user: str | None = None, cpg: str | None = None, ldid: int = 0,
           file: str = "", full: frozenset[bytes] = frozenset()) -> Encoding:
    """Choose by the ladder. `values`: distinct texts as bytes, outer blanks removed, field names among them;
    `full`: those of them that fill their column."""
    said = Said(v for v in values if not v.isascii())
    said.full = full
    if user is not None:
        codec = readings.member(said, chosen(user))
        if said and readings.broken(said, codec) > 0.2:
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
        # Two marks that agree are not outweighed by what the characters look like, only by bytes that cannot be so.
        lie = _lie(said, declared, looks=not (cpg and codec_of(cpg) == LDID.get(ldid)))
        if lie is None:
            return _made(readings.member(said, declared), said, contradicted_zh + mark,
                         contradicted_en + mark.replace("：", ": "))
        contradicted_zh += f"{mark} 不实（{lie[0]}）；"
        contradicted_en += f"{mark.replace('：', ': ')} is wrong ({lie[1]}); "
    if not said:
        return _made("utf-8", said, contradicted_zh + "全部是 ASCII 字符", contradicted_en + "all ASCII")
    if readings.is_utf8(said):
        lost = round(readings.broken(said, "utf-8") * len(said))
        return _made("utf-8", said, f"{contradicted_zh}{len(said)} 个非 ASCII 值中 {len(said) - lost} 个是严格的 UTF-8",
                     f"{contradicted_en}{len(said) - lost} of {len(said)} non-ASCII values are strict UTF-8")
    return _by_evidence(file, said, contradicted_zh, contradicted_en)


def shown(codec: str) -> str:
    """The name people know."""
    return _SHOWN.get(codec, codec.upper())


def _by_evidence(file: str, said: Said, zh: str, en: str) -> Encoding:
    best, other = said.ranked
    strays = readings.utf8_values(said)
    if strays and MIXED * len(said) <= strays:
        raise NeedsAnswer(
            file=file, why_zh=f"文字混有两种编码：{len(said)} 个非 ASCII 值中 {strays} 个是 UTF-8，其余不是；请在原软件中统一编码后再导入",
            why_en=f"its texts are in two encodings: {strays} of {len(said)} non-ASCII values are UTF-8, "
                   "the others are not; save it in one encoding first")
    if best.codec == readings.WESTERN:
        return _made(best.codec, said, zh + "不像汉字，按西文（cp1252）读，没有把握",
                     en + "not like Chinese; read as cp1252, unsure", sure=False, others=(other.codec,))
    name, second, times = shown(best.codec), shown(other.codec), best.times(other)
    zh += f"{name} 的可能性是 {second} 的 {times} 倍，常用汉字占 {best.common:.0%}（{len(said)} 个非 ASCII 值）"
    en += (f"{name} is {times} times as likely as {second}, everyday characters make {best.common:.0%} "
           f"({len(said)} non-ASCII values)")
    if strays:
        zh, en = f"{zh}；有 {strays} 个值却是 UTF-8", f"{en}; yet {strays} values are UTF-8"
    sure = best.beats(other) and not strays and readings.broken(said, best.codec) <= readings.tolerated(said)
    return _made(best.codec, said, zh, en, sure=sure, others=(other.codec,))


def _made(codec: str, said: Said, zh: str, en: str, *, sure: bool = True, others: tuple[str, ...] = ()) -> Encoding:
    candidates = tuple((shown(other), _samples(said, other)) for other in others)
    if not sure:
        for name, read in candidates:
            zh, en = f"{zh}；按 {name} 则读作 {'、'.join(read) or '—'}", f"{en}; as {name} it reads {', '.join(read) or '-'}"
    return Encoding(shown(codec), codec, zh, en, sure, _samples(said, codec), candidates)


def _samples(said: Said, codec: str) -> tuple[str, ...]:
    samples: list[str] = []
    for value in said[:50]:
        text, _ = decode(value, codec)
        text = text.replace("\0", " ") if text else None
        if text and text not in samples:
            samples.append(text)
    return tuple(samples[:SAMPLES])


def _lie(said: Said, codec: str, *, looks: bool) -> tuple[str, str] | None:
    """Why a declared encoding cannot be right, or None. looks: whether unlikely characters are a reason."""
    if not said:
        return None
    codec = readings.member(said, codec)
    if codec == "utf-8" and readings.broken(said, codec) <= readings.tolerated(said):
        return None if readings.is_utf8(said) else ("字节是 GBK", "the bytes are GBK")
    if codec != "utf-8" and readings.is_utf8(said) and max(map(len, said)) > 2:
        return "字节全部是严格的 UTF-8", "the bytes are strict UTF-8"
    broken = readings.broken(said, codec)
    if broken > readings.tolerated(said) and shown(said.ranked[0].codec) != shown(codec):
        return f"{broken:.0%} 的非 ASCII 值解不开", f"{broken:.0%} of the non-ASCII values are not in it"
    if looks and readings.refuted(said, codec):
        name = shown(said.ranked[0].codec)
        return f"字节是 {name}", f"the bytes are {name}"
    return None
