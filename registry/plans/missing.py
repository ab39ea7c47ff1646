"""What data is missing for a verdict, by name: each with what it is, its facts and a sentence in both languages; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from registry.catalogue import load
from registry.errors import RegistryError
from registry.kinds.label import Label
from registry.kinds.records import FORM
from registry.standards import interval

Missing = dict[str, Any]


def _of(what: str, zh: str, en: str, **facts: Any) -> Missing:
    return {"what": what, **facts, "title": {"zh": zh, "en": en}}


def title(cls: str) -> Label:
    """The title of a class, or its key where none is declared."""
    kind = load().classes.get(cls)
    return kind.title if kind else Label(cls, cls)


def figure(masked: Sequence[str]) -> Missing:
    """The document gives no number, or hides it."""
    names = ", ".join(masked)
    return _of("figure", f"文件遮去了：{names}" if masked else "文件没有数值",
               f"the document masks: {names}" if masked else "the document gives no figure", masked=list(masked))


def indicator(code: str) -> Missing:
    return _of("indicator", f"台账还没有指标 {code}", f"the registry has no indicator {code} yet", code=code)


def asset_class(key: str) -> Missing:
    return _of("class", f"没有声明类别 {key}", f"no class {key} is declared", **{"class": key})


def closed(key: str) -> Missing:
    """Whoever asks may not see the class, or what of it is asked about."""
    name = title(key)
    return _of("sight", f"{name.zh}（或其中所问的部分）不对询问者公开", f"{name.en}, or the part asked about, is not open to whoever asks", **{"class": key})


def refused(error: RegistryError, cls: str | None) -> Missing:
    """The registry cannot be asked so: a table that is absent, a field or option that it does not have."""
    facts = {name: str(error.facts[name]) for name in ("name", "value", "family", "standard", "key") if name in error.facts}
    what = {"table_absent": "table", "unknown_class": "class", "bad_value": "field"}.get(error.code, error.code)
    return _of(what, error.message("zh"), error.message("en"), **{"class": cls}, **facts)


def assets(cls: str | None, where: Mapping[str, Sequence[str]], excluded: Iterable[Mapping[str, Any]], needs: Label | None) -> Missing:
    """Nothing of the class is there to be counted. needs: what the indicator needs to be in the registry."""
    name = title(cls) if cls else Label("设施或用地", "assets or land")
    left = [e for e in excluded if e.get("count")]
    zh, en = (f"（{lead}{sep.join(words)}）" if words else "" for lead, sep, words in (
        ("不计：", "、", [f"{e['title']['zh']} {e['count']}" for e in left]),
        ("left out: ", ", ", [f"{e['title']['en']} {e['count']}" for e in left])))
    wanted = "；".join(f"{k}={'、'.join(v)}" for k, v in where.items())
    only = f"（{wanted}）" if wanted else ""
    return _of("assets", f"没有可计入的{name.zh}{only}{zh}{f'；需要：{needs.zh}' if needs else ''}",
               f"no {name.en.lower()}{only} to be counted{en}{f'; needed: {needs.en}' if needs else ''}",
               **{"class": cls}, where=dict(where), needs=needs.as_dict() if needs else None)


def reason(said: Mapping[str, str], needs: Label | None) -> Missing:
    """What the indicator itself says that it lacks."""
    return _of("data", said["zh"] + (f"；需要：{needs.zh}" if needs else ""), said["en"] + (f"; needed: {needs.en}" if needs else ""),
               needs=needs.as_dict() if needs else None)


def judgements(cls: str | None, count: int, measure: float | None, link: str | None, needs: Label | None) -> Missing:
    """Assets that nobody has judged: the data that would judge them, and the forms of inspection of their class."""
    name = title(cls) if cls else Label("设施", "assets")
    forms = [f for f in interval.FORMS if cls and interval.of(cls, f)]
    data = needs or Label("检查或填报", "inspection or entry")
    zh, en = (f"{lead}{sep.join(FORM.title_of(f).get(lang) for f in forms)}" if forms else ""
              for lang, lead, sep in (("zh", "；检查类型：", "、"), ("en", "; forms of inspection: ", ", ")))
    return _of("judgement", f"{count} 个{name.zh}未评，缺：{data.zh}{zh}", f"{count} unrated ({name.en.lower()}), for want of: {data.en}{en}",
               **{"class": cls}, needs=needs.as_dict() if needs else None, forms=forms, count=count, measure=measure, href=link)


def zone(kind: str) -> Missing:
    """A kind of division that nobody has loaded."""
    known = load().zones.get(kind)
    name = known.title if known else Label(kind, kind)
    return _of("zone", f"没有{name.zh}（{kind}）", f"there is no {name.en.lower()} ({kind})", zone=kind)


def observation(code: str, unit: str, year: int | None, latest: int | None) -> Missing:
    """A figure that is entered and was not, or not for the year."""
    of_zh, of_en = (f" {year} 年的" if year else "", f" for {year}" if year else "")
    only_zh, only_en = (f"（最近的是 {latest} 年的）", f" (the latest is for {latest})") if latest is not None else ("", "")
    in_zh, in_en = (f"（{unit}）", f" ({unit})") if unit else ("", "")
    return _of("observation", f"没有填报{of_zh} {code}{in_zh}{only_zh}", f"nobody entered {code}{in_en}{of_en}{only_en}",
               code=code, unit=unit, year=year)


def works(kinds: Sequence[str], cls: str | None, unit: str, years: tuple[int, int]) -> Missing:
    """Nobody has entered what was done."""
    name = title(cls) if cls else Label("设施", "assets")
    said = ", ".join(kinds)
    return _of("works", f"没有录入 {years[0]}—{years[1]} 年{name.zh}的实事（{said}，单位 {unit}）",
               f"no works ({said}, in {unit}) on {name.en.lower()} were entered for {years[0]} to {years[1]}",
               kinds=list(kinds), unit=unit, years=list(years), **{"class": cls})


def unit(have: Iterable[str], wanted: str) -> Missing:
    """Quantities in units that do not convert."""
    said = ", ".join(have)
    return _of("unit", f"以 {said} 计的不能换算成 {wanted}", f"what is told in {said} does not convert to {wanted}", unit=wanted)
