"""Comings: each time the owner of a Need comes to a hall, and the way there. What measures of trips, burden and travel have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.measures.view import View

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
COMES = ("events.kind", "events.visit", "cases.need", "cases.number", "cases.arrived|cases.received", "cases.outcome")
SPAN = (
    "occurrences of a Need with a case that came (or was filed online) in the window, those with a case given up by the cut-off counted "
    "above the line only, so that driving people away at large makes it no better; keeping those out who need many trips may. Read it "
    "beside walk_away_share"
)


def _moment(view: View) -> Ints:
    """The first second a row speaks of."""
    entered, start = view.event("entered"), view.event("start")
    return np.where(entered != MISSING, entered, np.where(start != MISSING, start, view.event("end")))


def occurrences(view: View) -> tuple[Ints, Bools, Bools]:
    """Number the occurrences of needs, by case; mark the first case of each that came in the window, on whose row it is counted, and
    the cases of occurrences of which nothing was given up.
    """
    need = view.dimension("cases", "need")
    assert need is not None
    occurrence = numbered(need[0], view.case("number"))[0]
    rows = np.flatnonzero(view.came)
    first = view.spread(rows[np.unique(occurrence[rows], return_index=True)[1]], len(occurrence))
    return occurrence, first, ~view.spread(occurrence[view.given_up], len(occurrence))[occurrence]


def numbered(*columns: NDArray[Any]) -> tuple[Ints, Ints]:
    """Number the distinct rows of several columns of whole numbers from 0 on in rising order, the first column counting most.

    Returns
    -------
    The number of each row; and the first row of each number.
    """
    order = np.lexsort(columns[::-1])
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([column[order[1:]] != column[order[:-1]] for column in columns], axis=0)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, order[new]


def comings(view: View) -> tuple[Ints, Ints]:
    """Return a row of `events` for each coming of an occurrence, one per day and visit number, and the occurrence."""
    at = np.flatnonzero(view.in_person & ~view.consultation[view.case_row])
    occurrence, visit = view.once(occurrences)[0][view.case_row[at]], np.maximum(view.event("visit")[at], 0)
    first = numbered(occurrence, _moment(view)[at] // DAY, visit)[1]
    return at[first], occurrence[first]


def ways(view: View, at: Ints) -> Ints:
    """Seconds one way to where each of the rows `at` of `events` took place, from where its citizen lives; -1 where one is not known."""
    zone, site = view.dimension("cases", "zone"), view.dimension("events", "site")
    if zone is None or site is None:
        return np.full(len(at), -1, dtype=np.int64)
    known = view.meta.travel
    table = np.array([[*(known.get(z, {}).get(s, -1) for s in site[1]), -1] for z in zone[1]] + [[-1] * (len(site[1]) + 1)], dtype=np.int64)
    ways: Ints = table[zone[0][view.case_row[at]], site[0][at]]
    return ways
