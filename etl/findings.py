"""What the values and shapes of a whole file add up to: unknown codes with their counts, repairs with their sizes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from etl.layer import Cells, Note
from registry.geometry import Fault
from registry.kinds import FeatureKind, Field
from registry.kinds.check import told
from registry.repair import title

DISTINCT = 1000  # unknown values of a field that are counted one by one
OTHERS = "…"     # what is counted beyond them
TOP = 8          # listed in a sentence


class Findings:
    """Counts over all batches of one layer.

    unknown: field key → how often each value stood that its code list does not have, whether refused or parked.
    """

    def __init__(self) -> None:
        self.unknown: dict[str, Counter[str]] = {}
        self._parked: set[str] = set()
        self._repairs: Counter[str] = Counter()
        self._sizes: dict[str, list[float]] = {}

    def count(self, said: Field, cells: Cells, values: list[int], keep: np.ndarray, *, parked: bool = False) -> None:
        """Rows among `keep` that have one of some values (indices) that the code list does not have.

        parked: the mapping says that they are kept as null.
        """
        if not values:
            return
        if parked:
            self._parked.add(said.key)
        times = np.bincount(cells.codes[keep], minlength=len(cells.values))
        counted = self.unknown.setdefault(said.key, Counter())
        for n in values:
            text = told(cells.values[n]) or ""
            counted[text if text in counted or len(counted) < DISTINCT else OTHERS] += int(times[n])

    def repaired(self, faults: list[Fault]) -> None:
        """Shapes that were made valid."""
        for fault in faults:
            facts: dict[str, Any] = fault.facts
            self._repairs[facts["fault"]] += 1
            size = self._sizes.setdefault(facts["unit"], [0.0, 0.0])
            size[0] += facts["before"]
            size[1] += facts["after"]

    def notes(self, kind: FeatureKind) -> list[Note]:
        """One sentence for each field with unknown values, and one for the repairs."""
        return [*(self._unknown(kind.by_key[key], counted) for key, counted in self.unknown.items() if counted),
                *self._repaired()]

    # -- inside ----------------------------------------------------------------------------------
    def _unknown(self, said: Field, counted: Counter[str]) -> Note:
        top = counted.most_common(TOP)
        shown = "、".join(f"{value!r} × {n}" for value, n in top)
        more = len(counted) - len(top)
        told = (f"“{said.title.zh}”有 {len(counted)} 种值不在代码表中，共 {counted.total()} 行：{shown}"
                f"{f'，还有 {more} 种' if more else ''}",
                f"{said.title.en}: {len(counted)} values are not in its code list, {counted.total()} rows: {shown}"
                f"{f', and {more} more' if more else ''}")
        if said.key in self._parked:
            return f"{told[0]}；按映射记为空", f"{told[1]}; kept as null by the mapping"
        example = f'[layer.values.{said.key}] {_quoted(top[0][0])} = "…"'
        return (f"{told[0]}；在映射文件中写 {example}，或写 unknown = \"null\" 把它们记为空",
                f"{told[1]}; write {example} in a mapping file, or unknown = \"null\" to keep them as null")

    def _repaired(self) -> list[Note]:
        if not self._repairs:
            return []
        zh = "、".join(f"{title(f)[0]} {n}" for f, n in self._repairs.most_common())
        en = ", ".join(f"{title(f)[1]} {n}" for f, n in self._repairs.most_common())
        sizes = "；".join(f"{before:,.1f} → {after:,.1f} {unit}" for unit, (before, after) in self._sizes.items())
        total = self._repairs.total()
        return [(f"修复了 {total} 个图形（{zh}），合计 {sizes}", f"{total} shapes repaired ({en}), in all {sizes}")]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
