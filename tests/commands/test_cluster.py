"""What `down --delete-data` takes with it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from registry.cli import main
from registry.store import files


@pytest.mark.parametrize("url", ["", "postgresql://elsewhere/db"])
def test_attachments_go_with_the_data_unless_they_are_of_another_database(tmp_path, monkeypatch, url):
    monkeypatch.setenv("REGISTRY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", url)
    kept = files.place(files.put(b"a photo"))
    done = CliRunner().invoke(main, ["down", "--delete-data", "--yes"])
    assert done.exit_code == 0, done.output
    assert kept.exists() == bool(url)
