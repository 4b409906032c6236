"""Efficiency supervision inside the run 电子监察: a file near its limit, or past it, rings an alarm and moves forward.

An alarm goes off at 24:00 of the working day on which its share of the promise is used up, by the promised clock. Where the clock has
stopped since it was set, the alarm is set anew. When it goes off the log gets an `alert` of its level; from then on the file stands
before all files of lower rank in its departments' queues, and one that lies idle is taken up at once if the alarm `wakes`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import simpy

from simulation import clocks
from simulation.clocks import ClockRules, Suspensions
from simulation.engines.cases import Case
from simulation.engines.phases import STATE, Moment
from simulation.engines.rows import Rows
from simulation.plan import Bell, Plan


class Stop(NamedTuple):
    """A clock stop of one case."""

    start: int
    end: int
    reason: str
    noticed: bool


class Supervision:
    """Watches every file from the second in which its clock begins. `advance` and `wake` are the office's side."""

    def __init__(
        self, env: simpy.Environment, plan: Plan, rows: Rows, advance: Callable[[Case], None], wake: Callable[[Case], None]
    ) -> None:
        self.env, self.plan, self.rows, self.advance, self.wake = env, plan, rows, advance, wake
        reasons = plan.scenario.centre.clocks
        self.rules = ClockRules(legal=frozenset(reasons.legal), promise=frozenset(reasons.promise))
        self.stops: dict[int, list[Stop]] = {}
        self.watched: set[int] = set()

    def watch(self, case: Case) -> None:
        """Set the alarms of a case whose papers are complete; once."""
        if case.complete is None or case.id in self.watched:
            return
        self.watched.add(case.id)
        for bell in self.plan.bells:
            self._set(case, bell)

    def stopped(self, case: Case, stop: Stop) -> None:
        """Note that a procedure by others has begun; the clock knows of its end when it has come."""
        self.stops.setdefault(case.id, []).append(stop)

    def _set(self, case: Case, bell: Bell) -> None:
        due = self._due(case, bell)
        if due is not None and due <= self.plan.end:
            Moment(self.env, STATE, max(0, due - int(self.env.now)), lambda: self._ring(case, bell))

    def _due(self, case: Case, bell: Bell) -> int | None:
        """Return the second at which the bell's share of the promise is used up, as the clock stands now; None without a promise."""
        promise = case.promise_wd(self.plan)
        if promise is None or promise == 0:
            return None
        stops = self.stops.get(case.id, [])
        known = Suspensions.make(
            [0] * len(stops),
            [s.start for s in stops],
            [s.end for s in stops],
            [s.reason for s in stops],
            [s.noticed for s in stops],
        )
        limit = bell.used * promise // 1000
        running = known.until(int(self.env.now)).promise(self.rules)
        return int(clocks.due_second(clocks.due_day(self.plan.calendar, case.complete or 0, limit, running))[0])

    def _ring(self, case: Case, bell: Bell) -> None:
        now = int(self.env.now)
        if case.closed or (case.decided is not None and case.decided < now):
            return
        due = self._due(case, bell)
        if due is not None and due > now:
            self._set(case, bell)
            return
        if not bell.since <= now < bell.until:
            return
        self.rows.moment(case, case.visit, "alert", now, reason=bell.level)
        if -bell.ahead < case.standing:
            case.standing = -bell.ahead
            self.advance(case)
        if bell.wakes:
            self.wake(case)
