"""What a centre can get wrong about its windows beyond names: rounds when nobody is there, tides that never turn, people without a home.

`flaws` is part of `simulation.consistency`.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulation.centre import Centre
from simulation.items import CounterStep
from simulation.workload import may_sit

Loc = tuple[str | int, ...]
Flaw = tuple[Loc, str, str, str]
"""Place, what was found, rule, remedy."""


def flaws(centre: Centre) -> Iterator[Flaw]:
    """Yield everything that contradicts itself."""
    yield from _rounds(centre)
    yield from _tides(centre)


def _rounds(centre: Centre) -> Iterator[Flaw]:
    """A round finds people who should be there."""
    for name, site in centre.sites.items():
        for k, at in enumerate(site.attendance.patrol if site.attendance is not None else ()):
            if not any(i.start <= at < i.end for i in (*site.working, *site.saturday)):
                hours = ", ".join(map(str, (*site.working, *site.saturday)))
                rule = f"a round is made while the hall is open: {hours}"
                yield ("centre", "sites", name, "attendance", "patrol", k), str(at), rule, "move it into the opening hours"


def _tides(centre: Centre) -> Iterator[Flaw]:
    """Windows that stand by: when they open, who serves meanwhile, where their people work."""
    for name, window in centre.windows.items():
        if (tide := window.tide) is not None and tide.opens_above <= tide.closes_below:
            rule = "a tidal window opens above more people than it closes at"
            yield ("centre", "windows", name, "tide", "closes_below"), str(tide.closes_below), rule, f"less than {int(tide.opens_above)}"
    for name, person in centre.staff.items():
        at: Loc = ("centre", "staff", name, "pool")
        seat = centre.windows.get(person.window) if person.window is not None else None
        if person.pool is not None and (seat is None or seat.tide is None):
            rule = "only who has a tidal window works in a back office meanwhile"
            yield at, person.pool, rule, "delete it, or give his window a `tide:`"
        if person.pool in centre.pools and (owner := centre.pools[person.pool].department) != person.employer:
            yield at, str(person.pool), f"a person works in a back office of his employer: `{person.pool}` is of `{owner}`", "name another"
    if not any(w.tide is not None for w in centre.windows.values()):
        return
    seats = [(w, s) for n, w in centre.windows.items() for s in centre.staff.values() if may_sit(s, n, w)]
    for (queue, skill), loc in ticket_classes(centre).items():
        able = [w.tide for w, s in seats if queue in w.queues and skill in s.skills]
        if able and None not in able:
            rule = f"a queue has a window that is no tidal one: who waits alone for `{queue}` would wait for ever"
            yield loc, queue, rule, "take the `tide:` of one away"


def ticket_classes(centre: Centre) -> dict[tuple[str, str], Loc]:
    """Return each (queue, skill) that somebody must serve, with the place that asks for it; of a branch, for the items handled there."""
    classes: dict[tuple[str, str], Loc] = {}
    for name, item in centre.items.items():
        for step_name, step in item.route.items():
            if isinstance(step, CounterStep):
                classes.setdefault((step.queue, step.skill or step.queue), ("centre", "items", name, "route", step_name, "queue"))
    for name, item in centre.items.items():
        if (queue := item.delivery.queue) is not None:
            classes.setdefault((queue, queue), ("centre", "items", name, "delivery", "queue"))
    for name, site in centre.sites.items():
        if site.guide is not None:
            classes.setdefault((site.guide.queue, site.guide.queue), ("centre", "sites", name, "guide", "queue"))
    counters = {
        name: {(s.queue, s.skill or s.queue) for s in i.route.values() if isinstance(s, CounterStep)} for name, i in centre.items.items()
    }
    for name, row in centre.queues.items():
        branch = centre.sites.get(row.site) if row.serves is not None else None
        elsewhere: set[tuple[str, str]] = set()
        if branch is not None and branch.items is not None:
            elsewhere = set[tuple[str, str]]().union(*counters.values()).difference(*(counters[i] for i in branch.items if i in counters))
        for queue, skill in tuple(classes) if row.serves is not None else ():
            if queue == row.serves and (queue, skill) not in elsewhere:
                classes.setdefault((name, name if skill == queue else skill), ("centre", "queues", name, "serves"))
    return classes
