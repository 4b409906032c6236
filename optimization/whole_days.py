"""Whole days: a full-time person whose day at the windows becomes shorter is paid for the contract all the same.

So only what a hall can save counts as saved: a person less, or a day off; not a seven-hour day that becomes a lunch hour. Today's short
days stay what the scenario says of them, for nothing in it tells what those people are paid for the rest of the day; what it all comes to
with each of them paid whole is told beside it (`ShortDays`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimization.cover import Cover
    from optimization.program import Program

Steps = tuple[tuple[float, frozenset[int]], ...]
WORKING_DAYS = 5
"""Of a week, without Saturday."""


@dataclass(frozen=True)
class ShortDays:
    """Working days of people at the windows that are shorter than a whole one.

    Attributes
    ----------
    least : hours of a whole day.
    today, proposed : such person-days a week.
    beyond : hours a week that the answer pays beyond those at the windows, to people whose day it makes shorter.
    whole_today, whole : paid hours a week if each person-day were paid as a whole one at least, today's short ones too.
    windows : kinds of windows at which the answer has such days, and how many a week, most first.
    """

    least: float
    today: int
    proposed: int
    beyond: float
    whole_today: float
    whole: float
    windows: tuple[tuple[str, int], ...] = ()


def steps(daily: Sequence[float], least: float) -> Steps:
    """Return what shorter days cost beyond them, as (hours a week, shifts): for each length below a whole day, what the next one up has
    more, and the shifts that are not longer.

    Parameters
    ----------
    daily : hours of each shift on a working day (S,).
    least : hours of a whole day; never more than the longest shift has.

    Example
    -------
    >>> [(price, sorted(shifts)) for price, shifts in steps([7, 1, 4, 8], 7)]
    [(15.0, [1]), (15.0, [1, 2])]
    """
    whole = min(least, max(daily, default=0.0))
    lengths = sorted({*(h for h in daily if h < whole), whole})
    return tuple((WORKING_DAYS * float(b - a), frozenset(s for s, h in enumerate(daily) if h <= a)) for a, b in pairwise(lengths))


def shortened(program: Program, c: Cover, people: Mapping[tuple[int, int, int], int]) -> dict[int, float]:
    """Add p[g,i] >= sum over w and the shifts s of step i of x[g,s,w] - today[g,s,w], which costs the step's hours; return these prices.

    Whoever goes back to his employer leaves a whole day rather than a short one, so nothing is saved that may not be.
    """
    prices: dict[int, float] = {}
    for price, shifts in c.shorter:
        for g in range(len(c.sizes)):
            if terms := {v: -1.0 for (a, s, _), v in people.items() if a == g and s in shifts}:
                p = program.variable(price)
                prices[p] = price
                program.row({p: 1.0, **terms}, lower=-float(c.today[g, sorted(shifts)].sum()))
    return prices


def beyond(c: Cover, people: NDArray[np.int64]) -> float:
    """Return the hours a week that are paid beyond those at the windows; of `people` (G, S, W)."""
    more = (people - c.today).sum(axis=2)
    return float(sum(price * np.maximum(more[:, sorted(shifts)].sum(axis=1), 0).sum() for price, shifts in c.shorter))


def paid_hours(c: Cover, people: NDArray[np.int64]) -> float:
    """Return the paid hours a week of people (G, S, W), those beyond the windows with them."""
    return float(np.einsum("gsw,s->", people, c.paid)) + beyond(c, people)


def short_days(c: Cover, people: NDArray[np.int64], least: float) -> ShortDays | None:
    """Return the short days of an answer; None where no shift is shorter than a whole day of `least` hours."""
    if not c.shorter:
        return None
    short = sorted(frozenset().union(*(shifts for _, shifts in c.shorter)))
    numbers = [int(those[:, short].sum()) * WORKING_DAYS for those in (c.today, people)]
    hours = [
        float(np.einsum("gsw,s->", those, c.paid)) + float(sum(price * those[:, sorted(shifts)].sum() for price, shifts in c.shorter))
        for those in (c.today, people)
    ]
    by = WORKING_DAYS * people[:, short].sum(axis=(0, 1))
    named = tuple((c.window_names[w], int(by[w])) for w in sorted(np.flatnonzero(by).tolist(), key=lambda w: -by[w]))
    return ShortDays(least, numbers[0], numbers[1], beyond(c, people), hours[0], hours[1], named)


__all__ = ["ShortDays", "Steps", "beyond", "paid_hours", "short_days", "shortened", "steps"]
