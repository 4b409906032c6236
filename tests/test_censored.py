"""Quantiles of times that were cut off for some cases: value by Kaplan and Meier over all cases, interval inverted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.censored import INVERTED, NOT_REACHED, ONE, OPEN, Ints, difference, estimate, quantile_of
from simulation.estimates import APART, NO_CASE
from simulation.estimates import estimate as whole
from simulation.measures.survival import Tally, encode, km_quantile, split


def ended(*times: int) -> Ints:
    return encode(np.array(times, dtype=np.int64), np.ones(len(times), dtype=np.bool_))


def cut(*times: int) -> Ints:
    return encode(np.array(times, dtype=np.int64), np.zeros(len(times), dtype=np.bool_))


def test_a_cut_off_at_zero_survives_the_code() -> None:
    over, going = split(np.concatenate([ended(0, 3, 3), cut(0, 5)]))
    assert (over.values.tolist(), over.counts.tolist()) == ([0, 3], [1, 2])
    assert (going.values.tolist(), going.counts.tolist()) == ([0, 5], [1, 1])


@pytest.mark.parametrize(("kind", "q"), [("km_quantile(0.5)", 0.5), ("km_quantile(0.9)", 0.9), ("mean", None), ("quantile(0.9)", None)])
def test_only_kinds_with_censoring_name_a_censored_quantile(kind: str, q: float | None) -> None:
    assert quantile_of(kind) == q


def test_cut_off_cases_move_the_median_up_and_are_not_dropped() -> None:
    """Ended 1 2 3 4, cut off at 1 twice. S(1) = 5/6, S(2) = 5/6 x 2/3 = 5/9, S(3) = 5/18: median 3, of the ended alone 2."""
    assert estimate({0: np.concatenate([ended(1, 2, 3, 4), cut(1, 1)])}, 0.5, [0]).value == 3
    assert estimate({0: ended(1, 2, 3, 4)}, 0.5, [0]).value == 2


def test_the_interval_inverts_that_of_the_share_ended_by_each_day() -> None:
    """Replications end 40, 50, 60 of 100 cases by day 1 and all by day 2: share by day 1 .5, left-out .55, .5, .45, jackknife error
    sqrt(2 / 3 x .005) = .0577, times t(2) = 4.303: .252 .. .748. It may reach .3 on day 1 and may fall short of it there: 1 .. 2.
    It cannot fall short of .2 there, so that quantile is day 1 for certain.
    """
    values = {r: ended(*[1] * ones, *[2] * (100 - ones)) for r, ones in enumerate((40, 50, 60))}
    wide, sure = estimate(values, 0.3, [0, 1, 2]), estimate(values, 0.2, [0, 1, 2])
    assert (wide.value, wide.low, wide.high, wide.note) == (1, 1, 2, INVERTED)
    assert (sure.value, sure.low, sure.high) == (1, 1, 1)


def test_without_cut_off_cases_the_interval_is_that_of_the_plain_quantile() -> None:
    rng = np.random.default_rng(7)
    days = {r: ended(*rng.poisson(3 + rng.normal(), 60)) for r in range(8)}
    rows = pd.DataFrame({"replication": list(days), "values": list(days.values())})
    plain, km = whole(rows, "quantile(0.9)"), estimate(days, 0.9, list(days))
    assert (plain.value, plain.low, plain.high) == (km.value, km.low, km.high)
    assert plain.low is not None and plain.high is not None and plain.low < plain.high


def test_the_interval_covers_the_quantile_of_days_that_tie_in_every_section() -> None:
    """Lives geometric with a chance that varies between replications, a fifth cut off: the median of the law is 2 in 95 % of samples
    of ten replications, where sectioning claimed no width at all in most of them (300 trials, at least 90 % must cover).
    """
    rng = np.random.default_rng(11)
    chances = np.clip(rng.normal(0.3, 0.06, 200_000), 0.05, 0.9)
    truth = km_quantile(ended(*rng.geometric(chances)), 0.5)
    covered = 0
    for _ in range(300):
        values = {}
        for r in range(10):
            times, until = rng.geometric(np.clip(rng.normal(0.3, 0.06), 0.05, 0.9), 40), rng.geometric(0.06, 40)
            values[r] = encode(np.minimum(times, until), times <= until)
        found = estimate(values, 0.5, range(10))
        assert found.low is not None and found.high is not None
        covered += found.low <= truth <= found.high
    assert covered >= 270


def test_a_curve_that_ends_before_the_quantile_says_not_reached() -> None:
    found = estimate({0: np.concatenate([ended(1), cut(2, 2)])}, 0.9, [0])
    assert (found.value, found.low, found.high, found.note) == (None, None, None, NOT_REACHED)


def test_no_case_at_all_says_so() -> None:
    assert estimate({}, 0.5, [0, 1]).note == NO_CASE


def test_a_curve_that_ends_early_leaves_the_upper_side_open() -> None:
    """Together S(1) = 5/7, S(2) = 10/21: median 2, but it may well lie beyond the last day at which anybody ended."""
    found = estimate({0: ended(1, 2, 3, 4), 1: np.concatenate([ended(1), cut(1, 1)])}, 0.5, [0, 1])
    assert found.value == 2
    assert (found.high, found.note) == (None, OPEN)


def test_cases_in_one_replication_only_leave_no_interval() -> None:
    assert estimate({0: ended(1, 2)}, 0.5, [0, 1]).note == ONE
    assert estimate({0: ended(1, 2, 3)}, 0.5, [0]).note == ONE


def test_a_difference_takes_both_intervals() -> None:
    a = {r: ended(*[3] * 30, *[4] * (10 + r)) for r in range(4)}
    b = {r: ended(*[1] * 30, *[2] * (10 + r)) for r in range(4)}
    found = difference(a, b, 0.5, range(4))
    one, two = (estimate(x, 0.5, range(4), 0.975) for x in (a, b))
    assert (one.low, one.high, two.low, two.high) == (3, 3, 1, 1)
    assert (found.value, found.low, found.high, found.identical, found.note) == (2, 2, 2, False, APART)


def test_a_scenario_against_itself_is_identical() -> None:
    same = {0: ended(1, 2, 3), 1: ended(2, 3, 4)}
    assert difference(same, same, 0.5, [0, 1]).identical


def test_a_higher_level_is_no_narrower_interval() -> None:
    values = {r: ended(*[k for k in range(1, 40) if (k + r) % 3]) for r in range(5)}
    wide, narrow = (estimate(values, 0.5, range(5), level) for level in (0.995, 0.95))
    assert wide.low is not None and narrow.low is not None and wide.low <= narrow.low
    assert wide.high is not None and narrow.high is not None and narrow.high <= wide.high
    assert (wide.low, wide.high) != (narrow.low, narrow.high)


@given(st.lists(st.lists(st.integers(-3, 4), max_size=12), min_size=1, max_size=4), st.sampled_from([0.05, 0.5, 0.9, 0.999]))
def test_a_tally_says_what_its_numbers_say(lists: list[list[int]], q: float) -> None:
    """Against sorting and counting them one by one."""
    tallies, numbers = [Tally.of(np.array(some, dtype=np.int64)) for some in lists], sorted(x for some in lists for x in some)
    whole = Tally.together(tallies)
    assert np.repeat(*whole).tolist() == numbers and whole.same(Tally.of(np.array(numbers[::-1], dtype=np.int64)))
    assert whole.upto(np.arange(-4, 6)).tolist() == [sum(x <= limit for x in numbers) for limit in range(-4, 6)]
    if numbers:
        assert whole.quantile(q) == next(x for x in numbers if sum(y <= x for y in numbers) >= q * len(numbers) - 1e-9)


def test_a_tally_takes_half_the_room_where_its_numbers_allow_and_never_loses_any() -> None:
    small, large = (Tally.of(np.array([top, 0, top])) for top in ((1 << 31) - 1, 1 << 31))
    assert (small.values.itemsize, large.values.itemsize) == (4, 8)
    assert (small.values.tolist(), large.values.tolist()) == ([0, (1 << 31) - 1], [0, 1 << 31])
