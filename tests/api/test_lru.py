"""What is kept stays within its bytes, names counted."""

from __future__ import annotations

from dataclasses import dataclass

from api.lru import Lru


@dataclass
class Thing:
    weight: int


def test_the_least_used_goes_first():
    kept: Lru[Thing] = Lru()
    for n in range(10):
        kept.keep(n, Thing(10), 50)
    assert [n for n in range(10) if kept.find(n)] == [5, 6, 7, 8, 9] and kept.bytes == 50
    kept.find(5)
    kept.keep(10, Thing(10), 50)
    assert kept.find(5) and kept.find(6) is None


def test_a_long_name_takes_room_as_well():
    kept: Lru[Thing] = Lru()
    for n in range(10):
        kept.keep((b"x" * 90, n), Thing(10), 500)
    assert len(kept) == 5 and kept.bytes == 500
    kept.keep((b"x" * 900, 0), Thing(10), 500)
    assert kept.find((b"x" * 900, 0)) is None
    for n in range(10):
        kept.drop((b"x" * 90, n))
    assert kept.bytes == 0
