"""The private cluster: it starts anywhere, survives anything, and touches nothing of the system's."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from registry.errors import ClusterFailed
from registry.local import Cluster, place, process

AS_ROOT = os.geteuid() == 0
ROOT_OF_CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture()
def folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="市政 台账 "))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture()
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster.at(folder / "registry home", durable=False)
    yield made
    made.destroy()


def connect(cluster: Cluster) -> psycopg.Connection:
    url = make_url(cluster.url()).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def ask(cluster: Cluster, sentence: str) -> str:
    with connect(cluster) as connection:
        row = connection.execute(sentence.encode()).fetchone()
    assert row is not None
    return str(row[0])


def pid_of(cluster: Cluster) -> int:
    return int(cluster.status()["pid"])


def test_it_speaks_utf8_and_postgis_though_the_environment_is_empty_and_the_path_chinese(
        cluster: Cluster) -> None:
    code = ("import sys; from pathlib import Path; from registry.local import Cluster; "
            "Cluster.at(Path(sys.argv[1]), durable=False).start()")
    subprocess.run([sys.executable, "-c", code, str(cluster.home)], env={}, cwd=ROOT_OF_CHECKOUT, check=True)
    assert ask(cluster, "SHOW server_encoding") == "UTF8"
    assert ask(cluster, "SELECT upper('é') || '完好'") == "É完好"
    assert ask(cluster, "SELECT postgis_lib_version()") >= "3.2"
    assert ask(cluster, "SHOW timezone") == "UTC"


def test_a_second_start_keeps_the_running_server_and_is_quick(cluster: Cluster) -> None:
    cluster.start()
    pid, begin = pid_of(cluster), time.monotonic()
    cluster.start()
    assert pid_of(cluster) == pid
    assert time.monotonic() - begin < 2


def test_no_tcp_port_is_opened(cluster: Cluster) -> None:
    cluster.start()
    assert ask(cluster, "SHOW listen_addresses") == ""
    assert (cluster.data / "postmaster.pid").read_text().splitlines()[5] == ""


def test_the_server_and_its_socket_belong_to_an_unprivileged_user_alone(cluster: Cluster) -> None:
    cluster.start()
    socket = Path(cluster.status()["socket"])
    for path in (cluster.data, socket, Path(f"/proc/{pid_of(cluster)}")):
        if path.exists():
            assert path.stat().st_uid != 0
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700


def test_tests_run_without_fsync_and_the_registry_with_it(cluster: Cluster) -> None:
    cluster.start()
    assert ask(cluster, "SHOW fsync") == "off"
    cluster.stop()
    durable = Cluster.at(cluster.home)
    durable.start()
    assert ask(durable, "SHOW fsync") == ask(durable, "SHOW full_page_writes") == "on"


def test_after_kill_9_it_starts_again_with_its_data(cluster: Cluster) -> None:
    cluster = Cluster.at(cluster.home)  # durable
    cluster.start()
    with connect(cluster) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
        os.kill(pid_of(cluster), signal.SIGKILL)
        cluster.start()
    assert ask(cluster, "SELECT count(*) FROM kept") == "1000"


def test_a_pid_file_that_names_a_living_stranger_is_seen_through(cluster: Cluster) -> None:
    cluster.start()
    text = (cluster.data / "postmaster.pid").read_text()
    cluster.stop()
    stale = cluster.data / "postmaster.pid"
    stale.write_text("\n".join([str(os.getpid()), *text.splitlines()[1:]]) + "\n")
    assert cluster.status()["state"] == "stopped"
    cluster.start()
    assert ask(cluster, "SELECT 1") == "1"


def test_a_server_whose_socket_was_swept_away_is_started_anew(cluster: Cluster) -> None:
    cluster.start()
    shutil.rmtree(cluster.status()["socket"])
    cluster.start()
    assert ask(cluster, "SELECT 1") == "1"


def test_an_interrupted_initdb_is_not_taken_for_a_cluster(cluster: Cluster) -> None:
    half = cluster.home / "pg.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    cluster.start()
    assert ask(cluster, "SELECT 1") == "1"
    assert not half.exists()


def test_two_starts_at_once_make_one_server(cluster: Cluster) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            cluster.start()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert ask(cluster, "SELECT 1") == "1"


def test_a_path_longer_than_a_socket_may_be_works(folder: Path) -> None:
    cluster = Cluster.at(folder / ("很长的文件夹" * 6) / ("x" * 80), durable=False)
    try:
        cluster.start()
        assert len(os.fsencode(cluster.home)) > place.SOCKET_PATH_LIMIT
        assert len(f"{cluster.status()['socket']}/.s.PGSQL.{cluster.port}") <= place.SOCKET_PATH_LIMIT
        assert ask(cluster, "SELECT 1") == "1"
    finally:
        cluster.destroy()


def test_data_of_another_major_version_are_refused_in_one_sentence(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("99\n")
    with pytest.raises(ClusterFailed) as caught:
        cluster.start()
    assert "PostgreSQL 99" in caught.value.message("zh")
    assert caught.value.exit_code == 5


def test_a_setting_the_server_does_not_know_is_named_with_the_log(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    with open(cluster.data / "postgresql.conf", "a") as file:
        file.write("max_connections = 'many'\n")
    with pytest.raises(ClusterFailed) as caught:
        cluster.start()
    assert str(cluster.log) in caught.value.message("en")
    assert "postgresql.conf" in cluster.log.read_text()


def test_a_checkout_moved_while_it_runs_loses_nothing(cluster: Cluster) -> None:
    cluster = Cluster.at(cluster.home)  # durable: without fsync the last commits may be lost
    cluster.start()
    with connect(cluster) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    moved = Cluster.at(cluster.home.rename(cluster.home.with_name("搬走 moved")))
    try:
        moved.start()
        assert ask(moved, "SELECT n FROM kept") == "7"
        moved.stop()
        moved.start()
        assert ask(moved, "SELECT n FROM kept") == "7"
    finally:
        moved.destroy()


def test_a_copy_made_while_it_ran_is_refused_and_leaves_the_original_alone(cluster: Cluster) -> None:
    cluster.start()
    if cluster.data.parent != cluster.home:
        return  # what was copied is then only a pointer; see below
    copy = Cluster.at(cluster.home.with_name("copy"), durable=False)
    shutil.copytree(cluster.home, copy.home)
    with pytest.raises(ClusterFailed, match="copied"):
        copy.start()
    copy.destroy()
    assert ask(cluster, "SELECT 1") == "1"


def test_a_checkout_its_owner_may_not_enter_keeps_its_data_elsewhere(folder: Path) -> None:
    closed = folder / "闭门 closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster.at(closed / "home", durable=False)
    copy = Cluster.at(closed / "copy", durable=False)
    try:
        cluster.start()
        if AS_ROOT:
            assert cluster.data.is_relative_to(place.ELSEWHERE)
            shutil.copytree(cluster.home, copy.home)
            copy.start()
            assert copy.data != cluster.data
            assert pid_of(copy) != pid_of(cluster)
        else:
            assert cluster.data.parent == cluster.home
        assert ask(cluster, "SELECT 1") == "1"
    finally:
        for made in (cluster, copy):
            made.destroy()
    assert cluster.data == cluster.home / "pg"
    assert not any(p for p in place.leftovers() if (p / "checkout").read_text().startswith(str(folder)))


def test_data_copied_by_root_without_their_owner_still_start(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    if cluster.data.parent != cluster.home:
        return
    copy = Cluster.at(cluster.home.with_name("copy"), durable=False)
    subprocess.run(["cp", "-r", str(cluster.home), str(copy.home)], check=True)
    try:
        copy.start()
        assert ask(copy, "SELECT 1") == "1"
    finally:
        copy.destroy()


def test_a_socket_folder_that_is_open_or_a_link_is_refused(folder: Path) -> None:
    me = place.Owner(os.geteuid(), os.getegid(), "me")
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    (folder / "private").mkdir(mode=0o700)
    (folder / "link").symlink_to(folder / "private")
    place.make_socket_folder(folder / "private", me)
    for trap in ("open", "link"):
        with pytest.raises(place.Unfit, match="not private"):
            place.make_socket_folder(folder / trap, me)


def test_stop_and_destroy_may_be_called_at_any_time_and_leave_nothing(cluster: Cluster) -> None:
    cluster.stop()
    cluster.destroy()
    assert cluster.status()["state"] == "absent"
    cluster.start()
    data, socket, pid = cluster.data, Path(cluster.status()["socket"]), pid_of(cluster)
    cluster.stop()
    cluster.stop()
    assert cluster.status()["state"] == "stopped"
    assert not process.running(data)
    cluster.destroy()
    assert not data.exists()
    assert not socket.exists()
    assert not process.command_line(pid)
