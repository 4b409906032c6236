"""What replications say: values with intervals, and paired differences between scenarios.

The replication is the only independent unit, so every interval is made over replications, never over cases. The methods:

- a mean, share, ratio or rate is sum over sum across replications; its interval is Student's t on the delete-one jackknife over
  replications (equal to the plain t interval where every replication has the same n) [1]_;
- a share that is nearly all or nothing takes Clopper and Pearson's interval with n / deff, degrees of freedom included [2]_, so
  that it never reads [100 %, 100 %];
- a quantile is that of all measured cases, its interval by sectioning over replications [3]_; where many cases tie at the
  quantile (whole days) or a replication holds few cases, the interval of P(T <= L) is inverted instead;
- a headline list takes simultaneous intervals by Bonferroni, the only method here that holds under common random numbers.

Degrees of freedom count only the replications in which there was a case, so that a small group gets the wide interval it deserves.

References
----------
.. [1] Miller (1974), The jackknife: a review. Biometrika 61, 1-15.
.. [2] Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts estimated
   from survey data. Survey Methodology 24, 193-201.
.. [3] Asmussen and Glynn (2007), Stochastic Simulation, III.5. Nakayama (2014), Confidence intervals for quantiles using
   sectioning. ACM Transactions on Modeling and Computer Simulation 24, 19.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.measures.survival import Tally

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Objects = NDArray[np.object_]

FEW = 10.0  # effective cases on the rarer side, below which a share is "nearly all or nothing"
BEYOND = 5.0  # cases beyond the quantile that a replication must hold, to be a section of its own
TIED = 0.02  # share of cases at the quantile itself, from which on the measured quantity counts as whole-valued
ONE = "one replication: no interval"
BOUNDARY = "nearly all or nothing, or without spread: Clopper-Pearson with n/deff"
INVERTED = "interval of P(T <= L) inverted"
APART = "from the two single intervals: conservative"
NO_CASE = "no case"
CONSTANT = "the same in every replication"


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; what is absent is None.

    Attributes
    ----------
    value, low, high
        In the unit of the measure. `low` or `high` is None where the replications say nothing of that side.
    n
        Replications.
    identical
        A paired difference that is zero in every replication.
    simultaneous
        The interval holds jointly with the others of its headline; otherwise it is a single one.
    note
        How the interval was made where not in the usual way, or why there is none.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    identical: bool = False
    simultaneous: bool = False
    note: str = ""

    @property
    def half_width(self) -> float | None:
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


class Compared(NamedTuple):
    """One row of a comparison: a scenario's estimate, and its difference from the baseline (None for a baseline)."""

    scenario: str
    baseline: str
    stress: str
    measure: str
    group: str
    estimate: Estimate
    difference: Estimate | None


class Sums(NamedTuple):
    """Per replication: `total` of the measure and `n` it is divided by; shape (replications,)."""

    total: Floats
    n: Floats


Sample = Sums | list[Tally]
EXPOSED = ("rate", "count")
"""Kinds whose `n` is time, or the replication itself, and not what happened: nothing of a group in a replication is a zero there."""


class _Columns(NamedTuple):
    """What a sample is read from. All have one row each."""

    replication: Ints
    place: Ints
    """Of the replication among those wanted; -1: not wanted."""
    total: Floats
    n: Floats
    values: Objects

    def of(self, here: Ints) -> "_Columns":
        return _Columns(self.replication[here], self.place[here], self.total[here], self.n[here], self.values[here])


def estimate(rows: pd.DataFrame, kind: str, level: float = 0.95, replications: Sequence[int] | None = None) -> Estimate:
    """The value of one measure in one group, with its interval over replications.

    Parameters
    ----------
    rows
        One row a replication: `replication, total, n`, or `replication, values` (`Tally` or int array) where `kind` is a quantile.
    kind
        `mean`, `share`, `ratio`, `rate`, `count` or `quantile(Q)` such as `quantile(0.9)`.
    replications
        Those that were run, when some have no row because nothing of the group happened in them.
    """
    numbers = _numbers(rows) if replications is None else replications
    return _single(_sample(rows, kind, numbers), kind, level)


def paired(
    rows_a: pd.DataFrame, rows_b: pd.DataFrame, kind: str, level: float = 0.95, replications: Sequence[int] | None = None
) -> Estimate:
    """A minus B over the replications that both have, matched by number; parameters as for `estimate`."""
    numbers = sorted(set(_numbers(rows_a)) & set(_numbers(rows_b))) if replications is None else replications
    return _difference(_sample(rows_a, kind, numbers), _sample(rows_b, kind, numbers), kind, level)


