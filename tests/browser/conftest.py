"""A real browser on a real server over the pretend city."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from click.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
WANTED = ("district", "built_up_area", "historic_district", "residential", "road", "park", "streetlight")


@pytest.fixture(scope="module")
def registry_of_demo(database: str) -> str:
    """The pretend city in the module's database, loaded by the command that a person would type."""
    from registry import db
    from registry.cli import main
    from registry.store import cities

    manifest = tomllib.loads((ROOT / "sample_gis" / "demo.toml").read_text(encoding="utf-8"))
    with db.begin() as conn:
        cities.put(conn, cities.City("demo", "示范市", "Demo City", shapely.box(*manifest["city"]["extent"]), 4549))
    for entry in manifest["load"]:
        if entry["class"] in WANTED and entry["file"].endswith(".shp"):
            done = CliRunner().invoke(main, ["load", str(ROOT / "sample_gis" / entry["file"]), "--yes", "--brief"])
            assert done.exit_code == 0, done.output
    return database


@pytest.fixture(scope="module")
def site(registry_of_demo: str) -> Iterator[str]:
    """Address of the running service."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "registry", "serve", "--port", str(port)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=2)
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Headless Chromium of the system."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        if os.environ.get("REGISTRY_CI"):
            pytest.fail("chromium and chromedriver are missing")
        pytest.skip("chromium and chromedriver are not here")
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,800", "--lang=zh-CN",
                 "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()
