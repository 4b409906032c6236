"""Certificates of promised limits on known laws: how often what is certified holds, and how often the exact limit is found."""

from collections.abc import Callable
from math import ceil

import numpy as np
import pytest
from known_promises import DRAWN, LAWS, LEAST, Floats, beyond, counts_of, found_exactly, held
from scipy.stats import skew
from scipy.stats import t as student_t

from optimization.certificates import bounds, certify, effective, loosest, needed, reaching, unseen, whatever
from optimization.kept import Counts
from optimization.limits_elsewhere import ROOM


@pytest.mark.parametrize("name", LAWS)
def test_a_certified_limit_holds_as_often_as_it_says(name: str) -> None:
    """The hardest laws are those where one limit misses the share by little; an answer "none" promises nothing and holds."""
    holds, promised = held(name)
    assert holds >= LEAST
    assert promised >= (0 if "few" in name else LEAST)


def test_the_exact_limit_is_found_in_nine_of_ten_where_three_standard_errors_tell_the_days_apart() -> None:
    """Four laws, 1,000 repetitions each. No test at one-sided 95 % finds it more often than Phi(3 - 1.645) = 91 % of the time there, so
    that the mark leaves one point: a single law passes where it is missed by no more than two standard errors of the repetitions.
    """
    exact = found_exactly()
    assert sum(exact) >= 3600
    assert min(exact) >= 900 - 2 * 9.5


def test_the_bounds_of_a_hand_count() -> None:
    """Two replications of ten cases, all kept: Clopper and Pearson's bound with n = 20, degrees of freedom included.

    Size 20 x (t_19 / t_1)^2 at one-sided 95 %: (1.729 / 6.314)^2 x 20 = 1.5; the bound is 0.05^(1 / 1.5) = 0.1357.
    """
    counts = counts_of(np.zeros((2, 1), dtype=np.int64), 10)
    assert bounds(counts, 0.05).low[0] == pytest.approx(0.05 ** (1 / 1.5), rel=2e-3)
    assert bounds(counts, 0.05).high[0] == 1


def test_cases_of_a_replication_that_fail_together_widen_the_bound() -> None:
    """The same 80 late of 3,200: one in each of 80 replications but for two, and all in two of them."""
    even, two = np.full((80, 1), 1), np.zeros((80, 1), dtype=np.int64)
    even[:2] = [[0], [2]]
    two[:2] = 40
    apart, together = (bounds(counts_of(late, 40), 0.05) for late in (even, two))
    assert apart.share[0] == together.share[0] == 0.975
    assert together.low[0] < 0.93 < 0.96 < apart.low[0]


def test_no_bound_is_above_what_the_replications_would_show_without_a_late_case() -> None:
    """Nothing late: 59 replications show 95 in 100 whatever their cases, 58 do not; 29 and 299 for 90 and 99 (0.05^(1/R))."""
    for target, least in ((0.9, 29), (0.95, 59), (0.99, 299)):
        assert needed(target, 0.05) == least
        for replications in (least - 1, least):
            low = bounds(counts_of(np.zeros((replications, 1), dtype=np.int64), 1000), 0.05).low[0]
            assert low == pytest.approx(0.05 ** (1 / replications))
            assert (low >= target) == (replications == least)
        assert unseen(least, 0.05) <= 1 - target < unseen(least - 1, 0.05)


def test_a_replication_weighs_by_its_cases() -> None:
    """One of 1,000 cases and 39 of one: 1,039^2 / (1,000^2 + 39) = 1.08 replications in effect, which show nothing."""
    due = np.ones((40, 1), dtype=np.int64)
    due[0] = 1000
    assert effective(Counts(due, due))[0] == pytest.approx(1.0795, abs=1e-4)
    assert bounds(Counts(due, due), 0.05).low[0] < 0.07


def rare(share: float, there: float, elsewhere: float) -> Callable[[np.random.Generator, int], Floats]:
    """Chance of a case to be late in each replication: `there` in a share of them."""
    return lambda rng, n: np.where(rng.random(n) < share, there, elsewhere)


def frail(mean: float, sigma: float) -> Callable[[np.random.Generator, int], Floats]:
    """The same with a lognormal factor common to the cases of a replication."""
    return lambda rng, n: np.minimum(1.0, mean * np.exp(sigma * rng.normal(size=n) - sigma**2 / 2))


