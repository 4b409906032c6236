"""The front: tickets wait in queues, posts call them.

Every queue is ordered by (priority, second of entry, case, step). A free post calls the smallest ticket that it may serve; a ticket
that several free posts may serve goes to the first of them, windows with fewer queues first. A post calls anybody until its interval
ends, then only those whose visit began before that, until its last call; while nobody is at it (`attendance`) it calls no one. Whoever
lost patience leaves a ticket behind, and calling it costs time. A ticket may be reserved for one window (`choice`), and a window may
stand by (`tide`).
"""

from __future__ import annotations

import heapq
from typing import Any

import simpy

from simulation.engines.attendance import Presence
from simulation.engines.cases import Case
from simulation.engines.phases import ABANDON, STATE, Dispatcher, Moment, Process
from simulation.engines.rows import END, KIND, OUTCOME, POST, START, Row, Rows
from simulation.plan import Plan
from simulation.shifts import DAY

WAITING, CALLED, GONE = range(3)


class Ticket:
    """A ticket: whose, for which class, its place (the second of entry), in a visit begun when.

    `called` is answered with the post, `left` or `home`.
    """

    __slots__ = ("began", "called", "case", "cls", "entered", "row", "state", "visit", "wish")

    def __init__(self, env: simpy.Environment, case: Case, visit: int, cls: int, row: Row, began: int, since: int | None) -> None:
        self.case, self.visit, self.cls, self.row, self.began = case, visit, cls, row, began
        self.entered = int(env.now) if since is None else since
        self.state = WAITING
        self.wish = -1
        """The only window that may call it; -1: any."""
        self.called: simpy.Event = env.event()


