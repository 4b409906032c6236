"""Values and intervals by hand: what is divided by what, over which replications, and where an interval may not be given."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.estimates import Estimate, compare, estimate, paired, quantile_of, simultaneous

T = {2: 4.302653, 3: 3.182446, 4: 2.776445, 9: 2.262157}  # Student's 0.975 quantile by degrees of freedom, from the table


def sums(total: Sequence[float], n: Sequence[float], first: int = 0) -> pd.DataFrame:
    return pd.DataFrame({"replication": range(first, first + len(n)), "total": total, "n": n})


def cases(*values: Sequence[int]) -> pd.DataFrame:
    return pd.DataFrame({"replication": range(len(values)), "values": [np.array(v, dtype=np.int64) for v in values]})


# --- sum over sum ------------------------------------------------------------------------------------------------


def test_with_equal_n_the_interval_is_the_plain_t_interval() -> None:
    """Replication means 10, 12, 14: mean 12, standard deviation 2, half width 4.302653 * 2 / sqrt(3)."""
    found = estimate(sums([50, 60, 70], [5, 5, 5]), "mean")
    half = T[2] * 2 / 3**0.5
    assert (found.value, found.n) == (12, 3)
    assert (found.low, found.high) == pytest.approx((12 - half, 12 + half), rel=1e-6)
    assert found.half_width == pytest.approx(half, rel=1e-6)
    assert not found.identical and not found.simultaneous and not found.note


def test_a_mean_is_sum_over_sum_and_no_mean_of_means() -> None:
    assert estimate(sums([1, 9], [1, 3]), "mean").value == 2.5


def test_the_interval_of_a_ratio_is_the_jackknife_by_hand() -> None:
    """Totals 2, 3, 7 over 1, 2, 3: ratio 2; left out once 2, 9/4, 5/3; their mean 71/36."""
    left = np.array([2, 9 / 4, 5 / 3])
    error = (2 / 3 * ((left - 71 / 36) ** 2).sum()) ** 0.5
    assert estimate(sums([2, 3, 7], [1, 2, 3]), "ratio").half_width == pytest.approx(T[2] * error, rel=1e-6)


@pytest.mark.parametrize("kind", ["mean", "share", "ratio", "rate", "count"])
def test_one_replication_has_a_value_and_no_interval(kind: str) -> None:
    found = estimate(sums([3], [4]), kind)
    assert (found.value, found.low, found.high, found.n, found.half_width) == (0.75, None, None, 1, None)
    assert "one replication" in found.note


def test_a_group_without_cases_is_absent_and_not_nan() -> None:
    assert estimate(sums([0, 0], [0, 0]), "mean") == Estimate(None, None, None, 2, note="no case")
    assert estimate(cases([], []), "quantile(0.9)") == Estimate(None, None, None, 2, note="no case")
    assert estimate(sums([], []), "mean").value is None


def test_cases_in_a_single_replication_of_many_give_no_interval() -> None:
    found = estimate(sums([0, 6, 0], [0, 2, 0]), "mean")
    assert (found.value, found.low, found.n) == (3, None, 3) and "one replication only" in found.note
    assert "one replication only" in estimate(cases([], [4, 5], []), "quantile(0.5)").note


def test_replications_without_a_case_lend_no_degrees_of_freedom() -> None:
    with_empty = estimate(sums([50, 60, 70, 0, 0], [5, 5, 5, 0, 0]), "mean")
    assert with_empty.half_width == estimate(sums([50, 60, 70], [5, 5, 5]), "mean").half_width
    assert with_empty.n == 5
    assert estimate(sums([50, 60, 70], [5, 5, 5]), "mean", replications=range(5)) == with_empty


def test_a_quantity_without_chance_says_so() -> None:
    found = estimate(sums([0.1, 0.1, 0.1], [1, 1, 1]), "count")
    assert found.low == found.high == found.value and found.note == "the same in every replication"


rows = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=3, max_size=12)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(pairs: list[tuple[int, int]], shuffle: "np.random.Generator") -> None:
    frame = sums(*zip(*pairs, strict=True))
    order = list(range(len(frame)))
    shuffle.shuffle(order)
    assert estimate(frame.iloc[order], "mean") == estimate(frame, "mean")


@given(rows, st.sampled_from([0.5, 2.0, 1024.0]))
def test_another_unit_scales_value_and_interval(pairs: list[tuple[int, int]], unit: float) -> None:
    frame = sums(*zip(*pairs, strict=True))
    one, other = estimate(frame, "mean"), estimate(frame.assign(total=frame["total"] * unit), "mean")
    assert (other.value, other.low, other.high) == (one.value * unit, one.low * unit, one.high * unit)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 40)), min_size=2, max_size=12))
def test_a_share_has_an_interval_between_nothing_and_all_that_is_never_a_point(pairs: list[tuple[int, int]]) -> None:
    found = estimate(sums(*zip(*pairs, strict=True)), "share")
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


# --- shares near the edge ----------------------------------------------------------------------------------------


def test_all_of_all_is_not_certain() -> None:
    """100 of 100 in 10 replications: effective n = 100 (t99 / t9)^2, and low = 0.025 ** (1 / n)."""
    found = estimate(sums([10] * 10, [10] * 10), "share")
    effective = 100 * (1.984217 / T[9]) ** 2
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / effective), rel=1e-6)
    assert "Clopper-Pearson" in found.note


def test_nothing_mirrors_all() -> None:
    nothing, everything = estimate(sums([0] * 10, [10] * 10), "share"), estimate(sums([10] * 10, [10] * 10), "share")
    assert nothing.low == 0 and nothing.high == pytest.approx(1 - everything.low, rel=1e-9)


def test_failures_that_come_together_say_less_than_as_many_scattered() -> None:
    scattered = estimate(sums([98] * 5 + [99] * 5, [100] * 10), "share")
    together = estimate(sums([85] + [100] * 9, [100] * 10), "share")
    assert scattered.value == together.value == 0.985
    assert "Clopper-Pearson" in together.note
    assert together.low < scattered.low and together.high > scattered.high


def test_a_share_in_the_middle_takes_the_plain_t_interval() -> None:
    found, plain = (estimate(sums([40, 50, 60, 50], [100] * 4), kind) for kind in ("share", "mean"))
    assert (found.low, found.high, found.note) == (plain.low, plain.high, "")


# --- quantiles ---------------------------------------------------------------------------------------------------


def test_a_quantile_is_that_of_all_cases_pooled() -> None:
    """Of 1..10 and 101..110 the ninth tenth is the 18th smallest: 108; the mean of the two replications' own would be 59."""
    assert estimate(cases(range(1, 11), range(101, 111)), "quantile(0.9)").value == 108


