"""Reading ahead changes nothing of what is read."""

from __future__ import annotations

import threading

import pytest

from etl.ahead import ahead


def counted(count, log, wrong_at=None):
    try:
        for n in range(count):
            if n == wrong_at:
                raise ValueError(n)
            log.append((n, threading.current_thread().name))
            yield n
    finally:
        log.append("closed")


def test_all_items_come_in_their_order_made_by_another_thread():
    log = []
    assert list(ahead(counted(5, log))) == [0, 1, 2, 3, 4] and log[-1] == "closed"
    assert {name for _, name in log[:-1]} == {"ahead_0"}


def test_no_more_than_one_is_made_before_it_is_wanted():
    log = []
    reading = ahead(counted(100, log))
    assert [next(reading), next(reading)] == [0, 1]
    reading.close()
    assert len(log) - 1 <= 3 and log[-1] == "closed"


def test_an_error_comes_after_the_items_before_it():
    log, seen = [], []
    with pytest.raises(ValueError, match="3"):
        for n in ahead(counted(5, log, wrong_at=3)):
            seen.append(n)
    assert seen == [0, 1, 2] and log[-1] == "closed"
