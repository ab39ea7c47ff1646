"""Sites of a small town in the database: what they are said to add is what the coverage gains when they are built."""

from __future__ import annotations

import json
import time

import pytest
import shapely

from registry.coverage import siting
from registry.coverage.siting import Ask
from registry.errors import BadValue


def ask(town, rule="park", **more):
    words = {k: more.pop(k) for k in ("edition", "sight", "shown") if k in more}
    return siting.sites(town.conn, rule, town.city, Ask(**more), **words)


@pytest.fixture
def homes(town):
    """Housing in four places, one of them served."""
    town.box("park", 0, 0, 100, 100)
    for n, (x, y) in enumerate(((0, 200), (3000, 0), (3000, 3000), (9000, 0))):
        town.box("residential", x, y, 700 + 100 * n, 600, name=f"小区{n}", population=1000 * (n + 1))
    town.box("district", -1000, -1000, 6000, 6000, code="W", name="西区")
    town.box("district", 5000, -1000, 8000, 6000, code="E", name="东区")
    return town


def test_sites_are_chosen(homes):
    t = time.time()
    told = ask(homes, p=2)
    print(time.time() - t, json.dumps(told, ensure_ascii=False, indent=1)[:6000])
    assert 0
