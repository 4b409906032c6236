"""Plan: a Scenario compiled to integer arrays with labels beside them. No randomness, no text inside the arrays.

The order in which a reader meets things: the horizon in days, the ticket classes and the posts that serve them, the pools, the
routes and their steps, the needs. `compile_plan` is the only way in.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import Calendar
from simulation.centre import Absence, Centre, Pool
from simulation.demand import Demand, demands
from simulation.distributions import Distribution
from simulation.halls import Halls, compile_halls
from simulation.items import Item
from simulation.joint import Joint, compile_joint
from simulation.routes import CHANNELS, STEP, Routes, compile_routes
from simulation.scenario import Horizon, Scenario
from simulation.seating import FULL, POST, faded, machines, permille, seated, threshold
from simulation.shifts import DAY, Days, Spans, day_intervals, subtract
from simulation.site import Rules, Site
from simulation.units import Share
from simulation.world import DUTIES

Ints = NDArray[np.int64]
POOL_OPEN = np.dtype([(f, np.int64) for f in ("pool", "opens", "closes")])
NEED = np.dtype([(f, np.int64) for f in ("site", "group", "priority", "online")])




@dataclass(frozen=True)
class Opening:
    """Backlog: `cases` of a route that stand before `step` when the horizon begins."""

    need: int
    item: int
    route: int
    step: int
    cases: int
    age_wd: Distribution


@dataclass(frozen=True)
class Succession:
    """Who takes over at second `at` of a transition: by index of a site, ticket class or pool its heir; itself where it stays."""

    at: int
    sites: tuple[int, ...]
    classes: tuple[int, ...]
    pools: tuple[int, ...]


@dataclass(frozen=True)
class Bell:
    """An alarm of efficiency supervision: level, permille of the promise, rank ahead, whether it wakes; it may go off in [since, until)."""

    level: str
    used: int
    ahead: int
    wakes: bool
    since: int
    until: int


@dataclass(frozen=True)
class TidalWindow:
    """A window that opens when more than `opens_above` wait and closes when `closes_below` or fewer do; `homes`: (person, his pool)."""

    window: int
    opens_above: int
    closes_below: int
    homes: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Plan:
    """Everything an engine may read besides Draws; see the module. Times are seconds since the epoch, shares are thresholds.

    A plan may join several (`simulation.transition`): then sites, classes, windows, pools, items and needs of the first come before those
    of the second, under the same names, and `successions` say in their order who takes over.
    """

    scenario: Scenario
    calendar: Calendar
    horizon: Horizon
    days: int
    window: tuple[int, int]
    sites: tuple[str, ...]
    site_rows: tuple[Site, ...]
    site_open: NDArray[np.bool_]
    site_hours: tuple[tuple[tuple[int, int], ...], ...]
    """By site x day: (first opening, last closing with overrun); (0, 0) when closed."""
    stop_tickets: Ints
    no_show: Ints
    runs: tuple[Ints, ...]
    """By site: rows (leaves, arrives) over the horizon, sorted."""
    windows: tuple[str, ...]
    classes: tuple[tuple[str, str], ...]
    class_site: Ints
    class_mark: Ints
    """A 32-bit number of each class, from its name: who stands at a wrong window is led there by it."""
    posts: NDArray[np.void]
    """POST rows by (opens, window)."""
    post_classes: tuple[frozenset[int], ...]
    pools: tuple[str, ...]
    pool_rows: tuple[Pool, ...]
    pool_people: tuple[tuple[str, ...], ...]
    pool_open: NDArray[np.void]
    pool_pace: Ints
    """Permille by pool x day."""
    persons: tuple[str, ...]
    """Members of staff, then machines by the name of their window."""
    absences: tuple[tuple[str, float, Distribution, int, int], ...]
    """(person, chance a working day, length, from day, to day); for staff and pool members who can be absent."""
    cover: Ints
    """By person: the pool that may send somebody to sit in for him; -1 where there is none."""
    routes: Routes
    joint: Joint
    """Opinions, joins and meetings by step of the routes; empty where there are none."""
    items: tuple[str, ...]
    item_rows: tuple[Item, ...]
    item_routes: Ints
    """Route of item x channel (counter, online, self-service); -1 where not offered."""
    needs: tuple[str, ...]
    need_items: tuple[tuple[int, ...], ...]
    need_rows: NDArray[np.void]
    complete: Ints
    """Thresholds (2, needs, items): papers complete at the first contact, and at a later one."""
    demand: tuple[Demand, ...]
    opening: tuple[Opening, ...]
    guide: tuple[tuple[int, Distribution, Distribution | None] | None, ...]
    """By site: class and touch of the guide desk, and its time on top to complete papers."""
    assisted: Ints
    """By need: threshold of papers complete that the guide desk has completed."""
    wrong_window: tuple[Distribution, ...]
    misrouted: tuple[int, int]
    bounced: dict[str, int]
    """By duty of the first contact."""
    asks_desk: int
    self_service: int
    corrected: int
    comes_back: int
    incomplete_touch: Ints
    """Permille by site."""
    correction_touch: Ints
    patience: Distribution
    comes_back_wd: Distribution
    supplement_wd: Distribution
    collect_wd: Distribution
    halls: Halls
    bells: tuple[Bell, ...] = ()
    tides: tuple[TidalWindow, ...] = ()
    chooses: int = 0
    """Threshold of those who wait for one officer, at sites where applicants choose; 0 where there is none."""
    before: tuple[Scenario, ...] = ()
    """In a transition: the scenarios until the switch, the oldest first."""
    successions: tuple[Succession, ...] = ()

    @property
    def end(self) -> int:
        """Return the horizon in seconds."""
        return self.days * DAY

    @property
    def machines(self) -> frozenset[int]:
        """Return who among the persons is a machine."""
        names = {name for scenario in (*self.before, self.scenario) for name in machines(scenario.centre)}
        return frozenset(k for k, name in enumerate(self.persons) if name in names)

    def site_at(self, site: int, t: int) -> int:
        """Return the site that stands for `site` at second `t`."""
        for succession in self.successions:
            if t >= succession.at:
                site = succession.sites[site]
        return site

    def class_at(self, cls: int, t: int) -> int:
        """Return the ticket class that stands for `cls` at second `t`."""
        for succession in self.successions:
            if t >= succession.at:
                cls = succession.classes[cls]
        return cls

    def pool_at(self, pool: int, t: int) -> int:
        """Return the pool that does the work of `pool` at second `t`."""
        for succession in self.successions:
            if t >= succession.at:
                pool = succession.pools[pool]
        return pool


def compile_plan(scenario: Scenario, calendar: Calendar, horizon: Horizon | None = None, since: int = 0) -> Plan:
    """Compile `scenario` over `calendar`, whose epoch is the scenario's first day.

    Parameters
    ----------
    scenario : Scenario, consistent (`simulation.consistency.problems` finds nothing).
    calendar : Calendar that covers the horizon, two years before it for the backlog and a year after it.
    horizon : Horizon, optional; the scenario's own when left out.
    since : second from which training and dips fade.
    """
    horizon = horizon or scenario.horizon
    centre, world = scenario.centre, scenario.world
    starts = [int(calendar.add_wd(-1, int(k))) for k in np.cumsum([1 + horizon.warm_up_wd, horizon.window_wd, horizon.run_out_wd])]
    days = starts[2]
    calendar_days = Days.of(calendar, days)
    outages = _outages(scenario, calendar)
    sites = list(centre.sites)
    site_of = {q: sites.index(row.site) for q, row in centre.queues.items()}
    site_hours = tuple(_site_hours(site, calendar_days, days) for site in centre.sites.values())
    routes = compile_routes(centre)
    classes = routes.classes
    windows = sorted(centre.windows, key=lambda w: (len(centre.windows[w].queues), list(centre.windows).index(w)))
    posts, post_classes = seated(scenario, windows, classes, calendar_days, days, outages, since)
    pool_open, pool_pace = _pool_hours(scenario, calendar_days, days, outages, since)
    needs, items = tuple(world.needs), tuple(centre.items)
    complete = _complete(scenario)
    item_routes = np.array([[routes.index.get((i, c), -1) for c in CHANNELS] for i in items], dtype=np.int64)
    return Plan(
        scenario=scenario,
        calendar=calendar,
        horizon=horizon,
        days=days,
        window=(starts[0] * DAY, starts[1] * DAY),
        sites=tuple(sites),
        site_rows=tuple(centre.sites.values()),
        site_open=np.array([[opens < closes for opens, closes in row] for row in site_hours], dtype=bool),
        site_hours=site_hours,
        stop_tickets=np.array(
            [DAY if s.stop_tickets_at is None else int(s.stop_tickets_at) for s in centre.sites.values()], dtype=np.int64
        ),
        no_show=np.array([int(s.no_show) for s in centre.sites.values()], dtype=np.int64),
        runs=tuple(_runs(scenario, site, calendar, days) for site in sites),
        windows=tuple(windows),
        classes=classes,
        class_site=np.array([site_of[q] for q, _ in classes], dtype=np.int64),
        class_mark=np.array([int.from_bytes(sha256("/".join(c).encode()).digest()[:4], "little") for c in classes], dtype=np.int64),
        posts=posts,
        post_classes=post_classes,
        pools=tuple(centre.pools),
        pool_rows=tuple(centre.pools.values()),
        pool_people=tuple(_members(centre, name) for name in centre.pools),
        pool_open=pool_open,
        pool_pace=pool_pace,
        persons=(*centre.staff, *machines(centre)),
        absences=_absences(scenario, days),
        cover=_cover(scenario),
        routes=routes,
        joint=compile_joint(centre, routes),
        items=items,
        item_rows=tuple(centre.items.values()),
        item_routes=item_routes,
        needs=needs,
        need_items=tuple(tuple(items.index(i) for i in n.items) for n in world.needs.values()),
        need_rows=_need_rows(scenario, site_of),
        complete=complete,
        demand=demands(scenario, calendar, calendar_days, days),
        opening=tuple(
            Opening(
                needs.index(b.need),
                items.index(b.item),
                r := routes.index[b.item, "counter"],
                routes.step(r, b.step),
                int(b.cases),
                b.age_wd,
            )
            for b in world.backlog
        ),
        guide=tuple(
            None if s.guide is None else (classes.index((s.guide.queue, s.guide.queue)), s.guide.touch, s.guide.assists)
            for s in centre.sites.values()
        ),
        assisted=np.array(
            [threshold({**world.responses.complete, **(n.complete or {})}["checked"]) for n in world.needs.values()], dtype=np.int64
        ),
        wrong_window=tuple(s.wrong_window for s in centre.sites.values()),
        misrouted=(threshold(world.responses.misrouted["none"]), threshold(world.responses.misrouted["desk"])),
        bounced={duty: threshold(world.responses.bounced.get(duty, Share(0))) for duty in DUTIES},
        asks_desk=threshold(world.responses.asks_desk),
        self_service=threshold(world.responses.self_service),
        corrected=threshold(world.responses.corrected),
        comes_back=threshold(world.responses.comes_back),
        incomplete_touch=np.full(len(sites), permille(centre.incomplete_touch), dtype=np.int64),
        correction_touch=np.full(len(sites), permille(centre.correction_touch), dtype=np.int64),
        patience=world.behaviour.patience,
        comes_back_wd=world.behaviour.comes_back_wd,
        supplement_wd=world.behaviour.supplement_wd,
        collect_wd=world.behaviour.collect_wd,
        halls=compile_halls(scenario, classes, {k: _complete(scenario, s.rules) for k, s in enumerate(centre.sites.values()) if s.rules}),
        bells=tuple(Bell(a.level, permille(a.used), int(a.ahead), bool(a.wakes), 0, days * DAY) for a in centre.supervision),
        tides=_tides(centre, windows),
        chooses=threshold(world.responses.chooses) if any(s.assignment == "applicant" for s in centre.sites.values()) else 0,
    )


def _members(centre: Centre, pool: str) -> tuple[str, ...]:
    """Return the heads of a pool by name: its own, then those who have a tidal window besides."""
    own = (f"{part}#{k}" for part, n in centre.pools[pool].people.items() for k in range(int(n)))
    return (*own, *(name for name, person in centre.staff.items() if person.pool == pool))


def _tides(centre: Centre, windows: list[str]) -> tuple[TidalWindow, ...]:
    pools = list(centre.pools)
    return tuple(
        TidalWindow(
            k,
            int(tide.opens_above),
            int(tide.closes_below),
            tuple((n, pools.index(s.pool)) for n, s in enumerate(centre.staff.values()) if s.window == name and s.pool is not None),
        )
        for k, name in enumerate(windows)
        if (tide := centre.windows[name].tide) is not None
    )


def _site_hours(site: Site, calendar_days: Days, days: int) -> tuple[tuple[int, int], ...]:
    overrun = int(site.overrun) if site.closing == "serve" else 0
    spans = [calendar_days.hours(site.working, site.saturday, d) for d in range(days)]
    return tuple((day[0][0], day[-1][1] + overrun) if day else (0, 0) for day in spans)


def _outages(scenario: Scenario, calendar: Calendar) -> dict[str, Spans]:
    """Return the spans in which each department's system is down."""
    down: dict[str, Spans] = {name: [] for name in scenario.centre.departments}
    for outage in scenario.world.outages:
        hours = (outage.hours.start, outage.hours.end) if outage.hours else (0, DAY)
        for day in range(calendar.day(outage.first), calendar.day(outage.last) + 1):
            down[outage.department].append((day * DAY + hours[0], day * DAY + hours[1]))
    return down


