"""Which limit is kept by the share of cases that was asked for: bounds over replications, and tests in a fixed order.

The replication is the only independent unit; it weighs by its cases, so that there are (sum n)^2 / sum n^2 replications in effect. The
lower bound of a share on time is Student's, on the delete-one jackknife, widened by the skewness of the replications [1]_, where there are
replications and late cases enough for it; else Clopper and Pearson's with n / deff [2]_, never with more than the replications in effect,
since few late cases show little of how they cluster, or Student's less the late cases that are wanting, whichever is higher, so that a
better share passes where a worse one does. No bound is above error^(1/R), what R replications without a late case would show: nine in ten
need 29 replications at one-sided 95 %, 95 in 100 need 59, 99 in 100 need 299, and more where the error is divided. Limits are tested from
loose to tight, each at the whole error, until the first that fails [3]_: a longer limit is kept by no fewer cases, so that the first false
hypothesis met is the only one that can be rejected wrongly first, and a bound of a tighter limit is one of a looser limit. Over several
items the error is divided (Bonferroni): so every bound printed is itself one of the simultaneous statements and agrees with its verdict,
whatever the items have in common.

What is not excluded: bad replications rarer than 1 - error^(1/R) (`unseen`), unless their cases are few beside the slack. Without a claim
about them no bound can be had but one that lies that much lower everywhere: `whatever` is one, told beside the certificate. Wrong
certificates that remain, of nominal 5 %, limits that miss 95 in 100 by little, 1,500 draws: every case late in 2 % of the replications
and 3.2 % in the others (truth 94.9 %) 28 % with 60 replications, 9 % with 120, 4.5 % with 300; of 99 in 100, every case late in 0.6 %
and 0.45 % in the others, 19 % with 300. A lognormal frailty of the replications of sigma 1.5: 3 % with 60, 7 % with 120, 4 % with
300; of sigma 1, 5 % or less. Skewness costs more where the error is divided: at 0.05 / 37 = 0.135 %, 100 replications of 40 cases and a
truth of 89.95 %, frailty of sigma 0.5 is wrong in 0.18 %, of sigma 1 in 0.3 %, of sigma 1.5 in 0.5 % (10,000 draws, standard error 0.03 to
0.07): of 37 independent items that all miss by so little, some certificate is wrong in 6 %, 11 % and 17 % instead of 5 %.

References
----------
.. [1] Johnson (1978), Modified t tests and confidence intervals for asymmetrical populations. JASA 73, 536-544; one-sided as in Chen
   (1995), Testing the mean of skewed distributions. JASA 90, 767-772.
.. [2] Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts estimated from
   survey data. Survey Methodology 24, 193-201.
.. [3] Maurer, Hothorn and Lehmacher (1995), Multiple comparisons in drug clinical trials and preclinical assays: a-priori ordered
   hypotheses. Biometrie in der chemisch-pharmazeutischen Industrie 6, 3-18.
"""

from __future__ import annotations

from math import ceil, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimization.kept import Counts
from simulation.estimates import student

Floats = NDArray[np.float64]
ENOUGH = 30
"""Replications in effect from which on Student's bound may be used."""
LATE = 40.0
"""Late cases, divided by their design effect, from which on it may."""


class Bounds(NamedTuple):
    """Share on time at each limit, with one-sided bounds, each at the stated error; float64 (limits,), NaN where nothing is known."""

    share: Floats
    low: Floats
    high: Floats


class Answer(NamedTuple):
    """The tightest limit certified of one item, None where none was; and the tightest that is not refuted (None: even the loosest is)."""

    limit: int | None
    unrefuted: int | None
    bounds: Bounds


