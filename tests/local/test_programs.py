"""Finding PostGIS on a machine, and what a person is told where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.errors import PostgisMissing
from registry.local import advice, find_programs


def pretend(folder: Path, version: str, postgis: str | None) -> Path:
    """A folder of programs that only know their version."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name in ("postgres", "initdb", "pg_ctl", "psql", "createdb"):
        (programs / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (programs / name).chmod(0o755)
    (programs / "pg_config").write_text(f"#!/bin/sh\necho '{folder / 'share'}'\n")
    (programs / "pg_config").chmod(0o755)
    if postgis:
        (folder / "share/extension").mkdir(parents=True)
        (folder / "share/extension/postgis.control").write_text(f"default_version = '{postgis}'\n")
    return programs


def test_this_machine_has_programs_that_fit() -> None:
    programs = find_programs()
    assert programs.major >= 15
    assert tuple(map(int, programs.postgis.split(".")[:2])) >= (3, 2)
    assert Path(programs.path("pg_ctl")).is_file()


def test_a_folder_named_by_the_settings_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = pretend(tmp_path / "自 建", "17.2 (Ubuntu 17.2-1)", "3.5.0")
    monkeypatch.setenv("REGISTRY_PG_BIN", str(programs))
    found = find_programs()
    assert (found.bin, found.version, found.major, found.postgis) == (programs, "17.2", 17, "3.5.0")


@pytest.mark.parametrize(("version", "postgis", "named"), [
    ("14.9", "3.4.0", "PostgreSQL 14.9"),
    ("16.1", "3.1.4", "PostGIS 3.1.4"),
    ("16.1", None, "PostgreSQL 16.1"),
])
def test_what_does_not_fit_is_named_with_what_to_install(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, postgis: str | None,
        named: str) -> None:
    monkeypatch.setattr("registry.local.programs.PLACES", (str(pretend(tmp_path, version, postgis)),))
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(PostgisMissing) as caught:
        find_programs()
    for lang in ("zh", "en"):
        assert named in caught.value.message(lang)
        assert "REGISTRY_DATABASE_URL" in caught.value.message(lang)
    assert caught.value.exit_code == 6


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PG_BIN", "/no/such/folder")
    with pytest.raises(PostgisMissing, match="REGISTRY_PG_BIN=/no/such/folder"):
        find_programs()


@pytest.mark.parametrize(("release", "command"), [
    ({"ID": "debian", "PRETTY_NAME": "Debian 12"}, "apt-get install postgresql-15-postgis-3"),
    ({"ID": "openEuler", "PRETTY_NAME": "openEuler 22.03"}, "dnf install"),
    ({"ID": "opensuse-leap", "ID_LIKE": "suse opensuse"}, "zypper install"),
    ({"ID": "neon", "ID_LIKE": "ubuntu debian"}, "apt-get install"),
    ({"ID": "unheard", "PRETTY_NAME": "Unheard 1"}, "PostGIS"),
])
def test_each_system_is_told_its_own_command(
        monkeypatch: pytest.MonkeyPatch, release: dict[str, str], command: str) -> None:
    monkeypatch.setattr(advice, "_os_release", lambda: release)
    monkeypatch.setattr("sys.platform", "linux")
    zh, en = advice.what_to_install()
    assert command in zh
    assert command in en
