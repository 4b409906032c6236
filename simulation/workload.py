"""Offered load against capacity, by hand arithmetic on the scenario: where work exceeds the time there is for it, or a person his seat."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulation.centre import Centre, Staff, Window
from simulation.distributions import Distribution
from simulation.items import CounterStep, Item, MeetingStep, TaskStep
from simulation.scenario import Scenario
from simulation.units import Interval
from simulation.world import Need


def warnings(scenario: Scenario) -> list[str]:
    """Return one line for everybody without a seat, and one for each queue and pool whose offered load is above its capacity, with figures.

    Load and capacity are hours of an ordinary working day: a rate times mean work, second contacts included, against seats manned or people
    present, absence taken off. A transient overload is no error; refused only where a stationary answer is asked.
    """
    centre = scenario.centre
    queues, pools, people = queue_hours(scenario), pool_hours(scenario), people_hours(scenario)
    lines = unseated(scenario)
    for together in sharing(centre):
        load, capacity = sum(queues[q] for q in together), _seated(centre, together)
        if load > capacity:
            lines.append(_line("queue" if len(together) == 1 else "queues", ", ".join(together), load, capacity))
    return lines + [_line("pool", p, pools[p], people[p]) for p in centre.pools if pools[p] > people[p]]


def unseated(scenario: Scenario) -> list[str]:
    """Return one line for everybody without a seat in hours of his shift, by the rule of `simulation.seating`: they are not paid."""
    centre, lines = scenario.centre, []
    seats = {pattern: _seats(centre, pattern) for pattern in ("working", "saturday")}
    for name, person in centre.staff.items():
        shift = centre.shifts.get(person.shift)
        duty = [(pattern, span) for pattern in seats for span in getattr(shift, pattern, ())]
        missed = [(pattern, span) for pattern, span in duty if all(name != who for who, _ in seats[pattern].get(span, ()))]
        if missed:
            there = [who for p, s in missed for at, rows in seats[p].items() if _meet(at, s) for who, w in rows if w == person.window]
            hours = ", ".join(f"{'Saturday ' if pattern == 'saturday' else ''}{span}" for pattern, span in missed)
            others = ", ".join(f"`{who}`" for who in dict.fromkeys(there))
            why = f"window `{person.window}` has {others}" if person.window else f"no window that `{name}` can serve is free"
            then = "never seated and not paid" if missed == duty else "not seated and not paid then"
            lines.append(f"{why} in {hours}; `{name}` is {then}")
    return lines


def _seats(centre: Centre, pattern: str) -> dict[Interval, list[tuple[str, str]]]:
    """Return (person, window) by interval of an ordinary day: who has a window of his own first, then the others in their order."""
    seats: dict[Interval, list[tuple[str, str]]] = {}
    for name in sorted(centre.staff, key=lambda s: centre.staff[s].window is None):
        person = centre.staff[name]
        for span in getattr(centre.shifts.get(person.shift), pattern, ()):
            taken = {there for at, rows in seats.items() if _meet(at, span) for _, there in rows}
            free = (n for n, w in centre.windows.items() if n not in taken and w.machine_shift is None and may_sit(person, n, w))
            if (window := next(free, None)) is not None:
                seats.setdefault(span, []).append((name, window))
    return seats


def _meet(a: Interval, b: Interval) -> bool:
    return a.start < b.end and b.start < a.end


def sharing(centre: Centre) -> list[tuple[str, ...]]:
    """Return each queue alone, and each larger set that windows tie together, or a branch that takes the same tickets: seats count once."""
    groups = [{q} for q in centre.queues]
    shared = {q: row.serves for q, row in centre.queues.items() if row.serves is not None}
    for ties in (*({*window.queues} for window in centre.windows.values()), *({*pair} for pair in shared.items())):
        touched = [g for g in groups if g & ties]
        if len(touched) > 1:
            groups = [g for g in groups if g not in touched] + [set().union(*touched)]
    tied = [tuple(q for q in centre.queues if q in g) for g in groups if len(g) > 1]
    return [(q,) for q in centre.queues if q not in {*shared, *shared.values()}] + tied


def _line(kind: str, name: str, load: float, capacity: float) -> str:
    ratio = f", {load / capacity:.2f} times" if capacity else " against"
    return f"{kind} `{name}`: {load:.1f} hours of work a day{ratio} its capacity of {capacity:.1f} hours"


def _contacts(scenario: Scenario, need: Need, item: Item) -> float:
    """Return the mean number of supplement contacts of a case."""
    if item.case_class == "consultation":
        return 0.0
    answers = scenario.world.responses
    missed = 1 - float({**answers.complete, **(need.complete or {})}[item.guide])
    uncorrected = 1 - float(answers.corrected)
    again = (1 - float(answers.complete_again[item.notice])) * uncorrected
    return missed * uncorrected / (1 - again) if again < 1 else float(item.max_visits)


def _cases(scenario: Scenario) -> Iterator[tuple[Need, Item, float, float]]:
    """Yield (need, item, cases a day at counters, cases a day online)."""
    for need in scenario.world.needs.values():
        for name in need.items:
            if (item := scenario.centre.items.get(name)) is not None:
                daily = float(need.rate) * (1.0 if need.files is None else need.files.mean())
                online = float(need.online) if item.online is not None else 0.0
                yield need, item, daily * (1 - online), daily * online


def _work(step: CounterStep | TaskStep | MeetingStep) -> float:
    return sum(law.mean() for law in step.work.values()) / 3600


def queue_hours(scenario: Scenario) -> dict[str, float]:
    """Return counter hours that each queue's tickets ask for on an ordinary working day."""
    hours = dict.fromkeys(scenario.centre.queues, 0.0)
    for need, item, daily, _ in _cases(scenario):
        counters = [s for s in item.route.values() if isinstance(s, CounterStep)]
        machine = 0.0 if item.self_service is None else float(scenario.world.responses.self_service)
        if item.self_service is not None and counters:
            visits = daily * machine * (1 + _contacts(scenario, need, item) * float(scenario.centre.incomplete_touch))
            there = item.self_service.queue
            hours[there] = hours.get(there, 0.0) + visits * _work(counters[0]) * float(item.self_service.factor)
        here = daily * (1 - machine)
        if (sent_on := float(item.sent_on)) and counters:
            look = scenario.centre.sites[scenario.centre.queues[counters[0].queue].site].wrong_window.mean() / 3600
            hours[counters[0].queue] = hours.get(counters[0].queue, 0.0) + here * sent_on * look
        for k, step in enumerate(counters):
            extra = _contacts(scenario, need, item) * float(scenario.centre.incomplete_touch) if k == 0 else 0.0
            hours[step.queue] = hours.get(step.queue, 0.0) + here * (1 - sent_on) * (1 + extra) * _work(step)
        desk = scenario.centre.sites[scenario.centre.queues[counters[0].queue].site].guide if counters else None
        if desk is not None and item is scenario.centre.items.get(need.items[0]):
            files = 1.0 if need.files is None else need.files.mean()
            asks = daily * (1 - machine) / files * (1 + _contacts(scenario, need, item)) * float(scenario.world.responses.asks_desk)
            helps = 0.0 if desk.assists is None or item.case_class == "consultation" else files * desk.assists.mean()
            hours[desk.queue] = hours.get(desk.queue, 0.0) + asks * (desk.touch.mean() + helps) / 3600
        way = item.delivery
        if way.queue is not None and way.touch is not None:
            hours[way.queue] = hours.get(way.queue, 0.0) + daily * float(way.collect) * way.touch.mean() / 3600
    return hours


