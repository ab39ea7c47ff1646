"""Conflicts of a load: listed in a file beside the refused rows, for somebody to settle."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely

from etl import whole
from registry import moment
from registry.errors import BadFile
from registry.store.merge import Conflict

HEADS = ("file", "_row", "code", "field", "said_before", "file_says", "registry_has", "changed_by", "changed_at", "reason", "batch")


def keep(conflicts: Sequence[Conflict], rejects: Path, source: str) -> Path | None:
    """Write `<name>.conflicts.csv` beside the reject file; without any, an older one of this name is taken away."""
    path = rejects.with_name(rejects.name.replace(".rejects.", ".conflicts."))
    if not conflicts:
        path.unlink(missing_ok=True)
        return None
    try:
        with whole.written(path) as half, open(half, "w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(HEADS)
            for c in map(shown, conflicts):
                out.writerow([source, c["row"], c["code"] or c["id"], c["field"], c["said"], c["says"], c["has"], c["actor"],
                              c["at"], c["reason"], c["batch"]])
    except OSError as error:
        raise BadFile(file=str(path), why_zh=f"冲突清单写不了：{error.strerror}；用 --rejects 换个文件夹",
                      why_en=f"the list of conflicts cannot be written: {error.strerror}; choose a folder with --rejects") from None
    return path


def shown(conflict: Conflict) -> dict[str, Any]:
    """As data: geometries as WKT, times as people read them."""
    made = dataclasses.asdict(conflict)
    if conflict.field == "geometry":
        made |= {k: _wkt(made[k]) for k in ("said", "says", "has")}
    made["at"] = moment.local(conflict.at) if conflict.at else None
    return made


def _wkt(digits: str | None) -> str | None:
    return str(shapely.to_wkt(shapely.from_wkb(digits), rounding_precision=9)) if digits else None
