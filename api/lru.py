"""What is kept in memory up to so many bytes: the least used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Weighty(Protocol):
    """What knows how many bytes it takes."""

    @property
    def weight(self) -> int: ...


T = TypeVar("T", bound=Weighty)


class Lru(Generic[T]):
    """Things by their keys, the least used dropped when there are more bytes than allowed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._things: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._bytes = 0

    def find(self, key: Hashable) -> T | None:
        """What was kept, however old."""
        with self._lock:
            found = self._things.get(key)
            if found is None:
                return None
            self._things.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, thing: T, most_bytes: int) -> None:
        """Keep it; what would take a quarter of the room is not worth it."""
        weight = thing.weight + _bytes(key)
        with self._lock:
            self._take(key)
            if weight * 4 > most_bytes:
                return
            self._things[key] = thing, weight
            self._bytes += weight
            while self._bytes > most_bytes:
                self._take(next(iter(self._things)))

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._take(key)

    def _take(self, key: Hashable) -> None:
        gone = self._things.pop(key, None)
        if gone is not None:
            self._bytes -= gone[1]

    @property
    def bytes(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._things)


def _bytes(key: Hashable) -> int:
    """What the texts of a key take, about: clients may send long ones."""
    return sum(len(part) for part in key if isinstance(part, bytes | str)) if isinstance(key, tuple) else 0
