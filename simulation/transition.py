"""Transition: two plans joined at a day. Until then the centre runs under the first, from that day on under the second; a pilot that is
rolled out or stopped is joined twice.

The citizens are the same: each Need stands twice in the joined plan, once for the days of either. A case that began under the first plan
is finished by its route (rules do not reach back: Legislation Law 2023, Art 104), in the hands of those who are there: `Succession`.
A queue's heir is the queue of the same name, else that of the first counter of what now answers the same Need; a pool's heir is the
pool of the same name, else one that has taken over a section of its people. A pool without an heir goes on until its files are done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.calendar import Calendar
from simulation.errors import PlanRefused, Problem
from simulation.halls import Halls
from simulation.plan import Demand, Plan, Succession, compile_plan
from simulation.routes import CHANNELS, COUNTER, STEP, TASK, Routes
from simulation.scenario import Horizon, Scenario
from simulation.shifts import DAY


def compile_transition(before: Scenario, after: Scenario, calendar: Calendar, horizon: Horizon | None = None) -> Plan:
    """Compile a plan that runs `before` during the warm-up and `after` from the first day of the measured window.

    Parameters
    ----------
    before, after : scenarios with the same world, start and horizon; training and dips of `after` fade from the switch on.
    """
    first = compile_plan(before, calendar, horizon)
    return joined(first, compile_plan(after, calendar, horizon, since=first.window[0]), first.window[0] // DAY)


def compile_stages(stages: Sequence[tuple[int, Scenario]], calendar: Calendar, horizon: Horizon | None = None) -> Plan:
    """Compile a plan that runs each scenario of `stages` from its day on: today's order, a pilot, its roll-out or its end.

    Parameters
    ----------
    stages : (day, scenario), days rising and the first 0; scenarios with the same world, start and horizon. Training and dips of each
        fade from its own day on.
    """
    plan = compile_plan(stages[0][1], calendar, horizon)
    for day, scenario in stages[1:]:
        plan = joined(plan, compile_plan(scenario, calendar, horizon, since=day * DAY), day)
    return plan


def joined(a: Plan, b: Plan, day: int) -> Plan:
    """Return the plan that is `a` until `day` and `b` from then on; both over the same calendar and horizon, `a` perhaps joined itself."""
    at = day * DAY
    heirs = [_heir_of_pool(a, b, k) for k in range(len(a.pools))]
    orphans = {k for k, heir in enumerate(heirs) if heir is None}
    sites, classes, pools = len(a.sites), len(a.classes), len(a.pools)
    site_heirs = [sites + _heir_of_site(a, b, name) for name in a.sites]
    succession = Succession(
        at,
        (*site_heirs, *range(sites, sites + len(b.sites))),
        (*(classes + _heir_of_class(a, b, c) for c in range(classes)), *range(classes, classes + len(b.classes))),
        (*(k if heir is None else pools + heir for k, heir in enumerate(heirs)), *range(pools, pools + len(b.pools))),
    )
    early, late = a.posts["opens"] < at, b.posts["opens"] >= at
    open_a = (a.pool_open["opens"] < at) | np.isin(a.pool_open["pool"], sorted(orphans))
    hours_a = tuple(
        tuple(x if d < day else y for d, (x, y) in enumerate(zip(old, b.site_hours[heir - sites], strict=True)))
        for old, heir in zip(a.site_hours, site_heirs, strict=True)
    )
    hours_b = tuple(tuple((0, 0) if d < day else h for d, h in enumerate(row)) for row in b.site_hours)
    return replace(
        b,
        before=(*a.before, a.scenario),
        successions=(*(_lengthened(s, b) for s in a.successions), succession),
        sites=a.sites + b.sites,
        site_rows=a.site_rows + b.site_rows,
        site_hours=hours_a + hours_b,
        site_open=np.array([[opens < closes for opens, closes in row] for row in hours_a + hours_b], dtype=bool),
        stop_tickets=np.concatenate([a.stop_tickets, b.stop_tickets]),
        no_show=np.concatenate([a.no_show, b.no_show]),
        runs=tuple(np.concatenate([r[r[:, 0] < at], s[s[:, 0] >= at]]) for r, s in _runs(a, b, site_heirs)) + b.runs,
        windows=a.windows + b.windows,
        classes=a.classes + b.classes,
        class_site=np.concatenate([a.class_site, b.class_site + sites]),
        class_mark=np.concatenate([a.class_mark, b.class_mark]),
        posts=np.concatenate([a.posts[early], _moved(b.posts[late], window=len(a.windows), person=len(a.persons))]),
        post_classes=(
            *(row for row, kept in zip(a.post_classes, early, strict=True) if kept),
            *(frozenset(c + classes for c in row) for row, kept in zip(b.post_classes, late, strict=True) if kept),
        ),
        pools=a.pools + b.pools,
        pool_rows=a.pool_rows + b.pool_rows,
        pool_people=a.pool_people + b.pool_people,
        pool_open=np.concatenate([a.pool_open[open_a], _moved(b.pool_open[b.pool_open["opens"] >= at], pool=pools)]),
        pool_pace=np.concatenate([a.pool_pace, b.pool_pace]),
        persons=a.persons + b.persons,
        absences=(
            *((p, starts, law, first, last if _orphan(p, a, orphans) else min(last, day)) for p, starts, law, first, last in a.absences),
            *((p, starts, law, day, b.days) for p, starts, law, _, _ in b.absences),
        ),
        cover=np.concatenate([a.cover, np.where(b.cover < 0, -1, b.cover + pools)]),
        routes=_routes(a.routes, b.routes, pools),
        joint=a.joint.followed(b.joint, len(a.routes.steps)),
        items=a.items + b.items,
        item_rows=a.item_rows + b.item_rows,
        item_routes=np.concatenate([a.item_routes, np.where(b.item_routes < 0, -1, b.item_routes + len(a.routes.collect))]),
        needs=a.needs + b.needs,
        need_items=a.need_items + tuple(tuple(i + len(a.items) for i in row) for row in b.need_items),
        need_rows=np.concatenate([a.need_rows, _moved(b.need_rows, site=sites)]),
        complete=_blocks(a.complete, b.complete),
        assisted=np.concatenate([a.assisted, b.assisted]),
        demand=(*(_only(d, 0, day) for d in a.demand), *(_only(d, day, b.days) for d in b.demand)),
        opening=a.opening,
        guide=a.guide + tuple(None if g is None else (g[0] + classes, *g[1:]) for g in b.guide),
        wrong_window=a.wrong_window + b.wrong_window,
        incomplete_touch=np.concatenate([a.incomplete_touch, b.incomplete_touch]),
        correction_touch=np.concatenate([a.correction_touch, b.correction_touch]),
        bells=(
            *(replace(bell, until=min(bell.until, at)) for bell in a.bells),
            *(replace(bell, since=max(bell.since, at)) for bell in b.bells),
        ),
        chooses=max(a.chooses, b.chooses),
        tides=a.tides + tuple(
            replace(t, window=t.window + len(a.windows), homes=tuple((s + len(a.persons), p + pools) for s, p in t.homes)) for t in b.tides
        ),
        halls=_halls(a, b),
    )


def _lengthened(earlier: Succession, b: Plan) -> Succession:
    """Return an earlier succession, in which the sites, classes and pools of `b`, which come later, stay themselves."""

    def more(heirs: tuple[int, ...], n: int) -> tuple[int, ...]:
        return (*heirs, *range(len(heirs), len(heirs) + n))

    sites, classes, pools = (more(h, len(n)) for h, n in ((earlier.sites, b.sites), (earlier.classes, b.classes), (earlier.pools, b.pools)))
    return Succession(earlier.at, sites, classes, pools)


def _heir_of_site(a: Plan, b: Plan, name: str) -> int:
    """Return the site of `b` that takes over one of `a`: of a branch that closes, the hall whose tickets it took."""
    if name in b.sites:
        return b.sites.index(name)
    queues = next(s.centre.queues for s in (*a.before, a.scenario) if name in s.centre.sites)
    halls = {queues[q.serves].site if q.serves is not None else name for q in queues.values() if q.site == name} & set(b.sites)
    if len(halls) != 1:
        raise PlanRefused(Problem("transition", name, "a site that closes leaves its open visits to nobody", "keep it open"))
    return b.sites.index(halls.pop())


def _heir_of_pool(a: Plan, b: Plan, pool: int) -> int | None:
    if a.pools[pool] in b.pools:
        return b.pools.index(a.pools[pool])
    people = set(a.pool_people[pool])
    return next((k for k, members in enumerate(b.pool_people) if people & set(members)), None)


def _heir_of_class(a: Plan, b: Plan, cls: int) -> int:
    """Return the class of `b` that takes the tickets of class `cls` of `a`."""
    served = frozenset[int]().union(*b.post_classes)
    if a.classes[cls] in b.classes and b.classes.index(a.classes[cls]) in served:
        return b.classes.index(a.classes[cls])
    for n, name in enumerate(a.needs):
        if name in b.needs and any(cls in _places(a, item) for item in a.need_items[n]):
            return _places(b, b.need_items[b.needs.index(name)][0])[0]
    if any(cls in _places(a, item) for item in range(len(a.items))):
        rule = "somebody takes over the tickets of a queue that closes"
        raise PlanRefused(Problem("transition", "/".join(a.classes[cls]), rule, "keep the queue, or its Need"))
    return 0  # nobody ever takes a ticket of it


def _places(plan: Plan, item: int) -> list[int]:
    """Return the ticket classes of the counters of an item, and of its collection."""
    places: list[int] = []
    for route in (int(plan.item_routes[item, k]) for k, channel in enumerate(CHANNELS) if channel != "online"):
        if route >= 0:
            rows, way = plan.routes.steps[plan.routes.first[route] : plan.routes.first[route + 1]], plan.routes.collect[route]
            places += [*rows["place"][rows["kind"] == COUNTER].tolist(), *([] if way is None else [way[0]])]
    return places


def _orphan(person: str, a: Plan, orphans: set[int]) -> bool:
    return any(person in a.pool_people[k] for k in orphans)


def _runs(a: Plan, b: Plan, heirs: Iterable[int]) -> Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return ((old, b.runs[heir - len(a.sites)]) for old, heir in zip(a.runs, heirs, strict=True))


def _moved(rows: NDArray[Any], **columns: int) -> NDArray[Any]:
    """Return `rows` with the indices in `columns` raised."""
    rows = rows.copy()
    for name, more in columns.items():
        rows[name] += more
    return rows


def _blocks(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Put two tables (2, needs, items) along the diagonal of one."""
    table = np.zeros((2, a.shape[1] + b.shape[1], a.shape[2] + b.shape[2]), dtype=np.int64)
    table[:, : a.shape[1], : a.shape[2]] = a
    table[:, a.shape[1] :, a.shape[2] :] = b
    return table


