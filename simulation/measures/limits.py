"""On time or late 按时办结, against the promise and against the law.

Due-based: over cases whose limit, suspensions included, has passed by the cut-off, so that neither the short nor the open ones tip the
scales. A log that brings its own deadlines is judged against them by stamp, under the promise's names.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.measures.case_clocks import Judged
from simulation.measures.measure import Measure
from simulation.measures.view import CASE_DIMENSIONS, Rows, View

Bools = NDArray[np.bool_]


def _due(view: View, judged: Judged, late: bool) -> Rows:
    chosen = view.received & judged.passed & ~judged.unknown
    return view.sums("cases", chosen, judged.late == late, None, CASE_DIMENSIONS)


def _bound(view: View, judged: Judged, unknown_is_late: bool) -> Rows:
    """On time over all that run against the limit, the undecidable all late or all on time."""
    late = judged.late | judged.unknown if unknown_is_late else judged.late
    return view.sums("cases", view.received & judged.limited, ~late, None, CASE_DIMENSIONS)


def _finished(view: View) -> Bools:
    finished: Bools = view.received & view.clocks.promise.limited & (view.case("decided") != MISSING)
    return finished


def on_time_promise(view: View) -> Rows:
    return _due(view, view.clocks.promise, late=False)


def late_promise(view: View) -> Rows:
    return _due(view, view.clocks.promise, late=True)


def on_time_promise_worst(view: View) -> Rows:
    return _bound(view, view.clocks.promise, unknown_is_late=True)


def on_time_promise_best(view: View) -> Rows:
    return _bound(view, view.clocks.promise, unknown_is_late=False)


def on_time_legal(view: View) -> Rows:
    return _due(view, view.clocks.legal, late=False)


def late_legal(view: View) -> Rows:
    return _due(view, view.clocks.legal, late=True)


def on_time_legal_worst(view: View) -> Rows:
    return _bound(view, view.clocks.legal, unknown_is_late=True)


def on_time_legal_best(view: View) -> Rows:
    return _bound(view, view.clocks.legal, unknown_is_late=False)


def on_time_reported(view: View) -> Rows:
    return view.sums("cases", _finished(view), ~view.clocks.promise.late, None, CASE_DIMENSIONS)


def late_reported(view: View) -> Rows:
    return view.sums("cases", _finished(view), view.clocks.promise.late, None, CASE_DIMENSIONS)


def late_by_date(view: View) -> Rows:
    deadline = view.case("deadline")
    if not (deadline != MISSING).any():
        return late_reported(view)
    return view.sums("cases", _finished(view), view.case("decided") // DAY > deadline // DAY, None, CASE_DIMENSIONS)


def early_share(view: View) -> Rows:
    limit, deadline = view.case("promise_wd"), view.case("deadline")
    if (deadline != MISSING).any():
        early = view.case("decided") // DAY < deadline // DAY
    else:
        early = (limit != MISSING) & (view.clocks.promise_wd < limit)
    return view.sums("cases", _finished(view) & view.committed, early, None, CASE_DIMENSIONS)


def promise_judged(view: View) -> Rows:
    judged = view.clocks.promise
    return view.sums("cases", view.received & judged.limited, judged.passed, None, CASE_DIMENSIONS)


def legal_judged(view: View) -> Rows:
    judged = view.clocks.legal
    return view.sums("cases", view.received & judged.limited, judged.passed, None, CASE_DIMENSIONS)


def alerted_share(view: View) -> Rows:
    rung = view.is_("events", "kind", "alert") & view.is_("events", "reason", *ALARMS)
    chosen = view.received & view.committed
    return view.sums("cases", chosen, view.spread(view.case_row[rung], len(view.log.cases)), None, CASE_DIMENSIONS)


def limits_compressed(view: View) -> Rows:
    promise, legal = view.case("promise_wd"), view.case("legal_wd")
    both = view.received & (promise != MISSING) & (legal != MISSING) & (legal > 0)
    return view.sums("cases", both, legal - promise, legal, CASE_DIMENSIONS)


def speed_up(view: View) -> Rows:
    legal = view.case("legal_wd")
    decided = view.received & (view.case("decided") != MISSING) & (view.clocks.accepted != MISSING) & (legal != MISSING) & (legal > 0)
    return view.sums("cases", decided, legal - view.clocks.legal_wd, legal, CASE_DIMENSIONS)


ALARMS = ("reminder", "warning", "yellow", "red")
"""Levels of alerts of efficiency supervision."""
LAW = "Administrative Licensing Law Art 42, 45"
CITY = "按时办结率: field usage, due-based"
START = ("cases.received", "cases.decided", "cases.complete|cases.accepted|cases.deadline")
PROMISE = (*START, "cases.deadline|cases.promise_wd")
LEGAL = ("cases.received", "cases.decided", "cases.complete|cases.accepted", "cases.legal_wd")
DUE = "open past the limit = late; open before it, ended at an unknown time or withdrawn = left out"
ALL = "every case with a limit; undecidable (open before its limit, or ended at an unknown time) = {}; withdrawn = left out"
KEPT = "decided within the {0} / cases received in the window whose {0}, suspensions included, has passed by the cut-off"
BROKEN = "decided after the {0}, or open past it / cases received in the window whose {0}, suspensions included, has passed by the cut-off"
BOUND = "decided within the {0} / cases received in the window that run against it: the {1} bound over all of them"
ONLY = "finished cases only: open ones are left out, which flatters"

MEASURES = (
    Measure("promise_judged", "share", "none", "share", PROMISE,
            "cases whose promised limit, suspensions included, has passed by the cut-off / cases received in the window that have one",
            "this is what on_time_promise judges of; the rest is too young", CITY, promise_judged),
    Measure("legal_judged", "share", "none", "share", LEGAL,
            "cases whose legal limit, suspensions included, has passed by the cut-off / cases received in the window that have one",
            "this is what on_time_legal judges of; the rest is too young", LAW, legal_judged),
    Measure("on_time_promise", "share", "higher", "share", PROMISE, KEPT.format("promised limit"), DUE, CITY, on_time_promise),
    Measure("on_time_promise_worst", "share", "higher", "share", PROMISE, BOUND.format("promised limit", "worst"), ALL.format("late"),
            CITY, on_time_promise_worst),
    Measure("on_time_promise_best", "share", "higher", "share", PROMISE, BOUND.format("promised limit", "best"), ALL.format("on time"),
            CITY, on_time_promise_best),
    Measure("late_promise", "share", "lower", "share", PROMISE, BROKEN.format("promised limit"), DUE, CITY, late_promise),
    Measure("alerted_share", "share", "none", "share", ("events.kind", "events.reason", "cases.received", "cases.class"),
            "cases with an alert of efficiency supervision, of any level / cases of a class promised by a date, received in the window",
            "alerts up to the cut-off: a lower bound while cases are open", "电子监察预警率: field usage", alerted_share),
    Measure("on_time_legal", "share", "higher", "share", LEGAL, KEPT.format("legal limit"), DUE, LAW, on_time_legal),
    Measure("on_time_legal_worst", "share", "higher", "share", LEGAL, BOUND.format("legal limit", "worst"), ALL.format("late"), LAW,
            on_time_legal_worst),
    Measure("on_time_legal_best", "share", "higher", "share", LEGAL, BOUND.format("legal limit", "best"), ALL.format("on time"), LAW,
            on_time_legal_best),
    Measure("late_legal", "share", "lower", "share", LEGAL, BROKEN.format("legal limit"), DUE, LAW, late_legal),
    Measure("limits_compressed", "share", "none", "ratio", ("cases.received", "cases.legal_wd", "cases.promise_wd"),
            "1 - sum of promised limits / sum of legal limits, of cases received in the window that have both", "none: known at receipt",
            "承诺压减比例, each item weighted by its cases: field usage; says nothing of what is kept (on_time_promise, speed_up)",
            limits_compressed),
    Measure("speed_up", "share", "higher", "ratio", LEGAL,
            "1 - sum of legally chargeable working days / sum of legal limits, of cases received in the window and decided", ONLY,
            "实际提速: field usage", speed_up),
    Measure("on_time_reported", "share", "higher", "share", PROMISE,
            "decided within the promised limit / decided, of cases received in the window", ONLY, "按时办结率 as centres report it",
            on_time_reported),
    Measure("late_reported", "share", "lower", "share", PROMISE,
            "decided after the promised limit / decided, of cases received in the window", ONLY, "逾期率 as centres report it",
            late_reported),
    Measure("late_by_date", "share", "lower", "share", PROMISE,
            "decided on a later local date than that of the deadline / decided, of cases received in the window; equal to late_reported "
            "where the log brings no deadlines", ONLY, "Civil Code Art 201: limits count by day", late_by_date),
    Measure("early_share", "share", "none", "share", (*PROMISE, "cases.class"),
            "decided in fewer charged days than promised (before the date of the deadline) / decided; committed, joint and upward cases "
            "received in the window", ONLY, "提前办结率: field usage; rises when promises are padded", early_share),
)  # fmt: skip
