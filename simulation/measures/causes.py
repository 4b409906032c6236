"""Where the days of a case went: each second between receipt and end belongs to one cause."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.log import EventLog
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CAUSES = ("stopped", "working", "leader", "other_department", "stall", "waiting", "transfer", "applicant", "unlogged")
"""In order of precedence where several hold at once: the clock is stopped; somebody of the case's department works on it; it lies at
the leader's desk; another department has it; it lies idle; it waits its turn; it is carried; the applicant is asked; no row says."""
BATCH = 4000
STOPPED, WORKING, LEADER, OTHER, STALL, WAITING, TRANSFER, APPLICANT, UNLOGGED = range(len(CAUSES))


def path(log: EventLog, cases: list[int] | None = None, window: tuple[int, int] | None = None) -> pd.DataFrame:
    """What held each case, second by second.

    Parameters
    ----------
    log : EventLog
    cases : list of int, optional
        Case numbers; all that were received when left out.

    Returns
    -------
    DataFrame of `case, cause, department, start, end`: for each case, stretches without gap or overlap from receipt to decision (or
    withdrawal, or the cut-off), by time. `department` is that of a department's task, else missing.
    """
    view = View(log, window)
    chosen = view.case("received") != MISSING
    if cases is not None:
        chosen &= np.isin(view.case("case"), cases)
    case, cause, department, start, end = _stretches(view, chosen)
    names = [None, *_departments(view)]
    return pd.DataFrame(
        {
            "case": view.case("case")[case],
            "cause": pd.Categorical([CAUSES[c] for c in cause], categories=list(CAUSES)),
            "department": pd.Series([names[d + 1] for d in department], dtype=object),
            "start": start,
            "end": end,
        }
    )


def late_days_by_cause(view: View) -> Rows:
    return _by_cause(view, _late(view))


def late_days_by_department(view: View) -> Rows:
    return _by_department(view, _late(view))


def days_by_cause(view: View) -> Rows:
    return _by_cause(view, _decided(view))


def days_by_department(view: View) -> Rows:
    return _by_department(view, _decided(view))


def _by_cause(view: View, chosen: Bools) -> Rows:
    totals = np.zeros(len(CAUSES))
    for some in _batches(chosen):
        _, cause, _, start, end = _stretches(view, some)
        totals += np.bincount(cause, _office(view, start, end), len(CAUSES))
    return Rows([f"cause:{name}" for name in CAUSES], totals.tolist(), [float(totals.sum())] * len(CAUSES))


def _by_department(view: View, chosen: Bools) -> Rows:
    """Working, leader, other department, stall and waiting, by the department whose task it is."""
    names = _departments(view)
    totals = np.zeros(len(names) + 1)
    for some in _batches(chosen):
        _, _, department, start, end = _stretches(view, some)
        totals += np.bincount(department + 1, _office(view, start, end), len(names) + 1)
    return Rows([f"department:{name}" for name in names], totals[1:].tolist(), [float(totals.sum())] * len(names))


def _batches(chosen: Bools) -> Iterator[Bools]:
    """The chosen cases, some thousands at a time: the table of who holds a case when is wide."""
    at = np.flatnonzero(chosen)
    for k in range(0, len(at), BATCH):
        some = np.zeros(len(chosen), dtype=bool)
        some[at[k : k + BATCH]] = True
        yield some


def _decided(view: View) -> Bools:
    decided: Bools = view.received & view.committed & (view.case("decided") != MISSING)
    return decided


def _late(view: View) -> Bools:
    return view.received & view.clocks.promise.late


def _office(view: View, start: Ints, end: Ints) -> Ints:
    return view.clocks.office_seconds(end) - view.clocks.office_seconds(start)


def _departments(view: View) -> list[str]:
    found = view.dimension("cases", "department")
    events = view.log.events
    tasks = [str(name) for name in events["department"].cat.categories] if "department" in events else []
    return sorted({*tasks, *(found[1] if found else []), *view.meta.labels.get("department", {})})


