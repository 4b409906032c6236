"""Selection: which of several scenarios is best, by the fully sequential procedure KN of Kim and Nelson.

Every scenario sees the same citizens, and the procedure wants just that: it looks only at variances of pairwise differences. After the
first stage a scenario is left out as soon as another is ahead of it by more than a margin that shrinks as replications come in, until one
is left. What is promised [1]_: when replications are independent and normal and the best is ahead of all others by at least `delta`, the
best is chosen with probability at least 1 - alpha. Where others are closer than `delta`, one within `delta` of the best is as good an
answer; that KN then gives one with the same probability is not proved in [1]_ (see [2]_) but is what `tests/test_selection.py` finds on
normal laws.

It rests on variances, and a first stage may not see them. So they are looked at again after every `first` replications and only ever grow
in this book-keeping, and a difference that never varied decides without a promise (`alike`). What stays: where a rare replication makes the
difference, KN is wrong far more often than alpha and cannot know. Of 1,000 campaigns with alpha = 0.05 and delta = 1 between a scenario of
mean 1 and one that is always 0, so many chose the latter: with -1 and, in one of ten replications, 19: 34 %, nearly all of them `alike`;
with -0.5 ± 0.05 and, in one of twenty, 29.5: 58 %, few of them told (`one`); lognormal of standard deviation 3 and sigma 0.5 and 1: 11 and
9 %; normal of the same deviation: 4 %. A first stage of 30 or more, and the fresh replications of `simulation.contest`, are the remedy.

References
----------
.. [1] Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation. ACM Transactions on Modeling
   and Computer Simulation 11, 251-273; here with c = 1.
.. [2] Eckman and Henderson (2021), Fixed-confidence, fixed-tolerance guarantees for ranking-and-selection procedures. ACM Transactions on
   Modeling and Computer Simulation 31(2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDING = 1e-12


@dataclass(frozen=True)
class Selection:
    """What so many replications say.

    Attributes
    ----------
    left
        Scenarios not left out (columns), the best mean first. More than one of a decided selection have the same mean.
    out
        (scenario, replications after which it was left out), in that order.
    n
        Replications read before the answer stood, or all.
    latest
        Replications after which the procedure ends at the latest, given the variances so far and who is left.
    decided
        Whether the procedure has ended.
    alike
        Where an answer rests on a difference that never varied: in how many replications it did not. 0 elsewhere.
    one
        Whether a single replication makes more than half of the variance of the first against another that is in or went last.
    """

    left: tuple[int, ...]
    out: tuple[tuple[int, int], ...]
    n: int
    latest: int
    decided: bool
    alike: int = 0
    one: bool = False

    @property
    def may_differ(self) -> float:
        """The share of replications that may, for all that is known (95 %), differ from so many that are `alike`: 1 - 0.05 ** (1 / n)."""
        return float(1 - 0.05 ** (1 / self.alike)) if self.alike else 0.0


def select(values: Floats, delta: float, alpha: float = 0.05, first: int = 10) -> Selection:
    """Read replications one after the other and leave scenarios out until one is left.

    The answer depends on no batch: reading more rows of a decided selection changes nothing.

    Parameters
    ----------
    values : float64 (replications, scenarios), larger is better; what comes after a scenario was left out is not read and may be NaN.
    delta : smallest difference worth detecting, in the unit of `values`.
    alpha : probability of a wrong choice that is accepted, below 1 - 1 / scenarios.
    first : replications of the first stage, at least 2; Kim and Nelson recommend 10 or more.

    Raises
    ------
    ValueError
        Fewer than two scenarios or `first` replications, a `delta` that is not positive, or a value that is read and not finite.

    Example
    -------
    By hand: two scenarios, three replications in the first stage, alpha = 0.05, delta = 1. The differences 4, 6, 5 have variance 1;
    eta = ((2 * 0.05 / 1) ** (-2 / 2) - 1) / 2 = 4.5 and h2 = 2 * 4.5 * 2 = 18, so that after 3 replications the margin is
    (18 * 1 - 3) / (2 * 3) = 2.5 and the procedure ends after 19 at the latest. The mean difference of 5 exceeds the margin.

    >>> select(np.array([[14.0, 10.0], [16.0, 10.0], [15.0, 10.0]]), 1.0, 0.05, 3)
    Selection(left=(0,), out=((1, 3),), n=3, latest=19, decided=True, alike=0, one=False)
    """
    total, scenarios = values.shape
    if scenarios < 2 or not 2 <= first <= total or not 0 < delta < np.inf or not 0 < alpha < 1 - 1 / scenarios:
        raise ValueError("KN needs two scenarios, two first replications, delta > 0 and 0 < alpha < 1 - 1 / scenarios")
    spread = _scaled(values[:first], scenarios, alpha, first)
    left, out, alike = np.arange(scenarios), list[tuple[int, int]](), 0
    latest = _latest(spread, left, delta, first)
    for n in range(first, total + 1):
        read = values[:n, left]
        if not np.isfinite(read).all():
            raise ValueError("a scenario that is still in has no value in a replication")
        among = np.ix_(left, left)
        if n > first and n % first == 0:
            spread[among] = np.maximum(spread[among], _scaled(read, scenarios, alpha, first))
            latest = _latest(spread, left, delta, first)
        mean, varies = read.mean(axis=0), spread[among] > 0
        margin = np.maximum(0.0, delta / (2 * n) * (spread[among] / delta**2 - n))
        beaten = mean[:, None] < mean[None, :] - margin
        behind = beaten.any(axis=1)
        if not alike and (behind & ~(beaten & varies).any(axis=1)).any():
            alike = n
        out += [(int(k), n) for k in left[behind][np.argsort(mean[behind], kind="stable")]]
        left, mean, margin = left[~behind], mean[~behind], margin[np.ix_(~behind, ~behind)]
        latest = latest if len(left) == 1 else _latest(spread, left, delta, first)
        if not margin.any():
            break
    order = np.argsort(-mean, kind="stable")
    if not margin.any() and not alike and not varies[np.ix_(~behind, ~behind)][~np.eye(len(left), dtype=bool)].all():
        alike = n
    lead, rivals = int(left[order[0]]), [int(k) for k in left[order[1:]]] or [out[-1][0]]
    one = any(_one(values[:n, lead] - values[:n, k]) for k in rivals)
    return Selection(tuple(int(k) for k in left[order]), tuple(out), n, latest, not margin.any(), alike, one)


def _one(apart: Floats) -> bool:
    """Whether one replication makes more than half of the variance; of three at least."""
    off = (apart[np.isfinite(apart)] - np.nanmean(apart)) ** 2
    return len(off) > 2 and bool(off.max() > 0.5 * off.sum() * (1 + ROUNDING))


def _scaled(values: Floats, scenarios: int, alpha: float, first: int) -> Floats:
    """h^2 of a first stage times the variance of each pairwise difference, exactly zero where only rounding varies."""
    eta = ((2 * alpha / (scenarios - 1)) ** (-2 / (first - 1)) - 1) / 2
    variance = (values[:, :, None] - values[:, None, :]).var(axis=0, ddof=1)
    variance[variance <= (ROUNDING * np.abs(values).max()) ** 2] = 0.0
    found: Floats = 2 * eta * (first - 1) * variance
    return found


def _latest(spread: Floats, left: NDArray[np.int64], delta: float, first: int) -> int:
    """One more than the most that any pair still in can need; the first stage where it is enough."""
    most = spread[np.ix_(left, left)].max() / delta**2
    return max(first, int(np.floor(most)) + 1)
