"""Levels: how many people each ticket class needs in each half hour, from the arrivals and the counter work of a Plan.

Services of 10-40 minutes carry load over into the next half hour, so a stationary model of each period by itself misses both the peak's
delay and its tail (Green, Kolesar and Soares 2001, OR 49, 549-564). The offered load of Eick, Massey and Whitt (1993) carries it, and
the square root adds safety (Jennings, Mandelbaum, Massey and Whitt 1996, Management Science 42, 1383-1394). `optimization.sizing` has the
other methods and their sources.

Left to the simulation: people sent on from a wrong window, those who left and come back, absence, days busier than the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from optimization.sizing import Aim, load_by, staffed
from simulation.plan import FULL, Plan
from simulation.routes import COUNTER
from simulation.shifts import DAY, Days
from simulation.theory import garnett_delay

Floats = NDArray[np.float64]
HALF_HOUR = 1800
PERIODS = 48
EDGES: Floats = np.arange(PERIODS + 1, dtype=np.float64) * HALF_HOUR
KINDS_OF_DAY = 2
"""Working days, and Saturdays on which a hall is open."""


@dataclass(frozen=True)
class Stream:
    """Visits of one kind to one ticket class.

    Attributes
    ----------
    rates : arrivals a second, by kind of day and half hour (2, 48).
    mean, cv : counter time of one visit, seconds.
    delay : mean seconds after arrival until this counter's turn.
    """

    ticket_class: int
    rates: Floats
    mean: float
    cv: float
    delay: float


def streams(plan: Plan) -> Iterator[Stream]:
    """Yield the visits that a mean day of `plan` brings to each ticket class: first comings, supplements, chains, collection, desk."""
    routes, pace, kinds = plan.routes, _pace(plan), _kinds_of_day(plan)
    for n, demand in enumerate(plan.demand):
        row = plan.need_rows[n]
        daily = demand.mean * demand.thin + demand.extra
        per_day = np.array([daily[kind].mean() if kind.any() else 0.0 for kind in kinds])
        shares = np.diff(np.interp(EDGES, *demand.profile, left=0.0, right=1.0))
        visits = per_day[:, None] * shares[None, :] / HALF_HOUR * (1 - int(row["online"]) / FULL)
        files, spread = (1.0, 0.0) if demand.files is None else (demand.files.mean(), demand.files.cv())
        desk = plan.guide[int(row["site"])]
        if desk is not None:
            yield Stream(desk[0], visits * (plan.asks_desk / FULL), desk[1].mean(), desk[1].cv(), 0.0)
        for item in plan.need_items[n]:
            first, again = (int(share) / FULL for share in plan.complete[:, n, item])
            route, delay = int(plan.item_routes[item, 0]), 0.0
            times, work, through = _visits(plan, first, again, int(plan.item_rows[item].max_visits))
            steps = range(int(routes.first[route]), int(routes.first[route + 1]))
            for k, step in enumerate(s for s in steps if routes.steps[s]["kind"] == COUNTER):
                ticket_class = int(routes.steps[step]["place"])
                parts = [(routes.distributions[law], factor / 1000) for _, law, factor in routes.works[step]]
                mean = sum(law.mean() * factor for law, factor in parts)
                if mean <= 0:
                    continue
                cv = sqrt(sum((law.mean() * factor * law.cv()) ** 2 for law, factor in parts)) / mean
                mean *= float(pace[ticket_class])
                often, per_visit = (times, work / times) if k == 0 else (through, 1.0)
                yield Stream(ticket_class, visits * often, mean * per_visit * files, sqrt(cv**2 / files + spread**2), delay)
                delay += mean * per_visit * files
            way = routes.collect[route]
            if way is not None and way[1] > 0 and way[2] >= 0:
                law = routes.distributions[way[2]]
                mean = law.mean() * float(pace[way[0]]) * files
                yield Stream(way[0], visits * through * (way[1] / FULL), mean, sqrt(law.cv() ** 2 / files + spread**2), 0.0)


def loads(plan: Plan, method: str = "offered") -> Floats:
    """Return the load of each half hour by a method of `optimization.sizing`, people busy at once: shape (2, classes, 48)."""
    found = np.zeros((KINDS_OF_DAY, len(plan.classes), PERIODS))
    for stream in streams(plan):
        for kind in range(KINDS_OF_DAY):
            if stream.rates[kind].any():
                part = load_by(method, stream.rates[kind], EDGES, stream.mean, stream.cv, stream.delay)
                found[kind, stream.ticket_class] += part
    return found


def needed(plan: Plan, method: str, aim: Aim) -> NDArray[np.int64]:
    """Return people for each half hour so that the stationary queue of the method's load meets `aim`: shape (2, classes, 48)."""
    load, work, visits = loads(plan, method), np.zeros(len(plan.classes)), np.zeros(len(plan.classes))
    for stream in streams(plan):
        visits[stream.ticket_class] += stream.rates.sum()
        work[stream.ticket_class] += stream.rates.sum() * stream.mean
    found = np.zeros(load.shape, dtype=np.int64)
    for kind, k in np.ndindex(*load.shape[:2]):
        if visits[k]:
            found[kind, k] = staffed(load[kind, k, :], float(work[k] / visits[k]), aim)
    return found


def safety(delay: float) -> float:
    """Return beta such that load + beta sqrt(load) people leave a share `delay` waiting at all (Halfin and Whitt 1981).

    >>> round(safety(0.2234), 2)
    1.0
    """
    low, high = 0.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if garnett_delay(middle, inf) > delay else (low, middle)
    return (low + high) / 2


def levels(load: Floats, beta: float) -> NDArray[np.int64]:
    """Return ceil(load + beta sqrt(load)), zero where the load is below a hundredth of a person.

    >>> levels(np.array([0.0, 1.0, 9.0]), 0.5)
    array([ 0,  2, 11])
    """
    asked: NDArray[np.int64] = np.where(load < 0.01, 0, np.ceil(load + beta * np.sqrt(load) - 1e-9)).astype(np.int64)
    return asked


def _visits(plan: Plan, first: float, again: float, cap: int) -> tuple[float, float, float]:
    """Return first-counter visits of one occurrence, their work as a multiple of the full one, and the chance to get through."""
    corrected, touched = plan.corrected / FULL, (plan.correction_touch[0] / 1000, plan.incomplete_touch[0] / 1000)
    times = work = through = 0.0
    reach = 1.0
    for visit in range(cap):
        complete = first if visit == 0 else again
        mended = (1 - complete) * corrected
        times += reach
        work += reach * (complete + mended * touched[0] + (1 - complete - mended) * touched[1])
        through += reach * (complete + mended)
        reach *= 1 - complete - mended
    return times, work, through


def _pace(plan: Plan) -> Floats:
    """Return the mean pace of those who serve each class; 1 where nobody does."""
    served: list[list[int]] = [[] for _ in plan.classes]
    for row, classes in zip(plan.posts, plan.post_classes, strict=True):
        for k in classes:
            served[k].append(int(row["pace"]))
    return np.array([np.mean(paces) / 1000 if paces else 1.0 for paces in served])


def _kinds_of_day(plan: Plan) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    days = Days.of(plan.calendar, plan.days)
    day = np.arange(plan.days)
    inside = (day >= plan.window[0] // DAY) & (day < -(-plan.window[1] // DAY))
    opened = plan.site_open.any(axis=0)
    return np.asarray(days.working & inside & opened), np.asarray(days.saturday & opened)


__all__ = ["EDGES", "HALF_HOUR", "Stream", "levels", "loads", "needed", "safety", "streams"]
