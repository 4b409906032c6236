"""Case classes 办件类型: whether a case went the way that its class permits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View

Bools = NDArray[np.bool_]


def wrong_class_share(view: View) -> Rows:
    decided, complete = view.case("decided"), view.case("complete")
    chosen = view.received & view.is_("cases", "outcome", "done", "denied") & (decided != MISSING) & (complete != MISSING)
    bodies = _bodies(view)
    allowed = view.is_("cases", "channel", "online").astype(np.int64)
    instant = np.flatnonzero(chosen & view.is_("cases", "class", "instant"))
    days = view.calendar.wd(complete[instant] // DAY, decided[instant] // DAY)
    wrong = view.spread(instant[days > allowed[instant]], len(chosen))
    wrong |= view.is_("cases", "class", "committed") & view.is_("cases", "channel", "counter") & (bodies == 0)
    wrong |= view.is_("cases", "class", "committed") & (bodies > 1)
    wrong |= view.is_("cases", "class", "joint") & (bodies < 2)
    return view.sums("cases", chosen, wrong, None, ("class", "item", "department"))


def _bodies(view: View) -> NDArray[np.int64]:
    """How many departments worked on each case before its decision; a meeting of several names who convenes, and counts as two."""
    column = view.log.events["department"].cat
    department, width = column.codes.to_numpy().astype(np.int64), max(1, len(column.categories))
    before: Bools = (view.event("start") != MISSING) & (view.event("start") <= view.case("decided")[view.case_row])
    at = np.flatnonzero(view.is_("events", "kind", "task") & before & (department >= 0))
    pairs = np.unique(view.case_row[at] * width + department[at])
    bodies = np.bincount(pairs // width, minlength=len(view.log.cases))
    met = np.flatnonzero(view.is_("events", "kind", "meeting") & before & (view.event("people") >= 2))
    bodies[view.case_row[met]] = np.maximum(2, bodies[view.case_row[met]])
    return bodies


MEASURES = (
    Measure(
        "wrong_class_share", "share", "lower", "share",
        ("cases.class", "cases.channel", "cases.received", "cases.complete", "cases.decided", "cases.outcome", "events.department"),
        "instant decided after the day on which its papers were complete (online: the working day after); committed decided at a window, "
        "or after several departments had worked on it; joint with fewer than two / decided cases received in the window",
        "undecided cases are left out", "即办件, 承诺件, 联办件 as field-standard classes", wrong_class_share,
    ),
)  # fmt: skip
