"""Once: what the many figures of one answer ask alike is looked up for the first of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
_held: ContextVar[dict[Hashable, Any] | None] = ContextVar("held", default=None)


@contextmanager
def held() -> Iterator[None]:
    """Meanwhile nothing is looked up twice. For one answer of one connection, never for longer; an answer within another is part of it."""
    if _held.get() is not None:
        yield
        return
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def once(key: Hashable, look: Callable[[], T]) -> T:
    """What was found for this key before, else what is found now; always now, where nothing is held."""
    known = _held.get()
    if known is None:
        return look()
    if key not in known:
        known[key] = look()
    found: T = known[key]
    return found


def anew(key: Hashable, look: Callable[[], T]) -> T:
    """What is found now, for this key from now on."""
    found = look()
    if (all_known := _held.get()) is not None:
        all_known[key] = found
    return found


def known(key: Hashable) -> Any:
    """What was found for this key before; None where nothing was, or nothing is held."""
    return (_held.get() or {}).get(key)