def _pool_hours(
    scenario: Scenario, calendar_days: Days, days: int, outages: dict[str, Spans], since: int
) -> tuple[NDArray[np.void], Ints]:
    """Return POOL_OPEN rows, and the pace in permille by pool x day."""
    centre = scenario.centre
    rows, pace = [], np.zeros((len(centre.pools), days), dtype=np.int64)
    for p, pool in enumerate(centre.pools.values()):
        pattern = pool.hours if pool.hours is not None else next(iter(centre.sites.values())).working
        share = 1.0 if pool.hall_share is None else float(pool.hall_share)
        for day in range(days):
            pace[p, day] = permille(float(pool.pace) * faded(pool.dip, day * DAY - since))
            if calendar_days.working[day]:
                spans = [(a, a + round((b - a) * share)) for a, b in day_intervals(pattern, day)]
                rows += [(p, a, b) for a, b in subtract(spans, outages[pool.department])]
    return np.array(rows, dtype=POOL_OPEN), pace


def _runs(scenario: Scenario, site: str, calendar: Calendar, days: int) -> Ints:
    rows = []
    for day in range(days + 1):
        if calendar.is_working(day):
            for run in scenario.centre.sites[site].transfers:
                arrives = day if run.arrives > run.leaves else int(calendar.add_wd(day, 1))
                rows.append((day * DAY + int(run.leaves), arrives * DAY + int(run.arrives)))
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, 2)


