"""What takes long and much: one at a time in each process, and Busy for whoever comes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from api.errors import Busy

_one = threading.BoundedSemaphore(1)


@contextmanager
def slot() -> Iterator[None]:
    """The turn to do it; Busy (503) where somebody else has it."""
    if not _one.acquire(blocking=False):
        raise Busy(why_zh="正在做另一份审计", why_en="another audit is being made")
    try:
        yield
    finally:
        _one.release()
