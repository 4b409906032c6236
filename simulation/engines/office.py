"""The back: a file goes through the steps of its route as a graph of tasks, transfers and suspensions.

A pool starts the head of its queue, ordered by (rank, second of entry, case, step), when it is open and enough of its members are
free at once; it holds none of them before and lets nobody overtake. A task begun goes on under the pool's calendar.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import simpy

from simulation.draws import Draws
from simulation.engines.attendance import Presence
from simulation.engines.cases import Case
from simulation.engines.phases import STATE, Dispatcher, Moment, Process
from simulation.engines.rows import END, OUTCOME, REASON, START, Row, Rows
from simulation.engines.supervision import Stop, Supervision
from simulation.plan import Plan
from simulation.routes import COUNTER, SUSPENSION, TASK, TRANSFER, begun_as, luck_of
from simulation.shifts import DAY

NEVER = 1 << 60


class Pool:
    """The members of one back office who are there today, and the files that wait for them."""

    def __init__(self, index: int, spans: list[tuple[int, int]], members: list[int]) -> None:
        self.index, self.members = index, members
        self.opens, self.closes = [a for a, _ in spans], [b for _, b in spans]
        self.queue: list[tuple[Any, ...]] = []
        self.open, self.head, self.busy, self.away = False, 0, 0, 0
        self.sitting = 0
        """Members at a meeting; they are busy too."""
        self.sent: list[tuple[int, int]] = []
        """Seconds at which members went to a tidal window (+1) or came back (-1)."""
        self.heir: Pool | None = None
        """The pool that has taken over its people and its files."""

    def send(self, t: int, more: int) -> None:
        """Let `more` members be away from second `t` on (fewer when negative)."""
        self.away += more
        self.sent.append((t, more))

    def finish(self, start: int, work: int) -> int:
        """Return when `work` seconds begun at `start` are done under the pool's calendar (then its heir's); NEVER beyond the horizon."""
        k = max(0, bisect_right(self.opens, start) - 1)
        t = start
        while k < len(self.opens):
            t = max(t, self.opens[k])
            if t + work <= self.closes[k]:
                return t + work
            work -= max(0, self.closes[k] - t)
            k += 1
        return NEVER if self.heir is None else self.heir.finish(t, work)


class Office:
    """All pools, all runs, all clock stops. `resubmit` and `deliver` are the citizen's side, `meet` is a meeting; the engine gives them."""

    def __init__(self, env: simpy.Environment, plan: Plan, draws: Draws, presence: Presence, rows: Rows) -> None:
        self.env, self.plan, self.draws, self.rows, self.presence = env, plan, draws, rows, presence
        self.resubmit: Callable[[Case], None] = lambda case: None
        self.deliver: Callable[[Case], None] = lambda case: None
        self.meet: Callable[[Case, int, int], None] = lambda case, step, since: None
        self.call_off: Callable[[Case, str], None] = lambda case, reason: None
        self.steps = [dict(zip(plan.routes.steps.dtype.names or (), row, strict=True)) for row in plan.routes.steps.tolist()]
        covered = range(plan.calendar.day(plan.calendar.first), plan.calendar.day(plan.calendar.last) + 1)
        self.working = [d for d, works in zip(covered, plan.calendar.working.tolist(), strict=True) if works]
        self.runs = [([a for a, _ in r.tolist()], [b for _, b in r.tolist()]) for r in plan.runs]
        first, afterwards = plan.routes.first.tolist(), plan.routes.afterwards
        self.awaited = [b - a - sum(afterwards[a:b]) for a, b in pairwise(first)]
        """By route: how many steps the delivery waits for."""
        self.denial = [round(float(i.denial) * (1 << 32)) for i in plan.item_rows]
        self.pools = []
        for p in range(len(plan.pools)):
            spans = [(a, b) for k, a, b in plan.pool_open.tolist() if k == p]
            heads = [int(presence.heads[p, a // DAY]) for a, _ in spans]
            pool = Pool(p, spans, heads)
            self.pools.append(pool)
            env.process(self._hours(pool))
        self.dispatchers = [Dispatcher(env, lambda pool=pool: self._dispatch(pool)) for pool in self.pools]  # type: ignore[misc]
        self.idle: dict[tuple[int, int], Row] = {}
        """Files that lie idle and that supervision may wake, by case and step (one with an appointment waits for it)."""
        self.supervision = Supervision(env, plan, rows, self.advance, self.wake) if plan.bells else None
        for succession in plan.successions:
            gone = [pool for pool, heir in zip(self.pools, succession.pools, strict=True) if heir != pool.index and pool.heir is None]
            for pool in gone:
                pool.heir = self.pools[succession.pools[pool.index]]
            Moment(env, STATE, succession.at, lambda gone=gone: self._succeed(gone))  # type: ignore[misc]

    def later(self, t: int, wd: int) -> int:
        """Return the same clock time `wd` working days after second `t`, never `t` itself; NEVER beyond the calendar."""
        k = bisect_right(self.working, t // DAY) + wd - 1
        if wd > 0 and k >= len(self.working):
            return NEVER
        return max(t + 1, (self.working[k] if wd > 0 else t // DAY) * DAY + t % DAY)

    def begin(self, case: Case, step: int, since: int | None = None) -> None:
        """A step's predecessors are finished, now or (backlog) at second `since`: start what the step is."""
        row, ready = self.steps[step], int(self.env.now) if since is None else since
        if self.supervision is not None:
            self.supervision.watch(case)
        if row["share"] < (1 << 32) and self._chance(case, "share", self.plan.routes.share_of[step]) >= row["share"]:
            self.complete(case, step)
        elif row["kind"] == TASK:
            self._task(case, step, ready)
        elif row["kind"] == TRANSFER:
            self._transfer(case, step, ready)
        elif row["kind"] == SUSPENSION:
            self._suspend(case, step, ready)
        else:
            self.meet(case, step, ready)

    def complete(self, case: Case, step: int) -> None:
        """A step is finished: decide if it decides, then go on to what waited for it, and deliver when nothing is left to wait for."""
        if case.closed or self.plan.routes.afterwards[step]:
            return
        if self.steps[step]["decides"]:
            self._decide(case)
        case.done += 1
        self.go_on(case, step)
        if case.done == self.awaited[case.route] and not case.closed:
            self.deliver(case)

    def go_on(self, case: Case, step: int) -> None:
        """Tell every step that waited for `step`."""
        for following in self.plan.routes.successors[step]:
            if not case.closed:
                self.reach(case, step, following)

    def reach(self, case: Case, step: int, following: int) -> None:
        """One of the steps that `following` waits for, `step`, is finished: begin it after the last."""
        case.missing[following] -= 1
        if case.missing[following] == 0 and self.steps[following]["kind"] != COUNTER:
            self.begin(case, following)

    def send(self, pool: int, more: int) -> None:
        """Let members of a pool leave for a tidal window, or come back (-1); what they had begun is finished by the others."""
        here = self.pools[self.plan.pool_at(pool, int(self.env.now))]
        here.send(int(self.env.now), more)
        self.dispatchers[here.index].ask()

    def work(self, case: Case, step: int) -> int:
        """Return the base seconds of a step: the sum of the work it contains."""
        total = 0
        for name, law, factor in self.plan.routes.works[step]:
            seconds = self.draws.seconds(
                self.plan.routes.distributions[law], "work", case.stream, case.who, name, max(1, case.visit), case.file
            )
            total += max(1, (seconds * factor + 500) // 1000)
        return max(1, total)

    def notice(self, case: Case) -> None:
        """Tell the applicant, once and in full, what is missing."""
        self.rows.moment(case, case.visit, "notice", int(self.env.now), reason="supplement")

    def _denied(self, case: Case) -> bool:
        """Say whether the step that decides denies the case."""
        item = begun_as(self.plan.items[case.item])
        return self.draws.chance("denial", case.stream, case.who, item, file=case.file) < self.denial[case.item]

    def _decide(self, case: Case, denied: bool | None = None, reason: str | None = None) -> None:
        case.decided = int(self.env.now)
        if case.complete is None:
            case.complete = case.accepted  # what nobody found missing passes as complete
        denied = self._denied(case) if denied is None else denied
        self.rows.moment(case, case.visit, "decision", case.decided, "denied" if denied else "done", reason)
        if denied:
            case.delivered = case.decided
            case.close("denied")

    def _chance(self, case: Case, purpose: str, step: int) -> int:
        return self.draws.chance(purpose, case.stream, case.who, self._name(case, step), file=case.file)

    def _days(self, case: Case, purpose: str, step: int, law: int) -> int:
        return self.draws.count(self.plan.routes.distributions[law], purpose, case.stream, case.who, self._name(case, step), file=case.file)

    def _name(self, case: Case, step: int) -> str:
        return luck_of(self.plan.items[case.item], self.plan.routes.names[step])

    def _task(self, case: Case, step: int, since: int) -> Row:
        spec, now = self.steps[step], int(self.env.now)
        where = self.plan.pool_at(spec["place"], now)
        pool, name = self.plan.pool_rows[where], self.plan.pools[where]
        place = {"queue": name, "department": pool.department, "people": spec["people"]}
        row = self.rows.begin(case, case.visit, self.plan.routes.names[step], "task", since, **place)
        if pool.role == "leader":
            row[REASON] = "leader"
        if case.passed is not None and self.plan.routes.reasons[spec["reason"]] == "acceptance":
            row[REASON] = case.passed
        ready = since
        if spec["delay_wd"] >= 0:
            ready = self.later(ready, self._days(case, "delay", step, spec["delay_wd"]))
        if spec["stall"] > 0 and self._chance(case, "stall", step) < spec["stall"]:
            ready = self.later(ready, self._days(case, "stall_wd", step, spec["stall_wd"]))
            row[REASON] = "stall"
        if ready <= now:
            self._enqueue(case, step, row, ready)
        else:
            if row[REASON] == "stall" and spec["delay_wd"] < 0 and self.supervision is not None:
                self.idle[case.id, step] = row
                Moment(self.env, STATE, ready - now, lambda: self._stir(case, step, row, ready))
            else:
                Moment(self.env, STATE, ready - now, lambda: self._enqueue(case, step, row, ready))
        return row

    def _stir(self, case: Case, step: int, row: Row, ready: int) -> None:
        """A file has lain idle to the end, unless it was woken before."""
        if self.idle.get((case.id, step)) is row:
            del self.idle[case.id, step]
            self._enqueue(case, step, row, ready)

    def advance(self, case: Case) -> None:
        """Move the waiting files of a case to the place that its rank gives them."""
        for pool in self.pools:
            if any(entry[4] is case for entry in pool.queue):
                pool.queue = [(min(entry[0], case.standing), *entry[1:]) if entry[4] is case else entry for entry in pool.queue]
                heapq.heapify(pool.queue)
                self.dispatchers[pool.index].ask()

    def wake(self, case: Case) -> None:
        """Take up what lies idle of a case."""
        for id, step in [key for key in self.idle if key[0] == case.id]:
            self._enqueue(case, step, self.idle.pop((id, step)), int(self.env.now))

    def _enqueue(self, case: Case, step: int, row: Row, ready: int, priority: int | None = None) -> None:
        where = self.plan.pool_at(self.steps[step]["place"], int(self.env.now))
        heapq.heappush(self.pools[where].queue, (case.standing if priority is None else priority, ready, case.id, step, case, row))
        self.dispatchers[where].ask()

    def _dispatch(self, pool: Pool) -> None:
        while pool.open and pool.queue:
            _, _, _, step, case, row = pool.queue[0]
            people = self.steps[step]["people"]
            if people > pool.head - pool.away - pool.busy:
                return
            heapq.heappop(pool.queue)
            now = int(self.env.now)
            pool.busy += people
            row[START] = now
            pace = int(self.plan.pool_pace[pool.index, now // DAY])
            end = pool.finish(now, max(1, (self.work(case, step) * pace + 500) // 1000))
            self._until(end, pool, case, step, row)

    def _until(self, end: int, pool: Pool, case: Case, step: int, row: Row) -> None:
        """Work begun now is done at `end`."""
        if end < NEVER:
            Moment(self.env, STATE, end - int(self.env.now), lambda: self._finish(pool, case, step, row))

    def _finish(self, pool: Pool, case: Case, step: int, row: Row) -> None:
        spec, now_with = self.steps[step], self.pools[self.plan.pool_at(pool.index, int(self.env.now))]
        now_with.busy -= spec["people"]
        self.dispatchers[now_with.index].ask()
        self.finished(case, step, row)

    def finished(self, case: Case, step: int, row: Row) -> None:
        """Work on a file has ended: go on, or do it again once the papers are there."""
        spec = self.steps[step]
        row[END], row[OUTCOME] = int(self.env.now), "done"
        if spec["reason"] and self.plan.routes.reasons[spec["reason"]] == "acceptance" and not self._accept(case):
            case.flawed = True
        if case.flawed and not case.closed:
            row[OUTCOME] = "supplement"
            case.redo.append(step)
            if len(case.redo) == 1:
                self.notice(case)
                self.resubmit(case)
        elif case.mended is not None and row[START] < case.mended and not case.closed:
            row[OUTCOME] = "supplement"  # it was done with the old papers, whichever happened first in this second
            self.begin(case, step)
        else:
            self.complete(case, step)

    def _accept(self, case: Case) -> bool:
        """Look at papers filed online, or brought by who was sent on; say whether they are complete."""
        if case.flawed or case.complete is not None:
            return True
        limit = int(self.plan.complete[int(case.mended is not None), case.need, case.item])
        limit = max(limit, int(self.plan.assisted[case.need])) if case.helped else limit
        case.helped, visit = False, case.looked if case.mended is None else case.visit
        if self.draws.chance("complete", case.stream, case.who, visit=case.key(visit), file=case.file) >= limit:
            return False
        case.complete = case.received if case.mended is None else case.mended
        case.accepted = int(self.env.now) if case.accepted is None else case.accepted
        return True

    def _transfer(self, case: Case, step: int, since: int) -> None:
        leaves, arrives = self.runs[self.plan.site_at(case.site, int(self.env.now))]
        k = bisect_left(leaves, int(self.env.now))
        row = self.rows.begin(case, case.visit, self.plan.routes.names[step], "transfer", since)
        if k < len(leaves) and leaves[k] < self.plan.end:
            row[START] = leaves[k]
            self._after(arrives[k], case, step, row)

    def _suspend(self, case: Case, step: int, since: int) -> None:
        spec = self.steps[step]
        reason = self.plan.routes.reasons[spec["reason"]]
        if spec["noticed"]:
            self.rows.moment(case, case.visit, "notice", since, reason=reason)
        row = self.rows.begin(case, case.visit, self.plan.routes.names[step], "suspension", since, since, reason=reason)
        ends = max(int(self.env.now) + 1, self.later(since, self._days(case, "lasts", step, spec["lasts_wd"])))
        if self.supervision is not None:
            self.supervision.stopped(case, Stop(since, ends, reason, bool(spec["noticed"])))
        self._after(ends, case, step, row)

    def _after(self, t: int, case: Case, step: int, row: Row) -> None:
        def end() -> None:
            row[END], row[OUTCOME] = t, "done"
            self.complete(case, step)

        Moment(self.env, STATE, t - int(self.env.now), end)

    def _succeed(self, gone: list[Pool]) -> None:
        """Hand people at work and waiting files to the heirs."""
        for pool in gone:
            if (heir := pool.heir) is not None:
                heir.busy += pool.busy
                heir.sitting += pool.sitting
                if pool.away:
                    heir.send(int(self.env.now), pool.away)
                for entry in pool.queue:
                    heapq.heappush(heir.queue, entry)
                pool.queue.clear()
                self.dispatchers[heir.index].ask()

    def _hours(self, pool: Pool) -> Process:
        for opens, closes, head in zip(pool.opens, pool.closes, pool.members, strict=True):
            if opens > self.env.now:
                yield self.env.timeout(opens - self.env.now)
            pool.open, pool.head = True, head
            self.dispatchers[pool.index].ask()
            yield self.env.timeout(closes - self.env.now)
            pool.open = False