def simultaneous(pairs: Iterable[tuple[pd.DataFrame, pd.DataFrame, str]], level: float = 0.95) -> tuple[Estimate, ...]:
    """Paired differences of a headline list, covering jointly with probability `level` (Bonferroni)."""
    listed = list(pairs)
    each = 1 - (1 - level) / max(1, len(listed))
    return tuple(replace(paired(a, b, kind, each), simultaneous=True) for a, b, kind in listed)


def compare(
    rows: pd.DataFrame,
    kinds: Mapping[str, str],
    baselines: Mapping[str, str],
    headline: Collection[tuple[str, str, str, str]] = (),
    level: float = 0.95,
) -> list[Compared]:
    """Every estimate and paired difference of an experiment, over the replications common to all its scenarios.

    Parameters
    ----------
    rows
        Tidy rows with `scenario, stress, replication, measure, group, total, n, values`.
    kinds
        The kind of each measure.
    baselines
        The baseline of each scenario; a baseline is its own.
    headline
        (scenario, stress, measure, group) of the differences that get simultaneous intervals.
    """
    runs = rows.groupby(["scenario", "stress"], observed=True, sort=False)["replication"].agg(set)
    numbers = sorted(set.intersection(*runs)) if len(runs) else []
    held, samples = _columns(rows, numbers), {}
    keys = [rows[name].to_numpy(object) for name in ("scenario", "stress", "measure", "group")]
    for here in _alike(rows, ["scenario", "stress", "measure", "group"]):
        scenario, stress, measure, group = (str(column[here[0]]) for column in keys)
        samples[scenario, stress, measure, group] = _sampled(held.of(here), kinds[measure], len(numbers))
    each = 1 - (1 - level) / max(1, len(headline))
    found = []
    for key, sample in samples.items():
        scenario, stress, measure, group = key
        kind, baseline, joint = kinds[measure], baselines[scenario], key in headline
        difference = None
        if baseline != scenario:
            other = samples.get((baseline, stress, measure, group), _nothing(kind, len(numbers)))
            if kind in EXPOSED and isinstance(sample, Sums) and isinstance(other, Sums) and not other.n.any():
                other = Sums(other.total, sample.n)
            difference = replace(_difference(sample, other, kind, each if joint else level), simultaneous=joint)
        found.append(Compared(scenario, baseline, stress, measure, group, _single(sample, kind, level), difference))
    return found


# --- reading rows ------------------------------------------------------------------------------------------------


def quantile_of(kind: str) -> float | None:
    """0.9 for `quantile(0.9)`, None for a kind that is sum over sum."""
    if kind in {"mean", "share", "ratio", "rate", "count"}:
        return None
    match = re.fullmatch(r"quantile\((0?\.\d+)\)", kind)
    if not match or not 0 < float(match[1]) < 1:
        raise ValueError(f"{kind!r} is no kind of measure: mean, share, ratio, rate, count or quantile(Q) with 0 < Q < 1")
    return float(match[1])


def _numbers(rows: pd.DataFrame) -> list[int]:
    return sorted(int(number) for number in rows["replication"])


def _nothing(kind: str, count: int) -> Sample:
    if quantile_of(kind) is None:
        return Sums(np.zeros(count), np.zeros(count))
    return [Tally.of(np.empty(0, np.int64))] * count


def _alike(rows: pd.DataFrame, by: list[str]) -> list[Ints]:
    """The places of the rows that agree in the columns `by`, in the order in which each group first appears; none without a name."""
    group = rows.groupby(by, observed=True, sort=False).ngroup().fillna(-1).to_numpy(np.int64)
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []


def _columns(rows: pd.DataFrame, numbers: Sequence[int]) -> _Columns:
    replication, at = rows["replication"].to_numpy(np.int64), {number: k for k, number in enumerate(numbers)}
    place = np.array([at.get(number, -1) for number in replication.tolist()], dtype=np.int64)
    total, n = (rows[name].to_numpy(np.float64) if name in rows else np.zeros(len(rows)) for name in ("total", "n"))
    return _Columns(replication, place, total, n, rows["values"].to_numpy(object) if "values" in rows else np.empty(len(rows), object))


def _sample(rows: pd.DataFrame, kind: str, numbers: Sequence[int]) -> Sample:
    return _sampled(_columns(rows, numbers), kind, len(numbers))


