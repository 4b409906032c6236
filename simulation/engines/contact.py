"""First contact 首问: how who comes finds the right window.

He asks at the guide desk, which may complete his papers besides, or takes a ticket at once. Whoever stands at a wrong window is looked at
there and referred, and may then stand at a wrong one again, up to `BOUNCES` times; never at the one he comes from. What the first officer
owes him is the Site's `first_contact`:

nothing     he takes a new ticket, behind everybody, and is led astray again by the world's `bounced[none]`;
`informs`   首问负责: the officer tells him the right window and its papers, and calls ahead. It costs `touch`. Every later ticket of the
            search has the place of the first, as if he had been right at once; `bounced[informs]`;
`follows`   首办负责: the officer takes the papers in and brings the file to the right counter. It costs `touch`. The file waits in the
            place of the first ticket and is not given up, for the citizen sits and is called; `bounced[follows]`.

A duty begins when somebody has looked at him: who leaves a wrong queue, or is sent home from it, owes it to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import simpy

from simulation.distributions import Distribution
from simulation.draws import Draws
from simulation.engines.cases import Case
from simulation.engines.hall import Hall
from simulation.engines.phases import Process
from simulation.engines.rows import END, OUTCOME, REASON, Rows
from simulation.plan import Plan
from simulation.routes import CHANNELS
from simulation.shifts import DAY

BOUNCES = 3
"""Referrals after the first one, at most."""


class Way(NamedTuple):
    """How the search ended: `done`, or `left` or `home` on the way; the place in the queue that the citizen has kept, if any; whether
    an officer has brought his papers there."""

    answer: str
    since: int | None = None
    brought: bool = False


FOUND = Way("done")
"""At once, or by asking."""


class Contact:
    """The way to the right window. `wait`, take a ticket and wait, and `ticket`, which one is his, are the citizen's side."""

    def __init__(
        self, env: simpy.Environment, plan: Plan, draws: Draws, hall: Hall, rows: Rows, wait: Callable[..., Process],
        ticket: Callable[[Case, int, int], int],
    ) -> None:  # fmt: skip
        self.env, self.plan, self.draws, self.hall, self.rows, self.wait, self.ticket = env, plan, draws, hall, rows, wait, ticket
        self.machines = machine_classes(plan)

    def takes_machine(self, need: int, who: int, item: int) -> bool:
        """Say whether a citizen who has come takes the machine for this item, where there is one for it."""
        offered = bool(self.plan.item_routes[item, CHANNELS.index("self_service")] >= 0)
        return offered and self.draws.chance("self_service", need, who) < self.plan.self_service

    def find_window(self, cases: list[Case], visit: int, site: int, counter: int) -> Process:
        """Ask at the guide desk, or take the first ticket at the wrong window; `counter` is the step one came for. Answers with a Way.

        Where the desk completes papers, it does so for each of the `cases` that has any.
        """
        case, asks, began, desk = cases[0], 0, int(self.env.now), self.plan.guide[site]
        if int(self.plan.routes.steps["place"][counter]) in self.machines:
            return FOUND
        if desk is not None and not self.hall.served(desk[0], began // DAY):
            desk = None
        if desk is not None and self._chance("asks", case, visit) < self.plan.asks_desk:
            asks = 1
            cls, law, assists = desk
            row = self.rows.begin(case, visit, "guide", "queue", None, site=self.plan.sites[site], queue=self.plan.classes[cls][0])
            answer = yield self.hall.take(case, visit, cls, DAY, row, began).called
            if answer in ("left", "home"):
                return Way(answer)
            seconds = self._seconds(law, "guide", case, visit)
            for each in cases:
                if assists is not None and self.plan.item_rows[each.item].case_class != "consultation":
                    each.helped = True
                    seconds += self.draws.seconds(assists, "assists", each.stream, each.who, visit=each.key(visit), file=each.file)
            yield self.env.timeout(self.hall.pace(answer, seconds))
            row[END], row[OUTCOME] = int(self.env.now), "done"
            self.hall.release(self.hall.posts[answer]["window"])
        if self._chance("misrouted", case, visit) < self.plan.misrouted[asks]:
            return (yield from self._refer(case, visit, site, counter, began))
        return FOUND

    def _refer(self, case: Case, visit: int, site: int, counter: int, began: int) -> Process:
        """Stand at a wrong window and be referred, perhaps several times; answers with a Way."""
        first, way, last = self.plan.site_rows[site].first_contact, FOUND, -1
        bounced = self.plan.bounced["none" if first is None else first.duty]
        right = self.ticket(case, int(self.plan.routes.steps["place"][counter]), began)
        wrong = [c for c, s in enumerate(self.plan.class_site.tolist()) if s == site and c != right and self._ticketed(c, site, began)]
        for k in range(1 + BOUNCES):
            detail, there = str(k or ""), [c for c in wrong if c != last]
            if not there or (k and self._chance("bounced", case, visit, detail) >= bounced):
                break
            luck, entered = self._chance("wrong", case, visit, detail), int(self.env.now)
            last = min(there, key=lambda c: (_mixed(luck ^ int(self.plan.class_mark[c])), c))
            answer, row = yield from self.wait(case, visit, last, "referral", 90 + k, began, way.since, way.brought)
            if answer in ("left", "home"):
                return Way(answer)
            seconds = self._seconds(self.plan.wrong_window[site], "wrong_window", case, visit, detail)
            if first is not None:
                seconds += self._seconds(first.touch, "first_contact", case, visit, detail)
                way = Way("done", entered if way.since is None else way.since, first.duty == "follows")
            yield self.env.timeout(self.hall.pace(answer, seconds))
            row[END], row[OUTCOME], row[REASON] = int(self.env.now), "not_accepted", "wrong_window"
            self.hall.release(self.hall.posts[answer]["window"])
        return way

    def _seconds(self, law: Distribution, purpose: str, case: Case, visit: int, detail: str = "") -> int:
        return self.draws.seconds(law, purpose, case.stream, case.who, detail, case.key(visit))

    def _chance(self, purpose: str, case: Case, visit: int, detail: str = "") -> int:
        return self.draws.chance(purpose, case.stream, case.who, detail, case.key(visit))

    def _ticketed(self, cls: int, site: int, t: int) -> bool:
        desk = self.plan.guide[site]
        queue, skill = self.plan.classes[cls]
        return queue == skill and cls not in self.machines and (desk is None or desk[0] != cls) and self.hall.served(cls, t // DAY)


def machine_classes(plan: Plan) -> set[int]:
    """Return the ticket classes of machines: whoever goes there has found it, and nobody stands there by mistake."""
    windows = [w for s in (*plan.before, plan.scenario) for w in s.centre.windows.values()]
    manned = {q for w in windows if w.machine_shift is None for q in w.queues}
    only = {q for w in windows for q in w.queues} - manned
    return {c for c, (queue, _) in enumerate(plan.classes) if queue in only}


def _mixed(x: int) -> int:
    """Return a 32-bit number in which every bit of `x` counts (Appleby, MurmurHash3: finaliser)."""
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return x ^ (x >> 16)
