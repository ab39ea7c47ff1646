"""The page of what planners ask for: every address on it opens, and every command of it is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "planners.md").read_text(encoding="utf-8")
SAID = re.findall(r"`([^`]+)`", PAGE)
ADDRESSES = sorted({s for s in SAID if s.startswith("/")})
COMMANDS = sorted({s.removeprefix("registry ") for s in SAID if s.startswith("registry ")})


NO_TABLE = {"/defects", "/ownerless"}  # the page says so


def test_the_page_has_both():
    assert len(ADDRESSES) > 12 and len(COMMANDS) > 10


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_opens_as_data_as_a_page_and_as_a_table(client, served, address):
    path, _, query = address.partition("?")
    for form in ({}, {"f": "html"}, *([] if path in NO_TABLE else [{"f": "csv"}])):
        answer = client.get(path, query_string={**dict(p.split("=", 1) for p in query.split("&") if p), **form})
        assert answer.status_code == 200, (address, form, answer.text[:300])


@pytest.mark.parametrize("command", [c for c in COMMANDS if " -o " not in c])
def test_a_command_is_answered(client, served, command):
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == 0, (command, result.output[-300:])
