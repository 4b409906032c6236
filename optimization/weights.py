"""Weights: what each two departments would save and cost in one body, hours and money a year, each component by itself.

Hand-overs and opinions are counted in logs of today's centre. What the runs between two departments are, the routes say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimization.merging_problem import MergingProblem
from simulation.centre import Centre
from simulation.clocks import MISSING
from simulation.items import Item, MeetingStep, TaskStep
from simulation.log import EventLog
from simulation.measures.view import View
from simulation.routes import predecessors
from simulation.scenario import Scenario

Floats = NDArray[np.float64]
YEAR_WD = 250
DAY_H = 8.0
HOUR = 3600.0
MONEY_COMPONENTS = ("waiting", "merger")
"""Components that are money from the start; all others are officers' hours."""
COMPONENTS = ("handing", "waiting", "duplicates", "overlaps", "similarity", "span", "specialisation", "transition", "merger")
"""What is saved, then what is lost."""


@dataclass(frozen=True)
class Measured:
    """What logs of today say, a year.

    Attributes
    ----------
    handed, lain : files from department to department, and office hours from ready to arrived (n, n); a run to several departments, or
        from several, is one, in equal parts.
    opinions : how often a task is done, by (item, step).
    decided : cases received and decided.
    """

    names: tuple[str, ...]
    handed: Floats
    lain: Floats
    opinions: dict[tuple[str, str], float]
    decided: float


@dataclass(frozen=True)
class Weights:
    """Components (n, n), symmetric, gains positive: officers' hours a year, or money a year where `MONEY_COMPONENTS` names them.

    `likeness` holds the components of similarity by name and `similarity` their weighted mean.
    """

    names: tuple[str, ...]
    heads: Floats
    parts: dict[str, Floats]
    likeness: dict[str, Floats]
    similarity: Floats
    hour: float

    @property
    def hours(self) -> Floats:
        """Return the officers' hours a year saved, all components that are hours."""
        return self._sum(tuple(c for c in COMPONENTS if c not in MONEY_COMPONENTS))

    @property
    def money(self) -> Floats:
        """Return the gain of each pair in CNY a year, hours at their price: what is maximised."""
        return self.hours * self.hour + self._sum(MONEY_COMPONENTS)

    def _sum(self, names: Sequence[str]) -> Floats:
        found: Floats = np.sum([self.parts[c] for c in names], axis=0)
        return found

    def told(self, bodies: Sequence[Sequence[int]]) -> dict[str, float]:
        """Return each component summed over the pairs that share a body."""
        pairs = [(i, j) for body in bodies for a, i in enumerate(body) for j in body[a + 1 :]]
        return {name: float(sum(part[i, j] for i, j in pairs)) for name, part in self.parts.items()}


def measured(scenario: Scenario, logs: Sequence[EventLog]) -> Measured:
    """Return what logs of today's centre say of its departments, as a year of `YEAR_WD` working days.

    A hand-over is counted where the route has a run between two departments and the tasks on both its sides are done, on paper or, filed
    online, without anything carried; only what is carried lies.
    """
    names = tuple(scenario.centre.departments)
    at = {name: k for k, name in enumerate(names)}
    runs = {(item, step): ends for item, one in scenario.centre.items.items() for step, ends in _runs(one, scenario.centre).items()}
    n = len(names)
    handed, lain = np.zeros((n, n)), np.zeros((n, n))
    count: dict[tuple[str, str], float] = {}
    days = decided = 0
    for log in logs:
        view = View(log)
        days += view.working_days
        item, items = _coded(view, "cases", "item")
        step, steps = _coded(view, "events", "step")
        start, end, entered = (view.event(c) for c in ("start", "end", "entered"))
        of = item[view.case_row]
        carried = view.is_("events", "kind", "transfer") & (end != MISSING) & view.within(start)
        worked = view.is_("events", "kind", "task") & (end != MISSING) & view.within(start)
        office = view.clocks.office_seconds
        for (name, run), between in runs.items():
            if name not in items or run not in steps:
                continue
            rows = carried & (of == items.index(name)) & (step == steps.index(run))
            lay = float((office(end[rows]) - office(entered[rows])).sum()) / HOUR
            for (a, _), (b, _) in between:
                lain[at[a], at[b]] += lay / len(between)
        for name, one in scenario.centre.items.items():
            for task in (s for s, found in one.route.items() if isinstance(found, TaskStep)):
                if name in items and task in steps:
                    rows = worked & (of == items.index(name)) & (step == steps.index(task))
                    count[name, task] = count.get((name, task), 0.0) + int(rows.sum())
        decided += int((view.received & (view.case("decided") != MISSING)).sum())
    for (name, _), between in runs.items():
        for (a, before), (b, after) in between:
            handed[at[a], at[b]] += min(count.get((name, before), 0.0), count.get((name, after), 0.0)) / len(between)
    year = YEAR_WD / max(1, days)
    return Measured(names, handed * year, lain * year, {key: times * year for key, times in count.items()}, decided * year)


