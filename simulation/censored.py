"""Quantiles of whole days that were cut off for some cases: value by Kaplan and Meier over all cases, interval over replications.

Whole days tie, so sections would agree by rounding and claim a certainty that is not there. Instead the interval of P(T <= L) is formed
at every day L, by the delete-one jackknife of the curve over replications, and inverted: days at which it may reach q, and below which
it may fall short of q. Where the curve ends too early for the upper side, that side stays open and the note says so. The difference of
two quantiles takes the two single intervals, each at the level that makes both hold (conservative).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulation.estimates import APART, NO_CASE, Estimate, inverted, share_limits
from simulation.measures.survival import Tally, at_risk, km_quantile, split

Ints = NDArray[np.int64]
Coded = Tally | Ints
NOT_REACHED = "not reached: the curve ends before this share has ended"
INVERTED = "Kaplan-Meier; interval of P(T <= L) inverted"
ONE = "Kaplan-Meier; cases in fewer than two replications: no interval"
OPEN = "Kaplan-Meier; interval of P(T <= L) inverted, open where the curve ends before it is certain"


def quantile_of(kind: str) -> float | None:
    """Return 0.9 for ``km_quantile(0.9)``, None for a kind without censoring.

    Example
    -------
    >>> quantile_of("km_quantile(0.9)")
    0.9
    """
    return float(kind[12:-1]) if kind.startswith("km_quantile(") else None


def estimate(values: Mapping[int, Coded], q: float, replications: Sequence[int], level: float = 0.95) -> Estimate:
    """Return the quantile with its interval; `values` by replication, coded as in ``simulation.measures.survival``."""
    held, n = [v for v in map(Tally.of, values.values()) if v.size], len(replications)
    value = km_quantile(Tally.together(held), q) if held else None
    if len(held) < 2:
        return Estimate(value, None, None, n, note=NO_CASE if not held else NOT_REACHED if value is None else ONE)
    low, high = _limits(held, q, level)
    if value is None:
        return Estimate(None, low, None, n, note=NOT_REACHED)
    return Estimate(value, low, high, n, note=OPEN if low is None or high is None else INVERTED)


def difference(a: Mapping[int, Coded], b: Mapping[int, Coded], q: float, replications: Sequence[int], level: float = 0.95) -> Estimate:
    """Return the paired difference a - b of two quantiles with its interval."""
    first, second = (estimate(values, q, replications, (1 + level) / 2) for values in (a, b))
    if first.value is None or second.value is None:
        return Estimate(None, None, None, len(replications), note=NOT_REACHED)
    if a.keys() == b.keys() and all(Tally.of(a[r]).same(Tally.of(b[r])) for r in a):
        return Estimate(0.0, 0.0, 0.0, len(replications), identical=True, note="identical")
    low = None if first.low is None or second.high is None else first.low - second.high
    high = None if first.high is None or second.low is None else first.high - second.low
    open_ = low is None and high is None
    return Estimate(first.value - second.value, low, high, len(replications), note=first.note if open_ else APART)


def _limits(held: list[Tally], q: float, level: float) -> tuple[float | None, float | None]:
    """Invert the intervals of the product-limit curve over the days at which a case ended; `held` by replication, none empty."""
    days = split(Tally.together(held))[0].values.astype(np.int64)
    if not len(days):
        return None, None
    days = np.concatenate([[days[0] - 1], days])
    ends, still = np.array([at_risk(v, days) for v in held], dtype=np.float64).swapaxes(0, 1)
    gone = _gone(ends.sum(axis=0), still.sum(axis=0))
    left = _gone(ends.sum(axis=0) - ends, still.sum(axis=0) - still)
    lower, upper, _ = share_limits(gone, left, float(sum(v.size for v in held)), level)
    return inverted(days, lower, upper, q)


def _gone(ends: NDArray[np.float64], still: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share that has ended by each day; days along the last axis."""
    return np.asarray(1 - np.cumprod(1 - ends / np.maximum(still, 1), axis=-1), dtype=np.float64)
