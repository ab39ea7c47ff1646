"""The picture of a coverage: what is drawn is what is there, in its place, and nobody's words break out of it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
import shapely

from registry.coverage import picture, siting, straight
from registry.coverage.siting import Ask

SVG = "{http://www.w3.org/2000/svg}"


def drawn(town, rule="park", p=2, **more):
    run = straight.prepare(town.conn, rule, town.city)
    told = siting.sites(town.conn, rule, town.city, Ask(p=p, time_limit_s=0)) if p else {"features": []}
    return picture.svg(run, told["features"], **more), told


def size(words, color):
    """Square pixels of the areas of a colour."""
    path = re.search(rf'<g style="[^"]*{color}[^"]*"[^>]*><path d="([^"]+)"', words)[1]
    rings = [[tuple(map(float, xy.split())) for xy in ring.strip("Z").split("L")] for ring in path.split("M")[1:]]
    return sum(shapely.Polygon(r).area for r in rings)


def test_blind_spots_are_drawn_as_large_as_they_are_and_sites_by_rank(town):
    town.box("park", 0, 0, 100, 100)
    town.box("residential", 0, 100, 1000, 1000, name="</svg><script>")
    words, told = drawn(town, credit="© <b>某人</b>")
    root = ElementTree.fromstring(words)
    assert [t.text for t in root.iter(f"{SVG}text") if t.text in ("1", "2")] == ["1", "2"]
    share = size(words, picture.COLORS["gaps"]) / size(words, picture.COLORS["land"])
    assert share == pytest.approx(told["uncovered_m2"] / told["denominator_m2"], abs=0.01)
    text = " ".join(t.text for t in root.iter(f"{SVG}text"))
    assert f"{told['before_percent']:.2f} % → {told['after_percent']:.2f} %" in text and "© <b>某人</b>" in text and "盲区" in text


def test_lines_are_drawn_as_lines(town):
    town.put("toilet", shapely.Point(0, 0))
    town.put("road", shapely.LineString([(0, -600), (0, 900)]))
    words, _ = drawn(town, "toilet_roads", 0)
    assert f"stroke:{picture.COLORS['gaps']}" in words and f"fill:{picture.COLORS['gaps']}" not in words
    assert len(ElementTree.fromstring(words).findall(f".//{SVG}circle")) == 1, "the toilet"


def test_of_nothing_there_is_no_picture(town):
    assert drawn(town, p=0)[0] == ""
