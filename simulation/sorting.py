"""One order for the rows of a table, whatever order they were written in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def row_order(keys: list[NDArray[Any]], rows: int) -> NDArray[np.int64]:
    """Return the order of rows by several keys: by the first two, then only what is equal in these by all of them.

    Parameters
    ----------
    keys : whole numbers (rows,) each, the most important first.
    """
    if len(keys) < 3 or not rows or min(k.min() for k in keys[:2]) < -(1 << 31) or max(k.max() for k in keys[:2]) >= 1 << 31:
        return np.lexsort(keys[::-1]) if keys else np.arange(rows)
    both = (keys[0].astype(np.int64) << 32) + (keys[1].astype(np.int64) + (1 << 31))
    order = np.argsort(both, kind="stable")
    equal = both[order][1:] == both[order][:-1]
    tied = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
    order[tied] = order[tied][np.lexsort([k[order[tied]] for k in keys[::-1]])]
    return order