class Hall:
    """All sites' queues and posts."""

    def __init__(self, env: simpy.Environment, plan: Plan, presence: Presence, rows: Rows) -> None:
        self.env, self.plan, self.rows = env, plan, rows
        self.waiting: list[list[tuple[Any, ...]]] = [[] for _ in plan.classes]
        self.presence, self.posts = presence, presence.posts
        self.rostered: dict[int, set[int]] = {}
        for post, classes in zip(self.posts, plan.post_classes, strict=True):
            self.rostered.setdefault(post["opens"] // DAY, set()).update(classes)
        self.at = [-1] * len(plan.windows)
        """Post at each window, -1 when nobody may be called to it."""
        self.busy = [False] * len(plan.windows)
        self.serving: list[list[int]] = [[] for _ in plan.classes]
        """Windows whose present post serves the class, in order."""
        self.no_show = [int(plan.no_show[plan.class_site[c]]) for c in range(len(plan.classes))]
        self.dispatcher = Dispatcher(env, self._dispatch)
        env.process(self._roster())
        for site, hours in enumerate(plan.site_hours):
            env.process(self._closing(site, [closes for opens, closes in hours if closes > opens]))

    def served(self, cls: int, day: int) -> bool:
        """Say whether the roster of `day` has a post for class `cls`; it reads the plan, for the state may change in this very second."""
        return cls in self.rostered.get(day, ())

    def take(self, case: Case, visit: int, cls: int, patience: int, row: Row, began: int, since: int | None = None) -> Ticket:
        """Take a ticket for class `cls` in a visit that began at second `began`; its owner leaves after `patience` seconds.

        Its place in the queue is that of a ticket taken now, or at second `since`.
        """
        ticket = Ticket(self.env, case, visit, cls, row, began, since)
        heapq.heappush(self.waiting[cls], (case.rank(visit), ticket.entered, case.id, visit, cls, ticket))
        self.dispatcher.ask()
        Moment(self.env, ABANDON, patience, lambda: self._leave(ticket))
        return ticket

    def reserve(self, ticket: Ticket, window: int, until: int) -> None:
        """Let only `window` call a ticket before second `until`, when it becomes anybody's."""

        def give_up() -> None:
            ticket.wish = -1
            self.dispatcher.ask()

        ticket.wish = window
        Moment(self.env, STATE, until - int(self.env.now), give_up)

    def pace(self, post: int, base: int) -> int:
        """Return `base` seconds of work at the pace of the person at `post`."""
        return max(1, (base * int(self.posts[post]["pace"]) + 500) // 1000)

    def release(self, window: int) -> None:
        """Free a window at the end of a service."""
        self.busy[window] = False
        self.dispatcher.ask()

    def openings(self) -> list[tuple[int, int, int]]:
        """Return (post, from, to) of each opening of a tidal window; a hall without any has none."""
        return []

    def _roster(self) -> Process:
        """Man and leave the windows at the boundaries of the spans in which the posts are manned."""
        ends, begins = 0, 1
        boundaries = []
        for k, post in enumerate(self.posts):
            for since, until in self.presence.manned[k]:
                boundaries += [(since, begins, k), (post["last_call"] if until == post["closes"] else until, ends, k)]
        for t, what, k in sorted(boundaries):
            if t > self.env.now:
                yield self.env.timeout(t - self.env.now)
            window = self.posts[k]["window"]
            if what == begins:
                self._man(window, k)
            elif self.at[window] == k:
                self._man(window, -1)

    def _man(self, window: int, post: int) -> None:
        if self.at[window] >= 0:
            for c in self.plan.post_classes[self.at[window]]:
                self.serving[c].remove(window)
        self.at[window] = post
        if post >= 0:
            for c in self.plan.post_classes[post]:
                self.serving[c] = sorted([*self.serving[c], window])
            self.dispatcher.ask()

    def _closing(self, site: int, closings: list[int]) -> Process:
        """Send home who still waits when the hall shuts."""
        for t in closings:
            yield self.env.timeout(t - self.env.now)
            for c, queue in enumerate(self.waiting):
                if self.plan.class_site[c] == site:
                    for *_, ticket in queue:
                        if ticket.state == WAITING:
                            self._end(ticket, "interrupted", "home")
                    queue.clear()

    def _leave(self, ticket: Ticket) -> None:
        if ticket.state == WAITING:
            self._end(ticket, "left", "left")

    def _end(self, ticket: Ticket, outcome: str, answer: str) -> None:
        ticket.state = GONE
        ticket.row[END], ticket.row[OUTCOME] = int(self.env.now), outcome
        ticket.called.succeed(answer)

    def _dispatch(self) -> None:
        while calls := [call for c, queue in enumerate(self.waiting) if queue and (call := self._next(c)) is not None]:
            entry, window = min(calls)
            ticket = entry[-1]
            queue = self.waiting[ticket.cls]
            if queue[0] is entry:
                heapq.heappop(queue)
            else:
                queue.remove(entry)
                heapq.heapify(queue)
            self._call(ticket, window)

    def _next(self, c: int) -> tuple[tuple[Any, ...], int] | None:
        """Return the first ticket of class `c` that may be called now, and the first window that may call it."""
        queue = self.waiting[c]
        while queue and self._void(queue[0][-1]):
            heapq.heappop(queue)
        free = [w for w in self.serving[c] if not self.busy[w]]
        if not queue or not free:
            return None
        closes = [self.posts[self.at[w]]["closes"] for w in free]
        everybody = self.env.now < max(closes) and not self.plan.chooses
        for entry in queue[:1] if everybody else sorted(queue):
            for window, end in zip(free, closes, strict=True):
                if (self.env.now < end or entry[-1].began < end) and not self._void(entry[-1]) and entry[-1].wish in (-1, window):
                    return entry, window
        return None

    def _void(self, ticket: Ticket) -> bool:
        """Say whether the owner of a ticket is gone and calling it costs nothing."""
        return bool(ticket.state == GONE and self.no_show[ticket.cls] == 0)

    def _call(self, ticket: Ticket, window: int) -> None:
        now, post = int(self.env.now), self.at[window]
        self.busy[window] = True
        name = self.plan.windows[window]
        if ticket.state == GONE:
            place = {"queue": self.plan.classes[ticket.cls][0], "post": name, "site": ticket.row[7]}
            row = self.rows.begin(ticket.case, ticket.visit, ticket.row[2], "service", None, now, **place)
            Moment(self.env, STATE, self.no_show[ticket.cls], lambda: self._nobody_came(row, window))
            return
        ticket.state = CALLED
        ticket.row[KIND], ticket.row[START], ticket.row[POST] = "service", now, name
        ticket.called.succeed(post)

    def _nobody_came(self, row: Row, window: int) -> None:
        row[END], row[OUTCOME] = int(self.env.now), "no_show"
        self.release(window)
