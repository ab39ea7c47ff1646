"""The command line: one sentence in Chinese and one in English, an exit status, never a traceback."""

from __future__ import annotations

import errno
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from registry import cli, console
from registry.cli import Commands
from registry.errors import BadFile, PortTaken


@click.command()
@click.argument("kind")
@click.option("--count", type=int)
def fail(kind: str, count: int) -> int:
    """坏 · Fail."""
    if kind == "file":
        raise BadFile(file="路.shp", why_zh="没有 .dbf", why_en="it has no .dbf")
    if kind == "port":
        raise PortTaken(host="127.0.0.1", port=8000)
    if kind == "bug":
        raise ZeroDivisionError("一行\n两行")
    if kind == "full":
        raise OSError(errno.ENOSPC, "No space left on device", "盲区.geojson")
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "pipe":
        raise BrokenPipeError
    return 17


GOOD = (fail,)


class Point:
    """An entry point as the group sees it."""

    def __init__(self, name: str, loaded: Any) -> None:
        self.name, self.loaded = name, loaded

    def load(self) -> Any:
        if isinstance(self.loaded, Exception):
            raise self.loaded
        return self.loaded


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGISTRY_HOME", str(tmp_path / "家"))
    for name in ("REGISTRY_DATABASE_URL", "REGISTRY_DEBUG", "REGISTRY_PG_BIN", "REGISTRY_LANG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "家"


@pytest.fixture()
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs a group of `fail` and of a part that is broken: (status, stdout, stderr)."""
    points = [Point("good", GOOD), Point("broken", ImportError("no such thing"))]
    monkeypatch.setattr(cli, "_entry_points", lambda: points)

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            Commands(name="registry").main(list(words), prog_name="registry")
        out = capfd.readouterr()
        return int(caught.value.code or 0), out.out, out.err

    return call


def real(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The installed command itself, in an environment that holds nothing else."""
    code = "import sys; from registry.cli import main; main(sys.argv[1:], prog_name='registry')"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False,
                          encoding="utf-8", env={"PATH": "/usr/bin:/bin", **environment})


def test_an_error_of_the_registry_is_a_sentence_in_both_languages_and_its_status(run: Any) -> None:
    status, out, err = run("fail", "file")
    assert (status, out) == (3, "")
    assert err.splitlines() == ["文件 路.shp：没有 .dbf", "File 路.shp: it has no .dbf"]
    assert run("fail", "port")[0] == 7


def test_an_unexpected_error_is_a_sentence_and_its_traceback_lies_in_a_file(run: Any, home: Path) -> None:
    status, out, err = run("fail", "bug")
    assert status == 70
    assert len(err.splitlines()) == 2
    assert "ZeroDivisionError: 一行 两行" in err
    assert "Traceback" not in err + out
    assert str(home / "errors.log") in err
    assert "Traceback" in (home / "errors.log").read_text(encoding="utf-8")


def test_a_disk_without_room_is_a_sentence_and_no_fault_of_the_program(run: Any) -> None:
    status, _, err = run("fail", "full")
    assert status == 3 and len(err.splitlines()) == 2
    assert "盲区.geojson" in err and "磁盘满" in err


