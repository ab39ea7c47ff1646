"""The shape of one finding of `registry doctor`, shared by all who examine something."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One finding: a stable key, a title in both languages, whether all is well, and the detail."""

    key: str
    zh: str
    en: str
    ok: bool
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