HARD = {
    "bad ones rare, too few replications": (rare(0.02, 0.4, 0.0022), 0.99, 298, 200, 0, 0),
    "bad ones rare": (rare(0.02, 0.4, 0.0022), 0.99, 300, 200, 0, 50),
    "bad ones wholly late": (rare(0.055, 1.0, 0.0), 0.95, 60, 60, 0, 67),
    "bad ones and others": (rare(0.05, 0.8, 0.012), 0.95, 60, 60, 0, 67),
    "skewed": (frail(0.0525, 1.0), 0.95, 60, 100, 0, 75),
    "heavily skewed": (frail(0.054, 1.5), 0.95, 60, 100, 0, 67),
    # Still beyond the mark of 5 %, as the module says:
    "heavily skewed, more replications": (frail(0.054, 1.5), 0.95, 120, 100, 50, 100),
    "wholly late in one of fifty": (rare(0.02, 1.0, 0.032), 0.95, 60, 60, 230, 330),
    "wholly late in one of fifty, more replications": (rare(0.02, 1.0, 0.032), 0.95, 300, 60, 0, 67),
}
"""Chance of a late case by replication, share asked, which the law misses by little; replications, cases of each; the fewest and the most
certificates of 1,000 that are wrong. 67: 50 and what chance adds with probability 1 %."""


@pytest.mark.parametrize("name", HARD)
def test_how_often_a_certificate_is_wrong_where_bad_replications_are_rare_or_skewed(name: str) -> None:
    law, target, replications, n, fewest, most = HARD[name]
    rng = np.random.default_rng([23, list(HARD).index(name)])
    assert 1 - law(rng, 1_000_000).mean() < target
    wrong = sum(
        bounds(counts_of(rng.binomial(n, law(rng, replications))[:, None], n), 0.05).low[0] >= target for _ in range(DRAWN)
    )  # fmt: skip
    assert fewest <= wrong <= most


@pytest.mark.parametrize("name", HARD)
def test_the_bound_that_allows_for_bad_replications_is_wrong_in_one_of_twenty_at_most_on_every_law(name: str) -> None:
    """The laws above miss the share; here its very mean is the mark, which a bound may pass in 5 % (67 of 1,000: with chance)."""
    law, _, replications, n, _, _ = HARD[name]
    rng = np.random.default_rng([29, list(HARD).index(name)])
    truth = 1 - law(rng, 1_000_000).mean()
    lows = [whatever(counts_of(rng.binomial(n, law(rng, replications))[:, None], n), 0.05)[0] for _ in range(DRAWN)]
    assert sum(low > truth for low in lows) <= 67
    seen = name == "wholly late in one of fifty, more replications"  # of 300 replications some are wholly late: nothing is claimed then
    assert (max(lows) > 0.9 * truth) != seen, "a bound of nothing would pass too"


def test_a_day_less_with_more_people_is_shown_where_there_is_room() -> None:
    """Two options, 97 % on time, 12 cases a replication with a correlation of 1/16: nine in ten is shown in four of five campaigns."""
    rng, n = np.random.default_rng(47), ceil(ROOM * needed(0.9, 0.025))
    lates = (rng.binomial(12, rng.beta(0.03 * 15, 0.97 * 15, (n, 1))) for _ in range(100))
    assert sum(bounds(counts_of(late, 12), 0.025).low[0] >= 0.9 for late in lates) >= 80


def test_that_bound_is_of_the_mean_replication_and_not_of_the_share_of_cases() -> None:
    """300 replications: one in a hundred has 400 cases, all late, the others 40, all on time. The mean replication keeps 99 %, but of the
    cases only 39.6 of 43.6 = 90.8 %: where none of the bad ones is seen (5 % of the draws), the bound says 99 % and not more.
    """
    due = np.full((300, 1), 40)
    low = whatever(Counts(due, due), 0.05)[0]
    assert 39.6 / 43.6 < low <= 0.9901
    due[:3], kept = 400, np.full((300, 1), 40)
    kept[:3] = 200
    once = np.exp((3 * np.log(0.5) + np.log(0.05)) / 300)
    assert whatever(Counts(kept, due), 0.05)[0] == pytest.approx(once)
    assert once > kept.sum() / due.sum(), "the share of cases, 95.4 %, lies below what the mean replication surely keeps"


