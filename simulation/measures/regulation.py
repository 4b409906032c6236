"""Whether who regulates hears of what was approved 审管衔接: the separation of approval and regulation has a message between the two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.log import PUSH
from simulation.measures.measure import Measure
from simulation.measures.view import Rows, View

IN_TIME_WD = 2


def _pushes(view: View) -> NDArray[np.bool_]:
    steps = [str(name) for name in view.log.events["step"].cat.categories]
    return view.is_("events", "kind", "task") & view.is_("events", "step", *(name for name in steps if name.rpartition("/")[2] == PUSH))


def regulator_told(view: View) -> Rows:
    """Cases of items that tell a regulator, as the log's `meta` says, were all their messages lost; a lost one has no row."""
    pushes = _pushes(view)
    size, decided = len(view.log.cases), view.case("decided")
    item = view.dimension("cases", "item")
    told_of = np.zeros(size, dtype=bool)
    if item is not None:
        tells = [k for k, name in enumerate(item[1]) if name in view.meta.tells]
        told_of = np.isin(item[0], tells if view.meta.tells else np.unique(item[0][view.case_row[pushes]]))
    end = view.event("end")
    read = np.full(size, MISSING)
    read[view.case_row[pushes]] = end[pushes]
    at = np.flatnonzero(view.received & told_of & (decided != MISSING) & view.is_("cases", "outcome", "done"))
    day = decided[at] // DAY
    granted = at[view.calendar.wd(day, np.full(len(at), view.meta.horizon // DAY)) > IN_TIME_WD]
    told = np.where(read[at] == MISSING, day, read[at] // DAY)
    in_time = at[(read[at] != MISSING) & (view.calendar.wd(day, told) <= IN_TIME_WD)]
    return view.sums("cases", view.spread(granted, size), view.spread(in_time, size), None, ("item", "department"))


MEASURES = (
    Measure("regulator_told", "share", "higher", "share", ("cases.decided", "cases.outcome", "cases.item", "events.step", "events.end"),
            "approvals of which the regulator has read within two working days / approvals of items that tell a regulator, received in the "
            "window and decided more than two working days before the cut-off; a log that does not say which items tell one (`meta.tells`) "
            "is asked of which a message was seen, which leaves out items whose messages are all lost",
            "decided too late to judge: left out; a lost message was not read in time",
            "审管衔接: push within 1 to 2 days, Jinan 2 days", regulator_told),
)  # fmt: skip
