"""Quantiles of a time that was cut off for some: the product-limit estimate.

References
----------
.. [1] Kaplan and Meier (1958), Nonparametric estimation from incomplete observations. JASA 53, 457-481.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def encode(times: Ints, ended: NDArray[np.bool_]) -> Ints:
    """One whole number a case: its time when it ended, `~time` (negative) when it was cut off there."""
    return np.where(ended, times, ~times)


def decode(values: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Times, and whether each ended."""
    return np.where(values < 0, ~values, values), values >= 0


def survival(values: Ints) -> tuple[Ints, NDArray[np.float64]]:
    """Times at which cases ended, and the share still going after each (product-limit [1]_).

    A case cut off at the very time at which another ended counts as still at risk there.
    """
    times, ended = decode(np.asarray(values, dtype=np.int64))
    at, ends = np.unique(times[ended], return_counts=True)
    at_risk = len(times) - np.searchsorted(np.sort(times), at, "left")
    return at, np.cumprod(1 - ends / np.maximum(at_risk, 1)).astype(np.float64)


def km_quantile(values: Ints, q: float) -> float | None:
    """The first time by which a share `q` has ended; None ("not reached") where the curve ends before."""
    at, left = survival(values)
    reached = np.flatnonzero(1 - left >= q - 1e-12)
    return float(at[reached[0]]) if len(reached) else None
