"""The officer of one's choice: where applicants may choose, some wait for one of those who sit there and let nobody else call them.

Only officers who are at a window that is no tidal one, in an interval that is under way, can be chosen; when it ends, anybody may call.
Whether and whom a citizen chooses is drawn by his name and the window's, so that a new window draws some away and moves nobody else.
"""

from __future__ import annotations

from simulation.draws import Draws
from simulation.engines.attendance import Presence
from simulation.engines.cases import Case
from simulation.engines.hall import Hall
from simulation.plan import Plan
from simulation.shifts import DAY


class Officers:
    """Who is waited for, by whom; bound once, for plans with a site where applicants choose."""

    def __init__(self, plan: Plan, draws: Draws, hall: Hall) -> None:
        self.plan, self.draws = plan, draws
        self.posts = posts_by_day(plan, hall.presence)

    def choose(self, case: Case, visit: int, cls: int, now: int) -> tuple[int, int] | None:
        """Return the window whose officer a citizen waits for and until when; None when anybody will do."""
        site = self.plan.site_rows[int(self.plan.class_site[cls])]
        if site.assignment == "next_free" or self._chance("chooses", case, "", visit) >= self.plan.chooses:
            return None
        there = [(window, closes) for opens, closes, window in self.posts.get((now // DAY, cls), ()) if opens <= now < closes]
        return min(there, key=lambda w: (self._chance("officer", case, self.plan.windows[w[0]], visit), w), default=None)

    def _chance(self, purpose: str, case: Case, window: str, visit: int) -> int:
        return self.draws.chance(purpose, case.stream, case.who, window, visit=case.key(visit))


def posts_by_day(plan: Plan, presence: Presence) -> dict[tuple[int, int], list[tuple[int, int, int]]]:
    """Return (from, to, window) by day and ticket class: when somebody is at a window whose officer can be chosen."""
    tidal, machines = {tide.window for tide in plan.tides}, plan.machines
    posts: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for post, manned, classes in zip(presence.posts, presence.manned, plan.post_classes, strict=True):
        if post["window"] not in tidal and post["person"] not in machines:
            for cls in classes:
                spans = posts.setdefault((post["opens"] // DAY, cls), [])
                spans += [(since, until, post["window"]) for since, until in manned]
    return posts
