"""Columns of the master: every staffing of a section once, and the same least cost as the program of cuts."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from optimization.cover import Cover
from optimization.master import Limits, Master
from optimization.staffing_columns import floors, listed, undominated
from optimization.staffing_moves import neighbours
from optimization.trials import Trial, cost

SHIFTS = np.array([[True, True, False], [False, False, True], [True, True, True]])


def case(rng: np.random.Generator, keep: bool, budget: float | None) -> Master:
    """Three groups, two of one employer who may be trained for each other; three shifts; two kinds of windows, each a section."""
    instance = Cover(
        sizes=rng.integers(1, 4, 3), names=("a", "b", "c"), body=(("x", "p"), ("x", "p"), ("y", "p")), covers=SHIFTS,
        paid=np.array([7.0, 1.0, 8.0]), windows=rng.integers(1, 3, 2), window_names=("v", "w"),
        serves={(0, 0): frozenset({0}), (1, 1): frozenset({1}), (2, 1): frozenset({1})}, required=np.zeros((2, 3), dtype=np.int64),
        hours=np.ones(3), today=rng.integers(0, 2, (3, 3, 2)), missing=20, training=2.0, change=0.1,
    )  # fmt: skip
    present = np.array([[True, False, keep], [True, True, False]])
    return Master(instance, Limits(np.array([0, 1]), present, np.array([True, True]), budget), ["hall", "queue"], np.array([10.0, 20.0]))


def trials_of(rng: np.random.Generator, master: Master, count: int) -> list[Trial]:
    """Random people, and an excess that more people on duty make smaller, in each section alone: 100 tickets each."""
    found = []
    for _ in range(count):
        people = rng.integers(0, 2, master.instance.today.shape)
        for g, w in product(range(3), range(2)):
            people[g, :, w] *= (g, w) in master.instance.serves
        there = np.array([np.einsum("gst->", master.duty(people)[:, w : w + 1]) for w in (0, 1)])
        wait = 35.0 / (1 + there)
        excess = np.array([(wait - 10.0) * 100, [0.0, (wait[1] - 20.0) * 100]])
        still = np.zeros((3, 3), dtype=np.int64)
        n = np.array([[100.0, 100.0], [0.0, 100.0]])
        found.append(Trial(people, still, excess, np.zeros(2), n, cost(master.instance, people, still), True))
    return found


@pytest.mark.parametrize("batch", range(6))
def test_columns_and_cuts_have_the_same_least_cost(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty random cases a batch; with people moved, budgets that bind, short days, staffings forbidden, and cases without a solution."""
    rng, solved = np.random.default_rng(batch), 0
    for k in range(20):
        master = case(rng, bool(k % 2), None if k % 3 else float(rng.integers(14, 30)))
        if k % 5 < 3:  # people whose day becomes shorter are paid the day, over all sections of a group
            master.instance = replace(master.instance, shorter=((6.0, frozenset({1})),))
        known, margin = trials_of(rng, master, 8), np.zeros(2)
        if k % 4 == 0:
            master.forbidden.append(known[0].people)
        with monkeypatch.context() as plain:
            plain.setattr(Master, "columns", ())
            cuts, first = master.cheapest(known, margin)
        one, second = master.cheapest(known, margin)
        assert (one is None) == (cuts is None)
        if one is not None:
            assert master.broken(*one, second.objective) == []
            assert second.objective == pytest.approx(first.objective, abs=1e-5)
            solved += bool(master.columns)
    assert solved >= 5


def test_every_staffing_of_a_section_is_listed_once() -> None:
    """Two windows, one group; day 0-2 and evening 2-3 side by side, or all day in place of both; somebody in the first hour."""
    rng = np.random.default_rng(1)
    master = case(rng, False, None)
    master.instance.windows[0] = 2
    found = listed(master.instance, master.covers, [(0, 0)], [2], [(frozenset({0}), np.array([1, 0, 0])[: len(master.periods)])])
    assert found is not None
    by_hand = {
        (day, evening, whole) for day, evening, whole in product(range(3), repeat=3)
        if day + whole <= 2 and evening + whole <= 2 and day + whole >= 1
    }  # fmt: skip
    assert {tuple(row[0]) for row in found.people.tolist()} == by_hand
    assert len(found.people) == len(by_hand)
    assert found.paid.tolist() == [7 * d + e + 8 * w for d, e, w in (row[0] for row in found.people.tolist())]


def test_a_floor_is_the_largest_excess_of_trials_that_have_nowhere_fewer_people() -> None:
    master = case(np.random.default_rng(2), False, None)
    found = listed(master.instance, master.covers, [(0, 0)], [1], [])
    assert found is not None
    two = np.zeros_like(found.duty[0]) + 1
    some = floors(found, [(two, np.array([5.0, -3.0]))], np.array([-9.0, -9.0]))
    assert all(row.tolist() == [5.0, -3.0] for row in some)
    none = floors(found, [(two * 0, np.array([5.0, -3.0]))], np.array([-9.0, -9.0]))
    empty = found.duty.sum(axis=(1, 2)) == 0
    assert (none[empty] == [5.0, -3.0]).all() and (none[~empty] == -9.0).all()
    kept = undominated(found, none)
    assert {int(n) for n in kept} >= {int(np.flatnonzero(empty)[0])}
    assert len(kept) == 2  # nobody, and the cheapest of those of whom nothing is known


def test_neighbours_differ_from_the_best_by_one_seat_in_each_section_and_can_be_had() -> None:
    master = case(np.random.default_rng(3), False, None)
    staffing, _ = master.cheapest([], np.zeros(2))
    assert staffing is not None
    beside = neighbours(master, *staffing, [])
    assert beside
    for people, moved in beside:
        assert master.broken(people, moved) == []
        for c in range(master.sections):
            apart = [people[g, :, w] - staffing[0][g, :, w] for g, w in master.seats_of(c)]
            assert sum(int(np.maximum(d, 0).sum()) for d in apart) <= 1 and sum(int(np.maximum(-d, 0).sum()) for d in apart) <= 1
    assert len({people.tobytes() for people, _ in beside}) == len(beside)