def weights(scenario: Scenario, problem: MergingProblem, seen: Measured) -> Weights:
    """Return the components of the gain of each two departments under the prices of a problem."""
    centre, p, names = scenario.centre, problem.prices, seen.names
    n, hour = len(names), float(p.hour)
    at = {name: k for k, name in enumerate(names)}
    heads, officers = heads_of(centre, names)
    both = seen.handed + seen.handed.T
    likeness, similarity = likenesses(scenario, problem, names)
    apart = 1.0 - np.eye(n)
    duplicates, overlaps = np.zeros((n, n)), np.zeros((n, n))
    for item, steps in problem.duplicates.items():
        for step in steps:
            a, b = at[centre.items[item].department], at[_department(centre, centre.items[item], step)]
            found = centre.items[item].route[step]
            if isinstance(found, TaskStep) and a != b:
                touch = sum(law.mean() for law in found.work.values()) / HOUR
                duplicates[[a, b], [b, a]] += seen.opinions.get((item, step), 0.0) * touch
    for overlap in problem.overlaps:
        a, b = (at[x] for x in overlap.bodies)
        overlaps[[a, b], [b, a]] += float(overlap.hours) / HOUR
    years = float(p.years)
    lost = np.zeros(n)
    if problem.dip is not None:
        dip = (float(problem.dip.start) - 1) * float(problem.dip.fades_over) / 86_400 * YEAR_WD / 365
        lost = officers * dip * DAY_H / years
    parts = {
        "handing": both * float(p.handing) / HOUR,
        "waiting": (seen.lain + seen.lain.T) * float(p.waiting),
        "duplicates": duplicates,
        "overlaps": overlaps,
        "similarity": similarity * float(p.similar) / HOUR,
        "span": -apart * float(p.span) / HOUR,
        "specialisation": -apart * (1 - similarity) * np.minimum(officers[:, None], officers[None, :]) * float(p.specialist) / HOUR,
        "transition": -apart * (lost[:, None] + lost[None, :]),
        "merger": -apart * float(p.merger) / years,
    }
    return Weights(names, heads, {c: parts[c] * apart for c in COMPONENTS}, likeness, similarity, hour)


def likenesses(scenario: Scenario, problem: MergingProblem, names: Sequence[str]) -> tuple[dict[str, Floats], Floats]:
    """Return the components of similarity (n, n) and their weighted mean.

    Of the six of the design those are formed that a scenario states; legal basis, papers by kind and superior ministry it does not. The
    share of hand-overs that go to each other is left out: they are priced as such already.
    """
    centre = scenario.centre
    at, n = {name: k for k, name in enumerate(names)}, len(names)
    matters = [{centre.items[i].department for i in event.items} for event in centre.life_events.values()]
    matters += [{item.department, *_departments(centre, item)} for item in centre.items.values() if item.case_class == "joint"]
    taken = np.zeros((n, len(matters)))
    for k, bodies in enumerate(matters):
        taken[[at[b] for b in bodies], k] = 1.0
    length = np.sqrt((taken**2).sum(axis=1))
    cosine = np.divide(taken @ taken.T, np.outer(length, length), out=np.zeros((n, n)), where=np.outer(length, length) > 0)
    groups = sorted({need.group for need in scenario.world.needs.values()})
    who = np.zeros((n, len(groups)))
    for need in scenario.world.needs.values():
        for item in need.items:
            who[at[centre.items[item].department], groups.index(need.group)] += float(need.rate)
    total = who.sum(axis=1, keepdims=True)
    share = np.divide(who, total, out=np.zeros_like(who), where=total > 0)
    applicants = np.minimum(share[:, None, :], share[None, :, :]).sum(axis=2)
    parts = {"matters": cosine, "applicants": applicants}
    for component in parts.values():
        np.fill_diagonal(component, 0.0)
    price = {name: float(getattr(problem.likeness, name)) for name in parts}
    mean: Floats = np.asarray(sum(price[name] * component for name, component in parts.items()) / sum(price.values()))
    return parts, mean


def heads_of(centre: Centre, names: Sequence[str]) -> tuple[Floats, Floats]:
    """Return heads of each department, members of its pools and its staff, and those of its officers' pools."""
    heads, officers = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for pool in centre.pools.values():
        members = float(sum(map(int, pool.people.values())))
        heads[pool.department] += members
        if pool.role == "officers":
            officers[pool.department] += members
    for person in centre.staff.values():
        if person.employer in heads:
            heads[person.employer] += 1
    return np.array([heads[n] for n in names]), np.array([officers[n] for n in names])


def _runs(item: Item, centre: Centre) -> dict[str, list[tuple[tuple[str, str], tuple[str, str]]]]:
    """Return the runs of a route that go from one department to another, with (department, step) before and after them."""
    before = predecessors(item.route)
    found = {}
    for run in (n for n, s in item.route.items() if s.kind == "transfer"):
        sent = [(place, p) for p in before[run] if (place := _place(centre, item, p))]
        taken = [(place, n) for n in item.route if run in before[n] and (place := _place(centre, item, n))]
        pairs = [(a, b) for a in sent for b in taken if a[0] != b[0]]
        if pairs:
            found[run] = pairs
    return found


def _place(centre: Centre, item: Item, step: str) -> str | None:
    found = item.route[step]
    if isinstance(found, TaskStep):
        return centre.pools[found.pool].department
    return item.department if isinstance(found, MeetingStep) else None


def _department(centre: Centre, item: Item, step: str) -> str:
    return _place(centre, item, step) or item.department


def _departments(centre: Centre, item: Item) -> set[str]:
    return {place for step in item.route if (place := _place(centre, item, step)) is not None}


def _coded(view: View, table: str, column: str) -> tuple[NDArray[np.int64], list[str]]:
    values = getattr(view.log, table)[column]
    return values.cat.codes.to_numpy().astype(np.int64), [str(c) for c in values.cat.categories]
