"""One case while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import simpy

if TYPE_CHECKING:
    from simulation.plan import Plan


class Case:
    """An application: who, what, how far, and the moments that the clocks need. Seconds since the epoch, None until they happen."""

    __slots__ = (
        "accepted", "arrived", "behind", "booked", "closed", "complete", "decided", "delivered", "done", "file", "finished", "flawed",
        "helped", "id", "item", "looked", "machine", "mended", "missing", "need", "number", "online", "outcome", "part", "passed",
        "priority", "received", "redo", "route", "site", "standing", "stream", "visit", "who", "zone",
    )  # fmt: skip

    def __init__(
        self, env: simpy.Environment, plan: Plan, id: int, stream: int, who: int, file: int, item: int, online: bool, need: int,
        number: int, part: int = 0, machine: bool = False,
    ) -> None:  # fmt: skip
        self.id, self.stream, self.who, self.file, self.item, self.online, self.need = id, stream, who, file, item, online, need
        self.number = number
        """Stable name of the occurrence within its need: date and number of the citizen; negative for the backlog."""
        self.part = part
        """Place of its item among those of the Need."""
        self.take(plan, int(plan.item_routes[item, 2 if machine else int(online)]))
        self.helped = False
        """Whether the guide desk has completed his papers and nobody has looked at them since."""
        self.looked = 1
        """The visit of whose luck the papers are when a department first looks at them."""
        self.machine = machine
        self.passed: str | None = None
        """Why the file goes the department's own way: `sent_on`, which then takes the papers in itself, or `deferred`."""
        self.behind: set[int] = set()
        """Steps that were finished before the horizon began (backlog)."""
        self.done = 0
        self.redo: list[int] = []
        """Steps to be done again once the papers that a department found missing are there."""
        self.priority = int(plan.need_rows["priority"][need])
        self.standing = self.priority
        """Place in the departments' queues: the priority, or below 0 what supervision has moved forward."""
        self.booked = 0
        """The visit for which there is an appointment."""
        self.visit = 0
        self.site = int(plan.need_rows["site"][need])
        """The hall he was at last; until he comes, that of his Need."""
        self.zone = -1
        self.flawed = self.closed = False
        self.mended: int | None = None
        """Second at which papers that were missing came."""
        self.finished: simpy.Event = env.event()
        self.outcome = "open"
        self.arrived: int | None = None
        self.received: int | None = None
        self.complete: int | None = None
        self.accepted: int | None = None
        self.decided: int | None = None
        self.delivered: int | None = None

    def take(self, plan: Plan, route: int) -> None:
        """Go by this route from its beginning on."""
        self.route = route
        first, last = int(plan.routes.first[route]), int(plan.routes.first[route + 1])
        self.missing = {s: int(plan.routes.steps["npred"][s]) for s in range(first, last)}
        """Unfinished predecessors of each step that has not begun."""

    def key(self, visit: int) -> int:
        """Return the visit by which chance is drawn: each item of a Need has visits of its own."""
        return 1000 * self.part + visit

    def rank(self, visit: int) -> int:
        """Return who is called before whom in the hall: 0 who goes first by right, 1 by appointment, 2 everybody else."""
        return 2 * self.priority - int(self.priority > 0 and self.booked == visit)

    def close(self, outcome: str) -> None:
        """End the case; what still runs in parallel has no successors any more."""
        if not self.closed:
            self.closed, self.outcome = True, outcome
            self.finished.succeed(outcome)

    def promise_wd(self, plan: Plan) -> int | None:
        """Return the promised limit of the case in working days: that of its channel."""
        item = plan.item_rows[self.item]
        promise = item.promise_wd if not self.online or item.online is None or item.online.promise_wd is None else item.online.promise_wd
        return None if promise is None else int(promise)

    def row(self, plan: Plan) -> tuple[Any, ...]:
        """Return the case's row of the log, in the order of its schema without department and deadline."""
        name = plan.items[self.item]
        item = plan.item_rows[self.item]
        group = list(plan.scenario.world.groups)[int(plan.need_rows["group"][self.need])]
        outcome = "done" if self.outcome == "open" and self.decided is not None else self.outcome
        purpose = "consultation" if item.case_class == "consultation" else "case"
        return (
            self.id, plan.needs[self.need], self.number, name, "online" if self.online else "counter", item.case_class, group, purpose,
            self.arrived, self.received, self.complete, self.accepted, self.decided, self.delivered,
            None if item.legal_wd is None else int(item.legal_wd), self.promise_wd(plan), outcome,
            *((plan.halls.zones[self.zone] if self.zone >= 0 else None,) if plan.halls.zones else ()),
        )  # fmt: skip
