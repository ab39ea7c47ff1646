"""Features as text that was made already: a version of a row says the same for ever, so its text is kept in memory."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count

from registry.kinds import FeatureKind

EVERY = 8  # pages of rows whose texts are not kept: that one's are, so that what comes again is seen to
SMOOTH = 0.1  # weight of the last page in the share of texts that were found
PAYS = 0.5  # from this share on it is quicker to ask which rows they are, and then for the few texts that are new
MOST_BYTES = 48 * 2**20  # of this process, in two halves
ROW_BYTES = 250  # what an entry takes beside its text

_numbers: dict[FeatureKind, int] = {}
_next = count()


class Kept:
    """The texts used last, up to so many bytes: a full half is dropped when the other one is full again.

    Each step is one of a dict, so that threads need no lock; the worst they do to each other is to drop a text.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes // 2
        self._new: dict[Hashable, bytes] = {}
        self._old: dict[Hashable, bytes] = {}
        self._bytes = 0
        self._found = 1.0
        self._page = 0

    @property
    def pays(self) -> bool:
        """Whether most of what was asked for lately was there."""
        return self._found >= PAYS

    def tries(self) -> bool:
        """Whether the texts of this page are to be kept although that did not pay lately."""
        self._page = (self._page + 1) % EVERY
        return not self._page

    def seen(self, found: int, of: int) -> None:
        """So many texts of a page were there already."""
        if of:
            self._found += SMOOTH * (found / of - self._found)

    def get(self, key: Hashable) -> bytes | None:
        found = self._new.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: Hashable, text: bytes) -> None:
        if self._bytes > self._most:
            self._old, self._new, self._bytes = self._new, {}, 0
        self._new[key] = text
        self._bytes += len(text) + ROW_BYTES


def number(kind: FeatureKind) -> int:
    """A number of this very declaration in this process, quicker to compare than what it says."""
    found = _numbers.get(kind)
    return found if found is not None else _numbers.setdefault(kind, next(_next))


FEATURES = Kept()