def bounds(counts: Counts, error: float) -> Bounds:
    """Return the share on time at each limit with its one-sided bounds.

    Parameters
    ----------
    counts : int64 (replications, limits) of cases kept and due.
    error : of each bound: 0.05 gives one-sided 95 %.
    """
    from scipy.special import betaincinv

    kept, due = counts.kept.astype(np.float64), counts.due.astype(np.float64)
    n, units = due.sum(axis=0), (due > 0).sum(axis=0)
    able, whole = units >= 2, effective(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = kept.sum(axis=0) / n
        left = (kept.sum(axis=0) - kept) / (n - due)
        # A replication without cases leaves the share as it is, and counts no degree of freedom.
        off, count = np.where(due > 0, left - share, 0.0), np.maximum(units, 1)
        variance = np.maximum((off**2).sum(axis=0) - off.sum(axis=0) ** 2 / count, 0.0) * (units - 1) / count
        plain = share * (1 - share) / n
        effect = np.where(able & (plain > 0), np.maximum(1.0, variance / plain), 1.0)
        apart = np.where(due > 0, off - off.sum(axis=0) / count, 0.0)
        skew = (apart**3).sum(axis=0) / count / ((apart**2).sum(axis=0) / count) ** 1.5
        skew *= np.sqrt(count * (count - 1.0)) / np.maximum(count - 2.0, 1.0)
    skew = np.nan_to_num(skew)  # above 0 where few replications hold most of the late cases
    effect = np.maximum.accumulate(np.where(np.isfinite(effect), effect, 1.0))
    t = np.array([student(max(1.0, float(k) - 1), 1 - 2 * error) for k in whole])
    late = n - kept.sum(axis=0)
    rare = np.minimum(n - late, late) / effect < LATE
    enough = able & (whole >= ENOUGH - 1e-9) & (variance > 0) & ((n - late) / effect >= LATE)
    usual = enough & ~rare
    wider = (1 + 2 * t**2) / (6 * np.sqrt(np.maximum(whole, 1.0)))
    spread = np.sqrt(np.where(able, variance, 0.0))
    per_case = np.array([student(max(1.0, float(k) - 1), 1 - 2 * error) for k in n])
    size = n / effect * (per_case / t) ** 2
    size = np.maximum(np.where(rare, np.minimum(size, whole), size), 1e-9)
    hits = np.where(able, np.nan_to_num(share), 0.0) * size
    lowest = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-9), size - hits + 1, error), 0.0)
    highest = np.where(hits < size, betaincinv(hits + 1, np.maximum(size - hits, 1e-9), 1 - error), 1.0)
    wanting = np.maximum(0.0, LATE * effect - late) / np.maximum(n, 1.0)
    student_low = share - wanting - (t + np.maximum(skew, 0.0) * wider) * spread
    low = np.maximum(np.where(usual, 0.0, lowest), np.where(enough, student_low, 0.0))
    high = np.where(usual, share + (t + np.maximum(-skew, 0.0) * wider) * spread, highest)
    most = error ** (1 / np.maximum(whole, 1e-9))
    low, high = np.clip(low, 0.0, most), np.clip(high, 1 - most, 1.0)
    return Bounds(share, np.where(able, low, 0.0), np.where(able, high, 1.0))


def effective(counts: Counts) -> Floats:
    """Return the replications in effect at each limit, float64 (limits,): (sum n)^2 / sum n^2 over their cases; 0 without cases."""
    due = counts.due.astype(np.float64)
    squares = (due**2).sum(axis=0)
    found: Floats = np.divide(due.sum(axis=0) ** 2, squares, out=np.zeros(squares.shape), where=squares > 0)
    return found


def whatever(counts: Counts, error: float) -> Floats:
    """Return lower bounds of the mean replication's share on time that hold whatever the law of the replications; float64 (limits,).

    The geometric mean of the shares of the R replications that have cases, times error^(1/R): independent shares X of mean m have
    E[prod(X / m)] = 1, so that prod(X / m) is above 1 / error with a probability of at most `error` (Markov's inequality) [1]_. Bad
    replications that did not occur are allowed for, which costs error^(1/R) everywhere. A replication counts once here, however many
    its cases. 0 without cases, and where a replication is late as a whole.

    References
    ----------
    .. [1] The wager of Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by betting. JRSS B 86, 1-27, with all
       of the capital at stake; it needs no upper limit of X.

    Example
    -------
    >>> import numpy as np
    >>> round(float(whatever(Counts(np.full((59, 1), 19), np.full((59, 1), 20)), 0.05)[0]), 4)  # 0.95 * 0.05^(1/59)
    0.903
    """
    able = counts.due > 0
    share = np.divide(counts.kept, counts.due, out=np.ones(counts.due.shape), where=able)
    there = able.sum(axis=0)
    with np.errstate(divide="ignore"):
        total = np.log(share).sum(axis=0) + log(error)
    return np.where(there > 0, np.exp(total / np.maximum(there, 1)), 0.0)


