"""Bridges by CJJ 99: golden values, both sides of each edge, the worst element, and unknowns that stay unknown."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import BadValue
from registry.standards import bridge

DECK = ("pavement", "approach", "joint", "drainage", "sidewalk", "railing")
scores = st.floats(0, 100)


@pytest.mark.parametrize(("kind", "bci"), [("girder", 82.90), ("arch", 82.55), ("footbridge", 83.25)])
def test_the_golden_bci_by_its_three_sets_of_weights(kind, bci):
    assert bridge.bci(92, 85, 78, kind) == pytest.approx(bci)
    assert bridge.grade(bridge.bci(92, 85, 78, kind)) == "B"


def test_the_golden_deck():
    assert bridge.element_score("deck", "girder", dict(zip(DECK, (25, 0, 40, 0, 15, 25), strict=True))) == pytest.approx(78.5)


def test_the_weights_of_each_part_add_up_to_one():
    said = bridge.table().data
    for part in ("parts", "deck", "span", "pier", "abutment"):
        for kind in bridge.KINDS:
            if kind in said[part]:
                assert sum(said[part][kind].values()) == pytest.approx(1), (part, kind)


@pytest.mark.parametrize(("grade", "edge", "below"), [("A", 90, "B"), ("B", 80, "C"), ("C", 66, "D"), ("D", 50, "E")])
def test_each_edge_is_inside_its_grade_and_what_is_just_below_is_not(grade, edge, below):
    assert bridge.grade(edge) == grade and bridge.grade(edge - 1e-9) == below


@pytest.mark.parametrize(("part", "kind"), [(p, k) for p in ("deck", "span", "pier", "abutment") for k in bridge.KINDS
                                           if k in bridge.table().data[p]])
def test_a_part_without_damage_has_exactly_100_and_one_with_nothing_left_0(part, kind):
    """Whatever it has of its elements: floats of their weights add up to one or to a digit beside it."""
    names = list(bridge.table().data[part][kind])
    for taken, score in ((0.0, 100), (100.0, 0)):
        for absent in chain.from_iterable(combinations(names, n) for n in range(len(names))):
            found = bridge.element_score(part, kind, {name: None if name in absent else taken for name in names})
            assert found == pytest.approx(score, abs=1e-9) and 0 <= found <= 100
            assert bridge.bci(found, found, found, "girder") == pytest.approx(score, abs=1e-9)


def test_the_state_of_the_structure_is_that_of_its_worst_element_and_never_of_its_best():
    spans = [{"beam": 10, "lateral": 5}, {"beam": 45, "lateral": 0}]
    assert bridge.worst_element(spans) == 55 and bridge.grade(bridge.worst_element(spans)) == "D"
    assert bridge.part_score("span", "girder", spans) == pytest.approx(((90 * .6 + 95 * .4) + (55 * .6 + 100 * .4)) / 2)
    assert bridge.bsi([92, 55, 78]) == 55


def test_what_a_bridge_does_not_have_gives_its_weight_to_the_others():
    deck = dict.fromkeys(DECK, 20.0)
    assert bridge.element_score("deck", "girder", {**deck, "sidewalk": None}) == pytest.approx(80)
    uneven = {**deck, "pavement": 0.0, "sidewalk": None}
    assert bridge.element_score("deck", "girder", uneven) == pytest.approx((100 * .30 + 80 * .60) / .90)


def test_what_was_not_inspected_leaves_the_score_unknown_and_not_good():
    assert bridge.element_score("deck", "girder", {"pavement": 0}) is None
    assert bridge.part_score("span", "girder", []) is None
    assert bridge.part_score("span", "girder", [{"beam": 0, "lateral": 0}, {"beam": 0}]) is None
    assert bridge.bci(100, 100, None, "girder") is None and bridge.bsi([100, None]) is None and bridge.bsi([]) is None
    assert bridge.grade(None) is None and bridge.qualified(None) is None and bridge.worst_element([{}]) is None
    assert bridge.element_score("deck", "girder", dict.fromkeys(DECK)) is None


def test_what_is_qualified_is_told_by_the_grade_in_both_scales():
    assert [bridge.qualified(g) for g in "ABCDE"] == [True, True, True, False, False]
    assert bridge.qualified("qualified") is True and bridge.qualified("unqualified") is False


@pytest.mark.parametrize("ask", [
    lambda: bridge.bci(92, 85, 78, "canal"), lambda: bridge.bci(101, 85, 78, "girder"),
    lambda: bridge.element_score("deck", "girder", {"wheel": 5}), lambda: bridge.element_score("deck", "girder", {"joint": 101}),
    lambda: bridge.element_score("pier", "footbridge", {})])
def test_what_cannot_be_is_refused(ask):
    with pytest.raises(BadValue):
        ask()


@given(st.lists(scores, min_size=6, max_size=6), st.integers(0, 5), scores)
def test_a_greater_deduction_never_raises_a_score(deductions, which, other):
    worse = list(deductions)
    worse[which] = max(deductions[which], other)
    before, after = (dict(zip(DECK, d, strict=True)) for d in (deductions, worse))
    assert bridge.element_score("deck", "girder", after) <= bridge.element_score("deck", "girder", before) + 1e-9
    assert bridge.worst_element([after]) <= bridge.worst_element([before])


@given(scores, scores, scores, st.sampled_from(bridge.KINDS))
def test_the_bci_lies_between_its_parts_and_the_bsi_is_never_above_it(deck, span, pier, kind):
    found = bridge.bci(deck, span, pier, kind)
    assert min(deck, span, pier) - 1e-9 <= found <= max(deck, span, pier) + 1e-9
    assert bridge.bsi([deck, span, pier]) <= found + 1e-9
