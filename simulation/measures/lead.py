"""How long a case takes 办理时间, in the law's counting and in the applicant's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.measures.duty import OnDuty
from simulation.measures.measure import Measure
from simulation.measures.survival import encode
from simulation.measures.view import CASE_DIMENSIONS, Rows, View

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def _decided(view: View) -> Bools:
    """Measured cases with a decision after acceptance."""
    accepted: Bools = view.clocks.accepted != MISSING
    return _finished(view) & accepted


def _finished(view: View) -> Bools:
    """Measured cases with a decision."""
    finished: Bools = view.received & (view.case("decided") != MISSING)
    return finished


def _open(view: View) -> Bools:
    """Measured cases still going at the cut-off, papers complete or not."""
    refused = view.is_("cases", "outcome", "not_accepted")
    going: Bools = view.received & ~refused & (view.ended == MISSING) & ~view.clocks.lost
    return going


def _charged(view: View) -> Ints:
    """Days charged until the decision; of an open case all working days since receipt.

    As no decision charges more than those, one that comes sooner never raises a mean, not even by ending a suspension.
    """
    so_far = view.calendar.wd(_day(view, "received"), np.full(len(view.log.cases), view.cutoff // DAY))
    return np.where(_open(view), so_far, view.clocks.legal_wd)


def lead_wd(view: View) -> Rows:
    return view.sums("cases", _decided(view) | _open(view), _charged(view), None, CASE_DIMENSIONS)


def lead_wd_window(view: View) -> Rows:
    chosen = (_decided(view) | _open(view)) & view.filed & view.committed
    return view.sums("cases", chosen, _charged(view), None, ("item", "department", "class"))


def lead_samples(view: View) -> Rows:
    """Charged days of every accepted case, written `~days` where the end was not seen."""
    ended = view.case("decided") != MISSING
    known = view.received & (view.clocks.accepted != MISSING) & ~view.clocks.lost
    return view.samples("cases", known, encode(view.clocks.legal_wd, ended), ("item", "group", "class"))


def lead_gross_samples(view: View) -> Rows:
    """Working days from receipt of every case, written `~days` where the end was not seen."""
    known = view.received & ~view.clocks.lost
    days = view.calendar.wd(_day(view, "received"), _day(view, "", np.where(known, view.clocks.until, 0)))
    return view.samples("cases", known, encode(days, view.case("decided") != MISSING), ("item", "channel", "department"))


def lead_gross_wd(view: View) -> Rows:
    days = view.calendar.wd(_day(view, "received"), _day(view, "", view.clocks.until))
    return view.sums("cases", _finished(view) | _open(view), days, None, CASE_DIMENSIONS)


def result_wd(view: View) -> Rows:
    """A granted case ends with its result in the applicant's hands, a denied one with the decision."""
    in_hand = np.where(view.is_("cases", "outcome", "denied"), view.case("decided"), view.case("delivered"))
    chosen = view.received & ~view.is_("cases", "outcome", "withdrawn", "not_accepted")
    days = view.calendar.wd(_day(view, "received"), _day(view, "", np.where(in_hand == MISSING, view.cutoff, in_hand)))
    return view.sums("cases", chosen, days, None, CASE_DIMENSIONS)


def lead_days(view: View) -> Rows:
    days = (view.clocks.until - view.case("received")) / DAY
    return view.sums("cases", _finished(view) | _open(view), days, None, CASE_DIMENSIONS)


def suspended_wd(view: View) -> Rows:
    clocks = view.clocks
    whole = view.calendar.wd(_day(view, "decided", clocks.accepted), _day(view, "decided"))
    return view.sums("cases", _decided(view), whole - clocks.legal_wd, None, CASE_DIMENSIONS)


def applicant_wd(view: View) -> Rows:
    known = _finished(view) & (view.case("complete") != MISSING) & (view.clocks.noticed != MISSING)
    days = view.calendar.wd(_day(view, "received"), _day(view, "complete"))
    return view.sums("cases", _finished(view), np.where(known, days, 0), None, CASE_DIMENSIONS)


