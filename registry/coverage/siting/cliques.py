"""Candidates too close to each other as groups of which one at most may be chosen, so that a solver has few and strong rows."""

from __future__ import annotations

import time

import numpy as np
from scipy.sparse import csr_array


def cliques(near: csr_array, until: float) -> list[list[int]]:
    """Groups of columns, all of each too close to each other, that hold every pair of `near` (columns, columns) together.

    Each is as large as it can be: one row then says what thousands of pairs say, and says it to the relaxation too.
    Whatever is not done when time.perf_counter() reaches `until` is left out: that is a relaxation, whose bound still holds.
    """
    close = [_bits(near.indices[a:b], near.shape[1]) for a, b in zip(near.indptr[:-1], near.indptr[1:], strict=True)]
    left = list(close)  # the pairs that no group holds yet
    found: list[list[int]] = []
    for first in range(len(close)):
        while left[first] and time.perf_counter() < until:
            group, members, may = [first], 1 << first, close[first]
            while may:
                new = may & left[first]
                one = _lowest(new or may)
                group.append(one)
                members |= 1 << one
                may &= close[one]
            for each in group:
                left[each] &= ~members
            found.append(group)
    return found


def _bits(columns: np.ndarray, count: int) -> int:
    """A set of columns as a number: sets of thousands meet each other in a fraction of a microsecond."""
    mask = np.zeros(count, dtype=bool)
    mask[columns] = True
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1