@pytest.mark.parametrize(("q", "value"), [(0.1, 1), (0.5, 5), (0.9, 9), (0.91, 10), (0.01, 1)])
def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed(q: float, value: int) -> None:
    assert estimate(cases(range(1, 6), range(6, 11)), f"quantile({q})").value == value


def test_the_interval_of_a_quantile_is_sectioning_by_hand() -> None:
    """Replications 1..200, 11..210, 21..220: own medians 100, 110, 120; the pooled one is 110."""
    found = estimate(cases(range(1, 201), range(11, 211), range(21, 221)), "quantile(0.5)")
    error = ((10**2 + 0 + 10**2) / (3 * 2)) ** 0.5
    assert (found.value, found.note) == (110, "")
    assert (found.low, found.high) == pytest.approx((110 - T[2] * error, 110 + T[2] * error), rel=1e-6)


def test_whole_days_invert_the_interval_of_the_share_within() -> None:
    """Shares within 3 days: 0.88, 0.90, 0.92, 0.88, of 100 each. 0.9 is in reach of 3 days and surely not of 2."""
    replications = [[2] * 50 + [3] * (within - 50) + [4] * (98 - within) + [9] * 2 for within in (88, 90, 92, 88)]
    found = estimate(cases(*replications), "quantile(0.9)")
    assert (found.value, found.low, found.high) == (4, 3, 4)
    within = estimate(sums([88, 90, 92, 88], [100] * 4), "share")
    assert within.low < 0.9 < within.high and "inverted" in found.note


def test_a_whole_day_that_all_replications_agree_on_is_certain() -> None:
    found = estimate(cases(*[[2] * 50 + [5] * 50] * 6), "quantile(0.9)")
    assert (found.value, found.low, found.high) == (5, 5, 5)


def test_few_cases_leave_the_upper_end_of_a_quantile_open() -> None:
    found = estimate(cases([10, 20, 30], [15, 25, 35], [12, 22, 40]), "quantile(0.9)")
    assert found.value == 40 and found.low is not None and found.low < 40
    assert found.high is None and found.half_width is None


def test_a_queue_most_people_find_empty_has_a_median_with_an_honest_interval() -> None:
    """55 %, 45 % and so on wait nothing: sectioning alone would see mostly zeros, the inverted interval reaches beyond."""
    replications = [[0] * zeros + list(range(1, 101 - zeros)) for zeros in (55, 45, 56, 48, 57, 46)]
    found = estimate(cases(*replications), "quantile(0.5)")
    assert found.value == 0 and found.low == 0 and found.high is not None and 1 < found.high < 20


# --- paired differences ------------------------------------------------------------------------------------------


