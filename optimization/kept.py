"""How many cases of a log would have kept each limit: the counts from which a promise is chosen and certified.

Due-based as `on_time_promise` is: at the promise that stands in the log, the counts of this measure are the counts of that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulation import clocks
from simulation.clocks import MISSING
from simulation.measures.measure import Measure
from simulation.measures.survival import Tally
from simulation.measures.view import Rows, View

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
DAYS = 64
"""Limits counted: 0 to 63 working days, beyond the longest legal one (45 and 15 of an extension)."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Cases of one item, by replication and limit.

    Attributes
    ----------
    kept : int64 (replications, DAYS), of the cases judged those decided within limit L, suspensions taken out by the promised clock.
    due : int64 (replications, DAYS), cases judged: those whose limit L has passed by the cut-off.
    """

    kept: Ints
    due: Ints

    @property
    def share(self) -> NDArray[np.float64]:
        """Share on time at each limit over all replications; NaN where none was due."""
        due = self.due.sum(axis=0).astype(np.float64)
        share: NDArray[np.float64] = np.divide(self.kept.sum(axis=0), due, out=np.full(due.shape, np.nan), where=due > 0)
        return share


def kept_by_limit(view: View) -> Rows:
    """For each item a tally of its cases: the smallest limit not passed and, up to it, the smallest limit kept, as one number."""
    needed, passed, chosen = _days(view)
    rows = Rows([], [], [], [])
    found = view.dimension("cases", "item")
    if found is None or rows.values is None:
        return rows
    codes, names = found
    for k in np.unique(codes[chosen & (codes >= 0)]).tolist():
        at = np.flatnonzero(chosen & (codes == k))
        rows.groups.append(f"item:{names[k]}")
        rows.values.append(Tally.of(passed[at] * (DAYS + 1) + np.minimum(needed[at], passed[at])))
    rows.total, rows.n = [np.nan] * len(rows.groups), [0.0] * len(rows.groups)
    return rows


def _beyond(days: NDArray[Any], cases: NDArray[Any]) -> Ints:
    """Of each limit, how many cases have more days."""
    counted = np.bincount(days, cases, minlength=DAYS + 1)
    more: Ints = (cases.sum() - np.cumsum(counted))[:DAYS].astype(np.int64)
    return more


def _days(view: View) -> tuple[Ints, Ints, Bools]:
    """Smallest limit that each case keeps (DAYS: none, or not decided), smallest that has not passed by the cut-off, and who is judged."""
    known = view.clocks
    chosen = view.received & (view.case("promise_wd") != MISSING) & (known.accepted != MISSING) & (view.withdrawn == MISSING) & ~known.lost
    needed = _smallest(view, known.until)
    passed = _smallest(view, np.full(len(needed), view.cutoff))
    return np.where(view.case("decided") == MISSING, DAYS, needed), passed, chosen


def _smallest(view: View, until: Ints) -> Ints:
    """The smallest limit that `until` does not overrun, at most DAYS: by halving, since a longer limit is never overrun sooner."""
    low = np.zeros(len(until), dtype=np.int64)
    step = DAYS
    while step := step // 2:
        late = clocks.breach(view.calendar, view.clocks.accepted, until, low + step - 1, view.clocks.promise_stops)
        low += step * late
    # `low` is now the number of limits below DAYS - 1 that are overrun; the last one decides itself.
    late = clocks.breach(view.calendar, view.clocks.accepted, until, low, view.clocks.promise_stops)
    return low + late


def waited_at_pool(view: View) -> Rows:
    """Office seconds that files of an item lay before a pool began, by item and pool; n = cases of the item."""
    rows = Rows([], [], [])
    items, pools = view.dimension("cases", "item"), view.dimension("events", "queue")
    if items is None or pools is None:
        return rows
    entered, start = view.event("entered"), view.event("start")
    chosen = view.is_("events", "kind", "task") & (entered != MISSING) & (start != MISSING) & (pools[0] >= 0)
    at = np.flatnonzero(chosen & (view.received & view.committed)[view.case_row])
    seconds = view.clocks.office_seconds(start[at]) - view.clocks.office_seconds(entered[at])
    cell = items[0][view.case_row[at]] * np.int64(len(pools[1])) + pools[0][at]
    cases = np.bincount(items[0][view.received & (items[0] >= 0)], minlength=len(items[1]))
    total = np.bincount(cell, seconds, len(items[1]) * len(pools[1]))
    for k in np.flatnonzero(total).tolist():
        item, pool = divmod(k, len(pools[1]))
        rows.groups.append(f"item:{items[1][item]} pool:{pools[1][pool]}")
        rows.total.append(float(total[k]))
        rows.n.append(float(cases[item]))
    return rows


def counts_of(rows: pd.DataFrame, items: Sequence[str]) -> dict[str, Counts]:
    """Return the counts of each item from rows of `KEPT` (of one scenario and stress); a replication without a case counts zeros."""
    numbers = sorted({int(r) for r in rows["replication"]})
    mine = rows[rows["measure"] == KEPT.name]
    found = {}
    for item in items:
        table = np.zeros((len(numbers), 2 * DAYS), dtype=np.int64)
        part = mine[mine["group"] == f"item:{item}"]
        for replication, values in zip(part["replication"], part["values"], strict=True):
            passed, kept = np.divmod(values.values, DAYS + 1)
            due = _beyond(passed, values.counts)
            table[numbers.index(int(replication))] = np.concatenate([due - _beyond(kept, values.counts), due])
        found[item] = Counts(table[:, :DAYS], table[:, DAYS:])
    return found


def held_up(rows: pd.DataFrame, scenario: str, item: str, most: int) -> list[str]:
    """Return the pools, at most so many, where the files of an item wait longest by rows of `WAITED`, longest first."""
    mine = rows[(rows["measure"] == WAITED.name) & (rows["scenario"] == scenario) & rows["group"].str.startswith(f"item:{item} pool:")]
    waits = mine.groupby("group")["total"].sum().sort_values(ascending=False, kind="stable")
    return [str(group).rpartition("pool:")[2] for group in waits.index[:most]]


START = ("cases.received", "cases.decided", "cases.complete|cases.accepted", "cases.promise_wd")
KEPT = Measure(
    "kept_by_limit", "cases", "none", "count", START,
    "cases received in the window that keep limits of 0 to 63 working days by the promised clock, and cases whose limit has passed",
    "as on_time_promise, at every limit", "按时办结率: field usage, due-based", kept_by_limit,
)  # fmt: skip
WAITED = Measure(
    "waited_at_pool", "s", "lower", "mean", ("events.entered", "events.start", "events.kind", "cases.received", "cases.class"),
    "office seconds from the arrival of a file at a pool until its task begins / cases of the item received in the window",
    "tasks begun by the cut-off", "field usage", waited_at_pool,
)  # fmt: skip
