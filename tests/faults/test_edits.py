"""Every edit that was acknowledged is there, whole, once, and in its order."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from ledger import Ledger
from machine import Machine, rows, start
from state import assert_honest

EDITING = str(Path(__file__).with_name("edit_and_tell.py"))
ENDLESS = 1_000_000


def editing(url: str, who: str, count: int = ENDLESS) -> subprocess.Popen[str]:
    return start(url, EDITING, who, str(count), name=f"faults {who}")


def acknowledged(process: subprocess.Popen[str], count: int) -> int:
    """The last of `count` acknowledgements; fewer when the process ends before."""
    assert process.stdout is not None and process.stdout.readline() == "ready\n", process.communicate()[1]
    last = 0
    for _ in range(count):
        line = process.stdout.readline()
        if not line:
            break
        last = int(line)
    return last


def rest(process: subprocess.Popen[str], last: int) -> int:
    """What it acknowledged until its end, which is a sentence when it was not killed itself."""
    assert process.stdout is not None and process.stderr is not None
    # Not by communicate(), which would pass by what readline() has taken into its buffer.
    said, complaint = process.stdout.read(), process.stderr.read()
    process.wait(timeout=60)
    assert process.returncode in (0, 5, -signal.SIGKILL) and "Traceback" not in complaint, complaint
    assert process.returncode != 5 or "连不上数据库" in complaint
    return max([last, *map(int, said.split())])


def judge(ledger: Ledger, fault: str, url: str, edits: dict[str, int]) -> None:
    """Each editor's own lamp and the shared one tell every edit: 1 … the last acknowledged, and at most one more,
    which was committed when the word of it was lost. Both lamps of an edit are in one batch, or neither is."""
    told = rows(url, "SELECT code, name, batch FROM asset_history WHERE code <> 'L' UNION ALL SELECT code, name, batch FROM asset "
                     "WHERE code NOT LIKE 'L%%' ORDER BY batch")
    lost = half = 0
    for who, last in edits.items():
        own = [(name, batch) for code, name, batch in told if code == who]
        shared = [(name, batch) for code, name, batch in told if code == "S" and name.startswith(f"{who}-")]
        half += len(set(own) ^ set(shared))
        lost += len({f"{who}-{n}" for n in range(1, last + 1)} - {name for name, _ in shared})
        assert [name for name, _ in shared] == [f"{who}-{n}" for n in range(1, len(shared) + 1)]
        half += len(shared) not in (last, last + 1)
    ledger.note(fault, lost=lost, half=half)
    assert_honest(url)


def some(chance: random.Random) -> int:
    return chance.randint(1, 40)


@pytest.mark.parametrize("how", ["editor", "server", "backend", "connection"])
def test_edits_survive_whatever_dies(machine: Machine, ledger, chance, tries, how):
    for _ in tries:
        url = machine.database()
        process = editing(url, "A")
        last = acknowledged(process, some(chance))
        if how == "editor":
            process.kill()
        elif how == "server":
            machine.kill_server()
        else:
            # Between two edits there is no backend to end, and one that has just answered ends unnoticed.
            while process.poll() is None:
                machine.kill_backend("faults A", signal.SIGKILL if how == "backend" else None)
                time.sleep(0.2)
        last = rest(process, last)
        machine.gone("faults A")
        judge(ledger, f"{how} killed among edits", url, {"A": last})


def test_two_editors_of_one_city_take_turns_and_lose_nothing(machine: Machine, ledger, tries):
    for _ in tries:
        url = machine.database()
        both = {who: editing(url, who, 40) for who in ("A", "B")}
        edits = {who: rest(process, acknowledged(process, 1)) for who, process in both.items()}
        assert edits == {"A": 40, "B": 40}
        turns = [name[0] for (name,) in rows(url, "SELECT reason FROM batch WHERE reason <> 't' ORDER BY at")]
        assert len(turns) == 80 and len(set(turns[:60])) == 2, "they did not write at the same time"
        judge(ledger, "two editors at once", url, edits)


def test_two_editors_of_whom_one_is_killed(machine: Machine, ledger, chance, tries):
    """Neither waits for a lock that the dead one held."""
    for _ in tries:
        url = machine.database()
        dying, living = editing(url, "A"), editing(url, "B", 60)
        last = acknowledged(dying, some(chance))
        dying.kill()
        edits = {"A": rest(dying, last), "B": rest(living, acknowledged(living, 1))}
        machine.gone("faults A")
        assert edits["B"] == 60
        judge(ledger, "one of two editors killed", url, edits)