def _day(view: View, column: str, values: Ints | None = None) -> Ints:
    """Day index, day 0 where it is missing."""
    t = view.case(column) if values is None else values
    return np.where(t == MISSING, 0, t // DAY)


def touch_share(view: View) -> Rows:
    """Touch of rows that end at or after acceptance and begin before the decision, over office hours from the first of them."""
    chosen = _decided(view) & view.committed
    size, case = len(chosen), view.case_row
    accepted, decided = view.clocks.accepted, view.case("decided")
    start, end = view.event("start"), view.event("end")
    counter = view.is_("events", "kind", "service") & ~view.is_("events", "outcome", "no_show")
    rows = (counter | view.is_("events", "kind", "task", "meeting")) & (start != MISSING) & (end != MISSING) & chosen[case]
    rows &= (end >= accepted[case]) & (start <= decided[case])
    at = np.flatnonzero(rows)
    touch = np.bincount(case[at], touched(view, at, counter[at]), size)
    began = np.where(chosen, accepted, 0)
    np.minimum.at(began, case[at], start[at])
    lead = view.clocks.office_seconds(np.where(chosen, decided, 0)) - view.clocks.office_seconds(began)
    return view.sums("cases", chosen, touch, lead, ("item", "department", "channel", "class"))


def touched(view: View, at: Ints, counter: Bools) -> Ints:
    """Working seconds of the rows `at`: whole at a counter, under its pool's duty in the office, office hours where that is unknown."""
    start, end = view.event("start")[at], view.event("end")[at]
    seconds = np.where(counter, end - start, view.clocks.office_seconds(end) - view.clocks.office_seconds(start))
    found = view.dimension("events", "queue")
    if not len(view.log.duty) or found is None:
        return seconds
    duty = OnDuty(view, "working")
    pool = duty.posts(found[1], "pool:")[found[0][at]]
    known = (pool >= 0) & ~counter
    seconds[known] = duty.until(pool[known], end[known]) - duty.until(pool[known], start[known])
    return seconds


def open_cases(view: View) -> Rows:
    """The stock at the end of the window, whenever the cases came."""
    end = min(view.until, view.cutoff + 1)
    came = (view.case("received") != MISSING) & (view.case("received") < end) & ~view.consultation & ~view.clocks.lost
    still = came & ((view.ended == MISSING) | (view.ended >= end))
    rows = view.sums("cases", still, np.ones(len(still)), None, CASE_DIMENSIONS)
    rows.n = [1.0] * len(rows.groups)
    return rows


LAW = "Administrative Licensing Law Art 32, 42, 45, 82"
STAMPS = ("cases.received", "cases.decided")
CLOCK = ("cases.complete|cases.accepted", *STAMPS)
RAN = "of cases received in the window"
ONLY = "decided cases only: short ones are over-represented while cases are open; read beside lead_p90 and open_cases"
WATCHED = "so that deciding sooner never raises it; long cases count no more than they were watched: compare runs of one window and cut-off"
ALL_DAYS = f"an open case counts every working day from receipt to the cut-off, {WATCHED}; denied = decided; withdrawn, refused = left out"
SO_FAR = f"an open case counts the time from receipt to the cut-off, {WATCHED}; denied, refused = decided; withdrawn = left out"
CUT = "Kaplan-Meier: open cases count as longer than so far, withdrawn ones likewise; None (not reached) where the curve ends first"
CHARGED = "legally chargeable working days from acceptance (as the law counts it) to decision"

MEASURES = (
    Measure("lead_wd", "wd", "lower", "mean", CLOCK, f"mean of {CHARGED}, {RAN}", ALL_DAYS, LAW, lead_wd),
    Measure("lead_wd_window", "wd", "lower", "mean", (*CLOCK, "cases.channel", "cases.class"),
            f"mean of {CHARGED}, {RAN}: committed, joint and upward cases filed at a window", ALL_DAYS, LAW, lead_wd_window),
    Measure("lead_median", "wd", "lower", "km_quantile(0.5)", CLOCK, f"median of {CHARGED}, {RAN}", CUT,
            f"{LAW}; Kaplan and Meier (1958), JASA 53, 457-481", lead_samples),
    Measure("lead_p90", "wd", "lower", "km_quantile(0.9)", CLOCK, f"90th percentile of {CHARGED}, {RAN}", CUT,
            f"{LAW}; Kaplan and Meier (1958), JASA 53, 457-481", lead_samples),
    Measure("lead_gross_wd", "wd", "lower", "mean", STAMPS, f"mean of working days from receipt to decision, nothing taken out, {RAN}",
            SO_FAR, "what the applicant counts", lead_gross_wd),
    Measure("result_wd", "wd", "lower", "mean", (*STAMPS, "cases.delivered", "cases.outcome"),
            f"mean of working days from receipt until the result is in hand (of a denied case until the decision), {RAN}",
            SO_FAR, "what the applicant counts", result_wd),
    Measure("lead_gross_median", "wd", "lower", "km_quantile(0.5)", STAMPS, f"median of working days from receipt to decision, {RAN}", CUT,
            "what the applicant counts; Kaplan and Meier (1958), JASA 53, 457-481", lead_gross_samples),
    Measure("lead_gross_p90", "wd", "lower", "km_quantile(0.9)", STAMPS,
            f"90th percentile of working days from receipt to decision, {RAN}", CUT,
            "what the applicant counts; Kaplan and Meier (1958), JASA 53, 457-481", lead_gross_samples),
    Measure("lead_days", "d", "lower", "mean", STAMPS, f"mean of days (24 h) from receipt to decision, {RAN}", SO_FAR,
            "what the applicant feels", lead_days),
    Measure("suspended_wd", "wd", "lower", "mean", CLOCK,
            f"mean of working days from acceptance to decision that suspensions took out, {RAN}", ONLY,
            "Administrative Licensing Law Art 45", suspended_wd),
    Measure("applicant_wd", "wd", "lower", "mean", (*STAMPS, "cases.complete"),
            f"mean of working days from receipt to complete papers, of those told that papers are missing (0 for the others), {RAN}",
            ONLY, "补正 time; Administrative Licensing Law Art 32(4)", applicant_wd),
    Measure("touch_share", "share", "higher", "ratio", (*CLOCK, "cases.class", "events.start", "events.end"),
            f"seconds in which somebody worked on the case (parallel work adds) / office hours from acceptance, its service included, to "
            f"decision; committed, joint and upward cases, {RAN}", ONLY, "审批效能系数; process cycle efficiency", touch_share),
    Measure("open_cases", "cases", "lower", "count", STAMPS,
            "cases (no consultations) received by the end of the window and neither decided nor withdrawn by then", "a stock at one moment",
            "在办件: field usage", open_cases),
)  # fmt: skip
