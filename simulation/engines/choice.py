"""The choice of a hall: where a citizen goes who sets out, and which ticket he takes there.

He chooses anew each time he sets out to file; once his file is accepted the hall that has it is his, for later counters, for papers
that were missing and for the result. Of the halls that are open and handle his item at all its counters he takes the one with the
least travel and weighed posted wait, the first of them where two are equal. The posted wait is that of the board, the state at the
end of the second before: tickets waiting at his first counter, times the mean service, over the windows manned.

A machine draws nobody to another hall: who would take one chooses as all others do, takes it where his hall has it, and comes back to it.
"""

from __future__ import annotations

from bisect import bisect_right

from simulation.draws import Draws
from simulation.engines.attendance import Presence
from simulation.engines.cases import Case
from simulation.engines.hall import WAITING, Hall
from simulation.engines.rows import ENTERED
from simulation.plan import Plan
from simulation.routes import CHANNELS
from simulation.shifts import DAY


class Choice:
    """The halls as a citizen sees them. With one hall there is nothing to choose, and nothing is looked up."""

    def __init__(self, plan: Plan, draws: Draws, hall: Hall, counters: list[list[int]]) -> None:
        self.plan, self.draws, self.posts = plan, draws, hall
        self.halls, self.several = plan.halls, plan.halls.several
        self.twins, self.travel, self.service = (t.tolist() for t in (plan.halls.twins, plan.halls.travel, plan.halls.service))
        self.places = [[int(plan.routes.steps["place"][s]) for s in steps] for steps in counters]
        self.at_machine = plan.item_routes[:, CHANNELS.index("self_service")].tolist()
        """By item: its route at a machine, -1 where there is none."""
        self.manned = manned_numbers(plan, hall.presence) if self.several and self.halls.weight else []

    def zone(self, need: int, who: int) -> int:
        """Return where a citizen lives; -1 where nobody asks."""
        if not self.halls.zones:
            return -1
        return int(self.halls.shares[need, :-1].searchsorted(self.draws.chance("zone", need, who), "right"))

    def ticket(self, case: Case, cls: int, now: int) -> int:
        """Return the class that takes tickets of `cls` in the hall of the case; `cls` itself where that hall takes none."""
        cls = self.plan.class_at(cls, now)
        twin: int = self.twins[cls][self.plan.site_at(case.site, now)] if self.several else cls
        return cls if twin < 0 else twin

    def has_machine(self, case: Case, now: int) -> bool:
        """Say whether the machine for its item is in the hall to which the citizen of a case would go to stand at the counter."""
        return not self.several or self._site_of(self.at_machine[case.item], now) == self.hall(case, 1, now)

    def hall(self, case: Case, visit: int, now: int) -> int:
        """Return the hall to which a citizen goes who sets out at second `now`; that of his Need where none takes all his tickets, or
        where he has an appointment; that of the machine where he takes one.
        """
        home = self.plan.site_at(int(self.plan.need_rows["site"][case.need]), now)
        if not self.several or case.booked == visit:
            return home
        if case.accepted is not None:
            return self.plan.site_at(case.site, now)
        if case.route == self.at_machine[case.item]:
            return self._site_of(case.route, now)
        offered = [site for site in range(len(self.plan.sites)) if self._offers(site, case, now)]
        return min(offered, key=lambda site: (self._burden(site, case, now), site), default=home)

    def _site_of(self, route: int, now: int) -> int:
        """Return the hall of the first counter of a route."""
        return int(self.plan.class_site[self.plan.class_at(self.places[route][0], now)])

    def _offers(self, site: int, case: Case, now: int) -> bool:
        """Say whether a hall is open, handles the item, and has somebody on today's roster for each of its counters."""
        plan, day, row = self.plan, now // DAY, self.plan.site_rows[site]
        opens, closes = plan.site_hours[site][day]
        closes = min(closes - (int(row.overrun) if row.closing == "serve" else 0), day * DAY + int(plan.stop_tickets[site]))
        if not opens <= now < closes or (row.items is not None and plan.items[case.item] not in row.items):
            return False
        there = [self.twins[plan.class_at(cls, now)][site] for cls in self.places[case.route]]
        return all(twin >= 0 and self.posts.served(twin, day) for twin in there)

    def _burden(self, site: int, case: Case, now: int) -> int:
        """Return travel and weighed posted wait, in thousandths of a second."""
        travel: int = 1000 * self.travel[case.zone][site]
        if not self.halls.weight:
            return travel
        asked = self.plan.class_at(self.places[case.route][0], now)
        cls = self.twins[asked][site]
        waiting = sum(1 for *_, ticket in self.posts.waiting[cls] if ticket.state == WAITING and ticket.row[ENTERED] < now)
        seconds, numbers = self.manned[cls]
        windows = max(1, numbers[bisect_right(seconds, now - 1) - 1])
        wait: int = waiting * self.service[asked] // windows
        return travel + self.halls.weight * wait


def manned_numbers(plan: Plan, presence: Presence) -> list[tuple[list[int], list[int]]]:
    """Return by ticket class the seconds at which the number of windows manned for it changes, and the numbers from then on.

    Tidal windows are not counted: the board on the way does not say when they open.
    """
    following: dict[int, int] = {}
    changes: list[dict[int, int]] = [{-1: 0} for _ in plan.classes]
    tidal = {tide.window for tide in plan.tides}
    there = [k for k, post in enumerate(presence.posts) if presence.there[k] and post["window"] not in tidal]
    for k in sorted(there, key=lambda k: -int(presence.posts[k]["opens"])):
        post = presence.posts[k]
        last = min(post["last_call"], following.get(post["window"], post["last_call"]))
        following[post["window"]] = post["opens"]
        for since, until in presence.manned[k]:
            for cls in plan.post_classes[k]:
                for t, more in ((since, 1), (last if until == post["closes"] else until, -1)):
                    changes[cls][t] = changes[cls].get(t, 0) + more
    found = []
    for steps in changes:
        seconds, numbers = sorted(steps), [0]
        for t in seconds:
            numbers.append(numbers[-1] + steps[t])
        found.append((seconds, numbers[1:]))
    return found
