"""Where power meets the citizen 廉政风险点: face-to-face contacts, and decisions that two people looked at."""

from __future__ import annotations

import numpy as np

from simulation.clocks import MISSING
from simulation.measures.measure import Measure
from simulation.measures.view import CASE_DIMENSIONS, Rows, View


def contacts_per_case(view: View) -> Rows:
    """The guide desk, which decides nothing, and calls of somebody who has gone are no contacts."""
    met = view.is_("events", "kind", "service") & (view.event("start") != MISSING)
    met &= ~view.is_("events", "outcome", "no_show") & ~view.is_("events", "step", "guide") & ~view.at_machine
    count = np.bincount(view.case_row[met], minlength=len(view.log.cases))
    return view.sums("cases", view.received, count, None, CASE_DIMENSIONS)


def two_person_share(view: View) -> Rows:
    """What ended in the second of the decision is part of what led to it."""
    decided = view.case("decided")
    together = view.is_("events", "kind", "task", "meeting") & (view.event("end") != MISSING) & (view.event("people") >= 2)
    together &= view.event("end") <= decided[view.case_row]
    guarded = view.spread(view.case_row[together], len(decided))
    chosen = view.received & (decided != MISSING) & view.is_("cases", "outcome", "done", "denied")
    return view.sums("cases", chosen, guarded, None, CASE_DIMENSIONS)


MEASURES = (
    Measure("contacts_per_case", "contacts", "none", "mean", ("events.kind", "events.start", "events.outcome", "cases.received"),
            "services at counters, guide desk, machines and empty calls left out / cases received in the window, online ones included",
            "contacts up to the cut-off: a lower bound while cases are open",
            "面对面接触次数: where power, discretion and no account meet (Klitgaard 1988)", contacts_per_case),
    Measure("two_person_share", "share", "higher", "share",
            ("events.kind", "events.end", "events.people", "cases.received", "cases.decided", "cases.outcome"),
            "granted or denied after a department step or meeting of two people or more / cases received in the window that were either",
            "undecided at the cut-off: left out", "双人办理: Administrative Licensing Law 34", two_person_share),
)  # fmt: skip
