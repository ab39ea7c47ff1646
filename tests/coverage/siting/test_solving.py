"""Choosing of matrices: against every possible choice, and against the same model written down another way."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.spatial.distance import cdist

from registry.coverage.siting import greedy, proof, solve
from registry.coverage.siting.cliques import cliques
from registry.coverage.siting.problem import Problem, matrix, reduced

SECONDS = 20


@st.composite
def problems(draw: Any, *, most_rows: int = 12, most_columns: int = 8) -> Problem:
    """Up to twelve pieces of demand and eight candidates, with any of the constraints."""
    rows, columns = draw(st.integers(1, most_rows)), draw(st.integers(1, most_columns))
    cells = np.array(draw(st.lists(st.booleans(), min_size=rows * columns, max_size=rows * columns))).reshape(rows, columns)
    weight = np.array(draw(st.lists(st.integers(0, 20), min_size=rows, max_size=rows)), dtype=float)
    cost = np.array(draw(st.lists(st.integers(1, 6), min_size=columns, max_size=columns)), dtype=float)
    pairs = draw(st.lists(st.tuples(st.integers(0, columns - 1), st.integers(0, columns - 1)).filter(lambda p: p[0] < p[1]),
                          max_size=5, unique=True)) if columns > 1 else []
    most = draw(st.none() | st.integers(1, 5))
    budget = draw(st.floats(1, 15)) if most is None else draw(st.none() | st.floats(1, 15))
    at = np.nonzero(cells)
    problem = Problem(matrix(*at, (rows, columns)), weight, cost, apart=np.array(pairs, dtype=np.int64).reshape(-1, 2), most=most,
                      budget=budget)
    first = draw(st.none() | st.integers(0, columns - 1))
    if first is None or (budget is not None and cost[first] > budget):
        return problem
    return Problem(problem.reach, weight, cost, np.array([first]), problem.apart, most, budget)


def every_choice(problem: Problem):
    """All choices that the constraints permit."""
    columns = range(len(problem.cost))
    return [c for n in range(len(columns) + 1) for c in itertools.combinations(columns, n) if problem.allowed(list(c))]


@settings(max_examples=150, deadline=None)
@given(problem=problems())
def test_the_proven_choice_is_the_best_of_all_choices_and_the_greedy_one_lies_between(problem):
    best = max(problem.value(list(c)) for c in every_choice(problem))
    found, first = solve.cover_most(problem, SECONDS), greedy.cover_most(problem)
    assert problem.allowed(found.chosen) and problem.allowed(first.chosen)
    assert problem.value(found.chosen) == pytest.approx(found.value)
    assert found.status == "optimal" and found.value == pytest.approx(best)
    assert first.value <= found.value + 1e-9, "never worse than greedy (T9)"
    assert found.value <= found.bound + 1e-9 and best <= first.bound + 1e-9, "a bound holds for every choice"
    assert solve.cover_most(problem, 0).value == pytest.approx(first.value)


@settings(max_examples=150, deadline=None)
@given(problem=problems())
def test_the_fewest_that_close_all_are_as_few_as_any_that_do(problem):
    problem = dataclasses.replace(problem, most=None, budget=None)
    small, _ = reduced(problem)
    costs = [problem.cost[list(c)].sum() for c in every_choice(problem) if small.closed(list(c))]
    found = solve.cover_all(problem, SECONDS)
    if not costs:
        assert found.status == "infeasible" and not small.closed(found.chosen)
        return
    assert small.closed(found.chosen) and problem.allowed(found.chosen)
    assert found.status == "optimal" and found.value == pytest.approx(min(costs))
    assert found.bound <= min(costs) + 1e-9
    assert greedy.least_cost(small) <= min(costs) + 1e-9, "the price of rows is a bound of its own"


@settings(max_examples=100, deadline=None)
@given(problem=problems())
def test_merging_rows_changes_no_value_and_drops_only_what_nobody_covers(problem):
    small, told = reduced(problem)
    assert told["rows_in"] == len(problem.weight) >= told["rows_out"] == len(small.weight)
    for choice in every_choice(problem):
        assert small.value(list(choice)) == pytest.approx(problem.value(list(choice)))
    assert (np.diff(small.reach.indptr) > 0).all()
    seen = [tuple(small.reach.indices[a:b]) for a, b in itertools.pairwise(small.reach.indptr)]
    assert len(set(seen)) == len(seen)


def scattered(rows: int, columns: int, radius_m: float, most: int | None, seed: int = 7) -> tuple[Problem, np.ndarray]:
    """Demand and candidates anywhere in 10 × 10 km, and the dense matrix of who covers whom."""
    rng = np.random.default_rng(seed)
    dense = cdist(rng.random((rows, 2)) * 10_000, rng.random((columns, 2)) * 10_000) <= radius_m
    return Problem(matrix(*np.nonzero(dense), dense.shape), rng.random(rows) * 5000, np.ones(columns), most=most), dense


def textbook(weight: np.ndarray, dense: np.ndarray, p: int) -> float:
    """The model of the textbooks: dense, every variable whole, exactly p sites, one row a demand, nothing merged."""
    rows, columns = dense.shape
    links = np.hstack([dense.astype(float), -np.eye(rows)])
    number = np.concatenate([np.ones(columns), np.zeros(rows)])
    found = milp(np.concatenate([np.zeros(columns), -weight]), integrality=np.ones(columns + rows), bounds=Bounds(0, 1),
                 constraints=[LinearConstraint(links, 0, np.inf), LinearConstraint(number[None, :], p, p)])
    assert found.status == 0
    return -found.fun


@pytest.mark.parametrize(("radius_m", "p"), [(700, 5), (1500, 5), (1500, 12)])
def test_500_demands_and_50_sites_are_solved_as_the_textbook_model_is(radius_m, p):
    """T8 of the design: an independent formulation finds the same optimum."""
    problem, dense = scattered(500, 50, radius_m, p)
    found = solve.cover_most(problem, SECONDS)
    assert found.status == "optimal"
    assert found.value == pytest.approx(textbook(problem.weight, dense, p), rel=1e-5)


def test_500_demands_and_50_sites_are_solved_as_trying_all_triples_does():
    problem, dense = scattered(500, 50, 1500, 3)
    best = max(problem.weight[dense[:, list(c)].any(axis=1)].sum() for c in itertools.combinations(range(50), 3))
    assert solve.cover_most(problem, SECONDS).value == pytest.approx(best)


def test_the_solver_is_not_believed_further_than_its_choice(monkeypatch):
    """A choice of the solver that breaks a constraint, or is worse than greedy, is not taken."""
    problem, _ = scattered(200, 30, 1200, 4)
    first = greedy.cover_most(problem)
    for lie in ([0], list(range(30)), None):
        monkeypatch.setattr(proof, "most", lambda small, seconds, lie=lie: proof.Proof(lie, None, False, 0.1))
        found = solve.cover_most(problem, SECONDS)
        assert found.value == pytest.approx(first.value) and found.by == "greedy"
        assert found.status == ("optimal" if first.bound - first.value <= 1e-6 * first.bound else "time_limit")


def test_an_answer_out_of_time_is_not_called_optimal(monkeypatch):
    problem, _ = scattered(400, 60, 1500, 12)
    first = greedy.cover_most(problem)
    assert first.value < first.bound * 0.999, "greedy alone proves nothing here"
    monkeypatch.setattr(proof, "most", lambda small, seconds: proof.Proof(None, first.bound * 0.999, False, seconds))
    found = solve.cover_most(problem, SECONDS)
    assert found.status == "time_limit" and found.gap > 0 and found.bound == pytest.approx(first.bound * 0.999)


def test_the_same_question_has_the_same_answer_and_digest():
    told = [(solve.cover_most(p, SECONDS).chosen, p.sha256) for p, _ in (scattered(300, 40, 1300, 6) for _ in range(2))]
    assert told[0] == told[1]
    assert scattered(300, 40, 1300, 7)[0].sha256 != told[0][1], "a digest that does not see a constraint says nothing"


def woven(chance: float) -> Problem:
    """Forty candidates, any two of them too close to each other by chance."""
    problem, _ = scattered(300, 40, 1500, 6)
    rng = np.random.default_rng(3)
    pairs = np.array([(i, j) for i in range(40) for j in range(i + 1, 40) if rng.random() < chance])
    return dataclasses.replace(problem, apart=pairs)


@pytest.mark.parametrize("chance", [0.1, 0.25, 0.7])
def test_a_tight_weave_of_spacings_is_solved_as_pairs_are(monkeypatch, chance):
    """Groups of which one at most may stand mean what pairs mean, in fewer rows."""
    problem = woven(chance)
    by_groups = solve.cover_most(problem, SECONDS)
    monkeypatch.setattr(proof, "cliques", lambda near, until: problem.apart.tolist())
    by_pairs = solve.cover_most(problem, SECONDS)
    assert by_pairs.status == by_groups.status == "optimal" and by_groups.value == pytest.approx(by_pairs.value)
    assert problem.allowed(by_groups.chosen)


@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_the_groups_hold_every_pair_and_nothing_else(problem):
    close = {tuple(sorted(p)) for p in problem.apart.tolist()}
    groups = cliques(problem.near, math.inf)
    assert {pair for g in groups for pair in itertools.combinations(sorted(g), 2)} == close
    assert cliques(problem.near, -math.inf) == []


def test_many_pairs_are_few_groups():
    problem = woven(0.7)
    assert len(cliques(problem.near, math.inf)) < len(problem.apart) / 4


@pytest.mark.parametrize("ask", [solve.cover_most, solve.cover_all])
def test_the_solver_gets_what_is_left_of_the_time_and_no_presolve_that_overruns_it(monkeypatch, ask):
    told = []
    def milp_told(*args, options, **more):
        told.append(options)
        return milp(*args, options=options, **more)
    monkeypatch.setattr(scipy.optimize, "milp", milp_told)
    problem, _ = scattered(400, 60, 1500, 12)
    found = ask(problem, 5)
    assert 0 < told[0]["time_limit"] < 5 and told[0]["presolve"] is False
    assert found.status in ("optimal", "time_limit") and found.gap >= 0


def test_when_the_time_is_up_before_the_solver_begins_the_greedy_answer_is_given_with_its_bound():
    problem, _ = scattered(400, 60, 1500, 12)
    problem = dataclasses.replace(problem, apart=np.array([(0, 1), (1, 2), (0, 2)]))
    found, first = solve.cover_most(problem, 1e-9), greedy.cover_most(problem)
    assert found.status in ("optimal", "time_limit") and found.value >= first.value and found.bound <= first.bound
    assert problem.allowed(found.chosen)
