"""Which field a column may be that no name and no mapping tells: a score to be accepted by a person, never taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from etl.layer import Column, Layer, Note
from etl.pinyin import initials
from registry.kinds import FeatureKind, Field, FieldProblem
from registry.kinds.check import read
from registry.kinds.codes import fold
from registry.kinds.parse import FALSE, TRUE, is_null
from registry.kinds.script import simplified

LIKELY = 0.6       # below it nothing is proposed
ALIKE = 0.6        # ratio of two names from which they are taken for each other
MOST_COLUMNS = 200  # that are weighed, each against every field: thousands would take minutes
LOOKED_AT = 2000   # values of a column
CONTRADICTED = 0.5  # share of values that must fit, or the name was a coincidence
SAMPLES = 3
_CERTAIN = 0.99


@dataclass(frozen=True)
class Proposal:
    """A column that may be a field: score 0–1 and why; `samples`: some of its values."""

    column: str
    field: Field
    score: float
    why: Note
    samples: tuple[str, ...] = ()

    @property
    def told(self) -> Note:
        """The sentence of the report, with what to write to accept it."""
        accept = f"--field {self.field.key}={self.column}"
        return (f"列 {self.column} 可能是 {self.field.key} {self.field.title.zh}（{self.score:.2f}，{self.why[0]}）；"
                f"要采用：{accept}，或在映射文件的 [layer.fields] 写 {self.field.key} = \"{self.column}\"",
                f"column {self.column} may be {self.field.key} ({self.score:.2f}: {self.why[1]}); to accept: {accept}, "
                f"or {self.field.key} = \"{self.column}\" under [layer.fields] of a mapping file")

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {"column": self.column, "field": self.field.key, "score": self.score, "samples": list(self.samples),
                "why": {"zh": self.why[0], "en": self.why[1]}}


def propose(kind: FeatureKind, layer: Layer, columns: Mapping[str, str], unmapped: Sequence[str]) -> list[Proposal]:
    """The likeliest field of each unmapped column among those that no column fills, each field once, best first."""
    free = [f for f in kind.fields if f.key not in columns]
    wanted = set(unmapped)
    rest = [c for c in layer.columns if c.name in wanted][:MOST_COLUMNS]
    if not free or not rest:
        return []
    values = samples(layer, [c.name for c in rest])
    scored = [p for c in rest for f in free if (p := _judged(kind, c, f, values[c.name])) is not None]
    made: list[Proposal] = []
    for proposal in sorted(scored, key=lambda p: -p.score):
        if not any(p.column == proposal.column or p.field is proposal.field for p in made):
            made.append(proposal)
    return made


def samples(layer: Layer, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Values of columns in the first rows of a layer, in their order, but for those that mean nothing."""
    found: dict[str, list[Any]] = {name: [] for name in columns}
    for batch in layer.batches(list(columns), False):
        for name in columns:
            cells = batch.cells[name]
            found[name] = [v for n in cells.codes[:LOOKED_AT].tolist() if not is_null(v := cells.values[n])]
        break
    return found


def shown(values: Sequence[Any]) -> tuple[str, ...]:
    """Some values as a person is shown them."""
    return tuple(list(dict.fromkeys(str(v).strip()[:20] for v in values))[:SAMPLES])


# -- inside --------------------------------------------------------------------------------------
def _judged(kind: FeatureKind, column: Column, field: Field, values: Sequence[Any]) -> Proposal | None:
    name, why = max((_name(column, n) for n in _names(field)), key=lambda s: s[0])
    fit, reason = _values(kind, field, column, values)
    if fit is None or (not name and fit < LIKELY):
        return None
    score = min(_CERTAIN, name + fit if name else fit)
    if score < LIKELY:
        return None
    parts = [p for p in (why, reason) if p[0]]
    return Proposal(column.name, field, round(score, 2),
                    ("；".join(p[0] for p in parts), "; ".join(p[1] for p in parts)), shown(values))


def _names(field: Field) -> list[str]:
    title = field.title
    return list(dict.fromkeys((field.key, title.zh, title.en, *field.aliases)))


def _name(column: Column, name: str) -> tuple[float, Note]:
    """How much a column's name says for one name of a field."""
    said, known = fold(simplified(column.name)).strip("_"), fold(name)
    base = said.rstrip("0123456789").rstrip("_") or said  # the second of two cut names gets a number
    if not known or not base:
        return 0.0, ("", "")
    short = initials(name).casefold()
    if base.isascii() and not name.isascii() and len(short) >= 2:
        if base == short:
            return min(0.8, 0.4 + 0.1 * len(short)), (f"像“{name}”的拼音首字母", f"the pinyin initials of {name}")
        if len(short) >= 3 and len(base) > len(short) and base.startswith(short):
            return 0.55, (f"以“{name}”的拼音首字母开头", f"begins with the pinyin initials of {name}")
    if len(base) >= 4 and known.startswith(base):
        return 0.7, (f"是“{name}”的前一部分", f"is the beginning of {name}")
    shorter, longer = sorted((base, known), key=len)
    if shorter in longer and len(shorter) >= (4 if shorter.isascii() else 2):
        return 0.45 + 0.4 * len(shorter) / len(longer), (f"名称与“{name}”相互包含", f"its name holds, or is held by, {name}")
    ratio = SequenceMatcher(None, base, known).ratio()
    if ratio >= ALIKE and len(shorter) >= 3:
        return 0.85 * ratio, (f"名称像“{name}”", f"its name is like {name}")
    return 0.0, ("", "")


def _values(kind: FeatureKind, field: Field, column: Column, values: Sequence[Any]) -> tuple[float | None, Note]:
    """What the values say for a field, or None where they contradict it."""
    if not values:
        return 0.0, ("没有值可看", "no values to look at")
    is_code = field is kind.by_column.get("code")
    rows, times = len(values), Counter(str(v) for v in values)
    values = list({str(v): v for v in values}.values())
    fits = [v for v in values if _fits(field, v, is_code)]
    share = sum(times[str(v)] for v in fits) / rows
    if share < CONTRADICTED:
        return None, ("", "")
    told = (f"{share:.0%} 的值符合", f"{share:.0%} of its values fit")
    if field.codes is not None:
        plain = {fold(str(v)) for v in values} <= TRUE | FALSE or all(fold(str(v)).isdigit() for v in values)
        if len(fits) >= 2 and not plain:
            return 0.65 * share, (f"{share:.0%} 的值在代码表中", f"{share:.0%} of its values are in the code list")
        return 0.1 * share, told
    if field.type in ("date", "timestamp"):
        return (0.15 * share, told) if share > 0.9 else (None, ("", ""))
    if field.type in ("boolean", "integer", "number"):
        return (0.1 * share, told) if share > 0.9 else (None, ("", ""))
    if is_code:
        return (0.1, ("", "")) if rows == len(values) else (None, ("", ""))
    return (-0.1 if column.numeric or all(isinstance(v, int | float) for v in values) else 0.05), ("", "")


def _fits(field: Field, value: Any, is_code: bool) -> bool:
    try:
        return read(field, value, is_code=is_code)[0] is not None
    except FieldProblem:
        return False