def may_sit(person: Staff, name: str, window: Window) -> bool:
    """Say whether `person` can be seated at `window` (called `name`) by the rule of the Plan."""
    if person.window is not None:
        return person.window == name
    return window.department == person.employer and bool(set(window.queues) & set(person.skills))


def _seated(centre: Centre, queues: tuple[str, ...]) -> float:
    """Return the hours a day that those who serve any of `queues` sit at windows that accept them, at their own pace, each counted once.

    Who has no window of his own counts only as far as there are seats left; a tidal window counts as if it were always open.
    """
    windows = {n: w for n, w in centre.windows.items() if {*queues} & {*w.queues}}
    skills = {*queues, *(skill for q in queues for skill in _skills(centre, q))}
    able = [s for s in centre.staff.values() if skills & {*s.skills} and any(may_sit(s, n, w) for n, w in windows.items())]
    length = {shift: _length(row.working) for shift, row in centre.shifts.items()}
    own = [s for s in able if s.window is not None]
    free = sorted((length.get(s.shift, 0.0) / float(s.pace) for s in able if s.window is None), reverse=True)
    machines = [length.get(w.machine_shift, 0.0) for w in windows.values() if w.machine_shift is not None]
    left = max(0, len(windows) - len(machines) - len({s.window for s in own}))
    return sum(machines) + sum(length.get(s.shift, 0.0) / float(s.pace) for s in own) + sum(free[:left])


