"""The order of checks that may deny: closed forms, and every order and every way to put them side by side of small ones."""

from dataclasses import replace
from functools import cache
from itertools import permutations
from math import prod
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from optimization import flow_order
from optimization.flow_order import FEW, Arrangement, Checks, _by_solver, arrange, clash, cost, in_a_row, side_by_side, worth
from optimization.solvers import Answer, SolverFailed

MANY = {1: 20, 2: 100, 3: 200, 4: 300, 5: 360, 6: 20}
"""Random instances by number of checks: a thousand in all."""


@cache
def partial_orders(n: int) -> NDArray[np.bool_]:
    """Return all partial orders of n labelled checks (orders, n, n), [j, i] whether i is before j: each from one of n - 1, once."""
    if n == 0:
        return np.zeros((1, 0, 0), dtype=bool)
    found = []
    for old in partial_orders(n - 1):
        for below in range(1 << (n - 1)):
            down = [i for i in range(n - 1) if below >> i & 1]
            if not all(below >> k & 1 for i in down for k in np.flatnonzero(old[i])):
                continue
            for above in range(1 << (n - 1)):
                up = [j for j in range(n - 1) if above >> j & 1]
                if above & below or not all(above >> k & 1 for j in up for k in np.flatnonzero(old[:, j])):
                    continue
                if all(old[j, i] for j in up for i in down):
                    new = np.zeros((n, n), dtype=bool)
                    new[:-1, :-1] = old
                    new[-1, down], new[up, -1] = True, True
                    found.append(new)
    return np.array(found)


def test_there_are_as_many_partial_orders_as_the_encyclopedia_of_sequences_counts() -> None:
    """OEIS A001035."""
    assert [len(partial_orders(n)) for n in range(6)] == [1, 1, 3, 19, 219, 4231]


def least(checks: Checks) -> float:
    """Return the least cost over all partial orders that keep the precedences, worked out for all of them at once."""
    orders = partial_orders(len(checks.names))
    for i, j in checks.before:
        orders = orders[orders[:, j, i]]
    granted = np.where(orders, 1 - np.array(checks.denial), 1.0).prod(axis=2)
    ends = np.zeros((len(orders), len(checks.names)))
    for _ in checks.names:
        ends = np.where(orders, ends[:, None, :], 0.0).max(axis=2, initial=0.0) + np.array(checks.length)
    return float((granted @ np.array(checks.effort) + checks.minute * ends.max(axis=1)).min())


def drawn(rng: np.random.Generator, n: int) -> Checks:
    """Return a random instance; some checks never deny, cost nothing or take no time, some have an order."""
    row = rng.permutation(n)
    before = {(int(row[a]), int(row[b])) for a in range(n) for b in range(a + 1, n) if rng.random() < 0.2}
    return Checks(
        tuple(map(str, range(n))),
        tuple(float(v) for v in np.where(rng.random(n) < 0.15, 0, rng.integers(1, 60, n))),
        tuple(int(v) for v in np.where(rng.random(n) < 0.1, 0, rng.choice([30, 60, 200, 777, 1500], n))),
        tuple(float(v) for v in np.where(rng.random(n) < 0.25, 0, np.round(rng.random(n) * 0.7, 3))),
        frozenset(before),
        float(rng.choice([0.0, 0.002, 0.01, 0.05, 0.2])),
    )


def kept(checks: Checks, found: Arrangement) -> bool:
    return all(i in found.after[j] for i, j in checks.before) and all(j not in found.after[j] for j in range(len(checks.names)))


