"""Places for downloads: a few at once in each process, and who takes one too slowly gives it up when another wants it."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from api.errors import Busy

AT_ONCE = 2  # of this process: each holds a thread, and while rows are read a connection
PATIENCE_S = 60  # that a client may be waited for in all, before it matters how fast it takes
SLOW = 100_000  # bytes a second, before compression
WAITS_S = 120  # for which somebody who was refused is taken to wait


class TooSlow(BrokenPipeError):
    """A client took too little while another one waited. To gunicorn it is a client that went away."""


class Place:
    """What one download has taken. Only the time in which its client was waited for counts, not that of the database."""

    def __init__(self) -> None:
        self.waited_s, self.taken = 0.0, 0
        self.wanted_until = 0.0

    def took(self, count: int, seconds: float) -> None:
        """The client took so many bytes in so many seconds. TooSlow where that is too little and the place is wanted."""
        self.waited_s, self.taken = self.waited_s + seconds, self.taken + count
        slow = self.waited_s > PATIENCE_S and self.taken < SLOW * self.waited_s
        if slow and time.monotonic() < self.wanted_until:
            raise TooSlow(errno.EPIPE, "others wait for this place")


class Places:
    """The downloads that are under way."""

    def __init__(self) -> None:
        self._held: list[Place] = []
        self._lock = Lock()

    @contextmanager
    def one(self) -> Iterator[Place]:
        """A place, kept until all is sent. Busy where there is none; then those who hold one too slowly are given up."""
        place = Place()
        with self._lock:
            full = len(self._held) >= AT_ONCE
            if full:
                for held in self._held:
                    held.wanted_until = time.monotonic() + WAITS_S
            else:
                self._held.append(place)
        if full:
            raise Busy(why_zh=f"已经在做 {AT_ONCE} 份导出", why_en=f"{AT_ONCE} exports are being made already")
        try:
            yield place
        finally:
            with self._lock:
                self._held.remove(place)


PLACES = Places()
