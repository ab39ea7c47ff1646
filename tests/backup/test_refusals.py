"""A backup that cannot be trusted is refused in one sentence, and leaves the database and the files as they were."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from with_history import batches, fill, registry, rows, run

from registry.backup import Archive
from registry.errors import BadFile, ClientsMissing
from registry.local import clients


def one_sentence(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """The sentence in each language, the exit code, and no traceback."""
    assert done.returncode == code, done.stderr
    said = [line for line in done.stderr.splitlines() if "MiB" not in line]
    assert len(said) == 2 and all(word in done.stderr for word in words), done.stderr


def changed(saved: Path, target: Path, members: dict[str, bytes | None]) -> Path:
    """A copy of a backup with members exchanged, or left out (None), and its checksums as they were."""
    with tarfile.open(saved) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            data = members.get(member.name, old.extractfile(member).read())
            if data is not None:
                info = tarfile.TarInfo(member.name)
                info.size = len(data)
                new.addfile(info, io.BytesIO(data))
    return target


@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_truncated_backup_is_refused_and_named(saved, filled, tmp_path, part):
    cut = tmp_path / "截断.registry"
    cut.write_bytes(saved.read_bytes()[:int(saved.stat().st_size * part)])
    one_sentence(registry(tmp_path, filled, "restore", str(cut), "--replace", "--yes"), 3, "截断.registry")


def test_a_backup_cut_between_two_members_is_refused(saved, tmp_path):
    with pytest.raises(BadFile, match="not whole"):
        Archive(changed(saved, tmp_path / "b", {"checksums.json": None}))
    with pytest.raises(BadFile, match="not whole"):
        Archive(changed(saved, tmp_path / "b", {"files/ab/abcdef.jpg": None})).check()


@pytest.mark.parametrize("content", [b"", b"PGDMP\x01\x0e", b"a text\n" * 999])
def test_a_foreign_file_is_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BadFile, match="no backup written by"):
        Archive(tmp_path / "x")


def test_a_tar_of_something_else_a_folder_and_nothing_are_refused(tmp_path):
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        tar.add(__file__, "manifest.json")
    for path in (tmp_path / "x.tar", tmp_path, tmp_path / "none"):
        with pytest.raises(BadFile):
            Archive(path)


def test_a_byte_changed_in_the_dump_or_the_manifest_is_noticed(saved, tmp_path):
    for name in ("database.dump", "manifest.json", "files/ab/abcdef.jpg"):
        with tarfile.open(saved) as tar:
            data = bytearray(tar.extractfile(name).read())
        data[len(data) // 2] ^= 1
        with pytest.raises(BadFile):
            Archive(changed(saved, tmp_path / "b", {name: bytes(data)})).check()


@pytest.mark.parametrize("change", [{"format": 99}, {"revision": "9999"}])
def test_a_backup_of_a_newer_program_is_refused_before_anything_is_dropped(saved, filled, tmp_path, change):
    file = resealed(saved, tmp_path / "b", change)
    before = batches(filled)
    done = registry(tmp_path, filled, "restore", str(file), "--replace", "--yes")
    one_sentence(done, 3, "newer")
    assert batches(filled) == before


def resealed(saved: Path, target: Path, change: dict) -> Path:
    """A backup whose manifest says something else, with checksums that fit."""
    import hashlib

    manifest = json.dumps({**Archive(saved).manifest, **change}).encode()
    sums = {**Archive(saved).sums, "manifest.json": hashlib.sha256(manifest).hexdigest()}
    return changed(saved, target, {"manifest.json": manifest, "checksums.json": json.dumps(sums).encode()})


@pytest.mark.parametrize("key", ["contents", "audit"])
def test_a_restore_that_does_not_give_what_the_manifest_says_changes_nothing(saved, new_database, tmp_path, key):
    url = new_database()
    fill(url)
    before = batches(url)
    file = resealed(saved, tmp_path / "b", {key: {"demo": "something else"}})
    one_sentence(registry(tmp_path, url, "restore", str(file), "--replace", "--yes"), 3, "manifest")
    assert batches(url) == before
    assert rows(url, "SELECT count(*) FROM layers.streetlight") == [(298,)]
    assert not (tmp_path / "files").exists()


def test_a_database_that_holds_a_registry_is_not_overwritten_unasked(saved, filled, tmp_path):
    before = batches(filled)
    one_sentence(registry(tmp_path, filled, "restore", str(saved)), 5, "--replace")
    one_sentence(registry(tmp_path, filled, "restore", str(saved), "--replace"), 130)
    assert batches(filled) == before


def test_a_view_that_somebody_built_on_the_registry_is_not_dropped_with_it(saved, new_database, tmp_path):
    url = new_database()
    fill(url)
    run(url, "CREATE VIEW theirs AS SELECT code FROM asset")
    done = registry(tmp_path, url, "restore", str(saved), "--replace", "--yes")
    one_sentence(done, 5, "theirs")
    assert len(rows(url, "SELECT * FROM theirs")) == 299


def test_an_existing_file_is_kept_unless_forced(saved, filled, tmp_path):
    file = tmp_path / "b"
    file.write_text("precious", encoding="utf-8")
    one_sentence(registry(tmp_path, filled, "backup", str(file)), 3, "--force")
    assert file.read_text(encoding="utf-8") == "precious"
    assert registry(tmp_path, filled, "backup", str(file), "--force").returncode == 0
    Archive(file).check()


def test_a_folder_that_is_not_there_or_cannot_be_written_is_said(filled, tmp_path):
    one_sentence(registry(tmp_path, filled, "backup", str(tmp_path / "no" / "b")), 3, "no/b")
    one_sentence(registry(tmp_path, filled, "backup", "/proc/b"), 3, "/proc/b")


def test_a_backup_that_finds_no_room_leaves_the_old_one_and_no_half(filled, tmp_path):
    file = tmp_path / "b"
    assert registry(tmp_path, filled, "backup", str(file)).returncode == 0
    before = file.read_bytes()
    small = subprocess.run([sys.executable, "-m", "registry", "backup", str(file), "--force"], capture_output=True, text=True,
                           check=False, env={**os.environ, "REGISTRY_DATABASE_URL": filled, "REGISTRY_HOME": str(tmp_path)},
                           preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)))
    one_sentence(small, 3, str(file))
    assert file.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["b"]


def test_two_backups_into_one_file_do_not_mix(filled, tmp_path):
    from registry.backup import Writer

    with Writer(tmp_path / "b"), pytest.raises(BadFile, match="another backup"), Writer(tmp_path / "b"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_backup_left_does_not_stand_in_the_way(filled, tmp_path):
    (tmp_path / ".b.part").write_bytes(b"x" * 10_000_000)
    assert registry(tmp_path, filled, "backup", str(tmp_path / "b")).returncode == 0
    Archive(tmp_path / "b").check()
    assert not (tmp_path / ".b.part").exists()


def test_the_password_stands_on_no_command_line(server, filled, tmp_path):
    url = make_url(filled).set(password="s3cret&'x", query={**make_url(filled).query, "sslmode": "prefer"})
    given = clients.environment(url.render_as_string(hide_password=False))
    assert given["PGPASSWORD"] == "s3cret&'x" and given["PGSSLMODE"] == "prefer"
    assert (given["PGDATABASE"], given["PGHOST"]) == (url.database, url.query["host"])
    with create_engine(filled).connect() as conn:
        from registry.backup.save import _command

        assert not [word for word in _command(conn, "x") if "s3cret" in word or "host" in word]


def test_programs_that_are_too_old_are_named_with_what_to_install():
    with pytest.raises(ClientsMissing, match="postgresql-client-99"):
        clients.find(99)


def test_a_database_killed_in_the_middle_of_a_backup_is_one_sentence(filled, tmp_path):
    engine = create_engine(filled, isolation_level="AUTOCOMMIT")
    env = {**os.environ, "REGISTRY_DATABASE_URL": filled, "REGISTRY_HOME": str(tmp_path)}
    del env["PGAPPNAME"]  # pg_dump tells its name then
    with engine.connect() as watch:
        process = subprocess.Popen([sys.executable, "-m", "registry", "backup", str(tmp_path / "b")], stderr=subprocess.PIPE,
                                   text=True, env=env)
        ended = 0
        while not ended and process.poll() is None:
            ended = len(watch.exec_driver_sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name "
                                              "= 'pg_dump' AND datname = current_database()").all())
            time.sleep(0.005)
        said = process.communicate(timeout=60)[1]
    assert ended and process.returncode == 5, said
    assert "pg_dump" in said and "Traceback" not in said and list(tmp_path.iterdir()) == []
