"""QGIS without a screen: it opens layers by OGC API – Features, and edits through the typed views of the database."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from registry import db

PYTHON = "/usr/bin/python3"
pytestmark = [pytest.mark.qgis, pytest.mark.long]


@pytest.fixture(scope="module")
def qgis(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Run a task of in_qgis.py in QGIS's Python, with a profile of its own."""
    home = tmp_path_factory.mktemp("qgis")
    env = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
    if subprocess.run([PYTHON, "-c", "import qgis.core"], env=env, capture_output=True, check=False).returncode:
        if os.environ.get("REGISTRY_CI") == "qgis":
            pytest.fail("python3-qgis is not here: python -m registry.local.install --qgis")
        pytest.skip("python3-qgis is not here")

    def run(task: str, **words: Any) -> Any:
        done = subprocess.run([PYTHON, str(Path(__file__).with_name("in_qgis.py")), task, json.dumps(words)],
                              env=env, capture_output=True, text=True, check=False, timeout=200)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])
    return run


@pytest.mark.parametrize("page", ["7", "1000"])
def test_a_layer_has_all_its_features_with_their_chinese_names(qgis, site, counts, reader, page):
    found = qgis("read", site=site, collection="road", secret=reader, page=page)
    assert found["valid"] and found["count"] == counts["road"] == len(found["names"])
    assert found["crs"] in ("EPSG:4326", "EPSG:4490", "OGC:CRS84") and "解放路7" in found["names"]
    assert {"code", "name", "state", "version"} <= set(found["fields"])


def test_a_layer_is_filtered_by_extent_and_by_value(qgis, site, reader):
    found = qgis("read", site=site, collection="road", secret=reader)
    assert found["in_box"] == [f"R{n:02}" for n in range(7)]
    assert found["intact"] == [f"R{n:02}" for n in range(0, 23, 3)]


def test_without_a_token_the_layer_has_what_the_public_may_see(qgis, site, counts):
    found = qgis("read", site=site, collection="pipe", secret=None)
    assert 0 < found["count"] == len(found["names"]) < counts["pipe"]


def test_the_typed_view_is_edited_and_who_comes_late_is_told_so(qgis, served):
    url = make_url(served)
    folder = url.query["host"]
    source = f"dbname='{url.database}' host={folder} port={url.query['port']} user='{url.username}'"
    psql = ["psql", "-X", "-q", "-h", folder, "-p", url.query["port"], "-U", url.username, url.database]
    steps = qgis("edit", source=source, psql=psql)
    assert steps["created"] == [True, [], ["新公厕", 1, "Point (120.5 30)"]]
    assert steps["renamed"] == [True, [], ["二改", 2, "Point (120.5 30)"]]
    assert steps["moved"] == [True, [], ["二改", 3, "Point (120.501 30.001)"]]
    done, errors, left = steps["late"]
    assert not done and left[:2] == ["别人", 4]
    assert "已是第 4 版，你改的是第 3 版" in " ".join(errors) and "at version 4, the edit is of version 3" in " ".join(errors)
    assert steps["deleted"] == [True, [], None]
    with db.connect() as conn:
        kinds = conn.execute(text("SELECT DISTINCT b.kind, b.actor FROM batch b JOIN asset_history h ON h.batch = b.id "
                                  "WHERE h.class = 'toilet' AND h.code = 'QG-1'")).all()
    assert kinds and all(actor == f"{url.username}" or url.username in actor for _, actor in kinds)
