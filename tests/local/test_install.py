"""The installer: quiet when all is there, careful when it installs, plain when it may not."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from registry.local import install

ROOT_OF_CHECKOUT = Path(__file__).resolve().parents[2]


def test_it_says_nothing_and_is_quick_when_all_is_there() -> None:
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "registry.local.install", "--programs"],
                          cwd=ROOT_OF_CHECKOUT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert time.monotonic() - begin < 2


def test_it_needs_nothing_but_the_standard_library() -> None:
    code = "import sys, registry.local.install; print([m for m in ('click', 'psycopg') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT_OF_CHECKOUT, capture_output=True, check=True)
    assert told.stdout.strip() == b"[]"


def test_without_rights_it_says_what_to_install_in_both_languages_and_ends_with_6(
        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(install, "_may_install", lambda: False)
    monkeypatch.setattr(install, "_has_postgis", lambda: False)
    monkeypatch.delenv("REGISTRY_DATABASE_URL", raising=False)
    assert install.main([]) == 6
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("本机没有 PostgreSQL")
    assert lines[1].startswith("PostgreSQL >= 15")


def test_a_given_database_makes_programs_unneeded_except_for_the_tests(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_may_install", lambda: False)
    monkeypatch.setattr(install, "_has_postgis", lambda: False)
    monkeypatch.setattr(install, "_has_venv", lambda: True)
    monkeypatch.setenv("REGISTRY_DATABASE_URL", "postgresql:///x")
    assert install.main([]) == 0
    assert install.main(["--programs"]) == 6


def test_a_python_that_cannot_make_environments_is_named(
        monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(install, "_may_install", lambda: False)
    monkeypatch.setattr(install, "_has_venv", lambda: False)
    assert install.main([]) == 6
    assert "-venv" in capfd.readouterr().err


def test_the_package_with_the_server_already_there_is_chosen_else_the_newest() -> None:
    names = "postgresql-13-postgis-3\npostgresql-15-postgis-3\npostgresql-15-postgis-3-scripts\n" \
            "postgresql-17-postgis-3\npostgresql-17\n"
    assert install.available_majors(names) == [15, 17]
    assert install.choose_major([15, 17], []) == 17
    assert install.choose_major([15, 17], [13, 15]) == 15


def test_no_cluster_is_made_or_started_while_installing_and_no_trace_is_left(tmp_path: Path) -> None:
    drop_in, policy = tmp_path / "createcluster.d/x.conf", tmp_path / "policy-rc.d"
    with install.NoCluster(drop_in, policy):
        assert "create_main_cluster = false" in drop_in.read_text()
        assert subprocess.call([str(policy), "postgresql", "start"]) == 101
    assert not drop_in.exists()
    assert not policy.exists()


def test_a_policy_that_a_person_wrote_stays(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(KeyboardInterrupt), install.NoCluster(tmp_path / "d/x.conf", policy):
        raise KeyboardInterrupt
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert not (tmp_path / "d/x.conf").exists()