def _stretches(view: View, chosen: Bools) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Case row, cause, department (-1: none), start and end of the stretches of the chosen cases, by case and time."""
    case, key, start, end = _claims(view, chosen)
    width = len(_departments(view)) + 1
    keys, column = np.unique(key, return_inverse=True)
    times, cases = np.concatenate([start, end]), np.concatenate([case, case])
    order = np.lexsort((times, cases))
    times, cases = times[order], cases[order]
    change = np.zeros((len(order), len(keys)), dtype=np.int32)
    np.add.at(change, (np.argsort(order), np.concatenate([column, column])), np.repeat([1, -1], len(key)))
    holds = np.cumsum(change, axis=0, dtype=np.int32) > 0
    reigns = holds.argmax(axis=1) if len(keys) else np.zeros(0, dtype=np.int64)
    kept = np.flatnonzero((np.diff(times) > 0) & (np.diff(cases) == 0)) if len(times) else np.zeros(0, dtype=np.int64)
    cause, case = reigns[kept], cases[kept]
    low, high = times[kept], times[kept + 1]
    new = np.ones(len(kept), dtype=bool)
    new[1:] = (case[1:] != case[:-1]) | (cause[1:] != cause[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(kept))[: len(first)] - 1
    reigning = keys[cause[first]].astype(np.int64)
    return case[first], reigning // width, reigning % width - 1, low[first], high[last]


def _claims(view: View, chosen: Bools) -> tuple[Ints, Ints, Ints, Ints]:
    """Every interval that a row claims for a cause, cut to the life of its case: case row, key (cause and department), start, end."""
    received, until = view.case("received"), view.clocks.until
    entered, start, end = (view.event(column) for column in ("entered", "start", "end"))
    case = view.case_row
    rows = chosen[case]
    finish = np.where(end == MISSING, view.meta.horizon, end)
    begun = np.where(start == MISSING, finish, start)
    ready = np.where(entered == MISSING, begun, entered)
    service = rows & view.is_("events", "kind", "service") & ~view.is_("events", "outcome", "no_show")
    task = rows & view.is_("events", "kind", "task")
    meeting = rows & view.is_("events", "kind", "meeting")
    leader, stall = (task & view.is_("events", "reason", reason) for reason in ("leader", "stall"))
    department, other = _task_departments(view, task)
    plain = task & ~leader & ~other
    reasons = {*view.meta.clocks.legal, *view.meta.clocks.promise}
    stops = rows & view.is_("events", "kind", "suspension") & view.is_("events", "reason", *reasons)
    nobody = np.full(len(case), -1, dtype=np.int64)
    claims: list[tuple[int, Bools, Ints, Ints, Ints]] = [
        (STOPPED, stops, begun, finish, nobody),
        (WORKING, service | plain | meeting, begun, finish, np.where(task, department, -1)),
        (LEADER, leader, ready, finish, department),
        (OTHER, other, np.where(stall, begun, ready), finish, department),
        (STALL, stall, ready, begun, department),
        (WAITING, (plain & ~stall) | service | meeting, ready, begun, np.where(task, department, -1)),
        (WAITING, rows & view.is_("events", "kind", "queue"), ready, finish, nobody),
        (TRANSFER, rows & view.is_("events", "kind", "transfer"), ready, finish, nobody),
    ]
    width = len(_departments(view)) + 1
    parts = [(case[r], cause * width + d[r] + 1, a[r], b[r]) for cause, r, a, b, d in claims]
    asked = np.flatnonzero(rows & view.is_("events", "kind", "notice") & view.is_("events", "reason", "supplement"))
    parts.append((case[asked], np.full(len(asked), APPLICANT * width), begun[asked], _answered(view, asked, ready)))
    whole = np.flatnonzero(chosen)
    parts.append((whole, np.full(len(whole), UNLOGGED * width), received[whole], until[whole]))
    row, key, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    low, high = np.maximum(low, received[row]), np.minimum(high, until[row])
    some = low < high
    return row[some], key[some], low[some], high[some]


def _task_departments(view: View, task: Bools) -> tuple[Ints, Bools]:
    """Department of each task as numbered by `_departments`, and whether it is another than the one that leads the case."""
    names = _departments(view)
    events = view.log.events
    if "department" not in events:
        return np.full(len(task), -1, dtype=np.int64), np.zeros(len(task), dtype=bool)
    place = {name: k for k, name in enumerate(names)}
    recode = np.array([place[str(name)] for name in events["department"].cat.categories] + [-1], dtype=np.int64)
    department = recode[events["department"].cat.codes.to_numpy()]
    found = view.dimension("cases", "department")
    if found is None:
        return department, np.zeros(len(task), dtype=bool)
    lead = np.array([place[name] for name in found[1]] + [-1], dtype=np.int64)[found[0]][view.case_row]
    return department, task & (department >= 0) & (lead >= 0) & (department != lead)


def _answered(view: View, asked: Ints, ready: Ints) -> Ints:
    """When the papers asked for came: completion, or else the next thing that happened to the case, or its end."""
    case, t = view.case_row[asked], view.event("start")[asked]
    complete = view.case("complete")[case]
    order = np.lexsort((ready, view.case_row))
    # Pairs (case, second) as one number: seconds of a log are far below 2**40.
    line = view.case_row[order] * (1 << 40) + ready[order]
    at = np.searchsorted(line, case * (1 << 40) + t, "right")
    following = order[np.minimum(at, len(order) - 1)]
    same = (at < len(order)) & (view.case_row[following] == case)
    after = np.where(same, ready[following], view.clocks.until[case])
    return np.where(complete > t, complete, after)


ROWS = ("events.kind", "events.start", "events.end", "events.entered", "events.reason")
STAMPS = ("cases.received", "cases.decided", "cases.complete|cases.accepted|cases.deadline", "cases.deadline|cases.promise_wd")
OPEN = "cases open past their limit count until the cut-off"
SPENT = "office hours from receipt to decision of cases late against the promise"
TAKEN = "office hours from receipt to decision of committed, joint and upward cases received in the window"
DECIDED = "decided cases only: short ones are over-represented while cases are open"

MEASURES = (
    Measure("days_by_cause", "share", "none", "ratio", (*ROWS, "cases.received", "cases.decided", "cases.class"),
            f"{TAKEN}, by cause: {', '.join(CAUSES)}; a moment with several causes goes to the first in this order", DECIDED,
            "design of this project", days_by_cause),
    Measure("days_by_department", "share", "none", "ratio", (*ROWS, "cases.received", "cases.decided", "cases.class", "events.department"),
            f"{TAKEN}, in or waiting for a task of a department / all of them", DECIDED, "design of this project", days_by_department),
    Measure("late_days_by_cause", "share", "none", "ratio", (*ROWS, *STAMPS),
            f"{SPENT}, by cause: {', '.join(CAUSES)}; a moment with several causes goes to the first in this order", OPEN,
            "design of this project", late_days_by_cause),
    Measure("late_days_by_department", "share", "none", "ratio", (*ROWS, *STAMPS, "events.department"),
            f"{SPENT}, in or waiting for a task of a department / all of them", OPEN, "design of this project", late_days_by_department),
)  # fmt: skip