def _sampled(rows: _Columns, kind: str, count: int) -> Sample:
    """Rows of one measure and group in the order of the replications; one without a row holds nothing, but it was as long as the others."""
    replication, place, total, n, values = rows
    if len(set(replication.tolist())) < len(replication):
        raise ValueError("more than one row for a replication: give the rows of one scenario, stress, measure and group")
    wanted, found = place >= 0, _nothing(kind, count)
    if isinstance(found, list):
        for to, tally in zip(place[wanted], values[wanted], strict=True):
            found[to] = Tally.of(tally)
        return found
    found.total[place[wanted]] = total[wanted]
    found.n[place[wanted]] = n[wanted]
    if not (np.isfinite(found.total).all() and np.isfinite(found.n).all() and (found.n >= 0).all()):
        raise ValueError("total and n of a measure are finite, and n is not negative")
    if kind in EXPOSED and (held := found.n[found.n > 0]).size:
        found.n[found.n == 0] = held.mean()
    return found


# --- intervals ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def student(df: float, level: float) -> float:
    """Student's two-sided quantile: what lies between minus and plus it has probability `level`."""
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))


def _single(sample: Sample, kind: str, level: float) -> Estimate:
    q = quantile_of(kind)
    if isinstance(sample, list):
        assert q is not None
        return _quantile(sample, q, level)
    total, n = _held(sample.total, sample.n)
    count = len(sample.n)
    if not n.size:
        return Estimate(None, None, None, count, note=NO_CASE)
    value = float(total.sum() / n.sum())
    if len(n) < 2:
        return Estimate(value, None, None, count, note=ONE if count < 2 else "cases in one replication only: no interval")
    if kind == "share":
        low, high, rare = _share(total[:, None], n, level)
        return Estimate(value, float(low[0]), float(high[0]), count, note=BOUNDARY if rare[0] else "")
    error = float(_deviation(_left_out(total, n), abs(value)))
    half = student(len(n) - 1, level) * error
    least = value - half if (total < 0).any() else max(0.0, value - half)  # a mean of what is never negative is not either
    return Estimate(value, least, value + half, count, note="" if error else CONSTANT)


def _difference(a: Sample, b: Sample, kind: str, level: float) -> Estimate:
    """A minus B; both hold the same replications in the same order."""
    first, second = _single(a, kind, (1 + level) / 2), _single(b, kind, (1 + level) / 2)
    count = first.n
    if first.value is None or second.value is None:
        return Estimate(None, None, None, count, note=NO_CASE)
    value, scale = first.value - second.value, abs(first.value) + abs(second.value)
    if isinstance(a, list) or isinstance(b, list):
        assert isinstance(a, list) and isinstance(b, list)
        same, error, df = _paired_sections(a, b, kind, first, second)
    else:
        held = (a.n > 0) | (b.n > 0)
        df = int(held.sum()) - 1
        same = bool((a.total == b.total).all() and (a.n == b.n).all())
        with np.errstate(divide="ignore", invalid="ignore"):
            left = _left_out(a.total[held], a.n[held]) - _left_out(b.total[held], b.n[held])
        error = float(_deviation(left, scale)) if np.isfinite(left).all() else None
    if df < 1:
        return Estimate(value, None, None, count, note=ONE if count < 2 else "cases in one replication only: no interval")
    if same:
        return Estimate(0.0, 0.0, 0.0, count, identical=True, note="identical")
    # Of a rare share the replications know too little of their own spread; neither does agreement by chance tell anything.
    rare = kind == "share" and BOUNDARY in (first.note, second.note)
    if error is None or rare or (error == 0 and (kind == "share" or isinstance(a, list))):
        low = None if first.low is None or second.high is None else first.low - second.high
        high = None if first.high is None or second.low is None else first.high - second.low
        return Estimate(value, low, high, count, note=APART)
    half = student(df, level) * error
    return Estimate(value, value - half, value + half, count, note="" if error else CONSTANT)


