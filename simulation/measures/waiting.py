"""Waiting 等候 and what becomes of tickets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import DAY
from simulation.clocks import MISSING
from simulation.measures.measure import Measure
from simulation.measures.view import HALF_HOUR, HALF_HOURS, QUANTILE_DIMENSIONS, TICKET_DIMENSIONS, Rows, View

Bools = NDArray[np.bool_]
SERVED_DIMENSIONS = (*TICKET_DIMENSIONS, "window")


def _tickets(view: View) -> Bools:
    return view.ticket & view.within(view.event("entered"))


def _first(view: View) -> Bools:
    return view.served & view.first_ticket


def _waits(view: View, chosen: Bools) -> Rows:
    return view.sums("events", chosen, view.wait, None, SERVED_DIMENSIONS)


def _over(view: View, chosen: Bools, minutes: int) -> Rows:
    return view.sums("events", chosen, view.wait > minutes * 60, None, TICKET_DIMENSIONS)


def wait_mean(view: View) -> Rows:
    return _waits(view, _first(view))


def wait_borne(view: View) -> Rows:
    """Who left or was sent home has waited until then, who still waits until the cut-off."""
    chosen = _tickets(view) & view.first_ticket
    start, end = view.event("start"), view.event("end")
    until = np.where(start != MISSING, start, np.where(end != MISSING, end, view.cutoff))
    return view.sums("events", chosen, until - view.event("entered"), view.served, TICKET_DIMENSIONS)


def wait_samples(view: View) -> Rows:
    return view.samples("events", _first(view), view.wait, QUANTILE_DIMENSIONS)


def wait_over_15(view: View) -> Rows:
    return _over(view, _first(view), 15)


def wait_over_30(view: View) -> Rows:
    return _over(view, _first(view), 30)


def wait_mean_all(view: View) -> Rows:
    return _waits(view, view.served)


def wait_samples_all(view: View) -> Rows:
    return view.samples("events", view.served, view.wait, QUANTILE_DIMENSIONS)


def wait_over_15_all(view: View) -> Rows:
    return _over(view, view.served, 15)


def wait_over_30_all(view: View) -> Rows:
    return _over(view, view.served, 30)


def wait_peak(view: View) -> Rows:
    """The largest mean over queue x half hour, and that of each queue; cells with fewer tickets than working dates do not count."""
    at = np.flatnonzero(_first(view))
    found = view.dimension("events", "queue")
    assert found is not None
    codes, queues = found
    kept = at[codes[at] >= 0]
    cell = codes[kept] * np.int64(len(HALF_HOURS)) + view.event("entered")[kept] % DAY // HALF_HOUR
    size = len(queues) * len(HALF_HOURS)
    total = np.bincount(cell, view.wait[kept], size).reshape(len(queues), len(HALF_HOURS))
    n = np.bincount(cell, minlength=size).reshape(total.shape)
    mean = np.where(n >= max(1, view.working_days), total / np.maximum(n, 1), -1.0)
    rows = Rows(["all"], [0.0], [0.0])
    if not mean.size or mean.max() < 0:
        return rows
    top = np.unravel_index(int(mean.argmax()), mean.shape)
    rows.total[0], rows.n[0] = float(total[top]), float(n[top])
    for q in np.flatnonzero(mean.max(axis=1) >= 0).tolist():
        h = int(mean[q].argmax())
        rows.groups.append(f"queue:{queues[q]}")
        rows.total.append(float(total[q, h]))
        rows.n.append(float(n[q, h]))
    return rows


def queue_length(view: View) -> Rows:
    """The integral of the number waiting, by Little's sum over tickets: seconds waited in each half hour over its seconds."""
    at = np.flatnonzero(view.ticket)
    entered = view.event("entered")[at]
    left = np.where(view.is_("events", "kind", "service")[at], view.event("start")[at], view.event("end")[at])
    left = np.where(left == MISSING, view.cutoff, left)
    first, last = -(-view.since // HALF_HOUR), view.until // HALF_HOUR
    edges = np.arange(first, last + 1, dtype=np.int64) * HALF_HOUR
    working = view.calendar.is_working(edges[:-1] // DAY) if len(edges) > 1 else np.zeros(0, dtype=bool)
    clock = edges[:-1][working] % DAY // HALF_HOUR
    office = sum(closes - opens for opens, closes in view.meta.office) * view.working_days

    def waited(rows: Bools) -> NDArray[np.float64]:
        """Seconds waited by these tickets, by half hour of working dates."""
        return np.diff(_until(entered[rows], edges) - _until(left[rows], edges))[working].astype(np.float64)

    total = waited(np.ones(len(at), dtype=bool))
    rows = Rows(["all"], [float(total.sum())], [float(office)])
    seen = np.bincount(clock, minlength=len(HALF_HOURS))
    by_clock = np.bincount(clock, total, len(HALF_HOURS))
    for h in np.flatnonzero(by_clock).tolist():
        rows.groups.append(f"half_hour:{HALF_HOURS[h]}")
        rows.total.append(float(by_clock[h]))
        rows.n.append(float(seen[h] * HALF_HOUR))
    codes, queues = view.dimension("events", "queue") or (np.full(len(view.ticket), -1), [])
    for q in np.unique(codes[at]).tolist():
        if q >= 0:
            rows.groups.append(f"queue:{queues[q]}")
            rows.total.append(float(waited(codes[at] == q).sum()))
            rows.n.append(float(office))
    return rows


def _until(moments: NDArray[np.int64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of (edge - moment) over the moments before each edge."""
    moments = np.sort(moments)
    count = np.searchsorted(moments, edges, "right")
    return edges * count - np.concatenate(([0], np.cumsum(moments)))[count]


def tickets_per_day(view: View) -> Rows:
    chosen = _tickets(view)
    rows = view.sums("events", chosen, np.ones(len(chosen)), None, SERVED_DIMENSIONS)
    rows.n = [float(view.working_days)] * len(rows.groups)
    return rows


def _share(view: View, chosen: Bools) -> Rows:
    """Of the tickets whose fate is known, those chosen."""
    known = _tickets(view) & ~(view.is_("events", "kind", "queue") & view.is_("events", "outcome", "open"))
    return view.sums("events", known, chosen, None, TICKET_DIMENSIONS)


def walk_away_share(view: View) -> Rows:
    return _share(view, view.is_("events", "outcome", "left"))


def sent_home_share(view: View) -> Rows:
    return _share(view, view.is_("events", "outcome", "interrupted"))


def consultation_share(view: View) -> Rows:
    return view.sums("events", _tickets(view), view.consultation[view.case_row], None, ("queue", "site", "half_hour"))


def collection_share(view: View) -> Rows:
    """A coming to collect is one that began when its case was already decided."""
    tickets = np.flatnonzero(view.ticket)
    place = view.coming[tickets]
    began = np.full(len(view.coming_case), np.iinfo(np.int64).max)
    np.minimum.at(began, place, view.event("entered")[tickets])
    decided = view.case("decided")[view.case_row[tickets]]
    collects = view.spread(tickets[(decided != MISSING) & (decided <= began[place])], len(view.ticket))
    return view.sums("events", _tickets(view), collects, None, ("queue", "site", "half_hour"))


TICKET = ("events.entered", "events.kind")
WAIT = (*TICKET, "events.start", "events.visit")
FATE = (*TICKET, "events.outcome")
SERVED = "served tickets only, also those still being served; of those who left or were sent home see walk_away_share, sent_home_share"
FIRST = "over tickets taken in the window and called, the first of each coming: start - entered"
ANY = "over all tickets taken in the window and called, later counters of a chain included: start - entered"
KNOWN = "tickets still waiting at the cut-off are left out"
CN = "平均等候时间、等候超时率: field usage"

MEASURES = (
    Measure("wait_mean", "s", "lower", "mean", WAIT, f"mean {FIRST}", SERVED, CN, wait_mean),
    Measure("wait_borne", "s", "lower", "ratio", (*WAIT, "events.end"),
            "seconds waited by first tickets of comings taken in the window, until called, left, sent home or cut off / those of them that "
            "were called", "tickets still waiting at the cut-off count until then", CN, wait_borne),
    Measure("wait_median", "s", "lower", "quantile(0.5)", WAIT, f"median {FIRST}", SERVED, CN, wait_samples),
    Measure("wait_p90", "s", "lower", "quantile(0.9)", WAIT, f"90th percentile {FIRST}", SERVED, CN, wait_samples),
    Measure("wait_over_15", "share", "lower", "share", WAIT, f"share above 15 min {FIRST}", SERVED, CN, wait_over_15),
    Measure("wait_over_30", "share", "lower", "share", WAIT, f"share above 30 min {FIRST}", SERVED, CN, wait_over_30),
    Measure("wait_mean_all", "s", "lower", "mean", WAIT, f"mean {ANY}", SERVED, CN, wait_mean_all),
    Measure("wait_median_all", "s", "lower", "quantile(0.5)", WAIT, f"median {ANY}", SERVED, CN, wait_samples_all),
    Measure("wait_p90_all", "s", "lower", "quantile(0.9)", WAIT, f"90th percentile {ANY}", SERVED, CN, wait_samples_all),
    Measure("wait_over_15_all", "share", "lower", "share", WAIT, f"share above 15 min {ANY}", SERVED, CN, wait_over_15_all),
    Measure("wait_over_30_all", "share", "lower", "share", WAIT, f"share above 30 min {ANY}", SERVED, CN, wait_over_30_all),
    Measure(
        "wait_peak", "s", "lower", "mean", (*WAIT, "events.queue"),
        f"largest mean wait of a queue in a half hour of the day (by ticket taken), cells with a ticket or more a working date; {FIRST}; "
        "the largest of noisy means is biased upward: measure long windows",
        SERVED, "design of this project", wait_peak,
    ),
    Measure(
        "queue_length", "people", "lower", "rate", (*TICKET, "events.start", "events.end"),
        "time average of people waiting on working dates: seconds waited / seconds of the half hour; of `all` and queues / office hours",
        "those still waiting at the cut-off count until then; guide desk not counted", "Little (1961), Operations Research 9, 383-387",
        queue_length,
    ),
    Measure("tickets_per_day", "1 per working day", "none", "rate", TICKET, "tickets taken in the window / its working dates; `window` "
            "counts those it served", "none: taking a ticket is a moment", "取号量: field usage", tickets_per_day),
    Measure("walk_away_share", "share", "lower", "share", FATE, "tickets whose owner left before the call / tickets taken in the window",
            KNOWN, "弃号率: field usage", walk_away_share),
    Measure("sent_home_share", "share", "lower", "share", FATE, "tickets sent home at closing / tickets taken in the window",
            KNOWN, "design of this project", sent_home_share),
    Measure("consultation_share", "share", "none", "share", (*TICKET, "cases.class"),
            "tickets of cases of class or purpose `consultation` / tickets taken in the window", "none: the case says it",
            "咨询占比: field usage", consultation_share),
    Measure("collection_share", "share", "none", "share", (*TICKET, "events.visit", "cases.decided"),
            "tickets of comings that began when the case was decided / tickets taken in the window", "none: known when the ticket is taken",
            "领证占比: field usage", collection_share),
)  # fmt: skip
