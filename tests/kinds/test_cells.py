"""Cells that a spreadsheet would run are written so that it does not, and read back the same."""

from __future__ import annotations

import pytest

from registry.kinds.cells import armed, defused
from registry.kinds.parse import to_integer


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@x", "'=1", "''-", "'", "O'Brien", "路灯", "", "\t=1"])
def test_what_is_defused_comes_back_and_begins_no_formula(text):
    assert armed(defused(text)) == text and defused(text)[:1] not in tuple("=+-@\t\r")


@pytest.mark.parametrize("raw", [2**53 + 1, str(2**53 + 1), f" -{2**62 + 1} "])
def test_a_whole_number_keeps_every_digit(raw):
    assert to_integer(raw) == int(raw)
