"""A client that nobody here wrote: GDAL reads the collections through its own OGC API driver."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif("OAPIF" not in pyogrio.list_drivers(), reason="this GDAL has no OAPIF driver")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


@pytest.fixture(scope="module")
def site(served: str) -> Iterator[str]:
    """A server of its own process: GDAL keeps Python's lock while it waits for an answer."""
    os.unsetenv("GDAL_HTTP_PROXY")  # the loader, imported by other tests, cuts GDAL off the network
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "registry", "serve", "--port", str(port), "--workers", "1"],
                               cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.1)
        yield f"OAPIF:http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        os.putenv("GDAL_HTTP_PROXY", "127.0.0.1:0")


def test_gdal_finds_every_collection(site):
    from registry.catalogue import load

    assert {name for name, _ in pyogrio.list_layers(site)} == {k.key for k in load().kinds}


@pytest.mark.parametrize("layer, count", [("road", 23), ("streetlight", 9), ("bridge", 2), ("district", 2), ("pipe", 0)])
def test_gdal_reads_a_collection_completely(site, layer, count):
    found = pyogrio.read_dataframe(site, layer=layer)
    assert len(found) == count
    if layer == "road":
        assert set(found["code"]) == {f"R{n:03}" for n in range(23)} and "解放路1" in set(found["name"])
        assert found.total_bounds[0] == pytest.approx(120.5) and found.total_bounds[1] == pytest.approx(30)


def test_gdal_follows_the_next_links(site):
    assert len(pyogrio.read_dataframe(site, layer="road", PAGE_SIZE=4)) == 23


def test_gdal_asks_by_extent(site):
    assert 0 < len(pyogrio.read_dataframe(site, layer="road", bbox=(120.5, 29.9, 120.52, 30.1))) < 23


def test_the_default_crs_may_be_asked_for_by_name_and_no_unknown_one(get, refused):
    for path in ("/collections/road/items", f"/collections/road/items/{get('/collections/road/items')['features'][0]['id']}"):
        get(f"{path}?crs={CRS84}")
        assert refused(f"{path}?crs=http://www.opengis.net/def/crs/0/unsupported")["errors"][0]["parameter"] == "crs"
    get(f"/collections/road/items?bbox=120,30,121,31&bbox-crs={CRS84}")
    assert refused("/collections/road/items?bbox-crs=EPSG:4326")["errors"][0]["parameter"] == "bbox-crs"
