"""How many replications a headline needs: all its lines at once, and what becomes of coverage when one stops at a width."""

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import precision as module
from simulation.estimates import Estimate, student
from simulation.precision import precisions, replications_needed


def test_the_examples_are_true() -> None:
    assert doctest.testmod(module).failed == 0 < doctest.testmod(module).attempted


def around(half: float, n: int) -> Estimate:
    return Estimate(5, 5 - half, 5 + half, n)


def test_half_the_width_takes_about_four_times_the_replications_in_whole_batches() -> None:
    """From 20: 20 * 4 * (t / t19)^2 = 80 * (1.99 / 2.093)^2 = 72, which is 80 in batches of ten."""
    assert replications_needed([around(2, 20)], [1], cap=500) == 80


def test_a_pilot_that_is_narrow_enough_is_enough() -> None:
    assert replications_needed([around(1, 20), around(0.2, 20)], [1, 0.3], cap=500) == 20


def test_the_widest_headline_interval_decides() -> None:
    one = replications_needed([around(2, 20), around(0.1, 20)], [1, 1], cap=500)
    assert one == replications_needed([around(0.1, 20), around(2, 20)], [1, 1], cap=500) > 20


def test_the_cap_ends_the_search() -> None:
    assert replications_needed([around(2, 20)], [1e-9], cap=75) == 75
    assert replications_needed([around(2, 75)], [1e-9], cap=75) == 75


def test_identical_asks_for_nothing_and_no_interval_for_one_batch_more() -> None:
    assert replications_needed([Estimate(0, 0, 0, 20, identical=True)], [1], cap=500) == 20
    assert replications_needed([Estimate(4, None, None, 20)], [1], cap=500) == 30


@given(st.floats(0.1, 50), st.integers(2, 40), st.floats(0.1, 1))
def test_more_is_asked_in_whole_batches_and_the_narrower_the_more(half: float, n: int, stricter: float) -> None:
    needed = replications_needed([around(half, n)], [1], cap=5000)
    assert needed == 5000 or (needed >= n and (needed - n) % 10 == 0)
    assert replications_needed([around(half, n)], [stricter], cap=5000) >= needed




def test_each_line_says_what_it_needs_and_the_last_drives_the_number() -> None:
    """At 1 - 0.05 / 3, t9 = 2.933: half the width takes 40 (30 would leave 1.0003), a quarter 160 * (2.43 / 2.933)^2 = 110."""
    lines = precisions([around(2, 10), around(4, 10), around(0.5, 10)], [1, 1, 1])
    assert [(line.reached, line.needed, line.drives) for line in lines] == [(False, 40, False), (False, 110, True), (True, 10, False)]
    assert replications_needed([around(2, 10), around(4, 10), around(0.5, 10)], [1, 1, 1], cap=500) == 110


def test_a_line_without_an_interval_has_no_projection_and_drives() -> None:
    lines = precisions([around(2, 10), Estimate(4, None, None, 10)], [1, 1])
    assert lines[1].document() == {"half_width": None, "wanted": 1, "reached": False, "needed": None, "drives": True}
    assert not lines[0].drives


def test_nothing_drives_what_has_arrived() -> None:
    assert not any(line.drives for line in precisions([around(1, 10), Estimate(0, 0, 0, 20, identical=True)], [1, 1]))


def test_ten_that_agree_do_not_end_the_search() -> None:
    """A difference that is 1 in 93 of 100 replications is 1 in ten of them in half of all pilots."""
    for n, batch, needed in ((10, 10, 20), (4, 10, 24), (10, 7, 24), (19, 3, 22)):
        (line,) = precisions([Estimate(1, 1, 1, n)], [0.5], batch)
        assert (line.reached, line.needed) == (False, needed)
    assert precisions([Estimate(1, 1, 1, 20)], [0.5])[0].reached


def test_a_width_out_of_reach_is_not_given_a_number() -> None:
    assert precisions([around(2, 10)], [1e-6])[0].needed is None


def test_lines_that_share_their_level_with_others_are_projected_at_that_level() -> None:
    """Of twenty intervals t falls faster than of one: 4.1 -> 3.1 against 2.26 -> 2.0, so that fewer replications are needed."""
    alone, shared = (precisions([around(4, 10)], [1], batch=1, among=k)[0].needed for k in (1, 20))
    for needed, level in ((alone, 0.95), (shared, 1 - 0.05 / 20)):
        spread = 4 * 10**0.5 / student(9, level)
        assert needed is not None
        assert spread * student(needed - 1, level) / needed**0.5 <= 1 < spread * student(needed - 2, level) / (needed - 1) ** 0.5
    assert shared is not None and alone is not None and shared < alone


def sequence(values: np.ndarray, targets: list[float], cap: int) -> tuple[int, bool]:
    """Replications at which the rule stops, and whether all intervals (truth: 0) hold there; `values` of shape (cap, lines)."""
    n, t = 10, 1 - 0.05 / len(targets)
    while True:
        mean, half = values[:n].mean(axis=0), student(n - 1, t) * values[:n].std(axis=0, ddof=1) / n**0.5
        found = [Estimate(m, m - h, m + h, n) for m, h in zip(mean.tolist(), half.tolist(), strict=True)]
        wanted = replications_needed(found, targets, cap)
        if wanted <= n:
            return n, bool((abs(mean) <= half).all())
        n = min(wanted, n + 10)


@pytest.mark.parametrize("targets", [[0.4, 0.5, 0.6, 0.8], [0.5]], ids=["four lines", "one line"])
def test_intervals_at_which_the_rule_stops_hold_jointly_nearly_as_often_as_they_say(targets: list[float]) -> None:
    """Correlated normal lines: at least 926 of 1,000 joint 95 % intervals hold, as of intervals with n fixed (99.8 % bound)."""
    rng = np.random.default_rng(4)
    values = 0.6 * rng.standard_normal((1000, 200, 1)) + 0.8 * rng.standard_normal((1000, 200, len(targets)))
    stopped = [sequence(v, targets, 200) for v in values]
    sizes = [n for n, _ in stopped]
    assert 10 < np.median(sizes) < 60 and max(sizes) < 200
    assert sum(held for _, held in stopped) >= 926