def test_a_difference_is_a_minus_b_over_the_differences_by_replication() -> None:
    """Means 10, 20, 30 and 8, 17, 26: differences 2, 3, 4 with deviation 1, though each side alone spreads by 10."""
    found = paired(sums([10, 20, 30], [1, 1, 1]), sums([8, 17, 26], [1, 1, 1]), "mean")
    half = T[2] * 1 / 3**0.5
    assert (found.value, found.low, found.high) == pytest.approx((3, 3 - half, 3 + half), rel=1e-6)


def test_a_difference_is_that_of_the_values_shown_even_where_n_differs() -> None:
    a, b = sums([10, 60, 30], [1, 4, 2]), sums([8, 40, 39], [1, 3, 3])
    assert paired(a, b, "mean").value == estimate(a, "mean").value - estimate(b, "mean").value


def test_replications_are_matched_by_number() -> None:
    a, b = sums([10, 20, 30], [1, 1, 1]), sums([8, 17, 26], [1, 1, 1])
    assert paired(a.iloc[[2, 0, 1]], b, "mean") == paired(a, b, "mean")


def test_only_replications_of_both_count() -> None:
    a, b = sums([10, 20, 30, 999], [1, 1, 1, 1]), sums([777, 10, 20, 30], [1, 1, 1, 1], first=-1)
    assert paired(a, b, "mean").n == 3 and paired(a, b, "mean").identical


@pytest.mark.parametrize("kind", ["mean", "share", "quantile(0.5)"])
def test_nothing_changed_reads_identical(kind: str) -> None:
    frame = cases([1, 2], [3, 4]) if kind.startswith("quantile") else sums([1, 2], [3, 4])
    found = paired(frame, frame, kind)
    assert found == Estimate(0, 0, 0, 2, identical=True, note="identical")


def test_the_same_change_in_every_replication_is_not_identical() -> None:
    found = paired(sums([15, 25], [1, 1]), sums([10, 20], [1, 1]), "count")
    assert not found.identical and (found.value, found.low, found.high) == (5, 5, 5)
    assert found.note == "the same in every replication"


def test_from_nothing_to_all_is_not_certain() -> None:
    found = paired(sums([10] * 10, [10] * 10), sums([0] * 10, [10] * 10), "share")
    assert found.value == 1 and found.low is not None and 0.85 < found.low < 1 and "conservative" in found.note


def test_a_group_that_one_side_lacks_has_no_difference() -> None:
    found = paired(sums([1, 2], [1, 1]), sums([0, 0], [0, 0]), "mean")
    assert (found.value, found.low, found.identical, found.note) == (None, None, False, "no case")


def test_a_group_without_cases_in_a_replication_of_one_side_still_has_its_difference() -> None:
    found = paired(sums([4, 0, 6, 5], [2, 0, 2, 2]), sums([2, 1, 2, 3], [2, 1, 2, 2]), "ratio")
    assert found.value == pytest.approx(15 / 6 - 8 / 7) and found.low is not None and found.low < found.value


def test_a_difference_of_one_replication_has_no_interval() -> None:
    found = paired(sums([3], [1]), sums([1], [1]), "mean")
    assert (found.value, found.low, found.identical) == (2, None, False) and "one replication" in found.note


def test_the_difference_of_quantiles_sections_the_pairs() -> None:
    """Both sides spread, the difference is 20, 24, 22 in the replications' own medians."""
    b = [range(1, 201), range(31, 231), range(61, 261)]
    a = [[x + shift for x in side] for side, shift in zip(b, (20, 24, 22), strict=True)]
    found = paired(cases(*a), cases(*b), "quantile(0.5)")
    each = np.array([20, 24, 22]) - found.value
    error = ((each**2).sum() / 6) ** 0.5
    assert found.value == pytest.approx(22, abs=2)
    assert found.half_width == pytest.approx(T[2] * error, rel=1e-6)


def test_whole_day_quantiles_differ_within_what_the_two_intervals_allow() -> None:
    a = cases(*[[2] * w + [6] * (100 - w) for w in (88, 90, 92, 88)])
    b = cases(*[[1] * 99 + [3]] * 4)
    found = paired(a, b, "quantile(0.9)")
    assert (found.value, found.low, found.high) == (5, 1, 5) and "conservative" in found.note


# --- many differences at once ------------------------------------------------------------------------------------


def test_headline_intervals_are_those_of_bonferroni() -> None:
    a, b = sums([10, 20, 31], [1, 1, 1]), sums([8, 17, 26], [1, 1, 1])
    joint = simultaneous([(a, b, "mean")] * 5)
    single = paired(a, b, "mean", level=0.99)
    assert len(joint) == 5 and all(one.simultaneous for one in joint) and not single.simultaneous
    assert joint[0].half_width == single.half_width > paired(a, b, "mean").half_width


