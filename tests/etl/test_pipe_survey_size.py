"""A city's survey: what is held in memory for a line is a few hundred bytes, whatever the tables weigh."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from pipe_surveys import LINE_HEADS, POINT_HEADS, line, point, table

from etl import source
from etl.survey.forms import tables
from etl.survey.survey import Survey

BYTES_A_LINE = 600  # measured 340 of a line and its point; a row of the tables as Python objects takes over 2,000
LARGE, MOST_RSS_KB = 50_000, 500_000


def street(folder: Path, count: int) -> Path:
    """A sewer of `count` lines through the rows of a field of manholes, falling to the east."""
    points, lines = [], []
    for n in range(count + 1):
        row, at = divmod(n, 50)
        points.append(point(f"WS{row}-{at}", row * 30.0, at * 30.0, attachment="检查井"))
        if at:
            lines.append(line(f"WS{row}-{at - 1}", f"WS{row}-{at}", (1 + at * 0.01, 1.01 + at * 0.01)))
        elif row:
            lines.append(line(f"WS{row - 1}-0", f"WS{row}-0", (1, 1.01)))
    table(folder / "WSPOINT.csv", POINT_HEADS, points)
    table(folder / "WSLINE.csv", LINE_HEADS, lines)
    return folder


def held(folder: Path) -> int:
    """Bytes that a survey keeps once its tables are read and the rules are through."""
    layers = [layer for file in source.files(folder) for layer in source.layers(file)]
    found = tables(layers, None, None)
    tracemalloc.start()
    try:
        survey = Survey(found)
        assert not survey.points and not survey.lines
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_a_line_costs_a_few_hundred_bytes(tmp_path):
    small, large = (held(street(tmp_path / str(n), n)) for n in (500, 3_500))
    assert (large - small) / 3_000 < BYTES_A_LINE


@pytest.mark.long
def test_fifty_thousand_lines_load_in_little_memory(database, tmp_path):
    street(tmp_path / "普查", LARGE)
    watch = ("import resource, sys; from registry.cli import main; code = main(sys.argv[1:], standalone_mode=False); "
             "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)")
    done = subprocess.run([sys.executable, "-c", watch, "load", str(tmp_path / "普查"), "--city", "big", "--crs", "EPSG:4549", "--yes",
                           "--brief"], env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}, capture_output=True, text=True,
                          check=True)
    assert f"读 {LARGE}，新增 {LARGE}" in done.stdout
    assert int(done.stdout.split()[-1]) < MOST_RSS_KB
