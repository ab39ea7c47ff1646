"""GDAL's own driver for OGC API – Features: the programs of Debian's gdal-bin and the library in pyogrio."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pyogrio
import pytest
from sqlalchemy import text

from registry import db
from registry.catalogue import load


@pytest.fixture
def gdal(reader: str, program: Callable[[str], str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run one of GDAL's programs as somebody who may read everything, and see what it asks for."""
    def run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
        env = {k: v for k, v in os.environ.items() if k not in ("GDAL_HTTP_PROXY", "PROJ_LIB", "PROJ_DATA", "GDAL_DATA")}
        env |= {"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"gdal:{reader}", "CPL_DEBUG": "OAPIF,HTTP", "LC_ALL": "C.UTF-8"}
        done = subprocess.run([program(name), *words], env=env, capture_output=True, text=True, check=False, timeout=200)
        assert done.returncode == 0, done.stderr[-3000:]
        return done
    return run


def test_ogrinfo_sees_every_collection_with_all_its_features(gdal, site, counts):
    told = gdal("ogrinfo", "-al", "-so", f"OAPIF:{site}").stdout
    found = {name: int(n) for name, n in re.findall(r"Layer name: (\w+).*?Feature Count: (\d+)", told, re.DOTALL)}
    assert found == counts and len(found) == len(load().kinds)
    assert "Error" not in told


@pytest.mark.parametrize("page", ["7", "1000"])
def test_ogr2ogr_copies_every_collection_completely(gdal, site, counts, tmp_path, page):
    copy = tmp_path / "copy.gpkg"
    wanted = [name for name, n in counts.items() if n and n < 200]
    gdal("ogr2ogr", "-f", "GPKG", str(copy), f"OAPIF:{site}", "-oo", f"PAGE_SIZE={page}", *wanted)
    for name in wanted:
        assert set(pyogrio.read_dataframe(copy, layer=name)["code"]) == codes(name), name
    assert f"limit={page}" in gdal("ogrinfo", "-so", f"OAPIF:{site}", "road", "-oo", f"PAGE_SIZE={page}").stderr or page == "1000"


def codes(name: str) -> set[str]:
    with db.connect() as conn:
        return set(conn.execute(text("SELECT code FROM asset WHERE class = :n UNION ALL SELECT code FROM zone WHERE kind = :n"),
                                {"n": name}).scalars())


def test_a_box_and_a_value_are_asked_of_the_service(gdal, site):
    """Filtered there and not after everything was fetched: GDAL tells what it asks."""
    done = gdal("ogrinfo", "-al", "-so", f"OAPIF:{site}", "road", "-spat", "120.4975", "29.9", "120.5325", "30.1",
                "-where", "state = 'intact'")
    assert "Feature Count: 3\n" in done.stdout
    asked = [line for line in done.stderr.splitlines() if "/collections/road/items" in line]
    assert any("bbox=120.49" in line and "state=intact" in line for line in asked), done.stderr


def test_chinese_names_arrive_and_can_be_asked_for(gdal, site):
    told = gdal("ogrinfo", "-al", "-q", f"OAPIF:{site}", "road", "-where", "name = '解放路7'").stdout
    assert re.findall(r"^  name \(String\) = (.*)", told, re.MULTILINE) == ["解放路7"]


def test_the_public_is_given_what_it_may_see(site, counts):
    """Without a token: the gas pipes are not for everybody."""
    found = read(site, "pipe")
    assert 0 < len(found) < counts["pipe"] and set(found["medium"]) == {"sewage"}


def test_the_library_of_pyogrio_reads_a_collection_page_by_page_and_by_extent(site, counts):
    assert {name for name, _ in pyogrio.list_layers(f"OAPIF:{site}")} == {k.key for k in load().kinds}
    whole = read(site, "road", PAGE_SIZE=4)
    assert len(whole) == counts["road"] and whole.crs.to_epsg() == 4490  # the CRS of storage, longitude first all the same
    assert whole.total_bounds[:2] == pytest.approx([120.5, 30.0])
    assert len(read(site, "road", bbox=(120.4975, 29.9, 120.5325, 30.1))) == 7


def test_a_collection_is_read_in_the_zone_of_the_city(site, counts):
    """Part 2: GDAL asks by `crs` and turns northing and easting round."""
    found = read(site, "road", CRS="EPSG:4549")
    assert len(found) == counts["road"] and found.crs.to_epsg() == 4549
    asked = read(site, "road").to_crs(4549)
    assert list(found.total_bounds) == pytest.approx(list(asked.total_bounds), abs=0.01)


def read(site: str, layer: str, **more: Any) -> Any:
    if "OAPIF" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no OAPIF driver")
    return pyogrio.read_dataframe(f"OAPIF:{site}", layer=layer, **more)
