"""Settings come from the environment, or from a file that it names, so that a secret need not stand there."""

from __future__ import annotations

import pytest

from registry import settings
from registry.errors import BadValue


def test_a_file_holds_the_value_where_the_variable_does_not(tmp_path, monkeypatch):
    file = tmp_path / "secret"
    file.write_text("postgresql://somewhere/x\n", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_DATABASE_URL_FILE", str(file))
    monkeypatch.delenv("REGISTRY_DATABASE_URL", raising=False)
    assert settings.get("REGISTRY_DATABASE_URL") == "postgresql://somewhere/x"
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql://elsewhere/x")
    assert settings.get("REGISTRY_DATABASE_URL") == "postgresql://elsewhere/x"


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("REGISTRY_DATABASE_URL", raising=False)
    monkeypatch.setenv("REGISTRY_DATABASE_URL_FILE", str(tmp_path / "nothing"))
    with pytest.raises(BadValue, match="REGISTRY_DATABASE_URL_FILE"):
        settings.get("REGISTRY_DATABASE_URL")
