"""A town of four housing areas in two districts, one area served in part."""

from __future__ import annotations

import pytest


@pytest.fixture
def homes(town):
    """Housing in four places, one of them served in part, and two districts."""
    town.box("park", 0, 0, 100, 100)
    for n, (x, y) in enumerate(((0, 200), (3000, 0), (3000, 3000), (9000, 0))):
        town.box("residential", x, y, 700 + 100 * n, 600, name=f"小区{n}", population=1000 * (n + 1))
    town.box("district", -1000, -1000, 6000, 6000, code="W", name="西区")
    town.box("district", 5000, -1000, 8000, 6000, code="E", name="东区")
    return town
