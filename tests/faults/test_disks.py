"""A disk without room stops a load with one sentence; nothing half-written stays, and with room it goes on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ledger import Ledger
from machine import LIMIT_BYTES, Machine, may_mount, run, small_disk, start
from sqlalchemy import make_url
from state import assert_honest, fingerprint, load_undisturbed, survey

from etl import reject
from registry.local import place


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose rows, of 1.5 kB each, do not go into the small disk."""
    return survey(tmp_path_factory.mktemp("many") / "路灯.geojson", 20_000, words=120)


def loading(url: str, file: Path, rejects: Path, **more) -> subprocess.Popen[str]:
    return start(url, "-m", "registry", "load", str(file), "--class", "streetlight", "--city", "demo", "--yes", "--json",
                 "--rejects", str(rejects), **more)


def refused(process: subprocess.Popen[str], code: int, *words: str) -> None:
    """One sentence in each language."""
    said = process.communicate(timeout=120)[1]
    assert process.returncode == code, said
    assert len(said.strip().splitlines()) == 2 and all(word in said for word in words), said


@contextmanager
def no_room(machine: Machine, how: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """A database whose tables find no room, for the rows on their way in or for the assets; and what makes room."""
    if how == "file-size limit":
        url = machine.database()
        machine.limit_files(LIMIT_BYTES)
        try:
            yield url, lambda: machine.limit_files("unlimited")
        finally:
            machine.limit_files("unlimited")
        return
    with small_disk((4 if how == "staging" else 40) << 20) as (folder, grow):
        data = folder / "space"
        data.mkdir()
        shutil.chown(data, place.owner_of(machine.cluster.data).uid)
        run(machine.cluster.url(), f"CREATE TABLESPACE small LOCATION '{data}'")
        url = machine.database("" if how == "staging" else "TABLESPACE small")
        name = make_url(url).database
        if how == "staging":
            run(machine.cluster.url(), f"ALTER DATABASE {name} SET temp_tablespaces = 'small'")
        try:
            yield url, lambda: grow(400 << 20)
        finally:
            run(machine.cluster.url(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", "DROP TABLESPACE small")


# Where nothing can be mounted the limit on file sizes is the disk; there is always one way.
WAYS = ["file-size limit", *(["staging", "applying"] if may_mount() else [])]


@pytest.mark.parametrize("how", WAYS)
def test_a_load_that_finds_no_room_writes_nothing_and_says_so(machine: Machine, ledger: Ledger, many, lamps, before, after, tmp_path, how):
    with no_room(machine, how) as (url, make_room):
        refused(loading(url, many, tmp_path), 5, "磁盘满", "disk is full")
        ledger.note(f"disk full ({how})", half=int(fingerprint(url) != before))
        assert_honest(url)
        make_room()
        load_undisturbed(url, lamps, tmp_path)
        assert fingerprint(url) == after
        assert_honest(url)


def full_server(folder: Path, grow: Callable[[int], None]) -> Callable[[], None]:
    """Leave 24 MB of the disk; gives what takes that back."""
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(max(0, shutil.disk_usage(folder).free - (24 << 20))))

    def make_room() -> None:
        ballast.unlink()
        grow(600 << 20)

    return make_room


@pytest.mark.parametrize("disk", [small_disk] if may_mount() else [])
def test_a_server_whose_whole_disk_is_full_comes_back_when_there_is_room(ledger: Ledger, disk, many, lamps, before, after, tmp_path):
    """The log of changes finds no room either: the server falls, and rises again with all that was acknowledged."""
    with disk(200 << 20) as (folder, grow):
        small = Machine(folder)
        try:
            url = small.database()
            make_room = full_server(folder, grow)
            refused(loading(url, many, tmp_path), 5, "数据库", "database")
            make_room()
            small.cluster.start()
            small.wait()
            ledger.note("disk full (the server's own)", half=int(fingerprint(url) != before))
            load_undisturbed(url, lamps, tmp_path)
            assert fingerprint(url) == after
            assert_honest(url)
        finally:
            small.destroy()


def test_a_reject_file_that_finds_no_room_stops_the_load(machine: Machine, ledger: Ledger, before, tmp_path):
    file = survey(tmp_path / "路灯.geojson", 1000, bad=3000)
    url, rejects = machine.database(), tmp_path / "rejects"
    refused(loading(url, file, rejects, file_limit=50_000), 3, "拒收文件写不了", "cannot be written")
    ledger.note("disk full (reject file)", half=int(fingerprint(url) != before))
    assert list(rejects.iterdir()) == []
    load_undisturbed(url, file, rejects)
    assert {p.suffix for p in rejects.iterdir()} == {".geojson", ".xlsx"}
    assert_honest(url)


def test_half_a_reject_file_of_a_killed_load_is_cleared_away(machine: Machine, tmp_path):
    file = survey(tmp_path / "路灯.geojson", 10, bad=3)
    (tmp_path / "rejects").mkdir()
    dead = subprocess.Popen(["true"])
    dead.wait()
    name = reject.named("demo", "路灯", tmp_path / file.suffix)
    left = tmp_path / "rejects" / f".{name}.{dead.pid}.rejects"
    left.mkdir()
    (left / "journal").write_text("half", encoding="utf-8")
    load_undisturbed(machine.database(), file, tmp_path / "rejects")
    assert {p.name for p in (tmp_path / "rejects").iterdir()} == {f"{name}.rejects.geojson", f"{name}.rejects.xlsx"}
