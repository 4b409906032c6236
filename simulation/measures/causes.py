"""Where the days of a case went: each second between receipt and end belongs to one cause."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.log import EventLog
from simulation.measures.comings import numbered
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

CAUSES = ("stopped", "working", "leader", "other_department", "stall", "waiting", "transfer", "applicant", "unlogged")
"""In order of precedence where several hold at once: the clock is stopped; somebody of the case's department works on it; it lies at
the leader's desk; another department has it; it lies idle; it waits its turn; it is carried; the applicant is asked; no row says."""
BATCH = 20_000
"""Cases at a time: what is claimed is many times as large as the log."""
STOPPED, WORKING, LEADER, OTHER, STALL, WAITING, TRANSFER, APPLICANT, UNLOGGED = range(len(CAUSES))
NOTHING = np.iinfo(np.int64).max
LINE = 1 << 40


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
    parts = [_stretches(view, *batch) for batch in _batches(view, chosen)]
    case, key, start, end = (np.concatenate(part) for part in zip(*parts, strict=True))
    names = [None, *_departments(view)]
    cause, department = key // len(names), key % len(names)
    return pd.DataFrame(
        {
            "case": view.case("case")[case],
            "cause": pd.Categorical([CAUSES[c] for c in cause], categories=list(CAUSES)),
            "department": pd.Series([names[d] for d in department], dtype=object),
            "start": start,
            "end": end,
        }
    )


def late_days_by_cause(view: View) -> Rows:
    return _by_cause(view.once(_late))


def late_days_by_department(view: View) -> Rows:
    return _by_department(view, view.once(_late))


def days_by_cause(view: View) -> Rows:
    return _by_cause(view.once(_decided))


def days_by_department(view: View) -> Rows:
    return _by_department(view, view.once(_decided))


def _by_cause(table: Floats) -> Rows:
    totals = table.sum(axis=1)
    return Rows([f"cause:{name}" for name in CAUSES], totals.tolist(), [float(totals.sum())] * len(CAUSES))


def _by_department(view: View, table: Floats) -> Rows:
    """Working, leader, other department, stall and waiting, by the department whose task it is."""
    names, totals = _departments(view), table.sum(axis=0)
    return Rows([f"department:{name}" for name in names], totals[1:].tolist(), [float(totals.sum())] * len(names))


def _decided(view: View) -> Floats:
    return _table(view, view.received & view.committed & (view.case("decided") != MISSING))


def _late(view: View) -> Floats:
    return _table(view, view.received & view.clocks.promise.late)


def _table(view: View, chosen: Bools) -> Floats:
    """Office seconds of the chosen cases by cause (rows) and department (columns, the first for none)."""
    width = len(_departments(view)) + 1
    total = np.zeros(len(CAUSES) * width)
    for batch in _batches(view, chosen):
        _, key, start, end = _stretches(view, *batch)
        total += np.bincount(key, view.clocks.office_seconds(end) - view.clocks.office_seconds(start), len(total))
    return total.reshape(len(CAUSES), width)


def _batches(view: View, chosen: Bools) -> Iterator[tuple[Ints, Ints]]:
    """The chosen cases, some at a time, and the rows of `events` of these; one empty batch where none is chosen."""
    cases = np.flatnonzero(chosen)
    rows = np.flatnonzero(chosen[view.case_row])
    rows = rows[np.argsort(view.case_row[rows], kind="stable")]
    for k in range(0, max(1, len(cases)), BATCH):
        some = cases[k : k + BATCH]
        first, last = np.searchsorted(view.case_row[rows], [some[0], some[-1] + 1]) if len(some) else (0, 0)
        yield some, rows[first:last]


def _departments(view: View) -> list[str]:
    found = view.dimension("cases", "department")
    events = view.log.events
    tasks = [str(name) for name in events["department"].cat.categories] if "department" in events else []
    return sorted({*tasks, *(found[1] if found else []), *view.meta.labels.get("department", {})})


