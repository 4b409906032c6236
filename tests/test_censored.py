"""Quantiles of times that were cut off for some cases: value by Kaplan and Meier over all cases, interval by sectioning."""

import numpy as np
import pytest

from simulation.censored import NOT_REACHED, ONE, OPEN, SECTIONS, Ints, difference, estimate, quantile_of
from simulation.measures.survival import decode, encode

T1 = 12.706204736432095
"""Student's t, 97.5 %, one degree of freedom."""


def ended(*times: int) -> Ints:
    return encode(np.array(times, dtype=np.int64), np.ones(len(times), dtype=np.bool_))


def cut(*times: int) -> Ints:
    return encode(np.array(times, dtype=np.int64), np.zeros(len(times), dtype=np.bool_))


def test_a_cut_off_at_zero_survives_the_code() -> None:
    times, over = decode(np.concatenate([ended(0, 3), cut(0, 5)]))
    assert times.tolist() == [0, 3, 0, 5]
    assert over.tolist() == [True, True, False, False]


@pytest.mark.parametrize(("kind", "q"), [("km_quantile(0.5)", 0.5), ("km_quantile(0.9)", 0.9), ("mean", None), ("quantile(0.9)", None)])
def test_only_kinds_with_censoring_name_a_censored_quantile(kind: str, q: float | None) -> None:
    assert quantile_of(kind) == q


def test_cut_off_cases_move_the_median_up_and_are_not_dropped() -> None:
    """Ended 1 2 3 4, cut off at 1 twice. S(1) = 5/6, S(2) = 5/6 x 2/3 = 5/9, S(3) = 5/18: median 3, of the ended alone 2."""
    assert estimate({0: np.concatenate([ended(1, 2, 3, 4), cut(1, 1)])}, 0.5, [0]).value == 3
    assert estimate({0: ended(1, 2, 3, 4)}, 0.5, [0]).value == 2


def test_the_interval_is_students_over_replications() -> None:
    """Sections 2 and 4, pooled median 2: mean square about it (0 + 4) / 2, over n - 1 = 1: half width t x sqrt 2."""
    found = estimate({0: ended(2, 2, 2), 1: ended(4, 4, 4)}, 0.5, [0, 1])
    assert (found.value, found.n, found.note) == (2, 2, SECTIONS)
    assert found.low == pytest.approx(2 - T1 * 2**0.5)
    assert found.high == pytest.approx(2 + T1 * 2**0.5)


def test_more_cases_in_the_same_replications_do_not_narrow_the_interval() -> None:
    few = estimate({0: ended(2), 1: ended(4)}, 0.5, [0, 1])
    many = estimate({0: ended(*[2] * 500), 1: ended(*[4] * 500)}, 0.5, [0, 1])
    assert (few.low, few.high) == (many.low, many.high)


def test_a_curve_that_ends_before_the_quantile_says_not_reached() -> None:
    found = estimate({0: np.concatenate([ended(1), cut(2, 2)])}, 0.9, [0])
    assert (found.value, found.low, found.high, found.note) == (None, None, None, NOT_REACHED)


def test_no_case_at_all_says_not_reached() -> None:
    assert estimate({}, 0.5, [0, 1]).note == NOT_REACHED


def test_one_replication_whose_curve_ends_early_leaves_the_interval_open() -> None:
    """Together S(1) = 5/7, S(2) = 10/21: median 2; alone the second stays at 2/3 for ever."""
    found = estimate({0: ended(1, 2, 3, 4), 1: np.concatenate([ended(1), cut(1, 1)])}, 0.5, [0, 1])
    assert found.value == 2
    assert (found.low, found.high, found.note) == (None, None, OPEN)


def test_a_replication_without_cases_leaves_the_interval_open() -> None:
    assert estimate({0: ended(1, 2)}, 0.5, [0, 1]).note == OPEN


def test_a_single_replication_is_not_said_to_lack_the_quantile() -> None:
    assert estimate({0: ended(1, 2, 3)}, 0.5, [0]).note == ONE


def test_a_difference_is_paired_by_replication() -> None:
    """Pairs 5 - 2 and 9 - 6 are 3 each, as is the pooled 5 - 2: no width, whatever the spread between replications."""
    found = difference({0: ended(5, 5), 1: ended(9)}, {0: ended(2, 2), 1: ended(6)}, 0.5, [0, 1])
    assert (found.value, found.low, found.high, found.identical) == (3, 3, 3, False)


def test_equal_differences_that_miss_the_pooled_one_have_a_width() -> None:
    """Pooled 5 - 4 = 1 over halves 5 - 2 = 3 and 7 - 4 = 3: mean square 4, half width t x 2."""
    found = difference({0: ended(5, 5), 1: ended(7)}, {0: ended(2), 1: ended(4, 4)}, 0.5, [0, 1])
    assert found.value == 1
    assert found.high == pytest.approx(1 + T1 * 2)


def test_a_scenario_against_itself_is_identical() -> None:
    same = {0: ended(1, 2, 3), 1: ended(2, 3, 4)}
    assert difference(same, same, 0.5, [0, 1]).identical


def test_a_higher_level_is_a_wider_interval() -> None:
    values = {0: ended(2), 1: ended(4), 2: ended(3)}
    wide, narrow = (estimate(values, 0.5, [0, 1, 2], level) for level in (0.99, 0.95))
    assert wide.low is not None and narrow.low is not None and wide.low < narrow.low
