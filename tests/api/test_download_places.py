"""Places of downloads: who takes one too slowly gives it up, and only when somebody else wants it."""

from __future__ import annotations

import time

import pytest
from test_downloads import WHOLE, under_way

from api import download_places


def test_who_takes_too_slowly_gives_way_to_who_waits(client, refused, monkeypatch):
    monkeypatch.setattr(download_places, "PATIENCE_S", -1)
    monkeypatch.setattr(download_places, "SLOW", float("inf"))
    slow = [client.get(f"{WHOLE}?f={key}", buffered=False) for key in ("geojson", "csv")]
    pieces = [answer.iter_encoded() for answer in slow]
    assert next(pieces[0])
    refused(f"{WHOLE}?f=gpkg", 503)
    for answer, rest in zip(slow, pieces, strict=True):
        with pytest.raises(BrokenPipeError):
            list(rest)
        answer.close()
    assert client.get(f"{WHOLE}?f=gpkg").data and under_way() == 0


def test_who_is_slow_is_left_alone_while_nobody_waits_and_who_is_quick_always():
    slow, quick, last = (download_places.Place() for _ in range(3))
    for place in (slow, quick):
        place.took(1_000_000, 5)
    slow.took(1_000, download_places.PATIENCE_S * 2)
    quick.wanted_until = last.wanted_until = time.monotonic() + 100
    for _ in range(100):
        quick.took(download_places.SLOW, 0.9)
    last.took(1, download_places.PATIENCE_S / 2)  # it may still become quicker
    slow.wanted_until = quick.wanted_until
    with pytest.raises(download_places.TooSlow):
        slow.took(1_000, 1)