def _stretches(view: View, cases: Ints, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Case row, key (cause and department), start and end of the stretches of some cases with all their rows, by case and time."""
    case, key, start, end = _claims(view, cases, rows)
    place, moments = numbered(np.concatenate([case, case]), np.concatenate([start, end]))
    least = _least(key, place[: len(key)], place[len(key) :], len(moments))
    at, moment = np.concatenate([case, case])[moments], np.concatenate([start, end])[moments]
    # A stretch begins where a case begins or another claim takes over; after the last moment of a case nothing claims it.
    new = np.ones(len(at), dtype=bool)
    new[1:] = (at[1:] != at[:-1]) | (least[1:] != least[:-1])
    begins = np.flatnonzero(new)
    claimed = least[begins[:-1]] < NOTHING
    first, last = begins[:-1][claimed], begins[1:][claimed]
    return at[first], least[first], moment[first], moment[last]


def _least(key: Ints, first: Ints, last: Ints, size: int) -> Ints:
    """The least key that claims each of `size` places, NOTHING where none does; a claim holds from place `first` to before `last`.

    A claim is two claims, each as long as the largest power of two that it has room for. Those of a length are halved, together with
    what the longer ones left, until they are one place long.
    """
    least = np.full(size, NOTHING, dtype=np.int64)
    power = np.frexp(last - first)[1] - 1
    for p in range(int(power.max(initial=0)), -1, -1):
        length = 1 << p
        mine = power == p
        np.minimum.at(least, first[mine], key[mine])
        np.minimum.at(least, last[mine] - length, key[mine])
        if p:
            half = length // 2
            least[half:] = np.minimum(least[half:], least[:-half])
    return least


def _claims(view: View, cases: Ints, rows: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Every interval that a row claims for a cause, cut to the life of its case: case row, key (cause and department), start, end."""
    received, until = view.case("received"), view.clocks.until
    entered, start, end = (view.event(column)[rows] for column in ("entered", "start", "end"))
    case = view.case_row[rows]

    def have(column: str, *names: str) -> Bools:
        return view.is_("events", column, *names, rows=rows)

    finish = np.where(end == MISSING, view.meta.horizon, end)
    begun = np.where(start == MISSING, finish, start)
    ready = np.where(entered == MISSING, begun, entered)
    service = have("kind", "service") & ~have("outcome", "no_show")
    task, meeting = have("kind", "task"), have("kind", "meeting")
    leader, stall = task & have("reason", "leader"), task & have("reason", "stall")
    department, other = _task_departments(view, rows, task)
    plain = task & ~leader & ~other
    stops = have("kind", "suspension") & have("reason", *view.meta.clocks.legal, *view.meta.clocks.promise)
    claims: list[tuple[int, Bools, Ints, Ints]] = [
        (STOPPED, stops, begun, finish),
        (WORKING, service | plain | meeting, begun, finish),
        (LEADER, leader, ready, finish),
        (OTHER, other, np.where(stall, begun, ready), finish),
        (STALL, stall, ready, begun),
        (WAITING, (plain & ~stall) | service | meeting, ready, begun),
        (WAITING, have("kind", "queue"), ready, finish),
        (TRANSFER, have("kind", "transfer"), ready, finish),
    ]
    width = len(_departments(view)) + 1
    parts = [(case[r], cause * width + np.where(task[r], department[r], -1) + 1, a[r], b[r]) for cause, r, a, b in claims]
    asked = np.flatnonzero(have("kind", "notice") & have("reason", "supplement"))
    answered = _answered(view, case, ready, asked, start[asked])
    parts.append((case[asked], np.full(len(asked), APPLICANT * width), begun[asked], answered))
    parts.append((cases, np.full(len(cases), UNLOGGED * width), received[cases], until[cases]))
    row, key, low, high = (np.concatenate(part) for part in zip(*parts, strict=True))
    low, high = np.maximum(low, received[row]), np.minimum(high, until[row])
    some = low < high
    return row[some], key[some], low[some], high[some]


def _task_departments(view: View, rows: Ints, task: Bools) -> tuple[Ints, Bools]:
    """Department of each row as numbered by `_departments`, and whether it is a task of another than the one that leads the case."""
    names = _departments(view)
    events = view.log.events
    if "department" not in events:
        return np.full(len(task), -1, dtype=np.int64), np.zeros(len(task), dtype=bool)
    place = {name: k for k, name in enumerate(names)}
    recode = np.array([place[str(name)] for name in events["department"].cat.categories] + [-1], dtype=np.int64)
    department = recode[view.event_department[rows]]
    found = view.dimension("cases", "department")
    if found is None:
        return department, np.zeros(len(task), dtype=bool)
    lead = np.array([place[name] for name in found[1]] + [-1], dtype=np.int64)[found[0][view.case_row[rows]]]
    return department, task & (department >= 0) & (lead >= 0) & (department != lead)


def _answered(view: View, case: Ints, ready: Ints, asked: Ints, t: Ints) -> Ints:
    """When the papers asked for in the rows `asked` at `t` came: completion, or else the next thing that happened to the case, or its end;
    `case` and `ready` are of all rows of these cases.
    """
    mine = case[asked]
    complete = view.case("complete")[mine]
    # Pairs (case, second) as one number: seconds of a log are far below 2**40.
    line = case * LINE + ready
    order = np.argsort(line, kind="stable")
    at = np.searchsorted(line, mine * LINE + t, "right", sorter=order)
    following = order[np.minimum(at, len(order) - 1)]
    after = np.where((at < len(order)) & (case[following] == mine), ready[following], view.clocks.until[mine])
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
