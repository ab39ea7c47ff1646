"""A large load that is killed at random moments leaves the last committed state, and can be done again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ledger import Ledger
from machine import Machine, rows, start
from state import assert_honest, fingerprint, survey

ROWS, KILLS = 200_000, 10


def load(url: str, file: Path, rejects: Path):
    return start(url, "-m", "registry", "load", str(file), "--class", "streetlight", "--city", "demo", "--actor", "t", "--yes", "--json",
                 "--rejects", str(rejects), name="faults load")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_ten_random_moments_of_a_large_load(machine: Machine, ledger: Ledger, chance, before, tmp_path):
    file = survey(tmp_path / "路灯.geojson", ROWS)
    started = time.monotonic()
    assert load(machine.database(), file, tmp_path).wait(timeout=600) == 0
    whole = time.monotonic() - started
    url = machine.database()
    for _ in range(KILLS):
        process = load(url, file, tmp_path)
        time.sleep(chance.uniform(0, whole))
        process.kill()
        process.communicate()
        machine.gone("faults load")
        done = fingerprint(url) != before
        count = rows(url, "SELECT count(*) FROM asset WHERE class = 'streetlight'")[0][0]
        ledger.note("large load killed", lost=int(process.returncode == 0 and not done), half=int(count != (ROWS if done else 600)))
        assert_honest(url)
        if done:  # it was quicker than the kill: begin again
            url = machine.database()
    assert load(url, file, tmp_path).wait(timeout=600) == 0
    assert rows(url, "SELECT count(*) FROM asset WHERE class = 'streetlight'") == [(ROWS,)]
    assert_honest(url)
