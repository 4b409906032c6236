"""What an administrative need costs its owner 申请人负担: hours and money, by the Standard Cost Model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.measures.comings import COMES, SPAN, comings, occurrences, ways
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
HOUR = 3600.0
DIMENSIONS = ("need", "group", "channel")


def _spent(view: View) -> tuple[Ints, Floats, Floats, Bools]:
    """Row of the first measured case of each occurrence of a Need, the hours it cost, its round trips, and whether nothing was given up.

    The way is that from the citizen's zone to the hall he came to; where the log does not know it, the burden's own `trip`.
    """
    assert view.meta.burden is not None
    occurrence, first, kept = view.once(occurrences)
    size = len(occurrence)
    counted = view.at_counter & ~view.consultation[view.case_row] & ~view.is_("events", "outcome", "no_show")
    at = np.flatnonzero(counted)
    entered, start, end = (view.event(column)[at] for column in ("entered", "start", "end"))
    since = np.where(entered != MISSING, entered, np.where(start != MISSING, start, end))
    until = np.where(end == MISSING, view.meta.horizon, end)
    came, whose = view.once(comings)
    way = ways(view, came)
    round_trip = np.where(way >= 0, 2 * way, view.meta.burden.trip)
    trips = np.bincount(whose, minlength=size).astype(np.float64)
    inside = np.bincount(occurrence[view.case_row[at]], until - since, size)
    hours = (inside + np.bincount(whose, round_trip, size)) / HOUR
    rows = np.flatnonzero(first)
    return rows, hours[occurrence[rows]], trips[occurrence[rows]], kept


def burden_hours(view: View) -> Rows:
    first, hours, _, kept = view.once(_spent)
    return _each(view, first, hours, kept)


def burden_money(view: View) -> Rows:
    first, hours, trips, kept = view.once(_spent)
    burden, group = view.meta.burden, view.dimension("cases", "group")
    assert burden is not None
    worth = np.full(len(first), burden.hour)
    if group is not None:
        each = np.array([burden.hour_of.get(name, burden.hour) for name in group[1]] + [burden.hour])
        worth = each[group[0][first]]
    return _each(view, first, hours * worth + trips * burden.fare, kept)


def _each(view: View, first: Ints, values: Floats, kept: Bools) -> Rows:
    total = np.zeros(len(view.log.cases))
    total[first] = values
    return view.sums("cases", view.spread(first, len(total)), total, kept, DIMENSIONS)


SPENT = (*COMES, "events.entered", "events.start", "events.end", "meta.burden")
CUT = "up to the cut-off: a lower bound while cases are open; waits for a call that comes to nothing count, wrong windows too"
SCM = "Standard Cost Model: time x value of an hour + out of pocket; field usage"

MEASURES = (
    Measure("burden_hours", "h", "lower", "ratio", SPENT,
            f"hours in queues and at counters and on round trips (distinct comings) / {SPAN}; work at home on papers is not in it", CUT,
            SCM, burden_hours),
    Measure("burden_money", "CNY", "lower", "ratio", SPENT,
            f"hours of burden_hours at the value of an hour of the applicant's group, and fares / {SPAN}; fees are not in it", CUT, SCM,
            burden_money),
)  # fmt: skip
