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
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._bytes = 0

    def find(self, key: Hashable) -> T | None:
        """What was kept, however old."""
        with self._lock:
            found = self._things.get(key)
            if found is not None:
                self._things.move_to_end(key)
            return found

    def keep(self, key: Hashable, thing: T, most_bytes: int) -> None:
        """Keep it; what would take a quarter of the room is not worth it."""
        with self._lock:
            self._take(key)
            if thing.weight * 4 > most_bytes:
                return
            self._things[key] = thing
            self._bytes += thing.weight
            while self._bytes > most_bytes:
                self._take(next(iter(self._things)))

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._take(key)

    def _take(self, key: Hashable) -> None:
        gone = self._things.pop(key, None)
        if gone is not None:
            self._bytes -= gone.weight

    @property
    def bytes(self) -> int:
        return self._bytes

    def __len__(self) -> int:
        return len(self._things)