def tidy(scenario: str, measure: str, group: str, frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(scenario=scenario, stress="none", measure=measure, group=group)


def test_a_comparison_holds_every_estimate_and_difference_over_the_common_replications() -> None:
    before, after = sums([8, 17, 26], [1, 1, 1]), sums([10, 20, 31, 50], [1, 1, 1, 1])
    quick = cases(range(100), range(2, 102), range(4, 104))
    frame = pd.concat(
        [
            tidy("today", "wait", "all", before),
            tidy("reform", "wait", "all", after),
            tidy("reform", "wait", "item:new", after.iloc[:1]),
            tidy("today", "wait_p50", "all", quick),
            tidy("reform", "wait_p50", "all", quick),
        ]
    )
    kinds, baselines = {"wait": "mean", "wait_p50": "quantile(0.5)"}, {"today": "today", "reform": "today"}
    headline = {("reform", "none", "wait", "all"), ("reform", "none", "wait_p50", "all")}
    found = {(c.scenario, c.measure, c.group): c for c in compare(frame, kinds, baselines, headline)}
    assert len(found) == 5
    assert found["today", "wait", "all"].difference is None
    wait = found["reform", "wait", "all"]
    assert wait.estimate == estimate(after.iloc[:3], "mean") and wait.baseline == "today"
    assert wait.difference == simultaneous([(after, before, "mean")] * 2)[0]
    assert found["reform", "wait_p50", "all"].difference.identical
    new = found["reform", "wait", "item:new"]
    assert (new.estimate.value, new.estimate.n, new.estimate.low) == (10, 3, None)
    assert new.difference.value is None


def test_rows_without_a_group_are_left_out_of_a_comparison() -> None:
    named = pd.concat([sums([1, 2, 3], [1, 1, 1]).assign(group=group, scenario="s", stress="", measure="m") for group in ("a", None)])
    assert [row.group for row in compare(named, {"m": "mean"}, {"s": "s"})] == ["a"]


def test_rows_of_more_than_one_group_are_refused() -> None:
    with pytest.raises(ValueError, match="more than one row"):
        estimate(pd.concat([sums([1, 2], [1, 1]), sums([1, 2], [1, 1])]), "mean")


@pytest.mark.parametrize("kind", ["median", "quantile", "quantile(1)", "quantile(0)", "quantile(0.0)", "quantile(90)", "quantile(0.9) "])
def test_a_kind_without_an_interval_is_refused_by_name(kind: str) -> None:
    with pytest.raises(ValueError, match="no kind of measure"):
        quantile_of(kind)


def days(counts: list[float | None], n: float = 1.0) -> pd.DataFrame:
    """Rows of a rate: one a replication, none where nothing happened."""
    kept = [(r, c) for r, c in enumerate(counts) if c is not None]
    return pd.DataFrame({"replication": [r for r, _ in kept], "total": [c for _, c in kept], "n": n, "values": None})


@pytest.mark.parametrize("kind", ["rate", "count"])
def test_a_replication_without_a_row_is_a_zero_of_a_rate(kind: str) -> None:
    """A group seen in two replications of eight, one each: 2 / 8, not 2 / 2; its interval is that of the zeros and ones."""
    seen, whole = estimate(days([1, None, 1, *[None] * 5]), kind, replications=range(8)), estimate(days([1, 0, 1, *[0] * 5]), kind)
    assert (seen.value, seen.low, seen.high) == (whole.value, whole.low, whole.high)
    assert seen.value == pytest.approx(0.25)
    apart = paired(days([1, None, 1, *[None] * 5]), days([1] * 8), kind, replications=range(8))
    assert apart.value == pytest.approx(-0.75)


def test_rare_shares_that_agree_by_chance_are_not_called_identical() -> None:
    """No case late in either scenario, but other cases: the difference is as uncertain as the two shares."""
    few, many = ({"replication": [0, 1, 2], "total": [0.0] * 3, "n": n, "values": None} for n in ([10.0, 20, 30], [100.0, 200, 300]))
    found = paired(pd.DataFrame(few), pd.DataFrame(many), "share")
    assert not found.identical
    assert found.low is not None and found.high is not None and found.low < 0 < found.high
    assert paired(pd.DataFrame(few), pd.DataFrame(few), "share").identical


def test_what_is_never_negative_has_no_interval_below_zero() -> None:
    found = estimate(pd.DataFrame({"replication": [0, 1, 2], "total": [0.0, 0.0, 30.0], "n": 10.0, "values": None}), "mean")
    assert found.low == 0 and found.high is not None and found.high > 4


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_total_that_is_no_number_is_refused(broken: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        estimate(pd.DataFrame({"replication": [0, 1], "total": [broken, 1.0], "n": 1.0, "values": None}), "mean")
