"""Minimum shift design against enumeration, hidden designs and the published optima of the first set."""

from dataclasses import replace
from itertools import product
from time import process_time

import numpy as np
import pytest
from benchmarks.shift_design import OPTIMA, hidden, instance_file, read_dzn

from optimization.shift_design import ShiftDesign, breaches, cost, design
from simulation.errors import InputRefused


def enumerated(problem: ShiftDesign, most: int) -> int:
    """The least cost over all numbers of people up to `most` in each shift on each day."""
    shapes = problem.shapes()
    tables = product(range(most + 1), repeat=len(shapes) * problem.days)
    return min(cost(problem, shapes, np.array(t).reshape(len(shapes), problem.days)) for t in tables)


@pytest.mark.parametrize("batch", range(4))
def test_the_design_is_the_best_of_all_tables_of_people(batch: int) -> None:
    """Two days of three intervals that wrap around, three shifts, up to two people in each: 729 tables, fifteen instances a batch."""
    rng = np.random.default_rng(batch)
    for _ in range(15):
        kinds = [(((0, 0), (2, 2)), ((2, 2), (1, 2))), (((0, 2),), ((2, 2),)), (((0, 1), (1, 1)), ((1, 1), (3, 3)))]
        starts, lengths = kinds[rng.integers(3)]
        under, over, shift = (int(rng.choice(some)) for some in ((1, 2, 3), (1, 2), (10, 30, 45)))
        problem = ShiftDesign(rng.integers(0, 3, 6), 2, 30, starts, lengths, under, over, shift)
        found = design(problem)
        assert found.status == "proved"
        assert found.objective == enumerated(problem, 2)
        assert found.bound == pytest.approx(found.objective)


@pytest.mark.parametrize("seed", range(12))
def test_a_hidden_design_is_no_cheaper_than_the_one_found(seed: int) -> None:
    """Levels made of three shifts can be met by three; who finds more has not looked."""
    problem = hidden(np.random.default_rng(seed), shifts=3)
    found = design(problem)
    assert found.status == "proved"
    assert found.objective <= 3 * problem.shift


def test_noise_makes_deviation_cheaper_than_shifts() -> None:
    """One interval with one person too many for the only shift: 30 minutes of him cost less than a second shift would."""
    problem = ShiftDesign(np.array([1, 1, 2, 0]), 1, 30, ((0, 3),), ((1, 3),), shift=60)
    found = design(problem)
    assert (found.shifts, found.objective) == (((0, 3),), 90.0)


def test_the_checker_sees_a_wrong_cost_and_a_shift_that_nobody_allows() -> None:
    problem = hidden(np.random.default_rng(1))
    found = design(problem)
    assert breaches(problem, found) == []
    assert "costs" in breaches(problem, replace(found, objective=found.objective + 30))[0]
    strange = replace(found, shifts=((0, 6), *found.shifts[1:]))
    assert any("allows" in words for words in breaches(problem, strange))
    assert any("above" in words for words in breaches(problem, replace(found, bound=found.objective + 1)))


def test_levels_that_do_not_fit_the_days_are_refused() -> None:
    with pytest.raises(InputRefused, match="for each interval of the days"):
        ShiftDesign(np.ones(7, dtype=np.int64), 2, 30, ((0, 1),), ((1, 1),))
    with pytest.raises(InputRefused, match="allow a shift"):
        ShiftDesign(np.ones(4, dtype=np.int64), 2, 30, ((1, 0),), ((1, 1),))


def test_the_published_optima_of_the_first_set_are_proved() -> None:
    if not instance_file(1).exists():
        pytest.skip("the first set of minimum shift design is not here (ONEWINDOW_DATA)")
    began = process_time()
    found = {n: design(read_dzn(instance_file(n).read_text(encoding="utf-8"))) for n in OPTIMA}
    assert {n: one.objective for n, one in found.items()} == OPTIMA
    assert {one.status for one in found.values()} == {"proved"}
    assert process_time() - began < 60


@pytest.mark.parametrize("name", ["minutes", "under", "over", "shift"])
@pytest.mark.parametrize("value", [0, -1])
def test_minutes_and_prices_below_1_are_refused_by_name(name: str, value: int) -> None:
    """A missing minute for nothing would make no shift at all the cheapest, which the program, made for prices of 1 or more, denies."""
    problem = ShiftDesign(np.array([1, 1, 2, 0]), 1, 30, ((0, 3),), ((1, 3),))
    with pytest.raises(InputRefused, match=rf"{name}\s+found +{value}\s+rule +minutes and prices are 1 or more"):
        replace(problem, **{name: value})
