"""Which class or zone kind a layer is: by the words in its name, its geometry and its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl import columns
from etl.badfile import readable
from etl.layer import Layer
from registry.catalogue import Catalogue
from registry.errors import NeedsAnswer
from registry.kinds import FeatureKind
from registry.kinds.codes import fold
from registry.kinds.script import simplified

OWN_COLUMNS = 2   # so many columns of its own tell a class without a name
LEAD = 0.15       # by so much the best must be ahead of the next
LISTED = 5


@dataclass(frozen=True)
class Score:
    """How well a class fits: length of the word found in the name, share of columns, columns of its own."""

    kind: FeatureKind
    word: str
    share: float
    own: int

    @property
    def points(self) -> float:
        """What candidates are listed by."""
        return round(len(self.word) + 4 * self.share + 0.5 * self.own, 2)


def detect(layer: Layer, catalogue: Catalogue) -> tuple[FeatureKind, tuple[str, str]]:
    """(the kind, why in both languages), or NeedsAnswer with the candidates."""
    scores = _scores(layer, catalogue)
    longest = max((len(s.word) for s in scores), default=0)
    named = [s for s in scores if longest and len(s.word) == longest]
    if len(named) > 1:  # 绿地 names two classes: the one that knows more columns
        named = _leaders(named)
    if len(named) == 1:
        word = named[0].word
        return named[0].kind, (f"名称中有“{word}”", f"its name holds “{word}”")
    if not longest:
        known = _leaders([s for s in scores if s.own >= OWN_COLUMNS])
        if len(known) == 1:
            best = known[0]
            return best.kind, (f"认出 {best.share:.0%} 的列，{best.own} 个是该类专有", f"knows {best.share:.0%} of "
                                                                            f"the columns, {best.own} its own")
    raise _ask(layer, ranked(layer, catalogue))


def ranked(layer: Layer, catalogue: Catalogue) -> list[Score]:
    """The classes that may be meant, the likeliest first."""
    return sorted((s for s in _scores(layer, catalogue) if s.points > 0), key=lambda s: -s.points)[:LISTED]


def _scores(layer: Layer, catalogue: Catalogue) -> list[Score]:
    return [Score(kind, _word(kind, layer), *columns.recognised(kind, layer)) for kind in catalogue.kinds
            if layer.family is None or layer.family in kind.geometry]


def _leaders(scores: list[Score]) -> list[Score]:
    """The best, alone when it is clearly ahead."""
    best = sorted(scores, key=lambda s: (s.share + 0.05 * s.own), reverse=True)
    if len(best) > 1 and (best[0].share + 0.05 * best[0].own) - (best[1].share + 0.05 * best[1].own) < LEAD:
        return best
    return best[:1]


def _ask(layer: Layer, scores: list[Score]) -> NeedsAnswer:
    shown_zh = "、".join(f"{s.kind.key} {s.kind.title.zh}（{s.points:g}）" for s in scores) or "无"
    shown_en = ", ".join(f"{s.kind.key} ({s.points:g})" for s in scores) or "none"
    return NeedsAnswer(file=layer.source, why_zh=f"看不出是哪一类，请用 --class 指明；候选（得分）：{shown_zh}{layer.hint[0]}",
                       why_en="cannot tell its class; name it with --class; candidates (score): "
                              f"{shown_en}{layer.hint[1]}")


def _word(kind: FeatureKind, layer: Layer) -> str:
    """The longest word of a class in the name of layer or file."""
    names = dict.fromkeys((layer.name, readable(layer.file.stem)))
    words = (kind.key, kind.title.zh, kind.title.en, *kind.names)
    return max((w for w in words for n in names if _holds(n, w)), key=lambda w: len(fold(w)), default="")


def _holds(name: str, word: str) -> bool:
    """Chinese words stand anywhere; ASCII ones between other signs, since GC stands in many words."""
    if not word.isascii():
        return fold(word) in fold(simplified(name))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    pattern = r"[\s_\-]*".join(re.escape(p) for p in re.split(r"[\s_\-]+", word))
    return re.search(rf"(?<![A-Za-z]){pattern}(?![A-Za-z])", spaced, re.IGNORECASE) is not None
