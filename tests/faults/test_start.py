"""A private cluster whose making or starting is killed is made or started by the next who needs it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ledger import Ledger
from machine import rows

from registry.local import Cluster


def bring_up(home: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "REGISTRY_HOME": str(home), "REGISTRY_DATABASE_URL": ""}
    return subprocess.Popen([sys.executable, "-m", "registry", "up"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("longest_s", [pytest.param(3.0, id="made"), pytest.param(1.0, id="started")])
def test_a_start_that_is_killed_is_finished_by_the_next(ledger: Ledger, chance: random.Random, tries, tmp_path, longest_s):
    """Killed while initdb runs, while the server starts, or while PostGIS is made."""
    for number in tries:
        home = tmp_path / str(number)
        cluster = Cluster.at(home)
        try:
            if longest_s == 1.0:
                cluster.start()
                cluster.stop()
            killed = bring_up(home)
            time.sleep(chance.uniform(0.15, longest_s))
            killed.send_signal(signal.SIGKILL)
            killed.communicate()
            said = bring_up(home)
            complaint = said.communicate(timeout=120)[1]
            assert said.returncode == 0, complaint
            ledger.note("start of the private cluster killed")
            assert rows(cluster.url(), "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'") == [(1,)]
            assert not list(home.glob("pg.new*"))
        finally:
            cluster.destroy()