def _held(total: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Only the replications in which there was a case."""
    return total[n > 0], n[n > 0]


def _left_out(total: Floats, n: Floats) -> Floats:
    """The ratio of sums with each replication left out once; replications along the first axis."""
    left: Floats = (total.sum(axis=0) - total) / (n.sum(axis=0) - n)
    return left


def _deviation(left: Floats, scale: float | Floats) -> Floats:
    """Jackknife standard error from the left-out values; exactly zero where only rounding varies."""
    count = len(left)
    error: Floats = np.sqrt((count - 1) / count * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    return np.where(error <= 1e-12 * scale, 0.0, error)


def _share(total: Floats, n: Floats, level: float) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Low, high and "nearly all or nothing" for shares side by side: `total` (replications, shares), `n` (replications,)."""
    p, left = total.sum(axis=0) / n.sum(), _left_out(total, n[:, None])
    return share_limits(p, left, float(n.sum()), level)


def share_limits(p: Floats, left: Floats, cases: float, level: float) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Low, high and "nearly all or nothing" of shares from their left-out values.

    Parameters
    ----------
    p : float64 (shares,)
    left : float64 (replications, shares), each share with one replication left out.
    cases : number of cases behind each share.
    """
    from scipy.special import betaincinv

    t, error = student(len(left) - 1, level), _deviation(left, 1.0)
    plain = p * (1 - p) / cases
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.where(plain > 0, np.maximum(1.0, error**2 / plain), 1.0)
    # Replications that agree by chance have no spread to judge by, as those at the edge.
    rare = (np.minimum(p, 1 - p) * cases / deff < FEW) | (error == 0)
    size = cases / deff * (student(max(1.0, cases - 1), level) / t) ** 2
    hits, tail = p * size, (1 - level) / 2
    # The beta quantile is not defined at a parameter of zero, where the bound is that of the unit interval.
    lowest = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-9), size - hits + 1, tail), 0.0)
    highest = np.where(hits < size, betaincinv(hits + 1, np.maximum(size - hits, 1e-9), 1 - tail), 1.0)
    low = np.where(rare, lowest, np.maximum(0.0, p - t * error))
    high = np.where(rare, highest, np.minimum(1.0, p + t * error))
    return low, high, rare


def _sectioned(sample: list[Tally], pooled: Tally, value: int, q: float) -> bool:
    """Whether each replication can be a section of its own and the quantity counts as continuous."""
    below, within = pooled.upto(np.array([value - 1, value])).tolist()
    return min(one.size for one in sample) * min(q, 1 - q) >= BEYOND and bool(within - below < max(2.0, TIED * pooled.size))


def _quantile(sample: list[Tally], q: float, level: float) -> Estimate:
    count, held = len(sample), [one for one in sample if one.size]
    if not held:
        return Estimate(None, None, None, count, note=NO_CASE)
    pooled = Tally.together(held)
    value = float(pooled.quantile(q))
    if len(held) < 2:
        return Estimate(value, None, None, count, note=ONE if count < 2 else "cases in one replication only: no interval")
    if _sectioned(sample, pooled, int(value), q):
        sections = np.array([one.quantile(q) for one in sample], dtype=np.float64)
        if half := student(count - 1, level) * float(np.sqrt(((sections - value) ** 2).sum() / (count * (count - 1)))):
            return Estimate(value, value - half if pooled.values[0] < 0 else max(0.0, value - half), value + half, count)
    low, high = _inverted(held, pooled, q, level)
    return Estimate(value, low, high, count, note=INVERTED)


def _inverted(held: list[Tally], pooled: Tally, q: float, level: float) -> tuple[float | None, float | None]:
    """The first and the last L that may be the quantile: P(T <= L) may reach q, and may fall short of it at any value below L."""
    limits = np.concatenate([[pooled.values[0] - 1], pooled.values]).astype(np.int64)
    within = np.array([one.upto(limits) for one in held], dtype=np.float64)
    lower, upper, _ = _share(within, np.array([one.size for one in held], dtype=np.float64), level)
    return inverted(limits, lower, upper, q)


def inverted(limits: Ints, lower: Floats, upper: Floats, q: float) -> tuple[float | None, float | None]:
    """The interval of a quantile from those of P(T <= L) at growing `limits`, the first of them below every case; None: open that side."""
    reached, short = np.flatnonzero(upper >= q), np.flatnonzero(lower < q)
    low = float(limits[reached[0]]) if len(reached) and reached[0] > 0 else None
    high = float(limits[short[-1] + 1]) if short[-1] + 1 < len(limits) else None
    return low, high


def _paired_sections(a: list[Tally], b: list[Tally], kind: str, first: Estimate, second: Estimate) -> tuple[bool, float | None, int]:
    """Whether both are the same cases, the sectioning error of the difference (None where it has none), degrees of freedom."""
    q = quantile_of(kind)
    assert q is not None and first.value is not None and second.value is not None
    df = sum(1 for x, y in zip(a, b, strict=True) if x.size or y.size) - 1
    if all(x.same(y) for x, y in zip(a, b, strict=True)):
        return True, 0.0, df
    if INVERTED in (first.note, second.note) or min(one.size for one in (*a, *b)) == 0:
        return False, None, df
    each = np.array([x.quantile(q) - y.quantile(q) for x, y in zip(a, b, strict=True)], dtype=np.float64)
    spread = ((each - (first.value - second.value)) ** 2).sum()
    return False, float(np.sqrt(spread / (len(each) * (len(each) - 1)))) if df > 0 else None, df
