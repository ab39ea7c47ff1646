"""`registry walking` and `registry datum-check`: both figures side by side, files of layers, and the exit status of mixed datums."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from click.testing import CliRunner

from registry import db, geo
from registry.catalogue import load
from registry.commands.walking import COMMANDS
from registry.errors import MixedDatum
from registry.shifted import to_gcj02
from registry.store import cities
from registry.store.staging import put_many

WALKING, DATUM_CHECK = COMMANDS


def stored(shape):
    there = geo.transformer(4549, geo.STORED)
    return shapely.transform(shape, lambda c: geo.snap(np.column_stack(there.transform(c[:, 0] + 500_000, c[:, 1] + 3_320_000))))


@pytest.fixture(scope="module")
def town(database):
    """A lattice of uneven streets with housing in its blocks as it should be, and parks in the coordinates of a public map."""
    rng = np.random.default_rng(5)
    x, y = (np.cumsum(rng.uniform(150, 250, 14)) for _ in range(2))
    lines = [shapely.LineString([(a, y[0]), (a, y[-1])]) for a in x] + [shapely.LineString([(x[0], b), (x[-1], b)]) for b in y]
    blocks = [shapely.box(x[i] + 15, y[j] + 15, x[i + 1] - 15, y[j + 1] - 15) for i in range(13) for j in range(13)]
    parks = [shapely.transform(stored(b), lambda c: geo.snap(to_gcj02(c))) for b in blocks[1::9]]
    with db.begin() as conn:
        city = cities.City("demo", "示范市", "Demo City", None, 4549)
        cities.put(conn, city)
        for key, shapes in (("road", [stored(line) for line in lines]), ("residential", [stored(b) for b in blocks[::4]]), ("park", parks)):
            put_many(conn, load().kind(key), city, [{"code": f"{key}{n}", "geom": s} for n, s in enumerate(shapes)], actor="t", reason="t")
    return database


def test_both_figures_stand_side_by_side_and_the_layers_are_files(town, tmp_path):
    lost, near = tmp_path / "差.geojson", tmp_path / "路.geojson"
    done = CliRunner().invoke(WALKING, ["park", "--difference", str(lost), "--reached", str(near)])
    assert done.exit_code == 0, (done.output, done.exception)
    assert all(words in done.output for words in ("步行 %", "直线 %", "不是考核用的直线覆盖率", "推定"))
    assert json.loads(near.read_text(encoding="utf-8"))["features"] and "features" in json.loads(lost.read_text(encoding="utf-8"))
    told = json.loads(CliRunner().invoke(WALKING, ["park", "--json"]).output)
    assert told["method"] == "walking_network" and told["walking"]["percent"] <= told["straight_line"]["percent"] + 1e-9


def test_mixed_datums_are_shown_and_end_with_their_own_status(town):
    done = CliRunner().invoke(DATUM_CHECK, ["park"])
    assert isinstance(done.exception, MixedDatum) and done.exception.exit_code == 3
    assert "layer:GCJ-02" in done.output and "与道路同一基准" in done.output
    told = json.loads(CliRunner().invoke(DATUM_CHECK, ["park", "--json"]).output)
    assert (told["verdict"], [layer["verdict"] for layer in told["layers"]]) == ("mixed", ["mixed", "agree"])
