"""The machine that may be killed, how often each fault is tried, and the table of what was found."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger import LEDGER, Ledger
from machine import Machine
from state import fingerprint, load_undisturbed, survey

MANY = 20


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    """A cluster of its own beside that of the other tests, which must not be killed."""
    home = Path(os.environ["REGISTRY_HOME"] + ".faults")
    made = Machine(home)
    yield made
    made.destroy()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def ledger() -> Ledger:
    return LEDGER


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Random moments; the seed is printed when a test fails."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed of {request.node.name}: {seed}")
    return random.Random(seed)


@pytest.fixture(params=[pytest.param(1, id="few"), pytest.param(MANY, id="many", marks=[pytest.mark.long, pytest.mark.timeout(3600)])])
def tries(request: pytest.FixtureRequest) -> range:
    """One try of each moment in the usual run, many in the long one."""
    return range(request.param)


@pytest.fixture(scope="session")
def lamps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 6,000 lamps, 600 of which are known."""
    return survey(tmp_path_factory.mktemp("survey") / "路灯.geojson", 6000)


@pytest.fixture(scope="session")
def before(machine: Machine) -> str:
    """The state that every load begins with."""
    return fingerprint(machine.database())


@pytest.fixture(scope="session")
def after(machine: Machine, lamps: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The state that an undisturbed load of `lamps` ends with."""
    url = machine.database()
    load_undisturbed(url, lamps, tmp_path_factory.mktemp("rejects"))
    return fingerprint(url)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its part of the table to the process that prints it."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["faults"] = LEDGER.counts()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    LEDGER.add(getattr(node, "workeroutput", {}).get("faults", {}))


def pytest_terminal_summary(terminalreporter) -> None:
    if LEDGER.faults:
        terminalreporter.section("faults")
        for line in LEDGER.lines():
            terminalreporter.write_line(line)
