"""The golden values of the standards, as the page of them lists them: each is what our functions give."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("docs_golden", Path(__file__).parents[2] / "docs" / "golden.py")


def _every():
    import sys

    made = importlib.util.module_from_spec(_SPEC)
    sys.modules[_SPEC.name] = made  # a dataclass looks its module up
    _SPEC.loader.exec_module(made)
    return list(made.every())


EVERY = _every()


@pytest.mark.parametrize("golden", EVERY, ids=[f"{g.standard} {g.what}" for g in EVERY])
def test_what_is_expected_is_what_is_computed(golden):
    assert golden.holds, (golden.value, golden.expected)


def test_a_value_that_is_another_does_not_hold():
    """A table of ticks that cannot show a cross proves nothing."""
    import dataclasses

    number = next(g for g in EVERY if isinstance(g.expected, float))
    assert not dataclasses.replace(number, expected=number.expected + 1e-6).holds
    several = next(g for g in EVERY if isinstance(g.expected, tuple))
    assert not dataclasses.replace(several, expected=several.expected[:-1]).holds
