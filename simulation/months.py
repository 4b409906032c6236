"""Months after a reform 改革后第几个月: in a transition every measure is also taken of the first, third and twelfth month alone.

A month is twenty working days, counted from the first day of the reform. Rows are called ``month:1`` and so on; the baseline has them
too, so that a month is compared with the same days under the old order. What came late in a run had less time to end: measures that
judge by a limit leave out what is too young, others name their rule. So compare a month with the same month of today, never one month
with another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulation.calendar import DAY

if TYPE_CHECKING:
    import pandas as pd

    from simulation.calendar import Calendar
    from simulation.log import EventLog
    from simulation.measures import Measure

MONTH = 20
"""Working days."""
SHOWN = (1, 3, 12)


def months(window_wd: int) -> tuple[int, ...]:
    """Return the months that a window of so many working days holds whole.

    >>> months(60), months(19)
    ((1, 3), ())
    """
    return tuple(k for k in SHOWN if k * MONTH <= window_wd)


def missing(window_wd: int) -> tuple[int, ...]:
    """Return the months that it does not hold."""
    return tuple(k for k in SHOWN if k not in months(window_wd))


def by_month(log: EventLog, measures: Sequence[Measure], calendar: Calendar, window: tuple[int, int], window_wd: int) -> list[pd.DataFrame]:
    """Return the rows over all cases of each month in the window; groups ``month:k``.

    Parameters
    ----------
    window : (from, to) in seconds since the epoch; the reform begins at `from`.
    """
    from simulation.measures import measure

    day, found = window[0] // DAY, []
    for k in months(window_wd):
        first, last = (int(calendar.add_wd(day - 1, 1 + wd)) for wd in ((k - 1) * MONTH, k * MONTH))
        rows = measure(log, measures, (first * DAY, min(last * DAY, window[1])))
        found.append(rows[rows["group"] == "all"].assign(group=f"month:{k}"))
    return found
