"""Intervals of a day laid on the horizon, and what an outage leaves of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import Calendar
from simulation.units import Interval

DAY = 86_400
Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Days:
    """The days of a horizon: which are worked, which are ordinary Saturdays (no holiday, no make-up day), and their weekdays."""

    working: NDArray[np.bool_]
    saturday: NDArray[np.bool_]
    weekday: NDArray[np.int64]

    @classmethod
    def of(cls, calendar: Calendar, days: int) -> Days:
        """Return the first `days` days of `calendar`."""
        index = np.arange(days)
        weekday = (index + calendar.epoch.weekday()) % 7
        working = calendar.is_working(index)
        return cls(working, ~working & (weekday == 5) & ~calendar.is_holiday(index), weekday)

    def hours(self, working: Iterable[Interval], saturday: Iterable[Interval], day: int) -> Spans:
        """Return what holds on `day` of two patterns, one for working days and one for Saturdays."""
        return day_intervals(working if self.working[day] else saturday if self.saturday[day] else (), day)


def day_intervals(pattern: Iterable[Interval], day: int) -> Spans:
    """Return the intervals of `pattern` on day index `day`, in seconds since the epoch."""
    return [(day * DAY + i.start, day * DAY + i.end) for i in pattern]


def subtract(spans: Iterable[tuple[int, int]], holes: Iterable[tuple[int, int]]) -> Spans:
    """Return `spans` without `holes`, all half-open [from, to).

    Example
    -------
    >>> subtract([(0, 10)], [(3, 5)])
    [(0, 3), (5, 10)]
    """
    left = list(spans)
    for a, b in holes:
        left = [piece for x, y in left for piece in ((x, min(y, a)), (max(x, b), y)) if piece[0] < piece[1]]
    return left
