"""What was asked for not long ago, by name: the last few thousand."""

from __future__ import annotations

from collections.abc import Hashable

MOST = 8_000  # of each of two halves; the older one is dropped when the newer is full


class Lately:
    """Each step is one of a set, so that threads need no lock; the worst they do to each other is to forget a name."""

    def __init__(self) -> None:
        self._new: set[Hashable] = set()
        self._old: set[Hashable] = set()

    def again(self, name: Hashable) -> bool:
        """Whether it was asked for before; from now on it was."""
        if name in self._new:
            return True
        if len(self._new) >= MOST:
            self._old, self._new = self._new, set()
        self._new.add(name)
        return name in self._old

    def clear(self) -> None:
        """Forget all of it."""
        self._new, self._old = set(), set()