def _halls(a: Plan, b: Plan) -> Halls:
    """Put the halls of `b` beside those of `a`. A case that began under `a` is met at a hall of `b` by the version that `a` knew there."""
    classes, sites = a.halls.twins.shape
    twins = np.full((classes + len(b.classes), sites + len(b.sites)), -1, dtype=np.int64)
    twins[:classes, :sites] = a.halls.twins
    twins[classes:, sites:] = np.where(b.halls.twins < 0, -1, b.halls.twins + classes)
    began = {name: a.halls.rules[k] for k, name in enumerate(a.sites) if k in a.halls.rules}
    own = {k for k, name in enumerate(b.sites) if k in b.halls.rules or name in began}
    return replace(
        b.halls,
        twins=twins,
        service=np.concatenate([a.halls.service, b.halls.service]),
        shares=np.concatenate([a.halls.shares, b.halls.shares]),
        travel=np.concatenate([a.halls.travel, b.halls.travel], axis=1),
        rules={
            **{k: _blocks(rules, b.complete) for k, rules in a.halls.rules.items()},
            **{sites + k: _blocks(began.get(b.sites[k], a.complete), b.halls.rules.get(k, b.complete)) for k in own},
        },
    )


def _only(demand: Demand, first: int, last: int) -> Demand:
    """Return `demand` with nobody outside the days [first, last)."""
    inside = (np.arange(len(demand.mean)) >= first) & (np.arange(len(demand.mean)) < last)
    return replace(demand, mean=demand.mean * inside, extra=demand.extra * inside)


