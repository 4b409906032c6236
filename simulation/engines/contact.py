"""First contact 首问: how who comes finds the right window.

He asks at the guide desk or takes a ticket at once; whoever stands at a wrong window is looked at there and referred.
"""

from __future__ import annotations

from collections.abc import Callable

import simpy

from simulation.draws import Draws
from simulation.engines.cases import Case
from simulation.engines.hall import Hall
from simulation.engines.phases import Process
from simulation.engines.rows import END, OUTCOME, REASON, Rows
from simulation.plan import Plan
from simulation.shifts import DAY


class Contact:
    """The way to the right window. `wait` is the citizen's side, given by the engine: take a ticket and wait."""

    def __init__(self, env: simpy.Environment, plan: Plan, draws: Draws, hall: Hall, rows: Rows, wait: Callable[..., Process]) -> None:
        self.env, self.plan, self.draws, self.hall, self.rows, self.wait = env, plan, draws, hall, rows, wait

    def find_window(self, case: Case, visit: int, site: int, counter: int) -> Process:
        """Ask at the guide desk, or take the first ticket at the wrong window and be referred; `counter` is the step one came for."""
        asks, began, desk = 0, int(self.env.now), self.plan.guide[site]
        if desk is not None and not self.hall.served(desk[0], began // DAY):
            desk = None
        if desk is not None and self._chance("asks", case, visit) < self.plan.asks_desk:
            asks = 1
            cls, law = desk
            row = self.rows.begin(case, visit, "guide", "queue", None, site=self.plan.sites[site], queue=self.plan.classes[cls][0])
            answer = yield self.hall.take(case, visit, cls, DAY, row, began).called
            if answer in ("left", "home"):
                return answer
            seconds = self.draws.seconds(law, "guide", case.stream, case.who, visit=case.key(visit))
            yield self.env.timeout(self.hall.pace(answer, seconds))
            row[END], row[OUTCOME] = int(self.env.now), "done"
            self.hall.release(self.hall.posts[answer]["window"])
        if self._chance("misrouted", case, visit) < self.plan.misrouted[asks]:
            right = self.plan.class_at(int(self.plan.routes.steps["place"][counter]), began)
            wrong = [c for c, s in enumerate(self.plan.class_site.tolist()) if s == site and c != right and self._ticketed(c, site, began)]
            if wrong:
                luck = self._chance("wrong", case, visit)
                cls = min(wrong, key=lambda c: (_mixed(luck ^ int(self.plan.class_mark[c])), c))
                answer, row = yield from self.wait(case, visit, cls, "referral", 90, began)
                if answer in ("left", "home"):
                    return answer
                seconds = self.draws.seconds(self.plan.wrong_window[site], "wrong_window", case.stream, case.who, visit=case.key(visit))
                yield self.env.timeout(self.hall.pace(answer, seconds))
                row[END], row[OUTCOME], row[REASON] = int(self.env.now), "not_accepted", "wrong_window"
                self.hall.release(self.hall.posts[answer]["window"])
        return "done"

    def _chance(self, purpose: str, case: Case, visit: int, detail: str = "") -> int:
        return self.draws.chance(purpose, case.stream, case.who, detail, case.key(visit))

    def _ticketed(self, cls: int, site: int, t: int) -> bool:
        desk = self.plan.guide[site]
        queue, skill = self.plan.classes[cls]
        return queue == skill and (desk is None or desk[0] != cls) and self.hall.served(cls, t // DAY)


def _mixed(x: int) -> int:
    """Return a 32-bit number in which every bit of `x` counts (Appleby, MurmurHash3: finaliser)."""
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return x ^ (x >> 16)