def test_that_bound_is_attained_by_replications_that_are_wholly_good_or_wholly_bad() -> None:
    """All late in a share q of 59, q = 1 - 0.05^(1/59): none is seen in 5 % of the draws, and then the bound is 1 - q, just the truth."""
    kept, due = np.full((59, 1), 20), np.full((59, 1), 20)
    assert whatever(Counts(kept, due), 0.05)[0] == pytest.approx(0.05 ** (1 / 59))
    kept[3] = 0
    assert whatever(Counts(kept, due), 0.05)[0] == 0
    due[3] = 0
    assert whatever(Counts(kept, due), 0.05)[0] == pytest.approx(0.05 ** (1 / 58)), "a replication without cases tells nothing"


def test_replications_that_reach_the_share_are_counted_with_their_own_bound() -> None:
    """Of 30 replications 28 keep 18 of 20, one 17, one has no case: 28 of 29; the lower bound solves P(X >= 28 | 29, p) = 0.05."""
    kept, due = np.full((30, 1), 18), np.full((30, 1), 20)
    kept[0], kept[1], due[1] = 17, 0, 0
    hits, there, low = reaching(Counts(kept, due), 0, 0.9, 0.05)
    assert (hits, there) == (28, 29)
    assert 29 * low**28 * (1 - low) + low**29 == pytest.approx(0.05)


def test_students_bound_is_that_of_the_replications_shares() -> None:
    """Equal numbers of cases: the t interval of the shares, on the side of the longer tail with Johnson's and Chen's term of skewness."""
    late = np.random.default_rng(3).binomial(50, 0.1, (40, 1))
    shares = 1 - late[:, 0] / 50
    t, error = student_t.ppf(0.95, 39), shares.std(ddof=1) / np.sqrt(40)
    more = skew(shares, bias=False) * (1 + 2 * t**2) / (6 * np.sqrt(40))
    found = bounds(counts_of(late, 50), 0.05)
    low, high = (shares.mean() - (t + max(0, -more)) * error, shares.mean() + (t + max(0, more)) * error)
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), abs=1e-5)


def test_a_bound_of_a_tighter_limit_is_one_of_every_looser_limit_tested() -> None:
    """Counts that no log can have, to show the order: limit 1 fails by itself, and passes where limit 0 is tested too and passes."""
    late = np.zeros((40, 3), dtype=np.int64)
    late[:, 1] = 20
    assert certify(counts_of(late, 40), 0.9, 0.05, 2, 1).limit == 2
    answer = certify(counts_of(late, 40), 0.9, 0.05, 2, 0)
    assert answer.limit == 0
    assert answer.bounds.low.tolist() == [0.05 ** (1 / 40)] * 3


def test_no_test_stops_where_late_cases_grow_few() -> None:
    """93, 95.5, 96.8, 97.5, ... % keep 4, 5, 6, 7, ... days: 4 days are certified wherever their own bound reaches 90 %, which lies four
    standard errors of 0.74 % below, one more than t; at 8 and 9 days there are 18 and 12 late cases of 1,200.
    """
    law = np.array([0.8, 0.5, 0.3, 0.15, 0.07, 0.045, 0.032, 0.025, 0.015, 0.01, *[0.005] * 54])
    rng, alone, found = np.random.default_rng(41), 0, 0
    for _ in range(200):
        counts = counts_of(beyond(rng, law, 12, 100, 0.0), 12)
        alone += bounds(counts, 0.05 / 37).low[4] >= 0.9
        found += certify(counts, 0.9, 0.05 / 37, 9, 4).limit == 4
    assert found == alone
    assert found >= 120


@pytest.mark.parametrize("share", [0.95, 0.96, 0.97, 0.98, 0.99])
def test_a_better_item_passes_where_a_worse_one_does(share: float) -> None:
    """Under a stress of the hall: 80 replications of 171 cases, correlation 0.08, nine in ten at error 0.05 / 37."""
    rng = np.random.default_rng([43, round(1000 * share)])
    odds = 0.92 / 0.08
    lates = (rng.binomial(171, rng.beta((1 - share) * odds, share * odds, (80, 1))) for _ in range(100))
    assert sum(bounds(counts_of(late, 171), 0.05 / 37).low[0] >= 0.9 for late in lates) >= 80


def test_a_limit_beyond_what_the_runs_can_see_is_not_tested() -> None:
    """Of ten cases a replication nine limits have passed at 1 and none at 2: the run ends too soon."""
    due = np.zeros((4, 3), dtype=np.int64)
    due[:, 0], due[:, 1] = 10, 9
    assert loosest(Counts(due, due), 20, 0.8) == 1
    assert loosest(Counts(due, due), 20, 0.9) == 0
    assert loosest(Counts(due, due), 0, 0.8) == 0
    assert loosest(Counts(due * 0, due * 0), 20, 0.9) is None