def _skills(centre: Centre, queue: str) -> set[str]:
    """Return the skills that steps at `queue` ask for besides its own name."""
    steps = (s for item in centre.items.values() for s in item.route.values())
    return {s.skill for s in steps if isinstance(s, CounterStep) and s.queue == queue and s.skill is not None}


def pool_hours(scenario: Scenario) -> dict[str, float]:
    """Return person hours that the tasks and meetings of each pool ask for on an ordinary working day."""
    pools = scenario.centre.pools
    hours = dict.fromkeys(pools, 0.0)
    for need, item, daily, online in _cases(scenario):
        if item.online is not None and (first := next((s for s in item.route.values() if isinstance(s, CounterStep)), None)) is not None:
            machine = 0.0 if item.self_service is None else float(scenario.world.responses.self_service)
            passed = daily * (1 - machine) * (float(item.sent_on) or _deferred(scenario, item))
            work = (online * (1 + _contacts(scenario, need, item)) + passed) * _work(first) * float(item.online.factor)
            hours[item.online.pool] = hours.get(item.online.pool, 0.0) + work
        for step in item.route.values():
            if isinstance(step, TaskStep):
                hours[step.pool] = hours.get(step.pool, 0.0) + (daily + online) * float(step.share) * int(step.people) * _work(step)
            elif isinstance(step, MeetingStep):
                for pool in step.pools:
                    hours[pool] = hours.get(pool, 0.0) + (daily + online) * float(step.share) * _work(step)
    return {name: load * float(pools[name].pace) if name in pools else load for name, load in hours.items()}


def _deferred(scenario: Scenario, item: Item) -> float:
    """Return the share of an instant item's cases that the windows defer."""
    counters = [s for s in item.route.values() if isinstance(s, CounterStep)]
    if item.case_class != "instant" or len(item.route) > 1 or not counters:
        return 0.0
    discretion = scenario.centre.sites[scenario.centre.queues[counters[0].queue].site].discretion
    return 0.0 if discretion is None else float(discretion.defers)


def heads(centre: Centre, pool: str) -> int:
    """Return how many people work in a pool, those at closed tidal windows included."""
    return sum(map(int, centre.pools[pool].people.values())) + sum(person.pool == pool for person in centre.staff.values())


def people_hours(scenario: Scenario) -> dict[str, float]:
    """Return the person hours of each pool on an ordinary working day, absence taken off."""
    hall = next((s.working for s in scenario.centre.sites.values()), ())
    hours = {}
    for name, pool in scenario.centre.pools.items():
        away = 0.0
        if pool.absence is not None:
            away = away_share(min(1.0, float(pool.absence.starts) * float(scenario.world.absence)), pool.absence.lasts_wd)
        share = 1.0 if pool.hall_share is None else float(pool.hall_share)
        hours[name] = heads(scenario.centre, name) * _length(pool.hours if pool.hours is not None else hall) * share * (1 - away)
    return hours


def away_share(starts: float, lasts: Distribution) -> float:
    """Return the share of working days within some spell: one minus the chance that none of the last days began one that still lasts."""
    days = np.maximum(1, np.floor(lasts.ppf((np.arange(2000) + 0.5) / 2000) + 0.5))
    here = 1.0
    for j in range(int(days.max())):
        here *= 1 - starts * float((days > j).mean())
    return 1 - here


def _length(spans: tuple[Interval, ...]) -> float:
    return sum(span.end - span.start for span in spans) / 3600
