"""Replicates: the value of a measure in each single replication, for what looks at their spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.estimates import EXPOSED

if TYPE_CHECKING:
    import pandas as pd

    from simulation.measures import Measure


def replicates(rows: pd.DataFrame, measure: Measure, numbers: Sequence[int], group: str = "all") -> NDArray[np.float64]:
    """Return the value of each replication, in the unit of the measure; NaN where it has none.

    Nothing of a rate in a replication is a zero.

    Parameters
    ----------
    rows : of one scenario under one stress, as `run_variants` returns them.
    numbers : of the replications wanted.
    """
    found = np.full(len(numbers), 0.0 if measure.kind in EXPOSED else np.nan)
    place = {number: k for k, number in enumerate(numbers)}
    mine = rows[(rows["measure"] == measure.name) & (rows["group"] == group)]
    for number, total, n, values in mine[["replication", "total", "n", "values"]].itertuples(index=False):
        value = measure.value(total, n, values)
        if int(number) in place and value is not None:
            found[place[int(number)]] = value
    return found