def test_the_traceback_is_shown_to_those_who_ask(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_DEBUG", "1")
    assert "Traceback" in run("fail", "bug")[2]


def test_a_home_that_cannot_be_written_hides_no_error(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_HOME", "/proc/nowhere")
    status, _, err = run("fail", "bug")
    assert status == 70
    assert "REGISTRY_DEBUG=1" in err


def test_an_interrupt_ends_with_130_and_a_closed_pipe_in_silence(run: Any) -> None:
    status, _, err = run("fail", "interrupt")
    assert status == 130
    assert "已中断" in err
    assert run("fail", "pipe")[2].strip() == ""


def test_what_a_command_returns_is_no_exit_status(run: Any) -> None:
    assert run("fail", "nothing")[0] == 0


@pytest.mark.parametrize(("words", "zh", "en"), [
    (["nonsense"], "没有这个命令", "No such command"),
    (["fail"], "缺少参数", "Missing argument"),
    (["fail", "x", "--cuont", "1"], "没有选项 --cuont", "No such option"),
    (["fail", "x", "--count", "many"], "的值不对", "not a valid integer"),
])
def test_wrong_usage_is_said_in_both_languages_and_ends_with_2(
        run: Any, words: list[str], zh: str, en: str) -> None:
    status, _, err = run(*words)
    assert status == 2
    assert zh in err
    assert en in err


def test_a_part_that_cannot_be_loaded_leaves_the_others_working(run: Any, home: Path) -> None:
    status, out, err = run("--help")
    assert status == 0
    assert "fail" in out
    assert "命令组 broken 装载失败" in err
    assert "no such thing" in (home / "errors.log").read_text(encoding="utf-8")
    assert "broken" not in run("fail", "nothing")[2]


def test_every_command_of_the_registry_explains_itself_in_both_languages() -> None:
    for point in importlib.metadata.entry_points(group=cli.GROUP):
        if not point.value.startswith("registry.commands.cluster"):
            continue
        for command in point.load():
            assert command.help
            assert any("一" <= letter <= "鿿" for letter in command.help)
            assert any(letter.isascii() and letter.isalpha() for letter in command.help)


def test_the_version_is_told() -> None:
    done = real("--version")
    assert done.stdout.startswith("registry 0.")


def test_without_a_command_the_help_is_shown() -> None:
    done = real()
    assert done.returncode == 0
    assert "市政设施台账" in done.stdout
    assert "退出码" in done.stdout


def test_an_unreachable_database_is_a_sentence_without_the_password_and_ends_with_5(home: Path) -> None:
    done = real("up", REGISTRY_DATABASE_URL="postgresql://u:geheim@127.0.0.1:1/x", REGISTRY_HOME=str(home))
    assert done.returncode == 5
    assert done.stderr.startswith("连不上数据库")
    assert "geheim" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_without_postgis_is_a_sentence_and_ends_with_6(home: Path) -> None:
    done = real("up", REGISTRY_PG_BIN="/nowhere", REGISTRY_HOME=str(home))
    assert done.returncode == 6
    assert done.stderr.startswith("本机没有 PostgreSQL")
    assert "Traceback" not in done.stderr
    assert not (home / "pg.location").exists()


def test_up_status_doctor_and_down_work_in_turn(home: Path) -> None:
    settings = {"REGISTRY_HOME": str(home)}
    try:
        assert json.loads(real("status", "--json", **settings).stdout)["state"] == "absent"
        assert "PostGIS" in real("up", **settings).stdout
        facts = json.loads(real("status", "--json", **settings).stdout)
        assert facts["state"] == "running"
        assert facts["used"] == "private"
        findings = {c["key"]: c["ok"] for c in json.loads(real("doctor", "--json", **settings).stdout)}
        assert findings["programs"] is findings["database"] is findings["server"] is True
        assert "已停止" in real("down", **settings).stdout
        stopped = real("doctor", **settings)
        assert stopped.returncode == 1
        assert "registry up" in stopped.stdout
    finally:
        assert real("down", "--delete-data", "--yes", **settings).returncode == 0


def test_a_table_in_a_pipe_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    long = "很长的值" * 60
    console.table(("标题", "title"), [("名称", "name"), "n"], [(long, 1234567), ("[b]a[/b]", None)])
    out = capsys.readouterr().out
    assert long in out
    assert "1,234,567" in out
    assert "[b]a[/b]" in out
    assert console.NOTHING in out


def test_json_keeps_chinese_letters_and_dates(capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import date
    from decimal import Decimal

    console.print_json({"名": Decimal("1.5"), "日": date(2024, 1, 2), "径": Path("/路")})
    out = capsys.readouterr().out
    assert "名" in out
    assert json.loads(out) == {"名": 1.5, "日": "2024-01-02", "径": "/路"}


def test_the_loader_starts_without_the_web_service():
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "registry", "load", "--help"], capture_output=True, text=True, check=True)
    names = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert {"pyogrio", "etl.load"} <= names and "flask.app" not in names


def test_the_web_service_starts_without_what_few_ask_it_for():
    """A second and a half at each start, and as much of each command that tells a figure."""
    code = "import sys; from api import create_app; create_app(); print(*sys.modules)"
    names = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert "registry.coverage.siting" in names and not names & {"pandas", "pyogrio", "scipy.ndimage", "scipy.optimize", "scipy.signal"}
