"""A load that dies, for whatever reason, has happened or has not; done again, it gives what an undisturbed one gives."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from ledger import Ledger
from machine import Machine, start
from state import assert_honest, fingerprint, load_undisturbed

TELLING = str(Path(__file__).with_name("load_and_tell.py"))
LONGEST_S = {"staging": 0.25, "applying": 0.25, "sealed": 0.06}
PHASES = tuple(LONGEST_S)


def loading(url: str, file: Path, rejects: Path) -> subprocess.Popen[str]:
    return start(url, TELLING, "load", str(file), "--class", "streetlight", "--city", "demo", "--actor", "t", "--yes", "--json",
                 "--rejects", str(rejects), name="faults load")


def until(process: subprocess.Popen[str], phase: str, chance: random.Random) -> None:
    """A random moment after the process said what it is about to do."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == phase:
            time.sleep(chance.uniform(0, LONGEST_S[phase]))
            return
    raise AssertionError(process.communicate()[1])


def judge(ledger: Ledger, fault: str, url: str, states: tuple[str, str], acknowledged: bool) -> None:
    """Count what became of the load, which was acknowledged if its process ended well."""
    found = fingerprint(url)
    ledger.note(fault, lost=int(acknowledged and found != states[1]), half=int(found not in states))
    assert_honest(url)


def again(url: str, file: Path, rejects: Path, after: str) -> None:
    load_undisturbed(url, file, rejects)
    assert fingerprint(url) == after
    assert_honest(url)


def one_sentence(process: subprocess.Popen[str]) -> None:
    """It ends well, or with exit code 5 and a sentence in each language."""
    said = process.communicate(timeout=60)[1]
    assert process.returncode in (0, 5), said
    assert "Traceback" not in said
    if process.returncode:
        assert "数据库" in said and "database" in said, said


@pytest.mark.parametrize("phase", PHASES)
def test_a_load_that_is_killed_has_happened_or_has_not(machine: Machine, ledger, chance, tries, lamps, before, after, tmp_path, phase):
    for _ in tries:
        url = machine.database()
        process = loading(url, lamps, tmp_path)
        until(process, phase, chance)
        process.kill()
        process.communicate()
        machine.gone("faults load")
        judge(ledger, f"load killed ({phase})", url, (before, after), process.returncode == 0)
        again(url, lamps, tmp_path, after)
    assert not [p for p in tmp_path.iterdir() if not p.name.startswith(".")]


@pytest.mark.parametrize("how", ["server", "backend", "connection"])
def test_a_load_whose_database_dies_is_told_in_one_sentence(machine: Machine, ledger, chance, tries, lamps, before, after, tmp_path, how):
    for _ in tries:
        url = machine.database()
        process = loading(url, lamps, tmp_path)
        phase = chance.choice(PHASES)
        until(process, phase, chance)
        if how == "server":
            machine.kill_server()
        else:
            machine.kill_backend("faults load", signal.SIGKILL if how == "backend" else None)
        one_sentence(process)
        machine.gone("faults load")
        judge(ledger, f"{how} killed in a load", url, (before, after), process.returncode == 0)
        again(url, lamps, tmp_path, after)


def test_audit_verify_is_the_command_that_says_so(machine: Machine, lamps, tmp_path):
    """The command itself, on what a killed load left."""
    url = machine.database()
    process = loading(url, lamps, tmp_path)
    until(process, "applying", random.Random(1))
    process.kill()
    process.communicate()
    machine.gone("faults load")
    verify = start(url, "-m", "registry", "audit", "verify")
    said, complaint = verify.communicate(timeout=60)
    assert verify.returncode == 0 and "链完整" in said, complaint