def _absences(scenario: Scenario, days: int) -> tuple[tuple[str, float, Distribution, int, int], ...]:
    centre, factor = scenario.centre, float(scenario.world.absence)

    def row(name: str, absence: Absence) -> tuple[str, float, Distribution, int, int]:
        return name, min(1.0, float(absence.starts) * factor), absence.lasts_wd, 0, days

    rows = [row(name, s.absence) for name, s in centre.staff.items() if s.absence is not None]
    for pool in centre.pools.values():
        if pool.absence is not None:
            rows += [row(f"{part}#{k}", pool.absence) for part, n in pool.people.items() for k in range(int(n))]
    return tuple(rows)


def _cover(scenario: Scenario) -> Ints:
    """Return by member of staff the first pool of officers of his employer."""
    pools = [(p.department, k) for k, p in enumerate(scenario.centre.pools.values()) if p.role == "officers"]
    first = dict(reversed(pools))
    own = [first.get(s.employer, -1) for s in scenario.centre.staff.values()]
    return np.array([*own, *(-1 for _ in machines(scenario.centre))], dtype=np.int64)


def _need_rows(scenario: Scenario, site_of: dict[str, int]) -> NDArray[np.void]:
    world, items = scenario.world, scenario.centre.items
    groups = list(world.groups)
    rows = []
    for need in world.needs.values():
        queue = next(s.queue for s in items[need.items[0]].route.values() if s.kind == "counter")
        online = threshold(need.online) if any(items[i].online is not None for i in need.items) else 0
        rows.append((site_of[queue], groups.index(need.group), int(need.priority != "first"), online))
    return np.array(rows, dtype=NEED)


def _complete(scenario: Scenario, rules: Rules | None = None) -> Ints:
    """Return the thresholds of complete papers by need and item: the response of the need to what the item offers, under a version of
    the rules if there is one.
    """
    answers, items, needs = scenario.world.responses, scenario.centre.items.values(), scenario.world.needs.values()
    guide, notice = (None, None) if rules is None else (rules.guide, rules.notice)
    first = [[threshold({**answers.complete, **(n.complete or {})}[guide or i.guide]) for i in items] for n in needs]
    again = [[threshold(answers.complete_again[notice or i.notice]) for i in items] for _ in needs]
    return np.array([first, again], dtype=np.int64)


__all__ = [
    "FULL", "NEED", "POOL_OPEN", "POST", "STEP", "Bell", "Demand", "Opening", "Plan", "Succession", "TidalWindow", "compile_plan",
    "permille", "threshold",
]  # fmt: skip
