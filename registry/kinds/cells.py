"""Cells of text files that a spreadsheet would run as a formula, written so that it does not and read back the same."""

from __future__ import annotations

import re

# OWASP, CSV injection: a cell that begins so is a formula. The apostrophe in front makes it text.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defused(text: str) -> str:
    """A text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def armed(text: str) -> str:
    """The text that was defused."""
    return text[1:] if _DEFUSED.match(text) else text
