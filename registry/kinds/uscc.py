"""统一社会信用代码: 18 characters, the last of which checks the others (GB 32100-2015)."""

from __future__ import annotations

# Without I, O, S, V and Z, which are mistaken for digits (GB 32100-2015 表1).
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_VALUE = {character: value for value, character in enumerate(ALPHABET)}


def check_character(body: str) -> str | None:
    """The 18th character of 17 others; None when one of them is not of the alphabet.

    The weight of the i-th is 3^(i-1) mod 31 (GB 32100-2015 §5, after GB/T 17710).
    """
    if len(body) != LENGTH - 1 or any(c not in _VALUE for c in body):
        return None
    total = sum(_VALUE[c] * pow(3, i, 31) for i, c in enumerate(body))
    return ALPHABET[-total % 31]


def fits(code: str) -> bool:
    """Whether an 18-character code checks. A shorter one is a code of the platform itself and is not judged."""
    return len(code) != LENGTH or check_character(code[:-1].upper()) == code[-1].upper()
