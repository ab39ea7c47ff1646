"""Codes that differ from another only by how they were typed: full-width signs, blanks, the letter O for a zero."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

KEPT = 10_000  # odd codes of a file that are compared with the others
_ZERO = re.compile(r"(?<=\d)[Oo]|[Oo](?=\d)")


def plain(code: str) -> str:
    """The code as it was probably meant: half-width, without blanks, zeros where a letter O stands beside digits."""
    return _ZERO.sub("0", "".join(unicodedata.normalize("NFKC", code).split()))


class OddCodes:
    """The codes of a file that are not plain, each with its row and what it is plainly."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str, str]] = []

    def add(self, values: Sequence[Any], codes: np.ndarray, rows: np.ndarray, keep: np.ndarray) -> None:
        """Look at the distinct codes of a batch; a whole batch of plain ones is passed over at once."""
        text = "\n".join([v for v in values if v])
        if " " not in text and "O" not in text and "o" not in text and unicodedata.is_normalized("NFKC", text):
            return
        for n, value in enumerate(values):
            if value and len(self.found) < KEPT and (meant := plain(value)) != value:
                places = np.flatnonzero((codes == n) & keep)
                if len(places):
                    self.found.append((int(rows[places[0]]), value, meant))
