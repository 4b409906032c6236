"""Meetings: bodies come together at their hour and handle cases one after another.

Who convenes looks at what is ready when all state changes of that second are done, and before the pools dispatch: whoever goes to the
meeting is away from his pool from that second on. Work that a member has begun goes on.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from simulation.engines.cases import Case
from simulation.engines.office import Office
from simulation.engines.phases import CALL, STATE, Moment
from simulation.engines.rows import END, OUTCOME, PEOPLE, REASON, START, Row
from simulation.joint import Sitting
from simulation.shifts import DAY


class Meetings:
    """All meetings of a centre; a step waits for the one it names. Those of one second are called in the order of the plan."""

    def __init__(self, office: Office) -> None:
        self.env = office.env
        self.sittings = office.plan.joint.sittings
        self.meetings = {sitting: Meeting(office, sitting, self.call) for sitting in dict.fromkeys(self.sittings.values())}
        self.called: dict[int, list[Meeting]] = {}
        """Meetings by the second to which they are called."""

    def wait(self, case: Case, step: int, since: int) -> None:
        """A case is ready for its meeting."""
        self.meetings[self.sittings[step]].wait(case, step, since)

    def call(self, meeting: Meeting, date: int) -> None:
        """Call a meeting to second `date`."""
        if date not in self.called:
            self.called[date] = []
            Moment(self.env, CALL, date - int(self.env.now), lambda: self._convene(date))
        self.called[date].append(meeting)

    def call_off(self, case: Case, reason: str) -> None:
        """A case is over: nobody waits for it at any table."""
        for meeting in self.meetings.values():
            meeting.call_off(case, reason)

    def _convene(self, date: int) -> None:
        called = self.called.pop(date)
        for meeting in self.meetings.values():
            if meeting in called:
                meeting.convene()


class Meeting:
    """The same bodies at the same hour: their dates, and the cases that wait for the next one."""

    def __init__(self, office: Office, sitting: Sitting, call: Callable[[Meeting, int], None]) -> None:
        self.office, self.sitting, self.env, self.call = office, sitting, office.env, call
        plan = office.plan
        days = (d for d in office.working if 0 <= d < plan.days and plan.calendar.date(d).weekday() in sitting.weekdays)
        self.dates = [d * DAY + sitting.at for d in days]
        self.pools = [plan.pools.index(name) for name in sitting.pools]
        self.queue: list[tuple[Any, ...]] = []
        self.called = False
        self.until = 0
        """End of the last meeting."""

    def wait(self, case: Case, step: int, since: int) -> None:
        """Put a case in the order of (standing, second of entry, case, step), and see to it that there is a next meeting.

        The file goes to who convenes, the first of the pools: the row names his department.
        """
        plan, bodies = self.office.plan, ", ".join(self.sitting.pools)
        convenes = plan.pool_rows[plan.pool_at(self.pools[0], int(self.env.now))].department
        place: dict[str, Any] = {"queue": bodies, "department": convenes, "people": len(self.pools)}
        row = self.office.rows.begin(case, case.visit, plan.routes.names[step], "meeting", since, **place)
        heapq.heappush(self.queue, (case.standing, since, case.id, step, case, row))
        self._call(int(self.env.now))

    def _call(self, earliest: int) -> None:
        date = next((t for t in self.dates if t >= max(earliest, self.until)), None)
        if self.queue and not self.called and date is not None:
            self.called = True
            self.call(self, date)

    def call_off(self, case: Case, reason: str) -> None:
        """Take a case that is over out of the queue."""
        for entry in [e for e in self.queue if e[4] is case]:
            row = entry[5]
            row[END], row[OUTCOME], row[REASON] = int(self.env.now), "interrupted", reason
            self.queue.remove(entry)
        heapq.heapify(self.queue)

    def convene(self) -> None:
        """Handle what is ready, up to the capacity, if there is a quorum; the rest waits for the next date."""
        now = t = int(self.env.now)
        self.called = False
        present = [where for where in (self.office.plan.pool_at(p, now) for p in self.pools) if self._there(where, now // DAY)]
        self.queue = [(entry[4].standing, *entry[1:]) for entry in self.queue if not entry[4].closed]
        heapq.heapify(self.queue)
        if len(present) < self.sitting.quorum:
            for *_, step, case, _ in sorted(self.queue, key=lambda entry: entry[:4]):
                alert = self.office.rows.begin(case, case.visit, self.office.plan.routes.names[step], "alert", now, now, reason="no_quorum")
                alert[END], alert[OUTCOME] = now, "done"
        else:
            for _ in range(min(self.sitting.capacity, len(self.queue))):
                *_, step, case, row = heapq.heappop(self.queue)
                t = self._handle(case, step, row, t, len(present))
            if t > now:
                self._sit(present, t)
        self._call(now + 1)

    def _handle(self, case: Case, step: int, row: Row, start: int, people: int) -> int:
        """Give a case its time at the table; return when that is over."""

        def take_up() -> None:
            row[START], row[PEOPLE] = start, people

        now, end = int(self.env.now), start + self.office.work(case, step)
        if start == now:
            take_up()
        else:
            Moment(self.env, STATE, start - now, take_up)
        Moment(self.env, STATE, end - now, lambda: self.office.finished(case, step, row))
        return end

    def _sit(self, present: list[int], until: int) -> None:
        """Take one member out of each pool until the meeting ends."""
        self.until = until
        for where in present:
            self.office.pools[where].busy += 1
            self.office.pools[where].sitting += 1
        Moment(self.env, STATE, until - int(self.env.now), lambda: self._rise(present))

    def _rise(self, present: list[int]) -> None:
        for where in present:
            pool = self.office.pools[self.office.plan.pool_at(where, int(self.env.now))]
            pool.busy -= 1
            pool.sitting -= 1
            self.office.dispatchers[pool.index].ask()

    def _there(self, where: int, day: int) -> bool:
        """Say whether a pool has anybody that day who is not absent, at a tidal window or at another table."""
        pool = self.office.pools[where]
        return any(n > pool.away + pool.sitting for opens, n in zip(pool.opens, pool.members, strict=True) if opens // DAY == day)