def reaching(counts: Counts, limit: int, target: float, error: float) -> tuple[int, int, float]:
    """Return in how many replications the share at a limit reaches the target, of how many, and a lower bound of that chance.

    Clopper and Pearson's bound, exact for independent replications whatever their law.
    """
    from scipy.special import betaincinv

    kept, due = counts.kept[:, limit], counts.due[:, limit]
    there = int((due > 0).sum())
    hits = int((kept[due > 0] >= target * due[due > 0] - 1e-9).sum())
    return hits, there, float(betaincinv(hits, there - hits + 1, error)) if hits else 0.0


def unseen(replications: float, error: float) -> float:
    """Return the share of bad replications that so many good ones do not exclude at an error: 1 - error^(1/R).

    >>> round(unseen(59, 0.05), 4)
    0.0495
    """
    return float(1 - error ** (1 / replications)) if replications > 0 else 1.0


def needed(target: float, error: float) -> int:
    """Return how many equal replications without a late case show a share: the smallest R with error^(1/R) at least the target.

    >>> needed(0.9, 0.05), needed(0.95, 0.05), needed(0.99, 0.05)
    (29, 59, 299)
    """
    return ceil(log(error) / log(target))


def loosest(counts: Counts, legal_wd: int, target: float) -> int | None:
    """Return the longest limit within the law that the runs are long enough to test; None where they are too short for any.

    The cases whose limit has not passed at the end may be no more than half of those that may be late: of nine in ten, 5 %.
    """
    due = counts.due.sum(axis=0)
    seen = np.flatnonzero(due[: legal_wd + 1] >= (1 - (1 - target) / 2) * max(1, int(due[0])) - 1e-9)
    return int(seen[-1]) if len(seen) and due[0] > 0 else None


def chosen(counts: Counts, target: float, start: int) -> int | None:
    """Return the tightest limit up to `start` that, with all looser ones, is kept by the target's share of the cases as counted."""
    short = np.flatnonzero(~(counts.share[: start + 1] >= target - 1e-12))
    tightest = int(short[-1]) + 1 if len(short) else 0
    return tightest if tightest <= start else None


def certify(counts: Counts, target: float, error: float, start: int, stop: int) -> Answer:
    """Test the limits from `start` down to `stop`, each at `error`, and stop at the first that fails.

    Of the same cases no fewer keep a longer limit, so that a lower bound of a tighter limit is one of every looser limit: each is judged
    by the best bound from `stop` up to it, and that is the bound told. So a bound that dips, where late cases grow too few for Student's,
    stops no test. A wrong certificate needs a bound above the share at some limit that misses it. Those bounds are of nested cases and
    nearly one event, so that the error is not divided among them: with 100 replications of 12 cases and three limits below nine in ten,
    the last by 0.05 or 0.1 points, correlation of a replication's cases 0 to 0.2, 4.8 % of certificates at most are wrong at 5 % and 0.16 %
    at 0.135 % (3,000 and 8,000 draws, standard error 0.4 and 0.04), by the last limit alone 0.1 points fewer at most.
    `stop` was chosen on other replications.

    Parameters
    ----------
    counts : of replications used for nothing else.
    target : share of the cases that must keep a limit.
    start, stop : the loosest and the tightest limit tested, in working days.
    """
    found = bounds(Counts(counts.kept[:, : start + 1], counts.due[:, : start + 1]), error)
    low = np.concatenate([found.low[:stop], np.maximum.accumulate(found.low[stop:])])
    found = found._replace(low=low)
    failed = np.flatnonzero(~(low >= target))
    tightest = max(stop, int(failed[-1]) + 1 if len(failed) else 0)
    refuted = np.flatnonzero(found.high < target)
    unrefuted = int(refuted[-1]) + 1 if len(refuted) else 0
    return Answer(tightest if tightest <= start else None, unrefuted if unrefuted <= start else None, found)
