"""How a file goes between desks: hand-overs, and the time it lies waiting for a run or for the slowest of those who look at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.measures.measure import Measure
from simulation.measures.view import CASE_DIMENSIONS, Rows, View

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
HOUR = 3600.0
LINE = 1 << 40
"""A case and a second as one number: seconds of a log are far below it."""


def _decided(view: View) -> Bools:
    decided: Bools = view.received & (view.case("decided") != MISSING)
    return decided


def hops(view: View) -> Rows:
    return view.sums("cases", _decided(view), view.hops, None, CASE_DIMENSIONS)


def transfer_wait(view: View) -> Rows:
    """A file that no run has taken yet lies there until the cut-off."""
    lies = view.is_("events", "kind", "transfer") & (view.event("entered") != MISSING)
    leaves = np.where(view.event("start") == MISSING, view.cutoff, view.event("start"))
    return view.sums("cases", _decided(view), _office(view, lies, view.event("entered"), leaves), None, CASE_DIMENSIONS)


def join_wait(view: View) -> Rows:
    """Rows of a case that overlap, begun when the file was there, are one stretch; in it each department but the slowest waits.

    Steps in a row touch and do not overlap, so that they are stretches by themselves; a transfer joins a stretch but waits for nobody.
    """
    ready = np.where(view.event("entered") == MISSING, view.event("start"), view.event("entered"))
    end, case = view.event("end"), view.case_row
    rows = view.is_("events", "kind", "task", "transfer") & _decided(view)[case] & (ready != MISSING) & (end != MISSING)
    rows &= end <= view.case("decided")[case]
    at = np.flatnonzero(rows)
    order = at[np.lexsort((end[at], ready[at], case[at]))]
    wait = np.zeros(len(view.log.cases))
    if not len(order):
        return view.sums("cases", _decided(view), wait, None, CASE_DIMENSIONS)
    until = np.maximum.accumulate(case[order] * LINE + end[order])
    new = np.append(True, case[order][1:] * LINE + ready[order][1:] >= until[:-1])
    stretch = np.cumsum(new) - 1
    over = until[np.append(np.flatnonzero(new)[1:], len(new)) - 1] % LINE
    department = np.where(view.is_("events", "kind", "task"), view.event_department, -1)[order]
    known, width = department >= 0, int(department.max()) + 2
    parts, place = np.unique(stretch[known] * width + department[known], return_inverse=True)
    done = np.zeros(len(parts), dtype=np.int64)
    np.maximum.at(done, place, end[order][known])
    of = parts // width
    lost = (view.clocks.office_seconds(over[of]) - view.clocks.office_seconds(done)) / HOUR
    several = np.bincount(of, minlength=len(over))[of] > 1
    np.add.at(wait, case[order][new][of], lost * several)
    return view.sums("cases", _decided(view), wait, None, CASE_DIMENSIONS)


def _office(view: View, rows: Bools, since: Ints, until: Ints) -> NDArray[np.float64]:
    """Office hours from `since` to `until` of these rows, summed over each case."""
    at = np.flatnonzero(rows)
    hours = (view.clocks.office_seconds(until[at]) - view.clocks.office_seconds(since[at])) / HOUR
    return np.bincount(view.case_row[at], hours, len(view.log.cases)).astype(np.float64)


CASES = ("cases.received", "cases.decided")
ROWS = ("events.kind", "events.start", "events.end")
RAN = "of cases received in the window and decided"
ONLY = "decided cases only: short ones are over-represented while cases are open"
REST = f"{ONLY}; what a result still under way at the cut-off has to go is not in it"

MEASURES = (
    Measure("hops", "hops", "lower", "mean", (*CASES, *ROWS, "events.department"),
            f"mean of hand-overs of the file: transfers, and tasks begun in another department than the one begun before with nothing "
            f"carried between, a meeting being a task of who convenes it; {RAN}", REST, "流转环节数: field usage", hops),
    Measure("transfer_wait", "h", "lower", "mean", (*CASES, *ROWS, "events.entered"),
            f"mean of office hours that the file lies ready until the run that takes it leaves, summed over its transfers; {RAN}", REST,
            "design of this project", transfer_wait),
    Measure("join_wait", "h", "lower", "mean", (*CASES, *ROWS, "events.entered", "events.department"),
            "mean of office hours from the last work of a department to that of the slowest, summed over the departments of a case whose "
            "tasks (from the moment the file is there) overlap before the decision: hours of departments, not of a case, and the more are "
            f"asked at once the more they are; {RAN}; the log does not say who waits for whom: overlap stands for it, suspensions are not "
            "in it", ONLY, "design of this project", join_wait),
)  # fmt: skip
