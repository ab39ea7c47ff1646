"""Folders of downloads: whoever is killed leaves one, and the next one sweeps it; what is in use is left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from api import download_folders

HELD = """
import sys, time
from api import download_folders
with download_folders.folder() as made:
    (made / "half.gpkg").write_text("x")
    print(made, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def old(path: Path) -> Path:
    then = time.time() - 2 * download_folders.YOUNG_S
    os.utime(path, (then, then))
    return path


def test_a_folder_is_gone_with_its_download(place):
    with download_folders.folder() as made:
        assert made.parent == place and list(place.iterdir()) == [made]
    with pytest.raises(ZeroDivisionError), download_folders.folder():
        1 / 0  # noqa: B018
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_not_before(place):
    with subprocess.Popen([sys.executable, "-c", HELD], stdout=subprocess.PIPE, text=True, env={
            **os.environ, "TMPDIR": str(place), "PYTHONPATH": str(Path(download_folders.__file__).parents[1])}) as process:
        assert process.stdout is not None
        made = old(Path(process.stdout.readline().strip()))
        download_folders.sweep()
        assert [f.name for f in made.iterdir()] == ["half.gpkg"]
        process.kill()
    with download_folders.folder() as another:
        assert list(place.iterdir()) == [another]


def test_what_is_young_or_not_ours_is_left(place):
    (place / "registry-download-young").mkdir()
    old_file = place / "registry-download-file"
    old_file.write_text("x")
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x")
    os.symlink(elsewhere, place / "registry-download-link")
    for path in (old_file, elsewhere):
        old(path)
    download_folders.sweep()
    assert (elsewhere / "kept").exists() and len(list(place.iterdir())) == 4
