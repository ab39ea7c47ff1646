"""What the service says it conforms to is what the tests prove, class by class and requirement by requirement."""

from __future__ import annotations

import pytest
from proofs import collected
from requirement_lists import OGC, load

from api import conformance


@pytest.fixture(scope="module")
def proofs() -> dict[str, list[str]]:
    return collected()


def known() -> dict[str, list[str]]:
    """URI of a class → the paths of its requirements."""
    return {c.uri: [r.path for r in c.requirements] for s in load() for c in s.classes if c.uri}


def test_no_class_is_declared_that_the_lists_do_not_know():
    assert set(conformance.classes()) <= set(known())


def test_every_requirement_of_a_declared_class_is_proved_by_a_test(proofs):
    missing = [path for uri in conformance.classes() for path in known().get(uri, ()) if path not in proofs]
    assert not missing


def test_every_rule_of_the_official_suite_is_proved_by_a_test(proofs):
    rules = [r.path for s in load() for c in s.classes if c.uri is None for r in c.requirements]
    assert rules and not [r for r in rules if r not in proofs]


def test_no_test_is_marked_with_a_requirement_that_nobody_wrote(proofs):
    every = {r.path for s in load() for c in s.classes for r in c.requirements}
    assert not set(proofs) - every


def test_a_class_that_is_not_declared_has_its_reason():
    """Of a class that is left out on purpose; the reason goes when the class is declared."""
    declared = set(conformance.classes())
    for each in (c for s in load() for c in s.classes if c.uri):
        assert bool(each.why_not) != (each.uri in declared), each.uri


def test_the_lists_have_every_requirement_once_and_in_both_languages():
    paths = [r.path for s in load() for c in s.classes for r in c.requirements]
    assert len(paths) == len(set(paths))
    for requirement in (r for s in load() for c in s.classes for r in c.requirements):
        zh, _, en = requirement.text.partition("|")
        assert zh and en, requirement.path
    assert all(u.startswith(OGC) for u in known())
