"""Quantiles of times that were cut off for some cases, over replications: value by Kaplan and Meier over all cases, interval by sectioning.

Each replication is a section. A section whose curve ends before the quantile leaves the interval open, which is said; the value itself
is None where the curve of all cases ends first ("not reached").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simulation.estimates import Estimate
from simulation.measures.survival import km_quantile

Ints = NDArray[np.int64]
NOT_REACHED = "not reached: the curve ends before this share has ended"
SECTIONS = "Kaplan-Meier; interval by sectioning over replications"
ONE = "Kaplan-Meier; one replication: no interval"
OPEN = "Kaplan-Meier; no interval: in some replications the quantile is not reached"


def quantile_of(kind: str) -> float | None:
    """Return 0.9 for ``km_quantile(0.9)``, None for a kind without censoring.

    Example
    -------
    >>> quantile_of("km_quantile(0.9)")
    0.9
    """
    return float(kind[12:-1]) if kind.startswith("km_quantile(") else None


def estimate(values: Mapping[int, Ints], q: float, replications: Sequence[int], level: float = 0.95) -> Estimate:
    """Return the quantile with its interval; `values` by replication, coded as in ``simulation.measures.survival``."""
    pooled = _pooled(values, q)
    if pooled is None:
        return Estimate(None, None, None, len(replications), note=NOT_REACHED)
    return _sectioned(pooled, [_section(values, r, q) for r in replications], level)


def difference(a: Mapping[int, Ints], b: Mapping[int, Ints], q: float, replications: Sequence[int], level: float = 0.95) -> Estimate:
    """Return the paired difference a - b of two quantiles with its interval."""
    first, second = _pooled(a, q), _pooled(b, q)
    if first is None or second is None:
        return Estimate(None, None, None, len(replications), note=NOT_REACHED)
    parts = [(_section(a, r, q), _section(b, r, q)) for r in replications]
    return _sectioned(first - second, [None if x is None or y is None else x - y for x, y in parts], level)


def _pooled(values: Mapping[int, Ints], q: float) -> float | None:
    return km_quantile(np.concatenate(list(values.values())), q) if values else None


def _section(values: Mapping[int, Ints], replication: int, q: float) -> float | None:
    return km_quantile(values[replication], q) if replication in values and len(values[replication]) else None


def _sectioned(value: float, sections: Sequence[float | None], level: float) -> Estimate:
    from scipy.special import stdtrit

    found = np.array([s for s in sections if s is not None])
    if len(found) < len(sections) or len(found) < 2:
        return Estimate(value, None, None, len(sections), note=ONE if len(sections) < 2 else OPEN)
    if np.all(found == value):
        return Estimate(value, value, value, len(found), identical=value == 0, note=SECTIONS)
    half = float(stdtrit(len(found) - 1, (1 + level) / 2) * np.sqrt(np.mean((found - value) ** 2) / (len(found) - 1)))
    return Estimate(value, value - half, value + half, len(found), note=SECTIONS)
