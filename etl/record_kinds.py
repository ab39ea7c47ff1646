"""Records of the city as files tell of them: the fields that have heads, and what heads and cells mean there only."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from registry.errors import BadValue
from registry.kinds import AssetClass, Field
from registry.kinds.codes import fold
from registry.plans import document
from registry.standards.water_loss import FIGURES
from registry.store import observations, works
from registry.store.city_records import Book

BOOKS: Mapping[str, Book] = {"works": works.BOOK, "observations": observations.BOOK}
# Offices tell investment in 10,000 CNY.
WAN = Field("investment_wan_yuan", "投资（万元）|Investment (10,000 CNY)", "number", unit="万元", minimum=0, maximum=1e10,
            aliases=("投资", "总投资", "投资额", "投资额（万元）", "总投资（万元）", "完成投资（万元）"))


def kind(name: str) -> AssetClass:
    """The rows of such a file as a class without a place. BadValue for another name."""
    if name not in BOOKS:
        known = ", ".join(BOOKS)
        raise BadValue(name="records", value=name[:40], why_zh=f"可用：{known}", why_en=f"known: {known}")
    # The typed columns of assets are not meant, nor is the code of an asset.
    fields = [dataclasses.replace(f, column=None, pattern=None, zone=None) for f in BOOKS[name].fields()]
    return AssetClass(name, BOOKS[name].what, ("point",), (*fields, WAN) if name == "works" else tuple(fields), common=False,
                      code_required=False)


def said(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, as a form does: investment in CNY, a figure by its code."""
    made = {k: v for k, v in values.items() if v is not None}
    wan = made.pop(WAN.key, None)
    if wan is not None and "investment_cny" not in made:
        made["investment_cny"] = round(wan * 10_000, 2)
    if name == "observations" and "code" in made:
        made["code"] = known_figures().get(fold(made["code"]), made["code"])
    return made


@lru_cache(maxsize=1)
def known_figures() -> Mapping[str, str]:
    """Code or name of a figure, folded → its code: those that the plans ask for and that indicators read.

    A name that means two figures in two plans means none here.
    """
    found: dict[str, set[str]] = {}
    for code, label in FIGURES.items():
        for text in (code, label.zh, label.en):
            found.setdefault(fold(text), set()).add(code)
    for plan in document.every():
        for target in plan.targets:
            asked = target.asks.get("observation")
            for text in (str(asked), target.name) if asked else ():
                found.setdefault(fold(text), set()).add(str(asked))
    return {text: next(iter(codes)) for text, codes in found.items() if len(codes) == 1}
