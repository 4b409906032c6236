"""Trips 跑动次数, and how a filing goes at the counter."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.clocks import MISSING
from simulation.measures.comings import COMES, SPAN, comings, occurrences
from simulation.measures.measure import Measure
from simulation.measures.view import CASE_DIMENSIONS, Rows, View

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
VISIT_DIMENSIONS = ("site", "item", "group", "class")
LAST = np.iinfo(np.int64).max


def trips(view: View) -> Rows:
    here = view.spread(view.coming[view.in_person], len(view.coming_case))
    count = np.bincount(view.coming_case[here], minlength=len(view.log.cases))
    chosen = view.came & view.is_("cases", "channel", "counter")
    return view.sums("cases", chosen, count, ~view.given_up, CASE_DIMENSIONS)


def trips_per_need(view: View) -> Rows:
    occurrence, first, kept = view.once(occurrences)
    count = np.bincount(view.once(comings)[1], minlength=len(occurrence))
    return view.sums("cases", first, count[occurrence], kept, ("need", "group"))


def on_the_spot_share(view: View) -> Rows:
    """The coming in which the papers were handed in is the first that ended no earlier than `received`."""
    at = np.flatnonzero(view.at_counter)
    case = view.coming_case
    leaves = np.full(len(case), MISSING)
    np.maximum.at(leaves, view.coming[at], view.event("end")[at])
    handed_in = view.spread(view.coming[at], len(case)) & (leaves >= view.case("received")[case])
    out = np.full(len(view.log.cases), LAST)
    np.minimum.at(out, case[handed_in], leaves[handed_in])
    decided = view.case("decided")
    spot = (decided != MISSING) & (out < LAST) & (decided <= out) & view.is_("cases", "outcome", "done", "denied")
    return view.sums("cases", view.filed, spot, None, CASE_DIMENSIONS)


def incomplete_first(view: View) -> Rows:
    """The first contact is the first coming in which a counter looked at the papers: no guide desk, wrong window or empty call."""
    looked = view.is_("events", "kind", "service") & ~view.is_("events", "outcome", "no_show", "open")
    looked &= ~view.is_("events", "step", "guide")
    looked &= ~(view.is_("events", "outcome", "not_accepted") & view.is_("events", "reason", "wrong_window", "sent_on"))
    coming = np.full(len(view.log.cases), LAST)
    np.minimum.at(coming, view.case_row[looked], view.coming[looked])
    told = looked & view.is_("events", "outcome", "supplement") & (view.coming == coming[view.case_row])
    incomplete = view.spread(view.case_row[told], len(view.log.cases))
    return view.sums("cases", view.filed & (coming < LAST), incomplete, None, CASE_DIMENSIONS)


def _referred(view: View) -> Bools:
    """Services at which somebody stood at a wrong window."""
    return view.is_("events", "kind", "service") & view.is_("events", "reason", "wrong_window")


def _sent_on(view: View) -> Bools:
    """Services at which the right window sent the citizen on to the department."""
    return view.is_("events", "kind", "service") & view.is_("events", "reason", "sent_on")


def leakage(view: View) -> Rows:
    itself = view.is_("events", "kind", "task") & view.is_("events", "reason", "sent_on")
    return view.sums("cases", view.filed, view.spread(view.case_row[itself], len(view.log.cases)), None, CASE_DIMENSIONS)


def bounces_per_visit(view: View) -> Rows:
    """A coming is counted on the row of its first ticket."""
    bounces = np.bincount(view.coming[_referred(view)], minlength=len(view.coming_case))
    return view.sums("events", view.first_ticket & view.within(view.event("entered")), bounces[view.coming], None, VISIT_DIMENSIONS)


def first_contact_share(view: View) -> Rows:
    """A coming is counted on the row of its first ticket, if a counter (no guide desk) looked at the matter."""
    looked = view.is_("events", "kind", "service") & ~view.is_("events", "outcome", "no_show", "open")
    looked &= ~view.is_("events", "step", "guide")
    wrong, size = _referred(view) | _sent_on(view), len(view.coming_case)
    referred, met = (view.spread(view.coming[rows], size) for rows in (wrong, looked))
    chosen = view.first_ticket & view.within(view.event("entered")) & met[view.coming]
    return view.sums("events", chosen, ~referred[view.coming], None, VISIT_DIMENSIONS)


def supplement_rate(view: View) -> Rows:
    told = view.is_("events", "outcome", "supplement") | (view.is_("events", "kind", "notice") & view.is_("events", "reason", "supplement"))
    return view.sums("cases", view.received, view.spread(view.case_row[told], len(view.log.cases)), None, CASE_DIMENSIONS)


def denied_share(view: View) -> Rows:
    denied = view.is_("cases", "outcome", "denied")
    decided = denied | view.is_("cases", "outcome", "done")
    return view.sums("cases", view.received & decided, denied, None, CASE_DIMENSIONS)


def visit_cap_share(view: View) -> Rows:
    capped = view.is_("events", "kind", "alert") & view.is_("events", "reason", "max_visits")
    return view.sums("cases", view.filed, view.spread(view.case_row[capped], len(view.log.cases)), None, CASE_DIMENSIONS)


FILED = "cases filed at a window in it (channel `counter`, no consultation, received in the window)"
VISIT = ("events.kind", "events.visit")
FILING = ("cases.channel", "cases.class", "cases.received")
REFERRED = (*VISIT, "events.entered", "events.outcome", "events.reason")

MEASURES = (
    Measure("trips", "trips", "lower", "ratio",
            (*VISIT, "cases.channel", "cases.class", "cases.arrived|cases.received", "cases.outcome", "events.reason"),
            "distinct comings (case, visit) with a row at a counter, or in a department that takes papers in itself, of cases of channel "
            "`counter` (no consultations) whose owner first came in the window / those of them not given up by the cut-off: the trips of "
            "those who give up weigh on the rest, though keeping those out who need many trips may lower it. Read beside walk_away_share",
            "trips up to the cut-off: a lower bound while cases are open (see open_cases)", "跑动次数: field usage", trips),
    Measure("trips_per_need", "trips", "lower", "ratio", COMES, f"distinct comings (occurrence, day, visit) / {SPAN}",
            "trips up to the cut-off: a lower bound while cases are open", "跑动次数, 一件事: field usage", trips_per_need),
    Measure("on_the_spot_share", "share", "higher", "share", (*VISIT, *FILING, "events.end", "cases.decided", "cases.outcome"),
            f"granted or denied before leaving, in the coming in which the papers were first handed in / {FILED}",
            "undecided at the cut-off: not on the spot, which is final once the visit is over", "即办率 (cases): field usage",
            on_the_spot_share),
    Measure("incomplete_first", "share", "lower", "share", (*VISIT, *FILING, "events.outcome"),
            f"told at the first contact that papers are missing / {FILED} whose papers were looked at", "none: known at once",
            "补正率 at first contact: field usage", incomplete_first),
    Measure("bounces_per_visit", "referrals", "lower", "mean", REFERRED,
            "services that ended with reason `wrong_window` / comings (case, visit) with a ticket in the window, whatever they were for",
            "none: known at once; a coming still in the hall counts the referrals so far", "首问负责制, 推诿次数: field usage",
            bounces_per_visit),
    Measure("first_contact_share", "share", "higher", "share", REFERRED,
            "comings without a referral / comings with a ticket in the window that a counter looked at (the guide desk is none)",
            "those not yet looked at are left out", "首问负责制, first-contact resolution: field usage", first_contact_share),
    Measure("leakage", "share", "lower", "share", (*FILING, "events.reason"),
            f"taken in by the department itself (a task with reason `sent_on`) / {FILED}, and those taken in so", "none: known at receipt",
            "体外循环率: field usage", leakage),
    Measure("supplement_rate", "share", "lower", "share", ("events.outcome", "cases.received"),
            "cases asked at least once for papers, at a counter or later / cases received in the window",
            "those not yet looked at count as complete: a lower bound while cases are open", "补正率: field usage", supplement_rate),
    Measure("visit_cap_share", "share", "lower", "share", ("events.kind", "events.reason", *FILING),
            f"given up because the item allows no further visit (`max_visits`) / {FILED}", "those still under way: not capped yet",
            "a limit of this model, reported so that it is seen when it bites", visit_cap_share),
    Measure("denied_share", "share", "none", "share", ("cases.outcome", "cases.received"),
            "denied / granted or denied, of cases received in the window", "undecided cases are left out", "不予许可率: field usage",
            denied_share),
)  # fmt: skip
