"""The list of everything that the rules find in a survey, row by row, for the surveyor to go through."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl import whole
from registry.errors import BadFile
from registry.kinds import PROBLEMS
from registry.kinds.problems import sentence

if TYPE_CHECKING:
    from etl.survey.findings import Finding
    from etl.survey.survey import Survey

HEADS = ("_table", "_row", "_point_or_line", "_field", "_value", "_code", "_effect", "_message_zh", "_message_en")
_EFFECT = {True: "拒收 refused", False: "提示 noted"}
_AT_ONCE = 10_000  # rows


def write(survey: Survey, folder: Path, city: str) -> Path | None:
    """Write `<city>.<survey>.survey.csv`; None, and no file, where nothing is found. Raises BadFile without room."""
    path = folder / f"{city.replace('/', '_')}.{survey.name}.survey.csv"
    try:
        if not survey.points and not survey.lines:
            path.unlink(missing_ok=True)
            return None
        with whole.written(path) as half, open(half, "w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADS)
            out.writerows(_rows(survey, survey.points, True))
            out.writerows(_rows(survey, survey.lines, False))
    except OSError as error:
        raise BadFile(file=str(path), why_zh=f"质检清单写不了：{error.strerror}；用 --rejects 换个文件夹",
                      why_en=f"the list of findings cannot be written: {error.strerror}; choose a folder with --rejects") from None
    return path


def _rows(survey: Survey, findings: Sequence[Finding], points: bool) -> Iterator[list[Any]]:
    network = survey.network
    some = network.points if points else network.lines
    for low in range(0, len(some), _AT_ONCE):
        faults = [f for finding in findings for f in finding.faults(low, low + _AT_ONCE)]
        for fault in sorted(faults, key=lambda f: f.at):
            at = low + fault.at
            who = network.numbers(at) if points else "-".join(n or "" for n in network.ends_of(at))
            yield [network.tables[int(some.table[at])].layer.source, int(some.row[at]), who, fault.field, fault.value, fault.code,
                   _EFFECT[PROBLEMS[fault.code].refuses], *(sentence(fault.code, lang, **fault.facts) for lang in ("zh", "en"))]
