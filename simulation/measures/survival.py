"""Many whole numbers told by how often each occurs, and quantiles of a time that was cut off for some: the product-limit estimate.

References
----------
.. [1] Kaplan and Meier (1958), Nonparametric estimation from incomplete observations. JASA 53, 457-481.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Whole = NDArray[np.signedinteger[Any]]
"""Whole numbers of 32 bits where they fit, else of 64."""


class Tally(NamedTuple):
    """Whole numbers without their order: seconds and days tie so often that a tally of a year is small.

    Attributes
    ----------
    values : the distinct numbers, rising; shape (distinct,)
    counts : how often each occurs, at least once; shape (distinct,)
    """

    values: Whole
    counts: Whole

    @classmethod
    def of(cls, numbers: Tally | NDArray[Any]) -> Tally:
        """The tally of whole numbers in any order; a tally is its own."""
        return numbers if isinstance(numbers, Tally) else cls.made(*np.unique(numbers, return_counts=True))

    @classmethod
    def made(cls, values: Ints, counts: Ints) -> Tally:
        """A tally of these distinct and rising values."""
        return cls(_narrow(values), _narrow(counts))

    @classmethod
    def together(cls, tallies: list[Tally]) -> Tally:
        """The tally of all numbers of several tallies, of which there is one at least."""
        values, place = np.unique(np.concatenate([one.values for one in tallies]), return_inverse=True)
        return cls.made(values, np.bincount(place, np.concatenate([one.counts for one in tallies]), len(values)).astype(np.int64))

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(self.counts.sum())

    def same(self, other: Tally) -> bool:
        """Whether both hold the same numbers."""
        return np.array_equal(self.values, other.values) and np.array_equal(self.counts, other.counts)

    def upto(self, limits: NDArray[Any]) -> Ints:
        """How many numbers do not exceed each limit."""
        sums = np.concatenate(([0], np.cumsum(self.counts, dtype=np.int64)))
        answer: Ints = sums[np.searchsorted(self.values, limits, "right")]
        return answer

    def quantile(self, q: float) -> int:
        """The smallest number that at least a share `q` of them, of which there is one at least, does not exceed."""
        sums = np.cumsum(self.counts, dtype=np.int64)
        return int(self.values[np.searchsorted(sums, max(1, int(np.ceil(q * int(sums[-1]) - 1e-9))))])


def _narrow(numbers: Ints) -> Whole:
    fits = not len(numbers) or (numbers.min() >= -(1 << 31) and numbers.max() < 1 << 31)
    return numbers.astype(np.int32 if fits else np.int64)


def encode(times: Ints, ended: NDArray[np.bool_]) -> Ints:
    """One whole number a case: its time when it ended, `~time` (negative) when it was cut off there."""
    return np.where(ended, times, ~times)


def split(values: Tally | Ints) -> tuple[Tally, Tally]:
    """Times that ended, and times at which others were cut off, of numbers as `encode` writes them."""
    tally = Tally.of(values)
    ended = tally.values >= 0
    cut = Tally(~tally.values[~ended][::-1], tally.counts[~ended][::-1])
    return Tally(tally.values[ended], tally.counts[ended]), cut


def at_risk(values: Tally | Ints, times: NDArray[Any]) -> tuple[Ints, Ints]:
    """How many ended at each of these times, and how many had neither ended nor been cut off before it."""
    ended, cut = split(values)
    before = ended.upto(times - 1)
    return ended.upto(times) - before, ended.size + cut.size - before - cut.upto(times - 1)


def survival(values: Tally | Ints) -> tuple[Ints, NDArray[np.float64]]:
    """Times at which cases ended, and the share still going after each (product-limit [1]_).

    A case cut off at the very time at which another ended counts as still at risk there.
    """
    times = split(values)[0].values.astype(np.int64)
    ends, still = at_risk(values, times)
    return times, np.cumprod(1 - ends / np.maximum(still, 1)).astype(np.float64)


def km_quantile(values: Tally | Ints, q: float) -> float | None:
    """The first time by which a share `q` has ended; None ("not reached") where the curve ends before."""
    at, left = survival(values)
    reached = np.flatnonzero(1 - left >= q - 1e-12)
    return float(at[reached[0]]) if len(reached) else None
