"""Which limit is kept by the share of cases that was asked for: bounds over replications, and tests in a fixed order.

The replication is the only independent unit. The lower bound of a share on time is Student's, on the delete-one jackknife, where there
are replications and late cases enough for it; else Clopper and Pearson's with n / deff [1]_, the design effect never taken smaller than
that of tighter limits, since few late cases show little of how they cluster. Limits are tested from loose to tight, each at the whole
error, until the first that fails [2]_: a longer limit is kept by no fewer cases, so that the first false hypothesis met is the only one
that can be rejected wrongly first. Over several items the error is divided (Bonferroni): so every bound printed is itself one of the
simultaneous statements and agrees with its verdict, whatever the items have in common; Holm's steps would certify a little more, with
bounds that do not say why.

References
----------
.. [1] Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts estimated from
   survey data. Survey Methodology 24, 193-201.
.. [2] Maurer, Hothorn and Lehmacher (1995), Multiple comparisons in drug clinical trials and preclinical assays: a-priori ordered
   hypotheses. Biometrie in der chemisch-pharmazeutischen Industrie 6, 3-18.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimization.kept import Counts
from simulation.estimates import student

Floats = NDArray[np.float64]
ENOUGH = 30
"""Replications with cases from which on Student's bound may be used."""
LATE = 10.0
"""Late cases, divided by their design effect, from which on it may."""
SEEN = 0.9
"""Share of the cases whose limit must have passed for a limit to be tested: beyond, the run ends too soon to say."""


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
    able = units >= 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = kept.sum(axis=0) / n
        left = (kept.sum(axis=0) - kept) / (n - due)
        # A replication without cases leaves the share as it is, and counts no degree of freedom.
        off, count = np.where(due > 0, left - share, 0.0), np.maximum(units, 1)
        variance = np.maximum((off**2).sum(axis=0) - off.sum(axis=0) ** 2 / count, 0.0) * (units - 1) / count
        plain = share * (1 - share) / n
        effect = np.where(able & (plain > 0), np.maximum(1.0, variance / plain), 1.0)
    effect = np.maximum.accumulate(np.where(np.isfinite(effect), effect, 1.0))
    t = np.array([student(max(1, int(k) - 1), 1 - 2 * error) for k in units])
    late = n - kept.sum(axis=0)
    usual = able & (units >= ENOUGH) & (np.minimum(late, n - late) / effect >= LATE) & (variance > 0)
    reach = t * np.sqrt(np.where(usual, variance, 0.0))
    whole = np.array([student(max(1.0, float(k) - 1), 1 - 2 * error) for k in n])
    size = np.maximum(n / effect * (whole / t) ** 2, 1e-9)
    hits = np.where(able, np.nan_to_num(share), 0.0) * size
    lowest = np.where(hits > 0, betaincinv(np.maximum(hits, 1e-9), size - hits + 1, error), 0.0)
    highest = np.where(hits < size, betaincinv(hits + 1, np.maximum(size - hits, 1e-9), 1 - error), 1.0)
    low, high = np.where(usual, share - reach, lowest), np.where(usual, share + reach, highest)
    return Bounds(share, np.where(able, np.maximum(low, 0.0), 0.0), np.where(able, np.minimum(high, 1.0), 1.0))


def loosest(counts: Counts, legal_wd: int) -> int | None:
    """Return the longest limit within the law that the runs are long enough to test; None where they are too short for any."""
    due = counts.due.sum(axis=0)
    seen = np.flatnonzero(due[: legal_wd + 1] >= SEEN * max(1, int(due[0])))
    return int(seen[-1]) if len(seen) and due[0] > 0 else None


def chosen(counts: Counts, target: float, start: int) -> int | None:
    """Return the tightest limit up to `start` that, with all looser ones, is kept by the target's share of the cases as counted."""
    short = np.flatnonzero(~(counts.share[: start + 1] >= target - 1e-12))
    tightest = int(short[-1]) + 1 if len(short) else 0
    return tightest if tightest <= start else None


def certify(counts: Counts, target: float, error: float, start: int, stop: int) -> Answer:
    """Test the limits from `start` down to `stop`, each at `error`, and stop at the first that fails.

    Parameters
    ----------
    counts : of replications used for nothing else.
    target : share of the cases that must keep a limit.
    start, stop : the loosest and the tightest limit tested, in working days.
    """
    found = bounds(Counts(counts.kept[:, : start + 1], counts.due[:, : start + 1]), error)
    passed = found.low >= target
    failed = np.flatnonzero(~passed)
    tightest = max(stop, int(failed[-1]) + 1 if len(failed) else 0)
    refuted = np.flatnonzero(found.high < target)
    unrefuted = int(refuted[-1]) + 1 if len(refuted) else 0
    return Answer(tightest if tightest <= start else None, unrefuted if unrefuted <= start else None, found)