@pytest.mark.parametrize("n", MANY)
def test_no_order_and_no_way_side_by_side_costs_less(n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(MANY[n]):
        checks = drawn(rng, n)
        found = arrange(checks)
        assert kept(checks, found)
        assert found.value == pytest.approx(cost(checks, found.after))
        assert found.value == pytest.approx(least(checks), abs=1e-9), checks


def test_the_solver_proves_what_enumeration_finds_and_bounds_nothing_away() -> None:
    rng = np.random.default_rng(77)
    for _ in range(40):
        checks = drawn(rng, int(rng.integers(2, 6)))
        found, best = _by_solver(checks, 1, 60.0), least(checks)
        assert kept(checks, found)
        assert found.bound <= best + 1e-9 * max(1.0, best), checks
        assert found.value == pytest.approx(best, abs=1e-5 * max(1.0, best)), checks
        assert found.value - found.bound <= 1e-5 * max(1.0, best), checks


def test_many_checks_go_to_the_solver_and_are_proved() -> None:
    checks = drawn(np.random.default_rng(5), FEW + 2)
    found = arrange(checks)
    assert "dynamic" not in found.backend
    assert found.value - found.bound <= 1e-5 * max(1.0, found.value)
    assert kept(checks, found)


def test_without_precedence_the_row_goes_by_denial_over_work() -> None:
    """Van der Aalst 2001: the least expected work asks first who most likely denies for the time he takes."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        n = int(rng.integers(2, 10))
        effort, denial = rng.integers(1, 60, n), rng.random(n) * 0.6
        checks = Checks(tuple(map(str, range(n))), tuple(map(float, effort)), (1,) * n, tuple(map(float, denial)), frozenset(), 0.0)
        row = sorted(range(n), key=lambda j: -denial[j] / effort[j])
        by_rule = sum(effort[j] * prod(1 - denial[i] for i in row[:k]) for k, j in enumerate(row))
        assert worth(checks, in_a_row(checks))[0] == pytest.approx(by_rule)


def test_the_row_is_the_best_of_all_permutations_that_keep_the_precedences() -> None:
    rng = np.random.default_rng(9)
    for _ in range(60):
        checks = drawn(rng, 5)
        rows = [p for p in permutations(range(5)) if all(p.index(i) < p.index(j) for i, j in checks.before)]
        works = [sum(checks.effort[j] * prod(1 - checks.denial[i] for i in p[:k]) for k, j in enumerate(p)) for p in rows]
        assert worth(checks, in_a_row(checks))[0] == pytest.approx(min(works))


def test_two_checks_run_side_by_side_until_the_work_saved_is_worth_the_time() -> None:
    """By hand: a (10 minutes, 1 hour long, denies half) and b (30 minutes, 1 hour long).

    Side by side 40 minutes and 1 hour; a first 10 + 30 / 2 = 25 minutes and 2 hours. They cost the same at 15 minutes an hour.
    """
    for hour, together in ((14.9, False), (15.1, True)):
        checks = Checks(("a", "b"), (10.0, 30.0), (60, 60), (0.5, 0.0), frozenset(), hour / 60)
        assert (arrange(checks).after == (frozenset(), frozenset())) is together
    assert worth(checks, side_by_side(checks)) == (40.0, 60)
    assert worth(checks, in_a_row(checks)) == (25.0, 120)


def test_a_cycle_of_precedences_is_told_without_a_superfluous_one() -> None:
    names = ("a", "b", "c", "d")
    row = Checks(names, (1.0,) * 4, (1,) * 4, (0.1,) * 4, frozenset({(0, 1), (1, 2), (2, 3)}), 1.0)
    assert clash(row) == ()
    ring = Checks(names, (1.0,) * 4, (1,) * 4, (0.1,) * 4, row.before | {(2, 0), (3, 0)}, 1.0)
    assert set(clash(ring)) == {(0, 1), (1, 2), (2, 0)}


@pytest.mark.parametrize("when", ["with an order", "before there was any"])
def test_ctrl_c_ends_the_cutting_with_the_best_order_so_far(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checks, asked = drawn(np.random.default_rng(3), 6), []
    best, minimise = least(checks), flow_order.minimise

    def stopped(*told: Any) -> Answer:
        asked.append(1)
        if when == "before there was any":
            raise SolverFailed("CP-SAT was interrupted without a solution; give it more time")
        return replace(minimise(*told), bound=None, stopped="interrupted")

    monkeypatch.setattr(flow_order, "minimise", stopped)
    found = _by_solver(checks, 1, 60.0)
    assert (found.stopped, len(asked)) == (True, 1)
    assert kept(checks, found) and found.value == pytest.approx(cost(checks, found.after))
    assert 0.0 == found.bound < best <= found.value + 1e-9
