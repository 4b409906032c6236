"""The clocks of all cases of a log at once, as known at its cut-off."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulation import clocks
from simulation.calendar import DAY
from simulation.clocks import MISSING, Suspensions

if TYPE_CHECKING:
    from simulation.measures.view import View

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
PIECE = 100_000


class Judged(NamedTuple):
    """Cases against one limit, an array element a case.

    Attributes
    ----------
    limited : the case runs against this limit: a limit, a start, and not withdrawn or refused acceptance
    passed : the limit, suspensions included, has passed by the cut-off
    late : known to be late: decided after the limit, or open past it
    unknown : cannot be said: open before its limit, or ended at an unknown time
    """

    limited: Bools
    passed: Bools
    late: Bools
    unknown: Bools


class CaseClocks:
    """Starts, ends and charged days of the cases of a `View`.

    A suspension is notified in writing if a notice of its reason stands beside it, in a log that records notices; otherwise it is taken
    as notified, since the log cannot say.
    """

    def __init__(self, view: View) -> None:
        self.view, self.calendar = view, view.calendar
        self.rules = view.meta.clocks.rules()

    @cached_property
    def noticed(self) -> Ints:
        """The first supplement notice of each case."""
        view = self.view
        chosen = view.is_("events", "kind", "notice") & view.is_("events", "reason", "supplement") & (view.event("start") != MISSING)
        at = np.flatnonzero(chosen)
        first = np.full(len(view.log.cases), np.iinfo(np.int64).max)
        np.minimum.at(first, view.case_row[at], view.event("start")[at])
        return np.where(first == np.iinfo(np.int64).max, MISSING, first)

    @cached_property
    def accepted(self) -> Ints:
        """From when the law counts; the stamp of acceptance, where a log does not say when the papers were complete."""
        view = self.view
        if "complete" not in view.log.cases:
            start = view.case("accepted")
        else:
            received, complete, start = view.case("received"), view.case("complete"), np.empty(len(view.log.cases), dtype=np.int64)
            for k, _ in self._pieces(Suspensions.none()):
                start[k] = clocks.legal_acceptance(self.calendar, received[k], complete[k], self.noticed[k], view.cutoff, self.rules)
        return np.where(view.is_("cases", "outcome", "not_accepted"), MISSING, start)

    @property
    def until(self) -> Ints:
        """The end of each case, or the cut-off."""
        return np.where(self.view.ended == MISSING, self.view.cutoff, self.view.ended)

    @cached_property
    def lost(self) -> Bools:
        """Cases that ended, nobody knows when."""
        lost: Bools = self.view.is_("cases", "outcome", "done", "denied") & (self.view.case("decided") == MISSING)
        return lost

    @cached_property
    def stops(self) -> Suspensions:
        """All suspensions that the log records."""
        view = self.view
        at = np.flatnonzero(view.is_("events", "kind", "suspension") & (view.event("start") != MISSING))
        if not len(at) or "reason" not in view.log.events:
            return Suspensions.none()
        reason = view.log.events["reason"].astype(object).to_numpy()[at]
        reason = np.array(["" if r != r or r is None else str(r) for r in reason], dtype=object)
        case, start = view.case_row[at], view.event("start")[at]
        noticed = np.ones(len(at), dtype=bool)
        if view.meta.notices:
            told = np.flatnonzero(view.is_("events", "kind", "notice"))
            texts = view.log.events["reason"].astype(object).to_numpy()[told]
            known = set(zip(view.case_row[told].tolist(), view.event("start")[told].tolist(), texts, strict=True))
            noticed = np.array([key in known for key in zip(case.tolist(), start.tolist(), reason, strict=True)], dtype=bool)
        return Suspensions(case, start, view.event("end")[at], reason, noticed).until(view.cutoff)

    @cached_property
    def legal_stops(self) -> Suspensions:
        return self.stops.legal(self.rules)

    @cached_property
    def promise_stops(self) -> Suspensions:
        return self.stops.promise(self.rules)

    @cached_property
    def legal_wd(self) -> Ints:
        """Working days charged by the legal clock until the end or the cut-off."""
        return self._charged(self.legal_stops)

    @cached_property
    def promise_wd(self) -> Ints:
        """Working days charged by the promised clock, likewise."""
        return self._charged(self.promise_stops)

    def _charged(self, stops: Suspensions) -> Ints:
        until, days = self.until, np.empty(len(self.accepted), dtype=np.int64)
        for k, theirs in self._pieces(stops):
            days[k] = clocks.chargeable_wd(self.calendar, self.accepted[k], until[k], theirs)
        return days

    def _pieces(self, stops: Suspensions) -> Iterator[tuple[slice, Suspensions]]:
        """The cases some at a time, so that what is made of them stays small, and the stops of these, by their place among them."""
        for k in range(0, len(self.view.log.cases), PIECE):
            of = (stops.case >= k) & (stops.case < k + PIECE)
            theirs = Suspensions(stops.case[of] - k, stops.start[of], stops.end[of], stops.reason[of], stops.noticed[of])
            yield slice(k, k + PIECE), theirs

    @cached_property
    def legal(self) -> Judged:
        """Cases against the legal limit."""
        return self._judged(self.view.case("legal_wd"), self.legal_stops)

    @cached_property
    def promise(self) -> Judged:
        """Cases against the promise: against the log's own deadline, by stamp, where it brings one."""
        view = self.view
        deadline = view.case("deadline")
        if not (deadline != MISSING).any():
            return self._judged(view.case("promise_wd"), self.promise_stops)
        limited = (deadline != MISSING) & (view.withdrawn == MISSING)
        passed = limited & (deadline <= view.meta.horizon)
        late = limited & ~self.lost & np.where(view.case("decided") == MISSING, passed, view.case("decided") > deadline)
        return Judged(limited, passed, late, limited & (self.lost | (view.case("decided") == MISSING) & ~passed))

    def _judged(self, limit: Ints, stops: Suspensions) -> Judged:
        view = self.view
        limited = (limit != MISSING) & (self.accepted != MISSING) & (view.withdrawn == MISSING)
        passed, late, until = limited.copy(), limited & ~self.lost, self.until
        for k, theirs in self._pieces(stops):
            due = clocks.due_second(clocks.due_day(self.calendar, self.accepted[k], limit[k], theirs))
            passed[k] &= clocks.late(view.cutoff, due)
            late[k] &= clocks.late(until[k], due)
        return Judged(limited, passed, late, limited & (self.lost | (view.case("decided") == MISSING) & ~passed))

    def office_seconds(self, t: Ints) -> Ints:
        """Office hours of working dates that have passed by second `t`, counted from the first date covered."""
        day = t // DAY
        before = self.calendar.wd(np.full(len(t), self.calendar.day(self.calendar.first) - 1), day - 1)
        clock = t % DAY
        today = sum((np.clip(clock - opens, 0, closes - opens) for opens, closes in self.view.meta.office), np.zeros(len(t), np.int64))
        length = sum(closes - opens for opens, closes in self.view.meta.office)
        return before * length + np.where(self.calendar.is_working(day), today, 0)