def _routes(a: Routes, b: Routes, pools: int) -> Routes:
    """Put the routes of `b` behind those of `a`; `pools` is the number of pools of `a`."""
    laws, steps, classes = len(a.distributions), len(a.steps), len(a.classes)
    reasons = a.reasons + tuple(r for r in b.reasons if r not in a.reasons)
    rows = b.steps.copy()
    rows["place"] += np.where(rows["kind"] == COUNTER, classes, np.where(rows["kind"] == TASK, pools, 0))
    rows["reason"] = [reasons.index(b.reasons[k]) for k in rows["reason"]]
    for name in ("stall_wd", "delay_wd", "lasts_wd"):
        rows[name] = np.where(rows[name] < 0, -1, rows[name] + laws)
    return Routes(
        classes=a.classes + b.classes,
        index={**a.index, **{key: k + len(a.collect) for key, k in b.index.items()}},
        first=np.concatenate([a.first, b.first[1:] + steps]),
        steps=np.concatenate([a.steps, rows]).astype(STEP),
        names=a.names + b.names,
        successors=a.successors + tuple(tuple(s + steps for s in row) for row in b.successors),
        works=a.works + tuple(tuple((name, law + laws, factor) for name, law, factor in row) for row in b.works),
        reasons=reasons,
        distributions=a.distributions + b.distributions,
        collect=a.collect + tuple(None if way is None else (way[0] + classes, way[1], way[2] + laws) for way in b.collect),
        mail_wd=a.mail_wd + tuple(-1 if law < 0 else law + laws for law in b.mail_wd),
        share_of=a.share_of + tuple(s + steps for s in b.share_of),
        afterwards=a.afterwards + b.afterwards,
    )


__all__ = ["compile_stages", "compile_transition", "joined"]
