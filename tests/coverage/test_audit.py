"""The audited figure: hashes, sensitivity, the independent raster, and a zip that recomputes itself without the registry."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import shapely

from registry import coverage
from registry.coverage.audit import check
from registry.errors import BadFile, CheckFailed
from registry.standards import service

PARK = service.load()["park"]


def frozen(town, tmp_path, rule="park", **ask):
    """The folder of an unpacked audit, and its figure."""
    file = tmp_path / "audit.zip"
    figure = coverage.freeze(town.conn, rule, town.city, file, **ask)
    zipfile.ZipFile(file).extractall(tmp_path / "audit")
    return tmp_path / "audit", figure


def recomputed(folder) -> subprocess.CompletedProcess[str]:
    """The script of the zip in a process of its own, far from the registry."""
    return subprocess.run([sys.executable, "-P", "recompute.py"], cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True,
                          text=True, check=False)


def strips_with_everything(town):
    """Parks of all tiers, a historic district, land drawn twice, invalid and cut by the border."""
    town.three_strips()
    town.box("historic_district", 10_050, 0, 200, 30)
    town.box("residential", 0, 600, 150, 300)
    town.put("residential", shapely.Polygon([(300, 0), (400, 100), (400, 0), (300, 100)]))
    town.box("built_up_area", -500, 0, 11_000, 900)


def test_the_audit_zip_recomputes_its_own_percentage_without_the_registry(town, tmp_path):
    strips_with_everything(town)
    folder, figure = frozen(town, tmp_path)
    done = recomputed(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert repr(figure["value"]) in done.stdout
    assert {p.name for p in folder.iterdir()} == {"layers.gpkg", "rule.json", "figure.json", "parcels.csv", "rows.csv", "README.md",
                                                  "recompute.py", "MANIFEST.json"}
    assert json.loads((folder / "figure.json").read_text(encoding="utf-8"))["value"] == figure["value"] == town.coverage()["value"]


def test_a_frozen_layer_that_was_changed_is_told_by_its_hash(town, tmp_path):
    town.three_strips()
    folder, _ = frozen(town, tmp_path)
    content = bytearray((folder / "layers.gpkg").read_bytes())
    content[-1] ^= 1
    (folder / "layers.gpkg").write_bytes(content)
    done = recomputed(folder)
    assert done.returncode == 1 and "layers.gpkg" in done.stdout


def test_another_figure_than_the_layers_give_is_told(town, tmp_path):
    from hashlib import sha256

    town.three_strips()
    folder, figure = frozen(town, tmp_path)
    (folder / "figure.json").write_text(json.dumps(figure | {"value": figure["value"] + 1e-6}))
    told = json.loads((folder / "MANIFEST.json").read_text())
    told["sha256"]["figure.json"] = sha256((folder / "figure.json").read_bytes()).hexdigest()
    (folder / "MANIFEST.json").write_text(json.dumps(told))
    done = recomputed(folder)
    assert done.returncode == 1 and "DIFFERENT" in done.stdout


def test_parcels_of_the_zip_add_up_to_the_figure_and_name_the_nearest_facility(town, tmp_path):
    town.three_strips()
    folder, figure = frozen(town, tmp_path)
    lines = [line.split(",") for line in (folder / "parcels.csv").read_text(encoding="utf-8-sig").splitlines()]
    assert lines[0] == ["id", "code", "size", "covered", "nearest_id", "nearest_m"] and len(lines) == 4
    assert sum(float(r[3]) for r in lines[1:]) == pytest.approx(figure["numerator"], rel=1e-12)
    assert [round(float(r[5]), 3) for r in lines[1:]] == [0, 0, 4940]


@pytest.mark.parametrize("code", ["toilet_roads", "people"])
def test_lines_and_people_are_frozen_and_recomputed_as_well(town, tmp_path, code):
    rule = service.load()["toilet_roads"] if code == "toilet_roads" else dataclasses.replace(PARK, basis="population", historic=None,
                                                                                            editions={"2021": PARK.edition("2021")}, default="2021")
    strips_with_everything(town)
    town.put("toilet", shapely.Point(0, 0))
    town.put("road", shapely.LineString([(-400, 10), (800, 10)]))
    town.put("road", shapely.LineString([(0, 10), (0, 700)]))
    folder, figure = frozen(town, tmp_path, rule)
    assert 0 < figure["value"] < 100
    done = recomputed(folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_moves_the_figure_stands_beside_it(town):
    town.three_strips()
    audit = town.coverage(audited=True)["audit"]
    rows = {r["what"]: r["difference_points"] for r in audit["sensitivity"]}
    assert list(rows) == ["quad_segs_64", "quad_segs_8", "boundary_-1m", "boundary_+1m", "edition_2010", "edition_2021", "edition_2022"]
    assert rows["boundary_+1m"] == pytest.approx(100 * 160 / 150_000, rel=1e-3) and rows["boundary_-1m"] < 0
    assert rows["edition_2010"] == pytest.approx(-100 * 18_000 / 150_000, abs=1e-3)
    assert rows["quad_segs_8"] <= 1e-9 and audit["max_radial_deficit_m"] == pytest.approx(0.0376, abs=1e-3)


def test_exact_and_raster_agree_to_a_tenth_of_a_point(town):
    strips_with_everything(town)
    answer = town.coverage(audited=True)
    found = answer["audit"]["check"]
    assert found["passed"] and abs(found["percent"] - answer["value"]) == abs(found["difference_points"]) <= found["tolerance_points"] == 0.1
    assert found["cell_m"] <= 1 < found["cells"], "a small town has small cells"


def test_a_figure_that_the_raster_does_not_bear_out_is_refused_with_both(town, monkeypatch):
    town.three_strips()
    monkeypatch.setattr(check, "percent", lambda *_: check.Raster(45.0, 1.0, 1))
    with pytest.raises(CheckFailed) as caught:
        town.coverage(audited=True)
    for lang in ("zh", "en"):
        assert "45.3333" in caught.value.message(lang) and "45.0000" in caught.value.message(lang)
    assert town.coverage()["value"] == pytest.approx(45.333, abs=1e-3)


def test_hashes_are_of_what_the_figure_is_made_of(town):
    town.three_strips()
    def inputs():
        return town.coverage(audited=True)["audit"]["inputs"]

    first = inputs()
    assert first == inputs() and all(len(h) == 64 for h in first.values())
    town.box("residential", 20_000, 0, 10, 10)
    second = inputs()
    assert {name for name in first if first[name] != second[name]} == {"land_sha256"}
    town.box("park", 30_000, 0, 100, 100)
    last = inputs()
    assert {name for name in first if last[name] != second[name]} == {"facilities_sha256"}


def test_nothing_to_be_served_is_no_figure_to_audit(town, tmp_path):
    with pytest.raises(BadFile, match="no land to be served"):
        frozen(town, tmp_path)


def test_a_plain_answer_says_where_the_audit_is_to_be_had(town):
    town.three_strips()
    audit = town.coverage(edition="2021")["audit"]
    assert audit["href"].startswith("/coverage/park?edition=2021") and audit["file"].startswith("/coverage/park/audit?edition=2021")


# -- the raster alone ----------------------------------------------------------------------------
def test_the_raster_finds_the_percentage_of_a_circle():
    land = np.array([shapely.box(-1000, -1000, 1000, 1000)])
    found = check.percent(np.array([shapely.Point(3, 4)]), np.array([500.0]), land, np.ones(1), 10.0)
    assert found.percent == pytest.approx(100 * np.pi * 500 ** 2 / 4e6, abs=0.02)


def test_the_raster_sees_lines_areas_radii_and_blocks():
    """Over several blocks of 4 km, against buffers."""
    facilities = np.array([shapely.LineString([(0, 0), (9000, 3000)]), shapely.box(2000, 5000, 2400, 5300), shapely.Point(8000, 8000)])
    radii = np.array([1000.0, 500.0, 300.0])
    land = np.array([shapely.box(x, y, x + 450, y + 450) for x in range(0, 10_000, 500) for y in range(0, 9000, 500)])
    whole = shapely.union_all(shapely.buffer(facilities, radii, quad_segs=128))
    exact = 100 * shapely.area(shapely.intersection(land, whole)).sum() / shapely.area(land).sum()
    assert check.percent(facilities, radii, land, np.ones(len(land)), 10.0).percent == pytest.approx(exact, abs=0.05)


def test_land_deep_in_a_large_park_is_served():
    found = check.percent(np.array([shapely.box(0, 0, 3000, 3000)]), np.array([100.0]), np.array([shapely.box(1000, 1000, 2000, 2000)]),
                          np.ones(1), 10.0)
    assert found.percent == 100


def test_the_raster_would_find_a_radius_that_is_not_the_rules():
    """A check that cannot fail is none: 10 m too much is seen."""
    land = np.array([shapely.box(-1000, -1000, 1000, 1000)])
    exact = 100 * np.pi * 500 ** 2 / 4e6
    found = check.percent(np.array([shapely.Point(0, 0)]), np.array([510.0]), land, np.ones(1), 10.0)
    assert abs(found.percent - exact) > check.TOLERANCE_POINTS
